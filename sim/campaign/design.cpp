#include "sim/campaign/design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "sim/campaign/sampling.hpp"

namespace twinvoice::campaign {
namespace {

using spec::DesignKind;

bool compares(double number, spec::Comparison comparison, double bound) {
  switch (comparison) {
    case spec::Comparison::kBelow: return number < bound;
    case spec::Comparison::kAtMost: return number <= bound;
    case spec::Comparison::kAbove: return number > bound;
    case spec::Comparison::kAtLeast: return number >= bound;
  }
  return false;
}

bool holds(const spec::SkipCondition& condition, const Level& level) {
  if (condition.labels.empty())
    return compares(level.number, condition.comparison, condition.bound.base_value());
  return std::find(condition.labels.begin(), condition.labels.end(), level.label) != condition.labels.end();
}

const Axis* find_axis(const std::vector<Axis>& axes, std::string_view name) {
  for (const Axis& axis : axes) {
    if (axis.name == name) return &axis;
  }
  return nullptr;
}

std::string candidates(std::string_view word, const std::vector<std::string_view>& names) {
  const std::string hint = spec::did_you_mean(word, names);
  if (!hint.empty()) return hint;
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < 20; ++i)
    list += (i == 0 ? "" : ", ") + spec::quote(names[i]);
  return "; accepted: " + list + (names.size() > 20 ? ", ..." : "");
}

void check_condition(const spec::SkipCondition& condition, const Axis& axis, Issues& issues) {
  if (condition.labels.empty()) {
    if (axis.dimension() != condition.bound.dimension()) {
      issues.error(condition.place, fmt::format("the axis {} has no levels that can be compared with a {}",
                                                spec::quote(axis.name), condition.bound.dimension()));
    }
    return;
  }
  if (axis.is_continuous()) {
    issues.error(condition.place,
                 fmt::format("the axis {} is a continuous range: only comparisons such as \">= 60 s\"",
                             spec::quote(axis.name)));
    return;
  }
  std::vector<std::string_view> labels;
  for (const AxisLevel& level : axis.levels) labels.push_back(level.level.label);
  for (const std::string& label : condition.labels) {
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) continue;
    issues.error(condition.place, fmt::format("the axis {} has no level {}{}", spec::quote(axis.name),
                                              spec::quote(label), candidates(label, labels)));
  }
}

}  // namespace

Design::Design(const spec::Sweep& sweep, Issues& issues) : sweep_(&sweep) {
  Issues found;
  axes_ = make_axes(sweep, found);
  if (axes_.size() == sweep.axes.size()) {
    check_size(found);
    check_skips(found);
  }
  if (!found.has_errors()) choose(found);
  issues.append(found);
}

void Design::check_size(Issues& issues) {
  const auto too_many = [&](std::string_view what) {
    issues.error(sweep_->design.place.line > 0 ? sweep_->design.place : sweep_->place,
                 fmt::format("the design has more than {} {}", kMostCells, what));
  };
  const DesignKind kind = sweep_->design.kind;
  const auto points = static_cast<std::uint64_t>(sweep_->design.points);
  raw_size_ = points;
  if (kind == DesignKind::kCartesian) {
    raw_size_ = 1;
    for (const Axis& axis : axes_) raw_size_ = std::min(kMostCells + 1, raw_size_ * axis.levels.size());
  } else if (kind == DesignKind::kZip) {
    raw_size_ = axes_.empty() ? 0 : axes_.front().levels.size();
    for (const Axis& axis : axes_) {
      if (axis.levels.empty() || axis.levels.size() == raw_size_) continue;
      issues.error(axis.place, fmt::format("zip needs axes of one length: {} has {} levels, {} has {}",
                                           spec::quote(axes_.front().name), raw_size_, spec::quote(axis.name),
                                           axis.levels.size()));
    }
  } else if (kind == DesignKind::kSaltelli) {
    raw_size_ = points * (axes_.size() + 2);
  }
  if (raw_size_ > kMostCells) too_many("cells");
  const bool limited = kind == DesignKind::kSobol || kind == DesignKind::kSaltelli;
  if (limited && axes_.size() > kMostSampledAxes) {
    issues.error(sweep_->design.place, fmt::format("this design takes at most {} axes; the sweep has {}",
                                                   kMostSampledAxes, axes_.size()));
  }
  if (kind == DesignKind::kSaltelli && !sweep_->skip.empty()) {
    issues.error(sweep_->design.place,
                 "a saltelli design needs all of its cells: \"skip\" cannot stand beside it");
  }
}

