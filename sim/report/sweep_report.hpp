// What a campaign says: its cells with intervals, what each axis does, which cells may be the best, which are on the Pareto front.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/effects.hpp"
#include "sim/measure/pareto.hpp"
#include "sim/measure/ranking.hpp"
#include "sim/measure/selection.hpp"
#include "sim/measure/sensitivity.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/report/render.hpp"
#include "sim/report/sweep_worlds.hpp"

namespace twinvoice::report {

enum class SweepDesign {
  kGrid,      ///< axes crossed, perhaps with gaps
  kSample,    ///< points without a grid: zip, Latin hypercube, Sobol sequence
  kSaltelli,  ///< rows of A, B and one mixed point for each axis, by position
};

/// A figure to report. Without `minimise` neither side is better, and nothing is ranked.
struct SweepFigure {
  std::string name;
  std::optional<bool> minimise;
  bool is_objective = false;
};

/// A point of the design and what is known of its cell; figures in the order of SweepInput::figures.
struct SweepCell : JudgedCell {
  std::size_t position = 0;
  std::string id, label;
  std::string reason;
  std::uint64_t replications = 0;
  std::vector<Estimate> estimates;  ///< [figure] as `run` gives them for all the replications together
  std::vector<std::vector<double>> values;  ///< [figure][replication]
};

struct SweepInput {
  std::string name, store;
  std::vector<std::string> axes;
  std::vector<AxisInfo> about;  ///< [axis]; one beyond its end is of the design
  SweepDesign design = SweepDesign::kGrid;
  bool common_draws = true;  ///< cells share their random numbers
  std::vector<SweepFigure> figures;
  /// Ranking and selection, when the sweep asked for it: the index of its figure, and the goal.
  std::optional<std::pair<std::size_t, measure::SelectionGoal>> select;
  std::vector<SweepCell> cells;  ///< by position
};

/// The complete cells of one world by one figure. Cells of different worlds are never ranked: the lowest load is no merit.
struct WorldRanking {
  std::size_t world = 0;
  measure::Ranking ranking;  ///< its designs are indices into WorldOfDesigns::complete
  /// Where the ranking is open: how as many replications again would best be shared out among the complete cells to tell who is
  /// first (measure::allocate_budget, as if the cells did not share their random numbers). Empty when there is a winner.
  std::vector<std::uint64_t> next_replications;
};

/// Likewise: which cells of one world are on the Pareto front.
struct WorldPareto {
  std::size_t world = 0;
  std::vector<measure::ParetoDesign> cells;  ///< [complete cell of the world]
};

struct FigureAnalysis {
  FigureKind kind;
  std::vector<WorldRanking>
      rankings;  ///< of the worlds with complete cells, where the figure has a better side
  measure::FactorialEffects effects;  ///< of a grid
  /// Of those, the interactions whose interval still has 0 outside when all interactions are judged together; largest first.
  std::vector<measure::Interaction> telling;
  std::optional<measure::Sensitivity> sensitivity;  ///< of a Saltelli design
  std::size_t rows = 0;                             ///< complete rows behind it
};

struct SweepDocument {
  SweepInput input;
  std::vector<std::size_t> complete;             ///< indices of cells
  std::vector<std::vector<std::string>> levels;  ///< [axis] labels in the order of the design
  std::vector<FigureAnalysis> figures;           ///< [figure]
  std::vector<std::size_t> objectives;           ///< indices of figures
  SweepWorlds worlds;
  std::vector<WorldPareto>
      pareto;  ///< of the worlds with complete cells; empty with fewer than two objectives
  /// Played again over the values as the campaign saw them: one contender for each id, failed cells as not comparable, cells that are
  /// not finished without values, so that there is no winner before their end.
  std::optional<measure::Selection> selection;
  std::vector<std::size_t> contenders;  ///< indices of cells, as the selection counts them
};

/// All that the two renderings show.
[[nodiscard]] SweepDocument analyse(SweepInput input);

[[nodiscard]] std::string render_terminal(const SweepDocument& document, const TerminalOptions& options);
/// "sweep-report/2".
[[nodiscard]] std::string render_json(const SweepDocument& document);

}  // namespace twinvoice::report
