// Procedures whose place goes down: they do nothing until it is up again.
#include <gtest/gtest.h>

#include "sim/world/futures.hpp"
#include "tests/unit/world/world_support.hpp"

namespace twinvoice::world {
namespace {

constexpr Nanos kS = kNanosPerSecond;

/// The west is down from 2 s to 6 s.
struct LostWest : TwoSites {
  LostWest() { b.hold(b.fault("west", 2 * kS, 6 * kS), plan::Knob::kLocationDown, west.value); }
};

ProcedureFactory waiter(plan::LocationId where, std::vector<Nanos> times) {
  return script("waiter", where, [times](ProcedureContext& c) {
    for (const Nanos at_ns : times) {
      c.wait_until(at_ns);
      c.log("goes on");
    }
  });
}

TEST(LostPlace, what_wakes_there_meanwhile_goes_on_when_it_is_up_again) {
  LostWest t;
  const plan::Plan plan = t.b.build();
  EXPECT_EQ(lines(run_in_child(plan, {waiter(t.west, {kS, 3 * kS, 8 * kS})})),
            (std::vector<std::string>{"1000000000 goes on", "6000000000 goes on", "8000000000 goes on"}));
  EXPECT_EQ(lines(run_in_child(plan, {waiter(t.west, {kS, 7 * kS})})),
            (std::vector<std::string>{"1000000000 goes on", "7000000000 goes on"}));
}

TEST(LostPlace, begins_and_ends_with_the_instants_of_the_fault) {
  LostWest t;
  const plan::Plan plan = t.b.build();
  EXPECT_EQ(lines(run_in_child(plan, {waiter(t.west, {2 * kS})})),
            (std::vector<std::string>{"6000000000 goes on"}));
  EXPECT_EQ(lines(run_in_child(plan, {waiter(t.west, {6 * kS})})),
            (std::vector<std::string>{"6000000000 goes on"}));
}

TEST(LostPlace, others_do_not_notice) {
  LostWest t;
  const plan::Plan plan = t.b.build();
  const std::vector<std::string> in_time{"1000000000 goes on", "3000000000 goes on"};
  EXPECT_EQ(lines(run_in_child(plan, {waiter(t.east, {kS, 3 * kS})})), in_time);
  EXPECT_EQ(lines(run_in_child(plan, {waiter({}, {kS, 3 * kS})})), in_time);  // nowhere in particular
}

TEST(LostPlace, readings_are_answered_when_it_is_up_again) {
  LostWest t;
  const plan::Sensor arrived{plan::SensorKind::kArrived, t.operation.value, {}, 0};
  const auto reader = script("reader", t.west, [=](ProcedureContext& c) {
    for (int i = 0; i < 2; ++i) {
      const auto seen = c.read_at(3 * kS, {&arrived, 1});
      c.log(std::to_string(seen[0].value_or(-1.0)));
    }
  });
  const auto told = lines(run_in_child(t.b.build(), {reader}));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0], told[1]);
  EXPECT_EQ(told[0].substr(0, 11), "6000000000 ");
  EXPECT_EQ(told[0].substr(11, 2), "60");  // 600 requests, or 601: what it is then and not at 3 s
}

TEST(LostPlace, a_run_may_end_meanwhile) {
  LostWest t;
  t.b.horizon(4 * kS);
  const auto run = run_in_child(t.b.build(), {waiter(t.west, {3 * kS})});
  EXPECT_EQ(run.error, "");
  EXPECT_TRUE(run.result.record.complete);
  EXPECT_TRUE(lines(run).empty());
}

TEST(LostPlace, orders_are_lost_there) {
  LostWest t;
  RunSettings settings;
  settings.procedures = {script("patient", t.west, [](ProcedureContext& c) {
    c.heed_orders(true);
    c.wait_until(8 * kS);
    c.log(c.ordered() ? "by order" : "in time");
  })};
  Future ordered;
  ordered.orders = {{0, 3 * kS}};
  const auto futures = run_futures(t.b.build(), settings, kS, {ordered}, 0, 1, {});
  EXPECT_EQ(
      lines(futures[0][0]),
      (std::vector<std::string>{"3000000000 ordered to begin, but its place is down", "8000000000 in time"}));
}

}  // namespace
}  // namespace twinvoice::world
