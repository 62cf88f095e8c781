#include "sim/measure/proportion.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/measure/distributions.hpp"

namespace twinvoice::measure {
namespace {

TEST(Distributions, quantiles_match_closed_forms) {
  // t with one degree is Cauchy: tan(pi (p - 1/2)); with two: (2p - 1) sqrt(2 / (4 p (1 - p))).
  for (const double p : {0.001, 0.2, 0.6, 0.975, 0.9999}) {
    EXPECT_NEAR(student_quantile(p, 1) / std::tan(M_PI * (p - 0.5)), 1.0, 1e-11);
    EXPECT_NEAR(student_quantile(p, 2) / ((2 * p - 1) * std::sqrt(2 / (4 * p * (1 - p)))), 1.0, 1e-11);
    EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-13);
    EXPECT_NEAR(gamma_quantile(p, 1.0), -std::log1p(-p), 1e-11 * -std::log1p(-p));
    EXPECT_NEAR(beta_quantile(p, 1.0, 7.0), 1 - std::pow(1 - p, 1.0 / 7), 1e-12);
  }
  EXPECT_NEAR(student_quantile(0.975, 1e7), normal_quantile(0.975), 1e-6);
  EXPECT_EQ(student_quantile(0.5, 4), 0.0);
}

TEST(Proportion, clopper_pearson_ends_have_the_stated_tails) {
  const Interval i = clopper_pearson(7, 250);
  EXPECT_NEAR(1.0 - binomial_cdf(6, 250, i.low), 0.025, 1e-10);  // P(X >= 7 | low)
  EXPECT_NEAR(binomial_cdf(7, 250, i.high), 0.025, 1e-10);       // P(X <= 7 | high)
}

TEST(Proportion, it_is_symmetric_under_swapping_events_and_non_events) {
  for (const double x : {0.0, 1.0, 5.0, 20.0}) {
    const Interval a = clopper_pearson(x, 20);
    const Interval b = clopper_pearson(20 - x, 20);
    EXPECT_NEAR(a.low, 1 - b.high, 1e-12);
    EXPECT_NEAR(a.high, 1 - b.low, 1e-12);
  }
}

TEST(Proportion, no_event_gives_the_rule_of_three_and_never_certainty) {
  const Estimate e = proportion_interval(0, 5000);
  EXPECT_EQ(e.value, 0.0);
  EXPECT_EQ(e.low, 0.0);
  EXPECT_NEAR(std::pow(1 - e.high, 5000), 0.05, 1e-12);
  EXPECT_NEAR(e.high, 3.0 / 5000, 0.01 * 3.0 / 5000);
  EXPECT_EQ(complement(e).low, 1 - e.high);
}

TEST(Proportion, trials_needed_just_suffice) {
  const std::uint64_t n = trials_needed_without_event(2e-3);
  EXPECT_LE(clopper_pearson_upper(0, static_cast<double>(n)), 2e-3);
  EXPECT_GT(clopper_pearson_upper(0, static_cast<double>(n - 1)), 2e-3);
}

TEST(Proportion, wilson_ends_solve_the_score_equation) {
  const double z = normal_quantile(0.975);
  const Interval i = wilson(11, 400);
  for (const double p : {i.low, i.high}) {
    EXPECT_NEAR(std::abs(11.0 / 400 - p), z * std::sqrt(p * (1 - p) / 400), 1e-12);
  }
  EXPECT_GE(wilson(0, 30).low, 0.0);
}

TEST(Proportion, no_trial_is_no_sample) {
  EXPECT_EQ(proportion_interval(0, 0).samples, 0U);
  EXPECT_TRUE(std::isnan(proportion_interval(0, 0).value));
}

/// Exact coverage by summing the binomial: never below the nominal level but for the one-sided choice at no
/// event, whose worst case is 1 - 0.025 - 0.05.
TEST(Proportion, exact_coverage_holds_for_every_probability) {
  constexpr int kTrials = 60;
  for (double p = 0.005; p < 1.0; p += 0.005) {
    double covered = 0.0;
    for (int x = 0; x <= kTrials; ++x) {
      const Interval i = clopper_pearson(x, kTrials);
      if (i.low <= p && p <= i.high) covered += binomial_cdf(x, kTrials, p) - binomial_cdf(x - 1, kTrials, p);
    }
    EXPECT_GE(covered, 0.95) << p;
  }
}

TEST(PoissonRate, ends_have_the_stated_tails) {
  const Estimate e = poisson_rate_interval(4, 2.0);
  EXPECT_DOUBLE_EQ(e.value, 2.0);
  const auto poisson_cdf = [](int k, double mean) {
    double term = std::exp(-mean);
    double sum = term;
    for (int i = 1; i <= k; ++i) sum += (term *= mean / i);
    return sum;
  };
  EXPECT_NEAR(1 - poisson_cdf(3, 2 * e.low), 0.025, 1e-10);
  EXPECT_NEAR(poisson_cdf(4, 2 * e.high), 0.025, 1e-10);
}

TEST(PoissonRate, no_event_is_bounded_by_three_over_the_exposure) {
  const Estimate e = poisson_rate_interval(0, 10.0);
  EXPECT_EQ(e.low, 0.0);
  EXPECT_NEAR(e.high, -std::log(0.05) / 10, 1e-14);
  EXPECT_GT(e.samples, 0U);
  EXPECT_EQ(poisson_rate_interval(0, 0.0).samples, 0U);
}

}  // namespace
}  // namespace twinvoice::measure
