// The call policy, worked out by hand: timeouts, retries, hedges, budgets, breakers, balancing, cancellation.
#include <gtest/gtest.h>

#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Balance;
using plan::Cause;
using plan::Reason;

/// Clients and a component "db" of `replicas` in one place; 1 ms each way; a delay of `work_ns` on the
/// replica.
struct Calls {
  PlanBuilder b;
  plan::LocationId here = b.location("a", 1 * kMs);
  plan::ComponentId db;
  OneCall call;

  explicit Calls(Nanos work_ns, std::size_t replicas = 1)
      : db(b.component("db", here, replicas)),
        call(b, here, db, b.program("db/work", db).hop_in().delay(b.constant(work_ns)).reply()) {}
  void at(std::vector<Nanos> times_ns) { b.trace(call.operation, std::move(times_ns)); }
  void kill(std::uint32_t replica, Nanos from_ns, Nanos until_ns) {
    const auto fault =
        b.fault("kill " + std::to_string(replica) + "@" + std::to_string(from_ns), from_ns, until_ns);
    b.hold(fault, plan::Knob::kInstanceDown, replica);
    b.impulse(fault, plan::Impulse::kReset, replica);
  }
};

// 1 ms there, 5 ms of work, 1 ms back.
TEST(RefereeCalls, a_call_takes_both_ways_and_the_work) {
  Calls c(5 * kMs);
  c.at({0, 100 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_TRUE(r.requests[0].succeeded);
  EXPECT_EQ(latency_of(r.requests[0]), 7 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 107 * kMs);
  EXPECT_EQ(r.requests[0].attempts, 1U);
  EXPECT_EQ(r.frames_created, 4U);
  EXPECT_EQ(r.frames_ended, 4U);
}

// The caller gives up after 3 ms; the work goes on and its answer at 7 ms is late.
TEST(RefereeCalls, a_timeout_ends_the_wait_and_not_the_work) {
  Calls c(5 * kMs);
  c.call.policy().timeout_ns = 3 * kMs;
  c.at({0});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kTimeout, c.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 3 * kMs);
  EXPECT_EQ(r.late, 1U);
  EXPECT_EQ(r.frames_ended, 2U);
}

// Tries of 4 ms each time out at 4; backoffs 2 and 4 ms: launches at 0, 6, 14; the last one times out at 18.
TEST(RefereeCalls, retries_back_off_exponentially) {
  Calls c(5 * kMs);
  auto& retries = c.call.policy().retries;
  retries.attempts = 2;
  retries.per_try_timeout_ns = 4 * kMs;
  retries.backoff = c.b.constant(2 * kMs);
  retries.on = plan::kOnTimeout;
  c.at({0});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 18 * kMs);
  EXPECT_EQ(r.requests[0].attempts, 3U);
  EXPECT_EQ(r.late, 3U);
}

// The call's own timeout of 8 ms ends everything, in the middle of a try.
TEST(RefereeCalls, the_call_timeout_includes_retries) {
  Calls c(5 * kMs);
  auto& policy = c.call.policy();
  policy.timeout_ns = 8 * kMs;
  policy.retries.attempts = 5;
  policy.retries.per_try_timeout_ns = 3 * kMs;
  policy.retries.on = plan::kOnTimeout;
  c.at({0});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 8 * kMs);
  EXPECT_EQ(r.requests[0].attempts, 3U);
  EXPECT_EQ(first_cause_of(r.requests[0]), Cause(Reason::kTimeout, c.db.value));
}

