// One clock: instants, their order, and how long they may go on.
#include <gtest/gtest.h>

#include "tests/unit/world/world_support.hpp"

namespace twinvoice::world {
namespace {

using Context = ProcedureContext;

TEST(Clock, a_run_without_procedures_synchronises_never) {
  TwoSites t;
  const Replication r = run_in_child(t.b.build(), {});
  ASSERT_EQ(r.error, "");
  EXPECT_TRUE(r.result.record.complete);
  EXPECT_EQ(r.result.record.world_syncs, 0U);
  EXPECT_EQ(r.result.record.operations[0].all.arrived, 1000U);
  EXPECT_EQ(r.result.record.end_ns, 10 * kNanosPerSecond);
  EXPECT_TRUE(r.result.record.breaches.empty());
}

TEST(Clock, an_empty_plan_ends_at_its_horizon) {
  testing::PlanBuilder b;
  const Replication r = run_in_child(b.horizon(kNanosPerSecond).build(), {});
  EXPECT_EQ(r.error, "");
  EXPECT_EQ(r.result.record.end_ns, kNanosPerSecond);
}

TEST(Clock, clock_stays_integer_at_one_year) {
  testing::PlanBuilder b;
  const auto here = b.location("here");
  const Nanos year = 366LL * 86'400 * kNanosPerSecond;
  const Replication r = run_in_child(b.horizon(year + 1000).build(), {script("p", here, [&](Context& c) {
                                       c.wait_until(year);
                                       for (int i = 0; i < 100; ++i) {
                                         const Nanos before = c.now_ns();
                                         c.wait_for(1);
                                         if (c.now_ns() != before + 1) c.log("wrong");
                                       }
                                       c.log("done");
                                     })});
  ASSERT_EQ(r.error, "");
  EXPECT_EQ(lines(r), std::vector<std::string>{std::to_string(year + 100) + " done"});
}

TEST(Clock, procedures_change_nothing_that_they_only_look_at) {
  TwoSites t;
  const plan::Plan plan = t.b.build();
  const Replication alone = run_in_child(plan, {});
  const Replication watched = run_in_child(plan, {script("p", t.east, [&](Context& c) {
                                             for (;;) {
                                               (void)c.sense({plan::SensorKind::kSucceeded, 0, {}, 0});
                                               c.wait_for(777'777);
                                             }
                                           })});
  ASSERT_EQ(watched.error, "");
  EXPECT_EQ(alone.result.record.fingerprint, watched.result.record.fingerprint);
  EXPECT_GT(watched.result.record.world_syncs, 10'000U);
}

TEST(Clock, turns_of_one_instant_apply_in_declared_order) {
  // All go on at 1 s; the order of what was done shows in the record: declared ids decide, not who slept first.
  TwoSites t;
  const auto act = [](double value, Nanos first_ns) {
    return [=](Context& c) {
      c.wait_until(first_ns);
      c.wait_until(kNanosPerSecond);
      (void)c.begin_turn(plan::Knob::kStationSpeed, 0, value);
      (void)c.begin_turn(plan::Knob::kStationSpeed, 1, value + 0.1);
    };
  };
  const Replication r = run_in_child(
      t.b.build(),
      {script("a", t.east, act(1.0, 5)), script("b", t.east, act(2.0, 1)), script("c", t.west, act(3.0, 3))});
  ASSERT_EQ(r.error, "");
  std::vector<double> values;
  for (const auto& turn : r.result.record.turns) values.push_back(turn.value);
  EXPECT_EQ(values, (std::vector<double>{1.0, 1.1, 2.0, 2.1, 3.0, 3.1}));
}

TEST(Clock, a_reading_sees_the_faults_and_turns_of_its_instant_and_nothing_later) {
  TwoSites t(false, kNanosPerSecond);  // arrivals at 0, 1, 2 s ...
  const auto fault = t.b.fault("kill", 2 * kNanosPerSecond);
  t.b.hold(fault, plan::Knob::kInstanceDown, 0);
  const Replication r =
      run_in_child(t.b.build(), {script("p", t.east, [&](Context& c) {
                     c.wait_until(2 * kNanosPerSecond);
                     c.log("up " + std::to_string(*c.sense({plan::SensorKind::kInstanceUp, 0, {}, 0})));
                     c.log("arrived " + std::to_string(*c.sense({plan::SensorKind::kArrived, 0, {}, 0})));
                     (void)c.begin_turn(plan::Knob::kInstanceDown, 1, 1.0);
                     c.log("other up " + std::to_string(*c.sense({plan::SensorKind::kInstanceUp, 1, {}, 0})));
                   })});
  ASSERT_EQ(r.error, "");
  EXPECT_EQ(lines(r), (std::vector<std::string>{"2000000000 up 0.000000", "2000000000 arrived 2.000000",
                                                "2000000000 other up 0.000000"}));
}

TEST(Clock, wakes_of_procedures_use_up_the_budget_of_events) {
  TwoSites t;
  plan::Plan plan = t.b.build();
  plan.max_events = 100;
  const Replication r = run_in_child(plan, {script("p", t.east, [&](Context& c) {
                                       for (;;) {
                                         c.wait_for(1'000);
                                         c.log("awake");
                                       }
                                     })});
  EXPECT_EQ(r.error, "");
  EXPECT_FALSE(r.result.record.complete);
  EXPECT_EQ(r.result.record.stop, "the budget of events is used up (limits.events)");
  // Every microsecond from the first one on, 10 ms before the first request.
  EXPECT_GE(lines(r).size(), 95U);
  EXPECT_LE(lines(r).size(), 100U);
}

TEST(Clock, sixty_four_passes_are_allowed) {
  TwoSites t;
  const Replication r = run_in_child(t.b.build(), {script("p", t.east, [&](Context& c) {
                                       c.wait_until(kNanosPerSecond);
                                       for (int i = 0; i < 64; ++i)
                                         (void)c.sense({plan::SensorKind::kArrived, 0, {}, 0});
                                       c.wait_for(1);
                                       for (int i = 0; i < 64; ++i)
                                         (void)c.sense({plan::SensorKind::kArrived, 0, {}, 0});
                                       c.log("done");
                                     })});
  EXPECT_EQ(r.error, "");
  EXPECT_EQ(lines(r).size(), 1U);
}

TEST(Clock, sixty_fifth_pass_is_an_error) {
  TwoSites t;
  const Replication r = run_in_child(t.b.build(), {script("p", t.east, [&](Context& c) {
                                       c.wait_until(kNanosPerSecond);
                                       for (int i = 0; i < 65; ++i)
                                         (void)c.sense({plan::SensorKind::kArrived, 0, {}, 0});
                                     })});
  EXPECT_NE(r.error.find("more than 64 passes at 00:00:01"), std::string::npos) << r.error;
}

TEST(Clock, what_a_procedure_throws_is_the_error_of_the_run) {
  TwoSites t;
  const Replication r =
      run_in_child(t.b.build(), {script("broken", t.east,
                                        [&](Context& c) {
                                          c.wait_until(kNanosPerSecond);
                                          throw std::runtime_error("no such thing");
                                        }),
                                 script("other", t.west, [](Context& c) { c.wait_until(kNever - 1); })});
  EXPECT_NE(r.error.find("procedure broken: no such thing"), std::string::npos) << r.error;
}

TEST(Clock, actors_see_only_reachable_sensors) {
  TwoSites t;
  const auto fault = t.b.fault("cut", kNanosPerSecond, 2 * kNanosPerSecond);
  t.b.hold(fault, plan::Knob::kLinkDown, t.link.value);
  const auto look = [](Context& c) {
    for (const Nanos at : {500 * kMs, 1500 * kMs, 2500 * kMs}) {
      c.wait_until(at);
      const auto queue = c.sense({plan::SensorKind::kStationBusy, 0, {}, 0});
      const auto up = c.sense({plan::SensorKind::kInstanceUp, 0, {}, 0});
      c.log(std::string(queue ? "seen" : "nothing") + (*up > 0 ? " up" : " down"));
    }
  };
  const Replication near = run_in_child(t.b.build(), {script("p", t.east, look)});
  EXPECT_EQ(lines(near),
            (std::vector<std::string>{"500000000 seen up", "1500000000 seen up", "2500000000 seen up"}));
  const Replication far = run_in_child(t.b.build(), {script("p", t.west, look)});
  EXPECT_EQ(lines(far),
            (std::vector<std::string>{"500000000 seen up", "1500000000 nothing down", "2500000000 seen up"}));
}

TEST(Clock, dated_readings_and_messages_come_at_their_instant) {
  TwoSites t;
  const Replication r =
      run_in_child(t.b.build(), {script("p", t.east, [&](Context& c) {
                     const plan::Sensor up{plan::SensorKind::kInstanceUp, 1, {}, 0};
                     plan::Turn reset;
                     reset.impulse = plan::Impulse::kReset;
                     reset.target = 1;
                     // 1000 bytes at 1e6 bytes/s and 10 ms: arrives at 11 ms.
                     c.log(c.send(t.east, t.west, 1000, {reset}) == kNever ? "cut" : "sent");
                     const auto seen = c.read_at(50 * kMs, {&up, 1});
                     c.log(seen[0] && *seen[0] == 1.0 ? "up" : "down");
                   })});
  ASSERT_EQ(r.error, "");
  EXPECT_EQ(lines(r), (std::vector<std::string>{"0 sent", "50000000 up"}));
  ASSERT_EQ(r.result.record.turns.size(), 1U);
  EXPECT_EQ(r.result.record.turns[0].at_ns, 11 * kMs);
}

TEST(Clock, draws_are_keyed_by_procedure_quantity_and_count) {
  testing::PlanBuilder b;
  const auto here = b.location("here");
  const auto law = b.exponential(1.0);
  const auto body = [&](Context& c) {
    for (int i = 0; i < 3; ++i) c.log(std::to_string(c.draw(law, "takes")));
  };
  const plan::Plan plan = b.horizon(kNanosPerSecond).build();
  const auto alone = lines(run_in_child(plan, {script("a", here, body)}));
  const auto second = lines(run_in_child(
      plan, {script("b", here, [&](Context& c) { (void)c.draw(law, "takes"); }), script("a", here, body)}));
  ASSERT_EQ(alone.size(), 3U);
  EXPECT_EQ(alone, second);
  EXPECT_NE(alone[0], alone[1]);
}

TEST(Clock, the_network_model_is_stated_and_read_back) {
  TwoSites t;
  const Replication r = run_in_child(t.b.build(), {});
  EXPECT_EQ(r.result.facts.settings[0].first, "network/model");
  EXPECT_EQ(r.result.facts.settings[0].second, "CM02");
  EXPECT_EQ(r.result.facts.simgrid_version.substr(0, 2), "3.");
  EXPECT_EQ(r.result.facts.epoch_ns, 100 * kMs);
}

}  // namespace
}  // namespace twinvoice::world
