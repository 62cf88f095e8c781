// Axes and their levels.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "sim/campaign/design.hpp"
#include "sim/random/elementary.hpp"
#include "sim/spec/patch.hpp"

namespace twinvoice::campaign {
namespace {

constexpr int kDigits = 6;  ///< of the values of a range

double number_in(std::string_view text) {
  double value = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string plain(double value) {
  return fmt::format("{}", number_in(fmt::format("{:.{}g}", value, kDigits)));
}

/// `number unit` when it is a value of that kind, else the nearest one: whole nanoseconds, whole bytes.
std::string quantity_text(const spec::RangeEnd& end, const std::string& number, double in_unit) {
  std::string text = number + " " + end.unit;
  const double base = in_unit * end.value.base_value() / number_in(end.number);
  const auto parsed = spec::parse_quantity(text);
  // A text that is rounded when it is read would be a label that its level does not have.
  constexpr double kNanosecondsOff = 1e-3;
  const double off_ns = parsed.ok() ? std::abs(parsed.value.base_value() - base) * 1e9 : 0.0;
  const bool rounded = end.value.dimension() == "duration" && off_ns > std::max(kNanosecondsOff, base * 1e-3);
  if (parsed.ok() && !rounded) return text;
  if (end.value.dimension() == "duration") return spec::format_quantity(Duration{from_seconds(base)});
  if (end.value.dimension() == "bytes") return spec::format_quantity(spec::Bytes{std::llround(base)});
  return text;
}

double between(double from, double to, spec::Scale scale, double u) {
  if (scale == spec::Scale::kLinear) return from + u * (to - from);
  return random::exp(random::log(from) + u * (random::log(to) - random::log(from)));
}

std::string_view dimension_of(const AxisLevel& level) {
  for (const LevelChange& change : level.changes) {
    if (change.value.kind == spec::NodeKind::kNumber) return "number";
    const auto parsed = spec::parse_quantity(change.value.text);
    if (change.value.kind == spec::NodeKind::kString && parsed.ok()) return parsed.value.dimension();
  }
  return "";
}

AxisLevel level_of(const std::string& axis, const spec::Targets& targets, const spec::JsonValue& value) {
  AxisLevel out;
  out.level.axis = axis;
  out.level.label = value.text.empty() ? "\"\"" : value.text;
  if (value.kind == spec::NodeKind::kNull) out.level.label = "none";
  if (value.kind == spec::NodeKind::kNumber) out.level.number = number_in(value.text);
  if (value.kind == spec::NodeKind::kString) {
    const auto parsed = spec::parse_quantity(value.text);
    if (parsed.ok()) out.level.number = parsed.value.base_value();
  }
  for (const spec::Text& target : targets.all) out.changes.push_back({target, value});
  return out;
}

AxisLevel choice_level(const std::string& axis, const spec::Named<spec::Changes>& choice) {
  AxisLevel out;
  out.level.axis = axis;
  out.level.label = choice.id;
  for (const auto& change : choice.value) out.changes.push_back({{change.id, change.place}, change.value});
  return out;
}

void add_levels(Axis& axis, const spec::AxisSpec& spec, bool sampling) {
  if (const auto* list = std::get_if<spec::ListAxis>(&spec.kind)) {
    for (const spec::JsonValue& value : list->values)
      axis.levels.push_back(level_of(axis.name, list->of, value));
  } else if (const auto* choices = std::get_if<spec::ChoiceAxis>(&spec.kind)) {
    for (const auto& choice : choices->choices) axis.levels.push_back(choice_level(axis.name, choice));
  } else {
    const auto& range = std::get<spec::RangeAxis>(spec.kind);
    if (!range.points && sampling) {
      axis.range = &range;
      return;
    }
    const std::int64_t points = range.points.value_or(0);
    for (std::int64_t i = 0; i < points; ++i) {
      const double u = static_cast<double>(i) / static_cast<double>(points - 1);
      axis.levels.push_back(range_level(range, axis.name, u));
    }
  }
}

void check_labels(const Axis& axis, const spec::AxisSpec& spec, Issues& issues) {
  std::set<std::string_view> seen;
  for (const AxisLevel& level : axis.levels) {
    if (seen.insert(level.level.label).second) continue;
    const bool range = std::holds_alternative<spec::RangeAxis>(spec.kind);
    Place place = range || level.changes.empty() ? axis.place : level.changes.front().value.place;
    issues.error(
        std::move(place),
        fmt::format("the axis {} has the level {} twice{}", spec::quote(axis.name),
                    spec::quote(level.level.label),
                    range ? "; ask for fewer points, or write 1.0 for steps between whole numbers" : ""));
  }
}

}  // namespace

AxisLevel range_level(const spec::RangeAxis& range, const std::string& axis, double u) {
  const double from = number_in(range.from.number);
  const double to = number_in(range.to.number);
  const bool whole = range.from.is_whole() && range.to.is_whole();
  double value = 0.0;
  std::string number;
  if (whole) {
    const double steps = range.points ? 0.5 : 0.0;
    const double end = range.points ? to : to + 1.0;
    value = std::clamp(std::floor(between(from, end, range.scale, u) + steps), from, to);
    number = fmt::format("{}", value);
  } else {
    value = between(from, to, range.scale, u);
    number = plain(value);
    if (u <= 0.0) number = range.from.number;
    if (u >= 1.0) number = range.to.number;
  }
  spec::JsonValue json;
  json.place = range.from.place;
  if (range.from.quoted) {
    json.kind = spec::NodeKind::kString;
    json.text = range.from.unit.empty() ? number : quantity_text(range.to, number, value);
    json.json = spec::canonical_string(json.text);
  } else {
    json.kind = spec::NodeKind::kNumber;
    json.text = number;
    json.json = number;
  }
  return level_of(axis, range.of, json);
}

AxisLevel Axis::at(double u) const {
  if (range != nullptr) return range_level(*range, name, u);
  const auto index = static_cast<std::size_t>(u * static_cast<double>(levels.size()));
  return levels[std::min(index, levels.size() - 1)];
}

std::string_view Axis::dimension() const {
  if (range != nullptr) return range->from.value.dimension();
  for (const AxisLevel& level : levels) {
    if (!std::isnan(level.level.number)) return dimension_of(level);
  }
  return "";
}

namespace {

std::uint64_t level_count(const spec::AxisSpec& axis) {
  if (const auto* list = std::get_if<spec::ListAxis>(&axis.kind)) return list->values.size();
  if (const auto* choices = std::get_if<spec::ChoiceAxis>(&axis.kind)) return choices->choices.size();
  return static_cast<std::uint64_t>(std::get<spec::RangeAxis>(axis.kind).points.value_or(0));
}

}  // namespace

std::vector<Axis> make_axes(const spec::Sweep& sweep, Issues& issues) {
  std::vector<Axis> axes;
  std::uint64_t levels = 0;
  for (const auto& entry : sweep.axes) levels += level_count(entry.value);
  if (levels > kMostLevels) {
    issues.error(sweep.place,
                 fmt::format("the axes have {} levels; at most {} are accepted", levels, kMostLevels));
    return axes;
  }
  const spec::DesignKind kind = sweep.design.kind;
  const bool sampling = kind != spec::DesignKind::kCartesian && kind != spec::DesignKind::kZip;
  for (const auto& entry : sweep.axes) {
    Axis axis;
    axis.name = entry.id;
    axis.place = entry.place;
    axis.role = entry.value.role();
    add_levels(axis, entry.value, sampling);
    check_labels(axis, entry.value, issues);
    if (axis.levels.empty() && !axis.is_continuous()) {
      issues.error(axis.place,
                   fmt::format("the range of the axis {} needs \"points\" in this design: only the designs "
                               "that sample (latin_hypercube, sobol, saltelli) take all between its ends",
                               spec::quote(axis.name)));
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

}  // namespace twinvoice::campaign
