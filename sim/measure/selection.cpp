#include "sim/measure/selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/measure/mean.hpp"

namespace twinvoice::measure {

Selection::Selection(std::size_t designs, const SelectionGoal& goal) : goal_(goal), designs_(designs) {
  if (designs == 0) throw std::invalid_argument("selection: no design");
  if (!(goal.indifference > 0.0) || !std::isfinite(goal.indifference))
    throw std::invalid_argument("selection: the indifference must be positive and finite");
  if (!(goal.confidence > 0.5 && goal.confidence < 1.0))
    throw std::invalid_argument("selection: the confidence must be between 0.5 and 1");
  if (goal.first_stage < 2) throw std::invalid_argument("selection: the first stage needs two replications");
  const double degrees = static_cast<double>(goal.first_stage) - 1.0;
  if (designs > 1) {
    const double each = 2.0 * (1.0 - goal.confidence) / (static_cast<double>(designs) - 1.0);
    h2_ = degrees * (std::pow(each, -2.0 / degrees) - 1.0);
  }
  contenders_.resize(designs);
  values_.resize(designs);
  sum_.resize(designs, 0.0);
  for (std::size_t i = 0; i < designs; ++i) {
    alive_.push_back(i);
    contenders_[i].mean = std::numeric_limits<double>::quiet_NaN();
  }
}

void Selection::add(std::size_t design, double value) {
  if (design >= designs_) throw std::invalid_argument("selection: there is no such design");
  if (!is_alive(design)) return;
  values_[design].push_back(goal_.minimise ? -value : value);
  while (!finished_ && next_is_there()) compare_next();
}

std::optional<std::size_t> Selection::leader() const {
  std::optional<std::size_t> best;
  for (const std::size_t i : alive_) {
    if (!best || sum_[i] > sum_[*best]) best = i;
  }
  return best;
}

bool Selection::next_is_there() const {
  return std::all_of(alive_.begin(), alive_.end(),
                     [&](std::size_t i) { return values_[i].size() > compared_; });
}

void Selection::compare_next() {
  const std::size_t at = compared_++;
  const auto r = static_cast<double>(compared_);
  for (const std::size_t i : alive_) {
    const double value = values_[i][at];
    Contender& c = contenders_[i];
    c.replications = compared_;
    if (!std::isfinite(value)) {
      c.standing = value < 0.0 ? Standing::kUnbounded : Standing::kUnknown;
      c.mean = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    sum_[i] += value;
    c.mean = (goal_.minimise ? -sum_[i] : sum_[i]) / r;
  }
  std::erase_if(alive_, [&](std::size_t i) { return !is_alive(i); });
  if (alive_.empty()) return finish();
  if (compared_ < goal_.first_stage) return;
  if (compared_ == goal_.first_stage) learn_spread();
  screen();
}

void Selection::learn_spread() {
  variance_.assign(designs_ * designs_, 0.0);
  const auto n = static_cast<double>(goal_.first_stage);
  for (const std::size_t i : alive_) {
    for (const std::size_t l : alive_) {
      if (l <= i) continue;
      const double mean = (sum_[i] - sum_[l]) / n;
      double squares = 0.0;
      for (std::size_t r = 0; r < goal_.first_stage; ++r) {
        const double d = values_[i][r] - values_[l][r] - mean;
        squares += d * d;
      }
      variance_[i * designs_ + l] = variance_[l * designs_ + i] = squares / (n - 1.0);
    }
  }
}

void Selection::screen() {
  const auto r = static_cast<double>(compared_);
  const double d = goal_.indifference;
  bool open = false;  // whether a margin is left between two that stay
  for (const std::size_t i : alive_) {
    double furthest = 0.0;
    for (const std::size_t l : alive_) {
      if (l == i) continue;
      const double margin = std::max(0.0, d / (2.0 * r) * (h2_ * variance(i, l) / (d * d) - r));
      const double behind = (sum_[l] - sum_[i]) / r;
      if (behind <= margin || behind <= furthest) continue;
      furthest = behind;
      contenders_[i].standing = Standing::kEliminated;
      contenders_[i].eliminated_by = l;
    }
  }
  std::erase_if(alive_, [&](std::size_t i) { return !is_alive(i); });
  for (const std::size_t i : alive_) {
    for (const std::size_t l : alive_) open = open || (l > i && h2_ * variance(i, l) / (d * d) > r);
  }
  if (alive_.size() == 1 || !open) finish();
}

void Selection::finish() {
  finished_ = true;
  const bool all_comparable = std::none_of(contenders_.begin(), contenders_.end(), [](const Contender& c) {
    return c.standing == Standing::kUnknown;
  });
  if (alive_.size() == 1 && all_comparable) winner_ = alive_.front();
}

Selection select_best(std::span<const std::vector<double>> values, const SelectionGoal& goal) {
  Selection selection(values.size(), goal);
  std::size_t longest = 0;
  for (const std::vector<double>& of_one : values) longest = std::max(longest, of_one.size());
  for (std::size_t r = 0; r < longest && !selection.finished(); ++r) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (r < values[i].size()) selection.add(i, values[i][r]);
    }
  }
  return selection;
}

