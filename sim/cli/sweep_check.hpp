// What every command that reads a sweep does first.
#pragma once

#include "models/catalog.hpp"
#include "sim/base/issues.hpp"
#include "sim/campaign/cell.hpp"

namespace twinvoice::cli {

/// Checks every level of every axis in one cell, down to the compiled plan and its expectations.
void check_sweep(const campaign::Cells& cells, const models::Catalog& catalog, Issues& issues);

}  // namespace twinvoice::cli
