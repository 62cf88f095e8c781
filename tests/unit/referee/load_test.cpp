// Sources, lives, limits, and the promise that a run can be repeated.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/random/standard.hpp"
#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

struct Load {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here);
  plan::StationId station = b.station(db, plan::kUnlimited);
  plan::OperationId operation;

  explicit Load(Nanos work_ns = 5 * kMs)
      : operation(
            OneCall(b, here, db, b.program("db/w", db).hop_in().serve(station, b.constant(work_ns)).reply())
                .operation) {}
};

std::size_t arrivals_between(const referee::RefereeResult& r, Nanos from_ns, Nanos to_ns) {
  return static_cast<std::size_t>(std::count_if(r.requests.begin(), r.requests.end(), [&](const auto& q) {
    return q.arrived_ns >= from_ns && q.arrived_ns < to_ns;
  }));
}

// The gaps are the keyed exponentials over the rate: 100 a second until 1 s, then 10.
TEST(RefereeLoad, poisson_gaps_are_the_keyed_draws_over_the_rate) {
  Load l;
  l.b.poisson(l.operation, 100.0);
  const auto plan = l.b.horizon(kSecond).build();
  const auto r = referee::run_in_child(plan, 3);
  Nanos at_ns = 0;
  for (const auto& request : r.requests) {
    random::Draws draws(random::Stream::of(plan.seed, 3), random::purpose_of("source", "gap"),
                        random::root_frame(random::hash_name("issue"), request.ordinal));
    at_ns += from_seconds(random::standard_exponential(draws) / 100.0);
    EXPECT_EQ(request.arrived_ns, at_ns);
  }
  EXPECT_GT(r.requests.size(), 50U);
}

// 10 a second, 1000 a second in the second half of each 10 s: counts within 5 standard deviations.
TEST(RefereeLoad, a_rate_function_is_followed) {
  Load l;
  auto& source = l.b.poisson(l.operation, 0.0);
  source.segments = {{0, 10.0}, {5 * kSecond, 1000.0}};
  source.period_ns = 10 * kSecond;
  const auto r = judge(l.b, 20 * kSecond);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, 0, 5 * kSecond)), 50.0, 36.0);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, 5 * kSecond, 10 * kSecond)), 5000.0, 354.0);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, 10 * kSecond, 15 * kSecond)), 50.0, 36.0);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, 15 * kSecond, 20 * kSecond)), 5000.0, 354.0);
}

// Mean 200 a second, amplitude 1, peak at 0, period 4 s: the middle half of a period has 200 x 4 x (1/2 -
// 1/pi) = 145.
TEST(RefereeLoad, a_sinusoid_is_thinned) {
  Load l;
  auto& source = l.b.poisson(l.operation, 0.0);
  source.sinusoid = true;
  source.mean_per_s = 200.0;
  source.amplitude = 1.0;
  source.period_ns = 4 * kSecond;
  const auto r = judge(l.b, 4 * kSecond);
  EXPECT_NEAR(static_cast<double>(r.arrived), 800.0, 5 * 28.3);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, kSecond, 3 * kSecond)), 145.4, 5 * 12.1);
}

// The rate knob stops the source between 1 and 2 s and doubles it from 2 s on.
TEST(RefereeLoad, the_rate_knob_acts_at_once) {
  Load l;
  l.b.poisson(l.operation, 500.0);
  l.b.hold(l.b.fault("silence", kSecond, 2 * kSecond), plan::Knob::kSourceRate, 0, 0.0);
  l.b.hold(l.b.fault("surge", 2 * kSecond), plan::Knob::kSourceRate, 0, 2.0);
  const auto r = judge(l.b, 4 * kSecond);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, 0, kSecond)), 500.0, 5 * 22.4);
  EXPECT_EQ(arrivals_between(r, kSecond, 2 * kSecond), 0U);
  EXPECT_NEAR(static_cast<double>(arrivals_between(r, 2 * kSecond, 4 * kSecond)), 2000.0, 5 * 44.8);
}

// Two users think 10 ms and wait 5 ms: 66 cycles each in a second, user u has ordinals u, u + 2, ...
TEST(RefereeLoad, closed_users_think_and_wait) {
  Load l;
  l.b.closed(l.operation, 2, l.b.constant(10 * kMs));
  const auto r = judge(l.b, kSecond);
  ASSERT_EQ(r.requests.size(), 2 * 66U);
  for (const auto& request : r.requests) {
    EXPECT_EQ(request.arrived_ns, 10 * kMs + static_cast<Nanos>(request.ordinal / 2) * 15 * kMs);
  }
}

TEST(RefereeLoad, members_of_a_batch_arrive_together) {
  Load l;
  l.b.deterministic(l.operation, 10 * kMs, 2).batch = 3;
  const auto r = judge(l.b, kSecond);
  ASSERT_EQ(r.requests.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(r.requests[i].ordinal, i);
    EXPECT_EQ(r.requests[i].arrived_ns, static_cast<Nanos>(i / 3) * 10 * kMs);
  }
}

