// What the requests, the logs and the procedures of every replication come to: interruptions and whose they are, what each fault
// cost, what became of the invoices. Every figure of recovery and loss in a report is read from here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/measure/calm.hpp"
#include "sim/measure/durability.hpp"
#include "sim/measure/interruption.hpp"
#include "sim/measure/ownership.hpp"
#include "sim/measure/promise.hpp"
#include "sim/measure/recovery_time.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/report/acts.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// A replication played again, with the same draws, without one of its faults: (position among the runs, fault).
using ReplayKey = std::pair<std::size_t, std::size_t>;
/// Records of replays; their faults are those of the run without the one that is left out.
using Replays = std::map<ReplayKey, measure::RunRecord>;
/// Owners are looked for by replays in so many replications; in the others they are shared by all that may be to blame.
inline constexpr std::size_t kReplayedReplications = 20;

/// What an operation's requests are measured by: from the first replication.
struct Yardstick {
  measure::Calm calm;
  measure::LateBound bound;
  measure::AllowedShare allowed;
  std::optional<Nanos> cycle_ns;  ///< of the users of a closed load
  measure::CalmFlaw flaw = measure::CalmFlaw::kNone;
};

struct OwnedInterruption {
  measure::Interruption interruption;
  measure::FaultIndices owners;  ///< empty: no fault is to blame
};

/// What one fault cost one operation in one replication.
struct OperationCost {
  measure::RecoveryTime recovery;
  measure::Incident rpo_ns;             ///< 0 when nothing acknowledged is lost by it
  measure::Incident acknowledged_lost;  ///< invoices
};

/// One fault in one replication. Absent where the fault begins at or after the horizon, or the run ended before.
struct FaultAccount {
  measure::FaultSpan span;
  std::vector<OperationCost> operations;  ///< by operation
  measure::WorstRecovery worst;           ///< over the operations that have a load
  measure::Incident rpo_ns;               ///< over all operations
  measure::Incident acknowledged_lost;
  measure::FaultIndices shared_with;  ///< other owners of its interruptions and losses
  std::optional<Nanos> last_act_ns;
};

/// A procedure that was told to begin, as a fault: from its first line to its last one, with what no fault owns.
struct PlannedChange {
  std::string procedure;
  FaultAccount account;
};

struct RunAccount {
  std::uint64_t replication = 0;
  Nanos end_ns = 0;                                           ///< of the measured time
  std::vector<std::vector<OwnedInterruption>> interruptions;  ///< by operation
  /// The same, were the requests that are open and not overdue all bad, or all good; empty where there are none. The recovery times
  /// of the faults are ranges over all three.
  std::vector<std::vector<OwnedInterruption>> if_open_bad, if_open_good;
  std::vector<std::optional<FaultAccount>> faults;  ///< by fault
  std::vector<ProcedureRun> procedures;
  std::vector<PlannedChange> planned;  ///< in order of their begin
  measure::Durability durability;
  std::vector<measure::FaultIndices> loss_owners;  ///< of durability.events
};

struct Accounts {
  Nanos hold_ns = 0;
  std::vector<Yardstick> yardsticks;  ///< by operation
  std::vector<RunAccount> runs;
  std::set<ReplayKey> wanted;  ///< replays that would tell owners apart and were not at hand
};

/// `runs` are replications in their order; the first one gives the yardsticks unless `yardsticks` are given (a comparison takes
/// those of its first design, a replay those of what it replays).
[[nodiscard]] Accounts accounts_of(const Scenario& scenario, std::span<const measure::RunRecord> runs,
                                   Nanos hold_ns, const Replays& replays = {},
                                   const std::vector<Yardstick>* yardsticks = nullptr);

/// Of each operation, from the first replication.
[[nodiscard]] std::vector<Yardstick> yardsticks_of(const Scenario& scenario, const measure::RunRecord& first);
/// Those of the first design of a comparison for the operations that both have, by name; the scenario's own for the others.
[[nodiscard]] std::vector<Yardstick> common_yardsticks(const Scenario& first,
                                                       const std::vector<Yardstick>& of_first,
                                                       const Scenario& scenario, std::vector<Yardstick> own);

/// Of one operation, with that fate of the open requests.
[[nodiscard]] const std::vector<OwnedInterruption>& interruptions_in(const RunAccount& account,
                                                                     std::size_t operation,
                                                                     measure::OpenAs open_as);
/// All fates, the known one first.
inline constexpr measure::OpenAs kFates[] = {measure::OpenAs::kUndecided, measure::OpenAs::kBad,
                                             measure::OpenAs::kGood};

/// Time of [from, until) that lies in interruptions; without an end they last to the end of the run.
[[nodiscard]] Nanos interrupted_ns(std::span<const OwnedInterruption> interruptions, Nanos from_ns,
                                   Nanos until_ns);

}  // namespace twinvoice::report
