// Points in the unit cube [0, 1)^d for designs that sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace twinvoice::campaign {

using Points = std::vector<std::vector<double>>;  ///< [point][dimension]

inline constexpr std::size_t kMostSobolDimensions = 32;

/// Latin hypercube: each axis has exactly one of the n points in each of its n strata, at a random place there. Draws are
/// keyed by (seed, name of the axis), so an axis keeps its column when others come or go.
/// Source: M. McKay, R. Beckman, W. Conover, Technometrics 21, 1979.
[[nodiscard]] Points latin_hypercube(std::size_t points, const std::vector<std::string>& axes,
                                     std::uint64_t seed);

/// Point `index` of the Sobol sequence in dimension `dimension` (from 0), as a 32-bit fraction, in the natural order
/// (not Gray code). dimension < kMostSobolDimensions, index < 2^32.
/// Direction numbers: S. Joe, F. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
/// Comput. 30, 2008 (their table new-joe-kuo-6).
[[nodiscard]] std::uint32_t sobol_fraction(std::uint32_t index, std::size_t dimension);

/// The first points of the Sobol sequence, each column shifted by exclusive or with a word drawn from (seed, name of the
/// column): still a low-discrepancy sequence, without its points at the origin.
[[nodiscard]] Points sobol(std::size_t points, const std::vector<std::string>& columns, std::uint64_t seed);

}  // namespace twinvoice::campaign
