// Recovery from each disruption: how long the objective was broken, where that time went, what was lost.
//
//   the objective holds from a window on when every window of the next 60 s keeps it, and those windows together do (to the
//   end of the run or to the next disruption when that comes first, but for at least 10 s)
//   broken    = some window from the fault to the next disruption does not have the objective holding from it on
//   restored  = start of the first later window from which the objective holds
//   drained   = end of the first window from then on in which the number in flight, if it had grown until then, is back to what
//               it was before the fault
//   RTO       = restored - fault; 0 when never broken; unknown, but above the time watched, when not restored by the end
//   RPO       = fault - commit of the oldest acknowledged invoice lost; 0 when none is lost
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/document.hpp"
#include "sim/report/objective.hpp"

namespace twinvoice::report {

inline constexpr Nanos kHoldNs = 60 * kNanosPerSecond;
inline constexpr Nanos kShortestHoldNs = 10 * kNanosPerSecond;

/// The rule above in one sentence, for reports.
[[nodiscard]] std::string_view recovery_rule();

/// What a disruption did to one operation in one run.
struct Interruption {
  bool broken = false;
  bool restored = true;
  Nanos restored_ns = 0;            ///< when broken and restored
  std::optional<Nanos> drained_ns;  ///< when the number in flight had grown and came back
};

/// `next_ns`: start of the next disruption, or the end of the run.
[[nodiscard]] Interruption find_interruption(std::span<const JudgedWindow> windows,
                                             const ObjectiveBounds& bounds, Nanos at_ns, Nanos next_ns,
                                             Nanos end_ns);

/// When the number in flight, having grown between `at_ns` and `restored_ns`, is back to the level of the minute before; at the
/// earliest at the end of the window of `restored_ns`. Nothing when it had not grown by then (what grows later is another
/// matter than this outage) or stays above.
[[nodiscard]] std::optional<Nanos> backlog_drained(const measure::RunRecord& run, std::size_t operation,
                                                   Nanos at_ns, Nanos restored_ns);

/// Mean over replications. `censored` of them are lower bounds: then the value is NaN and the interval open above. One
/// replication: the value itself, without interval (method "single run").
[[nodiscard]] Estimate over_replications(std::span<const double> values, std::uint64_t censored = 0);

/// All disruptions of the scenario, in order of time. `runs` are the replications that gave a record.
[[nodiscard]] std::vector<DisruptionResult> recoveries(const Scenario& scenario,
                                                       std::span<const measure::RunRecord> runs);

}  // namespace twinvoice::report
