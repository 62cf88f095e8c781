#include "sim/campaign/sampling.hpp"

#include <array>
#include <numeric>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/random/draw.hpp"

namespace twinvoice::campaign {
namespace {

constexpr int kBits = 32;

/// Row of the table of Joe and Kuo: the primitive polynomial x^degree + ... + 1, whose inner coefficients are the bits of
/// `inner`, and the first direction numbers.
struct Direction {
  std::uint32_t degree;
  std::uint32_t inner;
  std::array<std::uint32_t, 7> first;
};
/// Dimensions 2 to 32; the first dimension is the van der Corput sequence.
constexpr std::array<Direction, kMostSobolDimensions - 1> kDirections{{
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
    {7, 7, {1, 1, 3, 13, 7, 35, 63}},
    {7, 8, {1, 3, 5, 9, 1, 25, 53}},
    {7, 14, {1, 3, 1, 13, 9, 35, 107}},
    {7, 19, {1, 3, 1, 5, 27, 61, 31}},
    {7, 21, {1, 1, 5, 11, 19, 41, 61}},
    {7, 28, {1, 3, 5, 3, 3, 13, 69}},
    {7, 31, {1, 1, 7, 13, 1, 19, 1}},
    {7, 32, {1, 3, 7, 5, 13, 19, 59}},
    {7, 37, {1, 1, 3, 9, 25, 29, 41}},
    {7, 41, {1, 3, 5, 13, 23, 1, 55}},
    {7, 42, {1, 3, 7, 3, 13, 59, 17}},
}};

using DirectionNumbers = std::array<std::uint32_t, kBits>;

/// v_k = m_k / 2^k as 32-bit fractions. From the degree s on: v_k = v_(k-s) ^ (v_(k-s) >> s) ^ the v_(k-i) whose coefficient is 1.
DirectionNumbers direction_numbers(std::size_t dimension) {
  DirectionNumbers v{};
  if (dimension == 0) {
    for (int k = 0; k < kBits; ++k) v[static_cast<std::size_t>(k)] = 1U << (kBits - 1 - k);
    return v;
  }
  const Direction& row = kDirections[dimension - 1];
  for (std::uint32_t k = 0; k < kBits; ++k) {
    if (k < row.degree) {
      v[k] = row.first[k] << (kBits - 1 - k);
      continue;
    }
    v[k] = v[k - row.degree] ^ (v[k - row.degree] >> row.degree);
    for (std::uint32_t i = 1; i < row.degree; ++i) {
      if (((row.inner >> (row.degree - 1 - i)) & 1U) != 0) v[k] ^= v[k - i];
    }
  }
  return v;
}

std::uint32_t fraction(const DirectionNumbers& v, std::uint32_t index) {
  std::uint32_t x = 0;
  for (std::size_t bit = 0; index != 0; ++bit, index >>= 1U) {
    if ((index & 1U) != 0) x ^= v[bit];
  }
  return x;
}

random::Stream design_stream(std::uint64_t seed) { return random::Stream::of(seed, 0); }

}  // namespace

Points latin_hypercube(std::size_t points, const std::vector<std::string>& axes, std::uint64_t seed) {
  Points out(points, std::vector<double>(axes.size()));
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    random::Draws draws(design_stream(seed), random::purpose_of(axes[axis], "latin hypercube"), 0);
    std::vector<std::size_t> stratum(points);
    std::iota(stratum.begin(), stratum.end(), std::size_t{0});
    for (std::size_t i = points; i > 1; --i) {
      std::swap(stratum[i - 1], stratum[random::to_integer_below(draws.next_bits(), i)]);
    }
    for (std::size_t i = 0; i < points; ++i) {
      out[i][axis] = (static_cast<double>(stratum[i]) + draws.next_uniform()) / static_cast<double>(points);
    }
  }
  return out;
}

std::uint32_t sobol_fraction(std::uint32_t index, std::size_t dimension) {
  ensure(dimension < kMostSobolDimensions, "the Sobol sequence has no such dimension");
  return fraction(direction_numbers(dimension), index);
}

Points sobol(std::size_t points, const std::vector<std::string>& columns, std::uint64_t seed) {
  ensure(columns.size() <= kMostSobolDimensions, "the Sobol sequence has too few dimensions");
  Points out(points, std::vector<double>(columns.size()));
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const DirectionNumbers v = direction_numbers(column);
    const random::Key purpose = random::purpose_of(columns[column], "sobol shift");
    const auto shift =
        static_cast<std::uint32_t>(random::bits(design_stream(seed).run_key, purpose, 0, 0) >> 32U);
    for (std::size_t i = 0; i < points; ++i) {
      out[i][column] = static_cast<double>(fraction(v, static_cast<std::uint32_t>(i)) ^ shift) * 0x1p-32;
    }
  }
  return out;
}

}  // namespace twinvoice::campaign
