// What counts as an independent unit: replications where faults are planned, batches that hold anything elsewhere.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/measure/intervals.hpp"
#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

TEST(Groups, with_planned_faults_replications_are_the_unit_from_two_on) {
  // The same outage in the same slice of both: batches over time would take it for noise.
  RatioSeries run(64, {0.0, 100.0});
  run[20].y = run[21].y = 100.0;
  const std::vector<RatioSeries> two{run, run};
  const Groups g = choose_groups(two, Faults::kPlanned);
  EXPECT_TRUE(g.replications);
  EXPECT_EQ(g.items.size(), 2U);
  const Estimate share = share_interval(two, 0.95, Faults::kPlanned);
  EXPECT_DOUBLE_EQ(share.value, 200.0 / 6400);
  EXPECT_TRUE(share.converged);
  // A single one has no interval, failures or not.
  for (const RatioSeries& alone : {run, RatioSeries(64, {0.0, 100.0})}) {
    const Estimate one = share_interval(std::vector<RatioSeries>{alone}, 0.95, Faults::kPlanned);
    EXPECT_EQ(one.low, 0.0);
    EXPECT_EQ(one.high, 1.0);
    EXPECT_FALSE(one.converged);
    EXPECT_GT(one.samples, 0U);
    EXPECT_TRUE(
        std::isinf(ratio_interval(std::vector<RatioSeries>{alone}, 6400, 0.95, Faults::kPlanned).high));
  }
}

TEST(RatioInterval, two_replications_with_planned_faults_have_the_t_interval_of_two) {
  // Means 1 and 3: value 2, s^2 = 2, half-width t(1) sqrt(2 / 2) = 12.706.
  const std::vector<RatioSeries> two{RatioSeries(64, {1.0, 1.0}), RatioSeries(64, {3.0, 1.0})};
  const Estimate e = ratio_interval(two, 128, 0.95, Faults::kPlanned);
  EXPECT_NEAR(e.low, 2.0 - 12.7062047, 1e-6);
  EXPECT_NEAR(e.high, 2.0 + 12.7062047, 1e-6);
  EXPECT_TRUE(e.converged);
  EXPECT_EQ(e.groups, 2U);
}

TEST(RatioInterval, replications_of_two_fates_need_five_of_the_rarer) {
  std::vector<RatioSeries> runs(8, RatioSeries(64, {1.0, 1.0}));
  for (int i = 0; i < 4; ++i) runs.emplace_back(64, RatioSample{50.0, 1.0});
  EXPECT_FALSE(ratio_interval(runs, 1, 0.95, Faults::kPlanned).converged);
  runs.emplace_back(64, RatioSample{50.0, 1.0});
  EXPECT_TRUE(ratio_interval(runs, 1, 0.95, Faults::kPlanned).converged);
}

TEST(RatioInterval, empty_batches_are_no_degrees_of_freedom) {
  // 9 batches hold something, 55 nothing: the interval is that of the 9 alone.
  Reference r(77);
  RatioSeries full;
  for (int i = 0; i < 9; ++i) full.push_back({5.0 + r.normal(), 1.0});
  RatioSeries sparse(64, {0.0, 0.0});
  for (std::size_t i = 0; i < 9; ++i) sparse[7 * i] = full[i];
  const Groups g = choose_groups(std::vector<RatioSeries>{sparse});
  EXPECT_EQ(g.filled(), 9U);
  Groups nine;
  nine.items = full;
  nine.total_x = g.total_x;
  nine.total_y = g.total_y;
  nine.ratio = g.ratio;
  EXPECT_DOUBLE_EQ(ratio_spread(g).variance / g.inflation, ratio_spread(nine).variance);
  EXPECT_DOUBLE_EQ(ratio_spread(g).skewness, ratio_spread(nine).skewness);
  EXPECT_EQ(ratio_interval(std::vector<RatioSeries>{sparse}, 9).groups, 9U);
}

TEST(RatioInterval, one_burst_has_no_interval) {
  RatioSeries burst(64, {0.0, 0.0});
  burst[30] = {700.0, 100.0};
  const Estimate e = ratio_interval(std::vector<RatioSeries>{burst}, 100);
  EXPECT_EQ(e.value, 7.0);
  EXPECT_TRUE(std::isinf(e.high));
  EXPECT_FALSE(e.converged);
}

}  // namespace
}  // namespace twinvoice::measure
