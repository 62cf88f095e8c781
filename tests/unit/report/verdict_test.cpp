// Expectations to verdicts.
#include <gtest/gtest.h>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using measure::Relation;
using measure::Verdict;
using testing::document_of;
using testing::expect;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::outage;

ExpectationResult judged(Scenario s, const ExpectationInfo& e, Nanos from_s, Nanos to_s,
                         std::size_t runs = 2) {
  s.expectations = {e};
  s.faults = {hand_made_fault(200)};
  std::vector<measure::RunRecord> records;
  while (records.size() < runs) records.push_back(hand_made_run(s, 100, outage(from_s, to_s)));
  return document_of(s, records).expectations.at(0);
}

TEST(Verdicts, recovery_is_judged_from_two_runs_on_and_never_from_one) {
  const auto within = expect(Measure::kRto, Relation::at_most, 120.0, "rto <= 2 min");
  const auto beyond = expect(Measure::kRto, Relation::at_most, 60.0, "rto <= 1 min");
  EXPECT_EQ(judged(hand_made_scenario(), within, 200, 300).verdict, Verdict::met);
  EXPECT_EQ(judged(hand_made_scenario(), beyond, 200, 300).verdict, Verdict::missed);
  EXPECT_EQ(judged(hand_made_scenario(), within, 200, 300, 1).verdict, Verdict::undecided);
  EXPECT_EQ(judged(hand_made_scenario(), beyond, 200, 300, 1).verdict, Verdict::undecided);
}

TEST(Verdicts, an_endless_outage_misses_what_was_watched_and_leaves_the_rest_open) {
  // 400 s are watched after the fault.
  const auto shorter = expect(Measure::kRto, Relation::at_most, 300.0, "rto <= 5 min");
  const auto longer = expect(Measure::kRto, Relation::at_most, 900.0, "rto <= 15 min");
  EXPECT_EQ(judged(hand_made_scenario(), shorter, 200, 600).verdict, Verdict::missed);
  EXPECT_EQ(judged(hand_made_scenario(), longer, 200, 600).verdict, Verdict::undecided);
}

TEST(Verdicts, availability_is_met_only_when_the_whole_interval_is) {
  const auto low = expect(Measure::kAvailability, Relation::at_least, 0.5, "availability >= 50 %");
  const auto high = expect(Measure::kAvailability, Relation::at_least, 0.9999, "availability >= 99.99 %");
  EXPECT_EQ(judged(hand_made_scenario(), low, 200, 260).verdict, Verdict::met);
  EXPECT_EQ(judged(hand_made_scenario(), high, 200, 500).verdict, Verdict::missed);
}

TEST(Verdicts, the_reason_names_the_subject_and_what_was_seen) {
  const auto e = expect(Measure::kRto, Relation::at_most, 120.0, "rto <= 2 min");
  const ExpectationResult r = judged(hand_made_scenario(), e, 200, 300, 1);
  EXPECT_NE(r.why.find("down: kept in 1 of 1 incidents"), std::string::npos) << r.why;
  EXPECT_NE(r.why.find("another fate of up to 97.50 % may be unseen"), std::string::npos) << r.why;
  const auto p99 = expect(Measure::kQuantile, Relation::at_most, 1.0, "p99 <= 1 s");
  const ExpectationResult one = judged(hand_made_scenario(), p99, 200, 300, 1);
  EXPECT_EQ(one.verdict, Verdict::undecided);
  EXPECT_NE(one.why.find("issue: "), std::string::npos) << one.why;
  EXPECT_NE(one.why.find("a single run has no interval: more replications"), std::string::npos) << one.why;
}

TEST(Verdicts, what_matches_nothing_is_no_sample) {
  Scenario s = hand_made_scenario();
  s.expectations = {expect(Measure::kRto, Relation::at_most, 1.0, "rto <= 1 s")};
  const ResultDocument d = document_of(s, testing::all(hand_made_run(s, 100, outage(0, 0))));
  EXPECT_EQ(d.expectations.at(0).verdict, Verdict::no_sample);
  EXPECT_EQ(overall(d), Verdict::no_sample);
}

TEST(Verdicts, an_incomplete_run_decides_nothing) {
  Scenario s = hand_made_scenario();
  s.expectations = {expect(Measure::kQuantile, Relation::at_most, 10.0, "p99 <= 10 s")};
  s.interrupted = true;
  measure::RunRecord run = hand_made_run(s, 100, outage(0, 0));
  run.complete = false;
  run.stop = "stopped";
  const ResultDocument d = document_of(s, testing::all(run));
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(d.expectations.at(0).verdict, Verdict::undecided);
}

