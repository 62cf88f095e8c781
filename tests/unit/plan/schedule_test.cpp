#include "sim/plan/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/plan_builder.hpp"

namespace twinvoice::plan {
namespace {

using testing::PlanBuilder;

constexpr Nanos kS = kNanosPerSecond;

/// The fault "first" anywhere in 10 to 20 s for 5 s, behind `before` others like it.
struct Drawn {
  PlanBuilder b;
  FaultId first;

  explicit Drawn(int before = 0) {
    b.component("db", {b.location("a")});
    for (int i = 0; i < before; ++i) add("other" + std::to_string(i));
    first = add("first");
  }
  FaultId add(const std::string& name) {
    const FaultId id = b.fault(name, 10 * kS, 15 * kS);
    b.plan.faults[id.index()].begins = b.law(random::Law::uniform(10.0, 20.0));
    b.hold(id, Knob::kInstanceOut, 0);
    b.impulse(id, Impulse::kReset, 0);
    return id;
  }
  Nanos begin(std::uint64_t replication) {
    return fault_begins(b.plan, random::Stream::of(1, replication), replication)[first.index()];
  }
};

TEST(Schedule, a_begin_within_a_window_is_uniform_on_it) {
  // Kolmogorov-Smirnov at the level of 0.1 %, the chance of a false alarm; the seed is fixed.
  constexpr std::uint64_t kRuns = 1'000;
  Drawn d;
  std::vector<double> share;
  for (std::uint64_t r = 0; r < kRuns; ++r) share.push_back((to_seconds(d.begin(r)) - 10.0) / 10.0);
  std::sort(share.begin(), share.end());
  EXPECT_GE(share.front(), 0.0);
  EXPECT_LE(share.back(), 1.0);
  double distance = 0.0;
  for (std::size_t i = 0; i < kRuns; ++i)
    distance = std::max(distance, std::abs(share[i] - (static_cast<double>(i) + 0.5) / kRuns));
  EXPECT_LT(distance * std::sqrt(static_cast<double>(kRuns)), 1.95);
}

TEST(Schedule, a_begin_is_keyed_by_the_name_of_its_fault_alone) {
  Drawn alone;
  Drawn crowded(3);
  EXPECT_EQ(alone.begin(7), crowded.begin(7));
  EXPECT_NE(alone.begin(7), alone.begin(8));
  crowded.b.plan.faults[crowded.first.index()].name = "another";
  EXPECT_NE(alone.begin(7), crowded.begin(7));
}

TEST(Schedule, the_turns_of_a_fault_are_late_together_and_in_order) {
  Drawn d(2);
  const Plan plan = d.b.build();
  const std::vector<Nanos> begins = {12 * kS, 10 * kS, 19 * kS};
  const std::vector<Turn> turns = turns_of(plan, begins);
  ASSERT_EQ(turns.size(), plan.turns.size());
  EXPECT_TRUE(std::is_sorted(turns.begin(), turns.end(),
                             [](const Turn& a, const Turn& b) { return a.at_ns < b.at_ns; }));
  for (const Turn& turn : turns) {
    const bool ends = turn.op == TurnOp::kEnd;
    EXPECT_EQ(turn.at_ns, begins[turn.effect] + (ends ? 5 * kS : 0));
  }
  EXPECT_EQ(fault_end(plan.faults[0], 12 * kS), 17 * kS);
  EXPECT_EQ(fault_end(Fault{}, 12 * kS), kNever);
}

TEST(Schedule, without_a_law_every_replication_has_the_turns_of_the_plan) {
  PlanBuilder b;
  b.component("db", {b.location("a")});
  b.hold(b.fault("cut", 5 * kS, 9 * kS), Knob::kInstanceOut, 0);
  const Plan plan = b.build();
  EXPECT_FALSE(draws_faults(plan));
  EXPECT_EQ(fault_begins(plan, random::Stream::of(1, 0), 0), std::vector<Nanos>{5 * kS});
  EXPECT_EQ(turns_of(plan, {5 * kS})[1].at_ns, 9 * kS);
}

TEST(Schedule, a_fault_of_another_target_never_begins_and_has_no_turn) {
  PlanBuilder b;
  b.component("db", {b.location("a")});
  for (std::uint32_t variant = 0; variant < 2; ++variant) {
    const FaultId id = b.fault("cut", 5 * kS, 9 * kS);
    b.plan.faults[id.index()].variant = variant;
    b.hold(id, Knob::kInstanceOut, 0);
  }
  b.plan.variants = 2;
  const Plan plan = b.build();
  EXPECT_TRUE(draws_faults(plan));
  const auto begins = fault_begins(plan, random::Stream::of(1, 3), 3);
  EXPECT_EQ(begins, (std::vector<Nanos>{kNever, 5 * kS}));
  EXPECT_EQ(fault_end(plan.faults[0], begins[0]), kNever);
  const auto turns = turns_of(plan, begins);
  EXPECT_EQ(turns[0].effect, 1U);
  EXPECT_EQ(turns[1].at_ns, 9 * kS);
  EXPECT_EQ(turns[2].at_ns, kNever);
  EXPECT_EQ(turns[3].at_ns, kNever);
}

}  // namespace
}  // namespace twinvoice::plan
