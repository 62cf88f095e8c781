// Replicated logs of the referee: what every place of a log has, who leads, and commits that wait for others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/measure/log_facts.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::referee {

class World;
struct Frame;

/// A frame that waits for other members; lives on the stack of its actor.
struct CommitWaiter {
  Frame* frame = nullptr;
  plan::LocationId place;
  std::size_t record = 0;  ///< index in RefereeResult::commits
  bool released = false;
};

/// A log as one writer has it: the epoch of every record, by shard and position.
struct Lineage {
  std::vector<std::vector<std::uint32_t>> epochs;
  /// The newest record of a request, by (shard, request number): what idempotency recognises.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::size_t> records;
  [[nodiscard]] std::int64_t size(std::size_t shard) const {
    return static_cast<std::int64_t>(epochs[shard].size());
  }
};

/// What was deposed: the log as its leader had it, and by shard how much of it lived on and how much was merged back.
struct Deposed {
  plan::LocationId place;
  Lineage log;
  std::vector<std::int64_t> kept, merged;
};

struct LogPlace {
  plan::LocationId leader_seen;
  bool member = false;
  bool up = true;
  bool reachable = true;
  bool empty = false;                                  ///< destroyed, and no new copy yet
  bool copy_first = false;                             ///< follows only when it alone has nothing
  bool asynchronous = false;                           ///< does not wait for others
  std::optional<plan::LocationId> fence_from;          ///< who has ordered it to be fenced
  std::vector<std::int64_t> received, applied, heard;  ///< by shard, of the log that leads
  std::vector<std::int64_t> copy_until;                ///< of one that is empty
};

struct LogState {
  plan::LocationId leader;
  std::uint32_t epoch = 0;
  Lineage log;                   ///< the one that leads
  std::vector<Deposed> deposed;  ///< by ended epoch
  std::vector<LogPlace> places;  ///< by location
  bool paused = false;
  std::vector<CommitWaiter*> waiting;
};

struct Logs {
  std::vector<LogState> states;
  explicit Logs(const plan::Plan& plan);
  [[nodiscard]] plan::LocationId leader_seen_from(plan::LogId log, plan::LocationId location) const;
};

/// A Commit step. Throws Failure(kNoLeader).
void commit(World& world, Frame& f, const plan::Step& step);
/// Commits that have what they wait for go on.
void release_durable(World& world, plan::LogId log);

/// The state at time 0, as events.
void start_logs(World& world);
/// An impulse on a log.
void log_impulse(World& world, const plan::Turn& turn);
/// After any other turn: who is up, who can be called, who can be told of a new leader, what is shipped.
void look_at_logs(World& world);

}  // namespace twinvoice::referee
