// Recovery from each fault, over the replications: how long operations were interrupted, where that time went, what was lost.
// The figures of single replications come from accounts.hpp.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/accounts.hpp"
#include "sim/report/document.hpp"

namespace twinvoice::report {

/// How interruptions and recovery are told, in one sentence, for reports.
[[nodiscard]] std::string_view recovery_rule();

/// Mean over replications. One replication: the value itself, without interval (method "single run").
[[nodiscard]] Estimate over_replications(std::span<const double> values);

/// When the number in flight, having grown between `at_ns` and `restored_ns`, is back to the level of the minute before; at the
/// earliest at the end of the window of `restored_ns`. Nothing when it had not grown by then (what grows later is another
/// matter than this outage) or stays above.
[[nodiscard]] std::optional<Nanos> backlog_drained(const measure::RunRecord& run, std::size_t operation,
                                                   Nanos at_ns, Nanos restored_ns);

/// What it cost in one replication: at most one account of a fault, one of each time that a planned change was begun.
[[nodiscard]] std::vector<const FaultAccount*> accounts_in(const RunAccount& run,
                                                           const DisruptionResult& disruption);

/// A span as an incident, in ns.
[[nodiscard]] measure::Incident incident_of(const measure::SpanRange& span);

/// `scale`: of the unit of the incidents in that of the figure, 1e-9 for times.
[[nodiscard]] IncidentFigure figure_of(std::span<const measure::Incident> incidents, double scale);

/// All faults that begin before the horizon, in order of time. `runs` are the replications of the accounts.
[[nodiscard]] std::vector<DisruptionResult> recoveries(const Scenario& scenario, const Accounts& accounts,
                                                       std::span<const measure::RunRecord> runs);

/// Changes without a fault, one result a procedure. Without phases.
[[nodiscard]] std::vector<DisruptionResult> planned_changes(const Scenario& scenario,
                                                            const Accounts& accounts);

}  // namespace twinvoice::report
