// Samplers of the standard laws, each a function of one Draws cursor: same key, same value.
//
// Exponential and normal come from ziggurats. Measured with the draw included, in ns: exponential 12, by
// -log(u) 28 to 40; normal 12, by the inverse of its distribution 20 to 27. Common random numbers lose
// nothing by it: equal keys give equal standard values, and a law only shifts and scales them. Rejected words
// are replaced by the next words of the same key.
#pragma once

#include <bit>
#include <cstdint>

#include "sim/random/draw.hpp"
#include "sim/random/ziggurat_tables.hpp"

namespace twinvoice::random {

namespace detail {

// The use of a word: its low 8 bits choose the layer, bit 8 is the sign, the high 53 bits are the place in
// the layer. The place is made odd, so that no value is 0.
[[nodiscard]] inline const ZigguratLayer& layer_of(const Ziggurat& layers, std::uint64_t word) noexcept {
  return layers[word & 255U];
}
[[nodiscard]] inline std::uint64_t place_of(std::uint64_t word) noexcept { return (word >> 11U) | 1U; }
[[nodiscard]] inline double at_place(const ZigguratLayer& layer, std::uint64_t place) noexcept {
  return static_cast<double>(static_cast<std::int64_t>(place)) * layer.width;
}

/// Go on with a word that fell outside the sure part of its layer (1.1 % of the words).
[[nodiscard]] double exponential_outside(std::uint64_t word, Draws& draws) noexcept;
[[nodiscard]] double half_normal_outside(std::uint64_t word, Draws& draws) noexcept;

}  // namespace detail

/// Exponential with mean 1, always positive.
[[nodiscard]] inline double standard_exponential(Draws& draws) noexcept {
  const std::uint64_t word = draws.next_bits();
  const detail::ZigguratLayer& layer = detail::layer_of(detail::kExponentialLayers, word);
  const std::uint64_t place = detail::place_of(word);
  if (place < layer.inside) [[likely]] {
    return detail::at_place(layer, place);
  }
  return detail::exponential_outside(word, draws);
}

/// Normal with mean 0 and variance 1, never 0.
[[nodiscard]] inline double standard_normal(Draws& draws) noexcept {
  const std::uint64_t word = draws.next_bits();
  const detail::ZigguratLayer& layer = detail::layer_of(detail::kNormalLayers, word);
  const std::uint64_t place = detail::place_of(word);
  const double magnitude =
      place < layer.inside ? detail::at_place(layer, place) : detail::half_normal_outside(word, draws);
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(magnitude) | ((word & 256U) << 55U));
}

/// Constants of the gamma sampler for one shape.
struct GammaSampler {
  double centre;  ///< d = a - 1/3, with a = shape, or shape + 1 if shape < 1
  double slope;   ///< 1 / sqrt(9 d)

  [[nodiscard]] static GammaSampler of(double shape) noexcept;
};

/// Gamma of the given shape > 0 and scale 1; at most 1.05 tries on average, each of a normal and a uniform.
/// Source: G. Marsaglia, W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000; below
/// shape 1 with their factor u^(1/shape).
[[nodiscard]] double standard_gamma(double shape, const GammaSampler& sampler, Draws& draws) noexcept;

}  // namespace twinvoice::random