void Design::check_skips(Issues& issues) const {
  std::vector<std::string_view> names;
  for (const Axis& axis : axes_) names.push_back(axis.name);
  for (const spec::Skip& skip : sweep_->skip) {
    for (const auto& condition : skip) {
      const Axis* axis = find_axis(axes_, condition.id);
      if (axis != nullptr) {
        check_condition(condition.value, *axis, issues);
      } else {
        issues.error(condition.place, fmt::format("there is no axis {}{}", spec::quote(condition.id),
                                                  candidates(condition.id, names)));
      }
    }
  }
}

void Design::choose(Issues& issues) {
  std::vector<std::string> columns;
  for (const Axis& axis : axes_) columns.push_back(axis.name);
  const auto points = static_cast<std::size_t>(sweep_->design.points);
  const auto seed = static_cast<std::uint64_t>(sweep_->seed.value_or(1));
  if (sweep_->design.kind == DesignKind::kLatinHypercube) sampled_ = latin_hypercube(points, columns, seed);
  if (sweep_->design.kind == DesignKind::kSobol) sampled_ = sobol(points, columns, seed);
  if (sweep_->design.kind == DesignKind::kSaltelli) {
    for (const Axis& axis : axes_) columns.push_back(axis.name + " of B");
    sampled_ = sobol(points, columns, seed);
  }
  for (std::size_t i = 0; i < raw_size_; ++i) {
    if (sweep_->skip.empty() || !is_skipped(raw(i))) kept_.push_back(static_cast<std::uint32_t>(i));
  }
  if (kept_.empty()) issues.error(sweep_->place, "the design has no cells: every one of them is skipped");
}

bool Design::is_skipped(const Point& point) const {
  const auto all_hold = [&](const spec::Skip& skip) {
    return std::all_of(skip.begin(), skip.end(), [&](const auto& condition) {
      return std::any_of(point.levels.begin(), point.levels.end(), [&](const AxisLevel& level) {
        return level.level.axis == condition.id && holds(condition.value, level.level);
      });
    });
  };
  return std::any_of(sweep_->skip.begin(), sweep_->skip.end(), all_hold);
}

bool Design::is_grid() const {
  return sweep_->design.kind == DesignKind::kCartesian || sweep_->design.kind == DesignKind::kZip;
}

std::size_t Design::raw_level(std::size_t index, std::size_t axis) const {
  if (sweep_->design.kind == DesignKind::kZip) return index;
  for (std::size_t faster = axes_.size(); --faster > axis;) index /= axes_[faster].levels.size();
  return index % axes_[axis].levels.size();
}

std::size_t Design::level_number(std::size_t position, std::size_t axis) const {
  return raw_level(kept_.at(position), axis);
}

std::size_t Design::combinations(spec::AxisRole role) const {
  std::set<std::vector<std::string>> seen;
  std::set<std::uint64_t> seen_numbers;  // of a grid, whose texts need not be made
  for (std::size_t position = 0; position < size(); ++position) {
    std::vector<std::string> labels;
    std::uint64_t number = 0;
    const Point point = is_grid() ? Point{} : at(position);
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (axes_[a].role != role) continue;
      if (is_grid()) {
        number = number * axes_[a].levels.size() + level_number(position, a);
      } else {
        labels.push_back(point.levels[a].level.label);
      }
    }
    if (is_grid()) {
      seen_numbers.insert(number);
    } else {
      seen.insert(std::move(labels));
    }
  }
  return std::max(seen.size(), seen_numbers.size());
}

Point Design::raw(std::size_t index) const {
  Point point;
  const std::size_t d = axes_.size();
  if (is_grid()) {
    for (std::size_t axis = 0; axis < d; ++axis)
      point.levels.push_back(axes_[axis].levels[raw_level(index, axis)]);
    return point;
  }
  const bool saltelli = sweep_->design.kind == DesignKind::kSaltelli;
  const std::size_t block = saltelli ? d + 2 : 1;
  const std::vector<double>& u = sampled_[index / block];
  const std::size_t place = index % block;
  if (saltelli) {
    point.row.number = index / block;
    point.row.kind = place == 0 ? Row::Kind::kA : (place == 1 ? Row::Kind::kB : Row::Kind::kMixed);
    point.row.axis = place < 2 ? 0 : place - 2;
  }
  for (std::size_t axis = 0; axis < d; ++axis) {
    const bool of_b =
        point.row.kind == Row::Kind::kB || (point.row.kind == Row::Kind::kMixed && point.row.axis == axis);
    point.levels.push_back(axes_[axis].at(u[of_b ? d + axis : axis]));
  }
  return point;
}

Point Design::at(std::size_t position) const {
  Point point = raw(kept_.at(position));
  point.position = position;
  return point;
}

}  // namespace twinvoice::campaign
