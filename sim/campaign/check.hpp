// Checks a sweep before it is run: every level of every axis once.
#pragma once

#include <functional>

#include "sim/base/issues.hpp"
#include "sim/campaign/cell.hpp"
#include "sim/spec/catalog.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::campaign {

/// What is known only beyond spec (compiling, expectations): adds issues or throws InvalidInput.
using Judge = std::function<void(const spec::Experiment&, Issues&)>;

/// The fewest cells, in design order, in which every level of every axis occurs (the first to have one: in a cartesian design all the
/// other axes stand at their first level); of a continuous axis its least and its greatest value. More than 500 are thinned out to
/// 500, first and last kept.
[[nodiscard]] std::vector<std::size_t> cells_to_check(const Design& design);

/// Reads those cells and judges them. A problem that all of them have is told once, as one of the base; another one with the first
/// cell that has it.
void check_cells(const Cells& cells, const spec::ModelCatalog& catalog, const Judge& judge, Issues& issues);

}  // namespace twinvoice::campaign
