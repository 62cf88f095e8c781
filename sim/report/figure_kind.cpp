#include "sim/report/figure_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/report/text.hpp"

namespace twinvoice::report {

namespace {

struct Known {
  std::string_view ending;
  FigureKind kind;
};
constexpr Known kKnown[] = {
    {"availability", {FigureUnit::kShare, Better::kMore, true}},
    {"availability_time", {FigureUnit::kShare, Better::kMore, true}},
    {"availability_volume", {FigureUnit::kShare, Better::kMore, true}},
    {"mean", {FigureUnit::kSeconds, Better::kLess, false}},
    {"p50", {FigureUnit::kSeconds, Better::kLess, false}},
    {"p95", {FigureUnit::kSeconds, Better::kLess, false}},
    {"p99", {FigureUnit::kSeconds, Better::kLess, false}},
    {"p999", {FigureUnit::kSeconds, Better::kLess, false}},
    {"throughput", {FigureUnit::kRate, Better::kMore, false}},
    {"in_flight", {FigureUnit::kNumber, Better::kNeither, false}},
    {"rto", {FigureUnit::kSeconds, Better::kLess, false}},
    {"rpo", {FigureUnit::kSeconds, Better::kLess, false}},
    {"rpo_invoices", {FigureUnit::kNumber, Better::kLess, false}},
    {"utilisation", {FigureUnit::kShare, Better::kNeither, false}},
    {"queue", {FigureUnit::kNumber, Better::kLess, false}},
    {"down", {FigureUnit::kShare, Better::kLess, false}},
    {"cost", {FigureUnit::kNumber, Better::kLess, false}},
};

}  // namespace

FigureKind kind_of(std::string_view figure) {
  const std::string_view ending = figure_ending(figure);
  for (const Known& known : kKnown) {
    if (known.ending == ending) return known.kind;
  }
  return {};
}

std::string_view figure_of(std::string_view figure) {
  const std::size_t dot = figure.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : figure.substr(0, dot);
}

std::string_view figure_ending(std::string_view figure) {
  const std::size_t dot = figure.rfind('.');
  return dot == std::string_view::npos ? figure : figure.substr(dot + 1);
}

bool is_of_successes(std::string_view figure) {
  static constexpr std::array<std::string_view, 5> kLatencies{"mean", "p50", "p95", "p99", "p999"};
  return std::find(kLatencies.begin(), kLatencies.end(), figure_ending(figure)) != kLatencies.end();
}

bool shown_by_default(std::string_view figure) {
  static constexpr std::array<std::string_view, 7> kShown{"availability", "mean",         "p99", "rto",
                                                          "rpo",          "rpo_invoices", "cost"};
  return std::find(kShown.begin(), kShown.end(), figure_ending(figure)) != kShown.end();
}

FigureRange range_of(const FigureKind& kind) {
  return {0.0, kind.unit == FigureUnit::kShare ? 1.0 : std::numeric_limits<double>::infinity()};
}

measure::Estimate within_range(const FigureKind& kind, measure::Estimate e) {
  const FigureRange range = range_of(kind);
  if (std::isfinite(e.low)) e.low = std::clamp(e.low, range.low, range.high);
  if (std::isfinite(e.high)) e.high = std::clamp(e.high, range.low, range.high);
  return e;
}

std::string figure_text(const FigureKind& kind, double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return kind.unit == FigureUnit::kSeconds ? "never" : "unbounded";
  switch (kind.unit) {
    case FigureUnit::kSeconds: return seconds_text(value);
    case FigureUnit::kShare: return share_text(value);
    case FigureUnit::kRate: return fmt::format("{:.4g}/s", value);
    case FigureUnit::kNumber: break;
  }
  return number_text(value);
}

std::string difference_text(const FigureKind& kind, double difference) {
  if (std::isnan(difference)) return "-";
  if (difference == 0.0) return "0";
  if (std::isinf(difference)) return difference > 0 ? "+∞" : "-∞";
  switch (kind.unit) {
    case FigureUnit::kSeconds: return (difference > 0.0 ? "+" : "") + seconds_text(difference);
    case FigureUnit::kShare: return fmt::format("{:+.3g} pp", 100.0 * difference);
    case FigureUnit::kRate: return fmt::format("{:+.4g}/s", difference);
    case FigureUnit::kNumber: break;
  }
  return fmt::format("{:+.4g}", difference);
}

std::string difference_range(const FigureKind& kind, const measure::Estimate& difference) {
  if (!std::isfinite(difference.low) || !std::isfinite(difference.high)) return {};
  return fmt::format("[{}, {}]", difference_text(kind, difference.low),
                     difference_text(kind, difference.high));
}

}  // namespace twinvoice::report
