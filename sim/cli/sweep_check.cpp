#include "sim/cli/sweep_check.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "sim/campaign/check.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/compile/compile.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/report/figures.hpp"

namespace twinvoice::cli {

void check_sweep(const campaign::Cells& cells, const models::Catalog& catalog, Issues& issues) {
  const campaign::Judge judge = [&](const spec::Experiment& experiment, Issues& found) {
    static_cast<void>(scenario_of(experiment, compile::compile(experiment, catalog, &found)));
  };
  campaign::check_cells(cells, catalog, judge, issues);
}

void check_figures(const SweepCells& cells, Issues& issues) {
  const spec::Sweep& sweep = cells.cells().sweep();
  std::vector<const spec::Text*> written;
  const auto judge = [&issues](const spec::Text& figure, const char* field, const spec::Quantity& quantity) {
    const report::FigureRow* row = report::row_of(figure.text);
    const std::string problem =
        row == nullptr ? "" : report::dimension_problem(row->kind, quantity.dimension());
    if (!problem.empty())
      issues.error(figure.place,
                   fmt::format("\"{}\" is in the unit of the figure: {} {}", field, figure.text, problem));
  };
  if (sweep.replications) {
    for (const spec::PrecisionSpec& precision : sweep.replications->until) {
      written.push_back(&precision.figure);
      if (precision.absolute) judge(precision.figure, "absolute", *precision.absolute);
    }
  }
  if (sweep.select) {
    written.push_back(&sweep.select->figure.figure());
    judge(sweep.select->figure.figure(), "indifference", sweep.select->indifference);
  }
  for (const spec::ObjectiveFigure& objective : sweep.objectives) written.push_back(&objective.figure());
  if (written.empty()) return;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cells.cells().size() && names.empty(); ++i) {
    try {
      names = cells.figure_names(i);
    } catch (const InvalidInput&) {
      continue;  // this cell fails alone
    }
  }
  for (const spec::Text* figure : written) {
    std::string problem;
    if (!names.empty() && !report::full_name(names, figure->text, problem))
      issues.error(figure->place, problem);
  }
}

}  // namespace twinvoice::cli
