#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/random/laws.hpp"
#include "tests/unit/random/sampling.hpp"

namespace twinvoice::random {
namespace {

using namespace testing;

std::vector<double> residuals(const Law& law, const LawTables& tables, double age_s, std::uint64_t count) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < count; ++i) {
    Draws draws = draws_at(i);
    values.push_back(sample_residual(law, tables, age_s, draws));
  }
  return values;
}

// P(residual <= r) = 1 - S(age + r) / S(age). False-alarm rate 1e-6 for each of 14 laws and 4 ages.
TEST(Residual, follows_the_distribution_given_the_age) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    for (const double share : {0.01, 0.5, 1.0, 1.5}) {
      const double age_s = share * std::min(mean(law, tables), 10.0);
      const double passed = log_survival(law, tables, age_s);
      const auto distribution = [&law = law, &tables, age_s, passed](double r) {
        return -std::expm1(log_survival(law, tables, age_s + r) - passed);
      };
      EXPECT_LT(kolmogorov_distance(residuals(law, tables, age_s, 20000), distribution), kKolmogorovCritical)
          << name << " at age " << age_s;
    }
  }
}

// The other way round, without the survival function: the values above the age, less the age, have the residual law. Two-sample
// Kolmogorov-Smirnov, false-alarm rate 1e-6 for each law.
TEST(Residual, equals_what_is_left_of_samples_that_exceed_the_age) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    const double age_s = 0.6 * std::min(mean(law, tables), 10.0);
    std::vector<double> left;
    for (std::uint64_t i = 0; i < 100000; ++i) {
      Draws draws = draws_at(1000000 + i);
      const double value = sample(law, tables, draws);
      if (value > age_s) {
        left.push_back(value - age_s);
      }
    }
    std::sort(left.begin(), left.end());
    const auto drawn = residuals(law, tables, age_s, 20000);
    const auto n = static_cast<double>(drawn.size());
    const auto m = static_cast<double>(left.size());
    const auto empirical = [&](double r) {
      return static_cast<double>(std::upper_bound(left.begin(), left.end(), r) - left.begin()) / m;
    };
    EXPECT_LT(kolmogorov_distance(drawn, empirical) * std::sqrt(m / (n + m)), kKolmogorovCritical + 0.05)
        << name;
  }
}

TEST(Residual, at_age_zero_is_a_sample) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    Draws one = draws_at(3);
    Draws other = draws_at(3);
    EXPECT_EQ(sample_residual(law, tables, 0.0, one), sample(law, tables, other)) << name;
  }
}

TEST(Residual, stays_finite_and_positive_far_in_the_tail) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    if (survival(law, tables, 1000.0) == 0.0 && log_survival(law, tables, 1000.0) < -1e300) {
      continue;  // nothing lives so long
    }
    for (const double value : residuals(law, tables, 1000.0, 100)) {
      EXPECT_TRUE(std::isfinite(value)) << name;
      EXPECT_GE(value, 0.0) << name;
    }
  }
  // The gamma of scale 1/2 has P(X > 5000) = exp(-10000); what remains is close to its exponential tail. n = 2000, 1e-6.
  const auto left = residuals(Law::gamma(2.0, 0.5), tables, 5000.0, 2000);
  EXPECT_LT(std::abs(mean_distance(left, 0.5, 0.5)), kNormalCritical);
}

TEST(Residual, of_atoms_is_the_distance_to_the_atoms_left) {
  LawTables tables;
  const Law law = tables.add_samples({1.0, 2.0, 4.0});
  int twos = 0;
  for (const double value : residuals(law, tables, 1.0, 20000)) {
    ASSERT_TRUE(value == 1.0 || value == 3.0) << value;
    twos += value == 1.0 ? 1 : 0;
  }
  EXPECT_NEAR(twos, 10000, kNormalCritical * 0.5 * std::sqrt(20000));
  Draws draws = draws_at(0);
  EXPECT_EQ(sample_residual(Law::constant(3.0), tables, 1.0, draws), 2.0);
}

TEST(Residual, beyond_the_support_is_zero) {
  LawTables tables;
  Draws draws = draws_at(0);
  EXPECT_EQ(sample_residual(Law::constant(3.0), tables, 3.5, draws), 0.0);
  EXPECT_EQ(sample_residual(Law::uniform(1.0, 2.0), tables, 2.5, draws), 0.0);
  EXPECT_EQ(sample_residual(tables.add_samples({1.0}), tables, 1.0, draws), 0.0);
  EXPECT_EQ(sample_residual(tables.add_quantiles({{0.0, 1.0}, {1.0, 2.0}}), tables, 2.0, draws), 0.0);
}

}  // namespace
}  // namespace twinvoice::random
