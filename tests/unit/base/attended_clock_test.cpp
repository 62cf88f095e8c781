// Time that somebody watched.
#include "sim/base/attended_clock.hpp"

#include <gtest/gtest.h>

namespace twinvoice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(AttendedClock, of_a_long_gap_only_the_longest_counts) {
  AttendedClock clock(seconds(1));
  const AttendedClock::Time start{seconds(1'000)};
  EXPECT_EQ(clock.look(start), seconds(0));
  EXPECT_EQ(clock.look(start + milliseconds(100)), milliseconds(100));
  EXPECT_EQ(clock.look(start + seconds(3'600)), milliseconds(1'100)) << "stopped for an hour";
  EXPECT_EQ(clock.look(start + seconds(3'600) + milliseconds(900)), milliseconds(2'000));
}

}  // namespace
}  // namespace twinvoice
