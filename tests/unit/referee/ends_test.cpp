// How frames end, by hand: tokens come back from every kind of end, and kills meet pauses.
#include <gtest/gtest.h>

#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Cause;
using plan::Knob;
using plan::Reason;

/// A db with one thread; the network costs nothing.
struct OneThread {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here);
  plan::PoolId thread = b.pool(db, 1);
};

enum class End { kSuccess, kFailure, kTimeout, kCancelled, kReset };

/// When the second of two requests ends, which holds the thread for 5 ms. The first comes at 0 and would hold it until 10.
Nanos second_ends(End end) {
  OneThread t;
  plan::Gate broken;
  broken.probability = 1.0;
  broken.reason = Reason::kError;
  const auto gate = t.b.gate(t.db, broken);
  auto text = t.b.program("db/first", t.db).hop_in().acquire(t.thread).delay(t.b.constant(4 * kMs));
  if (end == End::kFailure) text.gate(gate);
  const auto site = t.b.call("first>db", t.db, text.delay(t.b.constant(6 * kMs), "more").reply());
  if (end == End::kTimeout || end == End::kCancelled) t.b.site(site).timeout_ns = 2 * kMs;
  t.b.site(site).cancel_losers = end == End::kCancelled;
  t.b.trace(t.b.operation("first", t.b.program("first").call(site).end(), t.here), {0});
  if (end == End::kReset) t.b.impulse(t.b.fault("kill", 3 * kMs), plan::Impulse::kReset, 0);
  const auto hold =
      t.b.program("db/second", t.db).hop_in().acquire(t.thread).delay(t.b.constant(5 * kMs)).reply();
  // After the kill, which would hit it too.
  t.b.trace(OneCall(t.b, t.here, t.db, hold).operation, {end == End::kReset ? 3 * kMs : kMs});
  const auto r = judge(t.b, kSecond);
  EXPECT_EQ(r.frames_created, r.frames_ended);
  EXPECT_TRUE(r.requests[1].succeeded);
  return r.requests[1].decided_ns;
}

// Success at 10: token at 10. Failure at 4: at 4. Timeout at 2: the orphan holds it until 10. Cancelled at 2 in a delay: until the
// step boundary at 4. Reset at 3: at 3. Then 5 ms.
TEST(RefereeEnds, a_token_comes_back_from_every_kind_of_end) {
  EXPECT_EQ(second_ends(End::kSuccess), 15 * kMs);
  EXPECT_EQ(second_ends(End::kFailure), 9 * kMs);
  EXPECT_EQ(second_ends(End::kTimeout), 15 * kMs);
  EXPECT_EQ(second_ends(End::kCancelled), 9 * kMs);
  EXPECT_EQ(second_ends(End::kReset), 8 * kMs);
}

// app (one thread) calls db (one thread, 10 ms). The kill of app at 3 ms ends request 0 there and gives app's thread back; its child
// at db is an orphan and holds db's thread until 10. Request 1, of 4 ms, waits for that and ends at 20.
TEST(RefereeEnds, a_killed_caller_gives_its_tokens_back_and_its_orphan_keeps_its_own) {
  OneThread t;
  const auto app = t.b.component("app", t.here);
  const auto app_thread = t.b.pool(app, 1);
  const auto work = t.b.program("db/work", t.db)
                        .hop_in()
                        .acquire(t.thread)
                        .delay(t.b.constant(10 * kMs))
                        .release(t.thread)
                        .reply();
  const auto inner = t.b.call("app>db", t.db, work, app);
  const auto serve = t.b.program("app/serve", app).hop_in().acquire(app_thread).call(inner).reply();
  t.b.trace(OneCall(t.b, t.here, app, serve).operation, {0, 4 * kMs});
  t.b.impulse(t.b.fault("kill", 3 * kMs), plan::Impulse::kReset,
              t.b.plan.components[app.index()].first_instance);
  const auto r = judge(t.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kReset, app.value));
  EXPECT_EQ(r.requests[0].decided_ns, 3 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 20 * kMs);
  EXPECT_EQ(r.late, 1U);
}

/// A db with one server that stands still from 5 to 25 ms, and requests of 10 ms of work.
struct Paused {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here);
  plan::StationId station = b.station(db, 1);

  explicit Paused(std::vector<Nanos> times_ns) {
    const auto work = b.program("db/work", db).hop_in().serve(station, b.constant(10 * kMs)).reply();
    b.trace(OneCall(b, here, db, work).operation, std::move(times_ns));
    b.hold(b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  }
  void kill(Nanos at_ns, Nanos back_ns) {
    const auto fault = b.fault("kill", at_ns, back_ns);
    b.hold(fault, Knob::kInstanceDown, 0);
    b.impulse(fault, plan::Impulse::kReset, 0);
  }
};

