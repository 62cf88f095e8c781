#include "sim/measure/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/measure/mean.hpp"
#include "sim/measure/proportion.hpp"

namespace twinvoice::measure {

namespace {

constexpr double kGapOverSpread = 5.0;

/// Two infinities are no distance apart.
double distance(double a, double b) { return a == b ? 0.0 : b - a; }

FateGroup fate_of(std::span<const double> group, std::size_t all, double confidence) {
  FateGroup fate;
  fate.replications = group.size();
  fate.value = mean_of(group);
  fate.low = group.front();
  fate.high = group.back();
  const auto n = static_cast<double>(all);
  const auto k = static_cast<double>(group.size());
  const Interval bounds = clopper_pearson(k, n, confidence);
  fate.share.value = k / n;
  fate.share.low = bounds.low;
  fate.share.high = bounds.high;
  fate.share.confidence = confidence;
  fate.share.method = "Clopper-Pearson";
  fate.share.samples = all;
  fate.share.converged = true;
  return fate;
}

}  // namespace

std::optional<Mixture> two_fates(std::span<const double> values, double confidence) {
  if (values.size() < kFewestForTwoFates) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::size_t cut = 1;
  for (std::size_t i = 2; i < sorted.size(); ++i) {
    if (distance(sorted[i - 1], sorted[i]) > distance(sorted[cut - 1], sorted[cut])) cut = i;
  }
  const double gap = distance(sorted[cut - 1], sorted[cut]);
  const double within =
      std::max(distance(sorted.front(), sorted[cut - 1]), distance(sorted[cut], sorted.back()));
  if (!(gap > kGapOverSpread * within)) return std::nullopt;
  const auto lower = std::span(sorted).first(cut);
  const auto upper = std::span(sorted).subspan(cut);
  return Mixture{fate_of(lower, sorted.size(), confidence), fate_of(upper, sorted.size(), confidence)};
}

Estimate with_fates(Estimate mean, std::span<const double> values) {
  const auto fates = two_fates(values, mean.confidence);
  if (fates && fates->rarer() < kFewestOfRarerFate) mean.converged = false;
  return mean;
}

}  // namespace twinvoice::measure
