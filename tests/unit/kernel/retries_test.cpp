// Retries by hand: when each attempt starts, which failures are tried again, and what stops it.
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// Calls of a db that takes 1 ms and then always fails with its own error (while the gate's knob says so).
struct Failing : Shop {
  plan::GateId gate;
  plan::OperationId op;
  explicit Failing(Nanos work_ns = kMs) {
    plan::Gate shut = broken_gate();
    shut.probability = 0.0;
    gate = b.gate(db, shut);
    op = calls("issue", db, b.program("work", db).hop_in().delay(b.constant(work_ns)).gate(gate).reply());
    policy().retries.on = plan::kOnError;
  }
  void fails(Nanos from_ns, Nanos until_ns = kNever) {
    b.hold(b.fault("errors", from_ns, until_ns), Knob::kGateProbability, gate.value, 1.0);
  }
  plan::Retries& retries() { return policy().retries; }
};

// Each attempt fails after 1 ms; backoffs 1, 2, 4, 8 s: attempts start at 0, 1.001, 3.002, 7.003, 15.004 s; the last one ends the
// call at 15.005 s.
TEST(Retries, backoffs_double) {
  Failing f;
  f.fails(0);
  f.retries().attempts = 4;
  f.retries().backoff = f.b.constant(kSecond);
  f.b.trace(f.op, {0});
  KernelRun run(f.b, 60 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 15'005 * kMs);
  EXPECT_EQ(run.at(0).attempts, 5U);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kError, f.db.value));
}

