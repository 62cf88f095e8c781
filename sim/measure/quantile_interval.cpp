#include "sim/measure/quantile_interval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/measure/distributions.hpp"
#include "sim/measure/groups.hpp"
#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

namespace {

/// Effective values beyond a quantile for a bound on that side. Order statistics of independent values need
/// 3.7 (-ln 0.025); the effective number is itself an estimate, so that a little more is asked for.
constexpr double kFewestBeyond = 5.0;

RatioSeries shares_above(const SliceCounts& slices, double threshold_ns) {
  RatioSeries series;
  series.reserve(slices.size());
  for (const auto counts : slices) {
    double all = 0.0;
    for (const std::uint64_t c : counts) all += static_cast<double>(c);
    series.push_back({all - count_at_or_below(counts, threshold_ns), all});
  }
  return series;
}

}  // namespace

Estimate quantile_interval_ns(const Histogram& pooled, std::span<const SliceCounts> replications, double q,
                              double confidence) {
  Estimate e;
  e.confidence = confidence;
  e.samples = pooled.count();
  e.low = 0.0;
  if (e.samples == 0) return e;
  e.value = pooled.quantile_ns(q);

  std::vector<RatioSeries> above;
  above.reserve(replications.size());
  for (const SliceCounts& slices : replications) above.push_back(shares_above(slices, e.value));
  Groups groups = choose_groups(above);
  e.groups = groups.items.size();
  e.method = groups.label + ", quantile by inverted share";
  if (e.groups < 2) return e;
  // All values in one bucket, or none beyond it: the share moves in one jump and carries no variance.
  const double tail = 1.0 - q;
  const bool jump = groups.total_y <= 0.0 || groups.total_y >= groups.total_x;
  const double effective = jump ? groups.total_x : effective_trials(groups, confidence);
  const ShareInterval share = jeffreys(tail, effective, confidence);
  e.low = effective * q >= kFewestBeyond ? pooled.quantile_ns(1.0 - share.high) : 0.0;
  const bool bounded = effective * tail >= kFewestBeyond;
  if (bounded) e.high = pooled.quantile_ns(1.0 - share.low);
  e.converged = bounded && groups.independent && e.groups >= kFewestGroups;
  return e;
}

Estimate order_statistic_interval(std::vector<double> values, double q, double confidence) {
  Estimate e;
  e.confidence = confidence;
  e.samples = values.size();
  e.groups = values.size();
  e.method = fmt::format("{} values, order statistics", values.size());
  if (values.empty()) return e;
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const auto at_rank = [&](double rank) { return values[static_cast<std::size_t>(rank) - 1]; };
  e.value = at_rank(std::clamp(std::ceil(q * n - 1e-12 * n), 1.0, n));

  // P(X_(i) <= quantile) = P(Binomial(n, q) >= i): the largest i that keeps it at 1 - tail or more; mirrored
  // above.
  const double tail = (1.0 - confidence) / 2.0;
  std::size_t low = 0;
  for (std::size_t step = std::size_t{1} << 40; step > 0; step /= 2) {
    if (low + step <= values.size() && binomial_cdf(static_cast<double>(low + step) - 1.0, n, q) <= tail)
      low += step;
  }
  std::size_t high = values.size() + 1;
  for (std::size_t step = std::size_t{1} << 40; step > 0; step /= 2) {
    if (high > step && binomial_cdf(static_cast<double>(high - step) - 1.0, n, q) >= 1.0 - tail) high -= step;
  }
  if (low >= 1) e.low = values[low - 1];
  if (high <= values.size()) e.high = values[high - 1];
  e.converged = low >= 1 && high <= values.size();
  return e;
}

}  // namespace twinvoice::measure
