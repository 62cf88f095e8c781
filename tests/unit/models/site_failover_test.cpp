// The failover runbook, alone in a scripted world.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_site_failover();

namespace {

using Kind = plan::SensorKind;

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
