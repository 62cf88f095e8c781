// Which replications of a cell are started, and what losses and failures do to them.
#include "sim/campaign/open_cell.hpp"

#include <gtest/gtest.h>

namespace twinvoice::campaign {
namespace {

using Numbers = std::vector<std::uint64_t>;

Numbers start_all(OpenCell& cell) {
  Numbers started;
  while (const auto n = cell.start()) started.push_back(*n);
  return started;
}

TEST(OpenCell, replications_are_started_in_order_up_to_the_look) {
  OpenCell cell({3, "id"}, 4, {});
  EXPECT_EQ(start_all(cell), (Numbers{0, 1, 2, 3}));
  EXPECT_FALSE(cell.settled());
  for (const std::uint64_t n : {2U, 0U, 3U, 1U}) cell.done(n, {std::byte(n)});
  EXPECT_TRUE(cell.settled());
  ASSERT_EQ(cell.replications().size(), 4U);
  EXPECT_EQ(cell.replications()[2]->at(0), std::byte{2});
  EXPECT_EQ(cell.take_unsaved(), (Numbers{2, 0, 3, 1}));
  EXPECT_TRUE(cell.take_unsaved().empty());
  cell.want(6);
  EXPECT_EQ(start_all(cell), (Numbers{4, 5}));
}

TEST(OpenCell, what_an_earlier_run_left_is_not_run_again) {
  OpenCell cell({0, "id"}, 5, {{0, {}}, {1, {}}, {3, {}}});
  EXPECT_EQ(start_all(cell), (Numbers{2, 4}));
  cell.done(2, {});
  cell.done(4, {});
  EXPECT_EQ(cell.take_unsaved(), (Numbers{2, 4}));
  EXPECT_EQ(cell.found(), 3U);
}

TEST(OpenCell, lost_replications_come_before_new_ones) {
  OpenCell cell({0, "id"}, 5, {});
  for (int i = 0; i < 3; ++i) (void)cell.start();
  cell.dropped(1);
  EXPECT_EQ(cell.start(), 1U);
  cell.all_dropped();
  EXPECT_EQ(start_all(cell), (Numbers{0, 1, 2, 3, 4}));
}

TEST(OpenCell, the_failure_of_the_lowest_number_counts_whichever_ended_first) {
  OpenCell cell({0, "id"}, 10, {});
  for (int i = 0; i < 5; ++i) (void)cell.start();
  cell.fail(3, "third");
  EXPECT_FALSE(cell.can_start()) << "none beyond a failure is started";
  cell.dropped(1);
  EXPECT_EQ(cell.start(), 1U) << "those before it are";
  cell.fail(1, "first");
  cell.done(0, {});
  cell.done(2, {});
  EXPECT_FALSE(cell.settled());
  cell.dropped(4);
  EXPECT_TRUE(cell.settled());
  EXPECT_EQ(cell.failure(), "first");
}

TEST(OpenCell, a_replication_that_is_killed_again_and_again_fails) {
  OpenCell cell({0, "id"}, 1, {});
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(cell.start(), 0U);
    cell.killed(0, "killed");
    EXPECT_FALSE(cell.has_failed());
  }
  EXPECT_EQ(cell.start(), 0U);
  cell.killed(0, "killed");
  EXPECT_TRUE(cell.settled());
  EXPECT_EQ(cell.failure(), "killed");
}

}  // namespace
}  // namespace twinvoice::campaign
