// A result beside an earlier one: verdicts by hand arithmetic.
#include "sim/report/baseline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

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

constexpr double kMeasuredS = 600.0;

Baseline kept_of(std::vector<store::CellFigure> figures) {
  Baseline baseline{"kept.json", "0.1.0", 1, std::move(figures)};
  baseline.measured_s = kMeasuredS;
  return baseline;
}

BaselineComparison beside(const Baseline& baseline, const std::vector<store::CellFigure>& now,
                          double measured_s = kMeasuredS, std::vector<InputDifference> differences = {}) {
  return against(baseline, now, {measured_s, std::move(differences), true});
}

Against verdict(const std::string& name, const measure::Estimate& then, const measure::Estimate& now) {
  const BaselineComparison c = beside(kept_of({{name, then}}), {{name, now}});
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
  const Baseline baseline = kept_of({{"o.arrived", around(1000, 0)}, {"o.availability", around(0.5, 0)}});
  const auto ratio_beside = [&](const measure::Estimate& arrived, double measured_s) {
    return beside(baseline, {{"o.arrived", arrived}, {"o.availability", around(0.1, 0)}}, measured_s)
        .figures.at(1)
        .verdict;
  };
  EXPECT_EQ(ratio_beside(around(900, 0), kMeasuredS), Against::kOther);
  // 995 within 10 may be the same load with other draws; so may 2000 in twice the time.
  EXPECT_EQ(ratio_beside(around(995, 10), kMeasuredS), Against::kWorse);
  EXPECT_EQ(ratio_beside(around(2000, 1), 2 * kMeasuredS), Against::kWorse);
}

TEST(Against, what_was_served_is_compared_at_the_same_load_over_the_same_time_alone) {
  const Baseline baseline = kept_of({{"o.served", around(1000, 1)}});
  const std::vector<store::CellFigure> fewer{{"o.served", around(800, 1)}};
  EXPECT_EQ(beside(baseline, fewer).figures.at(0).verdict, Against::kWorse);
  EXPECT_EQ(beside(baseline, fewer, 2 * kMeasuredS).figures.at(0).verdict, Against::kOther);
  const InputDifference load{"experiment", "load.o.poisson", "\"50 tps\"", "\"40 tps\""};
  const BaselineComparison other = beside(baseline, fewer, kMeasuredS, {load});
  EXPECT_EQ(other.figures.at(0).verdict, Against::kOther);
  EXPECT_FALSE(other.worse());
  const Baseline rate = kept_of({{"o.throughput", around(50, 0.1)}});
  EXPECT_FALSE(beside(rate, {{"o.throughput", around(40, 0.1)}}, kMeasuredS, {load}).worse());
  EXPECT_TRUE(beside(rate, {{"o.throughput", around(40, 0.1)}}, 2 * kMeasuredS).worse())
      << "a rate is one in any time";
  const InputDifference fault{"experiment", "faults.f.duration", "\"40 s\"", "\"60 s\""};
  EXPECT_TRUE(beside(baseline, fewer, kMeasuredS, {fault}).worse());
}

TEST(Against, a_result_is_like_itself_and_names_what_has_gone) {
  const Scenario s = testing::hand_made_scenario();
  const std::vector<measure::RunRecord> runs =
      testing::all(testing::hand_made_run(s, 100, testing::outage(200, 230)));
  const std::vector<store::CellFigure> seen = figures(build(s, runs));
  const Baseline kept = kept_of(seen);
  const BaselineComparison same = beside(kept, seen);
  EXPECT_FALSE(same.worse());
  EXPECT_TRUE(same.unseen.empty());
  EXPECT_GT(same.figures.size(), 10U);
  for (const BaselineFigure& f : same.figures) EXPECT_EQ(f.verdict, Against::kAlike) << f.name;
  EXPECT_FALSE(beside(kept, {}).unseen.empty());
}

}  // namespace
}  // namespace twinvoice::report
