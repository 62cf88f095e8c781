// Special functions of the laws, with the same bits everywhere (see elementary.hpp): normal and gamma tails
// and their inverses.
#pragma once

#include "sim/random/elementary.hpp"

namespace twinvoice::random {

/// log(2 pi) / 2.
inline constexpr double kHalfLogTwoPi = 0x1.d67f1c864beb5p-1;

/// The z with P(Z <= z) = p for a standard normal Z, 0 < p < 1; relative error < 1e-15. Increasing in p.
/// Source: M. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37, 1988.
[[nodiscard]] double normal_quantile(double p) noexcept;

/// P(Z > z) of a standard normal Z; relative error < 1e-13 while the result is normal.
[[nodiscard]] double normal_survival(double z) noexcept;

/// log P(Z > z), also where P itself underflows.
[[nodiscard]] double log_normal_survival(double z) noexcept;

/// log of the gamma function for x > 0; error < 1e-14 times max(1, |result|).
[[nodiscard]] double log_gamma(double x) noexcept;

/// log P(G > x) of a gamma variable of shape a > 0 and scale 1, x >= 0. Takes about sqrt(a) steps; relative
/// error of P about 1e-15 (1 + a |log x|).
[[nodiscard]] double log_gamma_survival(double a, double x) noexcept;

}  // namespace twinvoice::random
