// The actors besides requests: sources, users, lives, the list of turns, and the one that ends the run.
#include <algorithm>
#include <deque>
#include <memory>
#include <simgrid/s4u/Actor.hpp>
#include <tuple>

#include "sim/plan/schedule.hpp"
#include "sim/random/standard.hpp"
#include "sim/referee/arrivals.hpp"
#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using plan::Rung;

/// Effects of lives, apart from those of faults and procedures.
constexpr std::uint32_t kLifeEffects = 1U << 25U;

Due arrival_due(Nanos at_ns, std::uint32_t source, std::uint64_t ordinal) {
  return {at_ns, static_cast<int>(Rung::kArrive), source, ordinal, 0};
}

void submit(World& w, plan::SourceId id, std::uint64_t instant) {
  const std::uint32_t batch = std::max(1U, w.plan.sources[id.index()].batch);
  for (std::uint32_t i = 0; i < batch; ++i) w.arrive(id, instant * batch + i, nullptr);
}

void run_poisson(World& w, Participant& self, plan::SourceId id) {
  const plan::Source& source = w.plan.sources[id.index()];
  const random::Key gap = random::purpose_of("source", "gap");
  const random::Key accept = random::purpose_of("source", "accept");
  const auto factor = [&] { return w.effects.product(plan::Knob::kSourceRate, id.value); };
  RateWalk walk(source);
  std::uint64_t instant = 0;
  for (std::uint64_t candidate = 0;; ++candidate) {
    const random::Key frame = random::root_frame(source.name_key, candidate);
    random::Draws draws(w.stream, gap, frame);
    walk.start(random::standard_exponential(draws));
    for (bool due = false; !due;) {
      const double held = factor();
      const Nanos at_ns = walk.due_ns(held, w.plan.end_ns());
      due = at_ns <= w.now() || w.arbiter.wait(self, arrival_due(at_ns, id.value, candidate));
      walk.advance(held, w.now());
    }
    if (source.sinusoid && !(w.uniform(accept, frame, 0) < acceptance(source, w.now()))) continue;
    submit(w, id, instant++);
  }
}

void run_timetable(World& w, Participant& self, plan::SourceId id) {
  const plan::Source& source = w.plan.sources[id.index()];
  const bool trace = source.kind == plan::SourceKind::kTrace;
  const std::uint64_t count = trace ? source.times_ns.size() : source.count;
  for (std::uint64_t k = 0; k < count; ++k) {
    const Nanos at_ns =
        trace ? source.times_ns[k] : source.first_at_ns + static_cast<Nanos>(k) * source.interval_ns;
    if (at_ns >= w.plan.end_ns()) return;
    w.arbiter.wait(self, arrival_due(at_ns, id.value, k));
    submit(w, id, k);
  }
}

void run_user(World& w, Participant& self, plan::SourceId id, std::uint32_t user) {
  const plan::Source& source = w.plan.sources[id.index()];
  const random::Key think = random::purpose_of("source", "think");
  for (std::uint64_t cycle = 0;; ++cycle) {
    const std::uint64_t ordinal = cycle * source.users + user;
    const random::Key frame = random::root_frame(source.name_key, ordinal);
    const Nanos at_ns = World::later(w.now(), w.sample_ns(source.think, think, frame, 0));
    w.arbiter.wait(self, arrival_due(at_ns, id.value, ordinal));
    w.arrive(id, ordinal, &self);
    w.arbiter.wait(self, {});
  }
}

void start_source(World& w, plan::SourceId id) {
  const plan::Source& source = w.plan.sources[id.index()];
  if (source.kind == plan::SourceKind::kClosed) {
    for (std::uint32_t user = 0; user < source.users; ++user) {
      const auto self = std::make_shared<Participant>();
      Participant* const who = self.get();
      w.spawn(self, [&w, who, id, user] { run_user(w, *who, id, user); });
    }
    return;
  }
  const auto self = std::make_shared<Participant>();
  Participant* const who = self.get();
  if (source.kind == plan::SourceKind::kPoisson) {
    w.sources[id.index()] = who;
    w.spawn(self, [&w, who, id] { run_poisson(w, *who, id); });
  } else {
    w.spawn(self, [&w, who, id] { run_timetable(w, *who, id); });
  }
}

