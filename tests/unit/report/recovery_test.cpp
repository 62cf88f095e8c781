#include "sim/report/recovery.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::document_of;
using testing::Fate;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::kSecond;
using testing::outage;

DisruptionResult recovery_from(const Scenario& s, const measure::RunRecord& run) {
  return recoveries(s, {&run, 1}).at(0);
}

TEST(Recovery, rto_is_zero_when_the_objective_never_breaks) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, [](Nanos) { return Fate{}; }));
  EXPECT_FALSE(r.interrupted);
  EXPECT_EQ(r.rto_s.value, 0.0);
  EXPECT_EQ(r.not_restored, 0U);
}

TEST(Recovery, rto_is_from_the_fault_to_the_first_window_that_holds) {
  // Broken from 205 s to 290 s after a fault at 200 s: 90 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, outage(205, 290)));
  EXPECT_TRUE(r.interrupted);
  EXPECT_DOUBLE_EQ(r.rto_s.value, 90.0);
  EXPECT_EQ(r.rto_s.method, "single run");
}

TEST(Recovery, short_flaps_do_not_count_as_restored) {
  // Good for 30 s in the middle of the outage: shorter than the hold of 60 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto flapping = [](Nanos at) {
    Fate f;
    f.ok = at < 200 * kSecond || (at >= 240 * kSecond && at < 270 * kSecond) || at >= 300 * kSecond;
    return f;
  };
  EXPECT_DOUBLE_EQ(recovery_from(s, hand_made_run(s, 100, flapping)).rto_s.value, 100.0);
}

TEST(Recovery, a_slow_service_is_a_broken_one) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto slow = [](Nanos at) {
    Fate f;
    if (at >= 200 * kSecond && at < 250 * kSecond) f.latency_ns = 900'000'000;
    return f;
  };
  EXPECT_DOUBLE_EQ(recovery_from(s, hand_made_run(s, 100, slow)).rto_s.value, 50.0);
}

TEST(Recovery, requests_without_an_answer_break_the_objective) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto hanging = [](Nanos at) {
    Fate f;
    if (at >= 200 * kSecond && at < 250 * kSecond) f.latency_ns = kNever;
    return f;
  };
  EXPECT_DOUBLE_EQ(recovery_from(s, hand_made_run(s, 100, hanging)).rto_s.value, 50.0);
}

TEST(Recovery, what_is_not_restored_is_only_bounded_below) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, outage(200, 600)));
  EXPECT_EQ(r.not_restored, 1U);
  EXPECT_TRUE(std::isnan(r.rto_s.value));
  EXPECT_DOUBLE_EQ(r.rto_s.low, 400.0);
  EXPECT_TRUE(std::isinf(r.rto_s.high));
}

TEST(Recovery, failures_within_the_objective_break_nothing) {
  // One request in two hundred fails: 0.5 %, the objective leaves 1 %.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  std::uint64_t n = 0;
  const auto rare = [&](Nanos) {
    Fate f;
    f.ok = ++n % 200 != 0;
    return f;
  };
  EXPECT_FALSE(recovery_from(s, hand_made_run(s, 100, rare)).interrupted);
}

TEST(Recovery, a_lasting_small_excess_breaks_the_objective) {
  // 4 % of 100 requests are no surprise in one second at 1 %, but 240 of 6000 in a minute are.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  std::uint64_t n = 0;
  const auto gray = [&](Nanos at) {
    Fate f;
    f.ok = at < 200 * kSecond || at >= 400 * kSecond || ++n % 25 != 0;
    return f;
  };
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, gray));
  EXPECT_TRUE(r.interrupted);
  EXPECT_NEAR(r.rto_s.value, 200.0, 60.0);
}

TEST(Recovery, an_interruption_belongs_to_the_fault_before_it) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(100, "first"), hand_made_fault(300, "second")};
  const auto runs = testing::all(hand_made_run(s, 100, outage(300, 340)));
  const auto all = recoveries(s, runs);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all[0].interrupted);
  EXPECT_DOUBLE_EQ(all[1].rto_s.value, 40.0);
}

TEST(Recovery, a_load_change_is_no_disruption) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(100)};
  s.faults[0].disrupts = false;
  const auto runs = testing::all(hand_made_run(s, 100, outage(100, 140)));
  EXPECT_TRUE(recoveries(s, runs).empty());
}

TEST(Recovery, rare_requests_are_judged_in_wider_windows) {
  // One request a second: windows of 20 s. An outage of 100 s is found, at that resolution.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 1, outage(200, 300)));
  EXPECT_TRUE(r.interrupted);
  EXPECT_NEAR(r.rto_s.value, 100.0, 20.0);
}

