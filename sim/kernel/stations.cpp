// Stations whose jobs each run at the station's speed: FIFO, LIFO, priority, with and without preemption.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {
namespace {

/// Time that `demand_ns` takes at `speed`, to the nearest ns; kNever when stopped.
[[nodiscard]] Nanos stretched(Nanos demand_ns, double speed) {
  if (speed == 1.0) return demand_ns;
  if (speed <= 0.0) return kNever;
  const double ns = static_cast<double>(demand_ns) / speed + 0.5;
  return ns >= static_cast<double>(kLongestSpan) ? kLongestSpan : static_cast<Nanos>(ns);
}

}  // namespace

bool Engine::serve(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t s = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : caller_ordinal(f));
  ++counts_.hops;
  join_station(f, s, step.law.valid() ? sample(step.law, step.purpose, frames_[f]) : 0);
  return false;
}

void Engine::join_station(std::uint32_t f, std::uint32_t s, Nanos demand_ns) {
  Station& station = stations_[s];
  count_station(station);
  const bool counted = now_ >= plan_.warm_up_ns;
  if (counted) ++station.arrivals;
  FrameExtra& extra = extra_[f];
  extra.place = s;
  extra.entered_ns = now_;
  extra.demand_ns = demand_ns;
  extra.remaining_ns = demand_ns;
  extra.started_ns = kNever;
  const bool all_at_once = station.discipline == plan::Discipline::kProcessorSharing;
  if (station.busy < station.servers || (all_at_once && station.servers > 0)) {
    if (extra.deadline_ns <= now_) [[unlikely]]
      return fail(f, here(f, plan::Reason::kDeadline));
    return start_service(f, s);
  }
  if (station.discipline == plan::Discipline::kPriorityPreemptive && extra.deadline_ns > now_ &&
      preempt_for(f, s))
    return;
  const plan::Station& fixed = plan_.stations[s];
  if (station.queued >= fixed.queue_places) {
    if (fixed.on_full == plan::OnFull::kReject) {
      if (counted) ++station.rejected;
      return fail(f, here(f, plan::Reason::kQueueFull));
    }
    if (fixed.on_full == plan::OnFull::kDropOldest) {
      // The oldest of the least urgent class goes, never for a newcomer who is less urgent still.
      const auto least = std::find_if(station.queue.rbegin(), station.queue.rend(),
                                      [](const List& list) { return list.head != kNil; });
      const auto urgency =
          static_cast<std::size_t>(station.queue.rend() - least);  // its class + 1; 0: nobody
      const std::size_t mine = by_class(station) ? requests_[frames_[f].request].priority : 0;
      if (counted) ++station.rejected;
      if (urgency <= mine) return fail(f, here(f, plan::Reason::kQueueFull));
      fail(least->head, here(f, plan::Reason::kQueueDropped));
    } else if (counted) {
      ++station.blocked;
    }
  }
  Frame& frame = frames_[f];
  frame.state = FrameState::kQueued;
  append(station.queue[by_class(station) ? requests_[frame.request].priority : 0], f);
  ++station.queued;
  if (counted) {
    ++station.waited;
    station.max_queued = std::max(station.max_queued, station.queued);
  }
  if (fixed.patience.valid()) arm_wait(f, fixed.patience, fixed.patience_purpose);
}

void Engine::start_service(std::uint32_t f, std::uint32_t s) {
  Station& station = stations_[s];
  FrameExtra& extra = extra_[f];
  const Nanos waited_ns = now_ - extra.entered_ns;
  if (now_ >= plan_.warm_up_ns && extra.started_ns == kNever) {
    ++station.started;
    if (waited_ns != 0) station.wait_ns += waited_ns;
    if (station.observation != kNil) observations_[station.observation].waits.record(waited_ns);
  }
  ++station.busy;
  frames_[f].state = FrameState::kServing;
  if (station.shared) return shared_join(f, s);
  if (station.discipline == plan::Discipline::kPriorityPreemptive) append(station.serving, f);
  resume_service(f, s);
}

void Engine::resume_service(std::uint32_t f, std::uint32_t s) {
  FrameExtra& extra = extra_[f];
  extra.started_ns = now_;
  const Nanos takes_ns = stretched(extra.remaining_ns, stations_[s].speed);
  if (takes_ns == kNever) {
    frames_[f].due_ns = kNever;
  } else {
    set_primary(f, takes_ns, plan::Rung::kComplete);
  }
}

