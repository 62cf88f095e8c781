// Requests that were still open when the run stopped following them: what they may turn out to be widens every figure, and a
// verdict is met or missed only when the whole range is on one side.
#pragma once

#include <cstdint>

#include "sim/measure/batch_estimates.hpp"
#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// A share of successes with what the unanswered ones may make of it.
struct ShareRange {
  /// Value of the decided ones; from the low end of the interval if all unanswered fail to the high end if all succeed.
  Estimate joined;
  /// The shares themselves in these two cases, without an interval; NaN without any request.
  double if_all_fail = 0.0;
  double if_all_succeed = 0.0;
};

/// `success` is the share of successes among the `decided` requests (or their volume), `unanswered` counts in the same unit. None
/// unanswered leave it as it is. Nothing but unanswered ones: 0 to 1 without a value, not converged.
[[nodiscard]] ShareRange with_unanswered(const Estimate& success, std::uint64_t decided,
                                         std::uint64_t unanswered);

/// A share of the time that was judged with the open requests left out (`known`), with all of them bad, and with all of them good: the
/// value is the known one, from the lowest end of the three to the highest, converged where all three are.
[[nodiscard]] ShareRange over_fates(const Estimate& known, const Estimate& if_bad, const Estimate& if_good);

/// A mean latency: open above as soon as one is unanswered. Only unanswered ones: no value, not converged.
[[nodiscard]] Estimate mean_with_unanswered(const Estimate& mean, std::uint64_t unanswered);

/// Latency quantile `q` of successful requests, in seconds. An unanswered one may fail, or succeed later than all others: the low end
/// and the value are those of the answered ones, the high end is that of the quantile that has the same rank when the
/// unanswered ones are counted above all, and infinite when they alone are 1 - q of them or more.
[[nodiscard]] Estimate latency_quantile_with_unanswered_s(Replications runs, double q,
                                                          std::uint64_t unanswered, double confidence = 0.95,
                                                          Faults faults = Faults::kNone);

}  // namespace twinvoice::measure
