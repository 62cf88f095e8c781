#include "sim/measure/time_average.hpp"

#include <gtest/gtest.h>

namespace twinvoice::measure {
namespace {

TEST(TimeAverage, weighs_values_by_the_time_they_last) {
  TimeAverage a(0, 1000);
  a.set(100, 4);  // 0 for 100 ns
  a.set(300, 1);  // 4 for 200 ns
  // (0 x 100 + 4 x 200 + 1 x 700) / 1000
  EXPECT_DOUBLE_EQ(a.mean(1000), 1.5);
  EXPECT_EQ(a.max(), 4);
}

TEST(TimeAverage, the_warm_up_only_sets_the_starting_value) {
  TimeAverage a(500, 1500);
  a.set(100, 90);
  a.set(400, 2);
  a.set(1000, 4);
  EXPECT_DOUBLE_EQ(a.mean(1500), 3.0);
  EXPECT_EQ(a.max(), 4);
}

TEST(TimeAverage, nothing_after_the_window_counts) {
  TimeAverage a(0, 100, 3);
  a.set(200, 77);
  a.set(300, 0);
  EXPECT_DOUBLE_EQ(a.mean(1000), 3.0);
  EXPECT_EQ(a.max(), 3);
}

TEST(TimeAverage, is_exact_where_doubles_are_not) {
  const Nanos year = Nanos{365} * 86'400 * kNanosPerSecond;
  TimeAverage a(0, 100 * year, 1'000'000'007);
  a.set(50 * year + 1, 1'000'000'006);
  const Int128 exact = Int128{1'000'000'007} * (50 * year + 1) + Int128{1'000'000'006} * (50 * year - 1);
  EXPECT_TRUE(a.integral(100 * year) == exact);
}

TEST(TimeAverage, no_time_passed_gives_the_present_value) {
  TimeAverage a(10, 20, 5);
  EXPECT_EQ(a.mean(10), 5.0);
  a.add(10, 2);
  EXPECT_EQ(a.mean(10), 7.0);
}

TEST(Occupancy, shares_add_up_to_one_and_give_the_mean) {
  Occupancy o(0, 1000, 3);
  TimeAverage a(0, 1000);
  const std::pair<Nanos, std::int64_t> changes[] = {{50, 2}, {200, 3}, {450, 1}, {900, 0}};
  for (const auto& [at, value] : changes) {
    o.set(at, value);
    a.set(at, value);
  }
  double sum = 0.0;
  double mean = 0.0;
  for (std::size_t v = 0; v <= 3; ++v) {
    sum += o.share(v, 1000);
    mean += static_cast<double>(v) * o.share(v, 1000);
  }
  EXPECT_DOUBLE_EQ(sum, 1.0);
  EXPECT_DOUBLE_EQ(mean, a.mean(1000));
}

TEST(Occupancy, values_beyond_the_end_count_with_it) {
  Occupancy o(0, 100, 2);
  o.set(40, 9);
  o.set(90, -3);
  EXPECT_DOUBLE_EQ(o.share(2, 100), 0.5);
  EXPECT_DOUBLE_EQ(o.share(0, 100), 0.5);
  EXPECT_EQ(o.share(7, 100), 0.0);
}

}  // namespace
}  // namespace twinvoice::measure
