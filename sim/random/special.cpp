#include "sim/random/special.hpp"

#include <cmath>

namespace twinvoice::random {

namespace {

constexpr double kEpsilon = 0x1p-56;  // a term below this share of its sum no longer counts

/// c[0] + c[1] x + ... + c[7] x^7 in three levels, which is half the latency of Horner's seven.
double polynomial7(const double (&c)[8], double x) noexcept {
  const double x2 = x * x;
  const double low = (c[0] + c[1] * x) + x2 * (c[2] + c[3] * x);
  const double high = (c[4] + c[5] * x) + x2 * (c[6] + c[7] * x);
  return low + x2 * x2 * high;
}

// The coefficients of AS 241, as published: numerator and denominator for the centre, the shoulders and the
// far tails.
constexpr double kCentreTop[8] = {
    3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr double kCentreBottom[8] = {1.0,
                                     4.2313330701600911252e+1,
                                     6.8718700749205790830e+2,
                                     5.3941960214247511077e+3,
                                     2.1213794301586595867e+4,
                                     3.9307895800092710610e+4,
                                     2.8729085735721942674e+4,
                                     5.2264952788528545610e+3};
constexpr double kShoulderTop[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                    5.76949722146069140550e0,  3.64784832476320460504e0,
                                    1.27045825245236838258e0,  2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double kShoulderBottom[8] = {1.0,
                                       2.05319162663775882187e0,
                                       1.67638483018380384940e0,
                                       6.89767334985100004550e-1,
                                       1.48103976427480074590e-1,
                                       1.51986665636164571966e-2,
                                       5.47593808499534494600e-4,
                                       1.05075007164441684324e-9};
constexpr double kTailTop[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double kTailBottom[8] = {1.0,
                                   5.99832206555887937690e-1,
                                   1.36929880922735805310e-1,
                                   1.48753612908506148525e-2,
                                   7.86869131145613259100e-4,
                                   1.84631831751005468180e-5,
                                   1.42151175831644588870e-7,
                                   2.04426310338993978564e-15};

/// (1 - Phi(z)) / phi(z) for z >= 2 by Laplace's continued fraction 1/(z + 1/(z + 2/(z + ...))), cut where
/// the rest is below the rounding error.
double mills_ratio(double z) noexcept {
  double denominator = z;
  for (int n = 100; n >= 1; --n) {
    denominator = z + static_cast<double>(n) / denominator;
  }
  return 1.0 / denominator;
}

/// 1 - Phi(z) for 0 <= z < 2: Phi(z) - 1/2 = phi(z) (z + z^3/3 + z^5/15 + ...), all terms positive (G.
/// Marsaglia, "Evaluating the normal distribution", J. Stat. Software 11(4), 2004).
double central_survival(double z) noexcept {
  const double z2 = z * z;
  double term = z;
  double sum = z;
  for (double odd = 3.0; term > sum * kEpsilon; odd += 2.0) {
    term = term * z2 / odd;
    sum += term;
  }
  return 0.5 - exp(-0.5 * z2 - kHalfLogTwoPi) * sum;
}

}  // namespace

double normal_quantile(double p) noexcept {
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) [[likely]] {
    const double r = 0.180625 - q * q;
    return q * polynomial7(kCentreTop, r) / polynomial7(kCentreBottom, r);
  }
  const double r = std::sqrt(-log(q < 0.0 ? p : 1.0 - p));
  const double z = r <= 5.0 ? polynomial7(kShoulderTop, r - 1.6) / polynomial7(kShoulderBottom, r - 1.6)
                            : polynomial7(kTailTop, r - 5.0) / polynomial7(kTailBottom, r - 5.0);
  return q < 0.0 ? -z : z;
}

double normal_survival(double z) noexcept {
  if (z < 0.0) {
    return 1.0 - normal_survival(-z);
  }
  return z < 2.0 ? central_survival(z) : exp(-0.5 * z * z - kHalfLogTwoPi) * mills_ratio(z);
}

double log_normal_survival(double z) noexcept {
  if (z < 0.0) {
    return log1p(-normal_survival(-z));
  }
  return z < 2.0 ? log(central_survival(z)) : (-0.5 * z * z - kHalfLogTwoPi) + log(mills_ratio(z));
}

double log_gamma(double x) noexcept {
  // Stirling's series from 12 on; below, Gamma(x) = Gamma(x + n) / (x (x + 1) ... (x + n - 1)).
  double product = 1.0;
  while (x < 12.0) {
    product *= x;
    x += 1.0;
  }
  const double y = 1.0 / (x * x);
  double series = 1.0 / 156.0;
  series = series * y - 691.0 / 360360.0;
  series = series * y + 1.0 / 1188.0;
  series = series * y - 1.0 / 1680.0;
  series = series * y + 1.0 / 1260.0;
  series = series * y - 1.0 / 360.0;
  series = series * y + 1.0 / 12.0;
  return ((x - 0.5) * log(x) - x) + kHalfLogTwoPi + series / x - log(product);
}

double log_gamma_survival(double a, double x) noexcept {
  if (!(x > 0.0)) {
    return 0.0;
  }
  if (x >= kInfinity) {
    return -kInfinity;
  }
  const double log_front = a * log(x) - x - log_gamma(a);
  if (x < a + 1.0) {
    // P(G <= x) = front (1/a + x/(a(a+1)) + x^2/(a(a+1)(a+2)) + ...), DLMF 8.11.4.
    double term = 1.0 / a;
    double sum = term;
    for (double n = a + 1.0; term > sum * kEpsilon; n += 1.0) {
      term = term * x / n;
      sum += term;
    }
    return log1p(-exp(log_front + log(sum)));
  }
  // P(G > x) = front / (x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))), DLMF 8.9.2, by Lentz's method.
  constexpr double kTiny = 0x1p-1000;
  double b = x + 1.0 - a;
  double c = 1.0 / kTiny;
  double d = 1.0 / b;
  double fraction = d;
  for (double n = 1.0;; n += 1.0) {
    const double numerator = -n * (n - a);
    b += 2.0;
    d = numerator * d + b;
    d = 1.0 / (d == 0.0 ? kTiny : d);
    c = b + numerator / c;
    c = c == 0.0 ? kTiny : c;
    const double change = d * c;
    fraction *= change;
    if (change - 1.0 < 0x1p-51 && change - 1.0 > -0x1p-51) {
      return log_front + log(fraction);
    }
  }
}

}  // namespace twinvoice::random
