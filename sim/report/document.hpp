// The result document, typed: what every renderer shows and nothing else computes. Format "result/2".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/call_counts.hpp"
#include "sim/measure/estimate.hpp"
#include "sim/measure/verdict.hpp"
#include "sim/report/accounts.hpp"
#include "sim/report/baseline.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

using measure::Estimate;

inline constexpr double kLevel = 0.95;  ///< of all intervals, two-sided

/// Sum over the replications.
struct CauseCount {
  std::string cause;
  std::uint64_t count = 0;
};

/// The share answered with success of what was decided in one window, over the replications in which anything was: a tenth of them
/// lie below the worst tenth, a tenth above the best. A mean would show steps that come at other times as a ramp.
struct SuccessBand {
  std::uint64_t replications = 0;  ///< 0: nothing was decided, and the shares mean nothing
  double worst_tenth = 0.0, median = 0.0, best_tenth = 0.0;
};

/// Sum over replications of one window.
struct TimelinePoint {
  Nanos start_ns = 0;
  std::uint64_t arrived = 0, succeeded = 0, failed = 0, slow = 0, decided = 0;
  std::uint64_t late_answers = 0;  ///< that came then to attempts which nobody waited for any more
  double latency_sum_s = 0.0;
  double latency_max_s = 0.0;
  double in_flight = 0.0;          ///< at its end, mean over replications
  std::uint64_t replications = 0;  ///< that had not ended before it
  SuccessBand success;
};

/// What became of the invoices of one operation that were written to logs, sums over the replications; see measure::InvoiceCounts.
struct InvoiceTotals {
  std::uint64_t acknowledged = 0, acknowledged_lost = 0, stranded = 0, out_of_reach = 0, reconciled = 0;
  std::uint64_t voided = 0, unacknowledged_durable = 0, duplicates_written = 0, lost_known_inside = 0;
};

struct OperationResult {
  OperationInfo info;
  /// Requests that arrived in [warm-up, horizon), sums over the replications.
  std::uint64_t arrived = 0, succeeded = 0, failed = 0;
  std::uint64_t unanswered = 0;             ///< open when the run ended
  std::vector<CauseCount> failed_by_cause;  ///< final cause, most first
  std::vector<CauseCount> first_by_cause;   ///< first cause among the attempts of failed requests
  Estimate arrived_a_run,
      served_a_run;  ///< requests that arrived after the warm-up, and of these answered with success
  /// Shares of successes among the decided requests; with unanswered ones their ends are joined with all failing and all
  /// succeeding.
  Estimate availability_request, availability_volume;
  double if_all_fail = 0.0,
         if_all_succeed = 0.0;  ///< availability by request, were that to happen to the unanswered
  /// 1 - time in interruptions / measured time. With open requests that are not overdue its ends are joined with those of all of
  /// them bad and all good.
  Estimate availability_time;
  double time_if_all_fail = 0.0, time_if_all_succeed = 0.0;  ///< its value in these two cases
  /// Of the decided requests those that succeeded and whose jobs are all done; joined with the open ones likewise.
  Estimate availability_completion;
  measure::JobCounts jobs;         ///< sums over the replications
  std::uint64_t late_answers = 0;  ///< to attempts which nobody waited for any more, likewise
  Estimate mean_s, p50_s, p95_s, p99_s,
      p999_s;                 ///< of successes; open above where unanswered ones may be slower
  Estimate throughput_per_s;  ///< successes decided in the measured time
  Estimate in_flight_mean;
  std::int64_t in_flight_max = 0;
  double longest_interruption_s = 0.0;  ///< over the replications; without an end to the horizon
  double bad_time_s = 0.0;              ///< sum over the replications
  /// The same, and the number of interruptions, were all open requests bad that are not overdue.
  std::uint64_t interruptions_if_all_fail = 0;
  double longest_interruption_if_all_fail_s = 0.0, bad_time_if_all_fail_s = 0.0;
  InvoiceTotals invoices;  ///< sums over the replications
  std::vector<TimelinePoint> timeline;
};

/// Pools of one name over the replicas of a component, or over those of them at one place.
struct PoolResult {
  std::string name;
  double active = 0.0;               ///< mean number in use, over these replicas
  std::uint32_t peak = 0;            ///< most in use at one replica
  std::optional<std::uint64_t> max;  ///< size over these replicas; absent: unlimited
  double waiting = 0.0;              ///< mean number of waiters
  std::uint32_t peak_waiting = 0;
  double idle = 0.0;  ///< at the end, mean over replications
  std::uint64_t acquired = 0, rejected = 0, expired = 0, established = 0, closed = 0;
  double wait_s = 0.0;  ///< mean wait of an acquisition
};

/// What a component had to do, or its replicas at one place. Computed in components.cpp.
struct LoadResult {
  /// Servers at work of those that were there: a server counts while its replica is up and no fault has taken it away. Absent: no
  /// servers, or unlimited ones.
  std::optional<Estimate> utilisation;
  double busy = 0.0;            ///< mean number of servers at work
  Estimate queue;               ///< mean number waiting, over these replicas
  std::uint32_t max_queue = 0;  ///< most at one replica
  std::uint64_t visits = 0, rejected = 0, expired = 0, blocked = 0;  ///< sums over the replications
  double wait_s = 0.0;                                               ///< mean wait of a job that started
  std::optional<double> wait_p99_s;                                  ///< when the station keeps a histogram
  std::vector<PoolResult> pools;
};

