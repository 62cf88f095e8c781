// Laws of durations: demands, lives, repairs, decisions of people. All values in seconds, never negative.
//
// A Law is a small plain record; the two empirical kinds refer to rows of a LawTables, which is why every
// function takes both. Constructors check their arguments and throw std::invalid_argument (control plane);
// everything else is noexcept.
//
//   kind               parameters                mean                         remarks
//   constant           value >= 0                value
//   exponential        mean > 0                  mean
//   lognormal          mean > 0, cv >= 0         mean                         cv = 0 is the constant
//   gamma              mean > 0, 0 <= cv <= 100  mean                         shape 1/cv^2; cv = 0: constant
//   Erlang             stages >= 1, mean > 0     mean                         the gamma of that shape
//   hyper-exponential  probability p, two means  p m1 + (1 - p) m2            a mixture of two exponentials
//   Weibull            shape > 0, scale > 0      scale Gamma(1 + 1/shape)     P(X > x) =
//   exp(-(x/scale)^shape) Pareto             shape > 0, minimum > 0    shape minimum / (shape - 1)  type I:
//   P(X > x) =
//                                                                             (minimum/x)^shape, x >= minimum
//   uniform            0 <= low < high           (low + high) / 2
//   samples            values >= 0               their mean                   each value equally likely
//   quantiles          points (level, value)     of the stretches             linear from level 0 to level 1
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/random/draw.hpp"
#include "sim/random/standard.hpp"

namespace twinvoice::random {

enum class LawKind : std::uint8_t {
  kConstant,
  kExponential,
  kLognormal,
  kGamma,
  kHyperExponential,
  kWeibull,
  kPareto,
  kUniform,
  kSamples,
  kQuantiles,
};

/// One law, 48 bytes, trivially copyable. Make it with the named constructors below or with LawTables. The
/// letters:
///   constant           a = value
///   exponential        a = mean
///   lognormal          a, b = mean and standard deviation of the logarithm
///   gamma, Erlang      a = shape, b = scale, c and d = its GammaSampler
///   hyper-exponential  a = probability of the first phase, b and c = the means
///   Weibull            a = shape, b = scale
///   Pareto             a = shape, b = minimum
///   uniform            a = low, b = high
///   samples, quantiles rows [first, first + count) of the LawTables
struct Law {
  LawKind kind = LawKind::kConstant;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  double a = 0.0;
  double b = 0.0;
  double c = 0.0;
  double d = 0.0;

  [[nodiscard]] static Law constant(double value_s);
  [[nodiscard]] static Law exponential(double mean_s);
  [[nodiscard]] static Law lognormal(double mean_s, double cv);
  [[nodiscard]] static Law gamma(double mean_s, double cv);
  [[nodiscard]] static Law erlang(int stages, double mean_s);
  /// With `probability` (in (0, 1)) an exponential of `first_mean_s`, else one of `second_mean_s`.
  [[nodiscard]] static Law hyper_exponential(double probability, double first_mean_s, double second_mean_s);
  /// The two-phase law of that mean and cv >= 1 with balanced means, p m1 = (1 - p) m2 (H. Tijms, "A First
  /// Course in Stochastic Models", appendix B).
  [[nodiscard]] static Law hyper_exponential(double mean_s, double cv);
  [[nodiscard]] static Law weibull(double shape, double scale_s);
  [[nodiscard]] static Law pareto(double shape, double minimum_s);
  [[nodiscard]] static Law uniform(double low_s, double high_s);
};
static_assert(sizeof(Law) == 48 && std::is_trivially_copyable_v<Law>);

/// The values behind empirical laws; append only, so a Law made from it stays valid.
class LawTables {
 public:
  /// Each of `values_s` (at least one, each >= 0) with the same probability; repeated values count
  /// repeatedly.
  [[nodiscard]] Law add_samples(std::vector<double> values_s);

  /// Points (level, value in s) of the quantile function, at least two: levels strictly increasing from 0 to
  /// 1, values strictly increasing and >= 0; linear in between.
  [[nodiscard]] Law add_quantiles(const std::vector<std::pair<double, double>>& points);

  /// Row i: a value in s, and the probability of values up to it. Both increase within the rows of one law.
  [[nodiscard]] double value_s(std::size_t row) const noexcept { return values_s_[row]; }
  [[nodiscard]] double level(std::size_t row) const noexcept { return levels_[row]; }
  [[nodiscard]] std::size_t rows() const noexcept { return values_s_.size(); }

 private:
  [[nodiscard]] Law append(LawKind kind, const std::vector<double>& values_s,
                           const std::vector<double>& levels);

  std::vector<double> values_s_;
  std::vector<double> levels_;
};

/// One value in s. Takes one word of `draws` (constant: none; hyper-exponential: two; exponential, gamma: one
/// or more).
[[nodiscard]] double sample(const Law& law, const LawTables& tables, Draws& draws) noexcept;

/// One value in ns, rounded half up and capped as by from_seconds.
[[nodiscard]] inline Nanos sample_ns(const Law& law, const LawTables& tables, Draws& draws) noexcept {
  if (law.kind == LawKind::kExponential) [[likely]] {
    return from_seconds(law.a * standard_exponential(draws));
  }
  return from_seconds(sample(law, tables, draws));
}

/// What remains of a value that is known to exceed `age_s`: X - age given X > age. 0 when no value exceeds
/// it.
[[nodiscard]] double sample_residual(const Law& law, const LawTables& tables, double age_s,
                                     Draws& draws) noexcept;

/// Mean in s and variance in s^2; infinity where the integral diverges (Pareto of shape <= 1, <= 2).
[[nodiscard]] double mean(const Law& law, const LawTables& tables) noexcept;
[[nodiscard]] double variance(const Law& law, const LawTables& tables) noexcept;

/// Coefficient of variation, standard deviation / mean; 0 for a constant, infinity where the variance
/// diverges.
[[nodiscard]] double cv(const Law& law, const LawTables& tables) noexcept;

/// P(X > x), its logarithm (also where the former underflows), and P(X <= x).
[[nodiscard]] double survival(const Law& law, const LawTables& tables, double x_s) noexcept;
[[nodiscard]] double log_survival(const Law& law, const LawTables& tables, double x_s) noexcept;
[[nodiscard]] double cdf(const Law& law, const LawTables& tables, double x_s) noexcept;

/// Logarithm of the density at x, per s; for constant and samples, whose values are atoms, of the probability
/// of exactly x. -infinity outside the support.
[[nodiscard]] double log_density(const Law& law, const LawTables& tables, double x_s) noexcept;

/// Rate of ending at `age_s` given that it has lasted so long, density / survival, per s; for atoms, P(X =
/// age) / P(X >= age). Infinity beyond the support.
[[nodiscard]] double hazard(const Law& law, const LawTables& tables, double age_s) noexcept;

}  // namespace twinvoice::random
