#include "sim/measure/intervals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/measure/distributions.hpp"
#include "sim/measure/mean.hpp"
#include "sim/measure/mixture.hpp"
#include "sim/measure/proportion.hpp"
#include "sim/measure/warm_up.hpp"

namespace twinvoice::measure {

namespace {

constexpr std::size_t kMostBatches = 64;
/// With fewer independent events (outages, not failed requests) than this a share is an order of magnitude
/// only.
constexpr double kFewestEffectiveEvents = 5.0;

/// Replications are independent by themselves; batches have to be enough to show that they are.
bool enough(const Groups& groups) {
  return groups.independent && groups.filled() >= (groups.replications ? 2 : kFewestGroups);
}

/// One a filled group.
std::vector<double> ratios_of(const Groups& groups) {
  std::vector<double> ratios;
  for (const RatioSample& s : groups.items) {
    if (s.x > 0.0) ratios.push_back(s.y / s.x);
  }
  return ratios;
}

/// Cornish-Fisher transform of a t quantile for skewed groups: Willink 2005. `beta` = skewness / (6
/// sqrt(groups)).
double skewed(double t, double beta) {
  if (std::abs(beta) < 1e-9) return t;
  return (std::cbrt(1.0 + 6.0 * beta * (t - beta)) - 1.0) / (2.0 * beta);
}

}  // namespace

Estimate student_interval(std::span<const double> values, double confidence) {
  Estimate e;
  e.confidence = confidence;
  e.samples = values.size();
  e.groups = values.size();
  e.method = fmt::format("{} replications t", values.size());
  if (values.empty()) return e;
  const auto n = static_cast<double>(values.size());
  const double mean = mean_of(values);
  e.value = mean;
  if (values.size() < 2) return e;
  double squares = 0.0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double half = two_sided_student(confidence, n - 1.0) * std::sqrt(squares / (n - 1.0) / n);
  e.low = mean - half;
  e.high = mean + half;
  e.converged = true;
  return e;
}

Estimate ratio_interval(std::span<const RatioSeries> replications, std::uint64_t samples, double confidence,
                        Faults faults) {
  const Groups groups = choose_groups(replications, faults);
  Estimate e;
  e.confidence = confidence;
  e.samples = groups.total_x > 0.0 ? samples : 0;
  e.groups = groups.filled();
  e.value = groups.ratio;
  e.method = groups.label + ", ratio t";
  if (e.samples == 0 || e.groups < 2) return e;
  const RatioSpread spread = ratio_spread(groups);
  const double t = two_sided_student(confidence, static_cast<double>(e.groups) - 1.0);
  const double error = std::sqrt(spread.variance);
  const double beta =
      groups.replications ? 0.0 : spread.skewness / (6.0 * std::sqrt(static_cast<double>(e.groups)));
  e.low = e.value - skewed(t, beta) * error;
  e.high = e.value - skewed(-t, beta) * error;
  e.converged = enough(groups);
  return groups.replications ? with_fates(std::move(e), ratios_of(groups)) : e;
}

Estimate regenerative_interval(std::span<const RatioSample> cycles, double confidence) {
  Estimate e;
  e.confidence = confidence;
  e.samples = cycles.size();
  e.groups = cycles.size();
  e.method = fmt::format("{} cycles, jackknife t", cycles.size());
  RatioSample total;
  for (const RatioSample& c : cycles) {
    total.y += c.y;
    total.x += c.x;
  }
  if (!(total.x > 0.0)) {
    e.samples = 0;
    return e;
  }
  const double ratio = total.y / total.x;
  e.value = ratio;
  const auto n = static_cast<double>(cycles.size());
  if (cycles.size() < 2) return e;
  // Pseudovalue of a cycle: n R - (n - 1) R without it. Their mean is the estimate, their spread its error.
  std::vector<double> pseudo;
  pseudo.reserve(cycles.size());
  for (const RatioSample& c : cycles) {
    if (!(total.x - c.x > 0.0)) return e;
    pseudo.push_back(n * ratio - (n - 1.0) * (total.y - c.y) / (total.x - c.x));
  }
  const Estimate t = student_interval(pseudo, confidence);
  e.value = t.value;
  e.low = t.low;
  e.high = t.high;
  e.converged = cycles.size() >= 30;
  return e;
}

ShareInterval jeffreys(double p, double trials, double confidence) {
  const double tail = (1.0 - confidence) / 2.0;
  const double a = p * trials + 0.5;
  const double b = (1.0 - p) * trials + 0.5;
  return {beta_quantile(tail, a, b), beta_quantile(1.0 - tail, a, b)};
}

double effective_trials(const Groups& groups, double confidence) {
  const double p = groups.ratio;
  const RatioSpread spread = ratio_spread(groups);
  const double variance = spread.variance;
  const double effective =
      variance > 0.0 ? std::min(groups.total_x, p * (1.0 - p) / variance) : groups.total_x;
  const double z = two_sided_normal(confidence);
  const double t = two_sided_student(confidence, spread.degrees);
  return effective * (z / t) * (z / t);
}

Estimate share_interval(std::span<const RatioSeries> replications, double confidence, Faults faults) {
  const Groups groups = choose_groups(replications, faults);
  Estimate e;
  e.confidence = confidence;
  e.samples = groups.total_x > 0.0 ? static_cast<std::uint64_t>(groups.total_x + 0.5) : 0;
  if (e.samples == 0) return e;
  const bool one_fate = faults == Faults::kPlanned && groups.filled() < 2;
  if (!one_fate && (groups.total_y <= 0.0 || groups.total_y >= groups.total_x)) {
    const auto trials = static_cast<std::uint64_t>(groups.total_x + 0.5);
    e = proportion_interval(groups.total_y <= 0.0 ? 0 : trials, trials, confidence);
    e.groups = groups.filled();
    e.method += ", independent observations";
    return e;
  }
  e.groups = groups.filled();
  e.value = groups.ratio;
  e.method = groups.label + ", effective-size beta";
  if (e.groups < 2) {
    e.low = 0.0;
    e.high = 1.0;
    return e;
  }
  const double trials = effective_trials(groups, confidence);
  const ShareInterval i = jeffreys(groups.ratio, trials, confidence);
  e.low = i.low;
  e.high = i.high;
  const double fewer_side = trials * std::min(groups.ratio, 1.0 - groups.ratio);
  e.converged = enough(groups) && fewer_side >= kFewestEffectiveEvents;
  return e;
}

RatioSeries batches_of(std::span<const double> series, std::size_t most) {
  const std::size_t count = std::min(most, series.size());
  RatioSeries batches(count);
  std::size_t at = 0;
  for (std::size_t b = 0; b < count; ++b) {
    const std::size_t size = series.size() / count + (b < series.size() % count ? 1 : 0);
    for (std::size_t i = 0; i < size; ++i) batches[b].y += series[at++];
    batches[b].x = static_cast<double>(size);
  }
  return batches;
}

Estimate batch_means_interval(std::span<const double> series, double confidence) {
  const WarmUp start = mser5(series);
  const auto kept = series.subspan(start.observations);
  // Two observations a batch at least: single values say nothing about what a longer batch would show.
  const std::size_t most = std::clamp<std::size_t>(kept.size() / 2, 1, kMostBatches);
  const std::vector<RatioSeries> one{batches_of(kept, most)};
  Estimate e = ratio_interval(one, kept.size(), confidence);
  e.method = fmt::format("MSER-5 drops {}, {}", start.observations, e.method);
  e.converged = e.converged && start.reliable && kept.size() >= 16;
  return e;
}

}  // namespace twinvoice::measure
