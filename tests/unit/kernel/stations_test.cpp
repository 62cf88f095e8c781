// Stations by hand: every time is worked out in the comment above it.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Discipline;
using plan::Knob;
using plan::OnFull;
using plan::Reason;

constexpr std::uint32_t kEndless = plan::kUnlimited;

// Arrivals every 0.1 s, service 0.1 s: each arrival finds the server freed at its very instant; nobody ever waits.
TEST(Stations, at_critical_load_with_fixed_times_nobody_ever_waits) {
  Shop shop;
  const auto station = shop.b.station(shop.db, 1);
  shop.b.deterministic(shop.visits("issue", station, shop.b.constant(100 * kMs)), 100 * kMs, 36'000);
  KernelRun run(shop.b, 3'601 * kSecond);
  ASSERT_EQ(run.log().size(), 36'000U);
  for (std::size_t k = 0; k < 36'000; ++k) {
    ASSERT_EQ(run.at(k).arrived_ns, static_cast<Nanos>(k) * 100 * kMs);
    ASSERT_EQ(run.latency(k), 100 * kMs);
  }
  EXPECT_EQ(run.station(station).waited, 0U);
  EXPECT_TRUE(run.station(station).busy_ns == 3'600 * kSecond);
}

// One nanosecond more of service: job k starts when its predecessor ends and waits k ns.
TEST(Stations, one_nanosecond_above_critical_load_accumulates) {
  Shop shop;
  const random::Law law = random::Law::constant(0.100000001);
  shop.b.deterministic(shop.visits("issue", shop.b.station(shop.db, 1), shop.b.law(law)), 100 * kMs, 2'000);
  KernelRun run(shop.b, 300 * kSecond);
  for (std::size_t k = 0; k < 2'000; ++k) ASSERT_EQ(run.latency(k), 100 * kMs + 1 + static_cast<Nanos>(k));
}

// Arrivals every 10 ms, service 4 ms, server stopped from 1 s to 2 s. The arrival k after 1 s is served at 2 s + 4k ms or on
// arrival: latency 1000 + 4(k+1) - 10k ms while that exceeds 4, that is for k <= 166 (1000 - 6 x 166 = 4), else 4.
TEST(Stations, the_backlog_of_an_outage_drains_at_the_spare_rate) {
  Shop shop;
  const auto station = shop.b.station(shop.db, 1);
  shop.b.deterministic(shop.visits("issue", station, shop.b.constant(4 * kMs)), 10 * kMs, 400);
  shop.b.hold(shop.b.fault("stop", kSecond, 2 * kSecond), Knob::kStationSpeed, station.value, 0.0);
  KernelRun run(shop.b, 10 * kSecond);
  for (std::size_t i = 0; i < 400; ++i) {
    const Nanos k = static_cast<Nanos>(i) - 100;
    const Nanos expected = k >= 0 && k <= 166 ? 1'004 * kMs - 6 * kMs * k : 4 * kMs;
    ASSERT_EQ(run.latency(i), expected) << i;
  }
  // Arrivals 0..99 of the outage and none more at 2 s are queued at its end, less the one that is in service but stands still.
  EXPECT_EQ(run.station(station).max_queued, 99U + 1U);
}

// One arrival a day for ten years: the millisecond is as exact on the last day as on the first.
TEST(Stations, the_clock_is_exact_after_ten_years) {
  constexpr Nanos kDay = 86'400 * kSecond;
  Shop shop;
  shop.b.deterministic(shop.visits("issue", shop.b.station(shop.db, 1), shop.b.constant(kMs)), kDay, 3'653);
  const auto tick = shop.visits("tick", shop.b.station(shop.db, 1), shop.b.constant(kMs));
  shop.b.deterministic(tick, kMs, 1'000, 3'650 * kDay);
  shop.b.plan.window_ns = 365 * kDay;
  KernelRun run(shop.b, 3'660 * kDay);
  ASSERT_EQ(run.log().size(), 4'653U);
  for (std::size_t i = 0; i < 4'653; ++i) {
    const Nanos k = static_cast<Nanos>(i);
    ASSERT_EQ(run.at(i).arrived_ns, i < 3'653 ? k * kDay : 3'650 * kDay + (k - 3'653) * kMs);
    ASSERT_EQ(run.latency(i), kMs);
  }
}

// Service 10 ms, arrivals at 0, 1, 2, 3. LIFO serves 0, 3, 2, 1: they end at 10, 20, 30, 40.
TEST(Stations, lifo_serves_the_newest_waiting_job) {
  Shop shop;
  const auto station = shop.b.station(shop.db, 1, kEndless, Discipline::kLifo);
  shop.b.trace(shop.visits("issue", station, shop.b.constant(10 * kMs)), {0, kMs, 2 * kMs, 3 * kMs});
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 40 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 30 * kMs);
  EXPECT_EQ(run.at(3).decided_ns, 20 * kMs);
}

/// Decision times of two classes at one station: sources 0 (less urgent, 10 ms) and 1 (urgent, 3 ms).
std::vector<Nanos> two_classes(Discipline discipline, std::uint32_t servers, std::vector<Nanos> low,
                               std::vector<Nanos> high) {
  Shop shop;
  const auto station = shop.b.station(shop.db, servers, kEndless, discipline);
  shop.b.trace(shop.visits("low", station, shop.b.constant(10 * kMs), 2), std::move(low));
  shop.b.trace(shop.visits("high", station, shop.b.constant(3 * kMs), 1), std::move(high));
  KernelRun run(shop.b, kSecond);
  std::vector<Nanos> decided;
  for (const auto& r : run.log()) decided.push_back(r.decided_ns / kMs);
  return decided;
}

// Low jobs at 0 and 1, urgent at 4 and 5. Without preemption: low 0..10, urgent 10..13 and 13..16, low 16..26.
TEST(Stations, an_urgent_job_overtakes_those_that_wait) {
  EXPECT_EQ(two_classes(Discipline::kPriority, 1, {0, kMs}, {4 * kMs, 5 * kMs}),
            (std::vector<Nanos>{10, 26, 13, 16}));
}

// With preemption: low 0..4 (6 left), urgent 4..7 and 7..10, low 10..16 before the second low 16..26.
TEST(Stations, a_preempted_job_keeps_its_remaining_demand_at_the_head_of_its_class) {
  EXPECT_EQ(two_classes(Discipline::kPriorityPreemptive, 1, {0, kMs}, {4 * kMs, 5 * kMs}),
            (std::vector<Nanos>{16, 26, 7, 10}));
}

// Two servers with low jobs since 0 and 1. The urgent one at 4 takes the server of the one that started last: that one did
// 1..4, waits until 7, ends 7 + 7 = 14; the other is not touched. The second urgent one at 5 does take it: 5 done, waits until 8,
// so of the two waiting (back to the head: last preempted first) it gets the server freed at 7: 7..12; the first preempted gets
// the one freed at 8: 8..15.
TEST(Stations, the_job_that_started_last_is_preempted_first) {
  EXPECT_EQ(two_classes(Discipline::kPriorityPreemptive, 2, {0, kMs}, {4 * kMs}),
            (std::vector<Nanos>{10, 14, 7}));
  EXPECT_EQ(two_classes(Discipline::kPriorityPreemptive, 2, {0, kMs}, {4 * kMs, 5 * kMs}),
            (std::vector<Nanos>{12, 15, 7, 8}));
}

// An arrival of the class in service does not preempt it.
TEST(Stations, equals_do_not_preempt_each_other) {
  EXPECT_EQ(two_classes(Discipline::kPriorityPreemptive, 1, {}, {0, kMs}), (std::vector<Nanos>{3, 6}));
}

// One server of 10 ms, one place; arrivals at 0, 1, 2, 3.
TEST(Stations, a_full_queue_rejects_drops_or_blocks) {
  for (const auto on_full : {OnFull::kReject, OnFull::kDropOldest, OnFull::kBlock}) {
    Shop shop;
    const auto station = shop.b.station(shop.db, 1, 1, Discipline::kFifo, on_full);
    shop.b.trace(shop.visits("issue", station, shop.b.constant(10 * kMs)), {0, kMs, 2 * kMs, 3 * kMs});
    KernelRun run(shop.b, kSecond);
    const plan::Cause full(Reason::kQueueFull, shop.db.value), dropped(Reason::kQueueDropped, shop.db.value);
    if (on_full == OnFull::kReject) {
      EXPECT_EQ(run.at(1).decided_ns, 20 * kMs);
      EXPECT_EQ(run.cause(2), full);
      EXPECT_EQ(run.at(2).decided_ns, 2 * kMs);
      EXPECT_EQ(run.cause(3), full);
      EXPECT_EQ(run.station(station).rejected, 2U);
    } else if (on_full == OnFull::kDropOldest) {
      EXPECT_EQ(run.cause(1), dropped);
      EXPECT_EQ(run.at(1).decided_ns, 2 * kMs);
      EXPECT_EQ(run.cause(2), dropped);
      EXPECT_EQ(run.at(2).decided_ns, 3 * kMs);
      EXPECT_EQ(run.at(3).decided_ns, 20 * kMs);
    } else {
      EXPECT_EQ(run.at(1).decided_ns, 20 * kMs);
      EXPECT_EQ(run.at(2).decided_ns, 30 * kMs);
      EXPECT_EQ(run.at(3).decided_ns, 40 * kMs);
      EXPECT_EQ(run.station(station).blocked, 2U);
    }
  }
}

// Patience 5 ms behind a server busy 0..10: the second leaves at 1 + 5; the third, come at 6, is served 10..20.
TEST(Stations, patience_ends_a_wait_and_frees_the_place) {
  Shop shop;
  plan::Station proto;
  proto.patience = shop.b.constant(5 * kMs);
  proto.queue_places = 1;
  const auto station = shop.b.station(shop.db, proto);
  shop.b.trace(shop.visits("issue", station, shop.b.constant(10 * kMs)), {0, kMs, 6 * kMs});
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kQueueWait, shop.db.value));
  EXPECT_EQ(run.at(1).decided_ns, 6 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 20 * kMs);
  EXPECT_EQ(run.station(station).expired, 1U);
}

// Two servers; alone a job runs at 1, together at 1/2 each. A (10 ms) from 0, B (10 ms) from 4: A has 6 left at 4, ends at
// 4 + 12 = 16; B has then done 6 and needs 4 more alone: 20.
TEST(Stations, the_rate_of_every_job_follows_the_number_in_service) {
  Shop shop;
  plan::Station proto;
  proto.servers = 2;
  proto.speed_by_load = {1.0, 0.5};
  shop.b.trace(shop.visits("issue", shop.b.station(shop.db, proto), shop.b.constant(10 * kMs)), {0, 4 * kMs});
  KernelRun run(shop.b, kSecond);
  EXPECT_NEAR(static_cast<double>(run.at(0).decided_ns), 16e6, 2.0);
  EXPECT_NEAR(static_cast<double>(run.at(1).decided_ns), 20e6, 2.0);
}

// The last entry of speed_by_load holds beyond: three at rate 1/2 end 10 ms of demand at 20 ms; a fourth waits for a server.
TEST(Stations, the_last_rate_holds_for_more_jobs) {
  Shop shop;
  plan::Station proto;
  proto.servers = 3;
  proto.speed_by_load = {1.0, 0.5};
  shop.b.trace(shop.visits("issue", shop.b.station(shop.db, proto), shop.b.constant(10 * kMs)), {0, 0, 0, 0});
  KernelRun run(shop.b, kSecond);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(static_cast<double>(run.at(i).decided_ns), 20e6, 2.0);
  EXPECT_NEAR(static_cast<double>(run.at(3).decided_ns), 30e6, 2.0);
}

// Service 10 ms, call timeout 5 ms with deadline. At 0: served 0..10 as an orphan, told at 5. At 1: queued, told at 6; its service
// would start at 10, past its deadline: dropped. At 9: starts at 10 although it came behind.
TEST(Stations, work_past_its_deadline_is_not_started) {
  Shop shop;
  const auto station = shop.b.station(shop.db, 1);
  const auto op = shop.visits("issue", station, shop.b.constant(10 * kMs));
  shop.policy().timeout_ns = 5 * kMs;
  shop.policy().propagate_deadline = true;
  shop.b.trace(op, {0, kMs, 9 * kMs});
  KernelRun run(shop.b, kSecond);
  const plan::Cause timeout(Reason::kTimeout, shop.db.value);
  EXPECT_EQ(run.cause(0), timeout);
  EXPECT_EQ(run.at(0).decided_ns, 5 * kMs);
  EXPECT_EQ(run.cause(1), timeout);
  EXPECT_EQ(run.cause(2), timeout);
  EXPECT_EQ(run.station(station).started, 2U);
  EXPECT_TRUE(run.station(station).busy_ns == 20 * kMs);
}

// 1e6 servers-in-one: an unlimited station is a delay.
TEST(Stations, an_unlimited_station_makes_nobody_wait) {
  Shop shop;
  const auto station = shop.b.station(shop.db, kEndless);
  shop.b.trace(shop.visits("issue", station, shop.b.constant(10 * kMs)), std::vector<Nanos>(50, 0));
  KernelRun run(shop.b, kSecond);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(run.at(i).decided_ns, 10 * kMs);
  EXPECT_EQ(run.station(station).waited, 0U);
}

}  // namespace
}  // namespace twinvoice::testing
