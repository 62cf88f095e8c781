#include "sim/random/laws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/base/fingerprint.hpp"
#include "tests/unit/random/sampling.hpp"

namespace twinvoice::random {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::uint64_t kValues = 200000;

std::vector<double> sample_many(const Law& law, const LawTables& tables) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < kValues; ++i) {
    Draws draws = draws_at(i);
    values.push_back(sample(law, tables, draws));
  }
  return values;
}

// False-alarm rate 1e-6 for each of 14 laws.
TEST(Laws, samples_follow_the_distribution) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    const auto values = sample_many(law, tables);
    const auto distribution = [&law = law, &tables](double x) { return cdf(law, tables, x); };
    EXPECT_LT(kolmogorov_distance(values, distribution), kKolmogorovCritical) << name;
  }
}

// False-alarm rate 1e-6 for each law of finite variance, where the mean of 200 000 values is about normal.
TEST(Laws, samples_have_the_stated_mean) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    if (cv(law, tables) <= 2.0) {
      const double deviation = std::sqrt(variance(law, tables));
      EXPECT_LT(std::abs(mean_distance(sample_many(law, tables), mean(law, tables), deviation)),
                kNormalCritical)
          << name;
    }
  }
}

TEST(Laws, mean_and_cv_are_those_asked_for) {
  const LawTables tables;
  for (const double value : {1e-6, 0.012, 3600.0}) {
    for (const double spread : {0.1, 0.8, 1.0, 3.0}) {
      for (const Law& law : {Law::lognormal(value, spread), Law::gamma(value, spread)}) {
        EXPECT_NEAR(mean(law, tables) / value, 1.0, 1e-13);
        EXPECT_NEAR(cv(law, tables) / spread, 1.0, 1e-13);
      }
    }
    const Law hyper = Law::hyper_exponential(value, 3.0);
    EXPECT_NEAR(mean(hyper, tables) / value, 1.0, 1e-13);
    EXPECT_NEAR(cv(hyper, tables), 3.0, 1e-12);
    EXPECT_NEAR(hyper.a * hyper.b / ((1.0 - hyper.a) * hyper.c), 1.0, 1e-12) << "means are balanced";
    EXPECT_NEAR(cv(Law::erlang(4, value), tables), 0.5, 1e-13);
    EXPECT_NEAR(mean(Law::erlang(4, value), tables) / value, 1.0, 1e-13);
  }
}

TEST(Laws, moments_are_those_of_the_textbook) {
  LawTables tables;
  EXPECT_NEAR(mean(Law::weibull(2.0, 1.0), tables), 0.5 * std::sqrt(std::acos(-1.0)), 1e-14);
  EXPECT_NEAR(variance(Law::weibull(2.0, 1.0), tables), 1.0 - std::acos(-1.0) / 4.0, 1e-14);
  EXPECT_NEAR(mean(Law::weibull(1.0, 3.0), tables), 3.0, 1e-13);
  EXPECT_NEAR(cv(Law::weibull(1.0, 3.0), tables), 1.0, 1e-13);
  EXPECT_NEAR(mean(Law::pareto(3.0, 2.0), tables), 3.0, 1e-14);
  EXPECT_NEAR(variance(Law::pareto(3.0, 2.0), tables), 3.0,
              1e-14);  // a m^2 / ((a-1)^2 (a-2)) = 3 * 4 / (4 * 1)
  EXPECT_EQ(mean(Law::pareto(1.0, 2.0), tables), kInfinity);
  EXPECT_EQ(variance(Law::pareto(2.0, 2.0), tables), kInfinity);
  EXPECT_EQ(cv(Law::pareto(2.0, 2.0), tables), kInfinity);
  EXPECT_NEAR(variance(Law::uniform(1.0, 4.0), tables), 0.75, 1e-15);
  EXPECT_EQ(cv(Law::constant(0.0), tables), 0.0);
  const Law values = tables.add_samples({1.0, 2.0, 2.0, 5.0});
  EXPECT_EQ(mean(values, tables), 2.5);
  EXPECT_EQ(variance(values, tables), 2.25);  // (2.25 + 0.25 + 0.25 + 6.25) / 4
  const Law line =
      tables.add_quantiles({{0.0, 1.0}, {0.25, 2.0}, {1.0, 5.0}});  // the uniform on [1, 5], cut in two
  EXPECT_NEAR(mean(line, tables), mean(Law::uniform(1.0, 5.0), tables), 1e-15);
  EXPECT_NEAR(variance(line, tables), variance(Law::uniform(1.0, 5.0), tables), 1e-15);
}