/// Repair crews: who waits longest for one gets the next that is free.
struct Crews {
  struct Group {
    std::uint32_t free = 0;
    std::deque<Participant*> waiting;
  };
  std::vector<Group> groups;
};

plan::Turn turn_of(const World& w, const plan::LifeTarget& t, std::uint32_t index, plan::TurnOp op,
                   Rung rung) {
  plan::Turn turn;
  turn.at_ns = w.now();
  turn.rung = rung;
  turn.op = op;
  turn.target = t.target;
  turn.effect = kLifeEffects + index;
  turn.knob = t.is_link                                ? plan::Knob::kLinkDown
              : t.in_service == plan::InService::kLose ? plan::Knob::kInstanceDown
                                                       : plan::Knob::kInstancePaused;
  return turn;
}

/// A failure: all that it strikes is down before any of it loses its work.
void fail_life(World& w, std::uint32_t index) {
  const plan::Life& life = w.plan.lives[index];
  plan::each_target(life, [&](const plan::LifeTarget& t) {
    apply(w, turn_of(w, t, index, plan::TurnOp::kBegin, Rung::kFault));
  });
  plan::each_target(life, [&](const plan::LifeTarget& t) {
    if (t.is_link || t.in_service == plan::InService::kResume) return;
    plan::Turn turn = turn_of(w, t, index, plan::TurnOp::kImpulse, Rung::kFault);
    turn.impulse = t.in_service == plan::InService::kLose ? plan::Impulse::kReset : plan::Impulse::kRestart;
    apply(w, turn);
  });
}

/// A repair: one after another, each with all that it makes ready where work stood still.
void repair_life(World& w, Participant& self, std::uint32_t index, std::uint64_t n) {
  std::size_t left = w.plan.lives[index].with.size();
  plan::each_target(w.plan.lives[index], [&](const plan::LifeTarget& t) {
    apply(w, turn_of(w, t, index, plan::TurnOp::kEnd, Rung::kRepair));
    if (left-- > 0 && !t.is_link && t.in_service != plan::InService::kLose)
      w.arbiter.wait(self, {w.now(), static_cast<int>(Rung::kRepair), index, n, 0});
  });
}

void run_life(World& w, Participant& self, std::uint32_t index, Crews& crews) {
  const plan::Life& life = w.plan.lives[index];
  const random::Key fails = random::purpose_of("life", "fails");
  const random::Key repairs = random::purpose_of("life", "repairs");
  const auto until = [&](plan::LawId law, random::Key purpose, std::uint64_t n, Rung rung) {
    const Nanos span_ns = w.sample_ns(law, purpose, random::root_frame(life.name_key, n), 0);
    w.arbiter.wait(self, {World::later(w.now(), span_ns), static_cast<int>(rung), index, n, 0});
  };
  const bool has_crew = life.crew != Id<void>::kNone;
  for (std::uint64_t n = 0;; ++n) {
    until(life.fails, fails, n, Rung::kFault);
    fail_life(w, index);
    if (has_crew) {
      Crews::Group& group = crews.groups[life.crew];
      if (group.free > 0) {
        --group.free;
      } else {
        group.waiting.push_back(&self);
        w.arbiter.wait(self, {});
      }
    }
    until(life.repairs, repairs, n, Rung::kRepair);
    repair_life(w, self, index, n);
    if (!has_crew) continue;
    Crews::Group& group = crews.groups[life.crew];
    if (group.waiting.empty()) {
      ++group.free;
    } else {
      w.arbiter.make_ready(*group.waiting.front());
      group.waiting.pop_front();
    }
  }
}

