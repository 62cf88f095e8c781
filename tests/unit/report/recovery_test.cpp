// What faults cost over the replications: recovery times, phases, losses. 100 requests a second unless another rate is given: a
// gap of 10 ms, so that an instant is known to 10 ms.
#include "sim/report/recovery.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/report/incident_text.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::Fate;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::kSecond;
using testing::outage;

constexpr double kTiny = 1e-9;

std::vector<DisruptionResult> recoveries_from(const Scenario& s, std::span<const measure::RunRecord> runs) {
  return recoveries(s, accounts_of(s, runs, s.hold_ns), runs);
}

DisruptionResult recovery_from(const Scenario& s, const measure::RunRecord& run) {
  return recoveries_from(s, {&run, 1}).at(0);
}

TEST(Recovery, time_is_zero_when_nothing_is_interrupted) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, [](Nanos) { return Fate{}; }));
  EXPECT_FALSE(r.interrupted);
  EXPECT_EQ(r.rto_s.mean.value, 0.0);
  EXPECT_EQ(r.rto_s.worst, 0.0);
  EXPECT_EQ(r.onset_s.incidents, 0U) << "no interruption has no onset";
  EXPECT_EQ(r.not_restored, 0U);
}

TEST(Recovery, time_is_from_the_first_bad_request_to_the_first_good_one) {
  // Bad from 205 s to 290 s after a fault at 200 s: 85 s, and 5 s of onset.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, outage(205, 290)));
  EXPECT_TRUE(r.interrupted);
  EXPECT_NEAR(r.rto_s.mean.value, 85.0, kTiny);
  EXPECT_NEAR(r.rto_s.worst, 85.0, kTiny);
  EXPECT_EQ(r.rto_s.median, r.rto_s.worst) << "one incident";
  EXPECT_EQ(r.rto_s.incidents, 1U);
  EXPECT_NEAR(r.onset_s.mean.value, 5.0, kTiny);
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
  EXPECT_NEAR(recovery_from(s, hand_made_run(s, 100, flapping)).rto_s.mean.value, 100.0, kTiny);
}

TEST(Recovery, a_slow_service_is_an_interrupted_one) {
  // 900 ms with 800 ms stated, for 50 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto slow = [](Nanos at) {
    Fate f;
    if (at >= 200 * kSecond && at < 250 * kSecond) f.latency_ns = 900'000'000;
    return f;
  };
  EXPECT_NEAR(recovery_from(s, hand_made_run(s, 100, slow)).rto_s.mean.value, 50.0, kTiny);
}

TEST(Recovery, requests_without_an_answer_are_bad) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto hanging = [](Nanos at) {
    Fate f;
    if (at >= 200 * kSecond && at < 250 * kSecond) f.latency_ns = kNever;
    return f;
  };
  EXPECT_NEAR(recovery_from(s, hand_made_run(s, 100, hanging)).rto_s.mean.value, 50.0, kTiny);
}

TEST(Recovery, what_is_not_restored_is_only_bounded_below) {
  // Dead from 200 s to the end at 600 s: at least 400 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 100, outage(200, 600)));
  EXPECT_EQ(r.not_restored, 1U);
  EXPECT_TRUE(std::isnan(r.rto_s.mean.value));
  EXPECT_TRUE(std::isinf(r.rto_s.mean.high));
  EXPECT_TRUE(std::isinf(r.rto_s.worst));
}

TEST(Recovery, half_a_minute_of_health_restores_nothing) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  EXPECT_EQ(recovery_from(s, hand_made_run(s, 100, outage(200, 570))).not_restored, 1U);
}

TEST(Recovery, failures_within_the_allowed_share_interrupt_nothing) {
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

TEST(Recovery, a_lasting_small_excess_is_an_interruption) {
  // From 200 s to 400 s every 25th fails, 4 % where 1 % may: 200.24 is the first, 399.99 the last.
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
  EXPECT_NEAR(r.rto_s.mean.value, 400.0 - 200.24, kTiny);
}

TEST(Recovery, an_interruption_belongs_to_the_fault_that_is_near) {
  // The first one is over at 220 s, more than the hold of 60 s before 300 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(100, "first"), hand_made_fault(300, "second")};
  const auto runs = testing::all(hand_made_run(s, 100, outage(300, 340)));
  const auto all = recoveries_from(s, runs);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all[0].interrupted);
  EXPECT_NEAR(all[1].rto_s.mean.value, 40.0, kTiny);
}

TEST(Recovery, a_spike_has_a_recovery_like_any_other_fault) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(100)};
  s.faults[0].kind = "spike";
  EXPECT_NEAR(recovery_from(s, hand_made_run(s, 100, outage(100, 140))).rto_s.mean.value, 40.0, kTiny);
}

TEST(Recovery, a_fault_at_the_horizon_is_no_incident) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(600)};
  const auto runs = testing::all(hand_made_run(s, 100, outage(0, 0)));
  EXPECT_TRUE(recoveries_from(s, runs).empty());
}

