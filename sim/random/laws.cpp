// Making laws and drawing from them.
#include "sim/random/laws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "sim/random/special.hpp"

namespace twinvoice::random {

namespace {

void require(bool holds, std::string_view law, std::string_view what, double got) {
  if (!holds) {
    throw std::invalid_argument(fmt::format("{}: {}, got {}", law, what, got));
  }
}

void require_positive(std::string_view law, std::string_view name, double value) {
  require(value > 0.0 && std::isfinite(value), law, fmt::format("{} must be positive and finite", name),
          value);
}

void require_value(std::string_view law, std::string_view name, double value) {
  require(value >= 0.0 && std::isfinite(value), law, fmt::format("{} must be at least 0 and finite", name),
          value);
}

Law gamma_of_shape(double shape, double scale_s) {
  const GammaSampler sampler = GammaSampler::of(shape);
  return {.kind = LawKind::kGamma, .a = shape, .b = scale_s, .c = sampler.centre, .d = sampler.slope};
}

}  // namespace

Law Law::constant(double value_s) {
  require_value("constant", "the value", value_s);
  return {.kind = LawKind::kConstant, .a = value_s};
}

Law Law::exponential(double mean_s) {
  require_positive("exponential", "the mean", mean_s);
  return {.kind = LawKind::kExponential, .a = mean_s};
}

Law Law::lognormal(double mean_s, double cv) {
  require_positive("lognormal", "the mean", mean_s);
  require_value("lognormal", "the cv", cv);
  if (cv == 0.0) {
    return constant(mean_s);
  }
  const double sigma2 = log1p(cv * cv);
  return {.kind = LawKind::kLognormal, .a = log(mean_s) - 0.5 * sigma2, .b = std::sqrt(sigma2)};
}

Law Law::gamma(double mean_s, double cv) {
  require_positive("gamma", "the mean", mean_s);
  require(cv == 0.0 || (cv >= 1e-3 && cv <= 100.0), "gamma", "the cv must be 0 or in [0.001, 100]", cv);
  if (cv == 0.0) {
    return constant(mean_s);
  }
  return gamma_of_shape(1.0 / (cv * cv), mean_s * (cv * cv));
}

Law Law::erlang(int stages, double mean_s) {
  require(stages >= 1 && stages <= 1'000'000, "erlang", "the number of stages must be in [1, 1000000]",
          stages);
  require_positive("erlang", "the mean", mean_s);
  return gamma_of_shape(stages, mean_s / stages);
}

Law Law::hyper_exponential(double probability, double first_mean_s, double second_mean_s) {
  require(probability > 0.0 && probability < 1.0, "hyper-exponential",
          "the probability must be between 0 and 1", probability);
  require_positive("hyper-exponential", "the first mean", first_mean_s);
  require_positive("hyper-exponential", "the second mean", second_mean_s);
  return {.kind = LawKind::kHyperExponential, .a = probability, .b = first_mean_s, .c = second_mean_s};
}

Law Law::hyper_exponential(double mean_s, double cv) {
  require_positive("hyper-exponential", "the mean", mean_s);
  require(cv >= 1.0 && cv <= 1e6, "hyper-exponential", "the cv must be in [1, 1000000]", cv);
  const double cv2 = cv * cv;
  // The rarer phase has probability (1 - s) / 2 with s^2 = (cv2 - 1) / (cv2 + 1); 1 - s = (1 - s^2) / (1 +
  // s).
  const double s = std::sqrt((cv2 - 1.0) / (cv2 + 1.0));
  const double rare = 1.0 / ((cv2 + 1.0) * (1.0 + s));
  return hyper_exponential(1.0 - rare, 0.5 * mean_s / (1.0 - rare), 0.5 * mean_s / rare);
}

Law Law::weibull(double shape, double scale_s) {
  require_positive("weibull", "the shape", shape);
  require_positive("weibull", "the scale", scale_s);
  return {.kind = LawKind::kWeibull, .a = shape, .b = scale_s};
}

Law Law::pareto(double shape, double minimum_s) {
  require_positive("pareto", "the shape", shape);
  require_positive("pareto", "the minimum", minimum_s);
  return {.kind = LawKind::kPareto, .a = shape, .b = minimum_s};
}

Law Law::uniform(double low_s, double high_s) {
  require_value("uniform", "the lower end", low_s);
  require_value("uniform", "the upper end", high_s);
  require(low_s < high_s, "uniform", fmt::format("the upper end must exceed the lower end {}", low_s),
          high_s);
  return {.kind = LawKind::kUniform, .a = low_s, .b = high_s};
}

Law LawTables::append(LawKind kind, const std::vector<double>& values_s, const std::vector<double>& levels) {
  if (values_s.size() > std::numeric_limits<std::uint32_t>::max() - values_s_.size()) {
    throw std::invalid_argument("empirical laws: more than 2^32 rows in all");
  }
  const Law law{.kind = kind,
                .first = static_cast<std::uint32_t>(values_s_.size()),
                .count = static_cast<std::uint32_t>(values_s.size())};
  values_s_.insert(values_s_.end(), values_s.begin(), values_s.end());
  levels_.insert(levels_.end(), levels.begin(), levels.end());
  return law;
}

Law LawTables::add_samples(std::vector<double> values_s) {
  require(!values_s.empty(), "samples", "at least one value is needed", 0.0);
  for (const double value : values_s) {
    require_value("samples", "each value", value);
  }
  std::sort(values_s.begin(), values_s.end());
  std::vector<double> levels(values_s.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = static_cast<double>(i + 1) / static_cast<double>(levels.size());
  }
  return append(LawKind::kSamples, values_s, levels);
}

Law LawTables::add_quantiles(const std::vector<std::pair<double, double>>& points) {
  require(points.size() >= 2, "quantiles", "at least two points are needed",
          static_cast<double>(points.size()));
  require(points.front().first == 0.0, "quantiles", "the first level must be 0", points.front().first);
  require(points.back().first == 1.0, "quantiles", "the last level must be 1", points.back().first);
  std::vector<double> values_s;
  std::vector<double> levels;
  for (const auto& [level, value_s] : points) {
    require_value("quantiles", "each value", value_s);
    require(levels.empty() || level > levels.back(), "quantiles", "levels must be strictly increasing",
            level);
    require(levels.empty() || value_s > values_s.back(), "quantiles", "values must be strictly increasing",
            value_s);
    levels.push_back(level);
    values_s.push_back(value_s);
  }
  return append(LawKind::kQuantiles, values_s, levels);
}

namespace {

/// The value at `level` in (0, 1) of a law of kind quantiles.
double interpolate(const Law& law, const LawTables& tables, double level) noexcept {
  std::size_t low = law.first;
  std::size_t high = low + law.count - 1;
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    (tables.level(middle) <= level ? low : high) = middle;
  }
  const double share = (level - tables.level(low)) / (tables.level(high) - tables.level(low));
  return tables.value_s(low) + share * (tables.value_s(high) - tables.value_s(low));
}

/// Residual of a gamma law by bisection of log P(X > age + r) = log P(X > age) + log u, to the last bit of r:
/// about 60 evaluations. Rejection would not end for ages far in the tail.
double gamma_residual(const Law& law, const LawTables& tables, double age_s, double u) noexcept {
  const double target = log_survival(law, tables, age_s) + log(u);
  if (!std::isfinite(target)) {
    return 0.0;
  }
  double low = 0.0;
  double high = law.b;
  while (log_survival(law, tables, age_s + high) > target) {
    low = high;
    high *= 2.0;
  }
  while (true) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) {
      return middle;
    }
    (log_survival(law, tables, age_s + middle) > target ? low : high) = middle;
  }
}

