// Probes and the failover runbook in a running world.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/support/log_facts.hpp"
#include "tests/unit/models/leader_and_follower.hpp"

namespace twinvoice::models {

ProcedureModel make_health_probe();
ProcedureModel make_site_failover();

namespace {

TEST(SiteFailover, a_lost_region_costs_the_last_batch_and_the_time_of_the_runbook) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 60 * kS);
  t.b.hold(t.b.fault("region", 20 * kS), plan::Knob::kLocationDown, t.east.value);
  plan::Procedure row;
  row.laws.push_back({"approve.takes", t.b.constant(10 * kS)});
  const auto runbook =
      standing(make_site_failover(), R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s", "phase": "0 s"},
      "approve": {"by": "cfo", "takes": "10 s"}})",
               t.west, row);
  const auto r = t.run({t.stream(), runbook});
  std::vector<std::pair<measure::Phase, Nanos>> phases;
  for (const auto& mark : r.record.marks) {
    if (mark.is_phase) phases.emplace_back(mark.phase, mark.at_ns);
  }
  ASSERT_EQ(phases.size(), 5U);
  EXPECT_EQ(phases[0], std::pair(measure::Phase::kDetected, 21 * kS));
  EXPECT_EQ(phases[4], std::pair(measure::Phase::kActed, 31 * kS));
  const testing::LeftOut lost = testing::left_out(r.record.commits, r.record.log_events);
  EXPECT_GT(lost.acknowledged, 0U);
  EXPECT_LE(lost.acknowledged, 7U);  // a batch of 50 ms, and what was on its way
  // Writes work again from 31 s on.
  EXPECT_GT(r.record.operations[0].all.succeeded, 2000U + 2800U);
  EXPECT_TRUE(r.record.breaches.empty());
}

TEST(SiteFailover, a_runbook_in_the_lost_region_waits_until_that_is_back) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 60 * kS);
  t.b.hold(t.b.fault("region", 20 * kS, 50 * kS), plan::Knob::kLocationDown, t.east.value);
  const auto runbook =
      standing(make_site_failover(), R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "success_rate", "below": "50 %", "window": "10 s"}})",
               t.east);
  const auto r = t.run({t.stream(), runbook});
  for (const auto& mark : r.record.marks) EXPECT_GE(mark.at_ns, 50 * kS) << mark.text;
  EXPECT_FALSE(r.record.marks.empty());  // sees then what the window still shows
}

TEST(HealthProbe, a_prober_whose_place_was_down_judges_nothing_meanwhile_and_keeps_its_timetable) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 300 * kS);
  t.b.hold(t.b.fault("region", 20 * kS, 250 * kS), plan::Knob::kLocationDown, t.east.value);
  const auto probe = standing(make_health_probe(),
                              R"({"targets": "db", "every": "2 s", "timeout": "1 s", "fall": 1})", t.east);
  EXPECT_TRUE(t.run({probe}).record.marks.empty());
}

/// How long after its kill each replica of the database was taken out, by replication: the first dies at 69.9 s, the other at
/// 64.2 s. Probes every 10 s with a timeout of 1 s; the third failure in a row counts.
std::vector<std::array<Nanos, 2>> detections(std::uint64_t replications, const char* phase,
                                             std::vector<world::ProcedureFactory> others = {}) {
  constexpr std::array<Nanos, 2> kKilled{69'900 * kMs, 64'200 * kMs};
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 110 * kS, 50 * kS);
  for (std::uint32_t i = 0; i < 2; ++i) t.b.hold(t.b.fault("kill", kKilled[i]), plan::Knob::kInstanceDown, i);
  world::RunSettings settings;
  const std::string json = R"({"targets": "db", "every": "10 s", "timeout": "1 s", "fall": 3)";
  settings.procedures = std::move(others);
  settings.procedures.push_back(standing(make_health_probe(), json + phase + "}", t.west));
  std::vector<std::array<Nanos, 2>> found;
  for (const auto& run : world::run_replications(t.b.build(), settings, 0, replications, {})) {
    if (!run.error.empty()) throw std::runtime_error(run.error);
    found.push_back({kNever, kNever});
    for (const measure::TurnRecord& turn : run.result.record.turns) {
      if (turn.knob == static_cast<std::uint8_t>(plan::Knob::kInstanceOut))
        found.back().at(turn.target) = turn.at_ns - kKilled.at(turn.target);
    }
  }
  return found;
}

