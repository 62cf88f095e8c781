// The fast event list against its slow twin, on random sequences and in whole runs.
#include "sim/kernel/event_list.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "sim/random/draw.hpp"
#include "tests/unit/kernel/kernel_run.hpp"
#include "tests/unit/kernel/random_plan.hpp"

namespace twinvoice::kernel {
namespace {

using testing::KernelRun;
using testing::PlanBuilder;

constexpr auto kNobodyDies = [](EventKey) { return false; };

/// Random low bits: few rungs, components and requests, so that many keys differ in the slot alone.
std::uint64_t random_low(random::Draws& draws, std::uint32_t slot) {
  const auto rung = static_cast<plan::Rung>(random::to_integer_below(draws.next_bits(), 8));
  const auto component = static_cast<std::uint32_t>(random::to_integer_below(draws.next_bits(), 3));
  const auto sequence = random::to_integer_below(draws.next_bits(), 4);
  return clock_bits(rung, Clock::kPrimary) | frame_bits(component, sequence, slot);
}

// Times are multiples of 10 below 200 after now and delays are few: nearly every key has company at its instant.
TEST(EventList, fast_and_twin_pop_the_same_sequence) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    random::Draws draws(random::Stream::of(seed, 0), random::hash_name("event list"), 0);
    EventList fast(EventListMode::kFast, seed % 2 == 0 ? 4096 : 40);  // with and without far events
    EventList twin(EventListMode::kTwin);
    const std::array<Nanos, 5> delays{0, 10, 20, 50, 100};
    Nanos now = 0;
    std::size_t pending = 0;
    for (std::uint32_t step = 0; step < 20'000; ++step) {
      const std::uint64_t choice = random::to_integer_below(draws.next_bits(), 100);
      const std::uint64_t low = random_low(draws, step);
      if (step % 16 == 0) fast.relieve();
      if (choice < 25) {
        const EventKey key =
            make_key(now + 10 * static_cast<Nanos>(random::to_integer_below(draws.next_bits(), 20)), low);
        fast.push(key), twin.push(key), ++pending;
      } else if (choice < 50 + (step < 10'000 ? 10U : 0U)) {
        const Nanos delay = delays[random::to_integer_below(draws.next_bits(), delays.size())];
        const EventKey key = make_key(now + delay, low);
        fast.push(fast.lane(delay), key, kNobodyDies), twin.push(twin.lane(delay), key, kNobodyDies),
            ++pending;
      } else if (pending > 0) {
        const EventKey key = twin.take_before(EventList::kNone, kNobodyDies, kNobodyDies);
        ASSERT_TRUE(fast.top() == key);
        ASSERT_TRUE(fast.take_before(key, kNobodyDies, kNobodyDies) == EventList::kNone);
        ASSERT_TRUE(fast.take_before(key + 1, kNobodyDies, kNobodyDies) == key);
        now = time_of(key), --pending;
      }
    }
    for (; pending > 0; --pending) {
      const EventKey key = twin.take_before(EventList::kNone, kNobodyDies, kNobodyDies);
      ASSERT_TRUE(fast.take_before(EventList::kNone, kNobodyDies, kNobodyDies) == key);
    }
    EXPECT_TRUE(fast.top() == EventList::kNone);
    EXPECT_TRUE(twin.top() == EventList::kNone);
  }
}

// Pending events grow to 20 000 and drain, twice; gaps of very different sizes, and a few events years away.
TEST(EventList, far_events_come_in_order_whatever_their_spread) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    random::Draws draws(random::Stream::of(seed, 0), random::hash_name("far events"), 0);
    EventList fast(EventListMode::kFast, 100);
    std::set<std::pair<Nanos, std::uint64_t>> expected;
    Nanos now = 0;
    const auto take = [&] {
      const EventKey key = fast.take_before(EventList::kNone, kNobodyDies, kNobodyDies);
      ASSERT_TRUE(time_of(key) == expected.begin()->first && low_of(key) == expected.begin()->second);
      expected.erase(expected.begin());
      now = time_of(key);
    };
    for (std::uint32_t step = 0; step < 80'000; ++step) {
      if (step % 64 == 0) fast.relieve();
      const bool grows = step / 20'000 % 2 == 0;
      if (random::to_integer_below(draws.next_bits(), 10) < (grows ? 10U : 2U) || expected.empty()) {
        const int scale = 6 * static_cast<int>(random::to_integer_below(draws.next_bits(), seed + 3));
        const auto gap = static_cast<Nanos>(random::to_integer_below(draws.next_bits(), 16ULL << scale));
        const std::uint64_t low = random_low(draws, step);
        fast.push(make_key(now + gap, low));
        expected.emplace(now + gap, low);
      } else {
        take();
      }
    }
    while (!expected.empty()) take();
    EXPECT_TRUE(fast.top() == EventList::kNone);
  }
}