double lognormal_residual(const Law& law, double age_s, double u) noexcept {
  const double z0 = (log(age_s) - law.a) / law.b;
  const double log_tail = log_normal_survival(z0) + log(u);
  // Where the tail underflows, log P(Z > z) = -z^2/2 to a relative error below 1e-2 in the small step from z0
  // to z.
  const double z = log_tail > -700.0 ? -normal_quantile(exp(log_tail)) : std::sqrt(z0 * z0 - 2.0 * log(u));
  return age_s * expm1(law.b * (z - z0));
}

double hyper_exponential_residual(const Law& law, double age_s, Draws& draws) noexcept {
  // Given survival to the age, phase i has weight p_i exp(-age / m_i); the exponential itself has no memory.
  const double odds = (1.0 - law.a) / law.a * exp(age_s / law.b - age_s / law.c);
  const bool first = draws.next_uniform() * (1.0 + odds) < 1.0;
  return (first ? law.b : law.c) * standard_exponential(draws);
}

double weibull_residual(const Law& law, double age_s, double exponential) noexcept {
  // (X / scale)^shape exceeds (age / scale)^shape by an exponential.
  const double passed = pow(age_s / law.b, law.a);
  if (!(passed > 0.0)) {
    return law.b * pow(exponential, 1.0 / law.a) - age_s;
  }
  return age_s * expm1(log1p(exponential / passed) / law.a);
}