TEST(Laws, a_zero_cv_is_the_constant) {
  EXPECT_EQ(Law::lognormal(2.0, 0.0).kind, LawKind::kConstant);
  EXPECT_EQ(Law::gamma(2.0, 0.0).kind, LawKind::kConstant);
}

TEST(Laws, density_integrates_to_the_distribution) {
  // Simpson's rule in log x, between the points where the law holds 1e-3 and 0.999 of its mass; kinks of the density (uniform,
  // Pareto, quantiles) lie outside or cost little.
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    const auto level = [&law = law, &tables](double target) {
      double low = -60.0;
      double high = 60.0;
      for (int i = 0; i < 100; ++i) {
        const double middle = 0.5 * (low + high);
        (cdf(law, tables, std::exp(middle)) < target ? low : high) = middle;
      }
      return low;
    };
    const double from = level(1e-3);
    const double to = level(0.999);
    constexpr int kSteps = 200000;
    double sum = 0.0;
    for (int i = 0; i <= kSteps; ++i) {
      const double t = from + (to - from) * i / kSteps;
      const int weight = i == 0 || i == kSteps ? 1 : (i % 2 == 1 ? 4 : 2);
      sum += weight * std::exp(log_density(law, tables, std::exp(t)) + t);
    }
    EXPECT_NEAR(sum * (to - from) / (3.0 * kSteps), 0.998, 1e-4) << name;
  }
}

TEST(Laws, hazard_is_density_over_survival) {
  LawTables tables;
  for (const auto& [name, law] : continuous_laws(tables)) {
    for (const double share : {0.3, 0.7, 1.0, 1.5}) {
      const double x = share * std::min(mean(law, tables), 10.0);
      const double density = std::exp(log_density(law, tables, x));
      EXPECT_NEAR(hazard(law, tables, x), density / survival(law, tables, x), 1e-12 * hazard(law, tables, x))
          << name;
      EXPECT_NEAR(survival(law, tables, x) + cdf(law, tables, x), 1.0, 1e-14) << name;
    }
  }
}

TEST(Laws, hazard_has_the_known_shape) {
  const LawTables tables;
  EXPECT_EQ(hazard(Law::exponential(4.0), tables, 100.0), 0.25);
  EXPECT_GT(hazard(Law::weibull(3.0, 1.0), tables, 2.0), hazard(Law::weibull(3.0, 1.0), tables, 1.0));
  EXPECT_LT(hazard(Law::weibull(0.7, 1.0), tables, 2.0), hazard(Law::weibull(0.7, 1.0), tables, 1.0));
  EXPECT_NEAR(hazard(Law::weibull(3.0, 1.0), tables, 2.0), 12.0, 1e-12);  // shape x^(shape-1)
  EXPECT_NEAR(hazard(Law::pareto(2.5, 1.0), tables, 5.0), 0.5, 1e-14);    // shape / x
  EXPECT_NEAR(hazard(Law::uniform(0.0, 2.0), tables, 1.5), 2.0, 1e-14);   // 1 / (high - x)
  EXPECT_EQ(hazard(Law::uniform(0.0, 2.0), tables, 3.0), kInfinity);
  EXPECT_EQ(hazard(Law::constant(2.0), tables, 1.0), 0.0);
  EXPECT_EQ(hazard(Law::constant(2.0), tables, 2.0), 1.0);
  // Far in the tail, where both density and survival underflow: the gamma's hazard tends to 1 / scale from below.
  EXPECT_NEAR(hazard(Law::gamma(2.0, 0.5), tables, 5000.0), 2.0, 2e-3);
}

TEST(Laws, sample_lists_give_each_value_with_its_share) {
  LawTables tables;
  (void)tables.add_samples({100.0, 200.0});
  const Law law = tables.add_samples({5.0, 1.0, 2.0, 2.0});
  int twos = 0;
  for (const double value : sample_many(law, tables)) {
    ASSERT_TRUE(value == 1.0 || value == 2.0 || value == 5.0) << value;
    twos += value == 2.0 ? 1 : 0;
  }
  EXPECT_NEAR(twos, kValues / 2.0, kNormalCritical * 0.5 * std::sqrt(kValues));
  EXPECT_EQ(cdf(law, tables, 0.5), 0.0);
  EXPECT_NEAR(cdf(law, tables, 1.0), 0.25, 1e-15);
  EXPECT_NEAR(cdf(law, tables, 2.0), 0.75, 1e-15);
  EXPECT_EQ(cdf(law, tables, 5.0), 1.0);
  EXPECT_NEAR(std::exp(log_density(law, tables, 2.0)), 0.5, 1e-15);
  EXPECT_EQ(log_density(law, tables, 3.0), -kInfinity);
  EXPECT_NEAR(hazard(law, tables, 2.0), 2.0 / 3.0, 1e-15);
  EXPECT_EQ(hazard(law, tables, 5.0), 1.0);
}

