// Intervals for shares and rates of counted events, exact for few events and bounded for none.
#pragma once

#include <cstdint>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// Ends of an interval.
struct Interval {
  double low;
  double high;
};

/// Exact two-sided interval of a proportion with `events` of `trials`, 0 <= events <= trials, trials > 0;
/// both may be fractional (effective sample sizes). Clopper & Pearson 1934.
[[nodiscard]] Interval clopper_pearson(double events, double trials, double confidence = 0.95);

/// Exact one-sided upper bound of a proportion; with no event 1 - (1 - confidence)^(1 / trials), the exact
/// form of the rule of three (3 / trials).
[[nodiscard]] double clopper_pearson_upper(double events, double trials, double confidence = 0.95);

/// Score interval without continuity correction. Wilson 1927.
[[nodiscard]] Interval wilson(double events, double trials, double confidence = 0.95);

/// Interval for independent trials: Clopper-Pearson; with no event, or events only, the exact one-sided
/// bound, so that nothing seen never reads as certainty. No trial gives an estimate without samples.
[[nodiscard]] Estimate proportion_interval(std::uint64_t events, std::uint64_t trials,
                                           double confidence = 0.95);

/// Fewest independent trials without any event that show, at `confidence`, a probability of at most `p` in
/// (0, 1).
[[nodiscard]] std::uint64_t trials_needed_without_event(double p, double confidence = 0.95);

/// Rate of a Poisson process from `events` in an exposure (any unit of time, > 0): exact interval of Garwood
/// 1936, and with no event the one-sided bound -ln(1 - confidence) / exposure.
[[nodiscard]] Estimate poisson_rate_interval(std::uint64_t events, double exposure, double confidence = 0.95);

}  // namespace twinvoice::measure
