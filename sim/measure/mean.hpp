// The mean of the values of replications.
#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace twinvoice::measure {

/// NaN without values. Equal values give exactly their value: a figure that is the same in every replication must not miss a
/// bound by rounding. Infinite values give infinity, both infinities NaN.
[[nodiscard]] inline double mean_of(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(values.size());
  const double base = std::isfinite(values.front()) ? values.front() : 0.0;
  double above = 0.0;
  for (const double v : values) above += (v - base) / n;
  return base + above;
}

/// Whether values differ by more than the rounding of sums of their size.
[[nodiscard]] inline bool varies(double mean, double deviation) {
  constexpr double kRoundingOfSums = 1e-12;
  return deviation > kRoundingOfSums * std::abs(mean);
}

}  // namespace twinvoice::measure
