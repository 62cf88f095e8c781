// Traffic equations against closed forms on nets that one can work out by hand.
#include "sim/compile/traffic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/compile/flow.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::compile {
namespace {

using twinvoice::testing::PlanBuilder;

constexpr double kTiny = 1e-12;

plan::Gate errors(double probability) {
  plan::Gate gate;
  gate.probability = probability;
  gate.reason = plan::Reason::kError;
  return gate;
}

TEST(Traffic, one_station_has_the_utilisation_law) {
  // rho = lambda s / c = 50 x 0.030 / 2 = 0.75; R = s.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto station = b.station(db, 2);
  const auto work = b.program("db", db).hop_in().serve(station, b.exponential(0.030)).reply();
  const auto root = b.program("op").call(b.call("op>db", db, work)).end();
  b.poisson(b.operation("op", root, here), 50.0);
  const auto result = analyse(b.horizon(100 * kNanosPerSecond).build(), 100.0);
  EXPECT_NEAR(result.stations[0].utilisation, 0.75, kTiny);
  EXPECT_NEAR(result.stations[0].visits_per_s, 50.0, kTiny);
  EXPECT_NEAR(result.operations[0].hops_per_request, 1.0, kTiny);
  EXPECT_NEAR(result.operations[0].unloaded_response_s, 0.030, kTiny);
  EXPECT_NEAR(result.scale_to_saturation, 4.0 / 3.0, kTiny);
  EXPECT_NEAR(result.hops, 5000.0, 1e-6);
  EXPECT_NEAR(result.wall_s, 5000.0 * 100e-9, 1e-12);
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_EQ(result.fullest, "db/station at a");
}

TEST(Traffic, replicas_share_and_the_wire_counts_there_and_back) {
  // Two replicas at b, 14 ms away: each gets half; R = 2 x 14 ms + 2 x 2048 B / 1e6 B/s + 10 ms.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto there = b.location("b");
  b.link(here, there, 14'000'000, 1e6);
  const auto db = b.component("db", there, 2);
  const auto station = b.station(db, 1);
  const auto work = b.program("db", db).hop_in().serve(station, b.constant(10'000'000)).reply();
  const auto root = b.program("op").call(b.call("op>db", db, work)).end();
  b.poisson(b.operation("op", root, here), 100.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.stations[0].utilisation, 0.5, kTiny);
  EXPECT_NEAR(result.stations[1].utilisation, 0.5, kTiny);
  EXPECT_NEAR(result.operations[0].unloaded_response_s, 0.028 + 2 * 2048e-6 + 0.010, kTiny);
}

TEST(Traffic, retries_of_errors_are_a_truncated_geometric_series) {
  // p = 0.2, two retries: attempts 1 + 0.2 + 0.04, success 1 - 0.008.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto station = b.station(db, 1);
  const auto gate = b.gate(db, errors(0.2));
  const auto work = b.program("db", db).hop_in().serve(station, b.constant(1'000'000)).gate(gate).reply();
  const auto call = b.call("op>db", db, work);
  b.site(call).retries.attempts = 2;
  b.site(call).retries.on = plan::kOnError;
  const auto root = b.program("op").call(call).end();
  b.poisson(b.operation("op", root, here), 100.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.operations[0].hops_per_request, 1.24, kTiny);
  EXPECT_NEAR(result.operations[0].success, 0.992, kTiny);
  EXPECT_NEAR(result.stations[0].utilisation, 0.124, kTiny);
  EXPECT_NEAR(result.operations[0].unloaded_response_s, 0.00124, kTiny);
}

TEST(Traffic, retries_on_other_causes_do_not_help) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto gate = b.gate(db, errors(0.2));
  const auto work = b.program("db", db).hop_in().gate(gate).reply();
  const auto call = b.call("op>db", db, work);
  b.site(call).retries.attempts = 5;
  b.site(call).retries.on = plan::kOnTimeout;
  b.poisson(b.operation("op", b.program("op").call(call).end(), here), 1.0);
  EXPECT_NEAR(analyse(b.horizon(kNanosPerSecond).build()).operations[0].success, 0.8, kTiny);
}

