// Figures: the numbers of a cell or of one replication, by name. What campaigns store and compare.
//
//   OPERATION.arrived | served | availability | availability_time | availability_volume | mean | p50 | p95 | p99 | p999 | throughput | in_flight
//   FAULT.rto | rpo | rpo_invoices           of faults that disrupt
//   COMPONENT.utilisation | queue | down     utilisation where the number of servers is limited
//   replicas                                 of all components together
//   cost                                     per month, where the topology declares any
//
// Units: seconds, shares, counts, 1/s. Not observed: NaN. An outage that the horizon cuts off has the rto infinity.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/document.hpp"
#include "sim/store/rows.hpp"

namespace twinvoice::report {

/// The estimates of a document, exactly as it states them, in the order of the list above.
[[nodiscard]] std::vector<store::CellFigure> figures(const ResultDocument& document);

/// The names that `figures` will have, as far as they are known before anything is played: all of them.
[[nodiscard]] std::vector<std::string> figure_names(const Scenario& scenario);

/// One replication in short. Its figures have the names and the values that `figures` gives for it alone, without the cost
/// of their intervals. `yardsticks` of its operations are its own unless given.
[[nodiscard]] store::ReplicationRow digest(const Scenario& scenario, const measure::RunRecord& run,
                                           const std::vector<Yardstick>* yardsticks = nullptr);

/// Interruptions that begin after the warm-up, over all operations.
[[nodiscard]] std::uint64_t outages(const Scenario& scenario, const measure::RunRecord& run);

/// The figure that is meant: the name itself, or the only one that ends in `.written`. Otherwise nothing, and `problem` says
/// what is accepted.
[[nodiscard]] std::optional<std::string> full_name(std::span<const std::string> names,
                                                   std::string_view written, std::string& problem);

}  // namespace twinvoice::report
