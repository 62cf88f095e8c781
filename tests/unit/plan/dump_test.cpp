// The listing, the fingerprint and the names of causes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sim/plan/plan.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::plan {
namespace {

using ::testing::HasSubstr;
using twinvoice::testing::PlanBuilder;

/// A plan with at least one row in most columns.
Plan small_plan() {
  PlanBuilder b;
  const auto a = b.location("a", 100'000);
  const auto far = b.location("b");
  b.link(a, far, 14'000'000, 1e9, 0.001);
  const auto db = b.component("db", {a, far});
  const auto station = b.station(db, 2);
  const auto pool = b.pool(db, 10, 5, b.constant(1'000'000));
  const auto cell = b.cell(db, Cell{});
  Gate gate;
  gate.name = "db.rate_limit";
  const auto limit = b.gate(db, gate);
  const auto work = b.program("db/default", db)
                        .hop_in()
                        .gate(limit)
                        .acquire(pool)
                        .serve(station, b.exponential(0.010))
                        .update(cell, UpdateOp::kAdd, 0.5)
                        .release(pool)
                        .reply();
  const auto root = b.program("issue").call(b.call("issue>db/default", db, work)).end();
  b.poisson(b.operation("issue", root, a), 50.0);
  const auto fault = b.fault("cut", 5, 9);
  b.hold(fault, Knob::kLinkDown, 0);
  b.impulse(fault, Impulse::kReset, 1);
  return b.horizon(10 * kNanosPerSecond).build();
}

std::string listing(const Plan& plan) {
  std::ostringstream out;
  dump(plan, out);
  return out.str();
}

TEST(PlanDump, names_every_kind_of_row_in_words) {
  const std::string text = listing(small_plan());
  for (const char* row : {"plan test horizon=10000000000ns",
                          "location 1 b site=b",
                          "link 0 a-b a-b latency=14000000ns",
                          "route 0>1 latency=14000000ns",
                          "component 0 db",
                          "instance 1 db#1 location=1",
                          "program 0 db/default",
                          " serve \"\" flags=0 arg=0 target=0 law=1",
                          "call 0 issue>db/default",
                          "balance=nearest",
                          "servers=2 queue=unlimited fifo",
                          "pool 0 db#0/pool instance=0 size=10 queue=5",
                          "gate 0 db.rate_limit",
                          "law 0 kind=0",
                          "operation 0 issue",
                          "source 0 issue",
                          "segments=[0:50]",
                          "fault 0 cut kind=test at=5ns until=9ns",
                          "at=5ns fault begin link_down target=0",
                          "at=5ns fault impulse reset target=1",
                          "at=9ns repair end link_down"}) {
    EXPECT_THAT(text, HasSubstr(row));
  }
}

TEST(PlanDump, is_the_same_for_the_same_plan) {
  EXPECT_EQ(listing(small_plan()), listing(small_plan()));
  EXPECT_EQ(fingerprint(small_plan()), fingerprint(small_plan()));
}

TEST(PlanFingerprint, changes_with_any_value) {
  const Plan base = small_plan();
  const auto changed = [&](auto change) {
    Plan other = base;
    change(other);
    return fingerprint(other) != fingerprint(base);
  };
  EXPECT_TRUE(changed([](Plan& p) { p.seed = 2; }));
  EXPECT_TRUE(changed([](Plan& p) { p.links[0].loss = 0.001 + 1e-18; }));
  EXPECT_TRUE(changed([](Plan& p) { p.steps[1].purpose ^= 1; }));
  EXPECT_TRUE(changed([](Plan& p) { p.calls[0].retries.jitter = Jitter::kFull; }));
  EXPECT_TRUE(changed([](Plan& p) { p.gates[0].reason = Reason::kError; }));
  EXPECT_TRUE(changed([](Plan& p) { p.turns[0].value += 1e-9; }));
  EXPECT_TRUE(changed([](Plan& p) { p.faults[0].begins = LawId(0U); }));
  EXPECT_TRUE(changed([](Plan& p) { p.sources[0].times_ns = {1, 2, 3}; }));
  EXPECT_TRUE(changed([](Plan& p) { p.initial.tokens.push_back({PoolId(0), 3}); }));
  EXPECT_TRUE(changed([](Plan& p) {
    p.procedures.push_back({"x", "y", LocationId(0), "", false, false, {}, {}});
  }));
}

TEST(CauseName, names_component_and_reason_or_the_gate) {
  const Plan plan = small_plan();
  EXPECT_EQ(cause_name(plan, Cause(Reason::kPoolWait, 0)), "db.pool_wait");
  EXPECT_EQ(cause_name(plan, Cause(Reason::kGate, 0)), "db.rate_limit");
  EXPECT_EQ(cause_name(plan, Cause(Reason::kTimeout, 0xffffffU)), "client.timeout");
  EXPECT_EQ(cause_name(plan, Cause{}), "none");
}

TEST(PlanBuilder, finds_the_shortest_routes_and_numbers_call_states) {
  PlanBuilder b;
  const auto a = b.location("a");
  const auto m = b.location("m");
  const auto z = b.location("z");
  b.link(a, z, 30);
  b.link(a, m, 10, 5e6);
  b.link(m, z, 10, 2e6);
  const auto one = b.component("one", {a, m});
  const auto two = b.component("two", a, 3);
  const auto p = b.program("two/x", two).hop_in().reply();
  b.call("one>two", two, p, one);
  b.call("client>two", two, p);
  const Plan plan = b.build();
  EXPECT_EQ(plan.route(a, z).latency_ns, 20);
  EXPECT_EQ(plan.route(a, z).links.size(), 2U);
  EXPECT_EQ(plan.route(a, z).bytes_per_s, 2e6);
  EXPECT_EQ(plan.calls[1].state_base, 2U);
  EXPECT_EQ(plan.calls[1].peer_base, 6U);
  EXPECT_EQ(plan.call_states, 3U);
  EXPECT_EQ(plan.peer_states, 9U);
  EXPECT_EQ(plan.programs[p.index()].reply, 1U);
}

}  // namespace
}  // namespace twinvoice::plan
