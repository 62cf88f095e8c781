// What calls did, counted by hand: in which window, and what of it lies in the measured time.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

/// Counts of the only call of a run.
measure::CallRecord counted(PlanBuilder& b, Nanos horizon_ns) {
  const plan::Plan plan = b.horizon(horizon_ns).build();
  kernel::Engine engine(plan, {});
  engine.run_until(horizon_ns);
  engine.close(horizon_ns);
  measure::RunRecord record = engine.record();
  EXPECT_EQ(record.calls.size(), 1U);
  return std::move(record.calls.at(0));
}

/// A db whose calls all fail at once.
struct Broken : Shop {
  plan::OperationId op =
      calls("issue", db, b.program("work", db).hop_in().gate(b.gate(db, broken_gate())).reply());
};

// Three requests, in seconds 0, 1 and 1: each has one attempt and two retries.
TEST(CallCounts, attempts_and_retries_are_counted_in_their_windows) {
  Broken shop;
  shop.policy().retries.attempts = 2;
  shop.policy().retries.on = 0xff;
  shop.b.trace(shop.op, {500 * kMs, 1'200 * kMs, 1'700 * kMs});
  const auto call = counted(shop.b, 3 * kSecond);
  ASSERT_EQ(call.windows.size(), 3U);
  EXPECT_EQ(call.windows[0].attempts, 3U);
  EXPECT_EQ(call.windows[0].further, 2U);
  EXPECT_EQ(call.windows[0].retries, 2U);
  EXPECT_EQ(call.windows[1].attempts, 6U);
  EXPECT_EQ(call.windows[2], measure::CallCounts{});
  EXPECT_EQ(call.measured.attempts, 9U);
  EXPECT_EQ(call.measured.attempts - call.measured.further, 3U);
}

// The warm-up ends at 1.5 s, within a window: the requests of 0.5 s and 1.2 s are in their windows and not measured.
TEST(CallCounts, the_warm_up_is_in_no_total) {
  Broken shop;
  shop.b.trace(shop.op, {500 * kMs, 1'200 * kMs, 1'700 * kMs});
  shop.b.plan.warm_up_ns = 1'500 * kMs;
  const auto call = counted(shop.b, 3 * kSecond);
  EXPECT_EQ(call.windows[0].attempts, 1U);
  EXPECT_EQ(call.windows[1].attempts, 2U);
  EXPECT_EQ(call.measured.attempts, 1U);
}

// Every 200 ms from 0: 0, 200, 400 fail and open the breaker until 1400, which keeps those of 600 .. 1200 from being sent; 1400 is let
// through, fails and opens it again, and 1600 .. 2200 are not sent.
TEST(CallCounts, a_breaker_opens_and_keeps_attempts_from_being_sent) {
  Broken shop;
  shop.policy().breaker = {3, kSecond, 1};
  shop.b.deterministic(shop.op, 200 * kMs, 12);
  const auto call = counted(shop.b, 3 * kSecond);
  EXPECT_EQ(call.measured.attempts, 4U);
  EXPECT_EQ(call.measured.openings, 2U);
  EXPECT_EQ(call.measured.rejections, 8U);
  EXPECT_EQ(call.windows[0].openings, 1U);
  EXPECT_EQ(call.windows[1].openings, 1U);
}

// Two replicas in turn, the first always fails: two failures of it in a row, at 0 and 200 ms, take it out.
TEST(CallCounts, an_ejection_is_counted_when_it_begins) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here, 2);
  plan::Gate gate = broken_gate();
  gate.probability = 0.0;
  const auto gates = b.gate(db, gate);
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  policy.ejection = {2, 10 * kSecond, 0.5};
  const auto site = b.call("issue>db", db, b.program("work", db).hop_in().gate(gates).reply(), {}, policy);
  const auto op = b.operation("issue", b.program("issue").call(site).end(), here);
  b.plan.gates[gates.index()].probability = 1.0;
  b.deterministic(op, 100 * kMs, 20);
  const auto call = counted(b, 3 * kSecond);
  EXPECT_EQ(call.measured.ejections, 1U);
  EXPECT_EQ(call.windows[0].ejections, 1U);
}

// 3 s of work against a timeout of 500 ms: the answer of the request of 0.2 s comes at 3.2 s, when nobody waits for it. It is late in
// the window of 3 s, for its call and for its operation.
TEST(CallCounts, an_answer_that_nobody_waits_for_is_late_when_it_comes) {
  Shop shop;
  const auto op = shop.calls(
      "issue", shop.db, shop.b.program("work", shop.db).hop_in().delay(shop.b.constant(3 * kSecond)).reply());
  shop.policy().timeout_ns = 500 * kMs;
  shop.b.trace(op, {200 * kMs});
  const plan::Plan plan = shop.b.horizon(5 * kSecond).build();
  kernel::Engine engine(plan, {});
  engine.run_until(5 * kSecond);
  engine.close(5 * kSecond);
  const measure::RunRecord record = engine.record();
  EXPECT_EQ(record.calls.at(0).windows.at(3).late, 1U);
  EXPECT_EQ(record.operations.at(0).windows.at(3).late_answers, 1U);
  EXPECT_EQ(record.operations.at(0).late_answers, 1U);
}

// A hedge at 20 ms beside an attempt of 50 ms: one attempt more, no retry.
TEST(CallCounts, a_hedge_is_a_further_attempt_and_no_retry) {
  Shop shop;
  const auto op = shop.calls(
      "issue", shop.db, shop.b.program("work", shop.db).hop_in().delay(shop.b.constant(50 * kMs)).reply());
  shop.policy().hedge = {20 * kMs, 1};
  shop.b.trace(op, {0});
  const auto call = counted(shop.b, kSecond);
  EXPECT_EQ(call.measured.attempts, 2U);
  EXPECT_EQ(call.measured.further, 1U);
  EXPECT_EQ(call.measured.hedges, 1U);
  EXPECT_EQ(call.measured.retries, 0U);
}

// 1000 s in windows of 1 s are more than 240: 5 s each, 200 of them.
TEST(CallCounts, long_runs_are_counted_in_wider_windows) {
  Broken shop;
  shop.b.trace(shop.op, {7 * kSecond, 999 * kSecond});
  const auto call = counted(shop.b, 1'000 * kSecond);
  ASSERT_EQ(call.windows.size(), 200U);
  EXPECT_EQ(call.windows[1].attempts, 1U);
  EXPECT_EQ(call.windows[199].attempts, 1U);
}

}  // namespace
}  // namespace twinvoice::testing