TEST(HealthProbe, the_time_to_detection_is_uniform_whatever_the_second_of_the_fault) {
  // The next round is 0 to 10 s away, the third one 20 s later, and its failure is known after 1 s more: uniform on 21 to
  // 31 s. Kolmogorov-Smirnov at the level of 0.1 %: the chance of a false alarm is 0.2 % for the two replicas together; the
  // seed is fixed.
  constexpr std::uint64_t kRuns = 200;
  const auto found = detections(kRuns, "");
  for (const std::size_t replica : {0U, 1U}) {
    std::vector<double> share;
    for (const auto& run : found) share.push_back((to_seconds(run.at(replica)) - 21.0) / 10.0);
    std::sort(share.begin(), share.end());
    EXPECT_GE(share.front(), 0.0);
    EXPECT_LE(share.back(), 1.0);
    double distance = 0.0;
    for (std::size_t i = 0; i < kRuns; ++i) {
      distance = std::max({distance, share[i] - static_cast<double>(i) / kRuns,
                           static_cast<double>(i + 1) / kRuns - share[i]});
    }
    EXPECT_LT(distance * std::sqrt(static_cast<double>(kRuns)), 1.95);
  }
}

TEST(HealthProbe, with_a_given_phase_every_replication_probes_at_the_same_instants) {
  // Rounds at 70, 80, 90 s and at 73, 83, 93 s for the first, at 70, 80, 90 s and 73 - 10, ... for the other.
  for (const auto& run : detections(3, R"(, "phase": "0 s")"))
    EXPECT_EQ(run, (std::array<Nanos, 2>{21'100 * kMs, 26'800 * kMs}));
  for (const auto& run : detections(3, R"(, "phase": "3 s")"))
    EXPECT_EQ(run, (std::array<Nanos, 2>{24'100 * kMs, 29'800 * kMs}));
}

TEST(HealthProbe, another_procedure_beside_it_changes_no_phase) {
  const auto other = reader([](world::ProcedureContext& c) {
    for (;;) c.wait_for(kS + c.draw_below(kS, "phase"));
  });
  EXPECT_EQ(detections(5, ""), detections(5, "", {other}));
}

TEST(SiteFailover, after_failback_the_first_site_leads_again) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 60 * kS);
  t.b.hold(t.b.fault("region", 10 * kS, 30 * kS), plan::Knob::kLocationDown, t.east.value);
  const auto runbook =
      standing(make_site_failover(), R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s"},
      "failback": {"after": "5 s", "every": "1 s"}})",
               t.west);
  const auto r = t.run({t.stream(), runbook});
  const auto& marks = r.record.marks;
  const auto back = std::find_if(marks.begin(), marks.end(), [](const auto& m) {
    return m.is_phase && m.phase == measure::Phase::kFailedBack;
  });
  ASSERT_NE(back, marks.end());
  EXPECT_GE(back->at_ns, 35 * kS);
  EXPECT_LE(back->at_ns, 40 * kS);
  const auto reconciled = [](const auto& e) { return e.kind == measure::LogEventKind::kReconciled; };
  const auto& events = r.record.log_events;
  EXPECT_EQ(std::count_if(events.begin(), events.end(), reconciled), 1);
  EXPECT_TRUE(r.record.breaches.empty());
}

/// The runbook of these tests, in the west unless said otherwise; the approval takes 5 minutes.
world::ProcedureFactory slow_approval(LeaderAndFollower& t, const std::string& more = "") {
  plan::Procedure row;
  row.laws.push_back({"approve.takes", t.b.constant(300 * kS)});
  return standing(make_site_failover(),
                  R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s", "phase": "0 s"},
      "approve": {"by": "cfo", "takes": "5 min"})" +
                      more + "}",
                  t.west, row);
}

