#include "sim/cli/sweep_check.hpp"

#include <string>
#include <vector>

#include "sim/campaign/check.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/compile/compile.hpp"
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
  if (sweep.replications) {
    for (const spec::PrecisionSpec& precision : sweep.replications->until)
      written.push_back(&precision.figure);
  }
  if (sweep.select) written.push_back(&sweep.select->figure.figure());
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
