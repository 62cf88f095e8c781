#include "sim/measure/batch_estimates.hpp"

#include <vector>

#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

namespace {

template <typename Get>
std::vector<RatioSeries> each(Replications runs, Get get) {
  std::vector<RatioSeries> all;
  all.reserve(runs.size());
  for (const Batches* run : runs) all.push_back(get(*run));
  return all;
}

std::uint64_t successes(Replications runs) {
  std::uint64_t n = 0;
  for (const Batches* run : runs) n += run->total().success;
  return n;
}

std::uint64_t decided(Replications runs) {
  std::uint64_t n = successes(runs);
  for (const Batches* run : runs) n += run->total().failure;
  return n;
}

}  // namespace

Estimate failure_share(Replications runs, double confidence, Faults faults) {
  return share_interval(each(runs, [](const Batches& b) { return b.failures(); }), confidence, faults);
}

Estimate failed_volume_share(Replications runs, double confidence, Faults faults) {
  // The unit of volume is arbitrary, so that volume is no count of trials: rescaled to one unit a request on
  // average.
  auto series = each(runs, [](const Batches& b) { return b.failed_volumes(); });
  double volume = 0.0;
  for (const RatioSeries& s : series) {
    for (const RatioSample& slice : s) volume += slice.x;
  }
  if (!(volume > 0.0)) return share_interval({}, confidence, faults);
  const double requests_per_volume = static_cast<double>(decided(runs)) / volume;
  for (RatioSeries& s : series) {
    for (RatioSample& slice : s) {
      slice.x *= requests_per_volume;
      slice.y *= requests_per_volume;
    }
  }
  return share_interval(series, confidence, faults);
}

Estimate mean_latency_s(Replications runs, double confidence, Faults faults) {
  const auto latencies = each(runs, [](const Batches& b) { return b.latencies_ns(); });
  return in_seconds(ratio_interval(latencies, successes(runs), confidence, faults));
}

Estimate latency_quantile_s(Replications runs, double q, double confidence, Faults faults) {
  Histogram pooled;
  std::vector<SliceCounts> slices;
  slices.reserve(runs.size());
  for (const Batches* run : runs) {
    pooled.merge(run->histogram());
    slices.push_back(run->slice_counts());
  }
  return in_seconds(quantile_interval_ns(pooled, slices, q, confidence, faults));
}

Estimate throughput_per_s(Replications runs, double confidence, Faults faults) {
  // A window without any success is an observation of the rate 0, not a missing one.
  const std::uint64_t seen = successes(runs);
  return ratio_interval(each(runs, [](const Batches& b) { return b.throughput_per_s(); }),
                        seen > 0 ? seen : 1, confidence, faults);
}

Estimate time_mean(std::span<const TimeSlices* const> runs, double confidence, Faults faults) {
  std::vector<RatioSeries> all;
  std::uint64_t slices = 0;
  all.reserve(runs.size());
  for (const TimeSlices* run : runs) {
    all.push_back(run->series());
    slices += all.back().size();
  }
  return ratio_interval(all, slices, confidence, faults);
}

}  // namespace twinvoice::measure