/// The replicas of a component at one place. Of these the ones that had nothing to do in a whole replication count for nothing in its
/// utilisation, unless none had.
struct PlaceResult : LoadResult {
  std::size_t place = 0;  ///< index into Scenario::places
  std::string name;
  std::uint32_t replicas = 0;
};

struct ComponentResult : LoadResult {
  ComponentInfo info;
  Estimate down_share;              ///< of the replicas' time: 0.1 when each is down a tenth of the time
  Estimate any_down_share;          ///< of the time: at least one replica was down
  std::vector<PlaceResult> places;  ///< the busiest first, by the mean over the replications
};

/// Counts of one call, sums over the replications; see measure::CallCounts.
struct CallTotals {
  std::uint64_t attempts = 0, further = 0, retries = 0, hedges = 0, ejections = 0, openings = 0,
                rejections = 0, late = 0;

  void add(const measure::CallCounts& c);
  /// Anything but attempts that were answered in time.
  [[nodiscard]] bool eventful() const {
    return retries + hedges + ejections + openings + rejections + late > 0;
  }
};

/// What the policies of one call did. Computed in calls.cpp.
struct CallResult {
  CallInfo info;
  CallTotals measured;               ///< from the warm-up to the horizon
  Estimate amplification;            ///< attempts over first attempts, mean over the replications with any
  std::vector<CallTotals> timeline;  ///< by Scenario::call_window_ns, the warm-up too
};

/// One station of a recovery, means over the replications that were interrupted and reached it; over all that reached it where
/// none was interrupted.
struct PhaseResult {
  std::string name;
  double at_s = 0.0;    ///< since the fault
  double took_s = 0.0;  ///< since the station before
  /// Of the mean time from the fault to "restored" over the same replications; for stations up to it.
  std::optional<double> share;
  std::uint64_t replications = 0;  ///< that reached it
};

/// One figure of a fault over the replications: each is an incident, a range where it is not known exactly. In s or invoices.
struct IncidentFigure {
  Estimate mean;  ///< for comparisons; value NaN where an incident is open
  /// The values, upper ends where an incident has none; infinite where it is open.
  double median = 0.0, p90 = 0.0, worst = 0.0;
  bool median_is_end = false, p90_is_end = false,
       worst_is_end = false;  ///< an upper end: the value is not known
  std::uint64_t incidents = 0;
};

struct OperationRecovery {
  std::size_t operation = 0;
  IncidentFigure rto_s;
  bool interrupted = false;        ///< in any replication
  std::uint64_t not_restored = 0;  ///< replications
};

/// Of a fault; or of a planned change, which has the name of its procedure and the kind "planned".
struct DisruptionResult {
  FaultInfo fault;
  std::size_t fault_index = 0;  ///< of a fault
  bool planned = false;
  IncidentFigure rto_s;  ///< of the operation that took longest, incident by incident
  IncidentFigure rpo_s;
  IncidentFigure acknowledged_lost;
  IncidentFigure onset_s;  ///< of the replications that were interrupted
  bool interrupted = false;
  std::uint64_t not_restored = 0;  ///< replications that ended before
  std::uint64_t not_seen = 0;      ///< replications in which no request met it
  std::uint64_t before_measured =
      0;  ///< incidents that began in the warm-up, of which no figure of requests tells
  std::vector<std::string> shared_with;  ///< faults that own interruptions or losses together with it
  std::vector<OperationRecovery> operations;
  std::vector<PhaseResult> phases;
  std::string critical_path;
  std::uint64_t later = 0;  ///< interruptions that belong to it and that its recovery does not reach
};

/// How a promise for each incident stands for one fault (or one target of it).
struct PromiseStanding {
  std::string name;  ///< of the fault, or what else the incidents are of
  measure::PromiseResult result;
};

/// What one replication says of an expectation's figure, in the unit of its bound.
struct ReplicationValue {
  std::uint64_t replication = 0;
  double value = 0.0;            ///< NaN where it is known as a range alone
  double low = 0.0, high = 0.0;  ///< both the value where it is exact; infinite where an incident is open
};

struct ExpectationResult {
  ExpectationInfo asked;
  std::string text;
  std::string judged_on;                       ///< what it was decided by: an operation, a place, a fault
  std::vector<ReplicationValue> replications;  ///< of what decides; those that have no value are left out
  std::optional<std::size_t> place{};  ///< that decides, of a component's figure: index into Scenario::places
  measure::Verdict verdict = measure::Verdict::undecided;
  Estimate estimate;  ///< of the figure; of a promise the mean over the incidents of the fault that is worst
  std::optional<Estimate> kept;  ///< of a promise for a share of the incidents: the share that keeps it
  std::string why;
  std::vector<PromiseStanding> standings;  ///< of a promise for each incident
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
  std::vector<CallResult> calls;  ///< those over which anything went
  std::vector<DisruptionResult> disruptions;
  std::vector<DisruptionResult> planned;  ///< procedures that were told to begin
  /// What the experiment expects; where it expects nothing, what the operations' objectives promise.
  std::vector<ExpectationResult> expectations;
  bool from_objectives = false;  ///< whether `expectations` are the objectives
  /// The objectives beside what is expected: marked, and without effect on verdict and exit code.
  std::vector<ExpectationResult> objectives;
  Accounts accounts;  ///< what the figures of recovery and loss come from, replication by replication
  std::vector<AuditLine> audit;
  EngineResult engine;
  std::optional<BaselineComparison> baseline;  ///< beside an earlier result, where one was named
  std::vector<std::string> caveats;
};

}  // namespace twinvoice::report
