// The result document, typed: what every renderer shows and nothing else computes. Format "result/1".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/estimate.hpp"
#include "sim/measure/verdict.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

using measure::Estimate;

/// Counts are sums over the replications, from time 0; estimates are of requests that arrived after the warm-up.
struct CauseCount {
  std::string cause;
  std::uint64_t count = 0;
};

/// Sum over replications of one window.
struct TimelinePoint {
  Nanos start_ns = 0;
  std::uint64_t arrived = 0, succeeded = 0, failed = 0, slow = 0, decided = 0;
  double latency_sum_s = 0.0;
  double latency_max_s = 0.0;
  double in_flight = 0.0;          ///< at its end, mean over replications
  std::uint64_t replications = 0;  ///< that had not ended before it
};

struct OperationResult {
  OperationInfo info;
  std::uint64_t arrived = 0, succeeded = 0, failed = 0;
  std::uint64_t unanswered = 0;             ///< open when the run ended
  std::vector<CauseCount> failed_by_cause;  ///< final cause, most first
  std::vector<CauseCount> first_by_cause;   ///< first cause among the attempts of failed requests
  Estimate availability_request, availability_time, availability_volume;
  Estimate mean_s, p50_s, p95_s, p99_s, p999_s;
  Estimate throughput_per_s;
  Estimate in_flight_mean;
  std::int64_t in_flight_max = 0;
  std::vector<TimelinePoint> timeline;
};

struct PoolResult {
  std::string name;
  double active = 0.0;               ///< mean number in use, over all replicas
  std::uint32_t peak = 0;            ///< most in use at one replica
  std::optional<std::uint64_t> max;  ///< size over all replicas; absent: unlimited
  double waiting = 0.0;              ///< mean number of waiters
  std::uint32_t peak_waiting = 0;
  double idle = 0.0;  ///< at the end, mean over replications
  std::uint64_t acquired = 0, rejected = 0, expired = 0, established = 0, closed = 0;
  double wait_s = 0.0;  ///< mean wait of an acquisition
};

struct ComponentResult {
  ComponentInfo info;
  std::optional<Estimate> utilisation;  ///< busy share of its servers; absent: no servers, or unlimited ones
  double busy = 0.0;                    ///< mean number of jobs in service
  Estimate queue;                       ///< mean number waiting, over all replicas
  std::uint32_t max_queue = 0;          ///< most at one replica
  std::uint64_t visits = 0, rejected = 0, expired = 0, blocked = 0;
  double wait_s = 0.0;               ///< mean wait of a job that started
  std::optional<double> wait_p99_s;  ///< when the station keeps a histogram
  Estimate down_share;               ///< of the time at least one replica was down
  std::vector<PoolResult> pools;
};

/// One station of a recovery, means over the replications that were interrupted and reached it; over all that reached it where
/// none was interrupted.
struct PhaseResult {
  std::string name;
  double at_s = 0.0;    ///< since the start of the run
  double took_s = 0.0;  ///< since the station before
  std::optional<double>
      share_of_rto;                ///< of the mean over the same replications; for stations up to "restored"
  std::uint64_t replications = 0;  ///< that reached it
};

struct OperationRecovery {
  std::size_t operation = 0;
  Estimate rto_s;
  bool interrupted = false;        ///< in any replication
  std::uint64_t not_restored = 0;  ///< replications that ended before
};

struct DisruptionResult {
  FaultInfo fault;
  std::size_t fault_index = 0;
  Estimate rto_s;  ///< of the operation that took longest; value NaN: not restored by the end
  bool interrupted = false;
  std::uint64_t not_restored = 0;  ///< replications
  double watched_s = 0.0;          ///< from the fault to the end of the run
  std::vector<OperationRecovery> operations;
  Estimate rpo_s;
  Estimate acknowledged_lost;
  double unacknowledged_lost = 0.0, reconciled = 0.0;
  std::optional<double> duplicates;  ///< second records of one invoice; known when there is one disruption
  std::vector<PhaseResult> phases;
  std::string critical_path;
};

struct ExpectationResult {
  std::string text;
  measure::Verdict verdict = measure::Verdict::undecided;
  Estimate estimate;
  std::string why;
};

struct EngineResult {
  std::uint64_t hops = 0, events = 0, frames = 0, orphaned = 0, cancelled = 0, late = 0, resent = 0;
  std::uint64_t commits = 0, duplicates = 0, split_brain = 0, world_syncs = 0;
  double wall_s = 0.0, cpu_s = 0.0;  ///< summed over replications
  std::uint64_t peak_rss_bytes = 0;
  std::string fingerprint;            ///< 16 hex digits over all replications
  std::vector<std::string> breaches;  ///< conservation laws that do not hold

  /// Processor time; 0 without hops.
  [[nodiscard]] double ns_per_hop() const { return hops > 0 ? cpu_s * 1e9 / static_cast<double>(hops) : 0.0; }
};

/// A line of the audit log of the first replication.
struct AuditLine {
  Nanos at_ns = 0;
  std::string procedure, text;
};

struct ResultDocument {
  Scenario scenario;
  bool complete = false;
  std::vector<std::string> stops;  ///< why replications ended early
  std::uint64_t replications = 0;  ///< that gave a result
  Nanos end_ns = 0;                ///< of the longest run: the horizon, unless all ended early
  std::vector<OperationResult> operations;
  std::vector<ComponentResult> components;
  std::vector<DisruptionResult> disruptions;
  std::vector<ExpectationResult> expectations;
  std::vector<AuditLine> audit;
  EngineResult engine;
  std::vector<std::string> caveats;
};

}  // namespace twinvoice::report
