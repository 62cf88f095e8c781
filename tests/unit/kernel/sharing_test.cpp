// Processor sharing by hand, and its insensitivity to the law of the demand.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

struct Sharing : Shop {
  plan::StationId station;
  explicit Sharing(std::uint32_t servers)
      : station(b.station(db, servers, plan::kUnlimited, plan::Discipline::kProcessorSharing)) {}
  void issue(std::vector<Nanos> times_ns, Nanos demand_ns = 10 * kMs) {
    b.trace(visits("issue" + std::to_string(demand_ns), station, b.constant(demand_ns)), std::move(times_ns));
  }
};

/// Attained service is kept in fixed point: completions may be late by what rounds up to a nanosecond, once a change of rate.
void expect_ends(KernelRun& run, std::vector<Nanos> expected_ns) {
  ASSERT_EQ(run.log().size(), expected_ns.size());
  for (std::size_t i = 0; i < expected_ns.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(run.at(i).decided_ns), static_cast<double>(expected_ns[i]), 2.0) << i;
  }
}

// A from 0 alone: 4 ms done when B comes at 4; then half speed: A ends at 4 + 2 x 6 = 16, B has 6 done, ends at 16 + 4 = 20.
TEST(Sharing, two_jobs_run_at_half_speed) {
  Sharing s(1);
  s.issue({0, 4 * kMs});
  KernelRun run(s.b, kSecond);
  expect_ends(run, {16 * kMs, 20 * kMs});
}

TEST(Sharing, equal_jobs_finish_together) {
  Sharing s(1);
  s.issue({0, 0, 0, 0, 0, 0, 0});
  KernelRun run(s.b, kSecond);
  expect_ends(run, std::vector<Nanos>(7, 70 * kMs));
  for (std::size_t i = 1; i < 7; ++i) EXPECT_EQ(run.at(i).decided_ns, run.at(0).decided_ns);
}

// Two servers: two jobs do not slow each other, three run at 2/3.
TEST(Sharing, several_servers_are_shared_by_those_beyond_their_number) {
  Sharing two(2);
  two.issue({0, 0});
  KernelRun fast(two.b, kSecond);
  expect_ends(fast, {10 * kMs, 10 * kMs});
  Sharing three(2);
  three.issue({0, 0, 0});
  KernelRun slow(three.b, kSecond);
  expect_ends(slow, {15 * kMs, 15 * kMs, 15 * kMs});
}

// Half speed from 4 ms on: 4 done, 6 left at 1/2: 16. Stopped 6..8 as well: 5 done at 6, 5 left at 8: 18.
TEST(Sharing, a_change_of_speed_acts_on_what_remains) {
  Sharing s(1);
  s.issue({0});
  s.b.hold(s.b.fault("slow", 4 * kMs), Knob::kStationSpeed, s.station.value, 0.5);
  KernelRun slowed(s.b, kSecond);
  expect_ends(slowed, {16 * kMs});
  s.b.hold(s.b.fault("stop", 6 * kMs, 8 * kMs), Knob::kStationSpeed, s.station.value, 0.0);
  KernelRun stopped(s.b, kSecond);
  expect_ends(stopped, {18 * kMs});
}

// A, B from 0 on two servers, one taken away at 4: 6 left each at 1/2: 16.
TEST(Sharing, fewer_servers_slow_everybody) {
  Sharing s(2);
  s.issue({0, 0});
  s.b.hold(s.b.fault("loss", 4 * kMs), Knob::kStationCap, s.station.value, 1.0);
  KernelRun run(s.b, kSecond);
  expect_ends(run, {16 * kMs, 16 * kMs});
}

// No server from 4 to 30 ms: A has done 4; B comes at 10 and stands beside it, whatever places a queue has. From 30 on both at half
// speed: A ends at 30 + 2 x 6 = 42, B has 6 done then, ends at 46. Nobody has waited.
TEST(Sharing, without_servers_all_stand_still_and_nobody_queues) {
  Sharing s(1);
  s.issue({0, 10 * kMs});
  plan::Station& station = s.b.plan.stations[s.station.index()];
  station.queue_places = 0;
  station.on_full = plan::OnFull::kReject;
  station.patience = s.b.constant(kMs);
  s.b.hold(s.b.fault("loss", 4 * kMs, 30 * kMs), Knob::kStationCap, s.station.value, 0.0);
  KernelRun run(s.b, kSecond);
  expect_ends(run, {42 * kMs, 46 * kMs});
  EXPECT_EQ(run.station(s.station).waited, 0U);
}

// A killed job leaves its share to the others. Two at half speed until 4 (2 done each); one request goes by its timeout and, being
// cancelled, ends at its step boundary only: nothing changes for the other, both end at 20.
TEST(Sharing, an_orphan_keeps_its_share) {
  Sharing s(1);
  s.issue({0});
  s.issue({0}, 11 * kMs);
  s.policy().timeout_ns = 4 * kMs;
  KernelRun run(s.b, kSecond);
  EXPECT_NEAR(static_cast<double>(run.at(0).decided_ns), 20e6, 2.0);
  EXPECT_EQ(run.at(1).decided_ns, 4 * kMs);
  EXPECT_EQ(run.counts().late, 1U);
}

// M/G/1-PS: mean sojourn E[S]/(1 - rho) for every law of mean 10 ms. lambda = 70/s: 10/0.3 = 33.33 ms.
TEST(Sharing, the_mean_sojourn_depends_on_the_mean_demand_alone) {
  const random::Law laws[] = {random::Law::constant(0.01), random::Law::exponential(0.01),
                              random::Law::hyper_exponential(0.01, 2.0), random::Law::uniform(0.0, 0.02)};
  for (const random::Law& law : laws) {
    SCOPED_TRACE(static_cast<int>(law.kind));
    const Sample sample = replicate(
        200 * kSecond,
        [&](PlanBuilder& b) {
          const auto here = b.location("a");
          const auto db = b.component("db", here);
          const auto station = b.station(db, 1, plan::kUnlimited, plan::Discipline::kProcessorSharing);
          const auto work = b.program("work", db).hop_in().serve(station, b.law(law)).reply();
          b.poisson(b.operation("issue", b.program("issue").call(b.call("issue>db", db, work)).end(), here),
                    70.0);
        },
        [](KernelRun& run) { return mean_latency_s(run, 10 * kSecond); });
    expect_mean(sample, 0.01 / 0.3, 0.03);
  }
}

}  // namespace
}  // namespace twinvoice::testing