void start_lives(World& w) {
  const auto crews = std::make_shared<Crews>();
  for (const plan::Crew& crew : w.plan.crews) crews->groups.push_back({crew.size, {}});
  for (std::uint32_t i = 0; i < w.plan.lives.size(); ++i) {
    const auto self = std::make_shared<Participant>();
    Participant* const who = self.get();
    w.spawn(self, [&w, who, i, crews] { run_life(w, *who, i, *crews); });
  }
}

/// Work that stands at the stations before anybody arrives: frames of no request, which only visit.
void start_initial_jobs(World& w) {
  for (const plan::InitialJobs& row : w.plan.initial.jobs) {
    const plan::Station& station = w.plan.stations[row.station.index()];
    const plan::Instance& instance = w.plan.instances[station.instance.index()];
    for (std::uint32_t k = 0; k < row.jobs; ++k) {
      const auto job = std::make_shared<Frame>();
      job->request = &w.nobody;
      job->hash = random::root_frame(random::hash_name(station.name), k);
      job->component = instance.component;
      job->instance = station.instance;
      job->ordinal = instance.ordinal;
      job->location = instance.location;
      job->arrived = true;
      const Nanos demand_ns = w.sample_ns(row.law, row.purpose, job->hash, 0);
      Frame* const frame = job.get();
      w.instances[station.instance.index()].frames.insert(frame);
      w.spawn(job, [&w, frame, demand_ns, id = row.station] {
        serve_initial(w, *frame, w.stations[id.index()], demand_ns);
        w.instances[frame->instance.index()].frames.erase(frame);
      });
    }
  }
}

void start_turns(World& w, const std::vector<plan::Turn>& recorded) {
  const std::vector<Nanos> begins_ns = plan::fault_begins(w.plan, w.stream, w.replication);
  for (std::size_t i = 0; i < begins_ns.size(); ++i)
    w.result.faults.push_back({begins_ns[i], plan::fault_end(w.plan.faults[i], begins_ns[i])});
  auto turns = std::make_shared<std::vector<plan::Turn>>(plan::turns_of(w.plan, begins_ns));
  turns->insert(turns->end(), recorded.begin(), recorded.end());
  std::stable_sort(turns->begin(), turns->end(), [](const plan::Turn& a, const plan::Turn& b) {
    return std::tuple(a.at_ns, a.rung) < std::tuple(b.at_ns, b.rung);
  });
  const auto self = std::make_shared<Participant>();
  Participant* const who = self.get();
  w.spawn(self, [&w, who, turns] {
    for (const plan::Turn& turn : *turns) {
      if (turn.at_ns >= w.plan.end_ns()) return;
      w.arbiter.wait(*who, {turn.at_ns, static_cast<int>(turn.rung), 0, 0, 0});
      apply(w, turn);
    }
  });
}

void start_end(World& w) {
  const auto self = std::make_shared<Participant>();
  w.end = self.get();
  w.spawn(self, [&w] {
    const bool whole = w.arbiter.wait(*w.end, {w.plan.horizon_ns, kBeforeAll, 0, 0, 0});
    for (Station& s : w.stations) close_station(w, s);
    w.result.ended_ns = w.now();
    const std::vector<StationRecord> stations = w.result.stations;
    w.measured = true;
    if (whole && w.followed > 0 && w.plan.follow_ns > 0)
      w.arbiter.wait(*w.end, {w.plan.end_ns(), kBeforeAll, 0, 0, 0});
    w.result.stations = stations;
    w.result.followed_to_ns = w.now();
    w.stopping = true;
    simgrid::s4u::Actor::kill_all();
  });
}

}  // namespace

void populate(World& w, const std::vector<plan::Turn>& recorded_turns) {
  for (Station& s : w.stations) replica_changed(w, s);
  start_end(w);
  start_logs(w);
  start_turns(w, recorded_turns);
  start_lives(w);
  hold_initial_tokens(w);
  preconnect(w);
  start_initial_jobs(w);
  for (std::size_t s = 0; s < w.plan.sources.size(); ++s) start_source(w, plan::SourceId(s));
}

}  // namespace twinvoice::referee
