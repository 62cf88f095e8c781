#include "sim/random/elementary.hpp"

#include <limits>

namespace twinvoice::random {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// sin(r + r_low) for |r| <= pi/4: the Taylor series to r^17, whose next term is below 2^-63.
double sin_kernel(double r, double r_low) noexcept {
  const double r2 = r * r;
  double sum = 1.0 / 355687428096000.0;
  sum = sum * r2 - 1.0 / 1307674368000.0;
  sum = sum * r2 + 1.0 / 6227020800.0;
  sum = sum * r2 - 1.0 / 39916800.0;
  sum = sum * r2 + 1.0 / 362880.0;
  sum = sum * r2 - 1.0 / 5040.0;
  sum = sum * r2 + 1.0 / 120.0;
  sum = sum * r2 - 1.0 / 6.0;
  return r + (r_low * (1.0 - 0.5 * r2) + r * r2 * sum);
}

/// cos(r + r_low) for |r| <= pi/4: the Taylor series to r^16; 1 - r^2/2 keeps the rounding error of its
/// difference.
double cos_kernel(double r, double r_low) noexcept {
  const double r2 = r * r;
  double sum = 1.0 / 20922789888000.0;
  sum = sum * r2 - 1.0 / 87178291200.0;
  sum = sum * r2 + 1.0 / 479001600.0;
  sum = sum * r2 - 1.0 / 3628800.0;
  sum = sum * r2 + 1.0 / 40320.0;
  sum = sum * r2 - 1.0 / 720.0;
  sum = sum * r2 + 1.0 / 24.0;
  const double half = 0.5 * r2;
  const double lead = 1.0 - half;
  return lead + (((1.0 - lead) - half) + (r2 * r2 * sum - r * r_low));
}

/// x = quadrant * pi/2 + (r + r_low), |r| <= pi/4 (W. Cody, W. Waite, "Software manual for the elementary
/// functions", 1980).
struct Quadrant {
  double r;
  double r_low;
  unsigned quadrant;
};

Quadrant reduce(double x) noexcept {
  constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
  constexpr double kHalfPi1 = 0x1.921fb544p+0;  // 33 bits each: products with up to 2^20 quadrants are exact
  constexpr double kHalfPi2 = 0x1.0b4611a6p-34;
  constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;
  constexpr double kShift = 0x1.8p52;
  const double shifted = x * kTwoOverPi + kShift;
  const double n = shifted - kShift;
  const double first = x - n * kHalfPi1;
  const double second = n * kHalfPi2;
  const double sum = first - second;
  const double sum_rest = (first - sum) - second;
  const double correction = sum_rest - n * kHalfPi3;
  const double r = sum + correction;
  return {r, (sum - r) + correction, static_cast<unsigned>(std::bit_cast<std::uint64_t>(shifted) & 3U)};
}

double quarter_wave(double x, unsigned quarter_turns) noexcept {
  if (!(x >= -0x1p20 && x <= 0x1p20)) {
    return kNaN;
  }
  const Quadrant at = reduce(x);
  switch ((at.quadrant + quarter_turns) & 3U) {
    case 0: return sin_kernel(at.r, at.r_low);
    case 1: return cos_kernel(at.r, at.r_low);
    case 2: return -sin_kernel(at.r, at.r_low);
    default: return -cos_kernel(at.r, at.r_low);
  }
}

}  // namespace

namespace detail {

double log_special(double x) noexcept {
  if (x > 0.0 && x < kInfinity) {  // subnormal: 2^54 x is normal
    constexpr double kLn2High = 0x1.62e42fefa38p-1;
    constexpr double kLn2Low = 0x1.ef35793c7673p-45;
    return (log_normal_range(x * 0x1p54) - 54.0 * kLn2High) - 54.0 * kLn2Low;
  }
  if (x == 0.0) {
    return -kInfinity;
  }
  return x > 0.0 ? kInfinity : kNaN;
}

double exp_special(double x) noexcept {
  if (x > 0.0) {
    // exp(x) = exp(x - 64) e^32 e^32, the constant rounded once.
    return x < 709.8 ? exp_normal_range(x - 64.0) * 0x1.1f43fcc4b662cp+46 * 0x1.1f43fcc4b662cp+46 : kInfinity;
  }
  if (x <= 0.0) {
    return x > -746.0 ? exp_normal_range(x + 64.0) * 0x1.c8464f7616468p-47 * 0x1.c8464f7616468p-47 : 0.0;
  }
  return kNaN;
}

}  // namespace detail

double log1p(double x) noexcept {
  // log(s) with s = 1 + x rounded, plus the rounding error of s relative to s.
  const double s = 1.0 + x;
  if (!(s > 0.0) || !(s < kInfinity)) {
    return log(s);
  }
  const double error = x >= 1.0 ? 1.0 - (s - x) : x - (s - 1.0);
  return log(s) + error / s;
}

double expm1(double x) noexcept {
  if (x < -0.35 || x > 0.35) {
    return exp(x) - 1.0;
  }
  // Taylor: the term after x^14 / 14! is below 2^-60 of the leading one.
  double sum = 1.0 / 87178291200.0;
  sum = sum * x + 1.0 / 6227020800.0;
  sum = sum * x + 1.0 / 479001600.0;
  sum = sum * x + 1.0 / 39916800.0;
  sum = sum * x + 1.0 / 3628800.0;
  sum = sum * x + 1.0 / 362880.0;
  sum = sum * x + 1.0 / 40320.0;
  sum = sum * x + 1.0 / 5040.0;
  sum = sum * x + 1.0 / 720.0;
  sum = sum * x + 1.0 / 120.0;
  sum = sum * x + 1.0 / 24.0;
  sum = sum * x + 1.0 / 6.0;
  sum = sum * x + 0.5;
  return x + x * x * sum;
}

double pow(double x, double y) noexcept {
  if (y == 0.0 || x == 1.0) {
    return 1.0;
  }
  return exp(y * log(x));
}

double sin(double x) noexcept { return quarter_wave(x, 0); }
double cos(double x) noexcept { return quarter_wave(x, 1); }

}  // namespace twinvoice::random
