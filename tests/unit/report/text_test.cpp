// Numbers as people read them.
#include "sim/report/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace twinvoice::report {
namespace {

using Parts = std::vector<std::uint64_t>;

// 180 600 jobs of two runs: 108 543 completed (54 271.5), 72 043 dead (36 021.5), 14 open (7). Each rounded up they would make 90 301,
// each cut 90 299.
TEST(PartsOfARun, add_up_to_the_whole) {
  EXPECT_EQ(parts_of_a_run(std::array<std::uint64_t, 3>{108'543, 72'043, 14}, 2),
            (Parts{54'272, 36'021, 7, 90'300}));
}

TEST(PartsOfARun, of_one_run_are_the_totals) {
  EXPECT_EQ(parts_of_a_run(std::array<std::uint64_t, 2>{3, 4}, 1), (Parts{3, 4, 7}));
}

// 5 of 10 runs had one: 0.5 a run rounds to 1 or 0, but what none had is 0.
TEST(PartsOfARun, what_is_0_in_all_stays_0) {
  EXPECT_EQ(parts_of_a_run(std::array<std::uint64_t, 3>{5, 0, 0}, 10), (Parts{1, 0, 0, 1}));
  EXPECT_EQ(parts_of_a_run(std::array<std::uint64_t, 3>{0, 4, 0}, 10), (Parts{0, 0, 0, 0}));
}

}  // namespace
}  // namespace twinvoice::report
