// Probes, alerts, people and the failover runbook, each alone in a scripted world.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/human_step.hpp"
#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_health_probe();
ProcedureModel make_alert_rule();
ProcedureModel make_site_failover();
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

TEST(AlertRule, a_threshold_has_the_dimension_of_what_is_watched) {
  EastAndWest t;
  const auto problem = [&](const std::string& sensor, const std::string& threshold) -> std::string {
    try {
      made(make_alert_rule(),
           R"({"when": {"sensor": ")" + sensor + R"(", "component": "db", "below": )" + threshold + "}}",
           t.plan);
      return "";
    } catch (const std::invalid_argument& refusal) {
      return refusal.what();
    }
  };
  EXPECT_EQ(problem("success_rate", R"("50 %")"), "");
  EXPECT_EQ(problem("success_rate", "0.5"), "");
  for (const char* wrong : {"50", R"("5 s")", R"("10 tps")", "-0.5"})
    EXPECT_NE(problem("success_rate", wrong).find("/when/below: success_rate is a share"), std::string::npos)
        << wrong;
  EXPECT_NE(problem("probe", "2").find("probe is a share"), std::string::npos);
  EXPECT_EQ(problem("replication_lag", R"("500 ms")"), "");
  for (const char* wrong : {"5", R"("5 %")", R"("5 KiB")"})
    EXPECT_NE(problem("replication_lag", wrong).find("/when/below: replication_lag is a duration"),
              std::string::npos)
        << wrong;
  for (const char* counted : {"queue", "pool_waiting"}) {
    EXPECT_EQ(problem(counted, "100"), "");
    EXPECT_NE(problem(counted, R"("5 s")").find("is a number"), std::string::npos);
    EXPECT_NE(problem(counted, R"("50 %")").find("is a number"), std::string::npos);
  }
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

const char* const kFailover = R"({"service": ["api"], "database": "db", "from": "east", "to": "west",
  "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s", "for": "2 s"},
  "decide": {"by": "operator", "takes": "1 min"}, "shift": {"takes": "10 s"}, "verify": {"takes": "20 s"},
  "approve": {"by": "cfo", "takes": "5 min", "two_factor": true} STEPS})";

std::string failover(const std::string& more = "") {
  std::string json = kFailover;
  return json.replace(json.find(" STEPS"), 6, more);
}

std::map<std::string, Nanos> durations() {
  return {{"decide.takes", 60 * kS},   {"shift.takes", 10 * kS},           {"verify.takes", 20 * kS},
          {"approve.takes", 300 * kS}, {"approve.second_factor", 30 * kS}, {"failback.takes", 5 * kS}};
}

/// East is cut off from 100 s to `until`. Replicas 0 and 2 stand there, 1 and 3 in the west.
world::Reading lost_east(Nanos now, const plan::Sensor& s, Nanos until) {
  const bool lost = now >= 100 * kS && now < until;
  if (s.kind == Kind::kInstanceUp) return lost && s.target % 2 == 0 ? 0.0 : 1.0;
  if (s.kind == Kind::kReachable || s.kind == Kind::kLogTakesPart) return lost ? 0.0 : 1.0;
  if (s.kind == Kind::kReplicationLagS && s.location.value == 1)
    return lost ? to_seconds(now - 100 * kS) : 0.1;
  if (s.kind == Kind::kLogPosition && s.location.value == 0)
    return lost ? world::Reading() : world::Reading(500.0);
  return 0.0;
}

TEST(SiteFailover, the_articles_order_is_shift_verify_approve_promote) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.play(*made(make_site_failover(), failover(), t.plan));
  ASSERT_EQ(c.lines.size(), 6U);
  EXPECT_EQ(c.lines[0].substr(0, 12), "103 detected");
  EXPECT_EQ(c.lines[1], "163 decided by operator");
  EXPECT_EQ(c.lines[2], "173 log load is shifted from east to west");
  EXPECT_EQ(c.lines[3], "193 verified east cannot be reached: its last records are unknown");
  EXPECT_EQ(c.lines[4], "523 approved by cfo, second factor after 30.0 s");
  EXPECT_EQ(c.lines[5], "523 acted db leads at west");
  ASSERT_EQ(c.turns.size(), 3U);
  EXPECT_EQ(c.turns[0].knob, plan::Knob::kSiteWeight);
  EXPECT_EQ(c.turns[0].target, t.api.value * 2 + t.east.value);
  EXPECT_EQ(c.turns[0].value, 0.0);
  EXPECT_EQ(c.turns[1].impulse, plan::Impulse::kLead);
  EXPECT_EQ(c.turns[1].value, 1.0);
  EXPECT_EQ(c.turns[1].at_ns, 523 * kS);
  EXPECT_EQ(c.turns[2].impulse, plan::Impulse::kFence);
}

