// What a settled cell comes to: its figures, the estimates that decide whether they suffice, and the rows for the store.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/campaign/coordinator.hpp"
#include "sim/store/store_error.hpp"

namespace twinvoice::campaign {

/// A cell that waits for the next transaction.
struct Finished {
  store::CellRow cell;
  std::vector<store::ReplicationRow> replications;
};

class Verdict {
 public:
  /// Refers to both, which must outlive it.
  Verdict(const Orders& orders, const Tools& tools) : orders_(orders), tools_(tools) {}

  /// Of the replications 0 .. wanted - 1. Throws what Tools::evaluate throws.
  [[nodiscard]] Evaluation evaluate(const OpenCell& cell) const;
  /// The estimates that the rule looks at. Throws std::runtime_error when the cell has no such figure.
  [[nodiscard]] std::vector<measure::Estimate> targets(const std::vector<store::CellFigure>& figures) const;
  /// The figure that the race is about; nothing and a problem when the replication has no such figure.
  [[nodiscard]] std::optional<double> raced(const store::ReplicationRow& row, std::string& problem) const;

  [[nodiscard]] Finished complete(const OpenCell& cell, Evaluation seen, std::string reason) const;
  /// Of a cell that has failed; in a race with the replications below the one that failed: taken up again, it compares them as
  /// before.
  [[nodiscard]] Finished failed(OpenCell& cell, std::vector<store::PendingRow> saved) const;

 private:
  const Orders& orders_;
  const Tools& tools_;
};

/// Evaluates a cell: what goes wrong is the cell's failure, except of the store, which is the campaign's.
template <typename Work>
void attempt(OpenCell& cell, const Work& work) {
  try {
    work();
  } catch (const store::StoreError&) {
    throw;
  } catch (const InvalidInput& invalid) {
    cell.refuse(format_issue(invalid.issues().all().front()));
  } catch (const std::exception& failure) {
    cell.refuse(failure.what());
  }
}

}  // namespace twinvoice::campaign
