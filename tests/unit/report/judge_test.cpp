// Verdicts by kind of figure: shares of incidents, parts of runs, waits, objectives.
#include "sim/report/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using measure::Relation;
using measure::Verdict;
using testing::document_of;
using testing::expect;
using testing::Fate;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using ::testing::HasSubstr;
using testing::kSecond;
using testing::outage;

/// rto <= 2 min in 95 % of incidents.
ExpectationInfo in_two_minutes(double share = 0.95) {
  ExpectationInfo e = expect(Measure::kRto, Relation::at_most, 120.0, "rto <= 2 min");
  e.share = share;
  return e;
}

Scenario with_fault(const ExpectationInfo& e) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  s.expectations = {e};
  return s;
}

/// Runs with a fault at 200 s and so many seconds of outage each.
ExpectationResult after_outages(const ExpectationInfo& e, const std::vector<Nanos>& lengths_s) {
  const Scenario s = with_fault(e);
  std::vector<measure::RunRecord> runs;
  for (const Nanos length : lengths_s) runs.push_back(hand_made_run(s, 10, outage(200, 200 + length)));
  return document_of(s, runs).expectations.at(0);
}

TEST(JudgeIncidents, a_share_is_met_when_its_lower_bound_is) {
  // All kept: the lower bound of n is 0.025^(1/n): 94.94 % of 71, 95.01 % of 72.
  const ExpectationResult almost = after_outages(in_two_minutes(), std::vector<Nanos>(71, 100));
  EXPECT_EQ(almost.verdict, Verdict::undecided);
  EXPECT_THAT(almost.why, HasSubstr("kept in 71 of 71 incidents"));
  EXPECT_THAT(almost.why, HasSubstr("1 more replications would decide"));
  const ExpectationResult enough = after_outages(in_two_minutes(), std::vector<Nanos>(72, 100));
  EXPECT_EQ(enough.verdict, Verdict::met);
  EXPECT_NEAR(enough.kept.value().low, 0.9501, 1e-4);
  EXPECT_NEAR(enough.estimate.value, 100.0, 1e-9) << "the figure is in its own unit";
}

TEST(JudgeIncidents, a_share_is_missed_when_its_upper_bound_is_below) {
  // Broken in n of n: the upper bound is 1 - 0.025^(1/n): 97.5 % of one, 84.2 % of two.
  EXPECT_EQ(after_outages(in_two_minutes(), {130}).verdict, Verdict::undecided);
  const ExpectationResult two = after_outages(in_two_minutes(), {130, 130});
  EXPECT_EQ(two.verdict, Verdict::missed);
  EXPECT_NEAR(two.kept.value().high, 0.842, 1e-3);
}

TEST(JudgeIncidents, a_good_mean_hides_no_broken_incident) {
  // 20 s three times and 300 s: a mean of 90 s, and one of four is broken.
  const ExpectationResult share = after_outages(in_two_minutes(0.5), {20, 20, 20, 300});
  EXPECT_NEAR(share.estimate.value, 90.0, 1e-9);
  EXPECT_EQ(share.standings.at(0).result.kept, 3U);
  EXPECT_EQ(share.standings.at(0).result.broken, 1U);
  EXPECT_EQ(share.verdict, Verdict::undecided);
}

TEST(JudgeIncidents, what_is_not_restored_is_unknown_within_and_broken_beyond_what_was_watched) {
  // Dead from 200 s to the end: 400 s were watched.
  const auto judged = [](double bound_s) {
    ExpectationInfo e = expect(Measure::kRto, Relation::at_most, bound_s, "rto");
    e.share = 0.95;
    return after_outages(e, {400, 400});
  };
  EXPECT_EQ(judged(900.0).verdict, Verdict::undecided);
  EXPECT_THAT(judged(900.0).why, HasSubstr("unknown in 2"));
  EXPECT_EQ(judged(300.0).verdict, Verdict::missed);
}

TEST(JudgeIncidents, what_may_be_an_outage_of_open_requests_is_unknown) {
  // From the fault on nobody is answered, and nothing is late before 400 s: no interruption, or one without an end.
  Scenario s = with_fault(in_two_minutes());
  s.operations[0].p99_ns = 400 * kSecond;
  s.faults = {hand_made_fault(560)};
  const auto hang = [](Nanos at) { return Fate{true, at < 560 * kSecond ? 20'000'000 : kNever, 1}; };
  const ResultDocument d = document_of(s, testing::all(hand_made_run(s, 10, hang)));
  const measure::RecoveryTime& recovery = d.accounts.runs[0].faults[0]->worst.recovery;
  EXPECT_EQ(recovery.time, (measure::SpanRange{0, std::nullopt, kNever}));
  const measure::PromiseResult& result = d.expectations.at(0).standings.at(0).result;
  EXPECT_EQ(result.kept + result.broken, 0U);
  EXPECT_EQ(d.operations[0].interruptions_if_all_fail, 1U);
  EXPECT_NEAR(d.operations[0].time_if_all_fail, 1.0 - 40.0 / 600.0, 1e-12);
}

