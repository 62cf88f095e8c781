// Differences between two designs, with error bars.
#pragma once

#include <cstdint>
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

/// mean(b) / mean(a) of figures >= 0 over replications that share their random numbers. Interval of E. C. Fieller (Journal of
/// the Royal Statistical Society B 16, 1954): every ratio rho >= 0 with |mean(b - rho a)| <= t times its standard error, so that
/// it holds 1 exactly when the interval of the difference holds 0. Where mean(a) is not known to differ from 0 it is open
/// above, and not converged; the smallest interval around the set then, if the set has a gap. Without value when a sum is 0 or
/// a value is not finite. Throws std::invalid_argument when the lengths differ.
[[nodiscard]] Estimate paired_ratio(std::span<const double> a, std::span<const double> b,
                                    double confidence = 0.95);

/// What pairs of replications say about b beside a.
enum class Order {
  kUndecided,
  kLess,     ///< b is less than a
  kGreater,  ///< b is greater than a
  kSame,     ///< no replication showed any difference
};

struct PairedComparison {
  Order order = Order::kUndecided;
  /// b - a; without value when a replication of either is not finite.
  Estimate difference;
  /// Of the two sides over the replications; NaN when one of them does not vary, but for rounding.
  double correlation = 0.0;
  /// (variance of a + variance of b) / variance of b - a: so many times the replications would be needed with independent
  /// random numbers. Infinite when the difference is constant, NaN when all is.
  double variance_ratio = 0.0;
  /// Replications in all that would decide the order if the difference stays as it looks; 0 where that cannot be told.
  std::uint64_t needed = 0;
  std::uint64_t missing = 0;     ///< replications without a value on either side
  std::uint64_t infinite_a = 0;  ///< replications in which a alone is infinite
  std::uint64_t infinite_b = 0;
};

/// Order and difference of two designs over replications that share their random numbers (or do not: it is valid all the
/// same, only wider). Decided when the interval of the difference has 0 outside, and by three replications at least where they vary. Where values are infinite (an outage that was
/// not over at the end), means say nothing: the order is then that of how often that happened, by the exact test of the
/// replications in which it happened to one side alone (McNemar 1947). A missing value leaves it undecided. Throws
/// std::invalid_argument when the lengths differ.
[[nodiscard]] PairedComparison compare_pairs(std::span<const double> a, std::span<const double> b,
                                             double confidence = 0.95);

/// Fewer pairs than this, infinite on one side in every one of them, leave compare_pairs undecided.
[[nodiscard]] std::uint64_t fewest_infinite_pairs(double confidence = 0.95);

}  // namespace twinvoice::measure
