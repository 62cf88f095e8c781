// The places of replicated logs: what each has, who leads, who is up and can be called.
#include <algorithm>
#include <numeric>
#include <set>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using measure::LogEventKind;
using plan::Impulse;
using plan::Knob;

void tell(World& w, plan::LogId id, LogEventKind kind, plan::LocationId place, std::size_t shard = 0,
          std::int64_t position = 0) {
  w.result.log_events.push_back({w.now(), id.value, kind, place.value, static_cast<std::uint32_t>(shard),
                                 w.logs.states[id.index()].epoch, position});
}

bool alone_has_records(const LogState& s, plan::LocationId place) {
  return std::any_of(s.deposed.begin(), s.deposed.end(), [&](const Deposed& d) {
    if (d.place != place) return false;
    for (std::size_t shard = 0; shard < d.kept.size(); ++shard) {
      if (d.log.size(shard) > d.kept[shard]) return true;
    }
    return false;
  });
}

/// One that was destroyed has a copy once it has all that the log had then.
void note_copied(LogPlace& place) {
  if (!place.empty) return;
  place.empty = false;
  for (std::size_t shard = 0; shard < place.received.size(); ++shard)
    place.empty = place.empty || place.received[shard] < place.copy_until[shard];
}

/// A batch arrives.
void receive(World& w, const plan::Turn& turn, bool apply) {
  const plan::LogId id(turn.target);
  LogState& s = w.logs.states[id.index()];
  LogPlace& place = s.places[turn.location.index()];
  const bool writes = place.leader_seen == turn.location;  // or takes itself for one who does
  if (!place.member || !place.up || turn.location == s.leader || writes) return;
  if (place.copy_first && alone_has_records(s, turn.location)) return;
  std::int64_t& received = place.received[turn.shard];
  if (turn.after > received || s.places[s.leader.index()].empty) return;
  const std::int64_t position = std::min(turn.position, s.log.size(turn.shard));
  if (position > received)
    tell(w, id, LogEventKind::kReceived, turn.location, turn.shard, received = position);
  std::int64_t& applied = place.applied[turn.shard];
  if (apply && position > applied)
    tell(w, id, LogEventKind::kApplied, turn.location, turn.shard, applied = position);
  note_copied(place);
}

void hear(World& w, const plan::Turn& turn) {
  LogPlace& place = w.logs.states[turn.target].places[turn.location.index()];
  const auto& has = w.plan.logs[turn.target].waits_applied ? place.applied : place.received;
  std::int64_t& heard = place.heard[turn.shard];
  heard = std::max(heard, std::min(turn.position, has[turn.shard]));
  release_durable(w, plan::LogId(turn.target));
}

void in_step(World& w, const plan::Turn& turn) {
  LogState& s = w.logs.states[turn.target];
  const auto& has = s.places[turn.location.index()].received;
  if (std::accumulate(has.begin(), has.end(), std::int64_t{0}) < turn.position) return;
  s.places[s.leader.index()].asynchronous = false;
}

/// Who can be told of the present leader, or fenced, is.
void turn_views(World& w, plan::LogId id, bool leases) {
  LogState& s = w.logs.states[id.index()];
  for (std::size_t l = 0; l < s.places.size(); ++l) {
    const plan::LocationId at(l);
    LogPlace& place = s.places[l];
    if (place.leader_seen == s.leader) continue;
    const bool writes = place.leader_seen == at;
    const bool fenced = place.fence_from && (leases || passes(w, *place.fence_from, at, false));
    const bool told = !writes && passes(w, s.leader, at, false);
    if (!fenced && !told) continue;
    place.leader_seen = s.leader;
    place.fence_from.reset();
    if (writes) tell(w, id, LogEventKind::kFenced, at);
  }
}

/// The log as it goes on with a new leader, which has `kept` of it.
void truncate(Lineage& log, const std::vector<std::int64_t>& kept, const World& w) {
  for (std::size_t shard = 0; shard < kept.size(); ++shard)
    log.epochs[shard].resize(static_cast<std::size_t>(kept[shard]));
  std::erase_if(log.records, [&](const auto& entry) {
    const measure::CommitFact& record = w.result.commits[entry.second];
    return record.position > kept[record.shard];
  });
}

