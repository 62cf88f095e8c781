// Turns: every way in which the running world may be changed at an instant, and the faults made of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// What can be set. The comment names the target's id type and how overlapping effects compose.
enum class Knob : std::uint8_t {
  kStationSpeed,  ///< station; product of factors. 0 stops the work in service, which keeps its remaining demand
  kStationServers,   ///< station; product of factors on the servers, rounded down
  kStationCap,       ///< station; minimum of caps on the servers
  kPoolCap,          ///< pool; minimum of caps on the size. Takes effect as tokens come back, never revokes
  kGateProbability,  ///< gate; the largest of the effects and the base
  kLinkLatency,      ///< link; sum of extra one-way nanoseconds. Acts on messages sent afterwards
  kLinkLoss,         ///< link; 1 - product of (1 - p)
  kLinkDown,         ///< link; OR
  kPathBlocked,      ///< a location pair (from x locations + to); OR. Messages are held
  kPathBlockedNew,   ///< a location pair; OR. Only messages of connections being set up are held
  kLocationDown,     ///< location; OR. Blocks every path from, to and inside it
  kInstanceDown,  ///< instance; OR. Refuses messages; its connections are stale. Combine with Impulse::kReset
  kInstancePaused,  ///< instance; OR. Its frames stand still: nothing of them happens before the last effect ends
  kInstanceOut,  ///< instance; OR. Out of balancing (probe, drain); work it has goes on
  kSiteWeight,  ///< a (component x locations + location) pair; product of factors on the balancing weights there
  kSourceRate,  ///< source; product of factors on the arrival rate (not for traces and deterministic sources)
  kLogPaused,   ///< log; OR. Its replication stream sends nothing
};
inline constexpr int kKnobs = 17;

/// What can be done once.
enum class Impulse : std::uint8_t {
  kReset,    ///< instance: every frame it works on fails with Reason::kReset at once
  kRestart,  ///< instance: work in service starts over with its full demand (breakdown policy "restart")
  kFlush,    ///< cell: back to its low end
  /// log: the location in `value` becomes the leader; opens a new writer epoch. The deposed leader's own site goes on taking
  /// itself for the leader until it is fenced: it acknowledges writes at once, on a branch that nobody follows.
  kLead,
  kFence,  ///< log: sites that still write to an old leader are turned to the current one
  kApply,  ///< log: location `location` has applied records up to position `value` (posted by replication)
  kReconcile,  ///< log: records lost at a change of leader are merged back from the surviving old leader
};
inline constexpr int kImpulses = 7;

enum class TurnOp : std::uint8_t {
  kBegin,    ///< add effect `effect` with `value` to the knob
  kEnd,      ///< remove effect `effect` from the knob
  kImpulse,  ///< do the impulse
};

/// Same-time order of everything that happens. Part of the model: tests pin each adjacent pair.
enum class Rung : std::uint8_t { kFault, kRepair, kControl, kDeliver, kComplete, kTimeout, kArrive, kProbe };

/// One change. Effects are identified by (knob, target, effect): each is removed by its own id, so that ending one
/// fault never undoes another that overlaps it.
struct Turn {
  Nanos at_ns = 0;
  Rung rung = Rung::kFault;
  TurnOp op = TurnOp::kBegin;
  Knob knob = Knob::kStationSpeed;
  Impulse impulse = Impulse::kReset;
  std::uint32_t target = 0;
  std::uint32_t effect = 0;  ///< faults: their index; procedures: see plan::Procedure
  double value = 0.0;   ///< factor, cap, probability, nanoseconds, location or position: see Knob and Impulse
  LocationId location;  ///< Impulse::kApply
  std::int64_t position = 0;  ///< Impulse::kApply: log position; shard in `shard`
  std::uint32_t shard = 0;
};
inline constexpr std::uint32_t kProcedureEffects = 1U << 24;

/// A disruption as the user wrote it; its turns stand in Plan::turns with effect = index of the fault.
struct Fault {
  std::string name;  ///< its `id`, or "kind target"
  std::string kind;
  Nanos at_ns = 0;  ///< begin; with a law the earliest: its turns stand in the Plan as if it began then
  Nanos until_ns = kNever;  ///< end, for a begin at at_ns
  LawId begins;  ///< of the begin, drawn once in each replication; invalid: always at_ns (plan/schedule.hpp)
  bool disrupts = true;  ///< counted as a disruption in recovery (RTO); false for pure load changes
};

/// Failures and repairs that happen by themselves, drawn per instance or link.
struct Life {
  bool is_link = false;
  std::uint32_t target = 0;  ///< instance or link
  LawId fails;               ///< time from repair (or start) to failure
  LawId repairs;             ///< duration of the repair work, waiting for a crew not counted
  std::uint32_t crew = Id<void>::kNone;
  enum class InService : std::uint8_t { kResume, kRestart, kLose } in_service = InService::kResume;
  std::uint64_t name_key = 0;  ///< key of its draws
};

struct Crew {
  std::string name;
  std::uint32_t size = 1;
};

}  // namespace twinvoice::plan
