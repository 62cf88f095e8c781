// Figures of the requests of one replication, from the totals of its batches. NaN where nothing tells them.
#pragma once

#include <limits>

#include "sim/measure/batches.hpp"

namespace twinvoice::report {

inline constexpr double kNotObserved = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] inline double observed_ratio(double numerator, double denominator) {
  return denominator > 0.0 ? numerator / denominator : kNotObserved;
}
/// Of the decided requests.
[[nodiscard]] inline double success_share(const measure::SliceTotals& total) {
  const auto failures = static_cast<double>(total.failure);
  return 1.0 - observed_ratio(failures, static_cast<double>(total.success) + failures);
}
[[nodiscard]] inline double delivered_volume_share(const measure::SliceTotals& total) {
  return 1.0 - observed_ratio(static_cast<double>(total.failed_volume), static_cast<double>(total.volume));
}
[[nodiscard]] inline double mean_latency_in_s(const measure::SliceTotals& total) {
  return observed_ratio(static_cast<double>(total.latency_sum_ns) / 1e9, static_cast<double>(total.success));
}
/// Successes a second over the whole of the batches.
[[nodiscard]] inline double delivered_per_s(const measure::Batches& batches) {
  measure::RatioSample time;
  for (const measure::RatioSample& slice : batches.throughput_per_s()) time.x += slice.x;
  return observed_ratio(static_cast<double>(batches.total().delivered), time.x);
}

}  // namespace twinvoice::report
