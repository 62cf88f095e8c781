// How long a place is held over commits in batches: by hand.
#include "sim/compile/stay.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace twinvoice::compile {
namespace {

Stay stay(double plain_s, double way_s, double batch_s, double commits = 1.0, bool varies = false) {
  return {plain_s, varies, commits, commits * way_s, batch_s};
}

TEST(Stay, a_cycle_with_a_commit_is_whole_periods) {
  EXPECT_NEAR(stay(0.001, 0.040, 0.010).crowded_s(), 0.050, 1e-12);
  EXPECT_NEAR(stay(0.010, 0.040, 0.010).crowded_s(), 0.050, 1e-12) << "exactly five";
  EXPECT_NEAR(stay(0.0101, 0.040, 0.010).crowded_s(), 0.060, 1e-12);
  EXPECT_NEAR(stay(0.001, 0.040, 0.0).crowded_s(), 0.041, 1e-12) << "shipped at once";
}

TEST(Stay, several_commits_are_several_cycles_and_a_part_of_the_frames_is_a_part) {
  EXPECT_NEAR(stay(0.002, 0.040, 0.010, 2.0).crowded_s(), 0.100, 1e-12);
  EXPECT_NEAR(stay(0.001, 0.040, 0.010, 0.5).crowded_s(), 0.5 * 0.001 + 0.5 * 0.050, 1e-12);
  EXPECT_NEAR(stay(0.001, 0.0, 0.010, 0.0).crowded_s(), 0.001, 1e-12);
}

// Exponential with mean 1 ms after a way of four whole periods: the fifth begins surely, a sixth with e^-10.
TEST(Stay, what_varies_is_held_for_the_mean_of_the_periods) {
  EXPECT_NEAR(stay(0.001, 0.040, 0.010, 1.0, true).crowded_s(), 0.010 * (4.0 + 1.0 / (1.0 - std::exp(-10.0))),
              1e-12);
  const double mean = 3.0 / 10.0;  // of a period; 4 ms are left to the next one
  EXPECT_NEAR(stay(0.003, 0.036, 0.010, 1.0, true).crowded_s(),
              0.010 * (4.0 + std::exp(-0.4 / mean) / (1.0 - std::exp(-1.0 / mean))), 1e-12);
  EXPECT_GE(stay(0.0101, 0.040, 0.010, 1.0, true).crowded_s(), 0.060 - 1e-12)
      << "not less than if it were steady";
}

TEST(Stay, alone_it_waits_half_a_period) { EXPECT_NEAR(stay(0.001, 0.040, 0.010).alone_s(), 0.046, 1e-12); }

}  // namespace
}  // namespace twinvoice::compile
