// What is known of a law without drawing: moments, distribution, density, hazard.
#include <cmath>

#include "sim/random/laws.hpp"
#include "sim/random/special.hpp"

namespace twinvoice::random {

namespace {

/// log(exp(x) + exp(y)) without overflow.
double log_sum(double x, double y) noexcept {
  const double high = x > y ? x : y;
  if (high == -kInfinity) {
    return high;
  }
  const double low = x > y ? y : x;
  return high + log1p(exp(low - high));
}

/// Number of values of a law of kind samples that are <= x, or < x if `strictly`.
std::size_t values_up_to(const Law& law, const LawTables& tables, double x_s, bool strictly) noexcept {
  std::size_t low = 0;
  std::size_t high = law.count;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const double value_s = tables.value_s(law.first + middle);
    if (strictly ? value_s < x_s : value_s <= x_s) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// For a law of kind quantiles: the row at which the stretch that holds x begins; the caller has x within the
/// support.
std::size_t stretch_of(const Law& law, const LawTables& tables, double x_s) noexcept {
  const std::size_t below = values_up_to(law, tables, x_s, false);
  const std::size_t last = law.count - 2;
  return law.first + (below == 0 ? 0 : (below - 1 < last ? below - 1 : last));
}

double quantiles_cdf(const Law& law, const LawTables& tables, double x_s) noexcept {
  if (x_s <= tables.value_s(law.first)) {
    return 0.0;
  }
  if (x_s >= tables.value_s(law.first + law.count - 1)) {
    return 1.0;
  }
  const std::size_t row = stretch_of(law, tables, x_s);
  const double share = (x_s - tables.value_s(row)) / (tables.value_s(row + 1) - tables.value_s(row));
  return tables.level(row) + share * (tables.level(row + 1) - tables.level(row));
}

/// The k-th moment about `centre` (k = 1 or 2) of an empirical law.
double empirical_moment(const Law& law, const LawTables& tables, double centre, int k) noexcept {
  double sum = 0.0;
  if (law.kind == LawKind::kSamples) {
    for (std::size_t row = law.first; row < law.first + law.count; ++row) {
      const double x = tables.value_s(row) - centre;
      sum += k == 1 ? x : x * x;
    }
    return sum / law.count;
  }
  for (std::size_t row = law.first; row + 1 < law.first + law.count; ++row) {
    // Uniform on [x, y]: E X = (x + y) / 2, E X^2 = (x^2 + x y + y^2) / 3.
    const double x = tables.value_s(row) - centre;
    const double y = tables.value_s(row + 1) - centre;
    const double weight = tables.level(row + 1) - tables.level(row);
    sum += weight * (k == 1 ? 0.5 * (x + y) : (x * x + x * y + y * y) / 3.0);
  }
  return sum;
}

double gamma_log_density(const Law& law, double x_s) noexcept {
  const double y = x_s / law.b;
  const double power = law.a == 1.0 ? 0.0 : (law.a - 1.0) * log(y);
  return power - y - log_gamma(law.a) - log(law.b);
}

double weibull_log_density(const Law& law, double x_s) noexcept {
  const double y = x_s / law.b;
  const double power = law.a == 1.0 ? 0.0 : (law.a - 1.0) * log(y);
  return log(law.a / law.b) + power - pow(y, law.a);
}

double lognormal_log_density(const Law& law, double x_s) noexcept {
  if (!(x_s > 0.0)) {
    return -kInfinity;
  }
  const double log_x = log(x_s);
  const double z = (log_x - law.a) / law.b;
  return -log_x - log(law.b) - kHalfLogTwoPi - 0.5 * z * z;
}

double quantiles_log_density(const Law& law, const LawTables& tables, double x_s) noexcept {
  if (x_s < tables.value_s(law.first) || x_s > tables.value_s(law.first + law.count - 1)) {
    return -kInfinity;
  }
  const std::size_t row = stretch_of(law, tables, x_s);
  return log((tables.level(row + 1) - tables.level(row)) / (tables.value_s(row + 1) - tables.value_s(row)));
}

double samples_log_mass(const Law& law, const LawTables& tables, double x_s) noexcept {
  const std::size_t equal = values_up_to(law, tables, x_s, false) - values_up_to(law, tables, x_s, true);
  return log(static_cast<double>(equal) / static_cast<double>(law.count));
}

}  // namespace

double mean(const Law& law, const LawTables& tables) noexcept {
  switch (law.kind) {
    case LawKind::kConstant:
    case LawKind::kExponential: return law.a;
    case LawKind::kLognormal: return exp(law.a + 0.5 * law.b * law.b);
    case LawKind::kGamma: return law.a * law.b;
    case LawKind::kHyperExponential: return law.a * law.b + (1.0 - law.a) * law.c;
    case LawKind::kWeibull: return law.b * exp(log_gamma(1.0 + 1.0 / law.a));
    case LawKind::kPareto: return law.a > 1.0 ? law.a * law.b / (law.a - 1.0) : kInfinity;
    case LawKind::kUniform: return 0.5 * (law.a + law.b);
    case LawKind::kSamples:
    case LawKind::kQuantiles: return empirical_moment(law, tables, 0.0, 1);
  }
  return 0.0;
}

double variance(const Law& law, const LawTables& tables) noexcept {
  const double m = mean(law, tables);
  switch (law.kind) {
    case LawKind::kConstant: return 0.0;
    case LawKind::kExponential: return m * m;
    case LawKind::kLognormal: return m * m * expm1(law.b * law.b);
    case LawKind::kGamma: return m * law.b;
    case LawKind::kHyperExponential:
      return 2.0 * (law.a * law.b * law.b + (1.0 - law.a) * law.c * law.c) - m * m;
    case LawKind::kWeibull:  // E X^2 / (E X)^2 - 1
      return m * m * expm1(log_gamma(1.0 + 2.0 / law.a) - 2.0 * log_gamma(1.0 + 1.0 / law.a));
    case LawKind::kPareto: return law.a > 2.0 ? m * m / (law.a * (law.a - 2.0)) : kInfinity;
    case LawKind::kUniform: return (law.b - law.a) * (law.b - law.a) / 12.0;
    case LawKind::kSamples:
    case LawKind::kQuantiles: return empirical_moment(law, tables, m, 2);
  }
  return 0.0;
}

double cv(const Law& law, const LawTables& tables) noexcept {
  const double spread = variance(law, tables);
  if (!(spread > 0.0) || spread >= kInfinity) {
    return spread > 0.0 ? kInfinity : 0.0;
  }
  return std::sqrt(spread) / mean(law, tables);
}

double log_survival(const Law& law, const LawTables& tables, double x_s) noexcept {
  if (x_s < 0.0) {
    return 0.0;
  }
  switch (law.kind) {
    case LawKind::kConstant: return x_s < law.a ? 0.0 : -kInfinity;
    case LawKind::kExponential: return -x_s / law.a;
    case LawKind::kLognormal: return x_s > 0.0 ? log_normal_survival((log(x_s) - law.a) / law.b) : 0.0;
    case LawKind::kGamma: return log_gamma_survival(law.a, x_s / law.b);
    case LawKind::kHyperExponential: return log_sum(log(law.a) - x_s / law.b, log1p(-law.a) - x_s / law.c);
    case LawKind::kWeibull: return -pow(x_s / law.b, law.a);
    case LawKind::kPareto: return x_s > law.b ? -law.a * log(x_s / law.b) : 0.0;
    case LawKind::kUniform:
      return x_s <= law.a ? 0.0 : (x_s < law.b ? log((law.b - x_s) / (law.b - law.a)) : -kInfinity);
    case LawKind::kSamples:
      return log(static_cast<double>(law.count - values_up_to(law, tables, x_s, false)) /
                 static_cast<double>(law.count));
    case LawKind::kQuantiles: return log(1.0 - quantiles_cdf(law, tables, x_s));
  }
  return 0.0;
}

double survival(const Law& law, const LawTables& tables, double x_s) noexcept {
  return exp(log_survival(law, tables, x_s));
}

double cdf(const Law& law, const LawTables& tables, double x_s) noexcept {
  if (law.kind == LawKind::kQuantiles) {
    return quantiles_cdf(law, tables, x_s);
  }
  const double below = -expm1(log_survival(law, tables, x_s));
  return below > 0.0 ? below : 0.0;  // no -0
}

double log_density(const Law& law, const LawTables& tables, double x_s) noexcept {
  if (x_s < 0.0) {
    return -kInfinity;
  }
  switch (law.kind) {
    case LawKind::kConstant: return x_s == law.a ? 0.0 : -kInfinity;
    case LawKind::kExponential: return -log(law.a) - x_s / law.a;
    case LawKind::kLognormal: return lognormal_log_density(law, x_s);
    case LawKind::kGamma: return gamma_log_density(law, x_s);
    case LawKind::kHyperExponential:
      return log_sum(log(law.a / law.b) - x_s / law.b, log((1.0 - law.a) / law.c) - x_s / law.c);
    case LawKind::kWeibull: return weibull_log_density(law, x_s);
    case LawKind::kPareto:
      return x_s < law.b ? -kInfinity : log(law.a / law.b) - (law.a + 1.0) * log(x_s / law.b);
    case LawKind::kUniform: return x_s < law.a || x_s > law.b ? -kInfinity : -log(law.b - law.a);
    case LawKind::kSamples: return samples_log_mass(law, tables, x_s);
    case LawKind::kQuantiles: return quantiles_log_density(law, tables, x_s);
  }
  return -kInfinity;
}

double hazard(const Law& law, const LawTables& tables, double age_s) noexcept {
  if (law.kind == LawKind::kExponential && age_s >= 0.0) {
    return 1.0 / law.a;
  }
  const bool atoms = law.kind == LawKind::kConstant || law.kind == LawKind::kSamples;
  const double density = log_density(law, tables, age_s);
  double left = log_survival(law, tables, age_s);
  if (atoms && density > -kInfinity) {
    left = log(exp(left) + exp(density));  // P(X >= age): the atom at the age counts as not yet over
  }
  return left > -kInfinity ? exp(density - left) : kInfinity;
}

}  // namespace twinvoice::random
