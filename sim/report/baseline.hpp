// A result beside an earlier one: what has become worse, better, or stayed, figure by figure. `run --baseline RESULT`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/figure_kind.hpp"
#include "sim/store/rows.hpp"

namespace twinvoice::report {

/// The `figures` of a result/2 document that was kept.
struct Baseline {
  std::string path, version;
  std::uint64_t seed = 0;
  std::vector<store::CellFigure> figures;
};

enum class Against {
  kWorse,      ///< the whole interval of the difference is beyond the indifference, on the bad side
  kBetter,     ///< on the good side
  kAlike,      ///< within the indifference
  kUndecided,  ///< neither
  kOther,      ///< surely different, of a figure without a better side; or a ratio of other arrivals
};

struct BaselineFigure {
  std::string name;
  FigureKind kind;
  measure::Estimate then, now;
  measure::Estimate difference;  ///< now - then
  Against verdict = Against::kUndecided;
};

struct BaselineComparison {
  std::string path, version;
  std::uint64_t seed = 0;
  std::vector<BaselineFigure> figures;  ///< of those that both have, in the order of `now`
  std::vector<std::string> unseen;      ///< figures of the baseline that have no value now
  [[nodiscard]] bool worse() const;
};

/// Differences of figures that were seen in both. Their interval is that of two independent estimates: half-widths add as squares,
/// each side by itself. Runs with the same seed are closer than that says, so a worse figure is surely worse. A figure without
/// an interval of its own (one run) is compared by its value alone where both are such, else it is undecided; an outage that had an end
/// before and has none in some run is worse as soon as its lower bound is. What is the same to the last bit is alike. The indifference is report::indifference of the earlier value.
[[nodiscard]] BaselineComparison against(const Baseline& baseline, const std::vector<store::CellFigure>& now);

}  // namespace twinvoice::report
