#include "sim/random/elementary.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>

#include "sim/base/fingerprint.hpp"
#include "tests/unit/random/sampling.hpp"

namespace twinvoice::random {
namespace {

using namespace testing;

constexpr int kPoints = 400000;

/// |got - want| in units in the last place of want. Extended precision judges the functions; it takes no part in them.
double ulps(double got, long double want) {
  int exponent = 0;
  (void)std::frexp(static_cast<double>(want), &exponent);
  const long double unit = std::ldexp(1.0L, std::max(exponent - 53, -1074));
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
}

/// Largest error over points x(u, v) of two uniforms.
template <class Point, class Ours, class Reference>
double worst(Point point, Ours ours, Reference reference) {
  double largest = 0.0;
  Draws draws = draws_at(1);
  for (int i = 0; i < kPoints; ++i) {
    const double u = draws.next_uniform();
    const double v = draws.next_uniform();
    const double x = point(u, v);
    largest = std::max(largest, ulps(ours(x), reference(static_cast<long double>(x))));
  }
  return largest;
}

/// A positive double with a random exponent and significand.
double any_normal(double u, double v) {
  const auto exponent = static_cast<std::uint64_t>(1.0 + u * 2046.0);
  return std::bit_cast<double>((exponent << 52U) | static_cast<std::uint64_t>(v * 0x1p52));
}
const auto kLog = [](double x) { return log(x); };
const auto kExp = [](double x) { return exp(x); };
const auto kReferenceLog = [](long double x) { return std::log(x); };
const auto kReferenceExp = [](long double x) { return std::exp(x); };

TEST(Elementary, log_is_within_one_ulp) {
  EXPECT_LT(worst(any_normal, kLog, kReferenceLog), 1.0);
  EXPECT_LT(worst([](double u, double) { return u; }, kLog, kReferenceLog), 1.0);
  EXPECT_LT(worst([](double u, double) { return 0.98 + 0.04 * u; }, kLog, kReferenceLog), 1.0);
  EXPECT_LT(worst([](double u, double) { return u * 0x1p-1023; }, kLog, kReferenceLog), 2.0);
}

TEST(Elementary, exp_is_within_one_ulp) {
  EXPECT_LT(worst([](double u, double) { return 1416.0 * (u - 0.5); }, kExp, kReferenceExp), 1.0);
  EXPECT_LT(worst([](double u, double) { return 4.0 * (u - 0.5); }, kExp, kReferenceExp), 1.0);
  EXPECT_LT(worst([](double u, double) { return 708.0 + 1.78 * u; }, kExp, kReferenceExp), 4.0);
  EXPECT_LT(worst([](double u, double) { return -708.0 - 37.0 * u; }, kExp, kReferenceExp), 4.0);
}

TEST(Elementary, log1p_and_expm1_keep_small_arguments) {
  const auto small = [](double u, double v) {
    return std::ldexp(2.0 * v - 1.0, static_cast<int>(-60.0 * u));
  };
  const auto wide = [](double u, double) { return 40.0 * u - 20.0; };
  EXPECT_LT(worst([](double u, double) { return 100.0 * u; }, [](double x) { return log1p(x); },
                  [](long double x) { return std::log1p(x); }),
            3.0);
  EXPECT_LT(worst(
                small, [](double x) { return log1p(x); }, [](long double x) { return std::log1p(x); }),
            3.0);
  EXPECT_LT(worst(
                small, [](double x) { return expm1(x); }, [](long double x) { return std::expm1(x); }),
            3.0);
  EXPECT_LT(worst(
                wide, [](double x) { return expm1(x); }, [](long double x) { return std::expm1(x); }),
            3.0);
}

TEST(Elementary, sine_and_cosine_are_within_two_ulp) {
  for (const double range : {3.0, 2000.0, 2097152.0}) {
    const auto point = [range](double u, double) { return range * (u - 0.5); };
    EXPECT_LT(worst(
                  point, [](double x) { return sin(x); }, [](long double x) { return std::sin(x); }),
              2.0)
        << range;
    EXPECT_LT(worst(
                  point, [](double x) { return cos(x); }, [](long double x) { return std::cos(x); }),
              2.0)
        << range;
  }
}

TEST(Elementary, pow_keeps_its_relative_error) {
  Draws draws = draws_at(2);
  for (int i = 0; i < kPoints; ++i) {
    const double x =
        std::ldexp(1.0 + draws.next_uniform(), static_cast<int>(80.0 * draws.next_uniform()) - 40);
    const double y = 12.0 * (draws.next_uniform() - 0.5);
    const long double want = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    const long double bound = 0x1p-52L * (2.0L + std::fabs(y * std::log(static_cast<long double>(x))));
    ASSERT_LT(std::fabs(static_cast<long double>(pow(x, y)) / want - 1.0L), bound) << x << " ^ " << y;
  }
}

TEST(Elementary, special_arguments_have_their_limits) {
  EXPECT_EQ(log(0.0), -kInfinity);
  EXPECT_EQ(log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(log(-1.0)));
  EXPECT_EQ(log(1.0), 0.0);
  EXPECT_EQ(exp(0.0), 1.0);
  EXPECT_EQ(exp(kInfinity), kInfinity);
  EXPECT_EQ(exp(-kInfinity), 0.0);
  EXPECT_EQ(exp(1000.0), kInfinity);
  EXPECT_EQ(exp(-1000.0), 0.0);
  EXPECT_TRUE(std::isnan(exp(std::nan(""))));
  EXPECT_EQ(log1p(0.0), 0.0);
  EXPECT_EQ(log1p(-1.0), -kInfinity);
  EXPECT_TRUE(std::isnan(log1p(-1.5)));
  EXPECT_EQ(log1p(kInfinity), kInfinity);
  EXPECT_EQ(expm1(0.0), 0.0);
  EXPECT_EQ(expm1(-kInfinity), -1.0);
  EXPECT_EQ(pow(0.0, 2.0), 0.0);
  EXPECT_EQ(pow(0.0, 0.0), 1.0);
  EXPECT_EQ(pow(0.0, -1.0), kInfinity);
  EXPECT_EQ(sin(0.0), 0.0);
  EXPECT_EQ(cos(0.0), 1.0);
  EXPECT_TRUE(std::isnan(sin(0x1p21)));
}

TEST(Elementary, functions_are_monotone_where_it_matters) {
  Draws draws = draws_at(3);
  for (int i = 0; i < kPoints; ++i) {
    const double x = any_normal(draws.next_uniform(), draws.next_uniform());
    const double next = std::nextafter(x, kInfinity);
    ASSERT_LE(log(x), log(next)) << x;
    const double y = 100.0 * (draws.next_uniform() - 0.5);
    ASSERT_LE(exp(y), exp(y + 1e-12)) << y;
  }
}

TEST(ElementaryTables, equal_their_formulas) {
  for (std::size_t i = 0; i < detail::kLogTable.size(); ++i) {
    const detail::LogEntry& entry = detail::kLogTable[i];
    const long double centre = entry.centre;
    EXPECT_EQ(entry.inverse, static_cast<double>(1.0L / centre)) << i;
    EXPECT_NEAR(static_cast<double>(std::log(centre) - entry.log_high - entry.log_low), 0.0, 1e-19) << i;
    EXPECT_EQ(entry.log_high * 0x1p42, std::round(entry.log_high * 0x1p42)) << i;
  }
  for (std::size_t i = 0; i < detail::kExpTable.size(); ++i) {
    const detail::ExpEntry& entry = detail::kExpTable[i];
    const long double power = std::exp2(static_cast<long double>(i) / 128.0L);
    EXPECT_EQ(entry.power, static_cast<double>(power)) << i;
    EXPECT_NEAR(entry.tail, static_cast<double>((power - entry.power) / entry.power), 2e-19) << i;
  }
}

// One hash over a million points of every function. It is the promise of the same bits: it must hold for each compiler,
// optimisation level and instruction set. If it fails, look first for contraction to fused multiply-add.
TEST(Elementary, bits_are_the_same_in_every_build) {
  Fingerprint fingerprint;
  Draws draws = draws_at(4);
  const auto add = [&](double value) { fingerprint.add(std::bit_cast<std::uint64_t>(value)); };
  for (int i = 0; i < 125000; ++i) {
    const double u = draws.next_uniform();
    const double v = draws.next_uniform();
    const double x = any_normal(u, v);
    add(log(x));
    add(log(u));
    add(exp(1500.0 * (u - 0.5)));
    add(log1p(4.0 * u - 0.9));
    add(expm1(2.0 * u - 1.0));
    add(pow(u, 4.0 * v));
    add(sin(1000.0 * u));
    add(cos(1000.0 * u));
  }
  EXPECT_EQ(fingerprint.value(), 0x642efa19b01c184eULL);
}

}  // namespace
}  // namespace twinvoice::random
