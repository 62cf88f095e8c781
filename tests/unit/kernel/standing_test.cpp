// What waits at a replica that stands still, by hand: it counts as in the queue of one without servers.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

/// One server, 10 ms a job, which stands still in 5..25 ms; requests at 10 and 12.
struct Standing : Shop {
  plan::StationId station = b.station(db, 1);
  Standing() { b.trace(visits("issue", station, b.constant(10 * kMs)), {10 * kMs, 12 * kMs}); }
  void pause() { b.hold(b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0); }
  measure::StationRecord until(Nanos horizon_ns) {
    KernelRun run(b, horizon_ns);
    return run.station(station);
  }
};

// The first waits from 10 to 25, the second from 12 to 35: 15 + 23 ms, two of them at once.
TEST(Standing, what_arrives_during_a_pause_waits_from_its_arrival) {
  Standing s;
  s.pause();
  const auto record = s.until(kSecond);
  EXPECT_TRUE(record.queued_ns == 38 * kMs && record.wait_ns == 38 * kMs);
  EXPECT_EQ(record.started, 2U);
  EXPECT_EQ(record.waited, 2U);
  EXPECT_EQ(record.max_queued, 2U);
}

// No server in 5..25 instead: the same figures.
TEST(Standing, a_pause_is_told_as_a_queue_without_servers) {
  Standing paused, without;
  paused.pause();
  without.b.hold(without.b.fault("cap", 5 * kMs, 25 * kMs), Knob::kStationCap, without.station.value, 0.0);
  const auto a = paused.until(kSecond);
  const auto b = without.until(kSecond);
  EXPECT_TRUE(a.queued_ns == b.queued_ns && a.wait_ns == b.wait_ns);
  EXPECT_EQ(a.max_queued, b.max_queued);
  EXPECT_EQ(a.waited, b.waited);
}

// With two servers both start at 25: 15 + 13 ms.
TEST(Standing, who_finds_a_server_at_the_end_of_the_pause_has_waited_too) {
  Shop s;
  const auto station = s.b.station(s.db, 2);
  s.b.trace(s.visits("issue", station, s.b.constant(10 * kMs)), {10 * kMs, 12 * kMs});
  s.b.hold(s.b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  KernelRun run(s.b, kSecond);
  const auto record = run.station(station);
  EXPECT_TRUE(record.queued_ns == 28 * kMs && record.wait_ns == 28 * kMs);
  EXPECT_EQ(record.waited, 2U);
  EXPECT_EQ(record.max_queued, 2U);
}

// Counted from 15 on, the queue holds the first for 10 and the second for 20 ms.
TEST(Standing, the_queue_of_the_warm_up_does_not_count) {
  Standing s;
  s.pause();
  s.b.plan.warm_up_ns = 15 * kMs;
  EXPECT_TRUE(s.until(kSecond).queued_ns == 30 * kMs);
}

// The books close at 20: 10 + 8 ms, and nobody has started.
TEST(Standing, a_pause_beyond_the_horizon_counts_up_to_it) {
  Standing s;
  s.pause();
  const auto record = s.until(20 * kMs);
  EXPECT_TRUE(record.queued_ns == 18 * kMs && record.wait_ns == 0);
  EXPECT_EQ(record.max_queued, 2U);
}

// Killed at 20: they waited for 10 + 8 ms and are gone.
TEST(Standing, who_is_killed_during_a_pause_waited_until_then) {
  Standing s;
  s.pause();
  s.b.impulse(s.b.fault("kill", 20 * kMs, 20 * kMs), plan::Impulse::kReset, 0);
  const auto record = s.until(kSecond);
  EXPECT_TRUE(record.queued_ns == 18 * kMs && record.wait_ns == 0);
  EXPECT_EQ(record.started, 0U);
  EXPECT_EQ(record.max_queued, 2U);
}

}  // namespace
}  // namespace twinvoice::testing
