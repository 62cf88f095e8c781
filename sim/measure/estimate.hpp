// A number with its error bar: the only form in which a stochastic result leaves the measure room.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace twinvoice::measure {

/// A point estimate and its two-sided confidence interval, in the unit of the measured quantity.
struct Estimate {
  /// NaN when nothing was observed.
  double value = std::numeric_limits<double>::quiet_NaN();
  /// Ends of the interval; infinite where the data bound the quantity on one side only.
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  /// Nominal probability that the interval holds the true value.
  double confidence = 0.95;
  /// How the interval was made, for reports: "replications t", "64 batches ratio t", "Clopper-Pearson, no
  /// event".
  std::string method = "none";
  /// Observations (requests, windows, outages, replications) behind the value; 0 means no_sample.
  std::uint64_t samples = 0;
  /// Groups taken as independent (replications or batches); 0 where the notion does not apply.
  std::uint64_t groups = 0;
  /// Whether the preconditions of the method hold: enough groups, no correlation left between them, finite
  /// ends.
  bool converged = false;

  /// Half the width of the interval; infinite for a one-sided one.
  [[nodiscard]] double half_width() const { return (high - low) / 2; }
  /// Half-width over |value|; infinite when the value is 0 or missing.
  [[nodiscard]] double relative_half_width() const {
    return value == 0.0 || std::isnan(value) ? std::numeric_limits<double>::infinity()
                                             : half_width() / std::abs(value);
  }
};

/// The same statement in another unit: value and ends times `factor` > 0.
[[nodiscard]] inline Estimate scaled(Estimate e, double factor) {
  e.value *= factor;
  e.low *= factor;
  e.high *= factor;
  return e;
}

/// Seconds from nanoseconds; of a whole number of them the same double as to_seconds gives, so that a bound is met exactly.
[[nodiscard]] inline Estimate in_seconds(Estimate ns) {
  for (double* end : {&ns.value, &ns.low, &ns.high}) *end /= 1e9;
  return ns;
}

/// 1 - estimate: availability from unavailability. The interval is mirrored.
[[nodiscard]] inline Estimate complement(Estimate e) {
  e.value = 1.0 - e.value;
  e.low = 1.0 - std::exchange(e.high, 1.0 - e.low);
  return e;
}

}  // namespace twinvoice::measure
