#include "sim/cli/sweep_check.hpp"

#include "sim/campaign/check.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/compile/compile.hpp"

namespace twinvoice::cli {

void check_sweep(const campaign::Cells& cells, const models::Catalog& catalog, Issues& issues) {
  const campaign::Judge judge = [&](const spec::Experiment& experiment, Issues& found) {
    static_cast<void>(scenario_of(experiment, compile::compile(experiment, catalog, &found)));
  };
  campaign::check_cells(cells, catalog, judge, issues);
}

}  // namespace twinvoice::cli
