// What several commands tell of the points of a sweep: their levels as text, and how many of their cells a store has.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "sim/store/store.hpp"

namespace twinvoice::cli {

/// "detection=5 s, approval=standing"; empty when the point has no levels.
[[nodiscard]] std::string levels_text(const store::PointRow& point);

/// The finished cells of a store, complete and failed ones.
using CellsById = std::map<std::string, store::CellSummary>;
[[nodiscard]] CellsById cells_by_id(const store::Store& store);

/// Of complete cells, by their verdict.
struct VerdictCounts {
  std::size_t met = 0, missed = 0, undecided = 0;
  void add(const store::CellSummary& cell);
  /// Whether anything is expected of any of them.
  [[nodiscard]] bool any() const { return met + missed + undecided > 0; }
  /// "3 met, 1 missed, 0 undecided"
  [[nodiscard]] std::string text() const;
};

struct SweepCounts {
  std::size_t total = 0;  ///< points of the design; two points may be one cell
  std::size_t complete = 0, failed = 0, missing = 0;
  VerdictCounts verdicts;
};

[[nodiscard]] SweepCounts count_cells(const CellsById& cells, const store::SweepRow& sweep);

}  // namespace twinvoice::cli
