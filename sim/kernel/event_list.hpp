// The event list: an implicit heap for random delays, one FIFO lane per constant delay.
//
//   push(key):            into the heap; if an event was just popped, into the hole at its root ("replace top")
//   push(lane, key):      to the end of the lane of a delay; simultaneous entries of a lane are kept in key order, and one
//                         that belongs far before its end goes into the heap
//   take_before(bound):   the smaller of the heap's root and the smallest lane head
//   relieve():            a heap that has become crowded keeps the near future alone; the rest goes to FarEvents
//
// Failure policy: none of it can fail; memory grows by doubling when a run reaches a new maximum of pending events, and
// lanes drop dead timers before they grow, so memory is O(in flight).
//
// Source of the shape: a 4-ary heap of 128-bit keys with fused replace-top measured 54 ns a hop against 61 for a
// calendar queue, 97 for a branchy heap and 103 for std::priority_queue on the tandem benchmark.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "sim/kernel/event_key.hpp"
#include "sim/kernel/far_events.hpp"

namespace twinvoice::kernel {

/// Entries of one constant delay in key order: a ring buffer.
class Lane {
 public:
  explicit Lane(Nanos delay_ns) : delay_ns_(delay_ns), ring_(64) {}

  [[nodiscard]] Nanos delay_ns() const { return delay_ns_; }
  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] EventKey front() const { return ring_[head_ & mask()]; }
  void pop_front() { ++head_; }

  /// Whether an entry would have to pass more than kMostPassed others, simultaneous with it, to come to its place.
  [[nodiscard]] bool belongs_far_back(EventKey key) const {
    return tail_ - head_ > kMostPassed && ring_[(tail_ - 1 - kMostPassed) & mask()] > key;
  }

  /// Appends; returns true when the new entry became the front. `dead(key)` tells entries that need not be kept.
  template <class Dead>
  bool push(EventKey key, const Dead& dead) {
    if (tail_ - head_ == ring_.size()) grow(dead);
    std::size_t at = tail_++;
    while (at != head_ && ring_[(at - 1) & mask()] > key) {
      ring_[at & mask()] = ring_[(at - 1) & mask()];
      --at;
    }
    ring_[at & mask()] = key;
    return at == head_;
  }

 private:
  /// All that was held at a cut comes at one instant, in the order of being held: insertion alone would be quadratic.
  static constexpr std::size_t kMostPassed = 32;

  [[nodiscard]] std::size_t mask() const { return ring_.size() - 1; }

  template <class Dead>
  void grow(const Dead& dead) {
    // The front stays even when dead: its key stands in the heap of heads.
    std::size_t kept = head_ + 1;
    for (std::size_t at = head_ + 1; at != tail_; ++at) {
      const EventKey key = ring_[at & mask()];
      if (!dead(key)) ring_[kept++ & mask()] = key;
    }
    tail_ = kept;
    if (tail_ - head_ <= ring_.size() / 2) return;
    std::vector<EventKey> larger(ring_.size() * 2);
    for (std::size_t at = head_; at != tail_; ++at) larger[at - head_] = ring_[at & mask()];
    tail_ -= head_;
    head_ = 0;
    ring_ = std::move(larger);
  }

