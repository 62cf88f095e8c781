// Pools by hand: order of waiting, limits of waiting, caps, and that a token comes back from every kind of end.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// Requests that hold one of the db's threads for 10 ms.
struct Threads : Shop {
  plan::PoolId threads;
  explicit Threads(std::uint32_t size, std::uint32_t places = plan::kUnlimited, Nanos wait_ns = 0)
      : threads(b.pool(db, size, places, wait_ns == 0 ? plan::LawId{} : b.constant(wait_ns))) {}

  plan::OperationId holders(std::vector<Nanos> times_ns, Nanos hold_ns = 10 * kMs) {
    const auto work =
        b.program("work", db).hop_in().acquire(threads).delay(b.constant(hold_ns)).release(threads).reply();
    const auto op = calls("issue", db, work);
    b.trace(op, std::move(times_ns));
    return op;
  }
  void cap(const std::string& name, std::uint32_t size, Nanos from_ns, Nanos to_ns) {
    b.hold(b.fault(name, from_ns, to_ns), Knob::kPoolCap, threads.value, size);
  }
};

std::vector<Nanos> ends_ms(KernelRun& run) {
  std::vector<Nanos> ends;
  for (const auto& r : run.log()) ends.push_back(r.decided_ns / kMs);
  return ends;
}

// One token for 10 ms: 0..10, 10..20, 20..30 in the order of asking.
TEST(Pools, waiters_are_served_in_order) {
  Threads t(1);
  t.holders({0, kMs, 2 * kMs});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 20, 30}));
  EXPECT_TRUE(run.pool(t.threads).held_ns == 30 * kMs);
  EXPECT_TRUE(run.pool(t.threads).wait_ns == 9 * kMs + 18 * kMs);
  EXPECT_EQ(run.pool(t.threads).held, 0U);
}

TEST(Pools, a_full_waiting_room_turns_away) {
  Threads t(1, 1);
  t.holders({0, kMs, 2 * kMs});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(run.cause(2), plan::Cause(Reason::kPoolFull, t.db.value));
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 20, 2}));
  EXPECT_EQ(run.pool(t.threads).rejected, 1U);
}

// A wait of at most 9 ms: the second, come at 1, gets the token at exactly 10 (completion before timeout), the third, come at 2,
// gives up at 11.
TEST(Pools, a_wait_ends_at_its_limit) {
  Threads t(1, plan::kUnlimited, 9 * kMs);
  t.holders({0, kMs, 2 * kMs});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(run.cause(2), plan::Cause(Reason::kPoolWait, t.db.value));
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 20, 11}));
}

// Three tokens held since 0; the cap of 1 at 5 revokes nothing: all three end at 10. The two that came at 6 get one token at a
// time: 10..20, 20..30; with the cap lifted at 15 the second starts then: 15..25.
TEST(Pools, a_lowered_cap_never_revokes_and_a_lifted_one_serves_at_once) {
  for (const Nanos lifted : {kNever, 15 * kMs}) {
    Threads t(3);
    t.holders({0, 0, 0, 6 * kMs, 6 * kMs});
    t.cap("shrink", 1, 5 * kMs, lifted);
    KernelRun run(t.b, kSecond);
    EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 10, 10, 20, lifted == kNever ? 30 : 25}));
  }
}

// Caps 1 (0..20) and 2 (0..30) overlap: the smaller holds, and its end leaves the other. Size 3, three come at 1 for 10 ms:
// one at 1..11, one at 11..21; at 20 the cap is 2: the third 20..30.
TEST(Pools, overlapping_caps_are_removed_by_their_own_id) {
  Threads t(3);
  t.cap("small", 1, 0, 20 * kMs);
  t.cap("middle", 2, 0, 30 * kMs);
  t.holders({kMs, kMs, kMs});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{11, 21, 30}));
}

// A release without an end: the frame goes on for 20 ms after it has given the token back at 10.
TEST(Pools, a_token_is_free_as_soon_as_it_is_released) {
  Threads t(1);
  const auto work = t.b.program("work", t.db)
                        .hop_in()
                        .acquire(t.threads)
                        .delay(t.b.constant(10 * kMs))
                        .release(t.threads)
                        .delay(t.b.constant(20 * kMs), "after")
                        .reply();
  t.b.trace(t.calls("issue", t.db, work), {0, 0});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{30, 40}));
}

// A program that never releases: the end of the frame does, before the reply is on its way.
TEST(Pools, the_end_of_a_frame_gives_its_tokens_back) {
  Threads t(1);
  const auto work =
      t.b.program("work", t.db).hop_in().acquire(t.threads).delay(t.b.constant(10 * kMs)).reply();
  t.b.trace(t.calls("issue", t.db, work), {0, 0});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 20}));
  EXPECT_EQ(run.counts().tokens_acquired, 2U);
  EXPECT_EQ(run.counts().tokens_released, 2U);
}

/// How the first of two requests for one token comes to its end.
enum class End { kFailure, kTimeout, kCancelled, kReset };

