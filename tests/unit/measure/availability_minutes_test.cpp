#include "sim/measure/availability_minutes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

constexpr Nanos kMinute = 60 * kNanosPerSecond;

TEST(AvailabilityMinutes, three_nines_are_525_6_minutes) {
  EXPECT_NEAR(minutes_per_year(1e-3), 525.6, 1e-9);
  EXPECT_NEAR(unavailability_of_minutes(minutes_per_year(2.5e-5)), 2.5e-5, 1e-18);
  EXPECT_EQ(downtime_budget_ns(0.999, kYearNs), static_cast<Nanos>(525.6 * 60e9));
}

TEST(ProbabilityWithinBudget, equal_outages_count_to_a_poisson_tail) {
  // 40 min each against 100 min: at most two of a Poisson(1.3) number.
  const std::vector<Nanos> d{40 * kMinute};
  const double exact = std::exp(-1.3) * (1 + 1.3 + 1.3 * 1.3 / 2);
  const Bracket p = probability_within_budget(1.3, d, 100 * kMinute);
  EXPECT_NEAR(p.low, exact, 1e-12);
  EXPECT_NEAR(p.high, exact, 1e-12);
}

TEST(ProbabilityWithinBudget, an_outage_of_exactly_the_budget_still_meets_it) {
  const std::vector<Nanos> d{100 * kMinute};
  EXPECT_NEAR(probability_within_budget(0.7, d, 100 * kMinute).low, std::exp(-0.7) * 1.7, 1e-12);
}

TEST(ProbabilityWithinBudget, mixed_durations_match_simulation) {
  // 40 000 years by sampling: standard error below 0.0025; 5 of them as margin (false alarm below 1e-6).
  const std::vector<Nanos> d{3 * kMinute, 11 * kMinute, 47 * kMinute, 95 * kMinute};
  Reference r(31);
  int met = 0;
  for (int year = 0; year < 40'000; ++year) {
    Nanos down = 0;
    for (double t = r.exponential(1.0); t < 2.5; t += r.exponential(1.0)) {
      down += d[static_cast<std::size_t>(r.uniform() * 4.0)];
    }
    met += down <= 120 * kMinute ? 1 : 0;
  }
  const Bracket p = probability_within_budget(2.5, d, 120 * kMinute);
  EXPECT_LE(p.low, p.high);
  EXPECT_LT(p.high - p.low, 0.02);
  EXPECT_NEAR(met / 40'000.0, (p.low + p.high) / 2, 0.0125 + (p.high - p.low) / 2);
}

TEST(ProbabilityWithinBudget, the_normal_branch_continues_the_exact_one) {
  const std::vector<Nanos> d{kMinute, 3 * kMinute};
  const Nanos budget = 1020 * kMinute;
  const Bracket exact = probability_within_budget(499.9, d, budget);
  const Bracket normal = probability_within_budget(500.1, d, budget);
  EXPECT_NEAR((exact.low + exact.high) / 2, normal.low, 0.02 + (exact.high - exact.low) / 2);
}

TEST(ProbabilityWithinBudget, falls_with_the_rate_and_rises_with_the_budget) {
  const std::vector<Nanos> d{7 * kMinute, 20 * kMinute};
  double before = 1.0;
  for (const double rate : {0.1, 0.5, 2.0, 8.0}) {
    const double p = probability_within_budget(rate, d, 60 * kMinute).low;
    EXPECT_LT(p, before);
    before = p;
  }
  EXPECT_EQ(probability_within_budget(0.0, d, kMinute).low, 1.0);
  EXPECT_DOUBLE_EQ(probability_within_budget(2.0, d, 0).high, std::exp(-2.0));
}

TEST(ProbabilityOfMeeting, no_outage_seen_is_not_certainty) {
  const Estimate e = probability_of_meeting(0.999, {}, 10 * kYearNs);
  EXPECT_EQ(e.value, 1.0);
  EXPECT_NEAR(e.low, std::exp(std::log(0.05) / 10), 1e-12);
  EXPECT_FALSE(e.converged);
}

TEST(ProbabilityOfMeeting, the_interval_follows_the_rate) {
  const std::vector<Nanos> d(50, 30 * kMinute);
  const Estimate e =
      probability_of_meeting(0.9999, d, 100 * kYearNs);  // budget 52.56 min: at most one outage
  EXPECT_NEAR(e.value, std::exp(-0.5) * 1.5, 1e-9);
  EXPECT_LT(e.low, e.value);
  EXPECT_GT(e.high, e.value);
  EXPECT_EQ(probability_of_meeting(0.99, d, 0).samples, 0U);
}

TEST(DowntimeShare, equal_outages_give_garwoods_interval) {
  // With equal weights the lower end is that of the Poisson count; 5 events: 1.6234864.
  const std::vector<Nanos> d(5, 1000);
  const Estimate e = downtime_share(d, 1'000'000);
  EXPECT_DOUBLE_EQ(e.value, 0.005);
  EXPECT_NEAR(e.low, 1.6234863901 * 1e-3, 1e-9);
  EXPECT_FALSE(e.converged);
}

TEST(DowntimeShare, no_outage_needs_an_assumed_duration_for_a_bound) {
  EXPECT_EQ(downtime_share({}, 1000).high, 1.0);
  EXPECT_NEAR(downtime_share({}, 1'000'000, 100).high, -std::log(0.05) * 1e-4, 1e-12);
  EXPECT_EQ(downtime_share({}, 0).samples, 0U);
}

TEST(OutageStatistics, sums_and_quantiles_are_those_of_the_list) {
  std::vector<Nanos> d;
  for (int i = 1; i <= 200; ++i) d.push_back(i * kNanosPerSecond);
  const OutageStatistics s = outage_statistics(d, 4 * kYearNs);
  EXPECT_EQ(s.count, 200U);
  EXPECT_EQ(s.down_ns, 20'100 * kNanosPerSecond);
  EXPECT_EQ(s.longest_ns, 200 * kNanosPerSecond);
  EXPECT_DOUBLE_EQ(s.per_year.value, 50.0);
  EXPECT_NEAR(s.mean_duration_s.value, 100.5, 1e-9);
  EXPECT_DOUBLE_EQ(s.p50_duration_s.value, 100.0);
  EXPECT_DOUBLE_EQ(s.p90_duration_s.value, 180.0);
  EXPECT_TRUE(std::isinf(s.p99_duration_s.high));
  EXPECT_TRUE(s.unavailability.converged);
}

}  // namespace
}  // namespace twinvoice::measure
