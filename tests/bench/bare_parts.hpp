// What the hand-written loops are made of: event keys, a heap, a ring of timers. As small as a fast loop can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"

namespace twinvoice::bench {

/// time_ns 64 | kind 2 | station 6 | request 32 | slot 24: simultaneous events in the order of the kernel's ladder.
__extension__ using BareKey = unsigned __int128;

enum class BareKind : std::uint64_t { kServed, kLimit, kArrival };

[[nodiscard]] inline BareKey bare_key(Nanos at_ns, BareKind kind, std::uint64_t station = 0,
                                      std::uint64_t request = 0, std::uint64_t slot = 0) {
  const std::uint64_t low = static_cast<std::uint64_t>(kind) << 62U | station << 56U | request << 24U | slot;
  return static_cast<BareKey>(static_cast<std::uint64_t>(at_ns)) << 64U | low;
}
[[nodiscard]] inline Nanos time_of(BareKey key) { return static_cast<Nanos>(key >> 64U); }
[[nodiscard]] inline BareKind kind_of(BareKey key) {
  return static_cast<BareKind>(static_cast<std::uint64_t>(key) >> 62U);
}
[[nodiscard]] inline std::uint32_t slot_of(BareKey key) {
  return static_cast<std::uint32_t>(key) & 0xffffffU;
}

/// 4-ary min-heap; the pop of one event is fused with the push of its successor.
class BareHeap {
 public:
  /// Must not be empty but for a hole that push() is about to fill.
  [[nodiscard]] BareKey top() {
    if (hole_) close_hole();
    return keys_.front();
  }
  void pop() { hole_ = true; }
  void push(BareKey key) {
    if (hole_) {
      hole_ = false;
      return sift_down(key);
    }
    keys_.push_back(key);
    std::size_t at = keys_.size() - 1;
    while (at > 0 && key < keys_[(at - 1) / 4]) {
      keys_[at] = keys_[(at - 1) / 4];
      at = (at - 1) / 4;
    }
    keys_[at] = key;
  }

 private:
  void close_hole() {
    hole_ = false;
    const BareKey last = keys_.back();
    keys_.pop_back();
    sift_down(last);
  }
  void sift_down(BareKey key) {
    BareKey* const k = keys_.data();
    const std::size_t count = keys_.size();
    std::size_t at = 0;
    std::size_t child = 1;
    for (; child + 4 <= count; child = 4 * at + 1) {
      const std::size_t left = child + (k[child + 1] < k[child] ? 1 : 0);
      const std::size_t right = child + 2 + (k[child + 3] < k[child + 2] ? 1 : 0);
      const std::size_t least = k[right] < k[left] ? right : left;
      if (!(k[least] < key)) {
        k[at] = key;
        return;
      }
      k[at] = k[least];
      at = least;
    }
    std::size_t least = child;
    for (std::size_t other = child + 1; other < count; ++other) {
      if (k[other] < k[least]) least = other;
    }
    if (least < count && k[least] < key) {
      k[at] = k[least];
      at = least;
    }
    k[at] = key;
  }

  std::vector<BareKey> keys_;
  bool hole_ = false;
};

/// Timers of one constant delay, oldest first. Those that were cancelled are skipped when they surface.
class TimerRing {
 public:
  struct Timer {
    BareKey key = 0;
    std::uint32_t life = 0;  ///< of the slot when it was armed; another one now: cancelled
  };
  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] const Timer& front() const { return timers_[head_ & (timers_.size() - 1)]; }
  void pop() { ++head_; }
  void push(const Timer& timer) {
    if (tail_ - head_ == timers_.size()) grow();
    timers_[tail_++ & (timers_.size() - 1)] = timer;
  }

 private:
  void grow() {
    std::vector<Timer> larger(timers_.size() * 2);
    for (std::size_t i = head_; i != tail_; ++i)
      larger[i & (larger.size() - 1)] = timers_[i & (timers_.size() - 1)];
    timers_ = std::move(larger);
  }

  std::vector<Timer> timers_ = std::vector<Timer>(64);
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

/// First in, first out, through the `next` member of the waiting records.
struct WaitingLine {
  static constexpr std::uint32_t kNobody = ~0U;
  std::uint32_t head = kNobody;
  std::uint32_t tail = kNobody;

  template <class Records>
  void append(Records& records, std::uint32_t slot) {
    records[slot].next = kNobody;
    (head == kNobody ? head : records[tail].next) = slot;
    tail = slot;
  }
  /// The oldest, or kNobody.
  template <class Records>
  std::uint32_t take(Records& records) {
    const std::uint32_t slot = head;
    if (slot != kNobody) head = records[slot].next;
    return slot;
  }
};

}  // namespace twinvoice::bench
