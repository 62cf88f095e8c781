// Elementary functions that give the same bits on every compiler, optimisation level and processor.
//
// A C library may choose another algorithm on another processor, so its log and exp are out of bounds in the
// simulated world. These use only + - * / and integer operations, in a fixed order, in IEEE double, rounding
// to nearest. The build must not contract a * b + c into one rounding (-ffp-contract=off) nor use
// -ffast-math.
//
// Method: reduce to a table entry, then a short Taylor polynomial, with the leading terms kept in two doubles
// (P. Tang, "Table-driven implementation of the logarithm function", ACM TOMS 1990, and "... of the
// exponential function", 1989). Errors are in units in the last place (ulp) of the result and are measured by
// the tests.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "sim/random/elementary_tables.hpp"

namespace twinvoice::random {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace detail {

/// log(x) for positive, finite, normal x.
[[nodiscard]] inline double log_normal_range(double x) noexcept {
  constexpr std::uint64_t kLowestSignificand = 0x3fe6000000000000ULL;  // 0.6875
  constexpr double kLn2High = 0x1.62e42fefa38p-1;  // multiple of 2^-42: products with k are exact
  constexpr double kLn2Low = 0x1.ef35793c7673p-45;

  const auto x_bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t offset = x_bits - kLowestSignificand;
  const auto k = static_cast<double>(static_cast<std::int64_t>(offset) >> 52);
  const double z = std::bit_cast<double>(x_bits - (offset & 0xfff0000000000000ULL));
  const LogEntry& entry = kLogTable[(offset >> 45U) & 127U];

  const double r = (z - entry.centre) * entry.inverse;  // the difference is exact
  const double lead = k * kLn2High + entry.log_high;    // exact
  const double high = lead + r;
  const double low = ((lead - high) + r) + (k * kLn2Low + entry.log_low);
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double tail =
      ((1.0 / 3 - r * (1.0 / 4)) + r2 * (1.0 / 5 - r * (1.0 / 6))) + r4 * (1.0 / 7 - r * (1.0 / 8));
  return (low + r2 * (r * tail - 0.5)) + high;
}

[[nodiscard]] double log_special(double x) noexcept;

/// exp(x) for |x| <= 708, where the result is normal.
[[nodiscard]] inline double exp_normal_range(double x) noexcept {
  constexpr double kInverse = 0x1.71547652b82fep+7;  // 128 / log 2
  constexpr double kStepHigh = 0x1.62e42fefcp-8;  // log 2 / 128, multiple of 2^-42: products with k are exact
  constexpr double kStepLow = -0x1.c610ca86c3899p-44;
  constexpr double kShift = 0x1.8p52;  // adding it rounds to an integer, which then stands in the low bits

  const double shifted = x * kInverse + kShift;
  const auto k_bits = std::bit_cast<std::uint64_t>(shifted);
  const double k = shifted - kShift;
  const double r = (x - k * kStepHigh) - k * kStepLow;
  const ExpEntry& entry = kExpTable[k_bits & 127U];
  const double scale =
      std::bit_cast<double>(std::bit_cast<std::uint64_t>(entry.power) + ((k_bits >> 7U) << 52U));
  const double r2 = r * r;
  const double growth = (entry.tail + r) + r2 * ((0.5 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));
  return scale + scale * growth;
}

[[nodiscard]] double exp_special(double x) noexcept;

}  // namespace detail

/// Natural logarithm; error < 1 ulp. log(0) = -infinity, log(negative) = NaN.
[[nodiscard]] inline double log(double x) noexcept {
  if (x >= 0x1p-1022 && x <= 0x1.fffffffffffffp1023) [[likely]] {
    return detail::log_normal_range(x);
  }
  return detail::log_special(x);
}

/// Exponential; error < 1 ulp for |x| <= 708. Beyond, < 4 ulp; it overflows to infinity and underflows,
/// through the subnormals, to 0.
[[nodiscard]] inline double exp(double x) noexcept {
  if (x >= -708.0 && x <= 708.0) [[likely]] {
    return detail::exp_normal_range(x);
  }
  return detail::exp_special(x);
}

/// log(1 + x) without loss for small x; error < 3 ulp. NaN below -1.
[[nodiscard]] double log1p(double x) noexcept;

/// exp(x) - 1 without loss for small x; error < 3 ulp.
[[nodiscard]] double expm1(double x) noexcept;

/// x^y for x >= 0, as exp(y log x): relative error below (2 + |y log x|) * 2^-52, so 1e-13 at worst where the
/// result is a plausible duration. pow(0, y) is 0, 1 or infinity for y > 0, y = 0, y < 0; NaN for x < 0.
[[nodiscard]] double pow(double x, double y) noexcept;

/// Sine and cosine of x radians, |x| <= 2^20; error < 2 ulp, or < 2e-16 absolute near the zeros. NaN beyond
/// that range.
[[nodiscard]] double sin(double x) noexcept;
[[nodiscard]] double cos(double x) noexcept;

}  // namespace twinvoice::random
