#include "sim/referee/logs.hpp"

#include <algorithm>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

/// Have enough followers applied the record?
bool acknowledged(const plan::Log& log, const LogState& s, std::uint32_t shard, std::int64_t position) {
  const auto has = [&](plan::LocationId follower) { return s.applied[follower.index()][shard] >= position; };
  std::size_t followers = 0;
  std::size_t done = 0;
  for (const plan::LocationId follower : log.followers) {
    if (follower == s.leader) continue;
    ++followers;
    if (has(follower)) ++done;
  }
  if (log.mode == plan::CommitMode::kAsync || followers == 0) return true;
  return log.mode == plan::CommitMode::kSync ? done == followers : done > 0;
}

/// Stands among the waiting commits as long as it lives.
struct CommitPlace {
  World& w;
  LogState& s;
  CommitWaiter waiter;
  CommitPlace(World& world, LogState& state, CommitWaiter who) : w(world), s(state), waiter(who) {
    s.waiting.push_back(&waiter);
  }
  ~CommitPlace() {
    if (!w.stopping) std::erase(s.waiting, &waiter);
  }
};

}  // namespace

Logs::Logs(const plan::Plan& plan) {
  for (const plan::Log& log : plan.logs) {
    LogState s;
    s.leader = log.leader_location;
    s.leader_seen.assign(plan.locations.size(), log.leader_location);
    s.appended.assign(log.shards, 0);
    s.applied.assign(plan.locations.size(), std::vector<std::int64_t>(log.shards, 0));
    states.push_back(std::move(s));
  }
  for (const plan::InitialPosition& at : plan.initial.positions) {
    LogState& s = states[at.log.index()];
    (at.location == s.leader ? s.appended : s.applied[at.location.index()])[at.shard] = at.position;
  }
}

plan::LocationId Logs::leader_seen_from(plan::LogId log, plan::LocationId location) const {
  return states[log.index()].leader_seen[location.index()];
}

void commit(World& w, Frame& f, const plan::Step& step) {
  const plan::LogId id(step.target);
  const plan::Log& log = w.plan.logs[id.index()];
  LogState& s = w.logs.states[id.index()];
  if (w.logs.leader_seen_from(id, f.location) != f.location) {
    throw Failure{{plan::Reason::kNoLeader, log.component.value}};
  }
  // A deposed leader that does not know it yet: its record is on a branch that nobody follows.
  if (f.location != s.leader) return;
  const auto shard = static_cast<std::uint32_t>(f.request->root_hash % log.shards);
  const std::pair key{shard, f.request->number};
  const auto known = s.records.find(key);
  std::int64_t position = 0;
  if (log.idempotent && known != s.records.end()) {
    position = known->second;
  } else {
    position = ++s.appended[shard];
    s.records[key] = position;
  }
  if (acknowledged(log, s, shard, position)) return;
  const CommitPlace place(w, s, {&f, shard, position});
  while (place.waiter.lost || !acknowledged(log, s, shard, position)) {
    w.wait(f, Activity::kCommit, kNever, plan::Rung::kComplete);
  }
}

void applied(World& w, plan::LogId id, plan::LocationId where, std::uint32_t shard, std::int64_t position) {
  LogState& s = w.logs.states[id.index()];
  std::int64_t& at = s.applied[where.index()][shard];
  at = std::clamp(position, at, std::max(at, s.appended[shard]));
  for (const CommitWaiter* waiter : s.waiting) {
    if (waiter->shard == shard && !waiter->lost &&
        acknowledged(w.plan.logs[id.index()], s, shard, waiter->position)) {
      w.arbiter.make_ready(*waiter->frame);
    }
  }
}

void lead(World& w, plan::LogId id, plan::LocationId leader) {
  LogState& s = w.logs.states[id.index()];
  if (leader == s.leader) return;
  const auto kept = [&](std::size_t shard) { return s.applied[leader.index()][shard]; };
  std::erase_if(s.records, [&](const auto& record) { return record.second > kept(record.first.first); });
  for (CommitWaiter* waiter : s.waiting) waiter->lost |= waiter->position > kept(waiter->shard);
  for (std::size_t shard = 0; shard < s.appended.size(); ++shard) {
    s.appended[shard] = kept(shard);
    for (auto& applied : s.applied) applied[shard] = std::min(applied[shard], s.appended[shard]);
    s.applied[s.leader.index()][shard] = s.appended[shard];
  }
  // The deposed leader's own site goes on taking itself for the leader until it is fenced.
  for (std::size_t l = 0; l < s.leader_seen.size(); ++l) {
    if (l != s.leader.index()) s.leader_seen[l] = leader;
  }
  s.leader = leader;
  ++s.epoch;
}

void fence(World& w, plan::LogId id) {
  LogState& s = w.logs.states[id.index()];
  std::fill(s.leader_seen.begin(), s.leader_seen.end(), s.leader);
}

}  // namespace twinvoice::referee
