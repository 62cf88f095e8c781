// What every command that reads a sweep does first.
#pragma once

#include "models/catalog.hpp"
#include "sim/base/issues.hpp"
#include "sim/campaign/cell.hpp"
#include "sim/cli/sweep_cells.hpp"

namespace twinvoice::cli {

/// Checks every level of every axis in one cell, down to the compiled plan and its expectations.
void check_sweep(const campaign::Cells& cells, const models::Catalog& catalog, Issues& issues);

/// Looks up the figures that "until", "select" and "objectives" name in the first cell of the design that can be compiled.
void check_figures(const SweepCells& cells, Issues& issues);

}  // namespace twinvoice::cli
