#include "sim/report/figure_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

constexpr std::array kFigures{
#define FIGURE(name, of, unit, better, shown, availability, meaning) \
  FigureRow{#name, FigureOf::of, {FigureUnit::unit, Better::better, availability}, shown, meaning},
#include "sim/report/figures.def"
#undef FIGURE
};

}  // namespace

std::span<const FigureRow> figure_rows() { return kFigures; }

const FigureRow* row_of(std::string_view figure) {
  const auto named = [ending = figure_ending(figure)](const FigureRow& row) { return row.name == ending; };
  const auto row = std::find_if(kFigures.begin(), kFigures.end(), named);
  return row == kFigures.end() ? nullptr : &*row;
}

FigureKind kind_of(std::string_view figure) {
  const FigureRow* row = row_of(figure);
  return row == nullptr ? FigureKind{} : row->kind;
}

std::string dimension_problem(const FigureKind& kind, std::string_view dimension) {
  switch (kind.unit) {
    case FigureUnit::kSeconds:
      return dimension == "duration" ? "" : "is a duration: need one such as \"500 ms\"";
    case FigureUnit::kShare: return dimension == "probability" ? "" : "is a share: need one such as \"1 %\"";
    case FigureUnit::kRate: return dimension == "rate" ? "" : "is a rate: need one such as \"10 tps\"";
    case FigureUnit::kNumber: break;
  }
  return dimension == "number" ? "" : "is a number: need one without a unit, such as 100";
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
  const FigureRow* row = row_of(figure);
  return row != nullptr && row->of == FigureOf::kOperation && row->kind.unit == FigureUnit::kSeconds;
}

bool shown_by_default(std::string_view figure) {
  const FigureRow* row = row_of(figure);
  return row != nullptr && row->shown;
}

bool is_share_of_arrivals(std::string_view figure) {
  const std::string_view ending = figure_ending(figure);
  return ending == "availability" || ending == "availability_volume";
}

bool is_count_of_requests(std::string_view figure) {
  const std::string_view ending = figure_ending(figure);
  return ending == "arrived" || ending == "served";
}

double indifference(const FigureKind& kind, double value, double share) {
  if (!std::isfinite(value)) return 0.0;
  return share * std::abs(kind.availability ? 1.0 - value : value);
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
