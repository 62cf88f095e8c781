// Turns: every way in which the running world may be changed at an instant, and the faults made of them.
#pragma once

#include <cstdint>
#include <optional>
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
  kLogReadOnly,  ///< log; OR. Its leader takes no writes (Reason::kNoLeader); a deposed one that does not know it yet does
};
inline constexpr int kKnobs = 18;

/// What can be done once.
enum class Impulse : std::uint8_t {
  kReset,    ///< instance: every frame it works on fails with Reason::kReset at once
  kRestart,  ///< instance: work in service starts over with its full demand (breakdown policy "restart")
  kFlush,    ///< cell: back to its low end
  /// log: the location in `value` becomes the leader and opens a new writer epoch; nothing happens when it is no member, is
  /// down or is empty. Places that it reaches learn of it now, the others when it reaches them; but the deposed leader's own
  /// place goes on taking itself for the leader until it is fenced: it writes a branch that nobody follows. With `position`
  /// 1 the deposed leader follows only when it has a new copy, if it alone has records (kReseed).
  kLead,
  /// log: places that still take a deposed leader for the leader are turned to the present one, each as soon as `location`
  /// (invalid: the leader's place) reaches it. With `value` 1 all of them at once: their leases have run out.
  kFence,
  /// log: `location` has received and applied all up to `position`, if a replica is up there and it had received all up to
  /// `after`.
  kApply,
  kReconcile,  ///< log: what deposed leaders that are up and in reach of the leader alone have is merged into the log
  kReceive,  ///< log: as kApply, but nothing is applied yet
  kHear,     ///< log: the leader hears that `location` has all up to `position`, as far as it really has
  /// log: the leader hears that `location` has all there was when the batch left, `position` records over all shards: semi-sync
  /// commits wait again.
  kInStep,
  kDestroy,  ///< log: what `location` has is gone. It takes no writes and does not lead before it has a new copy
  kReseed,  ///< log: `location` has a new copy of the log as it is now; what it alone had is gone
};
inline constexpr int kImpulses = 12;
/// Whether it speaks of positions of one writer epoch, which stands in `value`.
[[nodiscard]] constexpr bool of_an_epoch(Impulse impulse) {
  return impulse == Impulse::kApply || impulse == Impulse::kReceive || impulse == Impulse::kHear ||
         impulse == Impulse::kInStep || impulse == Impulse::kReseed;
}

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
  LocationId location;  ///< of impulses on logs: whose copy, or who gives the order
  std::int64_t position = 0;  ///< of impulses on logs, in `shard`
  std::uint32_t shard = 0;
  std::int64_t after = 0;  ///< Impulse::kReceive and kApply
};
inline constexpr std::uint32_t kProcedureEffects = 1U << 24;

/// A disruption as the user wrote it; its turns stand in Plan::turns with effect = index of the fault.
struct Fault {
  std::string name;  ///< its `id`, or "kind target"
  std::string kind;
  Nanos at_ns = 0;  ///< begin; with a law the earliest: its turns stand in the Plan as if it began then
  Nanos until_ns = kNever;  ///< end, for a begin at at_ns
  LawId begins;  ///< of the begin, drawn once in each replication; invalid: always at_ns (plan/schedule.hpp)
  std::uint32_t declared = 0;            ///< index of the fault of the experiment that it is (one target of)
  std::optional<std::uint32_t> variant;  ///< of a fault whose target is "each": see Plan::variants
};

/// What a breakdown does to the work in service.
enum class InService : std::uint8_t { kResume, kRestart, kLose };

/// An instance or a link that fails.
struct LifeTarget {
  bool is_link = false;
  std::uint32_t target = 0;  ///< instance or link
  InService in_service = InService::kResume;
};

/// Failures and repairs that happen by themselves: of an instance or a link, or those that the members of a fate group have in
/// common.
struct Life {
  bool is_link = false;
  std::uint32_t target = 0;  ///< instance or link
  LawId fails;               ///< time from repair (or start) to failure
  LawId repairs;             ///< duration of the repair work, waiting for a crew not counted
  std::uint32_t crew = Id<void>::kNone;
  using InService = plan::InService;
  InService in_service = InService::kResume;
  std::uint64_t name_key = 0;    ///< key of its draws
  std::vector<LifeTarget> with;  ///< what fails and returns with it, in the same instants
};

/// `action` on each target of a life, the first one first.
template <class Action>
void each_target(const Life& life, Action action) {
  action(LifeTarget{life.is_link, life.target, life.in_service});
  for (const LifeTarget& other : life.with) action(other);
}

struct Crew {
  std::string name;
  std::uint32_t size = 1;
};

}  // namespace twinvoice::plan
