// What the tests of sim/random share: fixed keys, samples and the statistics they are judged by.
//
// Seeds are fixed, so a test passes always or never. The critical values are those of a false-alarm rate of 1e-6 per
// comparison for a fresh seed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "sim/random/laws.hpp"

namespace twinvoice::random::testing {

inline constexpr std::uint64_t kSeed = 20240607;
inline constexpr double kNormalCritical = 4.9;        // P(|Z| > 4.9) = 1e-6
inline constexpr double kKolmogorovCritical = 2.693;  // 2 exp(-2 k^2) = 1e-6
inline constexpr Key kPurpose = purpose_of("test", "value");

/// Draws of the i-th frame of a fixed stream.
[[nodiscard]] inline Draws draws_at(std::uint64_t i, Key purpose = kPurpose) {
  return {Stream::of(kSeed, 0), purpose, root_frame(hash_name("source"), i)};
}

/// sqrt(n) sup |F_n - F| of a sample.
template <class Cdf>
[[nodiscard]] double kolmogorov_distance(std::vector<double> values, Cdf&& cdf) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected = cdf(values[i]);
    distance = std::max(
        {distance, expected - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - expected});
  }
  return std::sqrt(n) * distance;
}

/// Standardised distance of the mean of a sample from `expected`, given the standard deviation of one value.
[[nodiscard]] inline double mean_distance(const std::vector<double>& values, double expected,
                                          double deviation) {
  double sum = 0.0;
  for (const double value : values) {
    sum += value - expected;
  }
  return sum / (deviation * std::sqrt(static_cast<double>(values.size())));
}

/// A law with a name, for messages.
struct NamedLaw {
  const char* name;
  Law law;
};

/// The continuous laws, in shapes that reach every branch of their code.
[[nodiscard]] inline std::vector<NamedLaw> continuous_laws(LawTables& tables) {
  return {
      {"exponential", Law::exponential(0.25)},
      {"lognormal cv 0.8", Law::lognormal(0.012, 0.8)},
      {"lognormal cv 3", Law::lognormal(1800.0, 3.0)},
      {"gamma cv 0.5", Law::gamma(2.0, 0.5)},
      {"gamma cv 2", Law::gamma(2.0, 2.0)},
      {"erlang 3", Law::erlang(3, 0.3)},
      {"hyper-exponential", Law::hyper_exponential(0.9, 0.1, 2.0)},
      {"balanced hyper-exponential cv 3", Law::hyper_exponential(1.0, 3.0)},
      {"weibull 0.7", Law::weibull(0.7, 10.0)},
      {"weibull 3", Law::weibull(3.0, 10.0)},
      {"pareto 2.5", Law::pareto(2.5, 0.2)},
      {"pareto 0.9", Law::pareto(0.9, 1.0)},
      {"uniform", Law::uniform(0.5, 2.0)},
      {"quantiles", tables.add_quantiles({{0.0, 0.1}, {0.5, 1.0}, {0.95, 3.0}, {1.0, 20.0}})},
  };
}

}  // namespace twinvoice::random::testing
