#include "sim/referee/stations.hpp"

#include <algorithm>
#include <cmath>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using plan::Discipline;

const plan::Station& declared(const World& w, const Station& s) { return w.plan.stations[s.id]; }

bool shares(const World& w, const Station& s) {
  return declared(w, s).discipline == Discipline::kProcessorSharing;
}

bool by_priority(const plan::Station& d) {
  return d.discipline == Discipline::kPriority || d.discipline == Discipline::kPriorityPreemptive;
}

/// min(cap, floor(servers x factor)). A share of 29 % of 100 is 29, whatever binary fractions make of it.
double servers(const World& w, const Station& s) {
  const plan::Station& d = declared(w, s);
  double c = d.servers == plan::kUnlimited ? HUGE_VAL : static_cast<double>(d.servers);
  const double factor = w.effects.product(plan::Knob::kStationServers, s.id);
  if (std::isfinite(c)) c = std::floor(c * factor + 1e-9);
  return w.effects.minimum(plan::Knob::kStationCap, s.id, c);
}

/// Speed of every job in service now.
double speed_now(const World& w, const Station& s) {
  const plan::Station& d = declared(w, s);
  const std::size_t n = s.serving.size();
  if (n == 0) return 1.0;
  if (w.paused(d.instance)) return 0.0;
  double speed = w.effects.product(plan::Knob::kStationSpeed, s.id);
  if (!d.speed_by_load.empty()) speed *= d.speed_by_load[std::min(n, d.speed_by_load.size()) - 1];
  if (shares(w, s)) speed *= std::min(1.0, servers(w, s) / static_cast<double>(n));
  return speed;
}

/// Work done since the last update is taken off; busy time is counted.
void advance(World& w, Station& s) {
  const Nanos elapsed_ns = w.now() - s.updated_ns;
  s.updated_ns = w.now();
  if (elapsed_ns <= 0) return;
  StationRecord& record = w.result.stations[s.id];
  const auto busy = static_cast<Nanos>(std::min(s.sharers, static_cast<double>(s.serving.size())));
  const Nanos busy_ns = elapsed_ns * busy;
  const auto declared_servers = static_cast<Nanos>(declared(w, s).servers);
  if (busy >= declared_servers) record.full_ns += elapsed_ns;
  if (busy >= declared_servers && s.up) record.present_full_ns += elapsed_ns;
  if (s.present >= declared_servers) record.whole_ns += elapsed_ns;
  record.busy_ns += busy_ns;
  record.present_ns += elapsed_ns * s.present;
  if (s.up) record.present_busy_ns += busy_ns;
  const double done_ns = static_cast<double>(elapsed_ns) * s.speed;
  const double taken_ns = shares(w, s) ? done_ns : std::round(done_ns);
  for (Job* job : s.serving) job->remaining_ns = std::max(0.0, job->remaining_ns - taken_ns);
}

void set_due(World& w, const Station& s, Job& job) {
  const double left_ns = s.speed > 0.0 ? job.remaining_ns / s.speed : HUGE_VAL;
  const bool ends = left_ns < static_cast<double>(kLongestSpan);
  job.done_ns = ends ? w.now() + static_cast<Nanos>(std::llround(left_ns)) : kNever;
  w.arbiter.rearm(*job.frame, job.done_ns, plan::Rung::kComplete);
}

/// Sets the completion of everybody when the speed has changed, else only that of `fresh`.
void retime(World& w, Station& s, Job* fresh) {
  const double speed = speed_now(w, s);
  const bool all = speed != s.speed;
  s.speed = speed;
  if (shares(w, s)) s.sharers = servers(w, s);
  for (Job* job : s.serving) {
    if (all || job == fresh) set_due(w, s, *job);
  }
}

void start(World& w, Station& s, Job& job) {
  advance(w, s);
  job.in_service = true;
  job.start_order = s.starts++;
  if (job.frame->activity == Activity::kQueue) job.frame->activity = Activity::kService;
  s.serving.push_back(&job);
  retime(w, s, &job);
}