TEST(JudgeIncidents, targets_of_one_fault_stand_together_at_a_level_split_among_them) {
  // Replications play them in turn. One target keeps it twice, the other breaks it twice: its upper bound is
  // 1 - 0.0125^(1/2) = 88.8 %.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200, "zone@a"), hand_made_fault(200, "zone@b")};
  s.variants = 2;
  s.faults[0].variant = 0;
  s.faults[1].variant = 1;
  s.expectations = {in_two_minutes()};
  std::vector<measure::RunRecord> runs;
  for (std::size_t r = 0; r < 4; ++r) {
    runs.push_back(hand_made_run(s, 10, outage(200, r % 2 == 0 ? 220 : 400)));
    runs.back().replication = r;
    runs.back().faults[1 - r % 2] = {kNever, kNever};
  }
  const ExpectationResult e = document_of(s, runs).expectations.at(0);
  EXPECT_EQ(e.verdict, Verdict::missed);
  ASSERT_EQ(e.standings.size(), 2U);
  EXPECT_EQ(e.standings[0].name, "zone@a");
  EXPECT_EQ(e.standings[0].result.kept, 2U);
  EXPECT_EQ(e.standings[1].result.broken, 2U);
  EXPECT_NEAR(e.standings[1].result.share.high, 0.888, 1e-3);
  EXPECT_THAT(e.why, HasSubstr("zone@b, the worst of 2"));
}

TEST(JudgeIncidents, an_interruption_is_promised_by_what_begins_it) {
  // A failback at 400 s costs 20 s; the outage itself, 100 s from 200 s on, is no business of this promise.
  ExpectationInfo e = expect(Measure::kInterruption, Relation::at_most, 30.0, "interruption <= 30 s");
  e.share = 0.95;
  e.begun_by.act = Act::kFailback;
  const Scenario s = with_fault(e);
  const auto fate = [](Nanos at) { return at < 350 * kSecond ? outage(200, 300)(at) : outage(400, 420)(at); };
  std::vector<measure::RunRecord> runs;
  for (int i = 0; i < 2; ++i) {
    runs.push_back(hand_made_run(s, 100, fate));
    runs.back().marks = {{210 * kSecond, "dr", true, measure::Phase::kDetected, "seen"},
                         {400 * kSecond, "dr", true, measure::Phase::kFailedBack, "back"}};
  }
  const ExpectationResult r = document_of(s, runs).expectations.at(0);
  EXPECT_EQ(r.standings.at(0).result.kept, 2U) << r.why;
  EXPECT_NEAR(r.estimate.value, 20.0, 1e-9);
  EXPECT_EQ(r.standings.at(0).name, "failback");
}

TEST(JudgeIncidents, onset_is_of_the_incidents_that_interrupted_something) {
  ExpectationInfo e = expect(Measure::kOnset, Relation::at_least, 5.0, "onset >= 5 s");
  const Scenario s = with_fault(e);
  const auto runs = testing::all(hand_made_run(s, 100, outage(210, 290)), hand_made_run(s, 100, outage(0, 0)),
                                 hand_made_run(s, 100, outage(210, 290)));
  const ExpectationResult r = document_of(s, runs).expectations.at(0);
  EXPECT_EQ(r.standings.at(0).result.incidents, 2U);
  EXPECT_NEAR(r.estimate.value, 10.0, 1e-9);
  EXPECT_EQ(r.verdict, Verdict::met);
}

TEST(JudgeRequests, during_a_fault_counts_those_that_arrived_while_it_lasted) {
  // The fault lasts from 200 to 320 s, half of which is bad; all in all a tenth is.
  ExpectationInfo e = expect(Measure::kAvailability, Relation::at_least, 0.6, "availability >= 60 %");
  e.part = {RunPart::Kind::kDuring, {0}};
  const ExpectationResult during = after_outages(e, {60, 60, 60});
  EXPECT_NEAR(during.estimate.value, 0.5, 1e-9);
  EXPECT_EQ(during.verdict, Verdict::missed);
  e.part = {};
  EXPECT_EQ(after_outages(e, {60, 60, 60}).verdict, Verdict::met);
}

