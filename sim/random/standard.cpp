#include "sim/random/standard.hpp"

#include <cmath>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

namespace twinvoice::random {

namespace detail {

double exponential_outside(std::uint64_t word, Draws& draws) noexcept {
  while (true) {
    const auto layer = static_cast<std::size_t>(word & 255U);
    const std::uint64_t place = (word >> 11U) | 1U;
    const double x = static_cast<double>(static_cast<std::int64_t>(place)) * kExponentialLayers[layer].width;
    if (place < kExponentialLayers[layer].inside) {
      return x;
    }
    if (layer == 0) {
      return kExponentialTail - log(draws.next_uniform());
    }
    const double low = kExponentialDensity[layer];
    const double high = kExponentialDensity[layer - 1];
    if (low + draws.next_uniform() * (high - low) < exp(-x)) {
      return x;
    }
    word = draws.next_bits();
  }
}

}  // namespace detail

GammaSampler GammaSampler::of(double shape) noexcept {
  const double centre = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3;
  return {centre, 1.0 / std::sqrt(9.0 * centre)};
}

double standard_gamma(double shape, const GammaSampler& sampler, Draws& draws) noexcept {
  const double factor = shape < 1.0 ? pow(draws.next_uniform(), 1.0 / shape) : 1.0;
  while (true) {
    const double x = standard_normal(draws);
    const double u = draws.next_uniform();
    const double root = 1.0 + sampler.slope * x;
    if (root <= 0.0) {
      continue;
    }
    const double v = root * root * root;
    const double x2 = x * x;
    if (u < 1.0 - 0.0331 * (x2 * x2) || log(u) < 0.5 * x2 + sampler.centre * (1.0 - v + log(v))) {
      return sampler.centre * v * factor;
    }
  }
}

}  // namespace twinvoice::random
