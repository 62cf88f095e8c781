// Probes, alerts and people, each alone in a scripted world.
#include <gtest/gtest.h>

#include "models/human_step.hpp"
#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_health_probe();
ProcedureModel make_alert_rule();
ProcedureModel make_bulk_transfer();

namespace {

using Kind = plan::SensorKind;

TEST(BulkTransfer, repeats_on_its_grid_and_a_long_one_delays_the_next) {
  // Each takes 10 s but the second, which takes 30 s, beyond the begin of the third.
  EastAndWest t;
  FakeContext c(t.plan, 100 * kS);
  int transfers = 0;
  c.flow = [&](Nanos now, std::int64_t bytes) {
    return world::TransferResult{true, now + (++transfers == 2 ? 30 : 10) * kS, bytes};
  };
  plan::Procedure row;
  row.at = t.east;
  c.play(*made(make_bulk_transfer(), R"({"to": "west", "size": "100 kB", "start": "5 s", "every": "20 s"})",
               t.plan, row));
  const std::string done = " log 100000 of 100000 B are at west";
  EXPECT_EQ(c.lines, (std::vector<std::string>{"15" + done, "55" + done, "65" + done, "85" + done}));
}

TEST(BulkTransfer, without_a_period_it_happens_once) {
  EastAndWest t;
  FakeContext c(t.plan, 100 * kS);
  c.flow = [](Nanos now, std::int64_t) { return world::TransferResult{false, now + kS, 40}; };
  plan::Procedure row;
  row.at = t.east;
  c.play(*made(make_bulk_transfer(), R"({"to": "west", "size": "100 B", "give_up": "1 s"})", t.plan, row));
  EXPECT_EQ(c.lines, (std::vector<std::string>{"1 log 40 of 100 B are at west, broken off"}));
}

TEST(HealthProbe, a_sick_replica_goes_out_after_fall_probes_and_back_after_rise) {
  // Sick from 12 s to 31 s. Probes at 5, 10, ...: failures are known at 16, 21, 26 s; successes at 35, 40 s.
  EastAndWest t;
  FakeContext c(t.plan, 100 * kS);
  c.sensors = [](Nanos now, const plan::Sensor& s) {
    return s.target == 1 && now >= 12 * kS && now < 31 * kS ? 0.0 : 1.0;
  };
  c.play(*made(make_health_probe(), R"({"targets": "api"})", t.plan));
  EXPECT_EQ(c.lines, (std::vector<std::string>{"26 log api#1 is taken out", "40 log api#1 is taken back"}));
  ASSERT_EQ(c.turns.size(), 2U);
  EXPECT_EQ(c.turns[0].knob, plan::Knob::kInstanceOut);
  EXPECT_EQ(c.turns[0].target, 1U);
  EXPECT_EQ(c.turns[1].op, plan::TurnOp::kEnd);
}

TEST(HealthProbe, fewer_failures_than_fall_change_nothing) {
  EastAndWest t;
  FakeContext c(t.plan, 100 * kS);
  c.sensors = [](Nanos now, const plan::Sensor&) { return now >= 12 * kS && now < 21 * kS ? 0.0 : 1.0; };
  c.play(*made(make_health_probe(), R"({"targets": "api"})", t.plan));
  EXPECT_TRUE(c.turns.empty());
}

TEST(HealthProbe, a_timeout_beyond_the_period_is_refused) {
  EastAndWest t;
  EXPECT_THROW(made(make_health_probe(), R"({"targets": "api", "every": "1 s", "timeout": "2 s"})", t.plan),
               std::invalid_argument);
}

TEST(AlertRule, an_alert_needs_its_condition_for_the_whole_time) {
  // Lag above 0.5 s in [10, 12) and in [20, 40): only the second lasts 5 s.
  EastAndWest t;
  FakeContext c(t.plan, 100 * kS);
  c.sensors = [](Nanos now, const plan::Sensor& s) {
    if (s.kind == Kind::kReachable) return 1.0;
    return (now >= 10 * kS && now < 12 * kS) || (now >= 20 * kS && now < 40 * kS) ? 0.75 : 0.1;
  };
  c.play(*made(make_alert_rule(),
               R"({"when": {"sensor": "replication_lag", "component": "db", "above": "500 ms"},
                                      "for": "5 s", "severity": "P0"})",
               t.plan));
  ASSERT_EQ(c.lines.size(), 2U);
  EXPECT_EQ(c.lines[0].substr(0, 2), "25");
  EXPECT_NE(c.lines[0].find("P0 alert: replication_lag is 0.75 s"), std::string::npos);
  EXPECT_EQ(c.lines[1].substr(0, 10), "40 log P0 ");
}

