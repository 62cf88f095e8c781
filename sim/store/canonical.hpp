// Cells as bytes that are equal when their results are.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/store/rows.hpp"

namespace twinvoice::store {

/// Everything that two plays of a cell have in common: all but the processor time. One NaN stands for all of them, and 0 for
/// -0, as in the file.
[[nodiscard]] std::vector<std::byte> canonical(const CellRow& cell,
                                               const std::vector<ReplicationRow>& replications);

/// Whether two complete cells say the same: the inputs, the replications that both have, and the figures when they have as many.
[[nodiscard]] bool results_agree(CellRow a, std::vector<ReplicationRow> of_a, CellRow b,
                                 std::vector<ReplicationRow> of_b);

}  // namespace twinvoice::store
