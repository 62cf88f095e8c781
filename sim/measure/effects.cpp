#include "sim/measure/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

namespace {

using Levels = std::vector<std::size_t>;
using Grid = std::map<Levels, std::span<const double>>;

bool usable(const FactorialCell& cell) {
  return cell.values.size() >= 2 &&
         std::all_of(cell.values.begin(), cell.values.end(), [](double v) { return std::isfinite(v); });
}

/// Signed sums of cells, replication by replication.
class Contrast {
 public:
  /// Adds sum(sign x values) of one group of cells.
  void add(std::span<const std::span<const double>> plus, std::span<const std::span<const double>> minus) {
    for (const auto& side : {plus, minus}) {
      for (const auto values : side) replications_ = std::min(replications_, values.size());
    }
    sums_.resize(std::max(sums_.size(), replications_ == kUnset ? 0 : replications_), 0.0);
    for (std::size_t r = 0; r < replications_; ++r) {
      for (const auto values : plus) sums_[r] += values[r];
      for (const auto values : minus) sums_[r] -= values[r];
    }
    ++groups_;
  }
  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] Estimate estimate(double confidence) const {
    std::vector<double> means(sums_.begin(), sums_.begin() + static_cast<std::ptrdiff_t>(replications_));
    for (double& m : means) m /= static_cast<double>(groups_);
    Estimate e = student_interval(means, confidence);
    e.method = fmt::format("{} paired replications t", means.size());
    return e;
  }

 private:
  static constexpr std::size_t kUnset = static_cast<std::size_t>(-1);
  std::size_t replications_ = kUnset;
  std::size_t groups_ = 0;
  std::vector<double> sums_;
};

std::vector<Levels> levels_of(const Grid& grid, std::size_t axes) {
  std::vector<Levels> levels(axes);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    std::set<std::size_t> seen;
    for (const auto& [at, values] : grid) seen.insert(at[axis]);
    levels[axis].assign(seen.begin(), seen.end());
  }
  return levels;
}

/// The cell at `at` with some levels exchanged; nullptr where there is none.
const std::span<const double>* moved(const Grid& grid, Levels at,
                                     std::initializer_list<std::pair<std::size_t, std::size_t>> to) {
  for (const auto& [axis, level] : to) at[axis] = level;
  const auto found = grid.find(at);
  return found == grid.end() ? nullptr : &found->second;
}

MainEffect main_effect(const Grid& grid, std::size_t axis, std::size_t from, std::size_t level,
                       double confidence) {
  Contrast contrast;
  for (const auto& [at, values] : grid) {
    if (at[axis] != from) continue;
    if (const auto* other = moved(grid, at, {{axis, level}})) contrast.add({other, 1}, {&values, 1});
  }
  MainEffect effect{axis, from, level, {}, contrast.groups()};
  if (effect.pairs > 0) effect.difference = contrast.estimate(confidence);
  return effect;
}

void fill(Interaction& x, const Grid& grid, double confidence) {
  Contrast contrast;
  for (const auto& [at, values] : grid) {
    if (at[x.a] != x.from_a || at[x.b] != x.from_b) continue;
    const auto* only_a = moved(grid, at, {{x.a, x.level_a}});
    const auto* only_b = moved(grid, at, {{x.b, x.level_b}});
    const auto* both = moved(grid, at, {{x.a, x.level_a}, {x.b, x.level_b}});
    if (only_a == nullptr || only_b == nullptr || both == nullptr) continue;
    contrast.add(std::vector{*both, values}, std::vector{*only_a, *only_b});
  }
  x.squares = contrast.groups();
  if (x.squares > 0) x.difference = contrast.estimate(confidence);
}

}  // namespace

FactorialEffects factorial_effects(std::span<const FactorialCell> cells, double confidence) {
  FactorialEffects effects;
  Grid grid;
  const std::size_t axes = cells.empty() ? 0 : cells.front().levels.size();
  for (const FactorialCell& cell : cells) {
    if (cell.levels.size() != axes)
      throw std::invalid_argument("factorial effects: cells with different numbers of axes");
    if (usable(cell)) {
      grid.emplace(cell.levels, cell.values);
    } else {
      ++effects.left_out;
    }
  }
  const std::vector<Levels> levels = levels_of(grid, axes);
  for (std::size_t a = 0; a < axes; ++a) {
    for (std::size_t i = 1; i < levels[a].size(); ++i) {
      const MainEffect effect = main_effect(grid, a, levels[a][0], levels[a][i], confidence);
      if (effect.pairs > 0) effects.main.push_back(effect);
    }
  }
  for (std::size_t a = 0; a < axes; ++a) {
    for (std::size_t b = a + 1; b < axes; ++b) {
      for (std::size_t i = 1; i < levels[a].size(); ++i) {
        for (std::size_t j = 1; j < levels[b].size(); ++j) {
          Interaction x{a, levels[a][0], levels[a][i], b, levels[b][0], levels[b][j], {}, 0};
          fill(x, grid, confidence);
          if (x.squares > 0) effects.interactions.push_back(x);
        }
      }
    }
  }
  return effects;
}

}  // namespace twinvoice::measure
