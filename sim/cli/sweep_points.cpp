#include "sim/cli/sweep_points.hpp"

#include <fmt/format.h>

#include <utility>

namespace twinvoice::cli {

std::string levels_text(const store::PointRow& point) {
  std::string text;
  for (const auto& [axis, label] : point.levels)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", axis, label);
  return text;
}

void VerdictCounts::add(const store::CellSummary& cell) {
  if (cell.state != "complete" || cell.verdict.empty()) return;
  if (cell.verdict == "met") {
    ++met;
  } else {
    ++(cell.verdict == "missed" ? missed : undecided);
  }
}

std::string VerdictCounts::text() const {
  return fmt::format("{} met, {} missed, {} undecided", met, missed, undecided);
}

CellsById cells_by_id(const store::Store& store) {
  CellsById cells;
  for (store::CellSummary& cell : store.summaries()) {
    std::string id = cell.id;
    cells.emplace(std::move(id), std::move(cell));
  }
  return cells;
}

SweepCounts count_cells(const CellsById& cells, const store::SweepRow& sweep) {
  SweepCounts counts;
  counts.total = sweep.points.size();
  for (const store::PointRow& point : sweep.points) {
    const auto found = cells.find(point.cell_id);
    if (found == cells.end()) {
      ++counts.missing;
    } else {
      ++(found->second.state == "failed" ? counts.failed : counts.complete);
      counts.verdicts.add(found->second);
    }
  }
  return counts;
}

}  // namespace twinvoice::cli
