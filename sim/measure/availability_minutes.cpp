#include "sim/measure/availability_minutes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/measure/distributions.hpp"
#include "sim/measure/histogram.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/measure/proportion.hpp"
#include "sim/measure/quantile_interval.hpp"

namespace twinvoice::measure {

namespace {

constexpr std::size_t kCells = 2048;
/// (sum of durations)^2 / (sum of squares): below this, one or two long outages make the downtime.
constexpr double kFewestEffectiveOutages = 10.0;
/// Above this many expected outages exp(-expected) nears the end of the doubles, and the normal law is close.
constexpr double kManyOutages = 500.0;

/// P(sum <= kCells) of a compound Poisson sum; `severity[j]` is the probability of a term of j cells, with
/// terms beyond kCells left out. Panjer's recursion: g(n) = expected / n * sum_j j severity(j) g(n - j).
double panjer(double expected, const std::vector<double>& severity) {
  std::vector<std::size_t> used;
  for (std::size_t j = 1; j <= kCells; ++j) {
    if (severity[j] > 0.0) used.push_back(j);
  }
  std::vector<double> g(kCells + 1, 0.0);
  g[0] = std::exp(-expected * (1.0 - severity[0]));
  double sum = g[0];
  for (std::size_t n = 1; n <= kCells; ++n) {
    double term = 0.0;
    for (const std::size_t j : used) {
      if (j > n) break;
      term += static_cast<double>(j) * severity[j] * g[n - j];
    }
    g[n] = expected / static_cast<double>(n) * term;
    sum += g[n];
  }
  return std::min(1.0, sum);
}

std::vector<double> severities(std::span<const Nanos> durations_ns, Nanos budget_ns, bool round_up) {
  std::vector<double> severity(kCells + 1, 0.0);
  for (const Nanos d : durations_ns) {
    const Int128 scaled_up = static_cast<Int128>(std::max(d, Nanos{0})) * static_cast<Nanos>(kCells);
    const Int128 cell = (scaled_up + (round_up ? budget_ns - 1 : 0)) / budget_ns;
    if (cell <= static_cast<Int128>(kCells)) severity[static_cast<std::size_t>(cell)] += 1.0;
  }
  for (double& p : severity) p /= static_cast<double>(durations_ns.size());
  return severity;
}

}  // namespace

Nanos downtime_budget_ns(double availability, Nanos window_ns) {
  return static_cast<Nanos>(std::llround((1.0 - availability) * static_cast<double>(window_ns)));
}

Estimate downtime_share(std::span<const Nanos> durations_ns, Nanos observed_ns, Nanos assumed_duration_ns,
                        double confidence) {
  Estimate e;
  e.confidence = confidence;
  if (observed_ns <= 0) return e;
  e.samples = std::max<std::uint64_t>(1, durations_ns.size());
  const double tail = (1.0 - confidence) / 2.0;
  const auto observed = static_cast<double>(observed_ns);
  if (durations_ns.empty()) {
    e.value = 0.0;
    e.low = 0.0;
    const double most_outages = -std::log1p(-confidence);
    e.high = assumed_duration_ns > 0
                 ? std::min(1.0, most_outages * static_cast<double>(assumed_duration_ns) / observed)
                 : 1.0;
    e.method =
        assumed_duration_ns > 0 ? "no outage, rate bound x assumed duration" : "no outage, duration unknown";
    e.converged = assumed_duration_ns > 0;
    return e;
  }
  double sum = 0.0;
  double squares = 0.0;
  double largest = 0.0;
  for (const Nanos d : durations_ns) {
    const double weight = static_cast<double>(d) / observed;
    sum += weight;
    squares += weight * weight;
    largest = std::max(largest, weight);
  }
  e.value = sum;
  e.method = fmt::format("{} outages, Fay-Feuer gamma", durations_ns.size());
  if (sum <= 0.0) {
    e.low = 0.0;
    e.high = 1.0;
    return e;
  }
  // The next outage may exceed all the seen ones; by how much falls with their number.
  largest *= 1.0 + 1.0 / static_cast<double>(durations_ns.size());
  const double upper_sum = sum + largest;
  const double upper_squares = squares + largest * largest;
  e.low = squares / sum * gamma_quantile(tail, sum * sum / squares);
  e.high = std::min(
      1.0, upper_squares / upper_sum * gamma_quantile(1.0 - tail, upper_sum * upper_sum / upper_squares));
  e.converged = sum * sum / squares >= kFewestEffectiveOutages;
  return e;
}

Bracket probability_within_budget(double expected, std::span<const Nanos> durations_ns, Nanos budget_ns) {
  if (durations_ns.empty() || expected <= 0.0) return {1.0, 1.0};
  if (budget_ns <= 0) return {std::exp(-expected), std::exp(-expected)};
  if (expected > kManyOutages) {
    double mean = 0.0;
    double square = 0.0;
    for (const Nanos d : durations_ns) {
      const auto x = static_cast<double>(d);
      mean += x / static_cast<double>(durations_ns.size());
      square += x * x / static_cast<double>(durations_ns.size());
    }
    if (square <= 0.0) return {1.0, 1.0};
    const double p =
        normal_cdf((static_cast<double>(budget_ns) - expected * mean) / std::sqrt(expected * square));
    return {p, p};
  }
  return {panjer(expected, severities(durations_ns, budget_ns, true)),
          panjer(expected, severities(durations_ns, budget_ns, false))};
}

Estimate probability_of_meeting(double availability, std::span<const Nanos> durations_ns, Nanos observed_ns,
                                Nanos window_ns, double confidence) {
  Estimate e;
  e.confidence = confidence;
  if (observed_ns <= 0) return e;
  const double windows = static_cast<double>(observed_ns) / static_cast<double>(window_ns);
  const Estimate rate = poisson_rate_interval(durations_ns.size(), windows, confidence);
  e.samples = rate.samples;
  if (durations_ns.empty()) {
    e.value = 1.0;
    e.low = std::exp(-rate.high);
    e.high = 1.0;
    e.method = "no outage seen, any outage assumed to break the objective";
    return e;
  }
  const Nanos budget = downtime_budget_ns(availability, window_ns);
  const Bracket at_rate = probability_within_budget(rate.value, durations_ns, budget);
  e.value = (at_rate.low + at_rate.high) / 2.0;
  e.low = probability_within_budget(rate.high, durations_ns, budget).low;
  e.high = probability_within_budget(rate.low, durations_ns, budget).high;
  e.method = fmt::format("compound Poisson of {} outages, durations as seen", durations_ns.size());
  e.converged = durations_ns.size() >= 30;
  return e;
}

OutageStatistics outage_statistics(std::span<const Nanos> durations_ns, Nanos observed_ns,
                                   double confidence) {
  OutageStatistics s;
  s.count = durations_ns.size();
  s.observed_ns = observed_ns;
  std::vector<double> seconds;
  seconds.reserve(durations_ns.size());
  for (const Nanos d : durations_ns) {
    s.down_ns += d;
    s.longest_ns = std::max(s.longest_ns, d);
    seconds.push_back(to_seconds(d));
  }
  const double years = static_cast<double>(observed_ns) / static_cast<double>(kYearNs);
  s.per_year = poisson_rate_interval(s.count, years, confidence);
  s.unavailability = downtime_share(durations_ns, observed_ns, 0, confidence);
  s.mean_duration_s = student_interval(seconds, confidence);
  s.mean_duration_s.method = fmt::format("{} outages t", seconds.size());
  s.p50_duration_s = order_statistic_interval(seconds, 0.50, confidence);
  s.p90_duration_s = order_statistic_interval(seconds, 0.90, confidence);
  s.p99_duration_s = order_statistic_interval(seconds, 0.99, confidence);
  return s;
}

}  // namespace twinvoice::measure
