// What an unavailability means in minutes a year, and what the outages seen say about the year to come.
#pragma once

#include <cstdint>
#include <span>

#include "sim/base/time.hpp"
#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// The year of service-level agreements: 365 days.
inline constexpr double kMinutesPerYear = 365.0 * 24.0 * 60.0;
inline constexpr Nanos kYearNs = Nanos{365} * 86'400 * kNanosPerSecond;

/// Minutes of downtime in a year at a constant unavailability in [0, 1].
[[nodiscard]] constexpr double minutes_per_year(double unavailability) {
  return unavailability * kMinutesPerYear;
}
[[nodiscard]] inline Estimate minutes_per_year(const Estimate& unavailability) {
  return scaled(unavailability, kMinutesPerYear);
}
/// Inverse of minutes_per_year.
[[nodiscard]] constexpr double unavailability_of_minutes(double minutes) { return minutes / kMinutesPerYear; }
/// Downtime that an availability objective in [0, 1] leaves in a window, rounded to the nanosecond.
[[nodiscard]] Nanos downtime_budget_ns(double availability, Nanos window_ns = kYearNs);

/// What a list of outages says. Durations in ns.
struct OutageStatistics {
  std::uint64_t count = 0;
  Nanos observed_ns = 0;
  Nanos down_ns = 0;
  Nanos longest_ns = 0;
  /// Outages per year of observed time: Garwood's Poisson interval.
  Estimate per_year;
  /// Share of the time that was down; see downtime_share.
  Estimate unavailability;
  /// Duration of an outage in seconds: mean by t, quantiles by order statistics.
  Estimate mean_duration_s;
  Estimate p50_duration_s;
  Estimate p90_duration_s;
  Estimate p99_duration_s;
};

/// Summary of the outages seen in `observed_ns` of simulated time (summed over replications).
[[nodiscard]] OutageStatistics outage_statistics(std::span<const Nanos> durations_ns, Nanos observed_ns,
                                                 double confidence = 0.95);

/// Share of `observed_ns` that was down, when outages start as a Poisson process with durations of any law:
/// gamma interval of Fay & Feuer 1997 for a weighted Poisson sum, the weight of the next outage being the
/// longest seen times 1 + 1 / count. Converged from 10 effective outages on; below, measured coverage of a 95
/// % interval is 91 % (3 exponential outages) and 87 % (10 lognormal outages of cv 3): the long ones were not
/// seen. With no outage the upper end is the bound on the outage rate times `assumed_duration_ns`, or 1 when
/// no duration is assumed.
[[nodiscard]] Estimate downtime_share(std::span<const Nanos> durations_ns, Nanos observed_ns,
                                      Nanos assumed_duration_ns = 0, double confidence = 0.95);

/// Bounds of a probability that a grid computation leaves.
struct Bracket {
  double low;
  double high;
};

/// P(downtime in a window <= budget) when outages start as a Poisson process with `expected` outages in the
/// window and durations drawn from the list with equal weights (compound Poisson). Exact on a grid of budget
/// / 2048 by Panjer's recursion 1981, durations rounded up for `low` and down for `high`; a normal law for
/// more than 500 expected outages. The part of the window that is down counts as exposed as well (a small
/// overstatement of the downtime).
[[nodiscard]] Bracket probability_within_budget(double expected, std::span<const Nanos> durations_ns,
                                                Nanos budget_ns);

/// Probability of meeting an availability objective over a window (a year), from outages seen in
/// `observed_ns`. The value takes the observed rate; the interval follows Garwood's interval of the rate and
/// the grid's bracket, taking the durations as seen. With no outage seen the value is 1 and the low end is
/// the probability of no outage at the rate's upper bound, as if any outage broke the objective.
[[nodiscard]] Estimate probability_of_meeting(double availability, std::span<const Nanos> durations_ns,
                                              Nanos observed_ns, Nanos window_ns = kYearNs,
                                              double confidence = 0.95);

}  // namespace twinvoice::measure
