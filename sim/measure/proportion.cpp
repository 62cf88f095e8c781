#include "sim/measure/proportion.hpp"

#include <cmath>

#include "sim/measure/distributions.hpp"

namespace twinvoice::measure {

namespace {

double lower_bound(double events, double trials, double tail) {
  if (events <= 0.0) return 0.0;
  if (events >= trials) return std::exp(std::log(tail) / trials);
  return beta_quantile(tail, events, trials - events + 1.0);
}

double upper_bound(double events, double trials, double tail) {
  if (events >= trials) return 1.0;
  if (events <= 0.0) return -std::expm1(std::log(tail) / trials);
  return beta_quantile(1.0 - tail, events + 1.0, trials - events);
}

}  // namespace

Interval clopper_pearson(double events, double trials, double confidence) {
  const double tail = (1.0 - confidence) / 2.0;
  return {lower_bound(events, trials, tail), upper_bound(events, trials, tail)};
}

double clopper_pearson_upper(double events, double trials, double confidence) {
  return upper_bound(events, trials, 1.0 - confidence);
}

Interval wilson(double events, double trials, double confidence) {
  const double z = two_sided_normal(confidence);
  const double p = events / trials;
  const double shrink = 1.0 + z * z / trials;
  const double centre = p + z * z / (2.0 * trials);
  const double half = z * std::sqrt(p * (1.0 - p) / trials + z * z / (4.0 * trials * trials));
  return {std::fmax(0.0, (centre - half) / shrink), std::fmin(1.0, (centre + half) / shrink)};
}

Estimate proportion_interval(std::uint64_t events, std::uint64_t trials, double confidence) {
  Estimate e;
  e.confidence = confidence;
  e.samples = trials;
  if (trials == 0) return e;
  const auto x = static_cast<double>(events);
  const auto n = static_cast<double>(trials);
  e.value = x / n;
  e.converged = true;
  if (events == 0) {
    e.low = 0.0;
    e.high = upper_bound(0.0, n, 1.0 - confidence);
    e.method = "Clopper-Pearson one-sided, no event";
  } else if (events == trials) {
    e.low = lower_bound(n, n, 1.0 - confidence);
    e.high = 1.0;
    e.method = "Clopper-Pearson one-sided, events only";
  } else {
    const Interval i = clopper_pearson(x, n, confidence);
    e.low = i.low;
    e.high = i.high;
    e.method = "Clopper-Pearson";
  }
  return e;
}

std::uint64_t trials_needed_without_event(double p, double confidence) {
  return static_cast<std::uint64_t>(std::ceil(std::log1p(-confidence) / std::log1p(-p)));
}

Estimate poisson_rate_interval(std::uint64_t events, double exposure, double confidence) {
  Estimate e;
  e.confidence = confidence;
  if (!(exposure > 0.0)) return e;
  // The exposure itself is the observation: no event in it is information as well.
  e.samples = events == 0 ? 1 : events;
  const auto x = static_cast<double>(events);
  e.value = x / exposure;
  e.converged = true;
  if (events == 0) {
    e.low = 0.0;
    e.high = -std::log1p(-confidence) / exposure;
    e.method = "Garwood one-sided, no event";
    return e;
  }
  const double tail = (1.0 - confidence) / 2.0;
  e.low = gamma_quantile(tail, x) / exposure;
  e.high = gamma_quantile(1.0 - tail, x + 1.0) / exposure;
  e.method = "Garwood";
  return e;
}

}  // namespace twinvoice::measure
