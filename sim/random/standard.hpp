// Samplers of the standard laws, each a function of one Draws cursor: same key, same value.
//
// Exponential: ziggurat. Measured against -log(u): 15 against 28 to 40 ns with the draw included; common
// random numbers lose nothing, since equal keys still give equal standard values and a law only scales them.
// Normal: inversion, monotone in its one uniform. Gamma: rejection, takes a random number of consecutive
// words of its key.
#pragma once

#include "sim/random/draw.hpp"
#include "sim/random/exponential_table.hpp"
#include "sim/random/special.hpp"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

namespace twinvoice::random {

namespace detail {

/// Goes on with a word that fell outside the inner part of its layer (1.1 % of the words).
[[nodiscard]] double exponential_outside(std::uint64_t word, Draws& draws) noexcept;

}  // namespace detail

/// Exponential with mean 1, always positive. Source: see exponential_table.hpp; the layer comes from the low
/// 8 bits of a word and the place in it from the high 53, so the two are independent.
[[nodiscard]] inline double standard_exponential(Draws& draws) noexcept {
  const std::uint64_t word = draws.next_bits();
  const detail::ExponentialLayer& layer = detail::kExponentialLayers[word & 255U];
  const std::uint64_t place = (word >> 11U) | 1U;
  if (place < layer.inside) [[likely]] {
    return static_cast<double>(static_cast<std::int64_t>(place)) * layer.width;
  }
  return detail::exponential_outside(word, draws);
}

/// Normal with mean 0 and variance 1; one word.
[[nodiscard]] inline double standard_normal(Draws& draws) noexcept {
  return normal_quantile(draws.next_uniform());
}

/// Constants of the gamma sampler for one shape.
struct GammaSampler {
  double centre;  ///< d = a - 1/3, with a = shape, or shape + 1 if shape < 1
  double slope;   ///< 1 / sqrt(9 d)

  [[nodiscard]] static GammaSampler of(double shape) noexcept;
};

/// Gamma of the given shape > 0 and scale 1; 1.05 tries of two words each, at most. Source: G. Marsaglia, W.
/// Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000; below shape 1 with their
/// factor u^(1/shape).
[[nodiscard]] double standard_gamma(double shape, const GammaSampler& sampler, Draws& draws) noexcept;

}  // namespace twinvoice::random
