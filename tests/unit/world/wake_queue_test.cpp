#include "sim/world/wake_queue.hpp"

#include <gtest/gtest.h>

namespace twinvoice::world {
namespace {

TEST(WakeQueue, wakes_come_by_time_then_procedure) {
  WakeQueue queue(3);
  queue.wake(2, 10);
  queue.wake(0, 20);
  queue.wake(1, 10);
  EXPECT_EQ(queue.next_ns(), 10);
  std::uint32_t who = 9;
  ASSERT_TRUE(queue.pop_due(10, who));
  EXPECT_EQ(who, 1U);
  ASSERT_TRUE(queue.pop_due(10, who));
  EXPECT_EQ(who, 2U);
  EXPECT_FALSE(queue.pop_due(19, who));
  ASSERT_TRUE(queue.pop_due(20, who));
  EXPECT_EQ(who, 0U);
  EXPECT_EQ(queue.next_ns(), kNever);
}

TEST(WakeQueue, what_an_earlier_wait_left_behind_is_void) {
  WakeQueue queue(1);
  queue.wake(0, 10);
  queue.wake(0, 1000);
  std::uint32_t who = 9;
  ASSERT_TRUE(queue.pop_due(10, who));
  queue.resumed(0);
  EXPECT_EQ(queue.next_ns(), kNever);
  queue.wake(0, 50);
  EXPECT_EQ(queue.next_ns(), 50);
}

TEST(WakeQueue, a_century_of_nanoseconds_is_exact) {
  WakeQueue queue(2);
  queue.wake(0, kLongestSpan + 1);
  queue.wake(1, kLongestSpan);
  EXPECT_EQ(queue.next_ns(), kLongestSpan);
  std::uint32_t who = 9;
  EXPECT_TRUE(queue.pop_due(kLongestSpan, who));
  EXPECT_FALSE(queue.pop_due(kLongestSpan, who));
}

}  // namespace
}  // namespace twinvoice::world
