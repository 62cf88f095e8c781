#include "sim/measure/quantile_interval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/measure/distributions.hpp"
#include "sim/measure/groups.hpp"
#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

namespace {

/// Effective values beyond a quantile for calling its interval converged. The number is itself an estimate,
/// and too high in the runs that saw few bad spells. At the length of an M/M/1 run at 80 % where one in three
/// reaches 5, those hold the truth nine times in ten only, and one in twenty reaches 10.
constexpr double kFewestBeyond = 10.0;

/// The search for an end goes outwards by steps in the odds of the share, then halves the last step.
constexpr double kOddsStep = 1.25;
constexpr int kHalvings = 12;
constexpr std::size_t kBlock = 32;  ///< buckets that are summed up once

/// The slices, seen at the value that a given share of all the values exceeds. The spread at the quantile
/// itself (Woodruff 1952) does not do for both ends: values beyond come in clusters, one bad spell each, and in
/// just the runs that saw few of the large ones the quantile is low and its spread is small. Farther out the
/// clusters are fewer, and their own number says how little is known there.
class SharesAbove {
 public:
  SharesAbove(const Histogram& pooled, std::span<const SliceCounts> replications, double confidence,
              Faults faults)
      : pooled_(pooled), replications_(replications), confidence_(confidence), faults_(faults) {
    for (const SliceCounts& slices : replications) {
      RatioSeries& series = above_.emplace_back();
      for (const auto counts : slices) {
        std::vector<std::uint64_t>& from = from_.emplace_back(last_ / kBlock + 3, 0);
        for (std::size_t i = last_ + 1; i-- > first_;) from[i / kBlock] += counts[i];
        for (std::size_t b = from.size() - 1; b-- > 0;) from[b] += from[b + 1];
        series.push_back({0.0, static_cast<double>(from[0])});
      }
    }
  }

  /// Groups of the share above that value. The bucket it lies in is split alike in all the slices.
  [[nodiscard]] Groups groups(double seen) {
    const double wanted = seen * static_cast<double>(pooled_.count());
    std::size_t at = last_;
    double beyond = 0.0;
    while (at > 0 && beyond + count(pooled_.counts(), at) < wanted) beyond += count(pooled_.counts(), at--);
    const double part = std::min(1.0, (wanted - beyond) / std::max(1.0, count(pooled_.counts(), at)));
    auto from = from_.begin();
    for (std::size_t r = 0; r < replications_.size(); ++r) {
      for (std::size_t i = 0; i < replications_[r].size(); ++i, ++from) {
        const auto counts = replications_[r][i];
        above_[r][i].y = sum(counts, *from, std::max(at + 1, first_)) + part * count(counts, at);
      }
    }
    return choose_groups(above_, faults_);
  }

  /// Interval of the true share above that value.
  [[nodiscard]] ShareInterval interval(double seen) {
    return jeffreys(seen, effective_trials(groups(seen), confidence_), confidence_);
  }

 private:
  [[nodiscard]] static double count(std::span<const std::uint64_t> counts, std::size_t i) {
    return static_cast<double>(counts[i]);
  }
  /// Of the buckets `first` to last_, at least first_: the rest of its block, then whole blocks.
  [[nodiscard]] double sum(std::span<const std::uint64_t> counts, const std::vector<std::uint64_t>& from,
                           std::size_t first) const {
    const std::size_t block_end = (first / kBlock + 1) * kBlock;
    std::uint64_t all = from[first / kBlock + 1];
    for (std::size_t i = first; i < std::min(block_end, last_ + 1); ++i) all += counts[i];
    return static_cast<double>(all);
  }

  const Histogram& pooled_;
  std::span<const SliceCounts> replications_;
  double confidence_;
  Faults faults_;
  std::size_t first_ = LogLinear::index(pooled_.min_ns());
  std::size_t last_ = LogLinear::index(pooled_.max_ns());
  std::vector<RatioSeries> above_;
  /// [slice over all replications][block]: sum of the buckets from that block on. The search asks for many such sums.
  std::vector<std::vector<std::uint64_t>> from_;
};

/// The share seen at which `rejected` begins, on the way from `share` outwards: to 0 when `down`, else to 1.
/// Nothing when even one value beyond (one in `values`) is not rejected.
template <class Rejected>
std::optional<double> first_rejected(double share, bool down, double values, const Rejected& rejected) {
  const auto from_odds = [](double odds) { return odds / (1.0 + odds); };
  double inner = share / (1.0 - share);
  double outer = inner;
  do {
    inner = outer;
    outer *= down ? 1.0 / kOddsStep : kOddsStep;
    const double beyond = down ? from_odds(outer) : from_odds(1.0 / outer);
    if (beyond * values < 1.0) return {};
  } while (!rejected(from_odds(outer)));
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = std::sqrt(inner * outer);
    (rejected(from_odds(middle)) ? outer : inner) = middle;
  }
  return from_odds(outer);
}

}  // namespace

Estimate quantile_interval_ns(const Histogram& pooled, std::span<const SliceCounts> replications, double q,
                              double confidence, Faults faults) {
  Estimate e;
  e.confidence = confidence;
  e.samples = pooled.count();
  e.low = 0.0;
  if (e.samples == 0) return e;
  e.value = pooled.quantile_ns(q);

  SharesAbove shares(pooled, replications, confidence, faults);
  const Groups groups = shares.groups(1.0 - q);
  e.groups = groups.filled();
  e.method = groups.label + ", quantile by inverted share";
  if (e.groups < 2) return e;
  const double tail = 1.0 - q;
  const double beyond = effective_trials(groups, confidence) * tail;
  const auto values = static_cast<double>(e.samples);
  const auto low =
      first_rejected(tail, false, values, [&](double s) { return shares.interval(s).low > tail; });
  const auto high =
      first_rejected(tail, true, values, [&](double s) { return shares.interval(s).high < tail; });
  if (low) e.low = pooled.quantile_ns(1.0 - *low);
  if (high) e.high = pooled.quantile_ns(1.0 - *high);
  e.converged = high && beyond >= kFewestBeyond && groups.independent &&
                e.groups >= (groups.replications ? 2 : kFewestGroups);
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