// Nothing at or after the horizon happens: the request of 96 ms is in flight at 100.
TEST(RefereeLoad, what_is_left_at_the_horizon_is_in_flight) {
  Load l;
  l.b.trace(l.operation, {0, 95 * kMs, 96 * kMs, 100 * kMs});
  const auto r = judge(l.b, 100 * kMs);
  EXPECT_EQ(r.arrived, 3U);
  EXPECT_EQ(r.succeeded, 1U);
  EXPECT_EQ(r.in_flight, 2U);
  EXPECT_EQ(r.requests[1].decided_ns, kNever);
  EXPECT_EQ(r.ended_ns, 100 * kMs);
}

TEST(RefereeLoad, the_limit_ends_the_run_at_the_next_arrival) {
  Load l;
  l.b.deterministic(l.operation, 10 * kMs);
  const auto r = referee::run_in_child(l.b.horizon(kSecond).build(), 0, {.max_requests = 20});
  EXPECT_EQ(r.requests.size(), 20U);
  EXPECT_EQ(r.ended_ns, 200 * kMs);
}

// Two instances fail at 100 ms and need 50 ms of one crew: the second is repaired from 150 to 200.
TEST(RefereeLoad, lives_share_a_crew) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here, 2);
  const auto station = b.station(db, 1);
  OneCall call(b, here, db, b.program("db/w", db).hop_in().serve(station, b.constant(10 * kMs)).reply());
  call.policy().balance = plan::Balance::kRoundRobin;
  b.plan.crews.push_back({"crew", 1});
  for (std::uint32_t i = 0; i < 2; ++i) {
    plan::Life life;
    life.target = i;
    life.fails = b.constant(100 * kMs);
    life.repairs = b.constant(50 * kMs);
    life.crew = 0;
    life.name_key = random::hash_name("life" + std::to_string(i));
    b.plan.lives.push_back(life);
  }
  b.trace(call.operation, {96 * kMs, 97 * kMs});
  const auto r = judge(b, 220 * kMs);
  EXPECT_EQ(r.requests[0].decided_ns, 156 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 207 * kMs);
}

// What a breakdown does to 10 ms of work begun 4 ms before it, repaired 50 ms later.
TEST(RefereeLoad, a_breakdown_resumes_restarts_or_loses_the_work) {
  using InService = plan::Life::InService;
  for (const auto& [policy, ends_ns] :
       {std::pair{InService::kResume, 156 * kMs}, std::pair{InService::kRestart, 160 * kMs},
        std::pair{InService::kLose, 100 * kMs}}) {
    Load l(10 * kMs);
    plan::Life life;
    life.target = 0;
    life.fails = l.b.constant(100 * kMs);
    life.repairs = l.b.constant(50 * kMs);
    life.in_service = policy;
    l.b.plan.lives.push_back(life);
    l.b.trace(l.operation, {96 * kMs});
    const auto r = judge(l.b, 220 * kMs);
    EXPECT_EQ(r.requests[0].decided_ns, ends_ns);
    EXPECT_EQ(r.requests[0].succeeded, policy != InService::kLose);
  }
}

TEST(RefereeLoad, the_same_run_gives_the_same_records) {
  Load l;
  l.b.poisson(l.operation, 300.0);
  const auto plan = l.b.horizon(2 * kSecond).build();
  const auto one = referee::run_in_child(plan, 5);
  const auto two = referee::run_in_child(plan, 5);
  const auto other = referee::run_in_child(plan, 6);
  EXPECT_EQ(one.requests, two.requests);
  EXPECT_EQ(one.stations, two.stations);
  EXPECT_NE(one.requests, other.requests);
}

// Two arrivals at one bounded station at the same nanosecond are a tie, and said to be one.
TEST(RefereeLoad, ties_are_reported) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto station = b.station(db, 1);
  OneCall call(b, here, db, b.program("db/w", db).hop_in().serve(station, b.constant(5 * kMs)).reply());
  b.trace(call.operation, {0, 100 * kMs, 200 * kMs + 1, 200 * kMs + 2});
  EXPECT_EQ(judge(b, kSecond).first_tie_ns, 200 * kMs + 1);
  b.plan.sources[0].times_ns = {0, 100 * kMs};
  EXPECT_EQ(judge(b, kSecond).first_tie_ns, kNever);
}

// A plan that no compiler makes: the error of the run's process comes back as an exception.
TEST(RefereeLoad, an_engine_error_in_the_child_is_thrown_by_the_parent) {
  Load l;
  plan::Step wait;
  wait.kind = plan::StepKind::kGate;
  wait.target = 0;
  plan::Gate gate;
  gate.probability = 1.0;
  l.b.gate(l.db, gate);
  const auto work = l.b.program("db/bad", l.db).end();
  auto& program = l.b.plan.programs[work.index()];
  l.b.plan.steps.insert(l.b.plan.steps.begin() + program.first, wait);
  ++program.count;
  const auto bad =
      l.b.operation("bad", l.b.program("bad").call(l.b.call("bad>db", l.db, work)).end(), l.here);
  l.b.trace(bad, {0});
  EXPECT_THROW((void)judge(l.b, kSecond), EngineError);
}

}  // namespace
}  // namespace twinvoice::testing