/// Puts a job where servers will find it: `front` of its class for one that was preempted.
void enqueue(const World& w, Station& s, Job& job, bool front) {
  const plan::Station& d = declared(w, s);
  auto at = s.waiting.end();
  if (d.discipline == Discipline::kLifo) {
    at = s.waiting.begin();
  } else if (by_priority(d)) {
    at = std::find_if(s.waiting.begin(), s.waiting.end(), [&](const Job* other) {
      return front ? other->priority >= job.priority : other->priority > job.priority;
    });
  }
  s.waiting.insert(at, &job);
}

bool has_free_server(const World& w, const Station& s) {
  return static_cast<double>(s.serving.size()) < servers(w, s);
}

/// Free servers take waiting jobs; those whose deadline has passed fail instead.
void fill(World& w, Station& s) {
  while (!s.waiting.empty() && has_free_server(w, s)) {
    Job* const job = s.waiting.front();
    s.waiting.pop_front();
    if (!job->frame->doom.none()) continue;
    if (job->frame->deadline_ns <= w.now()) {
      job->frame->doom = w.here(*job->frame, plan::Reason::kDeadline);
      w.arbiter.make_ready(*job->frame);
      continue;
    }
    start(w, s, *job);
  }
}

/// Takes the job out, wherever it is, and lets the next one start.
void remove(World& w, Station& s, Job& job) {
  advance(w, s);
  if (job.in_service) {
    job.in_service = false;
    s.serving.erase(std::find(s.serving.begin(), s.serving.end(), &job));
    retime(w, s, nullptr);
  } else {
    s.waiting.remove(&job);
  }
  fill(w, s);
}

/// Whom an urgent arrival preempts: the least urgent job in service, of those the one that started last. Null when that
/// one is as urgent itself, or when the station does not preempt.
Job* victim_of(const World& w, const Station& s, const Job& urgent) {
  if (declared(w, s).discipline != Discipline::kPriorityPreemptive) return nullptr;
  const auto victim = std::max_element(s.serving.begin(), s.serving.end(), [](const Job* a, const Job* b) {
    return std::pair(a->priority, a->start_order) < std::pair(b->priority, b->start_order);
  });
  return victim != s.serving.end() && (*victim)->priority > urgent.priority ? *victim : nullptr;
}

/// Back to the head of its class, whatever places there are, with the demand that remains.
void preempt(World& w, Station& s, Job& job) {
  advance(w, s);
  s.serving.erase(std::find(s.serving.begin(), s.serving.end(), &job));
  job.in_service = false;
  job.done_ns = kNever;
  if (job.frame->activity == Activity::kService) job.frame->activity = Activity::kQueue;
  w.arbiter.rearm(*job.frame, kNever, plan::Rung::kTimeout);
  enqueue(w, s, job, true);
  retime(w, s, nullptr);
}

/// Drops the oldest frame of the least urgent class that waits. Nobody goes for one who is less urgent: then it is the
/// newcomer who finds no place.
void make_room(World& w, Station& s, const Job& newcomer) {
  const bool classes = by_priority(declared(w, s));
  const auto rank = [&](const Job* j) { return std::pair(classes ? -int{j->priority} : 0, j->arrival); };
  const auto oldest = std::min_element(s.waiting.begin(), s.waiting.end(),
                                       [&](const Job* a, const Job* b) { return rank(a) < rank(b); });
  if (oldest == s.waiting.end() || (classes && (*oldest)->priority < newcomer.priority)) {
    throw Failure{w.here(*newcomer.frame, plan::Reason::kQueueFull)};
  }
  Frame& f = *(*oldest)->frame;
  s.waiting.erase(oldest);
  f.doom = w.here(f, plan::Reason::kQueueDropped);
  w.arbiter.make_ready(f);
}

/// The job has no server: it queues or is refused. Returns when its patience ends.
Nanos join_queue(World& w, Station& s, Job& job) {
  const plan::Station& d = declared(w, s);
  Frame& f = *job.frame;
  if (s.waiting.size() >= d.queue_places) {
    if (d.on_full == plan::OnFull::kReject) throw Failure{w.here(f, plan::Reason::kQueueFull)};
    if (d.on_full == plan::OnFull::kDropOldest) make_room(w, s, job);
  }
  enqueue(w, s, job, false);
  if (!d.patience.valid()) return kNever;
  return World::later(w.now(), w.sample_ns(d.patience, d.patience_purpose, f.hash, index_base(f)));
}