TEST(Recovery, rare_requests_give_a_wider_range) {
  // One a second: 200 s is the first bad one, 300 s the first good one, each known to a second.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const DisruptionResult r = recovery_from(s, hand_made_run(s, 1, outage(200, 300)));
  EXPECT_NEAR(r.rto_s.mean.value, 100.0, kTiny);
  EXPECT_NEAR(r.rto_s.worst, 100.0, kTiny) << "from the fault at the earliest";
}

TEST(Recovery, who_asked_nothing_saw_nothing) {
  // The fault lasts 120 s, one request in 300 s: 0 and 300 s. The next good one comes 180 s after the fault's begin, at 300 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(120)};
  measure::RunRecord run = hand_made_run(s, 1, outage(0, 0));
  measure::RequestTimes times;
  times.add({0, kSecond / 50, 0, true});
  times.add({300 * kSecond, 300 * kSecond + kSecond / 50, 1, true});
  run.operations[0].times = std::move(times);
  const DisruptionResult r = recovery_from(s, run);
  EXPECT_EQ(r.not_seen, 1U);
  EXPECT_TRUE(std::isnan(r.rto_s.mean.value));
  EXPECT_NEAR(r.rto_s.worst, 180.0, kTiny);
}

TEST(Recovery, phases_share_out_the_time_to_the_restoration) {
  // Restored 100 s after the fault: detected after 20 s, approved 50 s later.
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
  EXPECT_NEAR(r.phases[1].share.value(), 0.5, 1e-12);
  EXPECT_EQ(r.phases[2].name, "restored");
  EXPECT_FALSE(r.phases[3].share.has_value());
  double sum = 0.0;
  for (const PhaseResult& phase : r.phases) sum += phase.share.value_or(0.0);
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_NE(r.critical_path.find("longest: until approved"), std::string::npos) << r.critical_path;
}

// The first good request arrives at 300 s and waits for the act of 300.01 s, which answers it: the 80 s of the approval are on the way,
// and the restoration is told with the act.
TEST(Recovery, who_waited_for_the_act_that_saved_it_does_not_hide_what_came_before_the_act) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  measure::RunRecord run = hand_made_run(s, 100, outage(200, 300));
  const Nanos act_ns = 300 * kSecond + kSecond / 100;
  run.marks.push_back({220 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  run.marks.push_back({act_ns, "dr", true, measure::Phase::kApproved, "by cfo"});
  run.marks.push_back({act_ns, "dr", true, measure::Phase::kActed, "leads"});
  const DisruptionResult r = recovery_from(s, run);
  EXPECT_NEAR(r.rto_s.mean.value, 100.0, kTiny);
  ASSERT_EQ(r.phases.size(), 4U);
  EXPECT_EQ(r.phases[1].name, "approved");
  EXPECT_NEAR(r.phases[1].took_s, 80.01, 1e-9);
  EXPECT_NEAR(r.phases[1].share.value_or(0.0), 80.01 / 100.01, 1e-9);
  EXPECT_EQ(r.phases[3].name, "restored");
  EXPECT_NEAR(r.phases[3].at_s, 100.01, 1e-9);
}

// Answers came again at 300.02 s, as the fault was over: the act of 310 s saved nobody and is not on the way.
TEST(Recovery, an_act_after_answers_came_again_is_not_on_the_way) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  measure::RunRecord run = hand_made_run(s, 100, outage(200, 300));
  run.marks.push_back({310 * kSecond, "dr", true, measure::Phase::kActed, "leads"});
  const DisruptionResult r = recovery_from(s, run);
  ASSERT_EQ(r.phases.size(), 2U);
  EXPECT_EQ(r.phases[0].name, "restored");
  EXPECT_NEAR(r.phases[0].at_s, 100.0, kTiny);
  EXPECT_FALSE(r.phases[1].share.has_value());
}