TEST(SiteFailover, an_order_takes_the_place_of_detection_and_decision) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.order_ns = 50 * kS;  // the site is still sound
  c.play(*made(make_site_failover(), failover(), t.plan));
  ASSERT_EQ(c.lines.size(), 6U);
  EXPECT_EQ(c.lines[0], "50 detected begun by order");
  EXPECT_EQ(c.lines[1], "50 decided begun by order");
  EXPECT_EQ(c.lines[2], "60 log load is shifted from east to west");
  EXPECT_EQ(c.lines[5], "410 acted db leads at west");
}

TEST(SiteFailover, an_order_ends_the_thinking_of_whoever_decides) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.order_ns = 120 * kS;  // detected at 103 s, the operator would decide at 163 s
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines[0].substr(0, 12), "103 detected");
  EXPECT_EQ(c.lines[1], "120 decided begun by order");
  EXPECT_EQ(c.lines[5], "480 acted db leads at west");
}

TEST(SiteFailover, an_order_to_a_runbook_at_work_changes_nothing) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.order_ns = 200 * kS;  // waiting for the approval
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines[5], "523 acted db leads at west");
}

TEST(SiteFailover, steps_may_come_in_another_order) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.play(*made(make_site_failover(), failover(R"(, "steps": ["promote", "shift"], "fence": false)"), t.plan));
  ASSERT_EQ(c.turns.size(), 2U);
  EXPECT_EQ(c.turns[0].impulse, plan::Impulse::kLead);
  EXPECT_EQ(c.turns[0].at_ns, 163 * kS);
  EXPECT_EQ(c.turns[1].at_ns, 173 * kS);
  EXPECT_THROW(made(make_site_failover(), failover(R"(, "steps": ["shift", "shift"])"), t.plan),
               std::invalid_argument);
}

TEST(SiteFailover, verification_counts_the_missing_records_when_both_sites_are_seen) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) {
    if (s.kind == Kind::kLogPosition) return s.location.value == 0 ? 500.0 : 458.0;
    return *lost_east(now, s, 5000 * kS);
  };
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines.at(3), "193 verified 42 records are missing at west");
}

TEST(SiteFailover, looks_for_the_loss_and_for_the_return_have_a_phase_each) {
  // Detected at 103.4 s instead of 103 s; back at 600 s, seen sound from 603 s on, 60 s later decided, 5 s of work.
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.takes["detect.phase"] = 400'000'000;
  c.takes["failback.phase"] = 3 * kS;
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 600 * kS); };
  c.play(*made(make_site_failover(),
               failover(R"(, "failback": {"after": "1 min", "every": "10 s", "takes": "5 s"})"), t.plan));
  ASSERT_EQ(c.lines.size(), 7U);
  EXPECT_EQ(c.turns.at(1).at_ns, 523 * kS + 400'000'000);
  EXPECT_EQ(c.lines[6], "668 failed back db leads at east again");
}

TEST(SiteFailover, failback_waits_until_the_site_has_been_sound) {
  // East is back at 600 s; 60 s later it leads again, after 5 s of work. Writes stop while it gets what it lacks.
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 600 * kS); };
  c.play(*made(make_site_failover(),
               failover(R"(, "failback": {"after": "1 min", "every": "1 s", "takes": "5 s"})"), t.plan));
  ASSERT_EQ(c.lines.size(), 7U);
  EXPECT_EQ(c.lines[6], "665 failed back db leads at east again");
  ASSERT_EQ(c.turns.size(), 9U);
  EXPECT_EQ(c.turns[3].impulse, plan::Impulse::kReconcile);
  EXPECT_EQ(c.turns[4].knob, plan::Knob::kLogReadOnly);
  EXPECT_EQ(c.turns[5].impulse, plan::Impulse::kLead);
  EXPECT_EQ(c.turns[5].value, 0.0);
  EXPECT_EQ(c.turns[6].impulse, plan::Impulse::kFence);
  EXPECT_EQ(c.turns[7].knob, plan::Knob::kLogReadOnly);
  EXPECT_EQ(c.turns[8].op, plan::TurnOp::kEnd);
  EXPECT_EQ(c.turns[8].knob, plan::Knob::kSiteWeight);
}