void lead(World& w, plan::LogId id, plan::LocationId next, bool copy_first) {
  LogState& s = w.logs.states[id.index()];
  LogPlace& place = s.places[next.index()];
  if (next == s.leader || !place.member || !place.up || place.empty) return;
  LogPlace& old = s.places[s.leader.index()];
  const std::vector<std::int64_t> kept = place.received;
  Deposed deposed{s.leader, s.log, kept, kept};
  if (old.empty) truncate(deposed.log, kept, w);
  s.deposed.push_back(std::move(deposed));
  truncate(s.log, kept, w);
  place.applied = kept;
  if (!old.empty) old.received = old.applied = old.heard = kept;
  for (LogPlace& p : s.places) {
    for (auto* positions : {&p.received, &p.applied, &p.heard, &p.copy_until}) {
      for (std::size_t shard = 0; shard < positions->size(); ++shard)
        (*positions)[shard] = std::min((*positions)[shard], kept[shard]);
    }
  }
  old.copy_first = copy_first;
  old.fence_from.reset();
  place.copy_first = place.asynchronous = false;
  place.fence_from.reset();
  place.leader_seen = next;
  s.leader = next;
  ++s.epoch;
  for (std::size_t shard = 0; shard < kept.size(); ++shard)
    tell(w, id, LogEventKind::kLeads, next, shard, kept[shard]);
  turn_views(w, id, false);
}

void fence(World& w, const plan::Turn& turn) {
  LogState& s = w.logs.states[turn.target];
  for (LogPlace& place : s.places) {
    if (place.leader_seen != s.leader) place.fence_from = turn.location.valid() ? turn.location : s.leader;
  }
  turn_views(w, plan::LogId(turn.target), turn.value != 0.0);
}

void reconcile(World& w, plan::LogId id) {
  LogState& s = w.logs.states[id.index()];
  for (Deposed& d : s.deposed) {
    const bool seen =
        d.place == s.leader || (passes(w, d.place, s.leader, false) && passes(w, s.leader, d.place, false));
    if (!seen || !s.places[d.place.index()].up) continue;
    for (std::size_t shard = 0; shard < d.merged.size(); ++shard) {
      const std::vector<std::uint32_t>& epochs = d.log.epochs[shard];
      for (std::int64_t& at = d.merged[shard]; at < d.log.size(shard);) {
        // The records of one epoch.
        const std::uint32_t epoch = epochs[static_cast<std::size_t>(at)];
        while (at < d.log.size(shard) && epochs[static_cast<std::size_t>(at)] == epoch) ++at;
        tell(w, id, LogEventKind::kReconciled, d.place, shard, at);
        w.result.log_events.back().epoch = epoch;
      }
    }
  }
}

/// What a place had of a shard beside the log is gone.
void forget(LogState& s, plan::LocationId place, std::size_t shard) {
  for (Deposed& d : s.deposed) {
    if (d.place == place) d.log.epochs[shard].resize(static_cast<std::size_t>(d.kept[shard]));
  }
}

void destroy(World& w, plan::LogId id, plan::LocationId where) {
  LogState& s = w.logs.states[id.index()];
  LogPlace& place = s.places[where.index()];
  if (!place.member) return;
  tell(w, id, LogEventKind::kDestroyed, where);
  place.empty = true;
  place.copy_until.clear();
  for (std::size_t shard = 0; shard < place.received.size(); ++shard) {
    forget(s, where, shard);
    place.received[shard] = place.applied[shard] = place.heard[shard] = 0;
    place.copy_until.push_back(s.log.size(shard));
  }
}

void reseed(World& w, plan::LogId id, plan::LocationId where) {
  LogState& s = w.logs.states[id.index()];
  LogPlace& place = s.places[where.index()];
  if (!place.member || !place.up || where == s.leader || place.leader_seen == where) return;
  for (std::size_t shard = 0; shard < place.received.size(); ++shard) {
    forget(s, where, shard);
    place.received[shard] = place.applied[shard] = s.log.size(shard);
    tell(w, id, LogEventKind::kReseeded, where, shard, s.log.size(shard));
  }
  place.empty = false;
}

bool instance_up(const World& w, plan::InstanceId i) { return !w.down(i) && !w.paused(i); }

bool replica_up(const World& w, plan::ComponentId id, plan::LocationId where) {
  if (w.effects.any(Knob::kLocationDown, where.value)) return false;
  const plan::Component& c = w.plan.components[id.index()];
  for (std::uint32_t i = c.first_instance; i < c.first_instance + c.replicas; ++i) {
    const plan::InstanceId instance(i);
    if (w.plan.instances[i].location == where && instance_up(w, instance)) return true;
  }
  return false;
}