// Of an incident of which only the range is known, 0 to 180 s, the end is told as an end.
TEST(Recovery, the_end_of_a_range_is_not_told_as_the_value) {
  const std::vector<measure::Incident> unknown(10, measure::Incident{0, 180 * kSecond, std::nullopt});
  const IncidentFigure f = figure_of(unknown, 1e-9);
  EXPECT_NEAR(f.median, 180.0, kTiny);
  EXPECT_TRUE(f.median_is_end && f.p90_is_end && f.worst_is_end);
  DisruptionResult r;
  r.rto_s = figure_of(std::vector<measure::Incident>(10, measure::Incident{0, 0, 0}), 1e-9);
  r.rpo_s = f;
  EXPECT_NE(
      recovery_line(r).find("data loss median up to 3.00 min, p90 up to 3.00 min, worst up to 3.00 min"),
      std::string::npos)
      << recovery_line(r);
  EXPECT_FALSE(r.rto_s.worst_is_end);
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
  // Three of four runs are not interrupted: the mean is 100 s / 4, the shares are of the fourth alone.
  Scenario s = hand_made_scenario();
  s.replications = 4;
  s.faults = {hand_made_fault(200)};
  std::vector<measure::RunRecord> runs;
  for (const Nanos until_s : {200, 200, 200, 300})
    runs.push_back(hand_made_run(s, 100, outage(200, until_s)));
  for (const std::size_t i : {1U, 2U})
    runs[i].marks.push_back({310 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  runs[3].marks.push_back({220 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  const DisruptionResult r = recoveries_from(s, runs).at(0);
  EXPECT_NEAR(r.rto_s.mean.value, 25.0, kTiny);
  ASSERT_EQ(r.phases.size(), 2U);
  EXPECT_DOUBLE_EQ(r.phases[0].took_s, 20.0);
  EXPECT_NEAR(r.phases[0].share.value(), 0.2, 1e-12);
  EXPECT_EQ(r.phases[1].name, "restored");
  EXPECT_NEAR(r.phases[1].share.value(), 0.8, 1e-12);
}

TEST(Recovery, equal_replications_meet_the_bound_that_they_equal) {
  const std::vector<double> equal(10, 5.001);
  const Estimate e = over_replications(equal);
  EXPECT_EQ(measure::judge(e, {measure::Relation::at_most, 5.001, 0.0}), measure::Verdict::met);
  EXPECT_EQ(measure::judge(e, {measure::Relation::at_least, 5.001, 0.0}), measure::Verdict::met);
}

TEST(Recovery, replications_give_an_interval_and_what_incidents_are_like) {
  // 90, 100 and 110 s: the upper ends are those, as the fault begins with the first bad request.
  Scenario s = hand_made_scenario();
  s.replications = 3;
  s.faults = {hand_made_fault(200)};
  const auto runs =
      testing::all(hand_made_run(s, 100, outage(200, 290)), hand_made_run(s, 100, outage(200, 300)),
                   hand_made_run(s, 100, outage(200, 310)));
  const DisruptionResult r = recoveries_from(s, runs).at(0);
  EXPECT_NEAR(r.rto_s.mean.value, 100.0, kTiny);
  EXPECT_LT(r.rto_s.mean.low, 100.0);
  EXPECT_GT(r.rto_s.mean.high, 100.0);
  EXPECT_NEAR(r.rto_s.median, 100.0, kTiny);
  EXPECT_NEAR(r.rto_s.worst, 110.0, kTiny);
  EXPECT_EQ(r.rto_s.incidents, 3U);
}

TEST(Recovery, a_change_by_order_is_listed_without_a_fault) {
  // Begun at 200 s, acted at 210 s; bad from 210 s to 230 s: an onset of 10 s, 20 s long.
  const Scenario s = hand_made_scenario();
  measure::RunRecord run = hand_made_run(s, 100, outage(210, 230));
  run.marks.push_back({200 * kSecond, "move", true, measure::Phase::kDetected, measure::kBegunByOrder});
  run.marks.push_back({210 * kSecond, "move", true, measure::Phase::kActed, "done"});
  const std::span<const measure::RunRecord> runs(&run, 1);
  const Accounts accounts = accounts_of(s, runs, s.hold_ns);
  EXPECT_TRUE(recoveries(s, accounts, runs).empty());
  const auto all = planned_changes(s, accounts);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].fault.name, "move");
  EXPECT_EQ(all[0].fault.at_ns, 200 * kSecond);
  EXPECT_TRUE(all[0].planned);
  EXPECT_NEAR(all[0].onset_s.mean.value, 10.0, kTiny);
  EXPECT_NEAR(all[0].rto_s.mean.value, 20.0, kTiny);
}

TEST(Recovery, what_lies_before_the_measured_time_says_so) {
  // A fault from 100 s on for 120 s, an outage of 60 s, measured from 300 s on.
  Scenario s = hand_made_scenario();
  s.warm_up_ns = s.calm_from_ns = 300 * kSecond;
  s.faults = {hand_made_fault(100)};
  const ResultDocument d = document_of(s, testing::all(hand_made_run(s, 10, outage(100, 160))));
  EXPECT_EQ(d.disruptions.at(0).before_measured, 1U);
  EXPECT_NEAR(d.disruptions.at(0).rto_s.worst, 60.0, 0.2);
  EXPECT_EQ(d.operations[0].availability_time.value, 1.0);
  const std::string text = render_terminal(d, {});
  EXPECT_NE(text.find("begins in the warm-up, before the measured time"), std::string::npos) << text;
  EXPECT_NE(text.find("begun in the warm-up in 1 of 1"), std::string::npos) << text;
  s.warm_up_ns = s.calm_from_ns = 100 * kSecond;
  const ResultDocument measured = document_of(s, testing::all(hand_made_run(s, 10, outage(100, 160))));
  EXPECT_EQ(measured.disruptions.at(0).before_measured, 0U) << "at the end of the warm-up it is measured";
}

}  // namespace
}  // namespace twinvoice::report