TEST(Laws, nanoseconds_are_rounded_half_up_and_never_negative) {
  LawTables tables;
  Draws draws = draws_at(0);
  EXPECT_EQ(sample_ns(Law::constant(1.5e-9), tables, draws), 2);
  EXPECT_EQ(sample_ns(Law::constant(0.25e-9), tables, draws), 0);
  EXPECT_EQ(sample_ns(Law::constant(0.0), tables, draws), 0);
  EXPECT_EQ(sample_ns(Law::constant(1e300), tables, draws), kLongestSpan);
  EXPECT_EQ(sample_ns(Law::pareto(1e-3, 1.0), tables, draws), kLongestSpan);
  for (const auto& [name, law] : continuous_laws(tables)) {
    for (std::uint64_t i = 0; i < 1000; ++i) {
      Draws one = draws_at(i);
      Draws other = draws_at(i);
      const Nanos ns = sample_ns(law, tables, one);
      EXPECT_GE(ns, 0) << name;
      EXPECT_EQ(ns, from_seconds(sample(law, tables, other))) << name;
    }
  }
}

TEST(Laws, refuse_parameters_out_of_range) {
  const double nan = std::nan("");
  const std::vector<std::function<void()>> wrong = {
      [] { (void)Law::constant(-1.0); },
      [] { (void)Law::exponential(0.0); },
      [=] { (void)Law::exponential(nan); },
      [] { (void)Law::exponential(kInfinity); },
      [] { (void)Law::lognormal(1.0, -0.1); },
      [] { (void)Law::lognormal(-1.0, 1.0); },
      [] { (void)Law::gamma(1.0, 1e-4); },
      [] { (void)Law::gamma(1.0, 101.0); },
      [] { (void)Law::erlang(0, 1.0); },
      [] { (void)Law::hyper_exponential(1.0, 0.9); },
      [] { (void)Law::hyper_exponential(1.0, 1.0, 2.0); },
      [] { (void)Law::hyper_exponential(0.5, 0.0, 2.0); },
      [] { (void)Law::weibull(0.0, 1.0); },
      [=] { (void)Law::weibull(1.0, nan); },
      [] { (void)Law::pareto(-1.0, 1.0); },
      [] { (void)Law::pareto(1.0, 0.0); },
      [] { (void)Law::uniform(2.0, 2.0); },
      [] { (void)Law::uniform(-1.0, 2.0); },
      [] { (void)LawTables().add_samples({}); },
      [] {
        (void)LawTables().add_samples({1.0, -1.0});
      },
      [] {
        (void)LawTables().add_quantiles({{0.0, 1.0}});
      },
      [] {
        (void)LawTables().add_quantiles({{0.1, 1.0}, {1.0, 2.0}});
      },
      [] {
        (void)LawTables().add_quantiles({{0.0, 1.0}, {0.9, 2.0}});
      },
      [] {
        (void)LawTables().add_quantiles({{0.0, 1.0}, {0.5, 1.0}, {1.0, 2.0}});
      },
      [] {
        (void)LawTables().add_quantiles({{0.0, 1.0}, {0.5, 3.0}, {0.5, 4.0}, {1.0, 5.0}});
      },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_THROW(wrong[i](), std::invalid_argument) << "case " << i;
  }
  EXPECT_THAT([] { (void)Law::lognormal(1.0, -0.5); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("lognormal: the cv must be at least 0 and finite, got -0.5")));
}

TEST(Laws, samples_are_the_same_in_every_build) {
  LawTables tables;
  auto laws = continuous_laws(tables);
  laws.push_back({"samples", tables.add_samples({1.0, 2.0, 4.0})});
  Fingerprint fingerprint;
  for (const auto& [name, law] : laws) {
    for (std::uint64_t i = 0; i < 20000; ++i) {
      Draws draws = draws_at(i);
      fingerprint.add(std::bit_cast<std::uint64_t>(sample(law, tables, draws)));
      fingerprint.add(static_cast<std::uint64_t>(sample_ns(law, tables, draws)));
      if (i % 200 == 0) {
        const double x = 0.5 * std::min(mean(law, tables), 10.0);
        fingerprint.add(std::bit_cast<std::uint64_t>(sample_residual(law, tables, x, draws)));
        fingerprint.add(std::bit_cast<std::uint64_t>(log_density(law, tables, x)));
        fingerprint.add(std::bit_cast<std::uint64_t>(log_survival(law, tables, x)));
      }
    }
  }
  EXPECT_EQ(fingerprint.value(), 0x498882ca3528d46dULL);
}

}  // namespace
}  // namespace twinvoice::random
