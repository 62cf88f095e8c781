// How much of a run is done: by its work, not by its time.
#include "sim/cli/progress.hpp"

#include <gtest/gtest.h>

namespace twinvoice::cli {
namespace {

constexpr Nanos kHour = 3600 * kNanosPerSecond;

// The first 12 of 24 hours have a tenth of the work.
double of_the_day(Nanos at_ns) {
  return at_ns < 12 * kHour ? 0.1 * to_seconds(at_ns) / 43'200.0
                            : 0.1 + 0.9 * (to_seconds(at_ns) / 43'200.0 - 1.0);
}

TEST(Progress, a_quiet_night_is_little_of_the_work) {
  Progress progress(1, of_the_day, false);
  progress.update(0, 12 * kHour, 1000);
  EXPECT_DOUBLE_EQ(progress.done(), 0.1);
  progress.update(0, 18 * kHour, 6000);
  EXPECT_DOUBLE_EQ(progress.done(), 0.55);
}

TEST(Progress, replications_count_alike_and_one_that_has_ended_is_done) {
  Progress progress(4, of_the_day, false);
  progress.update(1, 12 * kHour, 1000);
  progress.ended(0);
  EXPECT_DOUBLE_EQ(progress.done(), (1.0 + 0.1) / 4.0);
}

TEST(Progress, it_never_goes_back) {
  Progress progress(1, of_the_day, false);
  progress.update(0, 18 * kHour, 6000);
  progress.update(0, 12 * kHour, 6000);
  EXPECT_DOUBLE_EQ(progress.done(), 0.55);
}

}  // namespace
}  // namespace twinvoice::cli