TEST(AlertRule, a_dead_primary_shows_as_lag_even_without_writes) {
  // Nothing is written, so no record is late; the leader cannot reach the follower from 30 s on.
  EastAndWest t;
  FakeContext c(t.plan, 100 * kS);
  c.sensors = [](Nanos now, const plan::Sensor& s) {
    return s.kind == Kind::kReachable && now < 30 * kS ? 1.0 : 0.0;
  };
  c.play(*made(make_alert_rule(),
               R"({"when": {"sensor": "replication_lag", "component": "db", "above": "1500 ms"}})", t.plan));
  ASSERT_EQ(c.lines.size(), 1U);
  EXPECT_EQ(c.lines[0].substr(0, 2), "32");
}

TEST(AlertRule, a_success_rate_is_of_its_window) {
  // 10 requests a second, all well until 50 s, none after: over 10 s the rate is below 75 % at 53 s.
  EastAndWest t;
  const auto call = t.b.call("issue>api", t.api, t.b.program("api/default", t.api).hop_in().reply());
  t.b.operation("issue", t.b.program("issue").call(call).end(), t.east);
  const plan::Plan plan = t.b.build();
  FakeContext c(plan, 60 * kS);
  c.sensors = [](Nanos now, const plan::Sensor& s) {
    const double t_s = to_seconds(now);
    if (s.kind == Kind::kFailed) return std::max(0.0, t_s - 50.0) * 10.0;
    if (s.kind == Kind::kSucceeded) return std::min(t_s, 50.0) * 10.0;
    return t_s * 10.0;
  };
  c.play(*made(make_alert_rule(),
               R"({"when": {"sensor": "success_rate", "below": "75 %", "window": "10 s"}})", plan));
  ASSERT_EQ(c.lines.size(), 1U);
  EXPECT_EQ(c.lines[0].substr(0, 2), "53");
}

TEST(AlertRule, a_monitor_that_sees_nothing_holds_its_target_for_lost) {
  EastAndWest t;
  FakeContext c(t.plan, 20 * kS);
  c.sensors = [](Nanos now, const plan::Sensor&) {
    return now < 5 * kS ? world::Reading(1.0) : world::Reading();
  };
  c.play(*made(make_alert_rule(),
               R"({"when": {"sensor": "probe", "component": "api", "below": "50 %"}, "for": "3 s"})",
               t.plan));
  EXPECT_EQ(c.lines.size(), 1U);
}

TEST(AlertRule, a_condition_has_exactly_one_side) {
  EastAndWest t;
  EXPECT_THROW(made(make_alert_rule(), R"({"when": {"sensor": "success_rate"}})", t.plan),
               std::invalid_argument);
}

TEST(HumanStep, absence_errors_and_second_factor_take_their_time) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = {{"approve.absent_delay", 100 * kS},
             {"approve.takes", 30 * kS},
             {"approve.redo", 7 * kS},
             {"approve.second_factor", 20 * kS}};
  c.happens = {{"approve.absent", 1}, {"approve.error", 2}};
  const HumanWork cfo{"approve", "cfo", {}, {}, {}, {}, 0.5, 0.5, true};
  EXPECT_EQ(work(c, cfo), "by cfo, second factor after 20.0 s");
  EXPECT_EQ(c.now_ns(), (100 + 30 + 2 * 7 + 20) * kS);
}

TEST(HumanStep, a_reliable_person_takes_the_time_of_the_task) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = {{"decide.takes", 30 * kS}};
  EXPECT_EQ(work(c, HumanWork{"decide", "operator", {}, {}, {}, {}, 0.0, 0.0, false}), "by operator");
  EXPECT_EQ(c.now_ns(), 30 * kS);
}

}  // namespace
}  // namespace twinvoice::models
