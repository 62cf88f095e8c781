// What `twinvoice sweep run` says at its end.
#pragma once

#include <string>
#include <vector>

#include "sim/campaign/coordinator.hpp"
#include "sim/cli/shard.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::cli {

/// The cells with the best values of one objective. Not a ranking: only pairs of replications tell cells apart.
struct BestCells {
  std::string figure;  ///< as written in the sweep
  bool minimise = true;
  struct One {
    std::string label;
    measure::Estimate estimate;
  };
  std::vector<One> cells;  ///< best first, at most five
};

struct SweepSummary {
  std::string sweep, store;
  Shard shard;
  campaign::Summary campaign;
  std::string race;  ///< figure of the selection, "" without one
  std::vector<BestCells> best;
};

/// Reads the complete cells of `tasks` in the store.
[[nodiscard]] std::vector<BestCells> best_cells(const std::string& store,
                                                const std::vector<campaign::Task>& tasks,
                                                const std::vector<spec::ObjectiveFigure>& objectives);

[[nodiscard]] std::string summary_text(const SweepSummary& summary);
[[nodiscard]] std::string summary_json(const SweepSummary& summary);

}  // namespace twinvoice::cli