TEST(Traffic, retries_at_two_layers_multiply) {
  // The inner call is made 1.5 times (p = 0.5, one retry, success 0.75), the outer one 1.25 times: 1.875
  // visits.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto mid = b.component("mid", here);
  const auto db = b.component("db", here);
  const auto station = b.station(db, 1);
  const auto gate = b.gate(db, errors(0.5));
  const auto leaf = b.program("db", db).hop_in().serve(station, b.constant(1'000'000)).gate(gate).reply();
  const auto inner = b.call("mid>db", db, leaf, mid);
  const auto body = b.program("mid", mid).hop_in().call(inner).reply();
  const auto outer = b.call("op>mid", mid, body);
  for (const auto site : {inner, outer}) {
    b.site(site).retries.attempts = 1;
    b.site(site).retries.on = 15;
  }
  b.poisson(b.operation("op", b.program("op").call(outer).end(), here), 10.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.operations[0].hops_per_request, 1.875, kTiny);
  EXPECT_NEAR(result.operations[0].success, 1.0 - 0.0625, kTiny);
}

TEST(Traffic, branches_and_repeats_weigh_visits) {
  // A call with probability 0.3, three times over: 0.9 visits.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto web = b.component("web", here);
  const auto station = b.station(db, 1);
  const auto leaf = b.program("db", db).hop_in().serve(station, b.constant(1'000'000)).reply();
  const auto call = b.call("web>db", db, leaf, web);
  const auto body = b.program("web", web).hop_in().skip(1, 0.7, "skip").call(call).repeat(2, 3).reply();
  b.poisson(b.operation("op", b.program("op").call(b.call("op>web", web, body)).end(), here), 10.0);
  EXPECT_NEAR(analyse(b.horizon(kNanosPerSecond).build()).operations[0].hops_per_request, 0.9, kTiny);
}

