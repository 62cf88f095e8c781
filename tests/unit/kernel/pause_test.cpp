// A paused instance by hand: its frames stand still, everybody else's clocks run.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// One db, one server; the instance stands still in 5..25 ms unless said otherwise.
struct Paused : Shop {
  plan::StationId station = b.station(db, 1);
  void pause(Nanos from_ns = 5 * kMs, Nanos until_ns = 25 * kMs) {
    b.hold(b.fault("pause" + std::to_string(from_ns), from_ns, until_ns), Knob::kInstancePaused, 0);
  }
};

// Service 10 ms from 0: 5 done at the pause, 5 left at 25: ends at 30. The one that waits: 40.
TEST(Pause, work_in_service_goes_on_where_it_stood) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0, kMs});
  p.pause();
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 40 * kMs);
}

// Two pauses overlap, 5..15 and 10..25: as one of 5..25.
TEST(Pause, overlapping_pauses_end_with_the_last) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  p.pause(5 * kMs, 15 * kMs);
  p.pause(10 * kMs, 25 * kMs);
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
}

// A delay that ends at 10 is noticed at 25; one of 30 ms from 0 ends at 30 as if nothing had been.
TEST(Pause, delays_run_on_and_are_noticed_at_the_resume) {
  Paused p;
  p.b.trace(p.calls("short", p.db, p.b.program("short", p.db).hop_in().delay(p.b.constant(10 * kMs)).reply()),
            {0});
  p.b.trace(p.calls("long", p.db, p.b.program("long", p.db).hop_in().delay(p.b.constant(30 * kMs)).reply()),
            {0});
  p.pause();
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 30 * kMs);
}

// Requests that arrive at 10 and 12 wait until 25 and are served in that order: 25..35, 35..45. Nothing is refused.
TEST(Pause, arrivals_wait_for_the_resume) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {10 * kMs, 12 * kMs});
  p.pause();
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 35 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 45 * kMs);
}

// The client is not paused: its timeout of 15 ms ends the wait at 15; the work ends at 30 and is late.
TEST(Pause, the_callers_timeout_runs_on) {
  Paused p;
  const auto op = p.visits("issue", p.station, p.b.constant(10 * kMs));
  p.policy().timeout_ns = 15 * kMs;
  p.b.trace(op, {0});
  p.pause();
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, p.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 15 * kMs);
  EXPECT_EQ(run.counts().late, 1U);
}

// So does its limit on one try: 12 ms. First try 0..12 (a timeout), second 12..24, third 24..36: it is served behind the first two
// orphans: 5 left of the first: 25..30, then 30..40. The call ends at 36.
TEST(Pause, the_callers_limit_on_a_try_runs_on) {
  Paused p;
  const auto op = p.visits("issue", p.station, p.b.constant(10 * kMs));
  p.policy().retries.attempts = 2;
  p.policy().retries.per_try_timeout_ns = 12 * kMs;
  p.policy().retries.on = plan::kOnTimeout;
  p.b.trace(op, {0});
  p.pause();
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, p.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 36 * kMs);
  EXPECT_EQ(run.at(0).attempts, 3U);
}

// The caller is paused: the answer of 10 ms waits for it until 25. Its own timeout, due at 20, is taken after the answer.
TEST(Pause, an_answer_waits_for_a_paused_caller) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto away = b.location("away");
  b.link(shop.here, away, 2 * kMs);
  const auto store = b.component("store", away);
  plan::CallSite policy;
  policy.timeout_ns = 20 * kMs;
  const auto inner = b.call(
      "db>store", store, b.program("s", store).hop_in().delay(b.constant(6 * kMs)).reply(), shop.db, policy);
  b.trace(shop.calls("issue", shop.db, b.program("w", shop.db).hop_in().call(inner).reply()), {0});
  b.hold(b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  KernelRun run(b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
}

// Killed at 15 while it stands still: everything on it is reset at once; what would have happened at the resume does not.
TEST(Pause, a_kill_ends_the_standstill_of_its_victims) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0, kMs, 30 * kMs});
  p.pause();
  p.b.impulse(p.b.fault("kill", 15 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.cause(0).reason(), Reason::kReset);
  EXPECT_EQ(run.cause(1).reason(), Reason::kReset);
  EXPECT_EQ(run.at(2).decided_ns, 40 * kMs);
}

// Killed at 25, at the very instant of the resume: a fault comes before a repair, so that the work never goes on.
TEST(Pause, a_kill_at_the_instant_of_the_resume_comes_first) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  p.pause();
  p.b.impulse(p.b.fault("kill", 25 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kReset, p.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
}

// Killed at 5, at the very instant of the pause.
TEST(Pause, a_kill_at_the_instant_of_the_pause_is_told_at_once) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  p.pause();
  p.b.impulse(p.b.fault("kill", 5 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kReset, p.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 5 * kMs);
}

// Down from 10 to 15 ms in the middle of the pause: a request of 12 is refused at once, one of 20 waits for the resume and is
// served at 25..35.
TEST(Pause, down_and_paused_refuses_and_up_and_paused_waits) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {12 * kMs, 20 * kMs});
  p.pause();
  p.b.hold(p.b.fault("down", 10 * kMs, 15 * kMs), Knob::kInstanceDown, 0);
  KernelRun run(p.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kRefused, p.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 12 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 35 * kMs);
}

// Clients 5 ms away. Sent at 10 into the pause, there at 15, handled at 25, answered at 25 + 1 + 5.
TEST(Pause, a_call_into_a_pause_waits_at_its_end) {
  PlanBuilder b;
  const auto home = b.location("home");
  const auto away = b.location("away");
  b.link(home, away, 5 * kMs);
  const auto db = b.component("db", away);
  const auto site = b.call("issue>db", db, b.program("work", db).hop_in().delay(b.constant(kMs)).reply());
  b.trace(b.operation("issue", b.program("issue").call(site).end(), home), {10 * kMs});
  b.hold(b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 31 * kMs);
}

// Clients 5 ms away. The answer, ready at 6, is held at a cut of 3..20 ms. It leaves when the way opens although its sender stands still
// from 10 on: told at 25.
TEST(Pause, a_held_answer_leaves_a_sender_that_stands_still) {
  PlanBuilder b;
  const auto home = b.location("home");
  const auto away = b.location("away");
  b.link(home, away, 5 * kMs);
  const auto db = b.component("db", away);
  const auto site = b.call("issue>db", db, b.program("work", db).hop_in().delay(b.constant(kMs)).reply());
  b.trace(b.operation("issue", b.program("issue").call(site).end(), home), {0});
  b.hold(b.fault("cut", 3 * kMs, 20 * kMs), Knob::kPathBlocked, b.path(away, home));
  b.hold(b.fault("pause", 10 * kMs, 60 * kMs), Knob::kInstancePaused, 0);
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
}

// A paused instance does not answer probes; a busy one does.
TEST(Pause, a_probe_sees_the_pause) {
  Paused p;
  p.b.trace(p.visits("issue", p.station, p.b.constant(10 * kMs)), {0});
  p.pause();
  KernelRun run(p.b, kSecond);
  run.until(4 * kMs);
  EXPECT_EQ(run.sense(plan::SensorKind::kInstanceUp, 0, p.here), 1.0);
  run.until(10 * kMs);
  EXPECT_EQ(run.sense(plan::SensorKind::kInstanceUp, 0, p.here), 0.0);
  run.until(26 * kMs);
  EXPECT_EQ(run.sense(plan::SensorKind::kInstanceUp, 0, p.here), 1.0);
}

}  // namespace
}  // namespace twinvoice::testing
