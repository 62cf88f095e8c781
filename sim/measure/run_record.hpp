// What one replication leaves behind: the record that a worker sends to the coordinator. Reports only read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"
#include "sim/measure/call_counts.hpp"
#include "sim/measure/commit_log.hpp"
#include "sim/measure/fault_span.hpp"
#include "sim/measure/histogram.hpp"
#include "sim/measure/ledger.hpp"
#include "sim/measure/log_facts.hpp"

namespace twinvoice::measure {

/// Figures of one station (one replica), from the warm-up to the end.
struct StationRecord {
  std::uint32_t id = 0;       ///< plan::StationId
  std::uint32_t servers = 0;  ///< at the end
  std::uint64_t arrivals = 0, started = 0, completions = 0, rejected = 0, waited = 0, expired = 0,
                blocked = 0;
  /// Integral of servers at work: of jobs in service, each of which has one. Of a share of cores the last server is a part of one:
  /// all at work are `cores`, and the rest of it counts as not there below.
  Int128 busy_ns = 0;
  Int128 crowded_ns = 0;  ///< integral of jobs in service beyond the servers (processor sharing)
  /// Integral of the servers that were not there: of a replica that is down or stands still, or taken away by a fault; and the part of
  /// `busy_ns` in which their replica was down or stood still.
  Int128 missing_ns = 0, stuck_ns = 0;
  Int128 queued_ns = 0;     ///< integral of jobs waiting
  Int128 wait_ns = 0;       ///< waiting times of the jobs that started
  Int128 slowdown_q32 = 0;  ///< sum of sojourn / demand in 2^-32 (stations with a common rate)
  std::uint32_t max_queued = 0;
  bool observed = false;            ///< waits and occupancy below are filled
  std::optional<Histogram> waits;   ///< of the jobs that started, those that did not wait count as 0
  std::vector<Nanos> occupancy_ns;  ///< time with n jobs present, the last bin holds the rest
};

/// Figures of one pool (one replica), from the warm-up to the end.
struct PoolRecord {
  std::uint32_t id = 0;                           ///< plan::PoolId
  std::uint32_t size = 0;                         ///< at the end
  std::uint32_t held = 0, waiting = 0, idle = 0;  ///< at the end
  std::uint64_t acquired = 0, waited = 0, rejected = 0, expired = 0, established = 0, closed = 0;
  Int128 held_ns = 0, waiting_ns = 0, wait_ns = 0;
  std::uint32_t max_held = 0, max_waiting = 0;
};

/// Stations of a recovery, in their usual order.
enum class Phase : std::uint8_t { kDetected, kDecided, kApproved, kActed, kVerified, kFailedBack, kAborted };
[[nodiscard]] std::string phase_name(Phase phase);

/// Text of the mark kDetected of a procedure that was told to begin: nothing is wrong, a change is planned.
inline constexpr const char* kBegunByOrder = "begun by order";

/// First words of the line that tells of a shift of load.
inline constexpr const char* kLoadIsShifted = "load is shifted";

/// A line of the audit log: what a procedure saw, decided or did.
struct Mark {
  Nanos at_ns = 0;
  std::string procedure;
  bool is_phase = false;
  Phase phase = Phase::kDetected;
  std::string text;  ///< for people: "approved by cfo, second factor after 42 s"
};

/// A turn that a procedure made, for replay in the referee. Fields as plan::Turn.
struct TurnRecord {
  Nanos at_ns = 0;
  std::uint8_t op = 0, knob = 0, impulse = 0;
  std::uint32_t target = 0, effect = 0, location = 0, shard = 0;
  double value = 0.0;
  std::int64_t position = 0;
  std::int64_t after = 0;
};

/// Cause counts etc. index the table of causes of the Plan (plan::cause_index).
struct RunRecord {
  std::uint64_t replication = 0;
  std::uint64_t seed = 0;
  bool complete = false;     ///< the whole horizon was measured
  std::string stop;          ///< why it ended early, "" when complete
  Nanos end_ns = 0;          ///< of the measured time
  Nanos followed_to_ns = 0;  ///< when the run itself ended: open requests are followed beyond the horizon
  LedgerLayout layout;
  std::vector<OperationBook> operations;
  std::vector<StationRecord> stations;
  std::vector<PoolRecord> pools;
  std::vector<CallRecord> calls;            ///< by plan::CallGroups
  CommitLog commits;                        ///< in the order in which they were appended
  std::vector<LogEvent> log_events;         ///< in the order in which they happened
  std::vector<std::vector<Nanos>> down_ns;  ///< per component: time with n replicas down (empty: never any)
  std::vector<FaultSpan> faults;  ///< by plan::FaultId, load changes too; at and beyond the horizon as well
  std::vector<Mark> marks;
  std::vector<TurnRecord> turns;
  std::vector<std::string> breaches;  ///< conservation laws that do not hold: an engine error
  std::uint64_t events = 0, hops = 0, frames = 0, orphaned = 0, cancelled = 0, late = 0, resent = 0;
  std::uint64_t commit_steps = 0, duplicates = 0, split_brain = 0, world_syncs = 0;
  std::uint64_t fingerprint = 0;
  // The only figures that differ between equal runs.
  double wall_s = 0.0;
  double cpu_s = 0.0;  ///< processor time
  std::uint64_t peak_rss_bytes = 0;

  void serialize(wire::Writer& out) const;
  [[nodiscard]] static RunRecord deserialize(wire::Reader& in);
};

}  // namespace twinvoice::measure