TEST(Traffic, a_repeat_that_may_fail_ends_early) {
  // Survival 0.5 a round, three rounds: 1 + 0.5 + 0.25 visits, success 0.125.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto station = b.station(db, 1);
  const auto gate = b.gate(db, errors(0.5));
  const auto body =
      b.program("db", db).hop_in().serve(station, b.constant(1'000'000)).gate(gate).repeat(2, 3).reply();
  b.poisson(b.operation("op", b.program("op").call(b.call("op>db", db, body)).end(), here), 10.0);
  const auto flow = program_flows(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(flow[0].visits[1], 1.75, kTiny);
  EXPECT_NEAR(flow[0].success, 0.125, kTiny);
  EXPECT_NEAR(flow[0].failure[3], 0.875, kTiny);
}

// A verdict turns away 32 % at every try: three tries for them, one for the others; success 68 %, not 1 - 0.32^3.
TEST(Traffic, a_verdict_by_the_request_is_retried_in_vain) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  plan::Gate check;
  check.probability = 0.32;
  check.by_request = true;
  const auto leaf = b.program("db", db).hop_in().gate(b.gate(db, check)).reply();
  plan::CallSite policy;
  policy.retries.attempts = 2;
  policy.retries.on = plan::kOnRejected;
  const auto root = b.program("op").call(b.call("op>db", db, leaf, {}, policy)).end();
  b.poisson(b.operation("op", root, here), 10.0);
  const auto flow = program_flows(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(flow[1].success, 0.68, kTiny);
  EXPECT_NEAR(flow[1].failure[kVerdict], 0.32, kTiny);
  EXPECT_NEAR(flow[1].starts[0].frames, 0.68 + 3 * 0.32, kTiny);
}

TEST(Traffic, two_of_three_branches_succeed_with_the_binomial_probability) {
  // p = 0.9: 3 p^2 (1 - p) + p^3 = 0.972; the join waits for the second of three equal means.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  const auto station = b.station(db, 3);
  const auto gate = b.gate(db, errors(0.1));
  const auto branch = b.program("branch", db).serve(station, b.constant(2'000'000)).gate(gate).end();
  const auto body = b.program("db", db).hop_in().fork({branch, branch, branch}).join(2).reply();
  b.poisson(b.operation("op", b.program("op").call(b.call("op>db", db, body)).end(), here), 10.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.operations[0].success, 0.972, kTiny);
  EXPECT_NEAR(result.operations[0].hops_per_request, 3.0, kTiny);
  EXPECT_NEAR(result.operations[0].unloaded_response_s, 0.002, kTiny);
}

TEST(Traffic, tokens_held_follow_littles_law_nested_calls_included) {
  // A thread is held for 5 ms of its own and 20 ms of the callee at 100 / s: 2.5 threads.
  PlanBuilder b;
  const auto here = b.location("a");
  const auto web = b.component("web", here);
  const auto db = b.component("db", here);
  const auto cores = b.station(web, 4);
  const auto disks = b.station(db, 4);
  const auto threads = b.pool(web, 2);
  const auto leaf = b.program("db", db).hop_in().serve(disks, b.constant(20'000'000)).reply();
  const auto body = b.program("web", web)
                        .hop_in()
                        .acquire(threads)
                        .serve(cores, b.constant(5'000'000))
                        .call(b.call("web>db", db, leaf, web))
                        .release(threads)
                        .reply();
  b.poisson(b.operation("op", b.program("op").call(b.call("op>web", web, body)).end(), here), 100.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.pools[0].tokens, 2.5, kTiny);
  EXPECT_NEAR(result.pools[0].utilisation, 1.25, kTiny);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_THAT(result.warnings[0], ::testing::HasSubstr("web/pool at a is too small"));
}

TEST(Traffic, overload_is_told_and_contention_lowers_the_capacity) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", here);
  plan::Station contended;
  contended.servers = 4;
  contended.speed_by_load = {1.0, 0.75, 0.4};  // 1, 1.5, 1.2, 1.6 jobs of one second a second: 1.6 at four
  const auto station = b.station(db, contended);
  const auto work = b.program("db", db).hop_in().serve(station, b.constant(100'000'000)).reply();
  b.poisson(b.operation("op", b.program("op").call(b.call("op>db", db, work)).end(), here), 32.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.stations[0].utilisation, 2.0, kTiny);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_THAT(result.warnings[0], ::testing::HasSubstr("overloaded"));
}

TEST(Traffic, rates_are_averaged_over_the_horizon_and_peaks_kept) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto root = b.program("op").end();
  auto& source = b.poisson(b.operation("op", root, here), 10.0);
  source.segments = {{0, 10.0}, {6 * kNanosPerSecond, 40.0}};
  const auto result = analyse(b.horizon(8 * kNanosPerSecond).build());
  EXPECT_NEAR(result.operations[0].mean_per_s, (6 * 10.0 + 2 * 40.0) / 8, kTiny);
  EXPECT_NEAR(result.operations[0].peak_per_s, 40.0, kTiny);
}

TEST(Traffic, writes_all_go_to_the_primary_and_reads_to_the_nearest) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto there = b.location("b");
  b.link(here, there, 1'000'000);
  const auto db = b.component("db", {here, there});
  plan::Log log;
  log.leader_location = there;
  b.log(db, log);
  const auto station = b.station(db, 1);
  const auto work = b.program("db", db).hop_in().serve(station, b.constant(1'000'000)).reply();
  const auto write = b.call("op>db/write", db, work);
  b.site(write).balance = plan::Balance::kPrimary;
  const auto root = b.program("op").call(write).call(b.call("op>db/read", db, work)).end();
  b.poisson(b.operation("op", root, here), 10.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.stations[0].visits_per_s, 10.0, kTiny);
  EXPECT_NEAR(result.stations[1].visits_per_s, 10.0, kTiny);
}

