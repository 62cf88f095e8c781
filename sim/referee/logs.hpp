// Replicated logs of the referee: positions per shard, who leads, what followers have applied.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::referee {

class World;
struct Frame;

/// A frame that waits for followers; lives on the stack of its actor.
struct CommitWaiter {
  Frame* frame = nullptr;
  std::uint32_t shard = 0;
  std::int64_t position = 0;
  bool lost = false;  ///< its record went with an old leader
};

struct LogState {
  plan::LocationId leader;
  std::vector<plan::LocationId> leader_seen;  ///< by location
  std::uint32_t epoch = 0;
  std::vector<std::int64_t> appended;              ///< by shard: position of the newest record
  std::vector<std::vector<std::int64_t>> applied;  ///< by location, shard
  /// Position of the record of a request, by (shard, request number): what idempotency recognises.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::int64_t> records;
  std::vector<CommitWaiter*> waiting;
};

struct Logs {
  std::vector<LogState> states;
  explicit Logs(const plan::Plan& plan);
  [[nodiscard]] plan::LocationId leader_seen_from(plan::LogId log, plan::LocationId location) const;
};

/// A Commit step. Throws Failure(kNoLeader).
void commit(World& world, Frame& f, const plan::Step& step);

/// Impulses on logs.
void lead(World& world, plan::LogId log, plan::LocationId leader);
void fence(World& world, plan::LogId log);
void applied(World& world, plan::LogId log, plan::LocationId where, std::uint32_t shard,
             std::int64_t position);

}  // namespace twinvoice::referee
