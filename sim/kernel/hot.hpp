// The small functions that nearly every step passes, inlined into the files of the kernel.
#pragma once

#include <algorithm>

#include "sim/kernel/engine.hpp"

namespace twinvoice::kernel {

/// Whether the clock that rings has been reset since, or belonged to a frame that has ended.
inline bool Engine::is_dead(EventKey key) const {
  const std::uint32_t f = slot_of(key);
  const std::uint64_t clock_and_frame = low_of(key) & ~(7ULL << kRungShift);
  const std::uint64_t clock_alone = clock_and_frame ^ frames_[f].key_bits;
  if (clock_alone == 0) return frames_[f].due_ns != time_of(key);
  switch (clock_alone) {
    case bits_of(Clock::kTry): return extra_[f].try_due_ns != time_of(key);
    case bits_of(Clock::kCall): return extra_[f].call_due_ns != time_of(key);
    case bits_of(Clock::kHedge): return extra_[f].hedge_due_ns != time_of(key);
    default: return true;  // the slot has another frame by now
  }
}

[[gnu::always_inline]] inline void Engine::enqueue_ready(std::uint32_t f) {
  // An event wakes one frame nearly always.
  if (next_ready_ == kNil) [[likely]] {
    next_ready_ = f;
  } else {
    queue_behind(f);
  }
}

[[gnu::always_inline]] inline void Engine::ready(std::uint32_t f) {
  Frame& frame = frames_[f];
  if (frame.state == FrameState::kReady) return;
  frame.state = FrameState::kReady;
  enqueue_ready(f);
}

inline std::uint32_t Engine::caller_ordinal(std::uint32_t f) const {
  const std::uint32_t instance = frames_[f].instance;
  return instance == kNil ? 0 : instances_[instance].ordinal;
}

inline std::uint32_t Engine::location_of(std::uint32_t f) const { return extra_[f].location; }

/// Where what a call does now is counted.
inline measure::CallCounts& Engine::counted(std::uint32_t site) { return call_books_.at(site, now_); }

inline void Engine::observe_change(Station& station) {
  if (station.observed) [[unlikely]]
    count_occupancy(station);
}

inline void Engine::set_branched(Request& request) {
  branched_requests_ += request.branched ? 0U : 1U;
  request.branched = true;
}

}  // namespace twinvoice::kernel
