// When a cell has enough replications.
#include "sim/campaign/allocation.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace twinvoice::campaign {
namespace {

measure::Estimate known_within(double half_width, double value = 10.0) {
  measure::Estimate e;
  e.value = value;
  e.low = value - half_width;
  e.high = value + half_width;
  e.samples = 20;
  e.converged = true;
  return e;
}

Rule sequential() {
  Rule rule;
  rule.least = 10;
  rule.most = 40;
  rule.until = {{"rto", {0.1, 0.0}}, {"p99", {0.0, 0.5}}};
  return rule;
}

TEST(Allocation, looks_come_after_the_least_and_then_after_each_further_quarter) {
  const Rule rule = sequential();
  std::vector<std::uint64_t> looks{first_look(rule)};
  while (looks.back() < rule.most) looks.push_back(next_look(rule, looks.back()));
  EXPECT_EQ(looks, (std::vector<std::uint64_t>{10, 12, 15, 18, 22, 27, 33, 40}));
}

TEST(Allocation, looks_go_on_by_one_while_a_quarter_is_less) {
  Rule rule;
  rule.least = 2;
  rule.most = 6;
  EXPECT_EQ(next_look(rule, 2), 3U);
  EXPECT_EQ(next_look(rule, 3), 4U);
}

TEST(Allocation, a_fixed_number_is_reached_whatever_the_estimates) {
  Rule rule;
  rule.least = rule.most = 5;
  EXPECT_EQ(decide(rule, 5, {}, 0), Decision::kFixed);
  EXPECT_EQ(reason_of(Decision::kFixed), "fixed");
}

TEST(Allocation, every_target_has_to_be_narrow_enough) {
  const Rule rule = sequential();
  const std::vector<measure::Estimate> both{known_within(0.9), known_within(0.4)};
  const std::vector<measure::Estimate> one{known_within(0.9), known_within(0.6)};
  EXPECT_EQ(decide(rule, 10, both, 0), Decision::kPrecise);
  EXPECT_EQ(decide(rule, 10, one, 0), Decision::kGoOn);
  EXPECT_EQ(decide(rule, 40, one, 0), Decision::kCap);
}

TEST(Allocation, an_estimate_without_an_interval_is_never_precise) {
  const Rule rule = sequential();
  measure::Estimate open = known_within(0.1);
  open.value = std::numeric_limits<double>::quiet_NaN();
  open.high = std::numeric_limits<double>::infinity();
  open.converged = false;
  const std::vector<measure::Estimate> estimates{open, known_within(0.1)};
  EXPECT_EQ(decide(rule, 20, estimates, 0), Decision::kGoOn);
  EXPECT_EQ(distance(rule, estimates), std::numeric_limits<double>::infinity());
}

TEST(Allocation, too_few_outages_are_not_enough_however_narrow_the_intervals) {
  Rule rule = sequential();
  rule.outages = 20;
  const std::vector<measure::Estimate> narrow{known_within(0.1), known_within(0.1)};
  EXPECT_EQ(decide(rule, 12, narrow, 19), Decision::kGoOn);
  EXPECT_EQ(decide(rule, 12, narrow, 20), Decision::kPrecise);
}

TEST(Allocation, the_distance_is_that_of_the_target_farthest_from_its_precision) {
  const std::vector<measure::Estimate> estimates{known_within(2.0), known_within(0.25)};
  EXPECT_DOUBLE_EQ(distance(sequential(), estimates), 2.0);
}

}  // namespace
}  // namespace twinvoice::campaign