void Engine::service_done(std::uint32_t f) {
  const std::uint32_t s = extra_[f].place;
  Station& station = stations_[s];
  leave_service(f, s);
  if (now_ >= plan_.warm_up_ns) {
    ++station.completions;
    if (station.shared && extra_[f].demand_ns > 0) {
      const double slowdown =
          static_cast<double>(now_ - extra_[f].entered_ns) / static_cast<double>(extra_[f].demand_ns);
      station.slowdown_q32 += static_cast<Wide>(slowdown * 4294967296.0);
    }
  }
  ++frames_[f].pc;
  ready(f);
  if (station.queued != 0) start_waiting(s);
}

void Engine::leave_service(std::uint32_t f, std::uint32_t s) {
  Station& station = stations_[s];
  count_station(station);
  --station.busy;
  frames_[f].due_ns = kNever;
  if (station.shared) {
    shared_leave(f, s);
  } else if (station.discipline == plan::Discipline::kPriorityPreemptive) {
    unlink(station.serving, f);
  }
}

std::uint32_t Engine::take_next(Station& station) {
  for (List& list : station.queue) {
    if (list.head == kNil) continue;
    const std::uint32_t f = station.discipline == plan::Discipline::kLifo ? list.tail : list.head;
    unlink(list, f);
    --station.queued;
    return f;
  }
  return kNil;
}

void Engine::start_waiting(std::uint32_t s) {
  Station& station = stations_[s];
  const bool all_at_once = station.discipline == plan::Discipline::kProcessorSharing;
  while (station.queued > 0 && (station.busy < station.servers || (all_at_once && station.servers > 0))) {
    count_station(station);
    const std::uint32_t f = take_next(station);
    frames_[f].due_ns = kNever;
    if (extra_[f].deadline_ns <= now_) [[unlikely]] {
      frames_[f].state = FrameState::kDelayed;  // in no list any more
      fail(f, here(f, plan::Reason::kDeadline));
      continue;
    }
    start_service(f, s);
  }
}

bool Engine::preempt_for(std::uint32_t f, std::uint32_t s) {
  Station& station = stations_[s];
  const auto priority = [this](std::uint32_t g) { return requests_[frames_[g].request].priority; };
  std::uint32_t victim = kNil;
  for (std::uint32_t g = station.serving.head; g != kNil; g = frames_[g].next) {
    if (victim == kNil || priority(g) >= priority(victim)) victim = g;  // `serving` is in order of start
  }
  if (victim == kNil || priority(victim) <= priority(f)) return false;
  const double done = static_cast<double>(now_ - extra_[victim].started_ns) * station.speed;
  extra_[victim].remaining_ns =
      std::max<Nanos>(0, extra_[victim].remaining_ns - static_cast<Nanos>(done + 0.5));
  leave_service(victim, s);
  frames_[victim].state = FrameState::kQueued;
  prepend(station.queue[priority(victim)], victim);
  ++station.queued;
  start_service(f, s);
  return true;
}

void Engine::set_speed(std::uint32_t s, double speed) {
  Station& station = stations_[s];
  if (speed == station.speed) return;
  if (station.shared) {
    shared_advance(s);
    station.speed = speed;
    return shared_rearm(s);
  }
  const double old_speed = station.speed;
  station.speed = speed;
  if (station.busy == 0) return;
  for (std::uint32_t f = 0; f < frames_.size(); ++f) {
    if (frames_[f].state != FrameState::kServing || extra_[f].place != s) continue;
    const double done = static_cast<double>(now_ - extra_[f].started_ns) * old_speed;
    extra_[f].remaining_ns = std::max<Nanos>(0, extra_[f].remaining_ns - static_cast<Nanos>(done + 0.5));
    resume_service(f, s);
  }
}

void Engine::set_servers(std::uint32_t s, std::uint32_t servers) {
  Station& station = stations_[s];
  if (servers == station.servers) return;
  count_station(station);
  if (station.shared) shared_advance(s);
  station.servers = servers;
  if (station.shared) shared_rearm(s);
  start_waiting(s);
}

}  // namespace twinvoice::kernel
