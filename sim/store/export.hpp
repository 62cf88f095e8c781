// A sweep of a store as CSV tables.
#pragma once

#include <ostream>
#include <string>

#include "sim/store/store.hpp"

namespace twinvoice::store {

/// One table each, a row for each ...
enum class Table {
  kCells,  ///< point: levels, state, verdict, what is not met, replications, and value, low and high of each figure
  kReplications,  ///< replication: figures
  kFailures,      ///< replication, operation and cause
  kRecoveries,    ///< replication and fault: RTO, RPO, instants of the phases
};

/// Points in order; an empty cell is what was not observed, and infinity is "inf". Nothing that a clock has measured is in it: the
/// same campaign gives the same bytes. Throws StoreError when there is no such sweep.
void export_csv(const Store& store, const std::string& sweep, std::ostream& out, Table table = Table::kCells);

/// The sweep of that name; without a name the only one. Throws StoreError that lists what there is.
[[nodiscard]] SweepRow find_sweep(const Store& store, const std::string& name);

}  // namespace twinvoice::store