// The same with errors until 7 s only: the attempt of 7.003 s succeeds at 7.004.
TEST(Retries, the_first_success_ends_the_call) {
  Failing f;
  f.fails(0, 7 * kSecond);
  f.retries().attempts = 4;
  f.retries().backoff = f.b.constant(kSecond);
  f.b.trace(f.op, {0});
  KernelRun run(f.b, 60 * kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 7'004 * kMs);
  EXPECT_EQ(run.at(0).attempts, 4U);
  EXPECT_EQ(run.first_cause(0), plan::Cause(Reason::kError, f.db.value));
}

// Backoffs 1, 3, 5 (9 capped), 5 s with multiplier 3 and cap 5: end at 14 s + 5 x 1 ms.
TEST(Retries, backoffs_are_capped) {
  Failing f;
  f.fails(0);
  f.retries().attempts = 4;
  f.retries().backoff = f.b.constant(kSecond);
  f.retries().multiplier = 3.0;
  f.retries().max_backoff_ns = 5 * kSecond;
  f.b.trace(f.op, {0});
  KernelRun run(f.b, 60 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 14'005 * kMs);
}

// One retry after 1 s, 400 requests. Full jitter: uniform in (0, 1) s, mean 0.5, standard error sqrt(1/12/400) = 0.0144; equal: in
// (0.5, 1), mean 0.75, standard error 0.0072. Bounds of five: false alarm 6e-7.
TEST(Retries, jitter_spreads_the_backoff) {
  for (const auto jitter : {plan::Jitter::kFull, plan::Jitter::kEqual}) {
    Failing f;
    f.fails(0);
    f.retries().attempts = 1;
    f.retries().backoff = f.b.constant(kSecond);
    f.retries().jitter = jitter;
    f.b.deterministic(f.op, 10 * kMs, 400);
    KernelRun run(f.b, 60 * kSecond);
    double sum = 0.0, least = 1.0, most = 0.0;
    for (std::size_t i = 0; i < 400; ++i) {
      const double backoff_s = to_seconds(run.latency(i) - 2 * kMs);
      sum += backoff_s / 400.0;
      least = std::min(least, backoff_s), most = std::max(most, backoff_s);
    }
    const bool full = jitter == plan::Jitter::kFull;
    EXPECT_NEAR(sum, full ? 0.5 : 0.75, full ? 0.072 : 0.036);
    EXPECT_GE(least, full ? 0.0 : 0.5);
    EXPECT_LT(least, full ? 0.05 : 0.525);
    EXPECT_LE(most, 1.0);
    EXPECT_GT(most, 0.95);
  }
}

// Each attempt takes 30 ms but may take 10: attempts at 0, 10, 20; the call ends at 30 with the timeout of a try; three orphans.
TEST(Retries, a_try_has_its_own_limit) {
  Failing f(30 * kMs);
  f.retries().attempts = 2;
  f.retries().per_try_timeout_ns = 10 * kMs;
  f.retries().on = plan::kOnTimeout;
  f.b.trace(f.op, {0});
  KernelRun run(f.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, f.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
  EXPECT_EQ(run.at(0).attempts, 3U);
  EXPECT_EQ(run.counts().late, 3U);
}

// The call's timeout of 25 ms ends it in the middle of the third try: no further retry.
TEST(Retries, the_timeout_of_the_call_ends_all_tries) {
  Failing f(30 * kMs);
  f.retries().attempts = 9;
  f.retries().per_try_timeout_ns = 10 * kMs;
  f.retries().on = plan::kOnTimeout;
  f.policy().timeout_ns = 25 * kMs;
  f.b.trace(f.op, {0});
  KernelRun run(f.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
  EXPECT_EQ(run.at(0).attempts, 3U);
}

// A backoff that would end after the timeout of the call: the call ends at its timeout, while nothing is under way.
TEST(Retries, the_timeout_of_the_call_ends_a_backoff) {
  Failing f;
  f.fails(0);
  f.retries().attempts = 9;
  f.retries().backoff = f.b.constant(kSecond);
  f.policy().timeout_ns = 500 * kMs;
  f.b.trace(f.op, {0});
  KernelRun run(f.b, 10 * kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, f.db.value));
  EXPECT_EQ(run.first_cause(0), plan::Cause(Reason::kError, f.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 500 * kMs);
  EXPECT_EQ(run.at(0).attempts, 1U);
}

TEST(Retries, only_the_named_classes_are_tried_again) {
  for (const std::uint8_t on : {plan::kOnError, plan::kOnTimeout, plan::kOnReset, plan::kOnRejected}) {
    Failing f;
    f.fails(0);
    f.retries().attempts = 2;
    f.retries().on = on;
    f.b.trace(f.op, {0});
    KernelRun run(f.b, kSecond);
    EXPECT_EQ(run.at(0).attempts, on == plan::kOnError ? 3U : 1U);
    EXPECT_EQ(run.at(0).decided_ns, on == plan::kOnError ? 3 * kMs : kMs);
  }
}

// Burst 1, half a token a call: calls have 1.5, 1, 0.5, 1, 0.5, 1 tokens, so that four of the six may retry once (half of six and
// the one of the burst); a second retry of the same call finds less than one.
TEST(Retries, a_budget_limits_retries) {
  Failing f;
  f.fails(0);
  f.retries().attempts = 3;
  f.retries().budget = true;
  f.retries().budget_ratio = 0.5;
  f.retries().budget_burst = 1.0;
  f.b.deterministic(f.op, 10 * kMs, 6);
  KernelRun run(f.b, kSecond);
  const std::vector<std::uint32_t> attempts{2, 2, 1, 2, 1, 2};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(run.at(i).attempts, attempts[i]) << i;
}

// Nothing to spend, whatever the burst.
TEST(Retries, a_budget_of_nothing_allows_no_retry) {
  Failing f;
  f.fails(0);
  f.retries().attempts = 3;
  f.retries().budget = true;
  f.retries().budget_ratio = 0.0;
  f.retries().budget_burst = 10.0;
  f.b.deterministic(f.op, 10 * kMs, 100);
  KernelRun run(f.b, 2 * kSecond);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(run.at(i).attempts, 1U) << i;
}

// No burst, 0.3 a call: 0.3, 0.6, 0.9, 1.2 pays for one and leaves 0.2. What a call adds is never lost: 30 retries in 100 calls,
// one more or less where a sum of tenths falls short of 1.
TEST(Retries, without_a_burst_the_ratio_holds) {
  Failing f;
  f.fails(0);
  f.retries().attempts = 3;
  f.retries().budget = true;
  f.retries().budget_ratio = 0.3;
  f.retries().budget_burst = 0.0;
  f.b.deterministic(f.op, 10 * kMs, 100);
  KernelRun run(f.b, 2 * kSecond);
  std::uint32_t attempts = 0;
  for (std::size_t i = 0; i < 100; ++i) attempts += run.at(i).attempts;
  EXPECT_NEAR(attempts, 130.0, 1.0);
}

/// Three replicas that all fail with an error of their own but the last one; each call has three tries.
struct ThreeReplicas {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", {here, here, here});
  plan::OperationId op;
  ThreeReplicas(plan::Balance balance, bool avoid) {
    const auto gate = b.gate(db, broken_gate());
    b.plan.gates[gate.index() + 2].probability = 0.0;
    plan::CallSite policy;
    policy.balance = balance;
    policy.balance_purpose = random::purpose_of("issue", "balance");
    policy.retries.attempts = 2;
    policy.retries.on = plan::kOnError;
    policy.retries.avoid_tried = avoid;
    const auto site = b.call("issue>db", db, b.program("work", db).hop_in().gate(gate).reply(), {}, policy);
    op = b.operation("issue", b.program("issue").call(site).end(), here);
    b.deterministic(op, 10 * kMs, 300);
  }
};

// Whoever is tried first, the third try at the latest finds the replica that works. With replacement (2/3)^3 = 30 % of 300 fail:
// 89, standard deviation 7.9, bound 40.
TEST(Retries, a_retry_goes_to_a_replica_that_has_not_been_tried) {
  for (const plan::Balance balance :
       {plan::Balance::kRandom, plan::Balance::kRoundRobin, plan::Balance::kLeastRequest,
        plan::Balance::kPowerOfTwo, plan::Balance::kWeighted, plan::Balance::kNearest}) {
    ThreeReplicas avoiding(balance, true);
    KernelRun run(avoiding.b, 10 * kSecond);
    EXPECT_EQ(run.counts().failed, 0U) << static_cast<int>(balance);
  }
  ThreeReplicas forgetful(plan::Balance::kRandom, false);
  KernelRun run(forgetful.b, 10 * kSecond);
  EXPECT_NEAR(static_cast<double>(run.counts().failed), 89.0, 40.0);
}

// One replica is left in balancing: it is tried again rather than nobody.
TEST(Retries, where_all_have_been_tried_they_are_tried_again) {
  ThreeReplicas t(plan::Balance::kRoundRobin, true);
  for (const std::uint32_t out : {1U, 2U}) t.b.hold(t.b.fault("out", 0), Knob::kInstanceOut, out);
  KernelRun run(t.b, 10 * kSecond);
  EXPECT_EQ(run.at(0).attempts, 3U);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kError, t.db.value));
}

// A verdict by the request is the same at every try: 32 % of 10 000 are turned away with no retry as with five. Standard
// deviation 47, bound 240: false alarm 3e-7. By the attempt five retries leave 0.32^6 = 0.1 %.
TEST(Retries, a_verdict_by_the_request_does_not_change_with_the_try) {
  std::uint64_t failed_without = 0;
  for (const std::uint32_t retries : {0U, 1U, 5U}) {
    Shop shop;
    plan::Gate gate;
    gate.probability = 0.32;
    gate.by_request = true;
    const auto id = shop.b.gate(shop.db, gate);
    const auto op = shop.calls("issue", shop.db, shop.b.program("work", shop.db).hop_in().gate(id).reply());
    shop.policy().retries.attempts = retries;
    shop.policy().retries.on = plan::kOnRejected;
    shop.b.deterministic(op, kMs, 10'000);
    KernelRun run(shop.b, 20 * kSecond);
    EXPECT_NEAR(static_cast<double>(run.counts().failed), 3'200.0, 240.0);
    if (retries == 0) failed_without = run.counts().failed;
    EXPECT_EQ(run.counts().failed, failed_without) << retries;
  }
}

// Failures of 10 % drawn per attempt: with one retry 1 % fail, not 10 %. 20 000 requests: standard deviation sqrt(20000 x 0.01 x
// 0.99) = 14.1; bound 70: false alarm 6e-7.
TEST(Retries, a_retry_draws_its_own_fate) {
  Shop shop;
  plan::Gate gate;
  gate.probability = 0.1;
  const auto id = shop.b.gate(shop.db, gate);
  const auto op = shop.calls("issue", shop.db, shop.b.program("work", shop.db).hop_in().gate(id).reply());
  shop.policy().retries.attempts = 1;
  shop.policy().retries.on = plan::kOnRejected | plan::kOnError;
  shop.b.deterministic(op, kMs, 20'000);
  KernelRun run(shop.b, 30 * kSecond);
  EXPECT_NEAR(static_cast<double>(run.counts().failed), 200.0, 70.0);
}

}  // namespace
}  // namespace twinvoice::testing