TEST(JudgeRequests, after_a_fault_is_from_the_recovery_on) {
  ExpectationInfo e = expect(Measure::kAvailability, Relation::at_least, 0.999, "availability >= 99.9 %");
  e.part = {RunPart::Kind::kAfter, {0}};
  EXPECT_EQ(after_outages(e, {60, 60, 60}).estimate.value, 1.0);
  const ExpectationResult never = after_outages(e, {400, 400, 400});
  EXPECT_EQ(never.verdict, Verdict::undecided) << "never restored: each run is an unknown one";
  EXPECT_NE(never.why.find("no replication has that part"), std::string::npos) << never.why;
}

TEST(JudgeRequests, between_two_instants) {
  // 250 to 270 s, of which 10 s are bad.
  ExpectationInfo e = expect(Measure::kAvailability, Relation::at_least, 0.6, "availability >= 60 %");
  e.part = {RunPart::Kind::kBetween, {}, 250 * kSecond, 270 * kSecond};
  EXPECT_NEAR(after_outages(e, {60, 60, 60}).estimate.value, 0.5, 1e-9);
}

TEST(JudgeRequests, a_part_that_few_runs_have_decides_nothing) {
  ExpectationInfo e = expect(Measure::kAvailability, Relation::at_least, 0.1, "availability >= 10 %");
  e.part = {RunPart::Kind::kDuring, {0}};
  const Scenario s = with_fault(e);
  std::vector<measure::RunRecord> runs;
  for (int i = 0; i < 4; ++i) runs.push_back(hand_made_run(s, 10, outage(0, 0)));
  EXPECT_EQ(document_of(s, runs).expectations.at(0).verdict, Verdict::met);
  runs[3].faults[0] = {kNever, kNever};
  const ExpectationResult r = document_of(s, runs).expectations.at(0);
  EXPECT_EQ(r.verdict, Verdict::undecided);
  EXPECT_THAT(r.why, HasSubstr("75.00 % of the replications have that part"));
}

TEST(JudgeRequests, answered_counts_successes_within_the_limit) {
  // 20 ms, but 500 ms in one second of ten: 90 % within 100 ms.
  ExpectationInfo e = expect(Measure::kAnswered, Relation::at_least, 0.5, "answered >= 50 %");
  e.limit_ns = 100'000'000;
  Scenario s = hand_made_scenario();
  s.expectations = {e};
  const auto fate = [](Nanos at) {
    return Fate{true, at / kSecond % 10 == 0 ? Nanos{500'000'000} : Nanos{20'000'000}};
  };
  const auto runs = testing::all(hand_made_run(s, 100, fate), hand_made_run(s, 100, fate));
  const ExpectationResult r = document_of(s, runs).expectations.at(0);
  EXPECT_NEAR(r.estimate.value, 0.9, 1e-9);
  EXPECT_EQ(r.verdict, Verdict::met);
}

TEST(JudgeRequests, what_is_unanswered_decides_only_where_either_fate_would) {
  // One request in ten is never answered, the others succeed: 90 % to 100 %.
  Scenario s = hand_made_scenario();
  for (const double bound : {0.8, 0.95})
    s.expectations.push_back(expect(Measure::kAvailability, Relation::at_least, bound, "availability"));
  std::uint64_t n = 0;
  const auto fate = [&](Nanos) { return Fate{true, ++n % 10 == 0 ? kNever : Nanos{20'000'000}}; };
  const auto runs = testing::all(hand_made_run(s, 100, fate), hand_made_run(s, 100, fate));
  const ResultDocument d = document_of(s, runs);
  EXPECT_NEAR(d.operations[0].if_all_fail, 0.9, 1e-3);
  EXPECT_EQ(d.operations[0].if_all_succeed, 1.0);
  EXPECT_EQ(d.expectations.at(0).verdict, Verdict::met);
  EXPECT_EQ(d.expectations.at(1).verdict, Verdict::undecided);
}

TEST(JudgeRequests, a_quantile_that_cannot_converge_is_missed_where_all_are_beyond_the_bound) {
  // A queue at twice its capacity: who arrives at t is answered at 2 t, nobody after 10 s within 1 s, and the tail never settles.
  const auto judged = [](Relation relation, double bound_s) {
    Scenario s = hand_made_scenario();
    s.warm_up_ns = s.calm_from_ns = 10 * kSecond;
    s.expectations = {expect(Measure::kQuantile, relation, bound_s, "p99")};
    std::vector<measure::RunRecord> runs;
    for (int i = 0; i < 4; ++i)
      runs.push_back(hand_made_run(s, 10, [](Nanos at) { return Fate{true, at, 1}; }));
    return document_of(s, runs).expectations.at(0);
  };
  const ExpectationResult beyond = judged(Relation::at_most, 1.0);
  EXPECT_FALSE(beyond.estimate.converged);
  EXPECT_EQ(beyond.verdict, Verdict::missed) << beyond.why;
  EXPECT_THAT(beyond.why, HasSubstr("it lies beyond"));
  EXPECT_EQ(judged(Relation::at_least, 1.0).verdict, Verdict::met);
  // Arrivals from 10 to 330 s are answered: 99 % of them within 326.8 s, and what is open may be slower.
  EXPECT_EQ(judged(Relation::at_most, 400.0).verdict, Verdict::undecided);
}