// The west has all of a batch 2 s after writes have stopped.
TEST(SiteFailover, a_planned_failback_waits_for_the_last_records) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kLogReceived) return s.location.value == 0 && now < 667 * kS ? 90.0 : 100.0;
    return lost_east(now, s, 600 * kS);
  };
  c.play(*made(make_site_failover(),
               failover(R"(, "failback": {"after": "1 min", "every": "1 s", "takes": "5 s"})"), t.plan));
  EXPECT_EQ(c.lines.at(6), "667 failed back db leads at east again");
  EXPECT_EQ(c.turns.at(4).at_ns, 665 * kS);
}

// East dies again 2 s into the 5 s of work and is back at 700 s: it leads 65 s after that.
TEST(SiteFailover, failback_never_leads_at_a_site_that_has_died_meanwhile) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) {
    return lost_east(now, s, now >= 662 * kS ? 700 * kS : 600 * kS);
  };
  c.play(*made(make_site_failover(),
               failover(R"(, "failback": {"after": "1 min", "every": "1 s", "takes": "5 s"})"), t.plan));
  EXPECT_THAT(c.lines.at(6), ::testing::HasSubstr("not sound any more"));
  EXPECT_EQ(c.lines.at(7), "765 failed back db leads at east again");
}

// A minute after writes have stopped the east still lacks records: writes go on, and it is tried again.
TEST(SiteFailover, a_failback_that_cannot_be_drained_lets_writes_go_on) {
  EastAndWest t;
  FakeContext c(t.plan, 800 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kLogReceived) return s.location.value == 0 ? 90.0 : 100.0;
    return lost_east(now, s, 600 * kS);
  };
  c.play(*made(make_site_failover(),
               failover(R"(, "failback": {"after": "1 min", "every": "1 s", "takes": "5 s"})"), t.plan));
  EXPECT_THAT(c.lines.at(6), ::testing::HasSubstr("does not lead again yet"));
  EXPECT_EQ(c.turns.at(5).knob, plan::Knob::kLogReadOnly);
  EXPECT_EQ(c.turns.at(5).op, plan::TurnOp::kEnd);
  EXPECT_NEAR(to_seconds(c.turns.at(5).at_ns), 725.0, 0.1);
}

// East has records of its own: what they hold is merged, then a copy of all 100 records goes there, and it follows. The transfer takes
// 30 s; 60 s after it, and 5 s of work, it leads.
TEST(SiteFailover, a_deposed_leader_with_records_of_its_own_may_need_a_new_copy) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  bool copied = false;
  c.flow = [&](Nanos now, std::int64_t bytes) {
    copied = true;
    return world::TransferResult{true, now + 30 * kS, bytes};
  };
  c.sensors = [&](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kLogTakesPart && now >= 600 * kS) return copied ? 1.0 : 0.0;
    if (s.kind == Kind::kLogReceived) return 100.0;
    return lost_east(now, s, 600 * kS);
  };
  c.play(
      *made(make_site_failover(),
            failover(R"(, "failback": {"after": "1 min", "every": "1 s", "takes": "5 s", "reseed": "all"})"),
            t.plan));
  EXPECT_EQ(c.turns.at(1).impulse, plan::Impulse::kLead);
  EXPECT_EQ(c.turns.at(1).position, 1);
  EXPECT_EQ(c.lines.at(6), "600 log a new copy goes from west to east");
  const auto at = [&](plan::Impulse impulse) {
    const auto found = std::find_if(c.turns.begin() + 3, c.turns.end(), [&](const plan::Turn& turn) {
      return turn.op == plan::TurnOp::kImpulse && turn.impulse == impulse;
    });
    return found == c.turns.end() ? kNever : found->at_ns;
  };
  EXPECT_EQ(at(plan::Impulse::kReconcile), 600 * kS);
  EXPECT_EQ(at(plan::Impulse::kReseed), 630 * kS);
  EXPECT_EQ(at(plan::Impulse::kLead), 695 * kS);
}

