// Hedged calls by hand.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

/// Two replicas called in turn, 5 ms each; replica 0 is slowed to a tenth (50 ms).
struct Hedged {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here, 2);
  plan::StationId station = b.station(db, 1);
  plan::OperationId op;
  plan::CallSiteId site;

  Hedged(Nanos after_ns, std::uint32_t max, bool cancel = false) {
    plan::CallSite policy;
    policy.balance = plan::Balance::kRoundRobin;
    policy.hedge = {after_ns, max};
    policy.cancel_losers = cancel;
    site = b.call("issue>db", db, b.program("work", db).hop_in().serve(station, b.constant(5 * kMs)).reply(),
                  {}, policy);
    op = b.operation("issue", b.program("issue").call(site).end(), here);
    b.trace(op, {0});
    b.hold(b.fault("slow", 0), Knob::kStationSpeed, station.value, 0.1);
  }
};

// To replica 0 at 0 (until 50), hedge to replica 1 at 20 (until 25): decided at 25; the first goes on and answers nobody at 50.
TEST(Hedge, the_faster_one_wins_and_the_other_is_an_orphan) {
  Hedged h(20 * kMs, 1);
  KernelRun run(h.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
  EXPECT_EQ(run.at(0).attempts, 2U);
  EXPECT_EQ(run.at(0).first_cause, 0U);
  EXPECT_EQ(run.counts().late, 1U);
  EXPECT_TRUE(run.station(h.station, 0).busy_ns == 50 * kMs);
}

// No hedge before its time: 50 ms is quicker than after_ns.
TEST(Hedge, an_answer_in_time_needs_no_hedge) {
  Hedged h(60 * kMs, 1);
  KernelRun run(h.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 50 * kMs);
  EXPECT_EQ(run.at(0).attempts, 1U);
}

// The answer at exactly after_ns comes first (complete before timeout).
TEST(Hedge, an_answer_at_the_very_instant_needs_no_hedge) {
  Hedged h(50 * kMs, 1);
  KernelRun run(h.b, kSecond);
  EXPECT_EQ(run.at(0).attempts, 1U);
}

// Three hedges at most, every 3 ms, turn by turn: at 3 (replica 1: 3..8), 6 (replica 0: queued), and no more at 9 after the answer
// at 8.
TEST(Hedge, hedges_follow_each_other) {
  Hedged h(3 * kMs, 3);
  KernelRun run(h.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 8 * kMs);
  EXPECT_EQ(run.at(0).attempts, 3U);
  EXPECT_EQ(run.counts().late, 2U);
}

// Both replicas are out of balancing from 2 to 5: the hedge at 3 finds none and is spent; the next at 6 goes to replica 1 (6..11).
TEST(Hedge, a_refused_hedge_does_not_stop_the_next) {
  Hedged h(3 * kMs, 2);
  for (std::uint32_t replica = 0; replica < 2; ++replica)
    h.b.hold(h.b.fault("drain" + std::to_string(replica), 2 * kMs, 5 * kMs), Knob::kInstanceOut, replica,
             1.0);
  KernelRun run(h.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 11 * kMs);
  EXPECT_EQ(run.at(0).attempts, 2U);
  EXPECT_EQ(run.first_cause(0), plan::Cause(plan::Reason::kNoReplica, h.db.value));
}

// With cancellation the queued one leaves the queue at once (no latency), the one in service ends at its step boundary (50) and
// sends no reply.
TEST(Hedge, losers_can_be_cancelled) {
  Hedged h(3 * kMs, 3, true);
  KernelRun run(h.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 8 * kMs);
  EXPECT_EQ(run.counts().late, 0U);
  EXPECT_EQ(run.counts().frames_cancelled, 2U);
  EXPECT_EQ(run.station(h.station, 0).completions, 1U);
}

// Replica 0 stands still from 7 to 20: the attempt that queues there since 6 and lost at 8 leaves the queue at 20.
TEST(Hedge, a_paused_replica_hears_of_a_cancellation_when_it_goes_on) {
  Hedged h(3 * kMs, 3, true);
  h.b.hold(h.b.fault("pause", 7 * kMs, 20 * kMs), Knob::kInstancePaused, 0, 1.0);
  KernelRun run(h.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 8 * kMs);
  EXPECT_EQ(run.counts().frames_cancelled, 2U);
  EXPECT_TRUE(run.station(h.station, 0).queued_ns == 14 * kMs);
}

// An attempt that fails while the other is under way does not fail the call: replica 0 is killed at 22, the hedge answers at 25. The
// failure is remembered as the first cause.
TEST(Hedge, the_call_waits_for_the_attempts_that_are_left) {
  Hedged h(20 * kMs, 1);
  h.b.impulse(h.b.fault("kill", 22 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(h.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
  EXPECT_EQ(run.first_cause(0), plan::Cause(plan::Reason::kReset, h.db.value));
}

}  // namespace
}  // namespace twinvoice::testing
