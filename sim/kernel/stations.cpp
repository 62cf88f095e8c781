// Stations whose jobs each run at the station's speed: FIFO, LIFO, priority, with and without preemption.
#include <algorithm>

#include "sim/kernel/visit.hpp"

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

/// A frame that found every server busy: it pushes another out, waits in line or is turned away.
void Engine::wait_for_server(std::uint32_t f, std::uint32_t s) {
  Station& station = stations_[s];
  const bool counted = now_ >= warm_up_ns_;
  if (station.discipline == plan::Discipline::kPriorityPreemptive && extra_[f].deadline_ns > now_ &&
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
  enter_queue(station);
  if (counted) {
    ++station.waited;
    station.max_queued = std::max(station.max_queued, station.queued);
  }
  if (fixed.patience.valid()) arm_wait(f, fixed.patience, fixed.patience_purpose);
}

void Engine::enter_queue(Station& station) {
  observe_change(station);
  ++station.queued;
  station.queued_time.come(counted_ns_);
}

void Engine::leave_queue(Station& station) {
  observe_change(station);
  --station.queued;
  station.queued_time.go(counted_ns_);
}

/// Books the time since the last change with the number of jobs present, before that number changes.
void Engine::count_occupancy(Station& station) {
  Observation& observation = observations_[station.observation];
  const Nanos from = std::max(observation.last_ns, warm_up_ns_);
  if (now_ > from) {
    const std::size_t most = observation.occupancy.size() - 1;
    observation.occupancy[std::min<std::size_t>(station.busy + station.queued, most)] += now_ - from;
  }
  observation.last_ns = now_;
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

std::uint32_t Engine::take_next(Station& station) {
  for (List& list : station.queue) {
    if (list.head == kNil) continue;
    const std::uint32_t f = station.discipline == plan::Discipline::kLifo ? list.tail : list.head;
    unlink(list, f);
    leave_queue(station);
    return f;
  }
  return kNil;
}

void Engine::start_waiting(std::uint32_t s) {
  Station& station = stations_[s];
  while (station.queued > 0 && station.busy < station.servers) {
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
  enter_queue(station);
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
  if (station.shared) shared_advance(s);
  const plan::InstanceId instance = plan_.stations[s].instance;
  if (instance.valid()) count_presence(instance.value);
  presences_[s].in_force.go(counted_ns_, station.servers);
  presences_[s].in_force.come(counted_ns_, servers);
  station.crowded_time.go(counted_ns_, crowd(station));
  station.full_time.go(counted_ns_, is_full(station));
  station.servers = servers;
  station.crowded_time.come(counted_ns_, crowd(station));
  station.full_time.come(counted_ns_, is_full(station));
  if (station.shared) shared_rearm(s);
  start_waiting(s);
}

}  // namespace twinvoice::kernel