// Killed at 25, at the very instant of the resume: a fault comes before a repair, so that the work never goes on.
TEST(RefereeEnds, a_kill_at_the_instant_of_the_resume_comes_first) {
  Paused p({0});
  p.kill(25 * kMs, 26 * kMs);
  const auto r = judge(p.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kReset, p.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 25 * kMs);
}

// Killed at 5, at the very instant of the pause.
TEST(RefereeEnds, a_kill_at_the_instant_of_the_pause_is_told_at_once) {
  Paused p({0});
  p.kill(5 * kMs, 6 * kMs);
  const auto r = judge(p.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kReset, p.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 5 * kMs);
}

// Down from 10 to 15 ms in the middle of the pause: a request of 12 is refused at once, one of 20 waits for the resume and is
// served at 25..35.
TEST(RefereeEnds, down_and_paused_refuses_and_up_and_paused_waits) {
  Paused p({12 * kMs, 20 * kMs});
  p.kill(10 * kMs, 15 * kMs);
  const auto r = judge(p.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kRefused, p.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 12 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 35 * kMs);
}

/// Clients 5 ms away from the db; one call with 1 ms of work.
struct Far {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link = b.link(home, away, 5 * kMs);
  plan::ComponentId db = b.component("db", away);
  OneCall call{b, home, db, b.program("db/work", db).hop_in().delay(b.constant(kMs)).reply()};
};

// Sent at 10 into the pause of 5..25 ms, there at 15, handled at 25, answered at 25 + 1 + 5.
TEST(RefereeEnds, a_call_into_a_pause_waits_at_its_end) {
  Far far;
  far.b.trace(far.call.operation, {10 * kMs});
  far.b.hold(far.b.fault("pause", 5 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  EXPECT_EQ(judge(far.b, kSecond).requests[0].decided_ns, 31 * kMs);
}

// The answer, ready at 6, is held at a cut of 3..20 ms. It leaves when the way opens although its sender stands still from 10 on: told at 25.
TEST(RefereeEnds, a_held_answer_leaves_a_sender_that_stands_still) {
  Far far;
  far.b.trace(far.call.operation, {0});
  far.b.hold(far.b.fault("cut", 3 * kMs, 20 * kMs), Knob::kPathBlocked, far.b.path(far.away, far.home));
  far.b.hold(far.b.fault("pause", 10 * kMs, 60 * kMs), Knob::kInstancePaused, 0);
  EXPECT_EQ(judge(far.b, kSecond).requests[0].decided_ns, 25 * kMs);
}

// The db fails the request at 6; the answer is held at a cut of 3..20 ms when the db is killed at 10: what the caller is told at 25
// is the end of its connection, not the error that never left.
TEST(RefereeEnds, a_held_failure_dies_with_its_machine) {
  Far far;
  plan::Gate broken;
  broken.probability = 1.0;
  broken.reason = Reason::kError;
  const auto work = far.b.program("db/fails", far.db)
                        .hop_in()
                        .delay(far.b.constant(kMs))
                        .gate(far.b.gate(far.db, broken))
                        .reply();
  far.b.trace(OneCall(far.b, far.home, far.db, work).operation, {0});
  far.b.hold(far.b.fault("cut", 3 * kMs, 20 * kMs), Knob::kPathBlocked, far.b.path(far.away, far.home));
  far.b.impulse(far.b.fault("kill", 10 * kMs), plan::Impulse::kReset, 0);
  const auto r = judge(far.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kReset, far.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 25 * kMs);
}

// Held at the cut since 10 ms, given up at 30, sent when the way opens at 100 all the same: a timeout ends the wait, not the work.
TEST(RefereeEnds, a_held_request_is_sent_although_its_caller_gave_up) {
  Far far;
  far.call.policy().timeout_ns = 20 * kMs;
  far.b.trace(far.call.operation, {10 * kMs});
  far.b.hold(far.b.fault("cut", 5 * kMs, 100 * kMs), Knob::kLinkDown, far.link.value);
  const auto r = judge(far.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kTimeout, far.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 30 * kMs);
  EXPECT_EQ(r.late, 1U);
}

}  // namespace
}  // namespace twinvoice::testing