/// By time at least the bound, of runs in which all have that fate.
ExpectationResult by_time(double bound, const std::function<Fate(Nanos)>& fate) {
  Scenario s = hand_made_scenario();
  s.warm_up_ns = s.calm_from_ns = 10 * kSecond;
  s.expectations = {expect(Measure::kAvailability, Relation::at_least, bound, "availability")};
  s.expectations[0].of = AvailabilityOf::kTime;
  std::vector<measure::RunRecord> runs;
  for (int i = 0; i < 10; ++i) runs.push_back(hand_made_run(s, 10, fate));
  return document_of(s, runs).expectations.at(0);
}

TEST(JudgeRequests, by_time_an_overload_is_no_health) {
  // A queue at twice its capacity: from 330 s on nobody is answered. Were that an interruption: 270 of 590 s.
  const auto twice = [](Nanos at) { return Fate{true, at, 1}; };
  const ExpectationResult high = by_time(0.99, twice);
  EXPECT_EQ(high.verdict, Verdict::undecided) << high.why;
  ASSERT_EQ(high.replications.size(), 10U);
  EXPECT_NEAR(high.replications[0].low, 1.0 - 270.0 / 590.0, 1e-12);
  EXPECT_EQ(high.replications[0].high, 1.0);
  EXPECT_TRUE(std::isnan(high.replications[0].value));
  const ExpectationResult low = by_time(0.1, twice);
  EXPECT_EQ(low.verdict, Verdict::undecided) << low.why;
}

