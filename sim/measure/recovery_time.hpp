// How long an operation took to recover from a fault.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/fault_span.hpp"
#include "sim/measure/interruption.hpp"
#include "sim/measure/request_times.hpp"

namespace twinvoice::measure {

/// A span of time that is known within bounds.
struct SpanRange {
  Nanos low_ns = 0;
  std::optional<Nanos> value_ns = 0;  ///< the likeliest; absent: there is only the range
  Nanos high_ns = 0;                  ///< kNever: infinite
  friend bool operator==(const SpanRange&, const SpanRange&) = default;
};

struct RecoverySettings {
  Nanos bound_ns = kNever;  ///< response time beyond which an answer is late
  Nanos hold_ns = 60 * kNanosPerSecond;
  /// When the procedure that the fault started acted for the last time on its way to recovery (failback is
  /// not on that way); absent: none did.
  std::optional<Nanos> last_act_ns;
};

/// What one fault did to an operation in one replication.
struct RecoveryTime {
  /// From the begin of its first interruption, or from its own where one is open already, to the end of it,
  /// or of the last one that begins before `last_act_ns`. Without an interruption 0; not restored: at least
  /// to the last bad or late request (the horizon if no good one came after), and infinite above; not seen:
  /// from 0 to the next good arrival.
  SpanRange time;
  /// From the fault's begin to that of the interruption; 0 where one is open already, absent without one.
  std::optional<SpanRange> onset;
  bool restored = true;
  /// Whether a request of the operation met the fault: arrived or was open between its begin and its end (an
  /// impulse: `hold` after it), or was interrupted by it.
  bool seen = true;
  SpanRange longest;                ///< of all its interruptions; 0 without one
  Nanos bad_time_ns = 0;            ///< of all its interruptions
  std::vector<Interruption> later;  ///< relapses, failback: those that its recovery does not reach
  friend bool operator==(const RecoveryTime&, const RecoveryTime&) = default;
};

/// `requests` of the operation by arrival; `owned`, in order of time, are the interruptions that belong to
/// the fault (ownership.hpp). The first one begins, or is open, in [begin, end + hold) of the fault; all
/// others are later ones. The fault begins before the horizon: a later one is no incident.
[[nodiscard]] RecoveryTime recovery_time(std::span<const TimedRequest> requests, const FaultSpan& fault,
                                         std::span<const Interruption> owned,
                                         const RecoverySettings& settings);

/// The same fault with another fate of the requests that nobody answered: time and longest are ranges over both, with a value only
/// where both have the same. All else stays what is known.
void widen(RecoveryTime& known, const RecoveryTime& other);

struct OperationRecovery {
  std::string operation;
  RecoveryTime recovery;
};

struct WorstRecovery {
  /// End by end and value by value the largest; the onset is the earliest. `later` is empty: each operation
  /// has its own.
  RecoveryTime recovery;
  std::vector<std::string> not_seen_by;  ///< operations left out of it; none where no operation saw the fault
};

/// The fault's recovery time: the worst over its operations, of which there is at least one.
[[nodiscard]] WorstRecovery worst_recovery(std::span<const OperationRecovery> operations);

}  // namespace twinvoice::measure