double samples_residual(const Law& law, const LawTables& tables, double age_s, Draws& draws) noexcept {
  std::size_t above = law.first;
  const std::size_t end = above + law.count;
  while (above < end && tables.value_s(above) <= age_s) {
    ++above;
  }
  if (above == end) {
    return 0.0;
  }
  return tables.value_s(above + to_integer_below(draws.next_bits(), end - above)) - age_s;
}

double residual(const Law& law, const LawTables& tables, double age_s, Draws& draws) noexcept {
  switch (law.kind) {
    case LawKind::kConstant: return law.a - age_s;
    case LawKind::kExponential: return law.a * standard_exponential(draws);
    case LawKind::kLognormal: return lognormal_residual(law, age_s, draws.next_uniform());
    case LawKind::kGamma: return gamma_residual(law, tables, age_s, draws.next_uniform());
    case LawKind::kHyperExponential: return hyper_exponential_residual(law, age_s, draws);
    case LawKind::kWeibull: return weibull_residual(law, age_s, standard_exponential(draws));
    case LawKind::kPareto:
      return age_s < law.b ? sample(law, tables, draws) - age_s
                           : age_s * expm1(standard_exponential(draws) / law.a);
    case LawKind::kUniform: {
      const double low = std::max(age_s, law.a);
      return low + (law.b - low) * draws.next_uniform() - age_s;
    }
    case LawKind::kSamples: return samples_residual(law, tables, age_s, draws);
    case LawKind::kQuantiles: {
      const double passed = cdf(law, tables, age_s);
      return passed < 1.0 ? interpolate(law, tables, passed + (1.0 - passed) * draws.next_uniform()) - age_s
                          : 0.0;
    }
  }
  return 0.0;
}

}  // namespace

double sample(const Law& law, const LawTables& tables, Draws& draws) noexcept {
  switch (law.kind) {
    case LawKind::kConstant: return law.a;
    case LawKind::kExponential: return law.a * standard_exponential(draws);
    case LawKind::kLognormal: return exp(law.a + law.b * standard_normal(draws));
    case LawKind::kGamma: return law.b * standard_gamma(law.a, {law.c, law.d}, draws);
    case LawKind::kHyperExponential: {
      const double mean_s = draws.next_uniform() < law.a ? law.b : law.c;
      return mean_s * standard_exponential(draws);
    }
    case LawKind::kWeibull: return law.b * pow(standard_exponential(draws), 1.0 / law.a);
    case LawKind::kPareto: return law.b * exp(standard_exponential(draws) / law.a);
    case LawKind::kUniform: return law.a + (law.b - law.a) * draws.next_uniform();
    case LawKind::kSamples: return tables.value_s(law.first + to_integer_below(draws.next_bits(), law.count));
    case LawKind::kQuantiles: return interpolate(law, tables, draws.next_uniform());
  }
  return 0.0;
}

double sample_residual(const Law& law, const LawTables& tables, double age_s, Draws& draws) noexcept {
  if (!(age_s > 0.0)) {
    return sample(law, tables, draws);
  }
  const double remaining_s = residual(law, tables, age_s, draws);
  return remaining_s > 0.0 ? remaining_s : 0.0;  // rounding may leave it a shade below 0
}

}  // namespace twinvoice::random
