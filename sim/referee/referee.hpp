// The referee: the same Plan, executed by one SimGrid actor per request frame. Slow, simple, and independent
// of kernel/.
//
// It shares with the kernel the Plan, the samplers and the run semantics, and no code. Without processor
// sharing both must agree on every request (outcome, causes, attempts, path) and on its times to 2 ns a step;
// with it to 1 us a hop or 1e-6.
//
//   for each request: an actor runs the root program; attempts, hedges, Fork branches and emitted jobs are
//   further actors
//   an actor runs its steps as straight-line code and blocks where a step has to wait
//   sources, lives and the list of turns are actors too
//   a step that fails throws; the frame then gives everything back and goes on at its reply
//
// Failure policy: an exception in any actor stops the run and is thrown again by run() as EngineError.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/call_counts.hpp"
#include "sim/measure/fault_span.hpp"
#include "sim/measure/ledger.hpp"
#include "sim/measure/log_facts.hpp"
#include "sim/measure/request_log.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::referee {

struct Limits {
  /// The run ends when the request after this many arrives.
  std::uint64_t max_requests = 1'000'000;
  /// Two events at one station or pool closer than this are a tie.
  Nanos tie_tolerance_ns = 2;
};

struct StationRecord {
  std::uint64_t arrivals = 0;
  std::uint64_t completions = 0;
  Nanos busy_ns = 0;  ///< integral over time of the number of jobs in service
  /// Integrals of the servers that were there (declared ones less those that faults took, none while the replica was down or stood
  /// still; 0 where they are unlimited), and of those of them that were at work.
  Nanos present_ns = 0, present_busy_ns = 0;
  /// Times with all declared servers at work, with them at work at a replica that is up, and with them there.
  Nanos full_ns = 0, present_full_ns = 0, whole_ns = 0;
  friend bool operator==(const StationRecord&, const StationRecord&) = default;
};

/// What became of the jobs of one request.
struct RequestJobs {
  std::uint32_t operation = 0;
  Nanos arrived_ns = 0;
  bool succeeded = false;  ///< the request itself
  measure::JobCounts jobs;
  friend bool operator==(const RequestJobs&, const RequestJobs&) = default;
};

/// An attempt ended when nobody waited for it any more.
struct LateAnswer {
  std::uint32_t operation = 0;
  Nanos at_ns = 0;
  friend bool operator==(const LateAnswer&, const LateAnswer&) = default;
};

struct RefereeResult {
  std::vector<measure::RequestRecord> requests;  ///< sorted by source, ordinal
  std::vector<RequestJobs> jobs;                 ///< of those that emitted any, in the order of arrival
  std::uint64_t arrived = 0, succeeded = 0, failed = 0, in_flight = 0;
  std::uint64_t frames_created = 0, frames_ended = 0;
  std::uint64_t late = 0;  ///< answers that nobody waited for
  std::uint64_t events = 0;
  std::vector<StationRecord> stations;        ///< by station id
  std::vector<measure::CallRecord> calls;     ///< by plan::CallGroups
  std::vector<LateAnswer> late_answers;       ///< of attempts, up to the end of the measured time
  std::vector<measure::FaultSpan> faults;     ///< by plan::FaultId
  std::vector<measure::CommitFact> commits;   ///< as they happened; `sequence` counts arrivals from 0
  std::vector<measure::LogEvent> log_events;  ///< as they happened
  Nanos ended_ns = 0;                 ///< of the measured time: the horizon, or when the limit was reached
  Nanos followed_to_ns = 0;           ///< when the run itself ended
  Nanos first_tie_ns = kNever;        ///< requests decided later may be excused where laws are continuous
  double worst_clock_error_ns = 0.0;  ///< largest difference between SimGrid's clock and the integer times
};

/// Runs replication `replication` of the plan. `recorded_turns` are executed besides Plan::turns: the turns
/// that the procedures of a kernel run posted. Makes the Engine of the process: call it once per process, and
/// not beside another Engine. Throws EngineError when the run breaks a rule of its own, InvalidInput never.
[[nodiscard]] RefereeResult run(const plan::Plan& plan, std::uint64_t replication, const Limits& limits = {},
                                const std::vector<plan::Turn>& recorded_turns = {});

/// The same in a child process, any number of times. Throws EngineError also when the child dies.
[[nodiscard]] RefereeResult run_in_child(const plan::Plan& plan, std::uint64_t replication,
                                         const Limits& limits = {},
                                         const std::vector<plan::Turn>& recorded_turns = {});

}  // namespace twinvoice::referee
