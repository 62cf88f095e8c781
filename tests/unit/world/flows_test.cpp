// Bulk flows: what a transfer takes, what a cut does to it, and what it takes from requests.
#include <gtest/gtest.h>

#include "tests/unit/world/world_support.hpp"

namespace twinvoice::world {
namespace {

using Context = ProcedureContext;

std::string text(const TransferResult& r) {
  return (r.ok ? "ok " : "failed ") + std::to_string(r.finished_ns) + " " + std::to_string(r.moved_bytes);
}

ProcedureFactory mover(const TwoSites& t, Nanos at_ns, std::int64_t bytes, Nanos deadline_ns = kNever,
                       std::uint32_t streams = 1) {
  return script("mover", t.east, [=](Context& c) {
    c.wait_until(at_ns);
    c.log(text(c.transfer(t.east, t.west, bytes, deadline_ns, streams)));
  });
}

TEST(Flows, transfer_takes_latency_plus_size_over_bandwidth) {
  // 10 ms + 1e6 bytes / 1e6 bytes/s, begun at 0.5 s.
  TwoSites t;
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 500 * kMs, 1'000'000)})),
            std::vector<std::string>{"1510000000 ok 1510000000 1000000"});
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 500 * kMs, 0)})),
            std::vector<std::string>{"510000000 ok 510000000 0"});
}

TEST(Flows, two_equal_flows_share_a_link_and_finish_together) {
  // Each gets half: 10 ms + 2 x 1 s.
  TwoSites t;
  EXPECT_EQ(
      lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'000), mover(t, 0, 1'000'000)})),
      (std::vector<std::string>{"2010000000 ok 2010000000 1000000", "2010000000 ok 2010000000 1000000"}));
}

TEST(Flows, no_link_carries_more_than_it_can_whatever_flows_elsewhere) {
  // Two flows over bc and two over de, which have no link in common: 10 MB at 2 MB/s and 5 MB at 1 MB/s end after 5 s and the latency,
  // not earlier.
  testing::PlanBuilder b;
  const auto a = b.location("a"), bb = b.location("b"), c = b.location("c"), d = b.location("d"),
             e = b.location("e");
  b.link(a, bb, 14 * kMs, 1e7);
  b.link(bb, c, 10 * kMs, 2e6);
  b.link(a, d, 14 * kMs, 1e7);
  b.link(d, e, 10 * kMs, 1e6);
  b.horizon(20 * kNanosPerSecond);
  const auto flow = [&](plan::LocationId from, plan::LocationId to, std::int64_t bytes) {
    return script("flow", from, [=](Context& x) { x.log(text(x.transfer(from, to, bytes))); });
  };
  const auto ends = lines(run_in_child(b.build(), {flow(a, c, 5'000'000), flow(bb, c, 5'000'000),
                                                   flow(a, e, 2'500'000), flow(d, e, 2'500'000)}));
  ASSERT_EQ(ends.size(), 4U);
  EXPECT_GE(std::stoll(ends[2]), 5 * kNanosPerSecond);
  EXPECT_GE(std::stoll(ends[3]), 5 * kNanosPerSecond);
  EXPECT_LE(std::stoll(ends[3]), 5 * kNanosPerSecond + 30 * kMs);
}

TEST(Flows, a_transfer_of_three_streams_weighs_as_three) {
  // 3 parts and 1 part of the link: 3 MB and 1 MB end together after 10 ms + 4 s.
  TwoSites t;
  EXPECT_EQ(
      lines(run_in_child(t.b.build(), {mover(t, 0, 3'000'000, kNever, 3), mover(t, 0, 1'000'000)})),
      (std::vector<std::string>{"4010000000 ok 4010000000 3000000", "4010000000 ok 4010000000 1000000"}));
}

TEST(Flows, streams_of_unequal_parts_end_with_the_largest) {
  // 1000001 bytes by 2 streams: 500001 and 500000. Both get half until the shorter one ends at 1.01 s.
  TwoSites t;
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'001, kNever, 2)})),
            std::vector<std::string>{"1010001000 ok 1010001000 1000001"});
}

TEST(Flows, a_cut_and_a_deadline_hit_all_the_streams) {
  TwoSites t;
  t.b.hold(t.b.fault("cut", 510 * kMs, 2510 * kMs), plan::Knob::kLinkDown, t.link.value);
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'000, kNever, 4)})),
            std::vector<std::string>{"3010000000 ok 3010000000 1000000"});
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'000, 2760 * kMs, 4)})),
            std::vector<std::string>{"2760000000 failed 2760000000 750000"});
}

