// What the hand-written loops have in common: the clock, the arrivals, the limits and the records of tries.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/measure/histogram.hpp"
#include "sim/random/draw.hpp"
#include "sim/random/standard.hpp"
#include "tests/bench/bare_parts.hpp"
#include "tests/bench/tandem.hpp"
#include "tests/bench/timing.hpp"

namespace twinvoice::bench {

/// One try of a request; a try that nobody waits for any more goes on to the end.
struct BareTry {
  Nanos arrived_ns = 0;
  Nanos demand_ns = 0;  ///< of the visit it is at
  std::uint32_t request = 0;
  std::uint32_t next = WaitingLine::kNobody;  ///< in the line it waits in, or in the list of free records
  std::uint32_t life = 0;                     ///< counts the uses of this record
  bool retry = false;
  bool awaited = false;
};

/// `Loop` has begin(slot, root) and served(slot); `Try` derives from BareTry.
template <class Loop, class Try, bool kLimited>
class BareRun {
 public:
  BareRun(System system, Nanos horizon_ns) : keys_(keys_of(system)), horizon_ns_(horizon_ns) {
    tries_.reserve(4096);
  }

  Figures run() {
    const double begun_s = cpu_s();
    next_arrival();
    for (;;) {
      const BareKey key = heap_.top();
      if constexpr (kLimited) {
        if (limit_comes_before(key)) {
          limit_reached();
          continue;
        }
      }
      now_ns_ = time_of(key);
      if (now_ns_ >= horizon_ns_) break;
      heap_.pop();
      if (kind_of(key) == BareKind::kArrival) {
        arrive();
      } else {
        ++figures_.events;
        loop().served(slot_of(key));
      }
    }
    figures_.cpu_s = cpu_s() - begun_s;
    figures_.completed = latencies_.count();
    figures_.latency_sum_ns = static_cast<std::int64_t>(latencies_.sum_ns());
    return figures_;
  }

 protected:
  [[nodiscard]] Nanos draw(random::Key purpose, random::Key frame, double mean_s) const {
    random::Draws draws(stream_, purpose, frame);
    return from_seconds(mean_s * random::standard_exponential(draws));
  }

  void serve(std::uint32_t slot, std::uint64_t station) {
    const Try& t = tries_[slot];
    heap_.push(bare_key(now_ns_ + t.demand_ns, BareKind::kServed, station, t.request, slot));
  }

  void end_try(std::uint32_t slot) {
    Try& t = tries_[slot];
    if (t.awaited) latencies_.record(now_ns_ - t.arrived_ns);
    ++t.life;
    t.next = free_;
    free_ = slot;
  }

  Keys keys_;
  std::vector<Try> tries_;
  Figures figures_;

 private:
  [[nodiscard]] Loop& loop() { return static_cast<Loop&>(*this); }

  void next_arrival() {
    random::Draws draws(stream_, keys_.gap, random::root_frame(keys_.source, arrivals_));
    const Nanos gap_ns = from_seconds(random::standard_exponential(draws) / kArrivals_per_s);
    heap_.push(bare_key(now_ns_ + gap_ns, BareKind::kArrival));
  }

  void arrive() {
    begin_try(arrivals_++, now_ns_, false);
    next_arrival();
  }

  void begin_try(std::uint32_t request, Nanos arrived_ns, bool retry) {
    std::uint32_t slot = free_;
    if (slot == WaitingLine::kNobody) {
      slot = static_cast<std::uint32_t>(tries_.size());
      tries_.emplace_back();
    } else {
      free_ = tries_[slot].next;
    }
    Try& t = tries_[slot];
    t.arrived_ns = arrived_ns;
    t.request = request;
    t.retry = retry;
    t.awaited = true;
    const random::Key root = random::root_frame(keys_.source, request);
    if constexpr (kLimited) {
      limits_.push({bare_key(now_ns_ + kTryLimit_ns, BareKind::kLimit, 0, request, slot), t.life});
      loop().begin(slot, random::child_frame(root, keys_.call[0], retry ? 1 : 0));
    } else {
      loop().begin(slot, root);
    }
  }

  [[nodiscard]] bool limit_comes_before(BareKey key) {
    while (!limits_.empty() && tries_[slot_of(limits_.front().key)].life != limits_.front().life)
      limits_.pop();
    return !limits_.empty() && limits_.front().key < key && time_of(limits_.front().key) < horizon_ns_;
  }

  void limit_reached() {
    const BareKey key = limits_.front().key;
    limits_.pop();
    now_ns_ = time_of(key);
    Try& t = tries_[slot_of(key)];
    t.awaited = false;
    if (t.retry) {
      ++figures_.failed;
    } else {
      begin_try(t.request, t.arrived_ns, true);
    }
  }

  Nanos horizon_ns_;
  random::Stream stream_ = random::Stream::of(kSeed, 0);
  Nanos now_ns_ = 0;
  std::uint32_t arrivals_ = 0;
  std::uint32_t free_ = WaitingLine::kNobody;
  BareHeap heap_;
  TimerRing limits_;
  measure::Histogram latencies_;
};

}  // namespace twinvoice::bench
