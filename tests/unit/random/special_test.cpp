#include "sim/random/special.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "sim/base/fingerprint.hpp"
#include "tests/unit/random/sampling.hpp"

namespace twinvoice::random {
namespace {

using namespace testing;

long double reference_survival(double z) {
  return 0.5L * std::erfc(static_cast<long double>(z) / std::sqrt(2.0L));
}

TEST(Special, normal_survival_equals_the_complementary_error_function) {
  for (double z = -8.0; z < 37.0; z += 0.0131) {
    const auto want = static_cast<double>(reference_survival(z));
    EXPECT_NEAR(normal_survival(z), want, 1e-13 * want) << z;
    const auto want_log = static_cast<double>(std::log(reference_survival(z)));
    EXPECT_NEAR(log_normal_survival(z), want_log, 1e-13 * std::abs(want_log) + 1e-15 * want) << z;
  }
}

TEST(Special, log_normal_survival_goes_on_where_the_probability_underflows) {
  // log P(Z > z) = -z^2/2 - log(z sqrt(2 pi)) + log(1 - 1/z^2 + ...).
  const double z = 100.0;
  EXPECT_NEAR(log_normal_survival(z), -5000.0 - std::log(z) - kHalfLogTwoPi - 1e-4, 1e-7);
}

TEST(Special, normal_quantile_inverts_the_distribution) {
  // d Phi^-1(p) / dp = 1 / phi, so an error of the quantile shows as a relative error of the tail times z.
  for (double exponent = -300.0; exponent < -0.31; exponent += 0.37) {
    const double p = std::pow(10.0, exponent);
    const double z = -normal_quantile(p);
    EXPECT_NEAR(static_cast<double>(reference_survival(z)) / p, 1.0, 1e-15 * (10.0 + 2.0 * z * z)) << p;
    if (p > 1e-10) {
      EXPECT_NEAR(normal_quantile(1.0 - p), z, 1e-15 / p * 2.0 + 1e-14) << p;
    }
  }
  EXPECT_EQ(normal_quantile(0.5), 0.0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-15);
}

TEST(Special, log_gamma_equals_the_library) {
  for (double x = 1e-4; x < 1e6; x *= 1.0137) {
    const auto want = static_cast<double>(std::lgamma(static_cast<long double>(x)));
    EXPECT_NEAR(log_gamma(x), want, 1e-14 * std::max(1.0, std::abs(want))) << x;
  }
}

TEST(Special, gamma_survival_of_whole_shapes_is_a_poisson_sum) {
  // P(G > x) = exp(-x) (1 + x + ... + x^(k-1) / (k-1)!).
  for (const int shape : {1, 2, 3, 10, 40}) {
    for (double x = 0.01; x < 4.0 * shape + 20.0; x *= 1.1) {
      long double term = 1.0L;
      long double sum = 1.0L;
      for (int n = 1; n < shape; ++n) {
        term *= static_cast<long double>(x) / n;
        sum += term;
      }
      const auto want = static_cast<double>(std::log(sum) - static_cast<long double>(x));
      EXPECT_NEAR(log_gamma_survival(shape, x), want, 1e-12 * std::abs(want) + 1e-14) << shape << " " << x;
    }
  }
}

TEST(Special, gamma_survival_of_shape_one_half_is_a_normal_tail) {
  // G = Z^2 / 2 has shape 1/2: P(G > x) = 2 P(Z > sqrt(2 x)).
  for (double x = 1e-6; x < 300.0; x *= 1.13) {
    const auto want = static_cast<double>(std::log(2.0L * reference_survival(std::sqrt(2.0 * x))));
    EXPECT_NEAR(log_gamma_survival(0.5, x), want, 1e-12 * std::abs(want) + 1e-14) << x;
  }
}

TEST(Special, bits_are_the_same_in_every_build) {
  Fingerprint fingerprint;
  Draws draws = draws_at(5);
  const auto add = [&](double value) { fingerprint.add(std::bit_cast<std::uint64_t>(value)); };
  for (int i = 0; i < 20000; ++i) {
    const double u = draws.next_uniform();
    const double v = draws.next_uniform();
    add(normal_quantile(u));
    add(normal_quantile(u * v * v * v));
    add(log_normal_survival(50.0 * u - 10.0));
    add(log_gamma(30.0 * u));
    add(log_gamma_survival(20.0 * u, 40.0 * v));
  }
  EXPECT_EQ(fingerprint.value(), 0xb6cae7580b8d5ed9ULL);
}

}  // namespace
}  // namespace twinvoice::random