TEST(Flows, a_deadline_ends_a_transfer_with_what_has_arrived) {
  TwoSites t;
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'000, 510 * kMs)})),
            std::vector<std::string>{"510000000 failed 510000000 500000"});
}

TEST(Flows, a_cut_suspends_a_flow_and_repair_resumes_it) {
  // 0.49 s of 1 s done when the cut comes at 0.5 s; it lasts 2 s.
  TwoSites t;
  t.b.hold(t.b.fault("cut", 500 * kMs, 2500 * kMs), plan::Knob::kLinkDown, t.link.value);
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'000)})),
            std::vector<std::string>{"3010000000 ok 3010000000 1000000"});
}

TEST(Flows, a_transfer_begun_in_a_cut_waits_for_the_repair) {
  TwoSites t;
  t.b.hold(t.b.fault("cut", 500 * kMs, 2500 * kMs), plan::Knob::kLocationDown, t.west.value);
  const auto seen = lines(run_in_child(t.b.build(), {mover(t, kNanosPerSecond, 1'000'000)}));
  ASSERT_EQ(seen.size(), 1U);
  // A flow suspended within its latency forgets the latency it has not yet paid.
  EXPECT_TRUE(seen[0] == "3500000000 ok 3500000000 1000000" || seen[0] == "3510000000 ok 3510000000 1000000")
      << seen[0];
}

TEST(Flows, a_flow_is_given_up_after_the_user_timeout) {
  TwoSites t;
  t.b.plan.network.user_timeout_ns = 3 * kNanosPerSecond;
  t.b.hold(t.b.fault("cut", 510 * kMs), plan::Knob::kLinkDown, t.link.value);
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, 0, 1'000'000)})),
            std::vector<std::string>{"3510000000 failed 3510000000 500000"});
}

TEST(Flows, a_cut_by_a_procedure_suspends_flows_too) {
  TwoSites t;
  const auto cutter = script("cutter", t.east, [&](Context& c) {
    c.wait_until(510 * kMs);
    const EffectId cut = c.begin_turn(plan::Knob::kLinkDown, t.link.value, 1.0);
    c.wait_until(1510 * kMs);
    c.end_turn(cut);
  });
  EXPECT_EQ(lines(run_in_child(t.b.build(), {cutter, mover(t, 0, 1'000'000)})),
            std::vector<std::string>{"2010000000 ok 2010000000 1000000"});
}

TEST(Flows, extra_latency_of_a_fault_reaches_flows) {
  TwoSites t;
  t.b.hold(t.b.fault("slow", 0), plan::Knob::kLinkLatency, t.link.value, 90e6);
  EXPECT_EQ(lines(run_in_child(t.b.build(), {mover(t, kNanosPerSecond, 1'000'000)})),
            std::vector<std::string>{"2100000000 ok 2100000000 1000000"});
}

TEST(Flows, requests_and_flows_share_a_link) {
  // Every second request crosses: 50 x 4000 bytes a second = 200 kB/s of 1 MB/s each way. The flow gets the rest, so
  // 1.6 MB take about 2 s instead of 1.6 s, and requests that cross are slowed while it runs.
  const auto run = [](bool with_flow) {
    TwoSites t(true, 10 * kMs, 4000);
    std::vector<ProcedureFactory> procedures;
    if (with_flow) procedures.push_back(mover(t, kNanosPerSecond, 1'600'000));
    return run_in_child(t.b.build(), std::move(procedures));
  };
  const Replication with = run(true);
  const Replication without = run(false);
  ASSERT_EQ(with.error, "");
  ASSERT_EQ(lines(with).size(), 1U);
  const Nanos took_ns = with.result.record.marks[0].at_ns - kNanosPerSecond;
  EXPECT_NEAR(to_seconds(took_ns), 2.01, 0.05);
  EXPECT_GT(with.result.record.operations[0].latency_sum_ns,
            without.result.record.operations[0].latency_sum_ns);
  EXPECT_EQ(without.result.record.world_syncs, 0U);
}

TEST(Flows, a_link_that_is_not_shared_has_no_epochs) {
  TwoSites t(false, 10 * kMs, 4000);
  const Replication r = run_in_child(t.b.build(), {mover(t, 0, 5'000'000)});
  EXPECT_EQ(lines(r), std::vector<std::string>{"5010000000 ok 5010000000 5000000"});
  EXPECT_LT(r.result.record.world_syncs, 10U);
}

}  // namespace
}  // namespace twinvoice::world
