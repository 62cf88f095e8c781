// A result beside an earlier one: verdicts by hand arithmetic.
#include "sim/report/baseline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sim/report/figures.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

measure::Estimate around(double value, double half_width) {
  measure::Estimate e;
  e.value = value;
  e.low = value - half_width;
  e.high = value + half_width;
  e.samples = 10;
  e.method = "10 replications t";
  return e;
}

Against verdict(const std::string& name, const measure::Estimate& then, const measure::Estimate& now) {
  const Baseline baseline{"kept.json", "0.1.0", 1, {{name, then}}};
  const BaselineComparison c = against(baseline, {{name, now}});
  return c.figures.at(0).verdict;
}

TEST(Against, is_worse_when_the_whole_interval_of_the_difference_is_beyond_the_indifference) {
  // Half-widths of 0.3 and 0.4 make 0.5; 1 % of 10 is 0.1. From 0.1 + 0.5 on a difference is surely larger.
  EXPECT_EQ(verdict("f.rto", around(10, 0.3), around(10.61, 0.4)), Against::kWorse);
  EXPECT_EQ(verdict("f.rto", around(10, 0.3), around(10.59, 0.4)), Against::kUndecided);
  EXPECT_EQ(verdict("f.rto", around(10, 0.3), around(9.39, 0.4)), Against::kBetter);
  EXPECT_EQ(verdict("o.served", around(10, 0.3), around(9.39, 0.4)), Against::kWorse)
      << "more of it is better";
  EXPECT_EQ(verdict("f.rto", around(10, 0.03), around(10.02, 0.04)), Against::kAlike);
  EXPECT_EQ(verdict("db.utilisation", around(0.5, 0.01), around(0.7, 0.01)), Against::kOther);
}

TEST(Against, of_an_availability_the_indifference_is_a_share_of_what_is_missing) {
  // 1 % misses 99 %: 0.01 points are nothing, 0.02 are.
  EXPECT_EQ(verdict("o.availability", around(0.99, 0), around(0.9899, 0)), Against::kAlike);
  EXPECT_EQ(verdict("o.availability", around(0.99, 0), around(0.9898, 0)), Against::kWorse);
}

TEST(Against, an_outage_that_has_no_end_any_more_is_worse_as_soon_as_that_is_sure) {
  measure::Estimate open;
  open.value = std::numeric_limits<double>::quiet_NaN();
  open.low = 20.0;
  open.high = std::numeric_limits<double>::infinity();
  open.samples = 10;
  open.method = "not restored in 2 of 10";
  EXPECT_EQ(verdict("f.rto", around(10, 1), open), Against::kWorse);
  EXPECT_EQ(verdict("f.rto", around(30, 1), open), Against::kUndecided);
}

TEST(Against, ratios_of_other_arrivals_are_not_compared) {
  const Baseline baseline{
      "kept.json", "0.1.0", 1, {{"o.arrived", around(1000, 0)}, {"o.availability", around(0.5, 0)}}};
  const BaselineComparison c =
      against(baseline, {{"o.arrived", around(900, 0)}, {"o.availability", around(0.1, 0)}});
  EXPECT_EQ(c.figures.at(1).verdict, Against::kOther);
}

TEST(Against, a_result_is_like_itself_and_names_what_has_gone) {
  const Scenario s = testing::hand_made_scenario();
  const std::vector<measure::RunRecord> runs =
      testing::all(testing::hand_made_run(s, 100, testing::outage(200, 230)));
  const std::vector<store::CellFigure> seen = figures(build(s, runs));
  const Baseline kept{"kept.json", "0.1.0", 1, seen};
  const BaselineComparison same = against(kept, seen);
  EXPECT_FALSE(same.worse());
  EXPECT_TRUE(same.unseen.empty());
  EXPECT_GT(same.figures.size(), 10U);
  for (const BaselineFigure& f : same.figures) EXPECT_EQ(f.verdict, Against::kAlike) << f.name;
  EXPECT_FALSE(against(kept, {}).unseen.empty());
}

}  // namespace
}  // namespace twinvoice::report