// Nine of ten timers of one lane die before they ring; the lane may forget them early, but never a live one.
TEST(EventList, dead_timers_may_go_early_and_live_ones_never_do) {
  random::Draws draws(random::Stream::of(7, 0), random::hash_name("dead timers"), 0);
  EventList fast(EventListMode::kFast);
  EventList twin(EventListMode::kTwin);
  std::set<std::uint32_t> dead_slots;
  const auto dead = [&](EventKey key) { return dead_slots.contains(slot_of(key)); };
  std::vector<std::uint32_t> popped_fast, popped_twin;
  const auto take_until = [&](EventList& list, Nanos bound, std::vector<std::uint32_t>& popped) {
    const EventKey bound_key = make_key(bound, 0);
    for (EventKey key = list.top(); key < bound_key; key = list.top()) {
      const bool live = !dead(key);
      list.take_before(bound_key, dead, dead);
      if (live) popped.push_back(slot_of(key));
    }
  };
  for (std::uint32_t slot = 0; slot < 5'000; ++slot) {
    const Nanos now = 10 * static_cast<Nanos>(slot / 3);
    take_until(fast, now, popped_fast);
    take_until(twin, now, popped_twin);
    const EventKey key =
        make_key(now + 1'000, clock_bits(plan::Rung::kTimeout, Clock::kCall) | frame_bits(1, slot, slot));
    fast.push(fast.lane(1'000), key, dead);
    twin.push(twin.lane(1'000), key, dead);
    if (slot >= 20 && random::to_integer_below(draws.next_bits(), 10) != 0) dead_slots.insert(slot - 20);
  }
  take_until(fast, kNever, popped_fast);
  take_until(twin, kNever, popped_twin);
  EXPECT_EQ(popped_fast, popped_twin);
  EXPECT_GT(popped_fast.size(), 300U);
}

// Two frames of one request at one component and instant: the slot must not decide, the content says that they are tied.
TEST(EventList, keys_that_differ_in_clock_or_slot_alone_have_one_content) {
  const auto key = [](std::uint64_t sequence, Clock clock, std::uint32_t slot) {
    return make_key(50, clock_bits(plan::Rung::kTimeout, clock) | frame_bits(2, sequence, slot));
  };
  const EventKey first = key(9, Clock::kPrimary, 1);
  EXPECT_TRUE(content_of(first) == content_of(key(9, Clock::kPrimary, 4)));
  EXPECT_TRUE(content_of(first) == content_of(key(9, Clock::kCall, 4)));
  EXPECT_FALSE(content_of(first) == content_of(key(10, Clock::kPrimary, 1)));
}

TEST(EventList, whole_runs_of_random_plans_are_equal_in_both_modes) {
  std::uint64_t requests = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    PlanBuilder fast_plan, twin_plan;
    testing::random_plan(fast_plan, seed);
    testing::random_plan(twin_plan, seed);
    RunOptions options;
    options.seed = seed;
    KernelRun fast(fast_plan, 2 * testing::kSecond, options);
    options.event_list = EventListMode::kTwin;
    KernelRun twin(twin_plan, 2 * testing::kSecond, options);
    EXPECT_EQ(fast.log(), twin.log());
    EXPECT_EQ(fast.engine().fingerprint(), twin.engine().fingerprint());
    EXPECT_EQ(fast.counts().events, twin.counts().events);
    requests += fast.counts().arrived;
  }
  EXPECT_GT(requests, 5'000U);
}

}  // namespace
}  // namespace twinvoice::kernel