/// The call sites that a program and its branches may pass.
void sites_of(const plan::Plan& plan, plan::ProgramId id, std::set<std::uint32_t>& sites) {
  const plan::Program& program = plan.programs[id.index()];
  for (std::uint32_t i = program.first; i < program.first + program.count; ++i) {
    const plan::Step& step = plan.steps[i];
    if (step.kind == plan::StepKind::kCall || step.kind == plan::StepKind::kEmit) sites.insert(step.target);
    for (std::uint32_t b = 0; step.kind == plan::StepKind::kFork && b < step.arg; ++b)
      sites_of(plan, plan.fork_branches[step.target + b], sites);
  }
}

/// Is there a caller with work who can ask and be answered? True where nobody ever calls.
bool can_be_called(const World& w, plan::ComponentId id, plan::LocationId where) {
  const auto reaches = [&](plan::LocationId from) {
    return passes(w, from, where, false) && passes(w, where, from, false);
  };
  bool any_caller = false;
  for (const plan::CallSite& site : w.plan.calls) {
    if (site.target != id || !site.caller.valid()) continue;
    any_caller = true;
    const plan::Component& caller = w.plan.components[site.caller.index()];
    for (std::uint32_t i = caller.first_instance; i < caller.first_instance + caller.replicas; ++i) {
      const plan::Instance& instance = w.plan.instances[i];
      const bool works = instance_up(w, plan::InstanceId(i)) && weight_of(w, instance) > 0.0 &&
                         !w.effects.any(Knob::kInstanceOut, i);
      if (works && reaches(instance.location)) return true;
    }
  }
  for (const plan::Operation& operation : w.plan.operations) {
    std::set<std::uint32_t> sites;
    sites_of(w.plan, operation.program, sites);
    for (const std::uint32_t site : sites) {
      if (w.plan.calls[site].target != id) continue;
      any_caller = true;
      if (reaches(operation.from)) return true;
    }
  }
  return !any_caller;
}

}  // namespace

void start_logs(World& w) {
  for (std::size_t l = 0; l < w.plan.logs.size(); ++l) {
    const plan::LogId id(l);
    const LogState& s = w.logs.states[l];
    for (const plan::LocationId member : w.plan.logs[l].members()) {
      tell(w, id, LogEventKind::kUp, member);
      for (std::size_t shard = 0; shard < w.plan.logs[l].shards; ++shard) {
        const bool leads = member == s.leader;
        const std::int64_t position = leads ? s.log.size(shard) : s.places[member.index()].applied[shard];
        if (leads) tell(w, id, LogEventKind::kLeads, member, shard, position);
        if (position > 0) tell(w, id, LogEventKind::kApplied, member, shard, position);
      }
    }
  }
  look_at_logs(w);
}

void log_impulse(World& w, const plan::Turn& turn) {
  const plan::LogId log(turn.target);
  switch (turn.impulse) {
    case Impulse::kLead:
      return lead(w, log, plan::LocationId(static_cast<std::size_t>(turn.value)), turn.position != 0);
    case Impulse::kFence: return fence(w, turn);
    case Impulse::kApply: return receive(w, turn, true);
    case Impulse::kReceive: return receive(w, turn, false);
    case Impulse::kHear: return hear(w, turn);
    case Impulse::kInStep: return in_step(w, turn);
    case Impulse::kReconcile: return reconcile(w, log);
    case Impulse::kDestroy: return destroy(w, log, turn.location);
    case Impulse::kReseed: return reseed(w, log, turn.location);
    case Impulse::kReset:
    case Impulse::kRestart:
    case Impulse::kFlush: return;
  }
}

void look_at_logs(World& w) {
  for (std::size_t l = 0; l < w.plan.logs.size(); ++l) {
    const plan::LogId id(l);
    const plan::Log& log = w.plan.logs[l];
    LogState& s = w.logs.states[l];
    const bool paused = w.effects.any(Knob::kLogPaused, id.value);
    if (paused != s.paused) tell(w, id, paused ? LogEventKind::kPaused : LogEventKind::kResumed, s.leader);
    s.paused = paused;
    for (const plan::LocationId member : log.members()) {
      LogPlace& place = s.places[member.index()];
      const bool up = replica_up(w, log.component, member);
      if (up != place.up) tell(w, id, up ? LogEventKind::kUp : LogEventKind::kDown, member);
      place.up = up;
      const bool reachable = can_be_called(w, log.component, member);
      if (reachable != place.reachable)
        tell(w, id, reachable ? LogEventKind::kReachable : LogEventKind::kCutOff, member);
      place.reachable = reachable;
    }
    turn_views(w, id, false);
  }
}

}  // namespace twinvoice::referee
