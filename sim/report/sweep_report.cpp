#include "sim/report/sweep_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace twinvoice::report {

namespace {

constexpr double kConfidence = 0.95;

std::vector<std::vector<double>> values_of(const SweepDocument& d, const WorldOfDesigns& world,
                                           std::size_t figure) {
  std::vector<std::vector<double>> values;
  for (const std::size_t cell : world.complete) values.push_back(d.input.cells[cell].values[figure]);
  return values;
}

/// Labels of each axis in the order in which the design meets them.
std::vector<std::vector<std::string>> levels_of(const SweepInput& input) {
  std::vector<std::vector<std::string>> levels(input.axes.size());
  for (const SweepCell& cell : input.cells) {
    for (std::size_t a = 0; a < cell.levels.size() && a < levels.size(); ++a) {
      if (std::find(levels[a].begin(), levels[a].end(), cell.levels[a]) == levels[a].end())
        levels[a].push_back(cell.levels[a]);
    }
  }
  return levels;
}

void add_effects(const SweepDocument& d, std::size_t figure, FigureAnalysis& analysis) {
  std::vector<measure::FactorialCell> cells;
  for (const std::size_t index : d.complete) {
    const SweepCell& cell = d.input.cells[index];
    measure::FactorialCell f{{}, cell.values[figure]};
    for (std::size_t a = 0; a < d.levels.size(); ++a) {
      const auto at = std::find(d.levels[a].begin(), d.levels[a].end(), cell.levels[a]);
      f.levels.push_back(static_cast<std::size_t>(at - d.levels[a].begin()));
    }
    cells.push_back(std::move(f));
  }
  analysis.effects = measure::factorial_effects(cells, kConfidence);
  const std::size_t count = analysis.effects.interactions.size();
  if (count == 0) return;
  // All of them together: with twenty interactions that are none, one interval in twenty leaves 0 outside.
  const double each = 1.0 - (1.0 - kConfidence) / static_cast<double>(count);
  analysis.telling = measure::factorial_effects(cells, each).interactions;
  std::erase_if(analysis.telling, [](const measure::Interaction& x) {
    const bool open = !(x.difference.low > 0.0) && !(x.difference.high < 0.0);
    return open || std::isinf(x.difference.half_width());
  });
  std::stable_sort(analysis.telling.begin(), analysis.telling.end(), [](const auto& x, const auto& y) {
    return std::abs(x.difference.value) > std::abs(y.difference.value);
  });
}

void add_sensitivity(const SweepDocument& d, std::size_t figure, FigureAnalysis& analysis) {
  const std::size_t axes = d.input.axes.size();
  const std::size_t block = axes + 2;
  std::vector<measure::SaltelliRow> rows;
  for (std::size_t first = 0; first + block <= d.input.cells.size(); first += block) {
    const auto cell = d.input.cells.begin() + static_cast<std::ptrdiff_t>(first);
    const bool whole = std::all_of(cell, cell + static_cast<std::ptrdiff_t>(block),
                                   [](const SweepCell& c) { return c.state == "complete"; });
    if (!whole) continue;
    measure::SaltelliRow row{cell[0].values[figure], cell[1].values[figure], {}};
    for (std::size_t a = 0; a < axes; ++a)
      row.mixed.emplace_back(cell[static_cast<std::ptrdiff_t>(2 + a)].values[figure]);
    rows.push_back(std::move(row));
  }
  analysis.rows = rows.size();
  analysis.sensitivity = measure::sobol_indices(rows, kConfidence);
}

std::vector<std::uint64_t> next_replications(const std::vector<std::vector<double>>& values, bool minimise) {
  std::vector<measure::DesignSample> samples;
  std::uint64_t done = 0;
  for (const std::vector<double>& of_cell : values) {
    samples.push_back(measure::sample_of(of_cell));
    done += of_cell.size();
  }
  return measure::allocate_budget(samples, done, minimise);
}

FigureAnalysis analyse_figure(const SweepDocument& d, std::size_t figure) {
  FigureAnalysis analysis;
  const SweepFigure& f = d.input.figures[figure];
  analysis.kind = kind_of(f.name);
  for (std::size_t w = 0; w < d.worlds.worlds.size() && f.minimise; ++w) {
    if (d.worlds.worlds[w].complete.empty()) continue;
    const auto values = values_of(d, d.worlds.worlds[w], figure);
    WorldRanking one{w, measure::rank_designs(values, *f.minimise, kConfidence), {}};
    if (!one.ranking.winner) one.next_replications = next_replications(values, *f.minimise);
    analysis.rankings.push_back(std::move(one));
  }
  if (d.input.design == SweepDesign::kGrid) add_effects(d, figure, analysis);
  if (d.input.design == SweepDesign::kSaltelli) add_sensitivity(d, figure, analysis);
  return analysis;
}

void add_pareto(SweepDocument& d) {
  if (d.objectives.size() < 2) return;
  for (std::size_t w = 0; w < d.worlds.worlds.size(); ++w) {
    const WorldOfDesigns& world = d.worlds.worlds[w];
    if (world.complete.empty()) continue;
    std::vector<measure::ParetoObjective> objectives;
    for (const std::size_t f : d.objectives)
      objectives.push_back({*d.input.figures[f].minimise, values_of(d, world, f)});
    d.pareto.push_back({w, measure::pareto_set(objectives, kConfidence)});
  }
}

void add_selection(SweepDocument& d) {
  const auto& [figure, goal] = *d.input.select;
  std::set<std::string> seen;
  std::vector<std::vector<double>> values;
  for (std::size_t i = 0; i < d.input.cells.size(); ++i) {
    const SweepCell& cell = d.input.cells[i];
    if (!seen.insert(cell.id).second) continue;
    d.contenders.push_back(i);
    values.emplace_back();
    if (cell.state == "complete") values.back() = cell.values[figure];
    if (cell.state == "failed") values.back() = {std::numeric_limits<double>::quiet_NaN()};
  }
  d.selection = measure::select_best(values, goal);
}

}  // namespace

SweepDocument analyse(SweepInput input) {
  SweepDocument d;
  d.input = std::move(input);
  d.levels = levels_of(d.input);
  for (std::size_t i = 0; i < d.input.cells.size(); ++i) {
    if (d.input.cells[i].state == "complete") d.complete.push_back(i);
  }
  d.worlds = worlds_of(d.input.axes, d.input.about, {d.input.cells.begin(), d.input.cells.end()});
  for (std::size_t f = 0; f < d.input.figures.size(); ++f) {
    d.figures.push_back(analyse_figure(d, f));
    if (d.input.figures[f].is_objective && d.input.figures[f].minimise) d.objectives.push_back(f);
  }
  add_pareto(d);
  if (d.input.select && !d.complete.empty()) add_selection(d);
  return d;
}

}  // namespace twinvoice::report
