#include "sim/measure/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "sim/measure/comparison.hpp"
#include "sim/measure/mean.hpp"

namespace twinvoice::measure {

namespace {

std::uint64_t infinite_in(const std::vector<double>& values) {
  return static_cast<std::uint64_t>(
      std::count_if(values.begin(), values.end(), [](double v) { return std::isinf(v); }));
}

/// What designs are ordered by, the least first: whether the mean is missing, the share of infinite values, the mean of the others.
using Place = std::tuple<bool, double, double>;

Place place_of(const std::vector<double>& values, bool minimise) {
  if (std::isnan(mean_of(values))) return {true, 0.0, 0.0};
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double v) { return std::isfinite(v); });
  const double share = static_cast<double>(infinite_in(values)) / static_cast<double>(values.size());
  const double mean = finite.empty() ? 0.0 : mean_of(finite);
  return {false, share, minimise ? mean : -mean};
}

PairedComparison compare_common(const std::vector<double>& a, const std::vector<double>& b,
                                double confidence) {
  const std::size_t n = std::min(a.size(), b.size());
  return compare_pairs(std::span(a).first(n), std::span(b).first(n), confidence);
}

}  // namespace

Ranking rank_designs(DesignValues values, bool minimise, double confidence) {
  const std::size_t k = values.size();
  Ranking ranking;
  ranking.each = confidence;
  if (k == 0) return ranking;
  if (k > 1)
    ranking.each = std::max(confidence, 1.0 - 2.0 * (1.0 - confidence) / (static_cast<double>(k) - 1.0));
  std::vector<Place> key;
  for (std::size_t i = 0; i < k; ++i) {
    key.push_back(place_of(values[i], minimise));
    ranking.order.push_back({i, mean_of(values[i]), infinite_in(values[i]), {}, {}});
  }
  std::stable_sort(ranking.order.begin(), ranking.order.end(),
                   [&](const Rank& x, const Rank& y) { return key[x.design] < key[y.design]; });
  const std::size_t first = ranking.order.front().design;
  const Order worse = minimise ? Order::kGreater : Order::kLess;
  std::vector<std::size_t> possible;
  for (Rank& rank : ranking.order) {
    const PairedComparison c = compare_common(values[first], values[rank.design], ranking.each);
    rank.behind = c.difference;
    if (!minimise) {
      rank.behind.value = -rank.behind.value;
      rank.behind.low = -std::exchange(rank.behind.high, -rank.behind.low);
    }
    // The nearest to the top beats most often, so it is asked first.
    for (const Rank& other : ranking.order) {
      if (other.design == rank.design || std::isnan(other.mean)) continue;
      if (compare_common(values[other.design], values[rank.design], ranking.each).order != worse) continue;
      rank.beaten_by = other.design;
      break;
    }
    if (!rank.beaten_by) possible.push_back(rank.design);
  }
  // Alone, but never observed, is no winner; nor is one whose mean is infinite.
  if (possible.size() == 1 && std::isfinite(mean_of(values[possible.front()])))
    ranking.winner = possible.front();
  return ranking;
}

}  // namespace twinvoice::measure
