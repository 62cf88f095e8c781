#include "sim/cli/sweep_counts.hpp"

#include <map>
#include <string>

namespace twinvoice::cli {

SweepCounts count_cells(const store::Store& store, const store::SweepRow& sweep) {
  std::map<std::string, std::string> states;
  for (store::CellSummary& cell : store.summaries()) states.emplace(cell.id, std::move(cell.state));
  SweepCounts counts;
  counts.total = sweep.points.size();
  for (const store::PointRow& point : sweep.points) {
    const auto found = states.find(point.cell_id);
    if (found == states.end()) {
      ++counts.missing;
    } else {
      ++(found->second == "failed" ? counts.failed : counts.complete);
    }
  }
  return counts;
}

}  // namespace twinvoice::cli