  Nanos delay_ns_;
  std::vector<EventKey> ring_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

/// Memory that begins with a cache line.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  LineAllocator() = default;
  template <class U>
  explicit LineAllocator(const LineAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
  friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

/// Implicit 4-ary min-heap with the pop of one entry fused with the next push. Its root is entry 3 and the children of
/// entry i are 4 (i - 2) and the three after it, so that four 16-byte siblings share a cache line. What is behind the end is
/// `none`, not smaller than any entry: groups of siblings are always complete, and the root of an empty heap is it.
template <class Entry>
class Heap {
 public:
  explicit Heap(std::size_t reserve, const Entry& none)
      : entries_(kRoot + reserve + kFanOut, none), none_(none) {}

  /// The smallest entry; `none` when empty.
  [[nodiscard]] const Entry& top() {
    fill_hole();
    return entries_[kRoot];
  }
  [[nodiscard]] std::size_t size() {
    fill_hole();
    return end_ - kRoot;
  }
  /// Calls take(entry) for every entry, in no order, and is empty then.
  template <class Take>
  void drain(const Take& take) {
    fill_hole();
    for (; end_ > kRoot; entries_[end_] = none_) take(entries_[--end_]);
  }
  /// Takes the root out; its place is filled by the next push, or on the next look.
  void pop() { hole_ = true; }

  void push(const Entry& entry) {
    if (hole_) {
      hole_ = false;
      sift_down(entry);
      return;
    }
    if (end_ + kFanOut == entries_.size()) [[unlikely]]
      entries_.resize(2 * entries_.size(), none_);
    sift_up(end_++, entry);
  }

  /// Gives the first entry that `match` accepts a smaller value. Linear; for rare use.
  template <class Match>
  void decrease(const Match& match, const Entry& entry) {
    fill_hole();
    for (std::size_t at = kRoot; at < end_; ++at) {
      if (match(entries_[at])) return sift_up(at, entry);
    }
  }

 private:
  static constexpr std::size_t kRoot = 3;
  static constexpr std::size_t kFanOut = 4;

  void fill_hole() {
    if (!hole_) [[likely]]
      return;
    hole_ = false;
    const Entry last = entries_[--end_];
    entries_[end_] = none_;
    if (end_ > kRoot) sift_down(last);
  }

  void sift_up(std::size_t at, Entry entry) {
    while (at > kRoot) {
      const std::size_t parent = at / kFanOut + 2;
      if (!(entry < entries_[parent])) break;
      entries_[at] = entries_[parent];
      at = parent;
    }
    entries_[at] = entry;
  }

  void sift_down(Entry entry) {
    Entry* const e = entries_.data();
    std::size_t at = kRoot;
    for (;;) {
      const std::size_t first = kFanOut * (at - 2);
      if (first >= end_) break;
      const std::size_t smallest = first + smallest_of_four(e + first);
      if (!before(e[smallest], entry)) break;
      e[at] = e[smallest];
      at = smallest;
    }
    e[at] = entry;
  }

  // Two keys nearly always differ in their times: comparing the upper halves alone is a third cheaper.
  [[nodiscard, gnu::always_inline]] static bool before(const Entry& a, const Entry& b) {
    const std::int64_t upper_a = upper_half(a);
    const std::int64_t upper_b = upper_half(b);
    if (upper_a == upper_b) [[unlikely]]
      return a < b;
    return upper_a < upper_b;
  }
  /// Which of four siblings comes first. Signs of differences instead of comparisons: compilers turn those into
  /// branches, each of which would be mispredicted half of the time.
  [[nodiscard, gnu::always_inline]] static std::size_t smallest_of_four(const Entry* e) {
    const std::int64_t t0 = upper_half(e[0]);
    const std::int64_t t2 = upper_half(e[2]);
    const std::int64_t to_second = upper_half(e[1]) - t0;
    const std::int64_t to_fourth = upper_half(e[3]) - t2;
    const std::int64_t second = to_second >> 63;  // -1: the second comes before the first
    const std::int64_t fourth = to_fourth >> 63;
    const std::int64_t to_right = t2 + (to_fourth & fourth) - (t0 + (to_second & second));
    if (to_second == 0 || to_fourth == 0 || to_right == 0) [[unlikely]]
      return smallest_with_ties(e);
    const std::int64_t right = to_right >> 63;
    return static_cast<std::size_t>(((2 - fourth) & right) | (-second & ~right));
  }
  [[nodiscard, gnu::noinline]] static std::size_t smallest_with_ties(const Entry* e) {
    const std::size_t left = e[1] < e[0] ? 1U : 0U;
    const std::size_t right = e[3] < e[2] ? 3U : 2U;
    return e[right] < e[left] ? right : left;
  }

  std::vector<Entry, LineAllocator<Entry>> entries_;
  Entry none_;
  std::size_t end_ = kRoot;
  bool hole_ = false;
};

/// One lane of an event list, by the delay of its events.
enum class LaneId : std::uint32_t {};

/// How the list keeps its order. Both modes pop the same sequence; tests run them in lock-step.
enum class EventListMode : std::uint8_t {
  kFast,
  kTwin,  ///< one sorted vector, no heap, no lanes: slow and obvious
};

class EventList {
 public:
  /// `crowd`: how many events the heap may hold before relieve() moves the later ones out.
  explicit EventList(EventListMode mode = EventListMode::kFast, std::size_t crowd = 4096);

  void push(EventKey key) {
    if (mode_ == EventListMode::kTwin) [[unlikely]]
      return push_twin(key);
    if (time_of(key) >= far_.begin_ns()) [[unlikely]]
      return far_.put(key);
    heap_.push(key);
  }

  /// To be called now and then.
  void relieve();

  /// The lane of events that happen `delay_ns` after they are added.
  [[nodiscard]] LaneId lane(Nanos delay_ns) { return static_cast<LaneId>(lane_of(delay_ns)); }

  /// Adds an event to a lane: calls must come with non-decreasing times.
  template <class Dead>
  void push(LaneId id, EventKey key, const Dead& dead) {
    if (mode_ == EventListMode::kTwin) [[unlikely]]
      return push_twin(key);
    const auto index = static_cast<std::uint32_t>(id);
    if (index == kNoLane) [[unlikely]]
      return push(key);
    Lane& lane = lanes_[index];
    if (lane.belongs_far_back(key)) [[unlikely]]
      return push(key);
    const bool was_empty = lane.empty();
    if (!lane.push(key, dead)) return;
    if (was_empty) {
      heads_.push({key, index});
    } else {
      heads_.decrease([index](const Head& head) { return head.lane == index; }, {key, index});
    }
  }

  /// The next event's key; kNone when there is none.
  [[nodiscard]] EventKey top() {
    if (mode_ == EventListMode::kTwin) [[unlikely]]
      return twin_.empty() ? kNone : twin_.back();
    const EventKey random = next_random([](EventKey) {});
    const EventKey constant = heads_.top().key;
    return random < constant ? random : constant;
  }

  /// Takes out the next event if its key is below `bound`, else returns kNone. `dead(key)` lets whole runs of dead timers
  /// go at once; `soon(key)` hears of events whose turn will come soon, when very many are pending.
  template <class Dead, class Soon>
  EventKey take_before(EventKey bound, const Dead& dead, const Soon& soon) {
    if (mode_ == EventListMode::kTwin) [[unlikely]]
      return take_twin_before(bound);
    const EventKey random = next_random(soon);
    const EventKey constant = heads_.top().key;
    if (random < constant) {
      if (random >= bound) return kNone;
      heap_.pop();
      return random;
    }
    if (constant >= bound) return kNone;
    const std::uint32_t index = heads_.top().lane;
    Lane& lane = lanes_[index];
    lane.pop_front();
    while (!lane.empty() && dead(lane.front())) lane.pop_front();
    heads_.pop();
    if (!lane.empty()) heads_.push({lane.front(), index});
    return constant;
  }

  static constexpr EventKey kNone = make_key(kNever, ~0ULL);  ///< later than every event

 private:
  static constexpr std::uint32_t kNoLane = ~0U;
  struct Head {
    EventKey key = kNone;
    std::uint32_t lane = kNoLane;
    friend std::int64_t upper_half(const Head& head) { return kernel::upper_half(head.key); }
    friend bool operator<(const Head& a, const Head& b) { return a.key < b.key; }
  };
  static constexpr std::size_t kIndexSize = 4096;  ///< open addressing, at most half full
  static constexpr std::size_t kMaxLanes = kIndexSize / 2;

  /// The heap's root, once the earliest far events have come into an empty heap.
  template <class Soon>
  [[nodiscard]] EventKey next_random(const Soon& soon) {
    const EventKey root = heap_.top();
    if (time_of(root) < far_.begin_ns() || far_.begin_ns() == kNever) [[likely]]
      return root;
    far_.next([&](EventKey key) {
      soon(key);
      heap_.push(key);
    });
    return heap_.top();
  }

  [[nodiscard]] std::uint32_t lane_of(Nanos delay_ns) {
    std::size_t at = (static_cast<std::uint64_t>(delay_ns) * 0x9e3779b97f4a7c15ULL) >> 52;
    for (;; at = (at + 1) & (kIndexSize - 1)) {
      const std::uint32_t index = index_[at];
      if (index == kNoLane) [[unlikely]]
        return add_lane(delay_ns, at);
      if (lanes_[index].delay_ns() == delay_ns) [[likely]]
        return index;
    }
  }
  std::uint32_t add_lane(Nanos delay_ns, std::size_t at);
  void push_twin(EventKey key);
  EventKey take_twin_before(EventKey bound);

  EventListMode mode_;
  Heap<EventKey> heap_;
  FarEvents far_;
  std::size_t crowd_;
  Heap<Head> heads_;
  std::vector<Lane> lanes_;
  std::vector<std::uint32_t> index_;
  std::vector<EventKey> twin_;  ///< descending
};

}  // namespace twinvoice::kernel
