// Cancellation by hand: it travels like a message, removes queued work at once and running work at its next step boundary.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Reason;

/// Clients 2 ms from the db, whose program is given; the call ends at its timeout of 10 ms and cancels.
struct Cancelling {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link = b.link(home, away, 2 * kMs);
  plan::ComponentId db = b.component("db", away);
  plan::StationId station = b.station(db, 1);

  void issue(plan::ProgramId work, std::vector<Nanos> times_ns, Nanos timeout_ns = 10 * kMs) {
    plan::CallSite policy;
    policy.timeout_ns = timeout_ns;
    policy.cancel_losers = true;
    const auto site = b.call("issue>db", db, work, {}, policy);
    b.trace(b.operation("issue", b.program("issue").call(site).end(), home), std::move(times_ns));
  }
  ProgramText work() { return std::move(b.program("work", db).hop_in()); }
};

// Service of 30 ms: the first from 2 to 32. The second, sent at 1, queues at 3; its caller gives up at 11, the word arrives at 13 and
// it leaves the queue. Had it stayed, the third would wait until 62; it is served from 32 to 62 only if the second is gone.
TEST(Cancel, queued_work_leaves_when_the_word_arrives) {
  Cancelling c;
  c.issue(c.work().serve(c.station, c.b.constant(30 * kMs)).reply(), {0, kMs});
  KernelRun run(c.b, kSecond);
  run.until(13 * kMs, plan::Rung::kDeliver);
  EXPECT_EQ(run.sense(plan::SensorKind::kStationQueue, c.station.value), 1.0);
  run.until(13 * kMs + 1);
  EXPECT_EQ(run.sense(plan::SensorKind::kStationQueue, c.station.value), 0.0);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kTimeout, c.db.value));
  EXPECT_EQ(run.at(1).decided_ns, 11 * kMs);
  EXPECT_EQ(run.station(c.station).started, 1U);
  EXPECT_EQ(run.counts().frames_cancelled, 2U);
  EXPECT_EQ(run.counts().late, 0U);
}

// Two services of 30 ms in a row: the word arrives in the first, which ends (2..32); the second is not begun.
TEST(Cancel, running_work_ends_at_its_next_step_boundary) {
  Cancelling c;
  c.issue(c.work()
              .serve(c.station, c.b.constant(30 * kMs))
              .serve(c.station, c.b.constant(30 * kMs), "more")
              .reply(),
          {0});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.station(c.station).started, 1U);
  EXPECT_TRUE(run.station(c.station).busy_ns == 30 * kMs);
  EXPECT_EQ(run.counts().frames_cancelled, 1U);
  EXPECT_EQ(run.engine().frames_in_flight(), 0U);
}

// Without cancellation the whole 60 ms are worked.
TEST(Cancel, without_it_the_orphan_works_to_the_end) {
  Cancelling c;
  c.issue(c.work()
              .serve(c.station, c.b.constant(30 * kMs))
              .serve(c.station, c.b.constant(30 * kMs), "more")
              .reply(),
          {0});
  c.b.plan.calls[0].cancel_losers = false;
  KernelRun run(c.b, kSecond);
  EXPECT_TRUE(run.station(c.station).busy_ns == 60 * kMs);
  EXPECT_EQ(run.counts().frames_cancelled, 0U);
  EXPECT_EQ(run.counts().late, 1U);
}

// A frame that waits for a token leaves the waiting room when the word arrives (at 12): the first holds the token from 2 to 42.
TEST(Cancel, a_wait_for_a_token_ends_when_the_word_arrives) {
  Cancelling c;
  const auto threads = c.b.pool(c.db, 1);
  c.issue(c.work().acquire(threads).delay(c.b.constant(40 * kMs)).release(threads).reply(), {0, 0});
  KernelRun run(c.b, kSecond);
  run.until(12 * kMs + 1);
  EXPECT_EQ(run.sense(plan::SensorKind::kPoolWaiting, threads.value), 0.0);
  run.until(42 * kMs);
  EXPECT_EQ(run.sense(plan::SensorKind::kPoolHeld, threads.value), 1.0);
  EXPECT_EQ(run.pool(threads).acquired, 1U);
  EXPECT_EQ(run.pool(threads).held, 0U);
}

// The db itself waits for a call to the store, 2 ms further, where the frame is queued behind a job of 100 ms. Client gives up at 10,
// the word reaches the db at 12 and the store at 14: the queue there is empty from then on.
TEST(Cancel, the_word_is_passed_on_to_the_children) {
  Cancelling c;
  const auto third = c.b.location("third");
  c.b.link(c.away, third, 2 * kMs);
  const auto store = c.b.component("store", third);
  const auto desk = c.b.station(store, 1);
  const auto noise =
      c.b.call("noise>store", store,
               c.b.program("noise", store).hop_in().serve(desk, c.b.constant(100 * kMs)).reply());
  c.b.trace(c.b.operation("noise", c.b.program("noise").call(noise).end(), third), {0});
  const auto inner = c.b.call(
      "db>store", store, c.b.program("read", store).hop_in().serve(desk, c.b.constant(kMs)).reply(), c.db);
  c.issue(c.work().call(inner).reply(), {0});
  for (auto& site : c.b.plan.calls) site.cancel_losers = true;
  KernelRun run(c.b, kSecond);
  run.until(14 * kMs, plan::Rung::kDeliver);
  EXPECT_EQ(run.sense(plan::SensorKind::kStationQueue, desk.value), 1.0);
  run.until(14 * kMs + 1);
  EXPECT_EQ(run.sense(plan::SensorKind::kStationQueue, desk.value), 0.0);
  EXPECT_EQ(run.counts().frames_cancelled, 2U);
}

// The word that comes after the work has been done changes nothing: service 9 ms (2..11), reply on its way at 10? No: the caller's
// timeout of 10 is before the reply of 13, the word arrives at 12, when the reply has left at 11. Nobody waits for it: late.
TEST(Cancel, a_word_that_comes_too_late_changes_nothing) {
  Cancelling c;
  c.issue(c.work().serve(c.station, c.b.constant(9 * kMs)).reply(), {0});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
  EXPECT_EQ(run.station(c.station).completions, 1U);
  EXPECT_EQ(run.engine().frames_in_flight(), 0U);
  EXPECT_EQ(run.counts().frames_cancelled + run.counts().frames_orphaned, 1U);
}

}  // namespace
}  // namespace twinvoice::testing
