// The places of replicated logs: what each of them has, who leads, who is up and can be called.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

using measure::LogEventKind;

void Engine::log_event(LogEventKind kind, std::uint32_t l, std::uint32_t place, std::uint32_t shard,
                       std::int64_t position) {
  log_events_.push_back({now_, l, kind, place, shard, logs_[l].epoch, position});
  note_moved(l);
}

void Engine::note_moved(std::uint32_t l) {
  if (!logs_[l].watched) return;
  logs_[l].moved = look_up_ = true;
  moved_ns_ = now_;
}

void Engine::log_impulse(const plan::Turn& turn) {
  switch (turn.impulse) {
    case plan::Impulse::kLead:
      return lead(turn.target, static_cast<std::uint32_t>(turn.value), turn.position != 0);
    case plan::Impulse::kFence: return fence(turn.target, turn.location, turn.value != 0.0);
    case plan::Impulse::kApply: return receive(turn, true);
    case plan::Impulse::kReceive: return receive(turn, false);
    case plan::Impulse::kHear: return hear(turn);
    case plan::Impulse::kInStep: return in_step(turn);
    case plan::Impulse::kReconcile: return reconcile(turn.target);
    case plan::Impulse::kDestroy: return destroy(turn.target, turn.location.value);
    case plan::Impulse::kReseed: return reseed(turn.target, turn.location.value);
    case plan::Impulse::kReset:
    case plan::Impulse::kRestart:
    case plan::Impulse::kFlush: return;
  }
}

/// Whether a batch that arrives here is written down. One that takes itself for the leader, or that needs a new copy, does not.
bool Engine::follows(const LogState& log, std::uint32_t location) {
  const LogPlace& place = log.places[location];
  if (!place.member || !place.up || location == log.leader || place.view == location) return false;
  return !place.copy_first || !alone_has_records(log, location);
}

bool Engine::alone_has_records(const LogState& log, std::uint32_t location) {
  return std::any_of(log.branches.begin(), log.branches.end(), [&](const LogBranch& branch) {
    return branch.leader == location && branch.own != branch.kept;
  });
}

void Engine::receive(const plan::Turn& turn, bool apply) {
  const std::uint32_t l = turn.target;
  LogState& log = logs_[l];
  const std::uint32_t location = turn.location.value;
  LogShard& shard = log.shards[turn.shard];
  std::int64_t& received = shard.received[location];
  if (!follows(log, location) || received < turn.after || log.places[log.leader].empty) return;
  const std::int64_t position = std::min(turn.position, shard.appended());
  if (position > received) {
    received = position;
    log_event(LogEventKind::kReceived, l, location, turn.shard, position);
  }
  std::int64_t& applied = shard.applied[location];
  if (apply && position > applied) {
    applied = position;
    log_event(LogEventKind::kApplied, l, location, turn.shard, position);
  }
  note_copied(log, location);
}

void Engine::hear(const plan::Turn& turn) {
  LogShard& shard = logs_[turn.target].shards[turn.shard];
  const std::size_t location = turn.location.index();
  const std::int64_t has =
      plan_.logs[turn.target].waits_applied ? shard.applied[location] : shard.received[location];
  std::int64_t& heard = shard.heard[location];
  heard = std::max(heard, std::min(turn.position, has));
  release_durable(turn.target);
}

void Engine::in_step(const plan::Turn& turn) {
  LogState& log = logs_[turn.target];
  std::int64_t has = 0;
  for (const LogShard& shard : log.shards) has += shard.received[turn.location.index()];
  if (has >= turn.position) log.places[log.leader].asynchronous = false;
}

