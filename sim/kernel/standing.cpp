// Waits at a replica that stands still. What arrives there joins its station when it goes on; it has waited for that station since
// it arrived, as it would have in the queue of a replica without servers.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

/// Since when a frame that goes on after a pause has waited for station `s`: since it began to stand still, at the stations of the
/// replica that did. Asked once, when it joins the first one.
Nanos Engine::stood_since(std::uint32_t s) {
  const plan::InstanceId instance = plan_.stations[s].instance;
  const bool there = instance.valid() && frames_[stood_frame_].instance == instance.value;
  stood_frame_ = kNil;
  if (!there) return now_;
  count_stood(stations_[s], stood_since_ns_);
  return stood_since_ns_;
}

/// One more waited in front of the station from `since_ns` to now.
void Engine::count_stood(Station& station, Nanos since_ns) {
  station.queued_time.come(std::max(since_ns, warm_up_ns_));
  station.queued_time.go(counted_ns_);
  ++station.stood;
}

/// Counts those who have arrived at a paused replica and will not join a station before it is killed or the books are closed: each at
/// the first station of its way.
void Engine::count_arrived(std::uint32_t instance) {
  for (const Deferred& d : deferred_) {
    const Frame& frame = frames_[d.frame];
    if (d.instance != instance || frame.hash != d.hash || frame.instance != instance) continue;
    const bool arrived = d.key == EventList::kNone || frame.state == FrameState::kTransit;
    if (!arrived || frame.state == FrameState::kFree || (frame.flags & kReplySent) != 0) continue;
    const plan::Program& program = plan_.programs[extra_[d.frame].program];
    for (std::uint32_t pc = frame.pc; pc < program.first + program.count; ++pc) {
      const plan::Step& step = plan_.steps[pc];
      if (step.kind != plan::StepKind::kServe) continue;
      count_stood(
          stations_[step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : caller_ordinal(d.frame))],
          d.since_ns);
      break;
    }
  }
}

/// Before and after those who stood still are counted: the longest queue holds them and those who were in the queue.
void Engine::begin_stood(std::uint32_t instance) {
  for (std::uint32_t i = stations_first_[instance]; i < stations_first_[instance + 1]; ++i)
    stations_[stations_of_[i]].stood = stations_[stations_of_[i]].queued;
}

void Engine::end_stood(std::uint32_t instance) {
  for (std::uint32_t i = stations_first_[instance]; i < stations_first_[instance + 1]; ++i) {
    Station& station = stations_[stations_of_[i]];
    if (now_ > warm_up_ns_) station.max_queued = std::max(station.max_queued, station.stood);
  }
}

}  // namespace twinvoice::kernel
