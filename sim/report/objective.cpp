#include "sim/report/objective.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

#include "sim/measure/batches.hpp"

namespace twinvoice::report {
namespace {

/// Requests without an answer count as bad once they are older than this, when the objective states no latency.
constexpr Nanos kPatience = 30 * kNanosPerSecond;

/// P(at least `events` of `trials`) at probability `p` is no surprise.
bool by_chance(std::uint64_t events, std::uint64_t trials, double p) {
  if (events == 0 || trials == 0) return true;
  const double n = static_cast<double>(trials);
  const double k = static_cast<double>(events);
  if (k <= n * p) return true;
  if (!(p > 0.0)) return false;
  const boost::math::binomial_distribution<double> law(n, p);
  return boost::math::cdf(boost::math::complement(law, k - 1.0)) >= kFalseAlarm;
}

/// How many windows make one that holds enough requests, at most a minute's worth.
std::size_t merge_factor(const measure::RunRecord& run, const measure::OperationBook& book) {
  const Nanos window_ns = run.layout.window_ns;
  const double windows = static_cast<double>(run.end_ns) / static_cast<double>(window_ns);
  const double per_window = static_cast<double>(book.all.arrived) / std::max(windows, 1.0);
  const double most = std::max(1.0, 60e9 / static_cast<double>(window_ns));
  if (!(per_window > 0.0)) return 1;
  return static_cast<std::size_t>(std::clamp(std::ceil(kRequestsPerWindow / per_window), 1.0, most));
}

}  // namespace

ObjectiveBounds bounds_of(const OperationInfo& operation) {
  ObjectiveBounds bounds;
  bounds.failures = 1.0 - operation.availability;
  return bounds;
}

std::vector<JudgedWindow> judged_windows(const measure::RunRecord& run, std::size_t operation,
                                         const OperationInfo& info) {
  const measure::OperationBook& book = run.operations[operation];
  const Nanos window_ns = run.layout.window_ns;
  const std::size_t factor = merge_factor(run, book);
  const Nanos patience = info.p99_ns == kNever ? kPatience : info.p99_ns;
  std::vector<JudgedWindow> judged;
  for (std::size_t i = 0; i < book.windows.size(); i += factor) {
    JudgedWindow merged;
    merged.start_ns = static_cast<Nanos>(i) * window_ns;
    if (merged.start_ns >= run.end_ns) break;
    for (std::size_t k = i; k < std::min(i + factor, book.windows.size()); ++k) {
      const measure::Window& window = book.windows[k];
      const Nanos end_ns = static_cast<Nanos>(k + 1) * window_ns;
      const std::uint64_t decided = std::uint64_t{window.succeeded} + window.failed;
      const bool overdue = end_ns + patience <= run.end_ns;
      merged.arrived += overdue ? window.arrived : decided;
      merged.bad += window.failed + (overdue ? window.arrived - decided : 0);
      merged.slow += window.slow;
      merged.end_ns = std::min(end_ns, run.end_ns);
    }
    judged.push_back(merged);
  }
  return judged;
}

bool keeps(const ObjectiveBounds& bounds, std::uint64_t arrived, std::uint64_t bad, std::uint64_t slow) {
  return by_chance(bad, arrived, bounds.failures) && by_chance(slow, arrived - bad, bounds.slow);
}

measure::RatioSeries missed_windows(std::span<const JudgedWindow> windows, const ObjectiveBounds& bounds,
                                    Nanos warm_up_ns) {
  std::vector<measure::RatioSample> samples;
  for (const JudgedWindow& w : windows) {
    if (w.start_ns < warm_up_ns) continue;
    if (w.arrived == 0) {
      samples.push_back({0.0, 0.0});
    } else {
      samples.push_back({keeps(bounds, w.arrived, w.bad, w.slow) ? 0.0 : 1.0, 1.0});
    }
  }
  const std::size_t slices = std::min<std::size_t>(measure::kSlices, samples.size());
  measure::RatioSeries series(slices);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    measure::RatioSample& slice = series[i * slices / samples.size()];
    slice.y += samples[i].y;
    slice.x += samples[i].x;
  }
  return series;
}

}  // namespace twinvoice::report