void Engine::lead(std::uint32_t l, std::uint32_t location, bool copy_first) {
  LogState& log = logs_[l];
  LogPlace& next = log.places[location];
  if (location == log.leader || !next.member || !next.up || next.empty) return;
  const std::uint32_t old = log.leader;
  LogPlace& deposed = log.places[old];
  LogBranch branch;
  branch.leader = old;
  for (LogShard& shard : log.shards) {
    // What it has received it applies before it leads.
    const std::int64_t kept = shard.received[location];
    branch.kept.push_back(kept);
    branch.own.push_back(deposed.empty ? kept : shard.appended());
    shard.facts.resize(static_cast<std::size_t>(std::max<std::int64_t>(kept - shard.initial, 0)));
    shard.initial = std::min(shard.initial, kept);
    shard.received[old] = shard.applied[old] = shard.heard[old] = deposed.empty ? 0 : kept;
    shard.applied[location] = kept;
    for (const std::uint32_t member : log.members) {
      for (auto* positions : {&shard.received, &shard.applied, &shard.heard})
        (*positions)[member] = std::min((*positions)[member], kept);
    }
  }
  branch.merged = branch.kept;
  for (const std::uint32_t member : log.members) {
    std::vector<std::int64_t>& until = log.places[member].copy_until;
    for (std::size_t s = 0; s < until.size(); ++s) until[s] = std::min(until[s], branch.kept[s]);
  }
  log.branches.push_back(std::move(branch));
  ++log.epoch;
  log.leader = location;
  deposed.copy_first = copy_first;
  deposed.fencing = false;
  next.copy_first = next.fencing = next.asynchronous = false;
  next.view = location;
  next.led = log.epoch;
  ++balance_era_;
  for (std::uint32_t s = 0; s < log.shards.size(); ++s)
    log_event(LogEventKind::kLeads, l, location, s, log.shards[s].appended());
  turn_views(l);
}

void Engine::fence(std::uint32_t l, plan::LocationId from, bool leases) {
  LogState& log = logs_[l];
  for (std::uint32_t at = 0; at < log.places.size(); ++at) {
    LogPlace& place = log.places[at];
    if (place.view == log.leader) continue;
    place.fencing = true;
    place.fence_from = from.valid() ? from.value : log.leader;
  }
  turn_views(l, leases);
}

/// Places that can now be told who leads. Who takes itself for the leader is turned by an order to fence alone; whose lease has
/// run out knows it by itself.
void Engine::turn_views(std::uint32_t l, bool leases) {
  LogState& log = logs_[l];
  const auto reaches = [&](std::uint32_t from, std::uint32_t at) {
    return path_open(plan::LocationId(from), plan::LocationId(at));
  };
  for (std::uint32_t at = 0; at < log.places.size(); ++at) {
    LogPlace& place = log.places[at];
    if (place.view == log.leader) continue;
    const bool writes = place.view == at;
    const bool fenced = place.fencing && (leases || reaches(place.fence_from, at));
    if (!fenced && (writes || !reaches(log.leader, at))) continue;
    place.view = log.leader;
    place.fencing = false;
    ++balance_era_;
    if (writes) log_event(LogEventKind::kFenced, l, at);
  }
}

void Engine::reconcile(std::uint32_t l) {
  LogState& log = logs_[l];
  const plan::LocationId leader(log.leader);
  for (std::uint32_t epoch = 0; epoch < log.branches.size(); ++epoch) {
    LogBranch& branch = log.branches[epoch];
    const plan::LocationId place(branch.leader);
    const bool seen = place == leader || (path_open(place, leader) && path_open(leader, place));
    if (!seen || !log.places[branch.leader].up) continue;
    for (std::uint32_t s = 0; s < log.shards.size(); ++s) merge(l, epoch, s);
  }
}

/// What the leader of an ended epoch alone has may be of that epoch and of earlier ones.
void Engine::merge(std::uint32_t l, std::uint32_t ended, std::uint32_t s) {
  LogState& log = logs_[l];
  LogBranch& branch = log.branches[ended];
  std::int64_t merged = branch.merged[s];
  for (std::uint32_t epoch = 0; epoch <= ended; ++epoch) {
    std::int64_t last = branch.own[s];
    for (std::uint32_t later = epoch; later < ended; ++later)
      last = std::min(last, log.branches[later].kept[s]);
    if (last <= merged) continue;
    merged = last;
    log_event(LogEventKind::kReconciled, l, branch.leader, s, last);
    log_events_.back().epoch = epoch;
  }
  branch.merged[s] = merged;
}