/// When the second, come at 1 ms, ends; the first would hold the token until 10 ms.
Nanos second_ends(End end) {
  Threads t(1);
  const auto gate = t.b.gate(t.db, broken_gate());
  auto text = t.b.program("first", t.db).hop_in().acquire(t.threads).delay(t.b.constant(4 * kMs));
  if (end == End::kFailure) text.gate(gate);
  const auto first = text.delay(t.b.constant(6 * kMs), "more").reply();
  const auto op = t.calls("first", t.db, first);
  t.policy().timeout_ns = end == End::kTimeout || end == End::kCancelled ? 2 * kMs : kNever;
  t.policy().cancel_losers = end == End::kCancelled;
  t.b.trace(op, {0});
  if (end == End::kReset) {
    t.b.impulse(t.b.fault("kill", 3 * kMs), plan::Impulse::kReset, 0);
    // The second comes after the kill here, which would hit it too.
    t.holders({3 * kMs}, 5 * kMs);
  } else {
    t.holders({kMs}, 5 * kMs);
  }
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(run.counts().tokens_acquired, 2U);
  EXPECT_EQ(run.counts().tokens_released, 2U);
  EXPECT_TRUE(run.at(1).succeeded);
  return run.at(1).decided_ns;
}

// Failure at 4: token at 4. Timeout at 2: the orphan holds it until 10. Cancelled at 2 in a delay: until the step boundary at 4.
// Reset at 3: token at 3. Then 5 ms.
TEST(Pools, a_token_comes_back_from_every_kind_of_end) {
  EXPECT_EQ(second_ends(End::kFailure), 9 * kMs);
  EXPECT_EQ(second_ends(End::kTimeout), 15 * kMs);
  EXPECT_EQ(second_ends(End::kCancelled), 9 * kMs);
  EXPECT_EQ(second_ends(End::kReset), 8 * kMs);
}

// app (one thread) calls db (one thread, 10 ms). The kill of app at 3 ms ends request 0 there and gives app's thread back; its child
// at db is an orphan and holds db's thread until 10. Request 1, of 4 ms, waits for that and ends at 20.
TEST(Pools, a_killed_caller_gives_its_tokens_back_and_its_orphan_keeps_its_own) {
  Threads t(1);
  PlanBuilder& b = t.b;
  const auto app = b.component("app", t.here);
  const auto app_thread = b.pool(app, 1);
  const auto work = b.program("work", t.db).hop_in().acquire(t.threads).delay(b.constant(10 * kMs)).reply();
  const auto inner = b.call("app>db", t.db, work, app);
  const auto serve = b.program("serve", app).hop_in().acquire(app_thread).call(inner).reply();
  b.trace(t.calls("issue", app, serve), {0, 4 * kMs});
  b.impulse(b.fault("kill", 3 * kMs), plan::Impulse::kReset, b.plan.components[app.index()].first_instance);
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(plan::Reason::kReset, app.value));
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{3, 20}));
  EXPECT_EQ(run.counts().tokens_acquired, 4U);
  EXPECT_EQ(run.counts().tokens_released, 4U);
  EXPECT_EQ(run.counts().late, 1U);
}

// A kill at 5 ms ends the holder and the two that wait together: none of those takes the token first. The next comes to a free pool.
TEST(Pools, a_kill_gives_nothing_to_those_that_it_ends) {
  Threads t(1);
  t.holders({0, kMs, 2 * kMs, 6 * kMs});
  t.b.impulse(t.b.fault("kill", 5 * kMs), plan::Impulse::kReset,
              t.b.plan.components[t.db.index()].first_instance);
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{5, 5, 5, 16}));
  EXPECT_EQ(run.counts().tokens_acquired, 2U);
}

// The run ends at 5 ms while one of two holds the token and the other waits: acquired = released + held.
TEST(Pools, a_token_held_at_the_horizon_is_neither_lost_nor_given_back) {
  Threads t(1);
  t.holders({0, kMs});
  KernelRun run(t.b, 5 * kMs);
  EXPECT_EQ(run.counts().tokens_acquired, 1U);
  EXPECT_EQ(run.counts().tokens_released, 0U);
  EXPECT_EQ(run.pool(t.threads).held, 1U);
  EXPECT_EQ(run.pool(t.threads).waiting, 1U);
}

// A synchronous call holds what the caller holds: app has 1 thread, its call takes 10 ms, so requests go one at a time although the
// callee is a pure delay.
TEST(Pools, a_caller_keeps_its_tokens_while_it_waits) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto app = b.component("app", shop.here);
  const auto threads = b.pool(app, 1);
  const auto slow = b.program("slow", shop.db).hop_in().delay(b.constant(10 * kMs)).reply();
  const auto inner = b.call("app>db", shop.db, slow, app);
  const auto serve = b.program("serve", app).hop_in().acquire(threads).call(inner).release(threads).reply();
  b.trace(shop.calls("issue", app, serve), {0, 0, 0});
  KernelRun run(b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 20, 30}));
}

// Two of three tokens are leaked from the start: the third serves one at a time; the leak counts as held for ever.
TEST(Pools, tokens_held_at_the_start_never_come_back) {
  Threads t(3);
  t.holders({0, 0});
  t.b.plan.initial.tokens.push_back({t.threads, 2});
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 20}));
  EXPECT_EQ(run.pool(t.threads).held, 2U);
  EXPECT_TRUE(run.pool(t.threads).held_ns == 2 * kSecond + 20 * kMs);
}

// A waiter whose caller gives up goes on waiting as an orphan, gets its token and returns it: timeout at 5, token 10..20.
TEST(Pools, an_orphan_takes_its_turn) {
  Threads t(1);
  t.holders({0, kMs, 2 * kMs});
  t.policy().timeout_ns = 15 * kMs;
  KernelRun run(t.b, kSecond);
  EXPECT_EQ(ends_ms(run), (std::vector<Nanos>{10, 16, 17}));
  EXPECT_EQ(run.pool(t.threads).acquired, 3U);
  EXPECT_TRUE(run.pool(t.threads).held_ns == 30 * kMs);
  EXPECT_EQ(run.counts().late, 2U);
}

}  // namespace
}  // namespace twinvoice::testing
