// A result beside an earlier one: what has become worse, better, or stayed, figure by figure. `run --baseline RESULT`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/figure_kind.hpp"
#include "sim/report/input_difference.hpp"
#include "sim/store/rows.hpp"

namespace twinvoice::report {

/// What was run, as far as figures depend on it.
struct RunBasis {
  double measured_s = 0.0;  ///< from the warm-up to the horizon
  std::vector<InputDifference>
      differences{};         ///< of what was run now to what was run then, seed and expectations aside
  bool inputs_known = true;  ///< whether the baseline keeps what it was run on
};

/// The `figures` of a result/2 document that was kept.
struct Baseline {
  std::string path, version;
  std::uint64_t seed = 0;
  std::vector<store::CellFigure> figures;
  double measured_s = 0.0, horizon_s = 0.0, warm_up_s = 0.0;
  std::string engine{};
  std::vector<std::string> recorded{};  ///< SHA-256 of its recorded loads
  std::string experiment{},
      topology{};  ///< JSON texts of its inputs; "": an earlier version, which kept none
};

enum class Against {
  kWorse,      ///< the whole interval of the difference is beyond the indifference, on the bad side
  kBetter,     ///< on the good side
  kAlike,      ///< within the indifference
  kUndecided,  ///< neither
  kOther,  ///< surely different, of a figure without a better side; or a ratio of other arrivals; or a count of another load
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
  std::vector<InputDifference> differences;
  bool inputs_known = true;
  [[nodiscard]] bool worse() const;
};

/// Differences of figures that were seen in both. Their interval is that of two independent estimates: half-widths add as squares,
/// each side by itself. Runs with the same seed are closer than that says, so a worse figure is surely worse. A figure without
/// an interval of its own (one run) is compared by its value alone where both are such, else it is undecided; an outage that had an end
/// before and has none in some run is worse as soon as its lower bound is. What is the same to the last bit is alike. The indifference is report::indifference of the earlier value.
/// What was served is no better or worse where the measured time or the load as it is written is another: more was asked. A ratio is
/// none where the arrivals in a second surely differ.
[[nodiscard]] BaselineComparison against(const Baseline& baseline, const std::vector<store::CellFigure>& now,
                                         const RunBasis& basis);

}  // namespace twinvoice::report