// Replica 0 is down: refused after the way there and back (2 ms), the retry goes to replica 1 (7 ms).
TEST(RefereeCalls, a_refused_try_is_repeated_at_the_next_replica) {
  Calls c(5 * kMs, 2);
  auto& policy = c.call.policy();
  policy.balance = Balance::kRoundRobin;
  policy.retries.attempts = 1;
  policy.retries.on = plan::kOnReset;
  c.kill(0, 0, kNever);
  c.at({kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_TRUE(r.requests[0].succeeded);
  EXPECT_EQ(latency_of(r.requests[0]), 9 * kMs);
  EXPECT_EQ(first_cause_of(r.requests[0]), Cause(Reason::kRefused, c.db.value));
  EXPECT_EQ(r.requests[0].attempts, 2U);
}

// Killed at 4 ms in the middle of its work: the failure travels back, 5 ms.
TEST(RefereeCalls, a_kill_resets_the_work_at_once) {
  Calls c(5 * kMs);
  c.kill(0, 4 * kMs, 10 * kMs);
  c.at({0, 20 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kReset, c.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 5 * kMs);
  EXPECT_TRUE(r.requests[1].succeeded);
}

// Paused from 4 to 50 ms in the middle of a delay that ends at 6: it goes on at 50, answer at 51.
TEST(RefereeCalls, a_paused_instance_stands_still) {
  Calls c(5 * kMs);
  c.b.hold(c.b.fault("pause", 4 * kMs, 50 * kMs), plan::Knob::kInstancePaused, 0);
  c.at({0, 10 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 51 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 56 * kMs);
}

// The first try goes to replica 0, paused; the hedge after 10 ms to replica 1 answers at 17 ms.
TEST(RefereeCalls, a_hedge_overtakes_a_slow_try) {
  Calls c(5 * kMs, 2);
  auto& policy = c.call.policy();
  policy.balance = Balance::kRoundRobin;
  policy.hedge.after_ns = 10 * kMs;
  policy.hedge.max = 1;
  c.b.hold(c.b.fault("pause", 0, 100 * kMs), plan::Knob::kInstancePaused, 0);
  c.at({0});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 17 * kMs);
  EXPECT_EQ(r.requests[0].attempts, 2U);
  EXPECT_EQ(r.late, 1U);
  EXPECT_EQ(r.frames_ended, 3U);
}

// With cancellation the loser gets the message one way later and ends at its next step boundary without an
// answer.
TEST(RefereeCalls, a_cancelled_loser_sends_no_answer) {
  Calls c(50 * kMs, 2);
  auto& policy = c.call.policy();
  policy.balance = Balance::kRoundRobin;
  policy.cancel_losers = true;
  policy.hedge.after_ns = 10 * kMs;
  policy.hedge.max = 1;
  c.at({0});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 52 * kMs);
  EXPECT_EQ(r.late, 0U);
  EXPECT_EQ(r.frames_ended, 3U);
}

// A burst of 1 and 0.5 a call: the five calls have 1.5, 1, 0.5, 1 and 0.5.
TEST(RefereeCalls, a_retry_budget_limits_retries) {
  Calls c(5 * kMs);
  auto& retries = c.call.policy().retries;
  retries.attempts = 1;
  retries.on = plan::kOnReset;
  retries.budget = true;
  retries.budget_ratio = 0.5;
  retries.budget_burst = 1.0;
  c.kill(0, 0, kNever);
  c.at({10 * kMs, 20 * kMs, 30 * kMs, 40 * kMs, 50 * kMs});
  const auto r = judge(c.b, kSecond);
  const std::vector<std::uint32_t> expected{2, 2, 1, 2, 1};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(r.requests[i].attempts, expected[i]) << i;
}

// Two errors open it for 50 ms; then one is let through, which fails and opens it again at 82; at 140 it
// closes.
TEST(RefereeCalls, a_breaker_opens_tests_and_closes) {
  Calls c(5 * kMs);
  c.call.policy().breaker = {2, 50 * kMs, 1};
  c.kill(0, 0, 120 * kMs);
  c.at({10 * kMs, 20 * kMs, 30 * kMs, 80 * kMs, 90 * kMs, 140 * kMs, 150 * kMs});
  const auto r = judge(c.b, kSecond);
  const std::vector<Reason> expected{Reason::kRefused, Reason::kRefused,     Reason::kBreakerOpen,
                                     Reason::kRefused, Reason::kBreakerOpen, Reason::kNone,
                                     Reason::kNone};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(cause_of(r.requests[i]).reason(), expected[i]) << i;
}

// app answers that it finds no replica of the store: for its callers that is a failure of app like any other. Three open the breaker
// towards app.
TEST(RefereeCalls, failures_that_the_callee_passes_on_count) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto app = b.component("app", here);
  const auto store = b.component("store", here);
  const auto inner = b.call("app>store", store, b.program("store", store).hop_in().reply(), app);
  OneCall call(b, here, app, b.program("app/pass", app).hop_in().call(inner).reply());
  call.policy().breaker = {3, kSecond, 1};
  b.hold(b.fault("drain", 0), plan::Knob::kInstanceOut, b.plan.components[store.index()].first_instance);
  b.trace(call.operation, {0, 10 * kMs, 20 * kMs, 30 * kMs, 40 * kMs});
  const auto r = judge(b, kSecond);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(cause_of(r.requests[i]), Cause(Reason::kNoReplica, store.value));
  for (std::size_t i = 3; i < 5; ++i)
    EXPECT_EQ(cause_of(r.requests[i]), Cause(Reason::kBreakerOpen, app.value));
}

// One error ejects replica 0 for 100 ms; with half of two replicas allowed out, replica 1 takes all until
// then.
TEST(RefereeCalls, an_ejected_replica_is_not_called) {
  Calls c(5 * kMs, 2);
  auto& policy = c.call.policy();
  policy.balance = Balance::kRoundRobin;
  policy.ejection = {1, 100 * kMs, 0.5};
  c.kill(0, 0, kNever);
  c.at({10 * kMs, 20 * kMs, 30 * kMs, 40 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]).reason(), Reason::kRefused);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(r.requests[i].succeeded) << i;
}