TEST(JudgeRequests, by_time_a_calm_that_is_late_all_along_shows_no_health) {
  // 800 ms are stated: a calm of three times that may be one, a slower one is none.
  const auto all_take = [](Nanos latency_ns) { return [=](Nanos) { return Fate{true, latency_ns, 1}; }; };
  EXPECT_EQ(by_time(0.99, all_take(2'400'000'000)).verdict, Verdict::met);
  const ExpectationResult late = by_time(0.99, all_take(3'000'000'000));
  EXPECT_EQ(late.verdict, Verdict::undecided);
  EXPECT_THAT(late.why, HasSubstr("the calm is no calm"));
}

TEST(JudgeRequests, by_time_no_promise_is_met_that_the_calm_breaks) {
  // Every twentieth fails, so that 5 % may: time counts what comes on top, nothing.
  const auto twentieth = [](Nanos at) { return Fate{at / 100'000'000 % 20 != 0, 20'000'000, 1}; };
  const ExpectationResult beyond = by_time(0.96, twentieth);
  EXPECT_EQ(beyond.verdict, Verdict::undecided);
  EXPECT_THAT(beyond.why, HasSubstr("5.00 % of the requests fail without any fault"));
  EXPECT_EQ(by_time(0.95, twentieth).verdict, Verdict::met) << by_time(0.95, twentieth).why;
}

TEST(JudgeRequests, a_run_too_short_for_its_share_says_how_long_it_would_take) {
  // 1000 requests without a failure; 99.99 % needs ln 0.025 / ln 0.9999 = 36 887 of them.
  Scenario s = hand_made_scenario(100);
  s.expectations = {expect(Measure::kAvailability, Relation::at_least, 0.9999, "availability >= 99.99 %")};
  const ExpectationResult r =
      document_of(s, testing::all(hand_made_run(s, 10, outage(0, 0)))).expectations.at(0);
  EXPECT_EQ(r.verdict, Verdict::undecided);
  EXPECT_THAT(r.why, HasSubstr("36 887 requests without a failure"));
}

/// Two runs in which 100 jobs start at each of two stations and wait so many seconds in all.
ExpectationResult after_waits(const ExpectationInfo& e, bool histogram) {
  Scenario s = hand_made_scenario(100);
  s.expectations = {e};
  std::vector<measure::RunRecord> runs;
  for (const Nanos wait_s : {10, 30}) {
    runs.push_back(hand_made_run(s, 10, outage(0, 0)));
    for (std::uint32_t id = 0; id < 2; ++id) {
      measure::StationRecord& station = runs.back().stations.emplace_back();
      station.id = id;
      station.started = 100;
      station.waited = 25;
      station.wait_ns = wait_s * kSecond;
      if (!histogram) continue;
      station.waits.emplace();
      for (int i = 0; i < 100; ++i) station.waits->record(i < 25 ? kSecond : 0);
    }
  }
  return document_of(s, runs).expectations.at(0);
}

TEST(JudgeComponents, waits_are_means_of_all_visits_with_replications_as_the_unit) {
  // 10 s over 100 visits, 30 s over 100: 0.1 s and 0.3 s.
  const ExpectationResult r =
      after_waits(expect(Measure::kWait, Relation::at_most, 2.0, "wait <= 2 s"), false);
  EXPECT_NEAR(r.estimate.value, 0.2, 1e-12);
  EXPECT_EQ(r.verdict, Verdict::met);
  EXPECT_GE(r.estimate.low, 0.0);
}

TEST(JudgeComponents, the_share_that_waits_and_the_share_that_waits_long) {
  ExpectationInfo e = expect(Measure::kWaits, Relation::at_most, 0.3, "waits <= 30 %");
  EXPECT_NEAR(after_waits(e, false).estimate.value, 0.25, 1e-12);
  e.limit_ns = kSecond / 2;
  EXPECT_EQ(after_waits(e, false).verdict, Verdict::no_sample) << "no histogram, so nobody knows how long";
  EXPECT_NEAR(after_waits(e, true).estimate.value, 0.25, 1e-12);
  e.limit_ns = 2 * kSecond;
  EXPECT_NEAR(after_waits(e, true).estimate.value, 0.0, 1e-12);
}

TEST(JudgeComponents, quantiles_need_a_histogram) {
  ExpectationInfo e = expect(Measure::kWaitQuantile, Relation::at_most, 2.0, "wait_p99 <= 2 s");
  e.quantile = 0.99;
  EXPECT_EQ(after_waits(e, false).verdict, Verdict::no_sample);
  EXPECT_NEAR(after_waits(e, true).estimate.value, 1.0, 0.01) << "of a histogram with errors below 1 %";
}

/// A tenth fails in each of three runs with a fault.
ResultDocument three_outages(std::vector<ExpectationInfo> expectations) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  s.expectations = std::move(expectations);
  return document_of(
      s, testing::all(hand_made_run(s, 100, outage(200, 260)), hand_made_run(s, 100, outage(200, 260)),
                      hand_made_run(s, 100, outage(200, 260))));
}

TEST(Objectives, stand_in_where_nothing_is_expected) {
  const ResultDocument d = three_outages({});
  EXPECT_TRUE(d.from_objectives);
  ASSERT_EQ(d.expectations.size(), 2U);
  EXPECT_EQ(d.expectations[0].text, "availability >= 99.00 % of issue");
  EXPECT_EQ(d.expectations[0].verdict, Verdict::missed) << "90 %";
  EXPECT_EQ(d.expectations[1].verdict, Verdict::met) << "p99 of 20 ms";
  EXPECT_TRUE(d.objectives.empty());
  EXPECT_EQ(overall(d), Verdict::missed);
}

TEST(Objectives, beside_expectations_are_told_without_effect) {
  const ResultDocument d =
      three_outages({expect(Measure::kQuantile, Relation::at_most, 10.0, "p99 <= 10 s")});
  EXPECT_FALSE(d.from_objectives);
  ASSERT_EQ(d.objectives.size(), 2U);
  EXPECT_EQ(d.objectives[0].verdict, Verdict::missed);
  EXPECT_EQ(overall(d), Verdict::met);
}

TEST(Objectives, promises_of_the_owner_need_a_fault_to_be_kept_in) {
  Scenario s = hand_made_scenario();
  s.operations[0].rto = PromiseInfo{120 * kSecond, 0.9};
  EXPECT_EQ(objectives_of(s).size(), 2U);
  s.faults = {hand_made_fault(600)};
  EXPECT_EQ(objectives_of(s).size(), 2U) << "one at the horizon never happens";
  s.faults = {hand_made_fault(200)};
  const auto all = objectives_of(s);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].key, "rto");
  EXPECT_EQ(all[2].share, 0.9);
  EXPECT_EQ(all[2].operation, 0U);
}

TEST(Objectives, of_operations_without_a_load_are_left_out) {
  Scenario s = hand_made_scenario();
  s.operations[0].loaded = false;
  EXPECT_TRUE(objectives_of(s).empty());
}

}  // namespace
}  // namespace twinvoice::report