TEST(Verdicts, an_expectation_that_lost_its_fault_is_undecided_with_the_reason) {
  Scenario s = hand_made_scenario();
  ExpectationInfo e = expect(Measure::kRto, Relation::at_most, 1.0, "rto <= 1 s");
  e.cannot_judge = "the fault lies beyond the horizon";
  s.expectations = {e};
  const ResultDocument d = document_of(s, testing::all(hand_made_run(s, 100, outage(0, 0))));
  EXPECT_EQ(d.expectations.at(0).verdict, Verdict::undecided);
  EXPECT_EQ(d.expectations.at(0).why, "the fault lies beyond the horizon");
}

TEST(Verdicts, without_a_subject_the_worst_one_counts) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(100, "first"), hand_made_fault(300, "second")};
  s.expectations = {expect(Measure::kRto, Relation::at_most, 60.0, "rto <= 1 min")};
  const auto twice = [](Nanos at) {
    const Nanos s_at = at / testing::kSecond;
    testing::Fate f;
    f.ok = !((s_at >= 100 && s_at < 120) || (s_at >= 300 && s_at < 400));
    return f;
  };
  const ResultDocument d =
      document_of(s, testing::all(hand_made_run(s, 100, twice), hand_made_run(s, 100, twice)));
  EXPECT_EQ(d.expectations.at(0).verdict, Verdict::missed);
  EXPECT_NE(d.expectations.at(0).why.find("second"), std::string::npos);
}

TEST(Operations, causes_come_most_frequent_first_then_by_name) {
  Scenario s = hand_made_scenario();
  std::uint64_t n = 0;
  const auto mixed = [&](Nanos) {
    testing::Fate f;
    f.ok = false;
    f.cause = ++n % 3 == 0 ? 1 : 2;
    return f;
  };
  const ResultDocument d = document_of(s, testing::all(hand_made_run(s, 10, mixed)));
  const auto& causes = d.operations.at(0).failed_by_cause;
  ASSERT_EQ(causes.size(), 2U);
  EXPECT_EQ(causes[0].cause, "db.reset");
  EXPECT_GT(causes[0].count, causes[1].count);
  EXPECT_EQ(causes[0].count + causes[1].count, d.operations[0].failed);
}

TEST(Operations, time_availability_is_one_minus_the_time_in_interruptions) {
  // One of 60 s in 600 s.
  Scenario s = hand_made_scenario();
  const ResultDocument d = document_of(s, testing::all(hand_made_run(s, 100, outage(300, 360))));
  EXPECT_NEAR(d.operations.at(0).availability_time.value, 0.9, 1e-9);
  EXPECT_NEAR(d.operations.at(0).availability_request.value, 0.9, 1e-3);
}

TEST(Components, utilisation_is_busy_time_over_servers_and_time) {
  Scenario s = hand_made_scenario(100);
  measure::RunRecord run = hand_made_run(s, 10, outage(0, 0));
  // 2 of 4 servers busy at one replica, none at the other: 25 %.
  run.stations.resize(2);
  run.stations[0].busy_ns = measure::Int128{2} * 100 * testing::kSecond;
  run.stations[1].id = 1;
  run.pools.resize(2);
  run.pools[0].held_ns = measure::Int128{10} * 100 * testing::kSecond;
  run.pools[1].id = 1;
  const ResultDocument d = document_of(s, testing::all(run));
  ASSERT_TRUE(d.components.at(0).utilisation.has_value());
  EXPECT_NEAR(d.components[0].utilisation->value, 0.25, 1e-12);
  ASSERT_EQ(d.components[0].pools.size(), 1U);
  EXPECT_NEAR(d.components[0].pools[0].active, 10.0, 1e-12);
  EXPECT_EQ(d.components[0].pools[0].max, std::optional<std::uint64_t>(200));
}

TEST(Components, intervals_of_shares_stay_below_one) {
  // All of 4 servers busy in one run, and nearly so in the other: the t interval alone reaches to 1.3.
  Scenario s = hand_made_scenario(100);
  s.replications = 2;
  std::vector<measure::RunRecord> runs;
  for (const int share : {100, 95}) {
    runs.push_back(hand_made_run(s, 10, outage(0, 0)));
    runs.back().stations.resize(2);
    runs.back().stations[1].id = 1;
    for (measure::StationRecord& station : runs.back().stations)
      station.busy_ns = measure::Int128{share} * 4 * testing::kSecond;
    runs.back().down_ns = {{(100 - share) * testing::kSecond, share * testing::kSecond}};
  }
  const ResultDocument d = document_of(s, runs);
  EXPECT_EQ(d.components.at(0).utilisation->high, 1.0);
  EXPECT_EQ(d.components.at(0).down_share.high, 1.0);
  EXPECT_LT(d.components.at(0).utilisation->low, 0.975);
}

}  // namespace
}  // namespace twinvoice::report
