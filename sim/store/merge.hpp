// Several stores into one: the shards of a campaign, or campaigns that share cells.
#pragma once

#include <string>
#include <vector>

#include "sim/store/store.hpp"

namespace twinvoice::store {

/// Adds to `into` what the stores of the paths hold, in one transaction: all of it, or nothing when this throws. The order
/// of the stores, how they are grouped, and taking one twice leave no trace but in cpu_s.
///
///   - Complete wins over failed, and both over absent. Two complete cells of one id must be equal in everything but processor time,
///     else StoreError names the cell. Of two failed ones that got further is kept: more replications, then the smaller bytes.
///   - Pending replications of a cell are those of all stores, until the cell is complete. The record of a replication
///     may carry the times of its run, so two records of one number are no conflict: the smaller bytes are kept.
///   - Sweeps of one name must come from the same file with the same cells; their points are united.
void merge(Store& into, const std::vector<std::string>& from);

}  // namespace twinvoice::store
