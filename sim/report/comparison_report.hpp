// Two designs side by side over replications with the same random numbers: the document "comparison/1" and its renderings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/comparison.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/report/input_difference.hpp"
#include "sim/report/render.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// A figure over the replications that both designs have, in their order.
struct FigurePairs {
  std::string name;
  std::vector<double> a, b;
};

enum class ComparisonVerdict {
  kABetter,
  kBBetter,
  kALess,  ///< surely different, of a figure without a better side
  kBLess,
  kSame,    ///< no replication showed any difference
  kWithin,  ///< surely no difference beyond the indifference, or the tolerance asked for
  kArrivalsDiffer,  ///< a ratio of arrivals, and the two were not asked for the same: what was served is compared instead
  kTimesDiffer,  ///< a number of requests, and the two measured another time
  kUndecided,
  kNotObserved,  ///< a replication without a value
};

struct FigureComparison {
  std::string name;
  FigureKind kind;
  Estimate a, b;  ///< means over the replications of what each one shows alone
  measure::PairedComparison pairs;
  std::optional<Estimate> ratio;  ///< of unavailability, B over A
  double indifferent =
      0.0;  ///< largest difference that matters to nobody (report::indifference of A), in the figure's unit
  std::optional<double> tolerated;  ///< asked for by --until, in the figure's unit
  ComparisonVerdict verdict = ComparisonVerdict::kUndecided;
  /// Whether the difference is known within the tolerance, or no number of replications would tell it.
  bool settled = false;
};

struct ComparedSide {
  std::string name;
  std::string topology;
  Nanos horizon_ns = 0;
  std::vector<InputFile> inputs;
  std::vector<std::string> problems;  ///< replications that ended early or gave nothing
};

struct ComparisonDocument {
  ComparedSide a, b;
  std::string version, commit, command;
  std::uint64_t seed = 1;
  std::uint64_t replications = 0;       ///< of each
  std::optional<double> tolerance;      ///< --until: relative to A's value (to its unavailability)
  double indifference = kIndifference;  ///< likewise: smaller differences name no winner
  bool interrupted = false;
  std::vector<InputDifference> differences;
  std::vector<FigureComparison> figures;
  std::vector<std::string> only_one;  ///< figures that one design alone has: "rto of A"
};

/// How to compare. Both shares are relative to A's mean, of an availability to what is missing to 1.
struct ComparisonRule {
  std::optional<double> tolerance;
  double indifference = kIndifference;
  bool arrivals_differ = false;  ///< of the figure's operation, in some replication
  bool times_differ = false;     ///< the measured times
};
/// A side is better when the whole interval of the difference lies beyond the indifference: a difference that is only shown, or
/// only large, names no winner.
[[nodiscard]] FigureComparison compare_figure(const FigurePairs& pairs, const ComparisonRule& rule = {});

/// Whether every figure has a verdict other than undecided or not observed, and nothing ended early.
[[nodiscard]] bool decided(const ComparisonDocument& document);

[[nodiscard]] std::string render_terminal(const ComparisonDocument& document, const TerminalOptions& options);
[[nodiscard]] std::string render_json(const ComparisonDocument& document);

}  // namespace twinvoice::report
