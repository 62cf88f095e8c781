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

inline void Engine::ready(std::uint32_t f) {
  Frame& frame = frames_[f];
  if (frame.state == FrameState::kReady) return;
  frame.state = FrameState::kReady;
  enqueue_ready(f);
}

inline void Engine::enqueue_ready(std::uint32_t f) {
  // An event wakes one frame nearly always.
  if (next_ready_ == kNil) {
    next_ready_ = f;
    return;
  }
  if (ready_head_ == ready_tail_) {
    ready_head_ = 0;
    ready_tail_ = 0;
  }
  if (ready_tail_ == ready_.size()) [[unlikely]]
    ready_.resize(2 * ready_.size());
  ready_[ready_tail_++] = f;
}

inline std::uint32_t Engine::caller_ordinal(std::uint32_t f) const {
  const std::uint32_t instance = frames_[f].instance;
  return instance == kNil ? 0 : instances_[instance].ordinal;
}

inline std::uint32_t Engine::location_of(std::uint32_t f) const { return extra_[f].location; }

inline void Engine::count_station(Station& station) {
  const Nanos from = std::max(station.last_ns, plan_.warm_up_ns);
  if (now_ > from) {
    station.busy_ns += static_cast<Wide>(station.busy) * (now_ - from);
    if (station.queued != 0) station.queued_ns += static_cast<Wide>(station.queued) * (now_ - from);
    if (station.observation != kNil) {
      auto& occupancy = observations_[station.observation].occupancy;
      const std::size_t present = std::min<std::size_t>(station.busy + station.queued, occupancy.size() - 1);
      occupancy[present] += now_ - from;
    }
  }
  station.last_ns = now_;
}

inline void Engine::count_pool(Pool& pool) {
  const Nanos from = std::max(pool.last_ns, plan_.warm_up_ns);
  if (now_ > from) {
    pool.held_ns += static_cast<Wide>(pool.held) * (now_ - from);
    if (pool.waiting != 0) pool.waiting_ns += static_cast<Wide>(pool.waiting) * (now_ - from);
  }
  pool.last_ns = now_;
}

}  // namespace twinvoice::kernel
