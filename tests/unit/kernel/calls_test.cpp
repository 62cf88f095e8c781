// Calls by hand: timeouts, orphans, deadlines, balancing, outcomes, emitted jobs.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Balance;
using plan::Knob;
using plan::Reason;

// Service 10 ms, timeout 4 ms: told at 4, the work goes on until 10, and its reply finds nobody.
TEST(Calls, a_timeout_ends_the_wait_and_not_the_work) {
  Shop shop;
  const auto station = shop.b.station(shop.db, 1);
  shop.b.trace(shop.visits("issue", station, shop.b.constant(10 * kMs)), {0});
  shop.policy().timeout_ns = 4 * kMs;
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, shop.db.value));
  EXPECT_EQ(run.first_cause(0), plan::Cause(Reason::kTimeout, shop.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 4 * kMs);
  EXPECT_TRUE(run.station(station).busy_ns == 10 * kMs);
  EXPECT_EQ(run.counts().late, 1U);
  EXPECT_EQ(run.counts().frames_orphaned, 1U);
}

// client -> app (timeout 10, deadline) -> db (timeout 8, deadline) after 4 ms at the app: the db's deadline is min(10, 4 + 8) = 10.
// The db's server is busy 0..11 with other work, so at 11 the request is past its deadline and is not started.
TEST(Calls, the_deadline_of_the_outer_call_bounds_the_inner_one) {
  for (const Nanos outer : {10 * kMs, 12 * kMs}) {
    Shop shop;
    PlanBuilder& b = shop.b;
    const auto station = b.station(shop.db, 1);
    b.trace(shop.visits("noise", station, b.constant(11 * kMs)), {0});
    const auto app = b.component("app", shop.here);
    plan::CallSite policy;
    policy.propagate_deadline = true;
    policy.timeout_ns = 8 * kMs;
    const auto inner =
        b.call("app>db", shop.db, b.program("w", shop.db).hop_in().serve(station, b.constant(kMs)).reply(),
               app, policy);
    const auto serve = b.program("serve", app).hop_in().delay(b.constant(4 * kMs)).call(inner).reply();
    const auto op = shop.calls("issue", app, serve);
    shop.policy().propagate_deadline = true;
    shop.policy().timeout_ns = outer;
    b.trace(op, {0});
    KernelRun run(b, kSecond);
    // With 12 ms outside the inner deadline is 12 as well: served 11..12.
    EXPECT_EQ(run.at(1).succeeded, outer == 12 * kMs);
    EXPECT_EQ(run.at(1).decided_ns, outer);
    EXPECT_EQ(run.station(station).started, outer == 12 * kMs ? 2U : 1U);
  }
}

// The app holds the request for 10 ms under a deadline of 10 ms: its call fails at once, without a frame.
TEST(Calls, a_call_past_the_deadline_is_not_made) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto app = b.component("app", shop.here);
  plan::CallSite policy;
  policy.propagate_deadline = true;
  policy.timeout_ns = kSecond;
  const auto inner =
      b.call("app>db", shop.db, b.program("w", shop.db).hop_in().delay(b.constant(kMs)).reply(), app, policy);
  const auto op = shop.calls(
      "issue", app, b.program("serve", app).hop_in().delay(b.constant(10 * kMs)).call(inner).reply());
  shop.policy().propagate_deadline = true;
  shop.policy().timeout_ns = 10 * kMs;
  b.trace(op, {0});
  KernelRun run(b, kSecond);
  // The delay ends at 10, before the timeout of that instant; the failure is the reply, so it is told kDeadline at 10.
  EXPECT_EQ(run.cause(0).reason(), Reason::kDeadline);
  EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
  EXPECT_EQ(run.at(0).attempts, 1U);
}