// 30 a second come to two replicas of 10 a second each: 15 to each, 150 %; 5 of them are turned away.
TEST(Traffic, a_rate_limit_is_full_when_more_comes_than_it_lets_through) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto db = b.component("db", {here, here});
  plan::Gate limit;
  limit.kind = plan::GateKind::kRateLimit;
  limit.rate_per_s = 10.0;
  limit.burst = 100.0;
  const auto body = b.program("db", db).hop_in().gate(b.gate(db, limit)).reply();
  plan::CallSite in_turn;
  in_turn.balance = plan::Balance::kRoundRobin;
  b.poisson(b.operation("op", b.program("op").call(b.call("op>db", db, body, {}, in_turn)).end(), here),
            30.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  ASSERT_EQ(result.limits.size(), 2U);
  EXPECT_NEAR(result.limits[0].per_s, 15.0, kTiny);
  EXPECT_NEAR(result.limits[1].utilisation, 1.5, kTiny);
  EXPECT_NEAR(result.scale_to_saturation, 1.0 / 1.5, kTiny);
  ASSERT_EQ(result.warnings.size(), 1U) << "one sentence for the replicas of one place";
  EXPECT_THAT(result.warnings[0], ::testing::HasSubstr("it turns away 5/s at peak"));
}

// 100 ms of work 4 times a second: 40 % with no call hedged, 120 % with two hedges each; two fit into 250 ms, one into 200.
TEST(Traffic, hedges_are_a_range_and_what_is_full_first_is_judged_by_its_upper_end) {
  for (const auto& [timeout_ms, all] : {std::pair{350, 1.2}, std::pair{250, 1.2}, std::pair{200, 0.8}}) {
    PlanBuilder b;
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto station = b.station(db, 1);
    const auto body = b.program("db", db).hop_in().serve(station, b.constant(100'000'000)).reply();
    plan::CallSite hedged;
    hedged.timeout_ns = timeout_ms * 1'000'000LL;
    hedged.hedge.after_ns = 100'000'000;
    hedged.hedge.max = 2;
    b.poisson(b.operation("op", b.program("op").call(b.call("op>db", db, body, {}, hedged)).end(), here),
              4.0);
    const auto result = analyse(b.horizon(kNanosPerSecond).build());
    EXPECT_TRUE(result.hedged);
    EXPECT_NEAR(result.stations[0].peak_utilisation, 0.4, kTiny);
    EXPECT_NEAR(result.stations[0].hedged_utilisation, all, kTiny) << timeout_ms;
    EXPECT_NEAR(result.scale_to_saturation, 1.0 / all, kTiny);
    EXPECT_NEAR(result.operations[0].unloaded_response_s, 0.1, kTiny) << "hedges run beside the first";
  }
}

// Two tokens, 1 ms of work and 20 ms to the follower and back, batches every 10 ms: 21 ms are three periods, so 2 / 30 ms.
TEST(Traffic, a_token_held_over_a_commit_in_batches_is_held_for_whole_periods) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto there = b.location("b");
  b.link(here, there, 10'000'000);
  const auto db = b.component("db", {here, there});
  plan::Log log;
  log.mode = plan::CommitMode::kSync;
  log.leader_location = here;
  log.followers = {there};
  log.batch_every_ns = 10'000'000;
  const auto writes = b.log(db, log);
  const auto station = b.station(db, 8);
  const auto pool = b.pool(db, 2);
  const auto body = b.program("db", db)
                        .hop_in()
                        .acquire(pool)
                        .serve(station, b.constant(1'000'000))
                        .commit(writes)
                        .release(pool)
                        .reply();
  const auto write = b.call("op>db", db, body);
  b.site(write).balance = plan::Balance::kPrimary;
  b.poisson(b.operation("op", b.program("op").call(write).end(), here), 10.0);
  const auto result = analyse(b.horizon(kNanosPerSecond).build());
  EXPECT_NEAR(result.pools[0].tokens, 10.0 * 0.03, kTiny);
  EXPECT_NEAR(result.operations[0].unloaded_response_s, 0.001 + 0.02 + 0.005, kTiny) << "half a period alone";
  b.plan.logs[0].batch_every_ns = 0;
  EXPECT_NEAR(analyse(b.build()).pools[0].tokens, 10.0 * 0.021, kTiny) << "shipped at once";
}

}  // namespace
}  // namespace twinvoice::compile
