#include "sim/measure/unanswered.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/measure/verdict.hpp"

namespace twinvoice::measure {
namespace {

Estimate share_between(double low, double value, double high) {
  Estimate e;
  e.value = value;
  e.low = low;
  e.high = high;
  e.samples = 900;
  e.converged = true;
  return e;
}

TEST(Unanswered, a_share_reaches_from_all_fail_to_all_succeed) {
  // 900 decided, 810 of them successes (0.88 to 0.92), 100 open: 810 / 1000 to 910 / 1000, 0.88 x 0.9 to 0.92 x 0.9 + 0.1.
  const ShareRange r = with_unanswered(share_between(0.88, 0.9, 0.92), 900, 100);
  EXPECT_DOUBLE_EQ(r.if_all_fail, 0.81);
  EXPECT_DOUBLE_EQ(r.if_all_succeed, 0.91);
  EXPECT_DOUBLE_EQ(r.joined.low, 0.792);
  EXPECT_DOUBLE_EQ(r.joined.high, 0.928);
  EXPECT_EQ(r.joined.value, 0.9);
  // The interval alone would be above 0.85, the joined range is on both sides.
  EXPECT_EQ(judge(r.joined, {Relation::at_least, 0.85}), Verdict::undecided);
  EXPECT_EQ(judge(r.joined, {Relation::at_least, 0.79}), Verdict::met);
  EXPECT_EQ(judge(r.joined, {Relation::at_least, 0.93}), Verdict::missed);
}

TEST(Unanswered, none_leave_a_figure_as_it_is) {
  const ShareRange r = with_unanswered(share_between(0.88, 0.9, 0.92), 900, 0);
  EXPECT_EQ(r.joined.low, 0.88);
  EXPECT_EQ(r.joined.high, 0.92);
  EXPECT_EQ(r.if_all_fail, 0.9);
  EXPECT_EQ(r.if_all_succeed, 0.9);
  EXPECT_EQ(mean_with_unanswered(share_between(1, 2, 3), 0).high, 3.0);
}

TEST(Unanswered, nothing_but_open_requests_are_undecided_and_no_error) {
  const ShareRange r = with_unanswered(Estimate{}, 0, 7);
  EXPECT_TRUE(std::isnan(r.joined.value));
  EXPECT_EQ(r.joined.low, 0.0);
  EXPECT_EQ(r.joined.high, 1.0);
  EXPECT_EQ(r.if_all_fail, 0.0);
  EXPECT_EQ(r.if_all_succeed, 1.0);
  EXPECT_EQ(judge(r.joined, {Relation::at_least, 0.5}), Verdict::undecided);
  EXPECT_EQ(judge(mean_with_unanswered(Estimate{}, 7), {Relation::at_most, 1.0}), Verdict::undecided);
}

TEST(Unanswered, a_mean_is_open_above_and_can_still_be_missed) {
  const Estimate mean = mean_with_unanswered(share_between(1, 2, 3), 1);
  EXPECT_EQ(mean.low, 1.0);
  EXPECT_TRUE(std::isinf(mean.high));
  EXPECT_EQ(judge(mean, {Relation::at_most, 10.0}), Verdict::undecided);
  EXPECT_EQ(judge(mean, {Relation::at_most, 0.9}), Verdict::missed);
}

TEST(Unanswered, a_quantile_stands_below_their_share_and_is_open_above_it) {
  // 6400 latencies spread evenly over 1 to 100 ms in each of 64 slices.
  Batches b(0, 64'000);
  for (Nanos i = 0; i < 6400; ++i) b.succeed(i * 10, (i % 100 + 1) * 1'000'000);
  const Batches* one[] = {&b};
  const Estimate plain = latency_quantile_s(one, 0.5);
  // 711 of 7111 are open (10 %): the median keeps its value and low end; at most it is the 0.5 x 7111 / 6400 = 0.5556 quantile.
  const Estimate median = latency_quantile_with_unanswered_s(one, 0.5, 711);
  EXPECT_EQ(median.value, plain.value);
  EXPECT_EQ(median.low, plain.low);
  EXPECT_NEAR(median.high, 0.0556 + (plain.high - 0.05), 0.002);
  EXPECT_GT(median.high, plain.high + 0.004);
  EXPECT_TRUE(median.converged);
  // 0.95 is above 90 %.
  const Estimate p95 = latency_quantile_with_unanswered_s(one, 0.95, 711);
  EXPECT_TRUE(std::isinf(p95.high));
  EXPECT_EQ(p95.low, latency_quantile_s(one, 0.95).low);
  EXPECT_EQ(judge(p95, {Relation::at_most, 0.5}), Verdict::undecided);
  EXPECT_EQ(judge(p95, {Relation::at_most, 0.05}), Verdict::missed);
}

TEST(Unanswered, a_share_of_the_time_reaches_over_all_fates) {
  Estimate if_bad = share_between(0.4, 0.5, 0.6);
  const ShareRange r = over_fates(share_between(0.88, 0.9, 0.92), if_bad, share_between(0.9, 0.95, 1.0));
  EXPECT_EQ(r.joined.value, 0.9);
  EXPECT_EQ(r.joined.low, 0.4);
  EXPECT_EQ(r.joined.high, 1.0);
  EXPECT_EQ(r.if_all_fail, 0.5);
  EXPECT_EQ(r.if_all_succeed, 0.95);
  EXPECT_TRUE(r.joined.converged);
  if_bad.converged = false;
  EXPECT_FALSE(over_fates(share_between(0.88, 0.9, 0.92), if_bad, if_bad).joined.converged);
}

}  // namespace
}  // namespace twinvoice::measure