/// Requests of 10 ms at replicas with one server each and no queue; how many each replica completed.
std::vector<std::uint64_t> spread(Balance balance, std::vector<Nanos> times_ns,
                                  std::vector<double> weights = {1, 1, 1}, std::uint64_t seed = 1) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here, weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) b.plan.instances[i].weight = weights[i];
  const auto station = b.station(db, plan::kUnlimited);
  plan::CallSite policy;
  policy.balance = balance;
  const auto work = b.program("w", db).hop_in().serve(station, b.constant(10 * kMs)).reply();
  const auto site = b.call("issue>db", db, work, {}, policy);
  b.trace(b.operation("issue", b.program("issue").call(site).end(), here), std::move(times_ns));
  kernel::RunOptions options;
  options.seed = seed;
  KernelRun run(b, 1'000 * kSecond, options);
  std::vector<std::uint64_t> counts;
  for (std::uint32_t i = 0; i < weights.size(); ++i) counts.push_back(run.station(station, i).completions);
  return counts;
}
std::vector<Nanos> every(Nanos interval_ns, std::size_t count) {
  std::vector<Nanos> times;
  for (std::size_t k = 0; k < count; ++k) times.push_back(static_cast<Nanos>(k) * interval_ns);
  return times;
}
using Counts = std::vector<std::uint64_t>;

TEST(Calls, round_robin_goes_round) {
  EXPECT_EQ(spread(Balance::kRoundRobin, every(kMs, 9)), (Counts{3, 3, 3}));
  EXPECT_EQ(spread(Balance::kRoundRobin, every(kMs, 8)), (Counts{3, 3, 2}));
  EXPECT_EQ(spread(Balance::kRoundRobin, every(kMs, 8), {1, 0, 1}), (Counts{4, 0, 4}));
}

// One at a time: ties go to the lowest ordinal, so replica 0 has them all. Five together: 0, 1, 2, 0, 1.
TEST(Calls, least_request_takes_the_one_with_the_fewest_in_flight) {
  EXPECT_EQ(spread(Balance::kLeastRequest, every(20 * kMs, 5)), (Counts{5, 0, 0}));
  EXPECT_EQ(spread(Balance::kLeastRequest, {0, 0, 0, 0, 0}), (Counts{2, 2, 1}));
}

