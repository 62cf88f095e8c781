#include "sim/referee/logs.hpp"

#include <algorithm>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

/// Is the record in the log that leads, and do enough of the others have it as far as the leader knows?
bool durable(const World& w, plan::LogId id, const measure::CommitFact& record) {
  const plan::Log& log = w.plan.logs[id.index()];
  const LogState& s = w.logs.states[id.index()];
  if (log.mode == plan::CommitMode::kAsync || log.followers.empty()) return true;
  const auto& epochs = s.log.epochs[record.shard];
  const auto at = static_cast<std::size_t>(record.position - 1);
  if (at >= epochs.size() || epochs[at] != record.epoch) return false;
  const auto members = log.members();
  const auto have = std::count_if(members.begin(), members.end(), [&](plan::LocationId m) {
    return m != s.leader && s.places[m.index()].heard[record.shard] >= record.position;
  });
  const auto others = static_cast<std::ptrdiff_t>(members.size()) - 1;
  return have >= (log.mode == plan::CommitMode::kSync ? others : 1);
}

std::size_t append(World& w, plan::LogId id, const Frame& f, Lineage& log, std::uint32_t epoch) {
  measure::CommitFact record;
  record.log = id.value;
  record.place = f.location.value;
  record.epoch = epoch;
  record.shard = static_cast<std::uint32_t>(f.request->root_hash % w.plan.logs[id.index()].shards);
  record.operation = w.plan.sources[f.request->record.source].operation.value;
  record.sequence = f.request->number;
  record.commit_ns = w.now();
  log.epochs[record.shard].push_back(epoch);
  record.position = log.size(record.shard);
  log.records[{record.shard, record.sequence}] = w.result.commits.size();
  w.result.commits.push_back(record);
  return w.result.commits.size() - 1;
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

void release(World& w, CommitWaiter& waiter) {
  if (waiter.released) return;
  waiter.released = true;
  w.arbiter.make_ready(*waiter.frame);
}

/// It has waited too long: its writer no longer waits for anybody, unless it was fenced meanwhile.
void give_up_waiting(World& w, LogState& s, plan::LocationId writer) {
  LogPlace& place = s.places[writer.index()];
  if (place.leader_seen != writer) return;
  place.asynchronous = true;
  for (CommitWaiter* waiter : s.waiting) {
    if (waiter->place == writer) release(w, *waiter);
  }
}

void wait_for_members(World& w, Frame& f, const plan::Log& log, LogState& s, std::size_t record) {
  CommitPlace place(w, s, {&f, f.location, record, false});
  Nanos until_ns = World::later(w.now(), log.fallback_ns);
  while (!place.waiter.released) {
    const bool due = w.wait(f, Activity::kCommit, until_ns, plan::Rung::kTimeout);
    if (!due || place.waiter.released) continue;
    until_ns = kNever;
    give_up_waiting(w, s, f.location);
  }
}

}  // namespace

Logs::Logs(const plan::Plan& plan) {
  for (const plan::Log& log : plan.logs) {
    LogState s;
    s.leader = log.leader_location;
    s.log.epochs.resize(log.shards);
    s.places.resize(plan.locations.size());
    for (LogPlace& place : s.places) {
      place.leader_seen = s.leader;
      for (auto* positions : {&place.received, &place.applied, &place.heard})
        positions->assign(log.shards, 0);
    }
    for (const plan::LocationId member : log.members()) s.places[member.index()].member = true;
    states.push_back(std::move(s));
  }
  for (const plan::InitialPosition& at : plan.initial.positions) {
    LogState& s = states[at.log.index()];
    LogPlace& place = s.places[at.location.index()];
    if (at.location == s.leader) {
      s.log.epochs[at.shard].assign(static_cast<std::size_t>(at.position), 0);
    } else {
      place.received[at.shard] = place.applied[at.shard] = place.heard[at.shard] = at.position;
    }
  }
}

plan::LocationId Logs::leader_seen_from(plan::LogId log, plan::LocationId location) const {
  return states[log.index()].places[location.index()].leader_seen;
}

void commit(World& w, Frame& f, const plan::Step& step) {
  const plan::LogId id(step.target);
  const plan::Log& log = w.plan.logs[id.index()];
  LogState& s = w.logs.states[id.index()];
  const LogPlace& here = s.places[f.location.index()];
  const bool leads = f.location == s.leader;
  const bool closed = leads && w.effects.any(plan::Knob::kLogReadOnly, id.value);
  if (here.leader_seen != f.location || here.empty || closed) {
    throw Failure{{plan::Reason::kNoLeader, log.component.value}};
  }
  // A deposed leader that does not know it yet: its record is on a branch that nobody follows.
  const auto deposed = std::find_if(s.deposed.rbegin(), s.deposed.rend(),
                                    [&](const Deposed& d) { return d.place == f.location; });
  Lineage& mine = leads ? s.log : deposed->log;
  const auto epoch = leads ? s.epoch : static_cast<std::uint32_t>(s.deposed.rend() - deposed - 1);
  const auto shard = static_cast<std::uint32_t>(f.request->root_hash % log.shards);
  const auto known = mine.records.find({shard, f.request->number});
  const std::size_t record =
      log.idempotent && known != mine.records.end() ? known->second : append(w, id, f, mine, epoch);
  if (!here.asynchronous && !durable(w, id, w.result.commits[record])) wait_for_members(w, f, log, s, record);
  Nanos& returned_ns = w.result.commits[record].returned_ns;
  returned_ns = std::min(returned_ns, w.now());
}

void release_durable(World& w, plan::LogId id) {
  for (CommitWaiter* waiter : w.logs.states[id.index()].waiting) {
    if (durable(w, id, w.result.commits[waiter->record])) release(w, *waiter);
  }
}

}  // namespace twinvoice::referee
