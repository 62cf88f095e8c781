// What is lost and what is kept of the invoices that were written, from the facts of the logs and of the requests alone.
//
// A record is durable when the log that leads at the horizon has it, or when it was merged into it; who leads, in which epoch,
// and who has what *at the horizon* decides, not who did when it was written. Counted are invoices (requests): one that was
// written twice is one. Acknowledged is an invoice whose request succeeded, whenever it was decided.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/log_facts.hpp"
#include "sim/measure/request_times.hpp"

namespace twinvoice::measure {

/// What the accounting reads. Facts of all logs together; events in order of time. Events and commits at or after the horizon do
/// not count.
struct DurabilityInput {
  std::span<const CommitFact> commits;
  std::span<const LogEvent> events;
  /// By operation, each as RequestTimes::sorted gives it. A commit whose request is missing counts as one of a request that was
  /// not decided.
  std::span<const std::vector<TimedRequest>> requests;
  Nanos horizon_ns = 0;
  /// Invoices of requests that arrived earlier are in no count; they are in rpo_s.
  Nanos warm_up_ns = 0;
};

/// Invoices of one operation in one log at the horizon. `acknowledged_lost` and `out_of_reach` are disjoint, and so are `voided` and
/// `unacknowledged_durable`.
struct InvoiceCounts {
  std::uint32_t log = 0;
  std::uint32_t operation = 0;
  std::uint64_t acknowledged = 0;  ///< their client was told "issued"
  std::uint64_t acknowledged_lost =
      0;                       ///< of these, those of which no record is durable; not those out of reach
  std::uint64_t stranded = 0;  ///< of the lost: on a deposed place that is up
  /// Acknowledged, in the log that leads, but every place that has them is down: lost are acknowledged_lost up to acknowledged_lost +
  /// out_of_reach, and a verdict that hangs on them is undecided.
  std::uint64_t out_of_reach = 0;
  std::uint64_t reconciled = 0;  ///< acknowledged, were lost and have been merged into the log
  std::uint64_t voided = 0;      ///< decided as failed, whatever the cause, and durable (also out of reach)
  std::uint64_t unacknowledged_durable = 0;  ///< not decided and durable (also out of reach)
  std::uint64_t duplicates_written = 0;      ///< twice or more in the log, whatever their client was told
  /// Lost as well, not acknowledged, but the writer had acknowledged one of their records to its caller inside the system.
  std::uint64_t lost_known_inside = 0;
  friend bool operator==(const InvoiceCounts&, const InvoiceCounts&) = default;
};

enum class LossKind : std::uint8_t {
  kLeaderChange,  ///< another place leads: what it did not have is lost
  kDestroyed,     ///< the last place that had them was destroyed
  kOutOfReach,    ///< the last place that has them went down and is down at the horizon
};

/// Acknowledged invoices that one event cost one operation.
struct OperationLoss {
  std::uint32_t operation = 0;
  Nanos rpo_ns = 0;                 ///< as LossEvent::rpo_ns, of this operation's invoices
  std::uint64_t lost = 0;           ///< written by the instant of the event; later reconciled ones too
  std::uint64_t written_after = 0;  ///< written at the deposed place after it, likewise
  std::uint64_t merged = 0;  ///< of both, those that have been merged into the log and are up at the horizon
  friend bool operator==(const OperationLoss&, const OperationLoss&) = default;
};

/// A change of leader, a destruction or an outage to the end, and what it cost.
struct LossEvent {
  LossKind kind = LossKind::kLeaderChange;
  std::uint32_t log = 0;
  Nanos at_ns = 0;
  std::uint32_t from = 0;   ///< the place that is deposed or down; of kDestroyed the one that led then
  std::uint32_t to = 0;     ///< the place that leads from then on
  std::uint32_t epoch = 0;  ///< of the log from then on
  /// How far back acknowledged invoices are lost: from the commit of the oldest to the first instant, not before the last of them
  /// was acknowledged by its writer, at which that place was down, cut off from all its callers or deposed. Largest over shards. 0
  /// only if none is lost. kOutOfReach: from the oldest to the horizon, and the loss is anything from 0 to that.
  Nanos rpo_ns = 0;
  std::vector<OperationLoss> operations;  ///< those that lost any, by number
  friend bool operator==(const LossEvent&, const LossEvent&) = default;
};

struct Durability {
  std::vector<InvoiceCounts> counts;  ///< by (log, operation), those with a commit
  /// By log, in it the changes of leader in order, also those that cost nothing, then destructions, then what is out of reach.
  std::vector<LossEvent> events;
};

/// Throws EngineError on facts that contradict each other: an epoch without a leader, a record of an epoch its writer did not lead.
[[nodiscard]] Durability durability(const DurabilityInput& input);

}  // namespace twinvoice::measure