// 6000 draws: thirds have a standard deviation of sqrt(6000 x 2/9) = 36.5, weights 1:2:3 of 28.9, 36.5, 38.7. Bounds of five of
// them: false alarm below 1e-6 a line.
TEST(Calls, random_and_weighted_draw_in_proportion) {
  const Counts even = spread(Balance::kRandom, every(kMs, 6'000));
  const Counts weighted = spread(Balance::kWeighted, every(kMs, 6'000), {1, 2, 3});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(static_cast<double>(even[i]), 2'000.0, 183.0);
    EXPECT_NEAR(static_cast<double>(weighted[i]), 1'000.0 * static_cast<double>(i + 1), 194.0);
  }
}

// With two replicas power of two compares both: of two together each replica gets one.
TEST(Calls, power_of_two_takes_the_less_loaded) {
  EXPECT_EQ(spread(Balance::kPowerOfTwo, {0, 0}, {1, 1}), (Counts{1, 1}));
  EXPECT_EQ(spread(Balance::kPowerOfTwo, {0, 0}, {1, 1}, 7), (Counts{1, 1}));
}

// Clients at site a; replicas at b (9 ms), a/x, a/y. Nearest: the same location first, then the site, then the latency.
TEST(Calls, nearest_prefers_the_location_then_the_site_then_the_latency) {
  PlanBuilder b;
  const auto ax = b.location("a/x"), ay = b.location("a/y"), far = b.location("b"), farther = b.location("c");
  b.link(ax, far, 9 * kMs);
  b.link(ax, farther, 12 * kMs);
  const auto db = b.component("db", {farther, far, ax, ay});
  plan::CallSite policy;
  policy.balance = Balance::kNearest;
  const auto site =
      b.call("issue>db", db, b.program("w", db).hop_in().delay(b.constant(kMs)).reply(), {}, policy);
  const auto station = b.station(db, 1);
  b.site(site).program = b.program("s", db).hop_in().serve(station, b.constant(kMs)).reply();
  b.trace(b.operation("issue", b.program("issue").call(site).end(), ay),
          {0, 100 * kMs, 200 * kMs, 300 * kMs});
  // Instances go out one after the other: y at 50, x at 150, b at 250.
  b.hold(b.fault("y", 50 * kMs), Knob::kInstanceOut, 3);
  b.hold(b.fault("x", 150 * kMs), Knob::kInstanceOut, 2);
  b.hold(b.fault("b", 250 * kMs), Knob::kInstanceOut, 1);
  KernelRun run(b, kSecond);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(run.station(station, i).completions, 1U) << i;
  EXPECT_EQ(run.latency(2), 19 * kMs);
  EXPECT_EQ(run.latency(3), 25 * kMs);
}

// Down instances are still chosen: nobody has told the balancer.
TEST(Calls, balancing_does_not_know_who_is_down) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here, 2);
  plan::CallSite policy;
  policy.balance = Balance::kRoundRobin;
  const auto site =
      b.call("issue>db", db, b.program("w", db).hop_in().delay(b.constant(kMs)).reply(), {}, policy);
  b.trace(b.operation("issue", b.program("issue").call(site).end(), here), every(10 * kMs, 4));
  b.hold(b.fault("down", 0), Knob::kInstanceDown, 1);
  KernelRun run(b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.cause(1).reason(), Reason::kRefused);
  EXPECT_TRUE(run.at(2).succeeded);
  EXPECT_EQ(run.cause(3).reason(), Reason::kRefused);
}

// The call fails at 5 ms (gate). kFail ends the request; kIgnore goes on with the delay of 7 ms; kFallback jumps over it.
TEST(Calls, a_failed_call_fails_is_ignored_or_falls_back) {
  for (const auto on_failure :
       {plan::OnFailure::kFail, plan::OnFailure::kIgnore, plan::OnFailure::kFallback}) {
    Shop shop;
    PlanBuilder& b = shop.b;
    const auto bad = b.program("bad", shop.db)
                         .hop_in()
                         .delay(b.constant(5 * kMs))
                         .gate(b.gate(shop.db, broken_gate()))
                         .reply();
    plan::CallSite policy;
    policy.on_failure = on_failure;
    const auto site = b.call("issue>db", shop.db, bad, {}, policy);
    const auto root =
        b.program("issue").call(site).delay(b.constant(7 * kMs)).delay(b.constant(20 * kMs), "late").end();
    b.site(site).fallback = b.plan.programs[root.index()].first + 2;
    b.trace(b.operation("issue", root, shop.here), {0});
    KernelRun run(b, kSecond);
    const plan::Cause error(Reason::kError, shop.db.value);
    if (on_failure == plan::OnFailure::kFail) {
      EXPECT_EQ(run.cause(0), error);
      EXPECT_EQ(run.at(0).decided_ns, 5 * kMs);
    } else {
      EXPECT_TRUE(run.at(0).succeeded);
      EXPECT_EQ(run.at(0).decided_ns, (on_failure == plan::OnFailure::kIgnore ? 32 : 25) * kMs);
      EXPECT_EQ(run.first_cause(0), error);
    }
  }
}

// The job takes 30 ms of the db's server; the request is answered at once and the job belongs to it.
TEST(Calls, an_emitted_job_goes_on_after_the_answer) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto station = b.station(shop.db, 1);
  const auto job = b.call("issue>job", shop.db,
                          b.program("job", shop.db).hop_in().serve(station, b.constant(30 * kMs)).reply());
  b.trace(b.operation("issue", b.program("issue").emit(job).delay(b.constant(2 * kMs)).end(), shop.here),
          {0, kMs});
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 2 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 3 * kMs);
  EXPECT_EQ(run.at(0).attempts, 0U);
  EXPECT_EQ(run.station(station).completions, 2U);
}

// Three rounds of a delay of 1 ms and a call of 2 ms: 9 ms; their frames differ, so draws differ between rounds.
TEST(Calls, a_repeat_runs_its_steps_anew) {
  Shop shop;
  PlanBuilder& b = shop.b;
  const auto site =
      b.call("issue>db", shop.db, b.program("w", shop.db).hop_in().delay(b.constant(2 * kMs)).reply());
  const auto root = b.program("issue").delay(b.constant(kMs)).call(site).repeat(2, 3).end();
  b.trace(b.operation("issue", root, shop.here), {0});
  const auto drawn = b.program("drawn").delay(b.exponential(0.01)).repeat(1, 2).end();
  b.trace(b.operation("drawn", drawn, shop.here), {0});
  const auto once = b.program("drawn").delay(b.exponential(0.01)).end();
  b.trace(b.operation("drawn", once, shop.here), {0});
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 9 * kMs);
  EXPECT_EQ(run.at(0).attempts, 3U);
  EXPECT_NE(run.at(1).decided_ns, 2 * run.at(2).decided_ns);
  EXPECT_GT(run.at(1).decided_ns, run.at(2).decided_ns);
}

}  // namespace
}  // namespace twinvoice::testing