namespace {

/// OCBA's weights; 0 for those that cannot be given anything. All 0 when no spread is known.
std::vector<double> weights_of(std::span<const DesignSample> designs, const std::vector<bool>& usable,
                               bool minimise, double indifference) {
  std::vector<double> weights(designs.size(), 0.0);
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < designs.size(); ++i) {
    if (!usable[i]) continue;
    if (!best || (minimise ? designs[i].mean < designs[*best].mean : designs[i].mean > designs[*best].mean))
      best = i;
  }
  if (!best) return weights;
  // Exact ties have no distance: they count as a millionth of a standard deviation apart.
  double spread = 0.0;
  for (std::size_t i = 0; i < designs.size(); ++i) {
    if (usable[i]) spread = std::max(spread, std::sqrt(designs[i].variance));
  }
  if (!(spread > 0.0)) return weights;
  const double nearest = std::max(indifference, 1e-6 * spread);
  double squares = 0.0;
  for (std::size_t i = 0; i < designs.size(); ++i) {
    if (!usable[i] || i == *best) continue;
    const double distance = std::max(nearest, std::abs(designs[i].mean - designs[*best].mean));
    weights[i] = designs[i].variance / distance / distance;
    if (designs[i].variance > 0.0) squares += weights[i] * weights[i] / designs[i].variance;
  }
  weights[*best] = std::sqrt(designs[*best].variance * squares);
  // The only one with a spread among the rest, or the only one at all.
  if (!(squares > 0.0)) weights[*best] = designs[*best].variance > 0.0 ? 1.0 : 0.0;
  return weights;
}

/// Whole numbers in proportion to `wanted`, their sum exactly `budget`: largest remainders, the first of ties.
std::vector<std::uint64_t> rounded(const std::vector<double>& wanted, std::uint64_t budget) {
  std::vector<std::uint64_t> given(wanted.size(), 0);
  double total = 0.0;
  for (const double w : wanted) total += w;
  if (!(total > 0.0)) return given;
  std::uint64_t left = budget;
  std::vector<std::size_t> order;
  std::vector<double> remainder(wanted.size(), 0.0);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double share = wanted[i] / total * static_cast<double>(budget);
    given[i] = std::min(left, static_cast<std::uint64_t>(share));
    remainder[i] = share - static_cast<double>(given[i]);
    left -= given[i];
    if (wanted[i] > 0.0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
  for (std::size_t at = 0; left > 0; at = (at + 1) % order.size(), --left) ++given[order[at]];
  return given;
}

}  // namespace

DesignSample sample_of(std::span<const double> values) {
  DesignSample s;
  s.replications = values.size();
  const auto n = static_cast<double>(values.size());
  s.mean = mean_of(values);
  double squares = 0.0;
  for (const double v : values) squares += (v - s.mean) * (v - s.mean);
  s.variance = values.size() < 2 ? std::numeric_limits<double>::quiet_NaN() : squares / (n - 1.0);
  return s;
}

std::vector<std::uint64_t> allocate_budget(std::span<const DesignSample> designs, std::uint64_t budget,
                                           bool minimise, double indifference) {
  std::vector<bool> usable(designs.size());
  for (std::size_t i = 0; i < designs.size(); ++i) {
    usable[i] =
        std::isfinite(designs[i].mean) && std::isfinite(designs[i].variance) && designs[i].variance >= 0.0;
  }
  std::vector<double> weights = weights_of(designs, usable, minimise, indifference);
  if (std::none_of(weights.begin(), weights.end(), [](double w) { return w > 0.0; })) {
    for (std::size_t i = 0; i < designs.size(); ++i) weights[i] = usable[i] ? 1.0 : 0.0;
  }
  // Who has more than the share keeps it; the others share what is left, until nobody has too much.
  for (;;) {
    double pool = static_cast<double>(budget);
    double total = 0.0;
    for (std::size_t i = 0; i < designs.size(); ++i) {
      if (!(weights[i] > 0.0)) continue;
      pool += static_cast<double>(designs[i].replications);
      total += weights[i];
    }
    std::vector<double> wanted(designs.size(), 0.0);
    bool again = false;
    for (std::size_t i = 0; i < designs.size(); ++i) {
      if (!(weights[i] > 0.0)) continue;
      wanted[i] = pool * weights[i] / total - static_cast<double>(designs[i].replications);
      if (wanted[i] < 0.0) {
        weights[i] = 0.0;
        again = true;
      }
    }
    if (!again) return rounded(wanted, budget);
  }
}

}  // namespace twinvoice::measure
