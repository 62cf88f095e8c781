// Servers that were there, by hand: those of a replica that is up, less those that a fault has taken.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

/// One replica with two servers, watched for 100 ms.
struct Present : Shop {
  plan::StationId station = b.station(db, 2);
  measure::StationRecord watched() {
    KernelRun run(b, 100 * kMs);
    return run.station(station);
  }
};

// Nothing happens to it: 2 x 100 ms are there, 10 of which are at work.
TEST(Presence, servers_that_nothing_takes_are_all_there) {
  Present p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  const auto record = p.watched();
  EXPECT_TRUE(record.missing_ns == 0 && record.stuck_ns == 0 && record.busy_ns == 10 * kMs);
}

// Down for 30 ms: 2 x 30 ms are missing. Nobody is at work there meanwhile.
TEST(Presence, servers_of_a_dead_replica_are_missing) {
  Present p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  p.b.hold(p.b.fault("down", 20 * kMs, 50 * kMs), Knob::kInstanceDown, 0);
  const auto record = p.watched();
  EXPECT_TRUE(record.missing_ns == 60 * kMs && record.stuck_ns == 0);
}

// It stands still in 5..25 with one job in service: 2 x 20 ms are missing, and 20 ms of its 30 ms of work are none.
TEST(Presence, a_server_that_stands_still_is_not_at_work) {
  Present p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  p.b.hold(p.b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  const auto record = p.watched();
  EXPECT_TRUE(record.busy_ns == 30 * kMs);
  EXPECT_TRUE(record.missing_ns == 40 * kMs && record.stuck_ns == 20 * kMs);
}

// One of two servers is taken in 10..60, and the replica is down in 40..80: 50 of the first, of the second 40 to which one server
// (40..60) or two (60..80) are missing: 30 x 1 + 40 x 2 = 110 server ms.
TEST(Presence, what_two_faults_take_is_missing_once) {
  Present p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(kMs)), {0});
  p.b.hold(p.b.fault("cap", 10 * kMs, 60 * kMs), Knob::kStationCap, p.station.value, 1.0);
  p.b.hold(p.b.fault("down", 40 * kMs, 80 * kMs), Knob::kInstanceDown, 0);
  EXPECT_TRUE(p.watched().missing_ns == 110 * kMs);
}

// Down in 20..50, counted from 40 on: 2 x 10 ms.
TEST(Presence, what_is_missing_in_the_warm_up_does_not_count) {
  Present p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(kMs)), {0});
  p.b.hold(p.b.fault("down", 20 * kMs, 50 * kMs), Knob::kInstanceDown, 0);
  p.b.plan.warm_up_ns = 40 * kMs;
  EXPECT_TRUE(p.watched().missing_ns == 20 * kMs);
}

/// 1.5 cores: two servers, one of which is half a one. A job alone has a core, two share 1.5.
struct PartOfACore : Present {
  PartOfACore() {
    plan::Station fixed;
    fixed.servers = 2;
    fixed.speed_by_load = {1.0, 0.75};
    fixed.spare = 0.5;
    station = b.station(db, fixed);
  }
};

// Two jobs of 30 ms take 40 at 0.75 each: 1.5 x 40 = 60 ms of work by 1.5 x 100 that are there.
TEST(Presence, a_share_of_cores_is_there_and_at_work_as_the_share_that_it_is) {
  PartOfACore p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(30 * kMs)), {0, 0});
  const auto record = p.watched();
  EXPECT_TRUE(record.busy_ns == 60 * kMs && record.missing_ns == 50 * kMs);
}

// A job alone takes a whole core for its 30 ms.
TEST(Presence, a_job_alone_takes_a_whole_core_of_the_share) {
  PartOfACore p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(30 * kMs)), {0});
  EXPECT_TRUE(p.watched().busy_ns == 30 * kMs);
}

// It stands still in 20..50: of 1.5 x 70 ms with both jobs 1.5 x 30 are none, and 1.5 x 70 of 2 x 100 are there.
TEST(Presence, a_share_of_cores_that_stands_still_is_neither) {
  PartOfACore p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(30 * kMs)), {0, 0});
  p.b.hold(p.b.fault("pause", 20 * kMs, 50 * kMs), Knob::kInstancePaused, 0);
  const auto record = p.watched();
  EXPECT_TRUE(record.busy_ns == 105 * kMs && record.stuck_ns == 45 * kMs);
  EXPECT_TRUE(record.missing_ns == 95 * kMs);
}

}  // namespace
}  // namespace twinvoice::testing
