// What a campaign has to be told about cells by those who know the models: how a cell is prepared, played and evaluated.
#pragma once

#include <memory>

#include "models/catalog.hpp"
#include "sim/campaign/cell.hpp"
#include "sim/campaign/coordinator.hpp"
#include "sim/cli/kept.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::cli {

/// Must outlive the tools that it gives. Not for several threads.
class SweepCells {
 public:
  explicit SweepCells(campaign::Cells cells);
  SweepCells(const SweepCells&) = delete;
  SweepCells& operator=(const SweepCells&) = delete;

  [[nodiscard]] const campaign::Cells& cells() const { return cells_; }
  /// The cell at a position. The last few are kept; the reference is good until the next call.
  [[nodiscard]] const campaign::Cell& cell(std::size_t position) const;

  /// Compiled and ready to play, with the sweep's limits. Throws InvalidInput.
  [[nodiscard]] campaign::Program prepare(std::size_t position) const;
  [[nodiscard]] store::CellRow row(std::size_t position) const;
  /// The figures and verdicts that `twinvoice run` would give for these replications.
  [[nodiscard]] campaign::Evaluation evaluate(std::size_t position,
                                              std::span<const measure::RunRecord> records) const;
  /// Names of the figures of a cell, before any run of it. Throws InvalidInput.
  [[nodiscard]] std::vector<std::string> figure_names(std::size_t position) const;

  [[nodiscard]] campaign::Tools tools() const;

 private:
  campaign::Cells cells_;
  models::Catalog catalog_;
  bool count_outages_;
  mutable Kept<campaign::Cell> made_;         ///< a cell is asked for at its looks, its end and for its label
  mutable Kept<report::Scenario> scenarios_;  ///< what a look at a cell needs of it
};

}  // namespace twinvoice::cli
