// Whether an operation kept its objective in a window of the timeline: the base of time-level availability and of recovery.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/groups.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// Windows are merged until they hold so many requests on average: fewer cannot tell an objective from chance.
inline constexpr double kRequestsPerWindow = 20.0;
/// Probability that a window which just keeps its objective is taken for broken.
inline constexpr double kFalseAlarm = 1e-4;

/// A stretch of the timeline. `bad` failed, or were undecided long after; `slow` succeeded above the objective's latency.
struct JudgedWindow {
  Nanos start_ns = 0;
  Nanos end_ns = 0;
  std::uint64_t arrived = 0;
  std::uint64_t bad = 0;
  std::uint64_t slow = 0;
};

struct ObjectiveBounds {
  double failures = 1.0 - kDefaultAvailability;  ///< share that may fail
  double slow = 0.01;  ///< share of the successes that may be above the objective's p99
};
[[nodiscard]] ObjectiveBounds bounds_of(const OperationInfo& operation);

/// The timeline of one operation in one run, up to the end of the run.
[[nodiscard]] std::vector<JudgedWindow> judged_windows(const measure::RunRecord& run, std::size_t operation,
                                                       const OperationInfo& info);

/// False when the counts are worse than the objective by more than chance explains: the probability of as many or more
/// under the objective is below kFalseAlarm (binomial tail). No request keeps every objective.
[[nodiscard]] bool keeps(const ObjectiveBounds& bounds, std::uint64_t arrived, std::uint64_t bad,
                         std::uint64_t slow);

/// Windows that miss the objective, of windows with requests, after the warm-up: one sample a slice of the run.
[[nodiscard]] measure::RatioSeries missed_windows(std::span<const JudgedWindow> windows,
                                                  const ObjectiveBounds& bounds, Nanos warm_up_ns);

}  // namespace twinvoice::report
