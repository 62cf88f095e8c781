#include "sim/campaign/sampling.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <set>
#include <string>
#include <vector>

namespace twinvoice::campaign {
namespace {

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back("axis-" + std::to_string(i));
  return out;
}

TEST(LatinHypercube, every_stratum_of_every_axis_has_one_point) {
  for (const std::size_t n : {1U, 2U, 7U, 50U, 1000U}) {
    const Points points = latin_hypercube(n, names(5), 3);
    for (std::size_t axis = 0; axis < 5; ++axis) {
      std::set<std::size_t> strata;
      for (const auto& point : points)
        strata.insert(static_cast<std::size_t>(point[axis] * static_cast<double>(n)));
      EXPECT_EQ(strata.size(), n);
      EXPECT_LT(*strata.rbegin(), n);
    }
  }
}

TEST(LatinHypercube, an_axis_keeps_its_column_when_others_come) {
  const Points few = latin_hypercube(20, {"b"}, 9);
  const Points many = latin_hypercube(20, {"a", "b", "c"}, 9);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(few[i][0], many[i][1]);
}

TEST(LatinHypercube, axes_are_paired_anew_for_every_seed) {
  EXPECT_NE(latin_hypercube(20, names(2), 1), latin_hypercube(20, names(2), 2));
  const Points points = latin_hypercube(20, names(2), 1);
  EXPECT_TRUE(std::any_of(points.begin(), points.end(), [](const auto& p) { return p[0] != p[1]; }));
}

// Joe and Kuo print the first points of their sequence in Gray code order; as sets the first 2^k are the same.
TEST(Sobol, first_points_of_three_dimensions_are_those_of_the_literature) {
  const std::vector<std::vector<double>> expected{{0, 0, 0},
                                                  {0.5, 0.5, 0.5},
                                                  {0.25, 0.75, 0.75},
                                                  {0.75, 0.25, 0.25},
                                                  {0.125, 0.625, 0.375},
                                                  {0.625, 0.125, 0.875},
                                                  {0.375, 0.375, 0.625},
                                                  {0.875, 0.875, 0.125}};
  for (std::uint32_t i = 0; i < 8; ++i) {
    for (std::size_t d = 0; d < 3; ++d)
      EXPECT_EQ(sobol_fraction(i, d) * 0x1p-32, expected[i][d]) << i << " " << d;
  }
}

TEST(Sobol, all_dimensions_agree_with_an_independent_table_of_joe_and_kuo) {
  // Boost skips the origin and walks in Gray code order: its n-th point has the index n ^ (n >> 1).
  boost::random::sobol engine(kMostSobolDimensions);
  const double span = static_cast<double>((boost::random::sobol::max)()) + 1.0;
  for (std::uint32_t n = 1; n < 4096; ++n) {
    for (std::size_t d = 0; d < kMostSobolDimensions; ++d) {
      const double theirs = static_cast<double>(engine()) / span;
      ASSERT_DOUBLE_EQ(sobol_fraction(n ^ (n >> 1U), d) * 0x1p-32, theirs) << n << " " << d;
    }
  }
}

TEST(Sobol, powers_of_two_have_one_point_in_every_stratum_of_every_column) {
  const Points points = sobol(256, names(kMostSobolDimensions), 5);
  for (std::size_t column = 0; column < kMostSobolDimensions; ++column) {
    std::set<std::size_t> strata;
    for (const auto& point : points) strata.insert(static_cast<std::size_t>(point[column] * 256.0));
    EXPECT_EQ(strata.size(), 256U) << column;
  }
}

TEST(Sobol, another_seed_shifts_the_points) {
  EXPECT_NE(sobol(8, names(2), 1), sobol(8, names(2), 2));
  EXPECT_EQ(sobol(8, names(2), 1), sobol(8, names(2), 1));
}

}  // namespace
}  // namespace twinvoice::campaign