/// Leaves the station whatever ends the visit.
struct Visit {
  World& w;
  Station& s;
  Job job;
  ~Visit() {
    if (!w.stopping) remove(w, s, job);
  }
};

void arrive(World& w, Station& s, Frame& f, Job& job, Nanos demand_ns) {
  StationRecord& record = w.result.stations[s.id];
  ++record.arrivals;
  if (declared(w, s).servers != plan::kUnlimited) w.touch(s.last);
  job.frame = &f;
  job.arrival = record.arrivals;
  job.priority = f.request->priority;
  job.demand_ns = demand_ns;
  job.remaining_ns = static_cast<double>(demand_ns);
}

/// Waits for a server until the patience ends, and then for the completion.
void stay(World& w, Station& s, Job& job, Nanos patience_ends_ns) {
  while (!job.in_service || w.now() < job.done_ns) {
    const Nanos until_ns = job.in_service ? job.done_ns : patience_ends_ns;
    const auto rung = job.in_service ? plan::Rung::kComplete : plan::Rung::kTimeout;
    const bool due =
        w.wait(*job.frame, job.in_service ? Activity::kService : Activity::kQueue, until_ns, rung);
    if (job.in_service) patience_ends_ns = kNever;
    if (due && !job.in_service) throw Failure{w.here(*job.frame, plan::Reason::kQueueWait)};
  }
  if (declared(w, s).servers != plan::kUnlimited) w.touch(s.last);
  ++w.result.stations[s.id].completions;
}

}  // namespace

void serve(World& w, Frame& f, const plan::Step& step) {
  const bool one_for_all = (step.flags & plan::kPerRequest) != 0;
  Station& s = w.stations[step.target + (one_for_all ? 0 : f.ordinal)];
  Visit visit{w, s, {}};
  Job& job = visit.job;
  arrive(w, s, f, job, w.sample_ns(step.law, step.purpose, f.hash, index_base(f)));

  Nanos patience_ends_ns = kNever;
  const bool room = shares(w, s) || has_free_server(w, s);
  Job* const victim = room ? nullptr : victim_of(w, s, job);
  if (room || victim != nullptr) {
    if (f.deadline_ns <= w.now()) throw Failure{w.here(f, plan::Reason::kDeadline)};
    if (victim != nullptr) preempt(w, s, *victim);
    start(w, s, job);
  } else {
    patience_ends_ns = join_queue(w, s, job);
  }
  stay(w, s, job, patience_ends_ns);
}

void serve_initial(World& w, Frame& f, Station& s, Nanos demand_ns) {
  try {
    Visit visit{w, s, {}};
    arrive(w, s, f, visit.job, demand_ns);
    if (shares(w, s) || has_free_server(w, s)) {
      start(w, s, visit.job);
    } else {
      enqueue(w, s, visit.job, false);
    }
    stay(w, s, visit.job, kNever);
  } catch (const Failure&) {
    return;  // killed, or dropped for a newer one: nobody waits for it
  }
}

void replica_changed(World& w, Station& s) {
  advance(w, s);
  const plan::InstanceId replica = declared(w, s).instance;
  s.up = !w.down(replica) && !w.paused(replica);
  const double c = servers(w, s);
  s.present = s.up && std::isfinite(c) ? static_cast<Nanos>(c) : 0;
}

void station_changed(World& w, Station& s) {
  replica_changed(w, s);
  retime(w, s, nullptr);
  if (!shares(w, s)) fill(w, s);
}

void restart_service(World& w, Station& s) {
  advance(w, s);
  for (Job* job : s.serving) {
    job->remaining_ns = static_cast<double>(job->demand_ns);
    set_due(w, s, *job);
  }
}

void close_station(World& w, Station& s) { advance(w, s); }

}  // namespace twinvoice::referee
