// Acceptance of counts over seeds: a right product is refused with a stated probability, and no more.
#pragma once

#include <cmath>

#include "sim/measure/distributions.hpp"

namespace twinvoice::testing {

/// Probability that a right product fails a suite whose seeds are drawn anew; split among its bands.
inline constexpr double kFalseAlarm = 1e-3;

/// Fewest of `trials` that are not refused when each happens with probability `least` or more.
[[nodiscard]] inline int fewest(int trials, double least, double alarm) {
  int k = 0;
  while (k <= trials && measure::binomial_cdf(k, trials, least) < alarm) ++k;
  return k;
}

/// Most of `trials` that are not refused when each happens with probability `most` or less.
[[nodiscard]] inline int most_of(int trials, double most, double alarm) {
  return trials - fewest(trials, 1.0 - most, alarm);
}

}  // namespace twinvoice::testing
