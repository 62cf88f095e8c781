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

/// min(cap, floor(servers x factor)).
double servers(const World& w, const Station& s) {
  const plan::Station& d = declared(w, s);
  double c = d.servers == plan::kUnlimited ? HUGE_VAL : static_cast<double>(d.servers);
  const double factor = w.effects.product(plan::Knob::kStationServers, s.id);
  if (std::isfinite(c)) c = std::floor(c * factor);
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
  w.result.stations[s.id].busy_ns += elapsed_ns * static_cast<Nanos>(s.serving.size());
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

/// An urgent arrival takes the server of the least urgent job, if that one is less urgent.
bool preempt_for(World& w, Station& s, const Job& urgent) {
  const auto victim = std::max_element(s.serving.begin(), s.serving.end(), [](const Job* a, const Job* b) {
    return std::pair(a->priority, a->start_order) < std::pair(b->priority, b->start_order);
  });
  if (victim == s.serving.end() || (*victim)->priority <= urgent.priority) return false;
  Job& job = **victim;
  advance(w, s);
  s.serving.erase(victim);
  job.in_service = false;
  job.done_ns = kNever;
  job.frame->activity = job.frame->activity == Activity::kService ? Activity::kQueue : job.frame->activity;
  w.arbiter.rearm(*job.frame, kNever, plan::Rung::kTimeout);
  enqueue(w, s, job, true);
  retime(w, s, nullptr);
  return true;
}

void drop_oldest(World& w, Station& s) {
  // The oldest is the one that came first, whatever the discipline serves first.
  const auto oldest = std::min_element(s.waiting.begin(), s.waiting.end(),
                                       [](const Job* a, const Job* b) { return a->arrival < b->arrival; });
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
    const bool nobody_to_drop = d.on_full == plan::OnFull::kDropOldest && s.waiting.empty();
    if (d.on_full == plan::OnFull::kReject || nobody_to_drop)
      throw Failure{w.here(f, plan::Reason::kQueueFull)};
    if (d.on_full == plan::OnFull::kDropOldest) drop_oldest(w, s);
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

}  // namespace

void serve(World& w, Frame& f, const plan::Step& step) {
  const bool one_for_all = (step.flags & plan::kPerRequest) != 0;
  Station& s = w.stations[step.target + (one_for_all ? 0 : f.ordinal)];
  StationRecord& record = w.result.stations[s.id];
  ++record.arrivals;
  if (declared(w, s).servers != plan::kUnlimited) w.touch(s.last);
  Visit visit{w, s, {}};
  Job& job = visit.job;
  job.frame = &f;
  job.arrival = record.arrivals;
  job.priority = f.request->priority;
  job.demand_ns = w.sample_ns(step.law, step.purpose, f.hash, index_base(f));
  job.remaining_ns = static_cast<double>(job.demand_ns);

  Nanos patience_ends_ns = kNever;
  const bool preempting = declared(w, s).discipline == Discipline::kPriorityPreemptive;
  if (shares(w, s) || has_free_server(w, s) || (preempting && preempt_for(w, s, job))) {
    if (f.deadline_ns <= w.now()) throw Failure{w.here(f, plan::Reason::kDeadline)};
    start(w, s, job);
  } else {
    patience_ends_ns = join_queue(w, s, job);
  }
  while (!job.in_service || w.now() < job.done_ns) {
    const Nanos until_ns = job.in_service ? job.done_ns : patience_ends_ns;
    const auto rung = job.in_service ? plan::Rung::kComplete : plan::Rung::kTimeout;
    const bool due = w.wait(f, job.in_service ? Activity::kService : Activity::kQueue, until_ns, rung);
    if (job.in_service) patience_ends_ns = kNever;
    if (due && !job.in_service) throw Failure{w.here(f, plan::Reason::kQueueWait)};
  }
  if (declared(w, s).servers != plan::kUnlimited) w.touch(s.last);
  ++record.completions;
}

void station_changed(World& w, Station& s) {
  advance(w, s);
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
