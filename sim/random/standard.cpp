#include "sim/random/standard.hpp"

#include <cmath>
#include <cstddef>

#include "sim/random/elementary.hpp"

namespace twinvoice::random {

namespace {

struct Exponential {
  static constexpr const detail::Ziggurat& kLayers = detail::kExponentialLayers;
  static double density(double x) noexcept { return exp(-x); }
  /// Beyond the tail's start the law begins anew.
  static double tail(Draws& draws) noexcept { return detail::kExponentialTail - log(draws.next_uniform()); }
};

struct HalfNormal {
  static constexpr const detail::Ziggurat& kLayers = detail::kNormalLayers;
  static double density(double x) noexcept { return exp(-0.5 * x * x); }
  /// G. Marsaglia's tail method, 1964: an exponential of rate r, accepted with probability exp(-x^2/2).
  static double tail(Draws& draws) noexcept {
    while (true) {
      const double x = -log(draws.next_uniform()) / detail::kNormalTail;
      const double y = -log(draws.next_uniform());
      if (y + y > x * x) {
        return detail::kNormalTail + x;
      }
    }
  }
};

template <class Target>
double outside(std::uint64_t word, Draws& draws) noexcept {
  while (true) {
    const std::size_t layer = word & 255U;
    const std::uint64_t place = detail::place_of(word);
    const double x = detail::at_place(Target::kLayers[layer], place);
    if (place < Target::kLayers[layer].inside) {
      return x;
    }
    if (layer == 0) {
      return Target::tail(draws);
    }
    const double low = Target::density(0x1p53 * Target::kLayers[layer].width);
    const double high = layer == 1 ? 1.0 : Target::density(0x1p53 * Target::kLayers[layer - 1].width);
    if (low + draws.next_uniform() * (high - low) < Target::density(x)) {
      return x;
    }
    word = draws.next_bits();
  }
}

}  // namespace

namespace detail {

double exponential_outside(std::uint64_t word, Draws& draws) noexcept {
  return outside<Exponential>(word, draws);
}
double half_normal_outside(std::uint64_t word, Draws& draws) noexcept {
  return outside<HalfNormal>(word, draws);
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
