// Verdicts as rows of a store, and how many more replications would decide.
#include "sim/report/expectation_rows.hpp"

#include <gtest/gtest.h>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using measure::Relation;
using measure::Verdict;

/// p99 <= 1 s of 10 replications: value and half a width.
ExpectationResult p99(double value, double half, Relation relation = Relation::at_most) {
  ExpectationResult e;
  e.asked.measure = Measure::kQuantile;
  e.asked.bound = {relation, 1.0, 0.0};
  e.estimate.value = value;
  e.estimate.low = value - half;
  e.estimate.high = value + half;
  e.estimate.samples = e.estimate.groups = 10;
  e.estimate.converged = true;
  e.verdict = measure::judge(e.estimate, e.asked.bound);
  return e;
}

TEST(ExpectationRows, an_interval_narrows_with_the_root_of_the_replications) {
  // Twice as wide as it may be: four times as many, so 30 beside the 10.
  EXPECT_EQ(more_to_decide(p99(0.9, 0.2), 10), 30U);
  EXPECT_EQ(more_to_decide(p99(1.1, 0.2), 10), 30U);
  EXPECT_EQ(more_to_decide(p99(0.8, 0.3), 10), 13U) << "10 x 1.5^2 = 22.5, so 12.5 more";
  EXPECT_EQ(more_to_decide(p99(0.9, 0.2, Relation::at_least), 10), 30U);
}

TEST(ExpectationRows, where_nothing_narrows_no_number_is_made_up) {
  EXPECT_EQ(more_to_decide(p99(0.9, 0.05), 10), std::nullopt) << "decided";
  EXPECT_EQ(more_to_decide(p99(1.0, 0.2), 10), std::nullopt) << "exactly at the bound";
  ExpectationResult single = p99(0.9, 0.2);
  single.estimate.groups = 1;
  EXPECT_EQ(more_to_decide(single, 1), std::nullopt);
  ExpectationResult open = p99(0.9, 0.2);
  open.estimate.high = std::numeric_limits<double>::infinity();
  EXPECT_EQ(more_to_decide(open, 10), std::nullopt);
}

TEST(ExpectationRows, a_promise_says_it_itself_and_the_last_of_its_faults_counts) {
  ExpectationResult e;
  e.verdict = Verdict::undecided;
  for (const std::uint64_t more : {std::uint64_t{52}, std::uint64_t{67}}) {
    PromiseStanding standing;
    standing.result.verdict = Verdict::undecided;
    standing.result.more_to_decide = more;
    e.standings.push_back(standing);
  }
  EXPECT_EQ(more_to_decide(e, 5), 67U);
  e.standings[0].result.more_to_decide.reset();
  EXPECT_EQ(more_to_decide(e, 5), std::nullopt);
  e.standings[0].result.verdict = Verdict::met;
  EXPECT_EQ(more_to_decide(e, 5), 67U);
}

TEST(ExpectationRows, objectives_stand_in_where_nothing_is_expected) {
  const Scenario s = testing::hand_made_scenario();
  const auto run = [&] { return testing::hand_made_run(s, 10, [](Nanos) { return testing::Fate{}; }); };
  const auto runs = testing::all(run(), run());
  const std::vector<store::ExpectationRow> rows = expectation_rows(testing::document_of(s, runs));
  ASSERT_EQ(rows.size(), 2U) << "availability and p99 are stated";
  EXPECT_EQ(rows[0].text, "availability >= 99.00 % of issue");
  EXPECT_EQ(rows[1].verdict, "met");
}

}  // namespace
}  // namespace twinvoice::report
