// What a figure is, from its name: how to print it, and which way is better. The rows of figures.def.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/measure/estimate.hpp"

namespace twinvoice::report {

enum class FigureUnit { kSeconds, kShare, kRate, kNumber };
enum class Better { kLess, kMore, kNeither };
enum class FigureOf { kOperation, kFault, kComponent, kSystem };

struct FigureKind {
  FigureUnit unit = FigureUnit::kNumber;
  Better better = Better::kNeither;
  /// An availability: compared by what is missing to 1, since that is what differs by factors.
  bool availability = false;
};

struct FigureRow {
  std::string_view name;  ///< "p99": the ending of "issue-invoice.p99"
  FigureOf of;
  FigureKind kind;
  bool shown;  ///< when none is asked for
  std::string_view meaning;
};
/// All of them, in the order in which documents have them.
[[nodiscard]] std::span<const FigureRow> figure_rows();
/// By the ending after the last dot, or the whole name where there is none (`cost`). Null for an unknown one.
[[nodiscard]] const FigureRow* row_of(std::string_view figure);

/// The kind in its row. Unknown endings are plain numbers without a better side.
[[nodiscard]] FigureKind kind_of(std::string_view figure);

/// Why a quantity of this dimension (spec::Quantity::dimension: "duration", "number", ...) is none of the figure, continuing
/// "FIGURE "; "" when it is one. Shares are probabilities: "1 %".
[[nodiscard]] std::string dimension_problem(const FigureKind& kind, std::string_view dimension);

/// "issue-invoice.p99" -> "issue-invoice" and "p99"; "cost" -> "" and "cost".
[[nodiscard]] std::string_view figure_of(std::string_view figure);
[[nodiscard]] std::string_view figure_ending(std::string_view figure);

/// A latency: of the requests that succeeded, so that a service that fails most of them may look fast.
[[nodiscard]] bool is_of_successes(std::string_view figure);

/// A figure that is shown when none is asked for.
[[nodiscard]] bool shown_by_default(std::string_view figure);

/// A ratio of arrivals: says nothing where two designs were not asked for the same.
[[nodiscard]] bool is_share_of_arrivals(std::string_view figure);

/// A number of requests: says nothing where two runs measured another time.
[[nodiscard]] bool is_count_of_requests(std::string_view figure);

/// The difference to `value` that matters to nobody: this share of it, of an availability of what it misses to 1. In the figure's unit.
inline constexpr double kIndifference = 0.01;
[[nodiscard]] double indifference(const FigureKind& kind, double value, double share = kIndifference);

/// What a figure can be: shares in [0, 1], everything else not negative.
struct FigureRange {
  double low = 0.0;
  double high = 0.0;
};
[[nodiscard]] FigureRange range_of(const FigureKind& kind);
/// The estimate with the finite ends of its interval inside the range of the figure.
[[nodiscard]] measure::Estimate within_range(const FigureKind& kind, measure::Estimate e);

/// A value with its unit: "12.3 ms", "99.95 %", "580/s"; "-" when not observed, "never" for an outage without end.
[[nodiscard]] std::string figure_text(const FigureKind& kind, double value);
/// A difference with its sign: "+12.3 ms", "-0.21 pp" (percentage points).
[[nodiscard]] std::string difference_text(const FigureKind& kind, double difference);
/// "[+1 ms, +3 ms]"; "" without finite ends.
[[nodiscard]] std::string difference_range(const FigureKind& kind, const measure::Estimate& difference);

}  // namespace twinvoice::report