TEST(Recovery, phases_share_out_the_rto) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  measure::RunRecord run = hand_made_run(s, 100, outage(200, 300));
  run.marks.push_back({220 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  run.marks.push_back({270 * kSecond, "dr", true, measure::Phase::kApproved, "by cfo"});
  run.marks.push_back({500 * kSecond, "dr", true, measure::Phase::kFailedBack, "back"});
  const DisruptionResult r = recovery_from(s, run);
  ASSERT_EQ(r.phases.size(), 4U);
  EXPECT_EQ(r.phases[0].name, "detected");
  EXPECT_DOUBLE_EQ(r.phases[0].took_s, 20.0);
  EXPECT_EQ(r.phases[1].name, "approved");
  EXPECT_NEAR(r.phases[1].share_of_rto.value(), 0.5, 1e-12);
  EXPECT_EQ(r.phases[2].name, "restored");
  EXPECT_FALSE(r.phases[3].share_of_rto.has_value());
  double sum = 0.0;
  for (const PhaseResult& phase : r.phases) sum += phase.share_of_rto.value_or(0.0);
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_NE(r.critical_path.find("longest: until approved"), std::string::npos) << r.critical_path;
}

TEST(Recovery, rpo_is_the_age_of_the_oldest_acknowledged_loss_at_the_fault) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  measure::RunRecord run = hand_made_run(s, 100, outage(200, 300));
  run.losses.push_back({0, 1, 250 * kSecond, 12, 3, 5, 199 * kSecond + kSecond / 2});
  const DisruptionResult r = recovery_from(s, run);
  EXPECT_DOUBLE_EQ(r.rpo_s.value, 0.5);
  EXPECT_DOUBLE_EQ(r.acknowledged_lost.value, 12.0);
  EXPECT_DOUBLE_EQ(r.unacknowledged_lost, 3.0);
  EXPECT_DOUBLE_EQ(r.reconciled, 5.0);
}

TEST(Recovery, nothing_lost_is_an_rpo_of_zero) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, outage(200, 300)));
  EXPECT_EQ(r.rpo_s.value, 0.0);
  EXPECT_EQ(r.acknowledged_lost.value, 0.0);
}

TEST(Recovery, a_backlog_is_drained_when_the_number_in_flight_is_back) {
  // Requests of [200, 230) are all answered at 260 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto held = [](Nanos at) {
    Fate f;
    if (at >= 200 * kSecond && at < 230 * kSecond) f.latency_ns = 260 * kSecond - at;
    return f;
  };
  const measure::RunRecord run = hand_made_run(s, 100, held);
  EXPECT_EQ(backlog_drained(run, 0, 200 * kSecond, 230 * kSecond), std::optional<Nanos>(261 * kSecond));
  EXPECT_EQ(backlog_drained(run, 0, 200 * kSecond, 300 * kSecond), std::optional<Nanos>(301 * kSecond));
}

TEST(Recovery, what_grows_after_the_restoration_is_no_backlog_of_the_outage) {
  // Requests of [200, 230) fail at once; those of [400, 430) are all answered at 460 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto later = [](Nanos at) {
    Fate f;
    f.ok = at < 200 * kSecond || at >= 230 * kSecond;
    if (at >= 400 * kSecond && at < 430 * kSecond) f.latency_ns = 460 * kSecond - at;
    return f;
  };
  const measure::RunRecord run = hand_made_run(s, 100, later);
  EXPECT_FALSE(backlog_drained(run, 0, 200 * kSecond, 230 * kSecond).has_value());
}

TEST(Recovery, phases_are_shared_out_among_the_interrupted_runs) {
  // Three of four runs are not interrupted, and two of those saw the fault all the same: the shares are of the fourth.
  Scenario s = hand_made_scenario();
  s.replications = 4;
  s.faults = {hand_made_fault(200)};
  std::vector<measure::RunRecord> runs;
  for (const Nanos until_s : {200, 200, 200, 300})
    runs.push_back(hand_made_run(s, 100, outage(200, until_s)));
  for (const std::size_t i : {1U, 2U})
    runs[i].marks.push_back({590 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  runs[3].marks.push_back({220 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  const DisruptionResult r = recoveries(s, runs).at(0);
  EXPECT_DOUBLE_EQ(r.rto_s.value, 25.0);
  ASSERT_EQ(r.phases.size(), 2U);
  EXPECT_DOUBLE_EQ(r.phases[0].took_s, 20.0);
  EXPECT_NEAR(r.phases[0].share_of_rto.value(), 0.2, 1e-12);
  EXPECT_EQ(r.phases[1].name, "restored");
  EXPECT_NEAR(r.phases[1].share_of_rto.value(), 0.8, 1e-12);
}

TEST(Recovery, equal_replications_meet_the_bound_that_they_equal) {
  Scenario s = hand_made_scenario();
  s.replications = 3;
  s.faults = {hand_made_fault(200)};
  const std::vector<double> equal(10, 5.001);
  const Estimate e = over_replications(equal);
  EXPECT_EQ(measure::judge(e, {measure::Relation::at_most, 5.001, 0.0}), measure::Verdict::met);
  EXPECT_EQ(measure::judge(e, {measure::Relation::at_least, 5.001, 0.0}), measure::Verdict::met);
}

TEST(Recovery, replications_give_an_interval) {
  Scenario s = hand_made_scenario();
  s.replications = 3;
  s.faults = {hand_made_fault(200)};
  const auto runs =
      testing::all(hand_made_run(s, 100, outage(200, 290)), hand_made_run(s, 100, outage(200, 300)),
                   hand_made_run(s, 100, outage(200, 310)));
  const DisruptionResult r = recoveries(s, runs).at(0);
  EXPECT_DOUBLE_EQ(r.rto_s.value, 100.0);
  EXPECT_LT(r.rto_s.low, 100.0);
  EXPECT_GT(r.rto_s.high, 100.0);
}

}  // namespace
}  // namespace twinvoice::report
