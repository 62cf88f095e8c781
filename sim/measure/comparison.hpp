// Differences between two designs, with error bars.
#pragma once

#include <span>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// Mean of a[i] - b[i] over replications that share their random numbers: paired t. Much narrower than Welch
/// where the common random numbers correlate the pairs. Throws std::invalid_argument when the lengths differ.
[[nodiscard]] Estimate paired_difference(std::span<const double> a, std::span<const double> b,
                                         double confidence = 0.95);

/// mean(a) - mean(b) of independent runs with unequal variances: Welch 1938, Satterthwaite's degrees of
/// freedom.
[[nodiscard]] Estimate welch_difference(std::span<const double> a, std::span<const double> b,
                                        double confidence = 0.95);

}  // namespace twinvoice::measure