// Every replica out of balancing: nobody to call.
TEST(RefereeCalls, without_replicas_in_balancing_a_call_fails_at_once) {
  Calls c(5 * kMs);
  c.b.hold(c.b.fault("drain", 0), plan::Knob::kInstanceOut, 0);
  c.at({kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kNoReplica, c.db.value));
  EXPECT_EQ(latency_of(r.requests[0]), 0);
  EXPECT_EQ(r.requests[0].attempts, 0U);
}

// Clients sit in b; replicas in a (far) and b (near): all go to the near one.
TEST(RefereeCalls, nearest_prefers_the_own_location) {
  PlanBuilder b;
  const auto far = b.location("a");
  const auto near = b.location("b");
  b.link(far, near, 30 * kMs);
  const auto db = b.component("db", {far, near});
  OneCall call(b, near, db, b.program("db/work", db).hop_in().delay(b.constant(5 * kMs)).reply());
  b.hold(b.fault("drain", 50 * kMs), plan::Knob::kInstanceOut, 1);
  b.trace(call.operation, {0, 10 * kMs, 100 * kMs});
  const auto r = judge(b, kSecond);
  EXPECT_EQ(latency_of(r.requests[0]), 5 * kMs);
  EXPECT_EQ(latency_of(r.requests[1]), 5 * kMs);
  EXPECT_EQ(latency_of(r.requests[2]), 65 * kMs);
}

// Each of the random balances spreads 4 000 calls over two equal replicas: within 5 standard errors of one
// half.
TEST(RefereeCalls, random_balances_use_all_replicas) {
  for (const auto balance :
       {Balance::kRandom, Balance::kWeighted, Balance::kPowerOfTwo, Balance::kLeastRequest}) {
    PlanBuilder b;
    const auto here = b.location("a");
    const auto db = b.component("db", here, 2);
    const auto station = b.station(db, plan::kUnlimited);
    OneCall call(b, here, db, b.program("db/work", db).hop_in().serve(station, b.exponential(0.010)).reply());
    call.policy().balance = balance;
    b.poisson(call.operation, 400.0);
    const auto r = judge(b.seed(7), 10 * kSecond);
    const auto first = static_cast<double>(r.stations[0].arrivals);
    const auto all = static_cast<double>(r.arrived);
    if (balance == Balance::kLeastRequest) {
      EXPECT_GT(first, 0.5 * all);  // ties go to the lowest ordinal
      EXPECT_GT(static_cast<double>(r.stations[1].arrivals), 0.2 * all);
    } else {
      EXPECT_NEAR(first / all, 0.5, 5 * 0.5 / 63.0);
    }
  }
}

// A fallback goes on where it says, an ignored failure at the next step; both succeed.
TEST(RefereeCalls, a_failed_call_may_be_ignored_or_replaced) {
  for (const auto on_failure : {plan::OnFailure::kIgnore, plan::OnFailure::kFallback}) {
    PlanBuilder b;
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto site =
        b.call("issue>db", db, b.program("db/work", db).hop_in().delay(b.constant(5 * kMs)).reply());
    const auto first = static_cast<std::uint32_t>(b.plan.steps.size());
    const auto root =
        b.program("issue").call(site).delay(b.constant(20 * kMs)).delay(b.constant(3 * kMs)).end();
    b.site(site).timeout_ns = 2 * kMs;
    b.site(site).on_failure = on_failure;
    b.site(site).fallback = first + 2;
    b.trace(b.operation("issue", root, here), {0});
    const auto r = judge(b, kSecond);
    EXPECT_TRUE(r.requests[0].succeeded);
    EXPECT_EQ(r.requests[0].decided_ns, (on_failure == plan::OnFailure::kIgnore ? 25 : 5) * kMs);
    EXPECT_EQ(r.requests[0].cause, 0U);
    EXPECT_EQ(first_cause_of(r.requests[0]).reason(), Reason::kTimeout);
  }
}

// The deadline of 10 ms is propagated: the job that would start at 12 ms fails then.
TEST(RefereeCalls, work_whose_deadline_has_passed_does_not_start) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto station = b.station(db, 1);
  OneCall call(b, here, db, b.program("db/work", db).hop_in().serve(station, b.constant(12 * kMs)).reply());
  call.policy().timeout_ns = 10 * kMs;
  call.policy().propagate_deadline = true;
  b.trace(call.operation, {0, 1 * kMs});
  const auto r = judge(b, kSecond);
  EXPECT_EQ(r.requests[1].decided_ns, 11 * kMs);
  EXPECT_EQ(r.stations[0].completions, 1U);
  EXPECT_EQ(r.frames_ended, 4U);
}

}  // namespace
}  // namespace twinvoice::testing