// Cut off for 43 s; the approval would come at 523 s. At the second look after it, one second later, the cause has passed: no promotion,
// the load goes back, and the runbook watches again.
TEST(SiteFailover, a_runbook_looks_again_before_it_promotes) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.takes["decide.takes"] = 10 * kS;
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 143 * kS); };
  c.play(*made(make_site_failover(), failover(), t.plan));
  ASSERT_EQ(c.lines.size(), 7U);
  EXPECT_EQ(c.lines[1], "113 decided by operator");
  EXPECT_EQ(c.lines[2], "123 log load is shifted from east to west");
  EXPECT_EQ(c.lines[4], "473 approved by cfo, second factor after 30.0 s");
  EXPECT_EQ(c.lines[5], "474 log load goes back to east");
  EXPECT_EQ(c.lines[6], "474 aborted the cause has passed before west took the lead");
  ASSERT_EQ(c.turns.size(), 2U);
  EXPECT_EQ(c.turns[1].op, plan::TurnOp::kEnd);
}

// It has passed before the operator has decided: nothing is shifted.
TEST(SiteFailover, a_runbook_looks_again_before_it_shifts) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 143 * kS); };
  c.play(*made(make_site_failover(), failover(), t.plan));
  ASSERT_EQ(c.lines.size(), 3U);
  EXPECT_EQ(c.lines[2], "164 aborted the cause has passed before load was shifted");
  EXPECT_TRUE(c.turns.empty());
}

// The east answers at every other look: it has never passed at two in a row.
TEST(SiteFailover, one_good_look_is_not_enough) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kInstanceUp && s.target == 2 && now >= 100 * kS) return now / kS % 2 == 1 ? 1.0 : 0.0;
    return lost_east(now, s, s.kind == Kind::kInstanceUp ? 5000 * kS : 500 * kS);
  };
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines.back(), "524 acted db leads at west");
}

// `unless` is the whole condition: the east still lags, but it answers. Detected at 102 s, approved at 522.
TEST(SiteFailover, when_the_cause_has_passed_can_be_said) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kReplicationLagS) return now >= 100 * kS ? 9.0 : 0.1;
    return lost_east(now, s, 400 * kS);
  };
  c.play(*made(
      make_site_failover(),
      failover(R"(, "unless": {"sensor": "probe", "component": "db", "location": "east", "above": "50 %"})"),
      t.plan));
  EXPECT_THAT(c.lines.at(6), ::testing::HasSubstr("523 aborted"));
}

TEST(SiteFailover, a_run_by_order_goes_on_although_nothing_is_wrong_and_loses_nothing) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kLogReceived) return s.location.value == 1 && now < 412 * kS ? 90.0 : 100.0;
    return lost_east(now, s, 0);
  };
  c.order_ns = 50 * kS;
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines.at(5), "412 acted db leads at west");
  EXPECT_EQ(c.turns.at(1).knob, plan::Knob::kLogReadOnly);
  EXPECT_EQ(c.turns.at(1).at_ns, 410 * kS);
}

TEST(SiteFailover, a_site_that_is_down_does_not_take_the_lead) {
  EastAndWest t;
  FakeContext c(t.plan, 560 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) -> world::Reading {
    if (s.kind == Kind::kInstanceUp && s.target == 3 && now >= 500 * kS) return 0.0;
    return lost_east(now, s, 5000 * kS);
  };
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines.at(6), "523 aborted west is down or cannot be reached: it does not lead");
  EXPECT_EQ(c.turns.size(), 2U);  // shifted and back
}

TEST(SiteFailover, an_order_to_lead_that_fails_ends_the_run) {
  EastAndWest t;
  FakeContext c(t.plan, 600 * kS);
  c.takes = durations();
  c.deaf = true;
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.play(*made(make_site_failover(), failover(), t.plan));
  EXPECT_EQ(c.lines.at(6), "523 aborted the order to lead has failed at west");
}

TEST(SiteFailover, leases_need_no_order) {
  EastAndWest t;
  FakeContext c(t.plan, 1000 * kS);
  c.takes = durations();
  c.sensors = [](Nanos now, const plan::Sensor& s) { return lost_east(now, s, 5000 * kS); };
  c.play(*made(make_site_failover(), failover(R"(, "fence": "lease")"), t.plan));
  EXPECT_EQ(c.turns.at(2).impulse, plan::Impulse::kFence);
  EXPECT_EQ(c.turns.at(2).value, 1.0);
  EXPECT_THROW(made(make_site_failover(), failover(R"(, "fence": "leases")"), t.plan), std::invalid_argument);
  EXPECT_THROW(made(make_site_failover(), failover(R"(, "failback": {"reseed": "some"})"), t.plan),
               std::invalid_argument);
}

}  // namespace
}  // namespace twinvoice::models
