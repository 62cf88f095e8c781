#include "sim/random/standard.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/random/special.hpp"
#include "tests/unit/random/sampling.hpp"

namespace twinvoice::random {
namespace {

using namespace testing;

constexpr std::uint64_t kVariates = 1000000;

template <class Sampler>
std::vector<double> values_of(Sampler sampler) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < kVariates; ++i) {
    Draws draws = draws_at(i);
    values.push_back(sampler(draws));
  }
  return values;
}

// Area of layer i, in extended precision, from the widths alone.
template <class Density>
void expect_equal_areas(const detail::Ziggurat& layers, Density density) {
  const auto edge = [&](std::size_t i) { return i == 0 ? 0.0L : 0x1p53L * layers[i].width; };
  const long double area = 0x1p53L * layers[0].width * density(edge(255));
  for (std::size_t i = 1; i < 256; ++i) {
    EXPECT_NEAR(static_cast<double>(edge(i) * (density(edge(i - 1)) - density(edge(i))) / area), 1.0, 1e-13)
        << i;
    EXPECT_NEAR(static_cast<double>(layers[i].inside) * 0x1p-53, static_cast<double>(edge(i - 1) / edge(i)),
                1e-15);
  }
}

TEST(Ziggurat, layers_have_the_same_area) {
  const auto exponential = [](long double x) { return std::exp(-x); };
  const auto normal = [](long double x) { return std::exp(-0.5L * x * x); };
  expect_equal_areas(detail::kExponentialLayers, exponential);
  expect_equal_areas(detail::kNormalLayers, normal);

  // The base layer holds the strip below f(r) and the tail beyond r.
  const long double r = detail::kExponentialTail;
  EXPECT_NEAR(static_cast<double>(0x1p53L * detail::kExponentialLayers[0].width - r), 1.0, 1e-14);
  const long double s = detail::kNormalTail;
  const long double tail = std::sqrt(std::acos(-1.0L) / 2.0L) * std::erfc(s / std::sqrt(2.0L));
  EXPECT_NEAR(static_cast<double>(0x1p53L * detail::kNormalLayers[0].width),
              static_cast<double>(s + tail / normal(s)), 1e-14);
}

// False-alarm rate 1e-6.
TEST(Standard, exponential_follows_its_law) {
  const auto values = values_of([](Draws& draws) { return standard_exponential(draws); });
  EXPECT_LT(kolmogorov_distance(values, [](double x) { return 1.0 - std::exp(-x); }), kKolmogorovCritical);
  EXPECT_LT(std::abs(mean_distance(values, 1.0, 1.0)), kNormalCritical);
}

// False-alarm rate 1e-6.
TEST(Standard, exponential_tail_beyond_the_layers_follows_its_law) {
  std::vector<double> tail;
  for (std::uint64_t i = 0; i < 200000; ++i) {
    Draws draws = draws_at(i);
    tail.push_back(detail::exponential_outside(~0ULL << 8U, draws) - detail::kExponentialTail);
  }
  EXPECT_LT(kolmogorov_distance(tail, [](double x) { return 1.0 - std::exp(-x); }), kKolmogorovCritical);
}

// False-alarm rate 1e-6.
TEST(Standard, normal_follows_its_law) {
  const auto values = values_of([](Draws& draws) { return standard_normal(draws); });
  EXPECT_LT(kolmogorov_distance(values, [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }),
            kKolmogorovCritical);
  EXPECT_LT(std::abs(mean_distance(values, 0.0, 1.0)), kNormalCritical);
}

// False-alarm rate 1e-6.
TEST(Standard, normal_tail_beyond_the_layers_follows_its_law) {
  std::vector<double> tail;
  for (std::uint64_t i = 0; i < 200000; ++i) {
    Draws draws = draws_at(i);
    tail.push_back(detail::half_normal_outside(~0ULL << 9U, draws));
  }
  const double all = std::erfc(detail::kNormalTail / std::sqrt(2.0));
  EXPECT_LT(kolmogorov_distance(tail, [all](double z) { return 1.0 - std::erfc(z / std::sqrt(2.0)) / all; }),
            kKolmogorovCritical);
}

// Six shapes, false-alarm rate 1e-6 each.
TEST(Standard, gamma_follows_its_law) {
  for (const double shape : {0.2, 0.9, 1.0, 1.5, 7.0, 400.0}) {
    const GammaSampler sampler = GammaSampler::of(shape);
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 200000; ++i) {
      Draws draws = draws_at(i);
      values.push_back(standard_gamma(shape, sampler, draws));
    }
    EXPECT_LT(
        kolmogorov_distance(values, [=](double x) { return 1.0 - std::exp(log_gamma_survival(shape, x)); }),
        kKolmogorovCritical)
        << shape;
  }
}

TEST(Standard, values_are_positive_at_the_smallest_place) {
  Draws draws = draws_at(0);
  for (std::uint64_t layer = 2; layer < 256; ++layer) {
    EXPECT_GT(detail::at_place(detail::layer_of(detail::kExponentialLayers, layer), detail::place_of(layer)),
              0.0);
    EXPECT_GT(detail::exponential_outside(layer, draws), 0.0);
  }
}

TEST(Standard, equal_keys_give_equal_values_whatever_is_drawn_between) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Draws one = draws_at(i);
    Draws other = draws_at(i);
    Draws between = draws_at(i + 1);
    EXPECT_EQ(standard_exponential(one), standard_exponential(other));
    (void)standard_normal(between);
    EXPECT_EQ(standard_normal(one), standard_normal(other));
    EXPECT_EQ(one.index(), other.index());
  }
}

}  // namespace
}  // namespace twinvoice::random
