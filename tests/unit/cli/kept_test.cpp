// Values by position, the last few kept.
#include "sim/cli/kept.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace twinvoice::cli {
namespace {

TEST(Kept, a_value_is_made_once_while_it_is_among_the_last) {
  std::vector<std::size_t> made;
  Kept<std::size_t> kept(
      [&](std::size_t position) {
        made.push_back(position);
        return position * 10;
      },
      2);
  EXPECT_EQ(kept.at(1), 10U);
  EXPECT_EQ(kept.at(2), 20U);
  EXPECT_EQ(kept.at(1), 10U);
  EXPECT_EQ(made, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(kept.at(3), 30U) << "2 was asked for longest ago";
  EXPECT_EQ(kept.at(1), 10U);
  EXPECT_EQ(kept.at(2), 20U);
  EXPECT_EQ(made, (std::vector<std::size_t>{1, 2, 3, 2}));
}

TEST(Kept, what_cannot_be_made_is_tried_again) {
  int tries = 0;
  Kept<int> kept([&](std::size_t) -> int {
    if (++tries == 1) throw std::runtime_error("not now");
    return 7;
  });
  EXPECT_THROW(static_cast<void>(kept.at(0)), std::runtime_error);
  EXPECT_EQ(kept.at(0), 7);
}

}  // namespace
}  // namespace twinvoice::cli
