// A visit to a station: joining it, being served, leaving. Inlined, for every hop passes here.
#pragma once

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

inline void Engine::leave_service(std::uint32_t f, std::uint32_t s) {
  Station& station = stations_[s];
  observe_change(station);
  --station.busy;
  station.busy_time.go(counted_ns_);
  frames_[f].due_ns = kNever;
  if (station.shared) {
    shared_leave(f, s);
  } else if (station.discipline == plan::Discipline::kPriorityPreemptive) {
    unlink(station.serving, f);
  }
}

[[gnu::always_inline]] inline void Engine::start_service(std::uint32_t f, std::uint32_t s) {
  Station& station = stations_[s];
  FrameExtra& extra = extra_[f];
  const Nanos waited_ns = now_ - extra.entered_ns;
  if (now_ >= warm_up_ns_ && extra.started_ns == kNever) {
    ++station.started;
    if (waited_ns != 0) station.wait_ns += waited_ns;
    if (station.observed) [[unlikely]]
      observations_[station.observation].waits.record(waited_ns);
  }
  observe_change(station);
  ++station.busy;
  station.busy_time.come(counted_ns_);
  frames_[f].state = FrameState::kServing;
  if (station.shared) return shared_join(f, s);
  if (station.discipline == plan::Discipline::kPriorityPreemptive) append(station.serving, f);
  resume_service(f, s);
}

[[gnu::always_inline]] inline void Engine::join_station(std::uint32_t f, std::uint32_t s, Nanos demand_ns) {
  Station& station = stations_[s];
  const bool counted = now_ >= warm_up_ns_;
  if (counted) ++station.arrivals;
  FrameExtra& extra = extra_[f];
  extra.place = s;
  extra.entered_ns = f == stood_frame_ ? stood_since(s) : now_;
  extra.demand_ns = demand_ns;
  extra.remaining_ns = demand_ns;
  extra.started_ns = kNever;
  if (station.busy < station.servers || station.discipline == plan::Discipline::kProcessorSharing) {
    if (extra.deadline_ns <= now_) [[unlikely]]
      return fail(f, here(f, plan::Reason::kDeadline));
    if (counted && extra.entered_ns != now_) [[unlikely]]
      ++station.waited;
    return start_service(f, s);
  }
  wait_for_server(f, s);
}

[[gnu::always_inline]] inline bool Engine::serve(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t s = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : caller_ordinal(f));
  ++counts_.hops;
  join_station(f, s, step.law.valid() ? sample(step.law, step.purpose, frames_[f]) : 0);
  return false;
}

[[gnu::always_inline]] inline void Engine::service_done(std::uint32_t f) {
  const std::uint32_t s = extra_[f].place;
  Station& station = stations_[s];
  leave_service(f, s);
  if (now_ >= warm_up_ns_) {
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

}  // namespace twinvoice::kernel