std::size_t changes_of_leader(const world::RunResult& r) {
  return static_cast<std::size_t>(
      std::count_if(r.record.log_events.begin(), r.record.log_events.end(),
                    [](const auto& e) { return e.kind == measure::LogEventKind::kLeads && e.epoch > 0; }));
}

// Cut off for 43 s: detected after a second, approved five minutes later, when all is well: nobody promotes, and the shift ends.
TEST(SiteFailover, a_partition_of_43_s_promotes_nobody_who_is_approved_5_min_later) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 500 * kS, 100 * kMs);
  t.b.hold(t.b.fault("cut", 100 * kS, 143 * kS), plan::Knob::kLinkDown, t.link.value);
  const auto r = t.run({t.stream(), slow_approval(t)});
  EXPECT_EQ(changes_of_leader(r), 0U);
  const auto& marks = r.record.marks;
  ASSERT_FALSE(marks.empty());
  EXPECT_EQ(marks.back().phase, measure::Phase::kAborted);
  EXPECT_EQ(marks.back().at_ns, 402 * kS);
  EXPECT_EQ(testing::left_out(r.record.commits, r.record.log_events).records, 0U);
}

// Ordered at 100 s: the west leads although nothing is wrong, and no record is lost.
TEST(SiteFailover, a_switch_over_by_order_loses_nothing) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 500 * kS, 10 * kMs);
  world::RunSettings settings;
  settings.procedures = {t.stream(), slow_approval(t)};
  settings.interludes.push_back({100 * kS, [](world::RunControl& control) { control.order({1, 100 * kS}); }});
  auto results = world::run_replications(t.b.build(), settings, 0, 1, {});
  ASSERT_EQ(results[0].error, "");
  const world::RunResult& r = results[0].result;
  EXPECT_EQ(changes_of_leader(r), 1U);
  EXPECT_EQ(testing::left_out(r.record.commits, r.record.log_events).records, 0U);
  EXPECT_EQ(r.record.split_brain, 0U);
}

// The clients in the east go on writing to the old leader while it is cut off from the runbook: split brain from the promotion at 402 s to the
// end of the cut. With leases nobody does.
TEST(SiteFailover, who_cannot_be_fenced_goes_on_writing) {
  for (const bool lease : {false, true}) {
    LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 600 * kS, 100 * kMs);
    t.b.plan.operations[0].from = t.east;
    t.b.hold(t.b.fault("cut", 100 * kS, 500 * kS), plan::Knob::kLinkDown, t.link.value);
    const std::string steps = R"(, "steps": ["approve", "promote"])";  // nobody's load is shifted away
    const auto r = t.run({t.stream(), slow_approval(t, steps + (lease ? R"(, "fence": "lease")" : ""))});
    EXPECT_EQ(changes_of_leader(r), 1U);
    if (lease) {
      EXPECT_EQ(r.record.split_brain, 0U);
    } else {
      EXPECT_NEAR(static_cast<double>(r.record.split_brain), 980.0, 30.0);
    }
  }
}

TEST(HealthProbe, a_prober_that_is_cut_off_takes_the_other_site_out) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("cut", 2 * kS), plan::Knob::kLinkDown, t.link.value);
  const auto r = t.run({[](const plan::Plan& p) {
    auto prober =
        made(make_health_probe(),
             R"({"targets": "db", "every": "1 s", "phase": "0 s", "timeout": "500 ms", "fall": 2})", p);
    prober->name = "prober";
    prober->location = plan::LocationId(1U);
    return prober;
  }});
  ASSERT_EQ(r.record.turns.size(), 1U);
  EXPECT_EQ(r.record.turns[0].target, 0U);
  EXPECT_EQ(r.record.turns[0].at_ns, 3 * kS + 500 * kMs);
}

}  // namespace
}  // namespace twinvoice::models
