// Confidence intervals for means, ratios and shares. Used after a run; 95 % unless told otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/measure/estimate.hpp"
#include "sim/measure/groups.hpp"

namespace twinvoice::measure {

/// Mean of independent values (one per replication): Student's t. Needs two values for finite ends.
[[nodiscard]] Estimate student_interval(std::span<const double> values, double confidence = 0.95);

/// sum(y) / sum(x) over groups chosen by choose_groups, delta method, Student's t with filled groups - 1
/// degrees of freedom. With batches the two arms are corrected for skewness (Willink 2005, as in SKART): queueing
/// averages and downtime have long right tails, and a symmetric interval misses low too often. Replications
/// keep the plain t. Converged from two replications, or kFewestGroups batches, on; all of it in one batch has no
/// interval, and replications of two fates need five of the rarer one (mixture.hpp).
/// `samples` is the number of observations behind the totals, for the estimate.
[[nodiscard]] Estimate ratio_interval(std::span<const RatioSeries> replications, std::uint64_t samples,
                                      double confidence = 0.95, Faults faults = Faults::kNone);

/// Ratio from independent regenerative cycles (y, x): jackknife value and variance (Efron 1982; Law, 9.5.2),
/// which removes the first-order bias that the plain ratio of totals has with few cycles.
[[nodiscard]] Estimate regenerative_interval(std::span<const RatioSample> cycles, double confidence = 0.95);

/// Share of correlated yes/no observations: y successes of x observations per slice. The interval is the one
/// of a beta law at the effective sample size n* = p (1 - p) / variance, never above the observed one and
/// reduced by (z / t)^2 for the uncertain variance, t at RatioSpread::degrees (Korn & Graubard 1998, with
/// Jeffreys' half event instead of Clopper-Pearson's whole one, which keeps the coverage near nominal rather
/// than above it). It stays inside [0, 1] and remains honest when a handful of outages makes all the
/// failures. With no event, or events only, the exact one-sided bound for independent observations, as in
/// proportion_interval.
/// One replication with planned faults has no interval: 0 to 1.
[[nodiscard]] Estimate share_interval(std::span<const RatioSeries> replications, double confidence = 0.95,
                                      Faults faults = Faults::kNone);

/// Mean of one long correlated series, the start-up deleted by MSER-5, by at most 64 batch means. Fewer than
/// 16 observations kept, or an unreliable truncation, leave `converged` false.
[[nodiscard]] Estimate batch_means_interval(std::span<const double> series, double confidence = 0.95);

/// Cuts a series into at most `most` equal batches (the first ones longer by one where it does not divide).
[[nodiscard]] RatioSeries batches_of(std::span<const double> series, std::size_t most);

/// Interval of a share p known with effective sample size `trials`, 0 < p < 1: beta law with Jeffreys' prior.
struct ShareInterval {
  double low;
  double high;
};
[[nodiscard]] ShareInterval jeffreys(double p, double trials, double confidence);

/// Effective number of independent trials behind the share of `groups`, corrected for uncertain variance.
[[nodiscard]] double effective_trials(const Groups& groups, double confidence);

}  // namespace twinvoice::measure
