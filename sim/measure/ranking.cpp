#include "sim/measure/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/measure/comparison.hpp"
#include "sim/measure/mean.hpp"

namespace twinvoice::measure {

namespace {

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
  std::vector<double> key(k);  // to be minimised; what cannot be told comes last
  for (std::size_t i = 0; i < k; ++i) {
    const double mean = mean_of(values[i]);
    ranking.order.push_back({i, mean, {}, {}});
    key[i] = minimise ? mean : -mean;
    if (!std::isfinite(mean)) key[i] = std::numeric_limits<double>::infinity();
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
  if (possible.size() == 1 && std::isfinite(key[possible.front()])) ranking.winner = possible.front();
  return ranking;
}

}  // namespace twinvoice::measure
