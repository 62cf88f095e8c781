// What a store holds, as values: sweeps with their points, finished cells with their replications, and records of
// replications whose cell is not finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/measure/estimate.hpp"
#include "sim/measure/histogram.hpp"

namespace twinvoice::store {

/// A named number of one replication, in base units (seconds, shares, counts, 1/s). NaN: not observed. Infinity: an
/// outage that is not restored by the horizon.
struct Figure {
  std::string name;
  double value = 0.0;
};

/// A named number of a cell, over all its replications.
struct CellFigure {
  std::string name;
  measure::Estimate estimate;
};

/// What was expected of a cell, and what became of it.
struct ExpectationRow {
  std::string text;
  std::string verdict;  ///< "met", "missed", "undecided", or "no_sample": nothing was observed
  std::string why;
  /// While undecided: replications beside those that there are until a verdict, if they go on alike; absent: no number is known.
  std::optional<std::uint64_t> more_to_decide;
};

/// Requests of an operation that failed by one cause.
struct CauseRow {
  std::string operation, cause;
  std::uint64_t count = 0;
};

/// An instant of a recovery, in seconds since its fault.
struct PhaseRow {
  std::string name;
  double at_s = 0.0;
};

/// One recovery from one fault.
struct RecoveryRow {
  std::string fault;
  double rto_s = 0.0, rpo_s = 0.0, acknowledged_lost = 0.0;
  std::vector<PhaseRow> phases;
};

/// Latencies of the successes of an operation after the warm-up.
struct LatencyRow {
  std::string operation;
  measure::Histogram histogram;
};

/// One replication of a cell. `cpu_s` is the only member that differs between two plays of it.
struct ReplicationRow {
  std::uint64_t number = 0, fingerprint = 0, events = 0, hops = 0;
  double cpu_s = 0.0;
  std::vector<Figure> figures;
  std::vector<CauseRow> failures;
  std::vector<RecoveryRow> recoveries;
  std::vector<LatencyRow> latencies;
};

/// A finished cell. `state` is "complete" or "failed"; `reason` says why it stopped ("fixed", "precise", "cap",
/// "eliminated") or why it failed.
struct CellRow {
  std::string id, label;
  std::uint64_t seed = 0;
  std::string tool_version, experiment_text, topology_text;
  std::string state, reason;
  std::vector<CellFigure> figures;
  /// Of a complete cell: "met", "missed" or "undecided"; "" where nothing is expected. See verdict_of.
  std::string verdict;
  std::vector<ExpectationRow> expectations;
};

/// The verdict on all of them: missed when one is; else met when all are; else undecided. "" without any.
[[nodiscard]] std::string verdict_of(const std::vector<ExpectationRow>& expectations);

/// One point of a sweep: which cell it is and its level on each axis, as (axis, label).
struct PointRow {
  std::size_t position = 0;
  std::string cell_id;
  std::vector<std::pair<std::string, std::string>> levels;
};

/// A sweep as it was planned. `text` is the sweep file.
struct SweepRow {
  std::string name, text, text_sha256;
  std::vector<std::string> axes;
  std::vector<PointRow> points;
};

/// A replication that is acknowledged although its cell is not finished. The store does not read `record`.
struct PendingRow {
  std::uint64_t number = 0;
  std::vector<std::byte> record;
};

/// A finished cell in short.
struct CellSummary {
  std::string id, state, reason, verdict;
  std::uint64_t replications = 0;
};

/// How many records of a cell wait for its end.
struct PendingSummary {
  std::string cell_id;
  std::uint64_t replications = 0;
};

}  // namespace twinvoice::store
