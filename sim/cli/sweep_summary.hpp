// What `twinvoice sweep run` says at its end.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/campaign/coordinator.hpp"
#include "sim/cli/shard.hpp"
#include "sim/cli/sweep_points.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::cli {

/// The cells of one world with the best values of one objective. Not a ranking: only pairs of replications tell cells apart.
struct BestCells {
  std::string figure;  ///< as written in the sweep
  bool minimise = true;
  std::string world;  ///< levels of the axes of the world; "" without such axes
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
  VerdictCounts verdicts;
  std::vector<BestCells> best;
};

/// The levels of the axes of the world of the cell at a position, as text.
using WorldOf = std::function<std::string(std::size_t position)>;

/// Reads the complete cells of `tasks` in the store.
[[nodiscard]] std::vector<BestCells> best_cells(const std::string& store,
                                                const std::vector<campaign::Task>& tasks,
                                                const std::vector<spec::ObjectiveFigure>& objectives,
                                                const WorldOf& world_of);

/// How the complete cells of `tasks` in the store were judged.
[[nodiscard]] VerdictCounts verdicts_of(const std::string& store, const std::vector<campaign::Task>& tasks);

[[nodiscard]] std::string summary_text(const SweepSummary& summary);
[[nodiscard]] std::string summary_json(const SweepSummary& summary);

}  // namespace twinvoice::cli
