// What happened to the replicated logs of a run, told the same way by every engine. What is lost, stranded, void or written
// twice is computed from these facts alone (durability.hpp), never inside an engine.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"

namespace twinvoice::measure {

/// One record written at one place. A deposed leader that does not know it yet writes records too: their epoch is the one it
/// last led, their positions go on from its own.
struct CommitFact {
  std::uint32_t log = 0;    ///< plan::LogId
  std::uint32_t place = 0;  ///< plan::LocationId of the writer
  std::uint32_t epoch = 0;  ///< writer epoch: 0 at the start, one more with each change of leader
  std::uint32_t shard = 0;
  std::int64_t position = 0;  ///< in the shard of its epoch; 1 is the first
  std::uint32_t operation = 0;
  std::uint64_t sequence = 0;  ///< of the request: TimedRequest::sequence
  Nanos commit_ns = 0;         ///< when it was appended at `place`
  Nanos returned_ns = kNever;  ///< when the writer acknowledged it to its caller; kNever: not by the end
  friend bool operator==(const CommitFact&, const CommitFact&) = default;
};

/// What a place of a log did or suffered. Every place of a log is a member of it, the first leader included; at time 0 each
/// member has an event kUp, the leader kLeads with epoch 0, and each member kApplied with its initial position where that is
/// not 0.
enum class LogEventKind : std::uint8_t {
  kLeads,  ///< `place` leads from now on in `epoch`; `position`: its last record of `shard` (an event a shard)
  kReceived,  ///< `place` has written down all up to `position` of `shard` in `epoch`
  kApplied,   ///< `place` has applied all up to there
  kFenced,    ///< those who wrote to the deposed leader at `place` write to the present one from now on
  kReconciled,  ///< what `place` alone had of the records up to `position` in `shard` of ended `epoch` is merged into the log
  kReseeded,  ///< `place` has a new copy of the log that leads: what it alone had is gone
  kPaused,    ///< nothing is shipped to anybody any more
  kResumed,   ///< shipping goes on
  kDown,      ///< no replica of the log's component is up at `place`, or the place itself is down
  kUp,        ///< one is again
  kCutOff,  ///< no caller of the log's component can reach `place` any more, or all are shifted away from it
  kReachable,  ///< one can again
  kDestroyed,  ///< what `place` has is gone for ever
};

/// Words of log.csv, in the order of LogEventKind.
inline constexpr std::string_view kLogEventWords[] = {
    "leads",   "received", "applied", "fenced",  "reconciled", "reseeded", "paused",
    "resumed", "down",     "up",      "cut_off", "reachable",  "destroyed"};

struct LogEvent {
  Nanos at_ns = 0;
  std::uint32_t log = 0;
  LogEventKind kind = LogEventKind::kUp;
  std::uint32_t place = 0;  ///< plan::LocationId; of kPaused and kResumed the leader
  std::uint32_t shard = 0;
  std::uint32_t epoch = 0;  ///< of the log when it happened; of kReconciled that of the records
  std::int64_t position = 0;
  friend bool operator==(const LogEvent&, const LogEvent&) = default;
};

/// Some fifteen bytes a commit and ten an event.
void serialize(wire::Writer& out, const std::vector<CommitFact>& commits);
void serialize(wire::Writer& out, const std::vector<LogEvent>& events);
/// Throw wire::Malformed on bytes that serialize cannot have written.
[[nodiscard]] std::vector<CommitFact> deserialize_commits(wire::Reader& in);
[[nodiscard]] std::vector<LogEvent> deserialize_log_events(wire::Reader& in);

}  // namespace twinvoice::measure