void Engine::destroy(std::uint32_t l, std::uint32_t location) {
  LogState& log = logs_[l];
  LogPlace& place = log.places[location];
  if (!place.member) return;
  log_event(LogEventKind::kDestroyed, l, location);
  for (LogBranch& branch : log.branches) {
    if (branch.leader == location) branch.own = branch.kept;
  }
  place.empty = true;
  place.copy_until.clear();
  for (LogShard& shard : log.shards) {
    shard.received[location] = shard.applied[location] = shard.heard[location] = 0;
    place.copy_until.push_back(shard.appended());
  }
}

void Engine::reseed(std::uint32_t l, std::uint32_t location) {
  LogState& log = logs_[l];
  LogPlace& place = log.places[location];
  if (!place.member || !place.up || location == log.leader || place.view == location) return;
  for (LogBranch& branch : log.branches) {
    if (branch.leader == location) branch.own = branch.kept;
  }
  for (std::uint32_t s = 0; s < log.shards.size(); ++s) {
    LogShard& shard = log.shards[s];
    shard.received[location] = shard.applied[location] = shard.appended();
    log_event(LogEventKind::kReseeded, l, location, s, shard.appended());
  }
  place.empty = false;
}

/// A place that was destroyed is a member again when it has what the log had then.
void Engine::note_copied(LogState& log, std::uint32_t location) {
  LogPlace& place = log.places[location];
  if (!place.empty) return;
  bool all = true;
  for (std::size_t s = 0; s < log.shards.size(); ++s)
    all = all && log.shards[s].received[location] >= place.copy_until[s];
  place.empty = !all;
}

bool Engine::replica_up(std::uint32_t l, std::uint32_t location) const {
  if (effects_.any(plan::Knob::kLocationDown, location)) return false;
  const plan::Component& component = plan_.components[plan_.logs[l].component.index()];
  for (std::uint32_t i = 0; i < component.replicas; ++i) {
    const InstanceState& instance = instances_[component.first_instance + i];
    if (instance.location == location && !instance.down && !instance.paused) return true;
  }
  return false;
}

/// Whether somebody who has work for the log can ask and be answered there.
bool Engine::called_from_anywhere(const LogState& log, std::uint32_t location) const {
  if (log.calling_instances.empty() && log.calling_locations.empty()) return true;
  const plan::LocationId there(location);
  const auto reaches = [&](plan::LocationId from) {
    return path_open(from, there) && path_open(there, from);
  };
  const auto calls = [&](std::uint32_t i) {
    const InstanceState& caller = instances_[i];
    return !caller.down && !caller.paused && !caller.out && caller.weight > 0.0 &&
           reaches(plan::LocationId(caller.location));
  };
  return std::any_of(log.calling_instances.begin(), log.calling_instances.end(), calls) ||
         std::any_of(log.calling_locations.begin(), log.calling_locations.end(),
                     [&](std::uint32_t from) { return reaches(plan::LocationId(from)); });
}

/// After a change of paths, instances or weights.
void Engine::look_at_logs() {
  if (log_events_.empty()) return;  // there are no logs, or they have not begun
  for (std::uint32_t l = 0; l < logs_.size(); ++l) {
    for (const std::uint32_t member : logs_[l].members) {
      LogPlace& place = logs_[l].places[member];
      const bool up = replica_up(l, member);
      if (up != place.up) log_event(up ? LogEventKind::kUp : LogEventKind::kDown, l, member);
      place.up = up;
      const bool reachable = called_from_anywhere(logs_[l], member);
      if (reachable != place.reachable)
        log_event(reachable ? LogEventKind::kReachable : LogEventKind::kCutOff, l, member);
      place.reachable = reachable;
    }
    turn_views(l);
  }
}

}  // namespace twinvoice::kernel
