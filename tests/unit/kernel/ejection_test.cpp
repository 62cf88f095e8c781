// Ejection of replicas that fail in a row, as one caller sees them.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Reason;

/// `replicas` of a db called in turn every 100 ms; the first `bad` of them always fail. Two failures in a row eject for 1 s.
struct Fleet {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db;
  plan::StationId station;
  plan::OperationId op;
  plan::CallSiteId site;

  Fleet(std::uint32_t replicas, std::uint32_t bad, double max_fraction)
      : db(b.component("db", here, replicas)) {
    station = b.station(db, plan::kUnlimited);
    plan::Gate shut = broken_gate();
    shut.probability = 0.0;
    const auto gate = b.gate(db, shut);
    const auto work = b.program("work", db).hop_in().serve(station, b.constant(kMs)).gate(gate).reply();
    plan::CallSite policy;
    policy.balance = plan::Balance::kRoundRobin;
    policy.ejection = {2, kSecond, max_fraction};
    site = b.call("issue>db", db, work, {}, policy);
    op = b.operation("issue", b.program("issue").call(site).end(), here);
    for (std::uint32_t i = 0; i < bad; ++i) b.plan.gates[gate.index() + i].probability = 1.0;
  }
  std::vector<std::uint64_t> visits(KernelRun& run) {
    std::vector<std::uint64_t> counts;
    for (std::uint32_t i = 0; i < b.plan.components[db.index()].replicas; ++i) {
      counts.push_back(run.station(station, i).completions);
    }
    return counts;
  }
};
using Counts = std::vector<std::uint64_t>;

// Calls of 0, 100, 200 ms go to 0, 1, 0; the second failure of replica 0 is told at 201: out until 1201. The calls of 300..1200 (10)
// all go to replica 1. So 0 had 2 and 1 had 1 + 10.
TEST(Ejection, a_failing_replica_is_left_out_for_a_while) {
  Fleet fleet(2, 1, 0.5);
  fleet.b.deterministic(fleet.op, 100 * kMs, 13);
  KernelRun run(fleet.b, 10 * kSecond);
  EXPECT_EQ(fleet.visits(run), (Counts{2, 11}));
  EXPECT_EQ(run.counts().failed, 2U);
}

// Out at 201 ms for 1 s and, after two more failures, for 2 s. Calls: 0 and 200 fail; from 1300 on both take turns: wherever the
// turn stands, replica 0 gets two of the next four (1300..1600), fails twice, and is out for 2 s from at most 1602 to 3602:
// between 1700 and 3300 it gets none, and by 3900 it is back.
TEST(Ejection, a_second_ejection_lasts_twice_as_long) {
  Fleet fleet(2, 1, 0.5);
  fleet.b.deterministic(fleet.op, 100 * kMs, 40);
  KernelRun run(fleet.b, 10 * kSecond);
  std::size_t failed_early = 0, failed_out = 0, failed_late = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const auto at = run.at(i).arrived_ns / kMs;
    if (run.at(i).succeeded) continue;
    (at < 1'650 ? failed_early : at < 3'400 ? failed_out : failed_late) += 1;
  }
  EXPECT_EQ(failed_early, 4U);
  EXPECT_EQ(failed_out, 0U);
  EXPECT_GE(failed_late, 1U);
}

// Two of two are bad; at most half of two may be ejected: one always stays, and calls go on failing there.
TEST(Ejection, at_most_the_stated_fraction_is_ejected) {
  Fleet fleet(2, 2, 0.5);
  fleet.b.deterministic(fleet.op, 100 * kMs, 11);
  KernelRun run(fleet.b, 10 * kSecond);
  // 0 1 0: replica 0 is out from 201 to 1201; 300..1000 all to replica 1.
  EXPECT_EQ(fleet.visits(run), (Counts{2, 9}));
  EXPECT_EQ(run.counts().failed, 11U);
}

// Half of three, rounded down, is one.
TEST(Ejection, the_fraction_is_rounded_down) {
  Fleet fleet(3, 2, 0.5);
  fleet.b.deterministic(fleet.op, 100 * kMs, 12);
  KernelRun run(fleet.b, 10 * kSecond);
  // 0 1 2 0 (out at 301) 1 (second failure, but nobody else may go) 2 1 2 1 2 1 2 up to 1100.
  EXPECT_EQ(fleet.visits(run), (Counts{2, 5, 5}));
}

// All may be ejected: then nobody is left, and calls fail without a frame.
TEST(Ejection, when_all_are_ejected_no_replica_is_left) {
  Fleet fleet(2, 2, 1.0);
  fleet.b.deterministic(fleet.op, 100 * kMs, 8);
  KernelRun run(fleet.b, 10 * kSecond);
  EXPECT_EQ(fleet.visits(run), (Counts{2, 2}));
  EXPECT_EQ(run.cause(7), plan::Cause(Reason::kNoReplica, fleet.db.value));
  EXPECT_EQ(run.at(7).attempts, 0U);
}

}  // namespace
}  // namespace twinvoice::testing
