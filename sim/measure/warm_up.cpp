#include "sim/measure/warm_up.hpp"

#include <vector>

namespace twinvoice::measure {

WarmUp mser5(std::span<const double> series) {
  constexpr std::size_t kBatch = 5;
  WarmUp best;
  const std::size_t n = series.size() / kBatch;
  if (n == 0) {
    for (const double x : series) best.mean += x / static_cast<double>(series.size());
    return best;
  }
  std::vector<double> means(n, 0.0);
  for (std::size_t i = 0; i < n * kBatch; ++i) means[i / kBatch] += series[i] / double{kBatch};

  // From the back with Welford's recurrence: one pass gives the spread of every suffix without cancellation.
  double mean = 0.0;
  double squares = 0.0;
  bool found = false;
  for (std::size_t kept = 1; kept <= n; ++kept) {
    const double x = means[n - kept];
    const double before = x - mean;
    mean += before / static_cast<double>(kept);
    squares += before * (x - mean);
    const std::size_t dropped = n - kept;
    if (dropped > n / 2) continue;
    const double statistic = squares / (static_cast<double>(kept) * static_cast<double>(kept));
    if (!found || statistic <= best.statistic) {
      best.batches = dropped;
      best.statistic = statistic;
      found = true;
    }
  }
  best.observations = best.batches * kBatch;
  double sum = 0.0;
  for (const double x : series.subspan(best.observations)) sum += x;
  best.mean = sum / static_cast<double>(series.size() - best.observations);
  best.reliable = n >= 10 && best.batches * 20 <= n * 9;
  return best;
}

}  // namespace twinvoice::measure
