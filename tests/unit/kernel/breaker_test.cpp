// Circuit breakers by hand: three failures in a row open it for one second, one good call closes it.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

struct Guarded : Shop {
  plan::GateId gate;
  plan::OperationId op;
  explicit Guarded(Nanos work_ns = 0) {
    plan::Gate shut = broken_gate();
    shut.probability = 0.0;
    gate = b.gate(db, shut);
    op = calls("issue", db, b.program("work", db).hop_in().delay(b.constant(work_ns)).gate(gate).reply());
    policy().breaker = {3, kSecond, 1};
  }
  void fails(Nanos from_ns, Nanos until_ns) {
    b.hold(b.fault("errors" + std::to_string(from_ns), from_ns, until_ns), Knob::kGateProbability, gate.value,
           1.0);
  }
};

/// One letter a request: s success, e the callee's error, o breaker open, other causes ?.
std::string outcomes(KernelRun& run) {
  std::string text;
  for (std::size_t i = 0; i < run.log().size(); ++i) {
    const Reason reason = run.cause(i).reason();
    text += run.at(i).succeeded              ? 's'
            : reason == Reason::kError       ? 'e'
            : reason == Reason::kBreakerOpen ? 'o'
                                             : '?';
  }
  return text;
}

// Requests every 200 ms, errors 0.3 .. 1.5 s: 0, 200 succeed; 400, 600, 800 fail and open it until 1800. 1000..1600 are refused;
// 1800 is let through, succeeds and closes it.
TEST(Breaker, opens_refuses_and_closes_again) {
  Guarded g;
  g.fails(300 * kMs, 1'500 * kMs);
  g.b.deterministic(g.op, 200 * kMs, 12);
  KernelRun run(g.b, 10 * kSecond);
  EXPECT_EQ(outcomes(run), "sseeeoooosss");
  EXPECT_EQ(run.cause(5), plan::Cause(Reason::kBreakerOpen, g.db.value));
  EXPECT_EQ(run.at(5).attempts, 0U);
}

// Errors until 2 s: the test at 1800 fails and opens it again until 2800.
TEST(Breaker, a_failed_test_opens_it_again) {
  Guarded g;
  g.fails(300 * kMs, 2'000 * kMs);
  g.b.deterministic(g.op, 200 * kMs, 16);
  KernelRun run(g.b, 10 * kSecond);
  EXPECT_EQ(outcomes(run),
            "sseeeooooe"
            "oooo"
            "ss");
}

// A success between failures starts the count anew: e e s e e s e e s ... never opens.
TEST(Breaker, only_failures_in_a_row_count) {
  Guarded g;
  for (Nanos k = 0; k < 4; ++k) g.fails(k * 600 * kMs + 1, k * 600 * kMs + 500 * kMs);
  g.b.deterministic(g.op, 200 * kMs, 12);
  KernelRun run(g.b, 10 * kSecond);
  EXPECT_EQ(outcomes(run), "seeseeseesee");
}

// Calls take 100 ms. Errors end at 0.9 s. Failures told at 100, 200, 300 open it until 1300. At 1300 one is let through (until
// 1400), its companions at 1300 and 1350 are refused; at 1400 (completion before arrival) it is closed.
TEST(Breaker, half_open_lets_through_as_many_as_it_says) {
  for (const std::uint32_t tests : {1U, 2U}) {
    Guarded g(100 * kMs);
    g.policy().breaker.half_open_requests = tests;
    g.fails(0, 900 * kMs);
    g.b.trace(g.op,
              {0, 100 * kMs, 200 * kMs, 1'299 * kMs, 1'300 * kMs, 1'300 * kMs, 1'350 * kMs, 1'400 * kMs});
    KernelRun run(g.b, 10 * kSecond);
    EXPECT_EQ(outcomes(run), tests == 1 ? "eeeosoos" : "eeeossos");
  }
}

// Answers of calls launched before it opened say nothing about the present: five calls launched together at 0 fail at 100; the
// third opens it at 100 until 1100. The other two change nothing: at 1100 the test passes.
TEST(Breaker, answers_from_an_earlier_era_do_not_count) {
  Guarded g(100 * kMs);
  g.fails(0, 900 * kMs);
  g.b.trace(g.op, {0, 0, 0, 0, 0, 1'099 * kMs, 1'100 * kMs, 1'200 * kMs});
  KernelRun run(g.b, 10 * kSecond);
  EXPECT_EQ(outcomes(run), "eeeeeoss");
}

// A test that finds no replica tells nothing: at 1000 the only replica is out of balancing; at 1200 it is back and passes. Without
// giving the place back the breaker would refuse for ever.
TEST(Breaker, a_test_without_a_replica_leaves_its_place_to_another) {
  Guarded g;
  g.fails(0, 500 * kMs);
  g.b.hold(g.b.fault("drain", 900 * kMs, 1'150 * kMs), Knob::kInstanceOut, 0);
  g.b.trace(g.op, {0, 0, 0, 100 * kMs, 1'000 * kMs, 1'200 * kMs, 1'300 * kMs});
  KernelRun run(g.b, 10 * kSecond);
  EXPECT_EQ(outcomes(run), "eeeo?ss");
  EXPECT_EQ(run.cause(4), plan::Cause(Reason::kNoReplica, g.db.value));
}

// A test whose caller is killed tells nothing either: the app dies at 1005 while its test at the db runs (1000..1010).
TEST(Breaker, a_test_that_is_given_up_leaves_its_place_to_another) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto app = b.component("app", shop.here);
  plan::CallSite guarded;
  guarded.breaker = {2, kSecond, 1};
  plan::Gate shut = broken_gate();
  shut.probability = 0.0;
  const auto gate = b.gate(shop.db, shut);
  const auto inner =
      b.call("app>db", shop.db,
             b.program("w", shop.db).hop_in().delay(b.constant(10 * kMs)).gate(gate).reply(), app, guarded);
  b.trace(shop.calls("issue", app, b.program("serve", app).hop_in().call(inner).reply()),
          {0, 0, 500 * kMs, 1'010 * kMs, 1'030 * kMs, 1'050 * kMs});
  b.hold(b.fault("errors", 0, 900 * kMs), Knob::kGateProbability, gate.value, 1.0);
  b.impulse(b.fault("kill", 1'015 * kMs), plan::Impulse::kReset,
            b.plan.components[app.index()].first_instance);
  KernelRun run(b, 10 * kSecond);
  EXPECT_EQ(outcomes(run), "eeo?ss");
  EXPECT_EQ(run.cause(3).reason(), Reason::kReset);
}

// The db answers that it finds no replica of the store: for its callers that is a failure of the db like any other. 0, 10 and 20 open the
// breaker towards it.
TEST(Breaker, failures_that_the_callee_passes_on_count) {
  Guarded g;
  PlanBuilder& b = g.b;
  const auto store = b.component("store", g.here);
  const auto inner = b.call("db>store", store, b.program("store", store).hop_in().reply(), g.db);
  const auto op = g.calls("pass on", g.db, b.program("pass", g.db).hop_in().call(inner).reply());
  g.policy().breaker = {3, kSecond, 1};
  b.hold(b.fault("drain", 0), Knob::kInstanceOut, b.plan.components[store.index()].first_instance);
  b.deterministic(op, 10 * kMs, 5);
  KernelRun run(b, kSecond);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(run.cause(i), plan::Cause(Reason::kNoReplica, store.value));
  for (std::size_t i = 3; i < 5; ++i) EXPECT_EQ(run.cause(i), plan::Cause(Reason::kBreakerOpen, g.db.value));
}

// Each replica of the caller has its own: the three failures of replica 0 leave replica 1 closed.
TEST(Breaker, every_replica_of_the_caller_has_its_own) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto app = b.component("app", shop.here, 2);
  plan::CallSite guarded;
  guarded.breaker = {2, kSecond, 1};
  const auto gate = b.gate(shop.db, broken_gate());
  const auto inner =
      b.call("app>db", shop.db, b.program("w", shop.db).hop_in().gate(gate).reply(), app, guarded);
  const auto op = shop.calls("issue", app, b.program("serve", app).hop_in().call(inner).reply());
  shop.policy().balance = plan::Balance::kRoundRobin;
  b.deterministic(op, kMs, 8);
  KernelRun run(b, kSecond);
  // Replicas take turns: 0 1 0 1 fail, then both are open.
  EXPECT_EQ(outcomes(run), "eeeeoooo");
}

// Two places of one call: what the first operation's three failures have opened refuses the second operation, too.
TEST(Breaker, the_places_of_one_call_share_it) {
  for (const bool one_call : {true, false}) {
    Guarded g;
    g.fails(0, kNever);
    g.policy().call = "client>db";
    const plan::CallSiteId first = g.last_site;
    const auto other = g.calls("query", g.db, g.b.plan.calls[first.index()].program);
    g.policy().breaker = {3, kSecond, 1};
    g.policy().call = one_call ? "client>db" : "client>db again";
    g.b.trace(g.op, {0, kMs, 2 * kMs});
    g.b.trace(other, {10 * kMs});
    KernelRun run(g.b, kSecond);
    EXPECT_EQ(run.cause(3).reason(), one_call ? Reason::kBreakerOpen : Reason::kError);
  }
}

}  // namespace
}  // namespace twinvoice::testing
