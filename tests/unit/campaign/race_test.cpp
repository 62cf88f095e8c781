// Races: who is compared when, and why cells stop.
#include "sim/campaign/race.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace twinvoice::campaign {
namespace {

Rule up_to(std::uint64_t most) {
  Rule rule;
  rule.least = 10;
  rule.most = most;
  return rule;
}

RaceRule smallest() {
  RaceRule race;
  race.figure = "rto";
  race.goal.indifference = 1.0;
  return race;
}

/// Luck that all cells share, and a little of their own: values around `mean`.
double value(double mean, std::uint64_t replication, std::size_t cell) {
  const auto luck = static_cast<double>(replication * 7919 % 11) - 5.0;
  const auto own = static_cast<double>((replication * 104729 + cell * 31) % 7) - 3.0;
  return mean + luck + 0.3 * own;
}

void run_round(Race& race, const std::vector<std::pair<std::size_t, double>>& cells) {
  for (const auto& [cell, mean] : cells) {
    for (std::uint64_t r = 0; r < race.round(); ++r) race.add(cell, r, value(mean, r, cell));
  }
}

TEST(Race, far_cells_are_eliminated_and_the_best_is_chosen) {
  Race race({3, 7, 9}, smallest(), up_to(200));
  EXPECT_EQ(race.round(), 10U);
  std::vector<std::string> reasons;
  while (!race.ended()) {
    run_round(race, {{3, 120.0}, {7, 100.0}, {9, 160.0}});
    for (const Race::Stop& stop : race.advance())
      reasons.push_back(std::to_string(stop.cell) + " " + stop.reason);
  }
  EXPECT_EQ(race.winner(), 7U);
  EXPECT_EQ(reasons, (std::vector<std::string>{"3 eliminated", "7 precise", "9 eliminated"}));
}

TEST(Race, equals_run_to_the_cap_and_nobody_is_chosen) {
  Race race({0, 1}, smallest(), up_to(20));
  std::vector<Race::Stop> stops;
  while (!race.ended()) {
    for (std::uint64_t r = 0; r < race.round(); ++r) {
      race.add(0, r, r % 2 == 0 ? 50.0 : 10.0);
      race.add(1, r, r % 3 == 0 ? 50.0 : 20.0);
    }
    stops = race.advance();
  }
  ASSERT_EQ(stops.size(), 2U);
  EXPECT_EQ(stops[0].reason, "cap");
  EXPECT_FALSE(race.winner());
}

TEST(Race, a_cell_that_cannot_be_compared_leaves_no_winner) {
  Race race({0, 1, 2}, smallest(), up_to(200));
  race.fail(2);
  while (!race.ended()) {
    run_round(race, {{0, 10.0}, {1, 90.0}});
    for (const Race::Stop& stop : race.advance()) {
      if (stop.cell == 2) {
        EXPECT_EQ(stop.reason, "not comparable");
      }
    }
  }
  EXPECT_FALSE(race.winner());
}

TEST(Race, a_cell_that_can_get_no_more_ends_the_race_when_it_would_need_them) {
  Race race({0, 1}, smallest(), up_to(200));
  for (std::uint64_t r = 0; r < 10; ++r) race.add(0, r, r % 2 == 0 ? 50.0 : 10.0);
  race.close(0);
  for (std::uint64_t r = 0; r < 200; ++r) race.add(1, r, r % 3 == 0 ? 50.0 : 20.0);
  int rounds = 0;
  while (!race.ended()) {
    (void)race.advance();
    ++rounds;
  }
  EXPECT_EQ(rounds, 2);
  EXPECT_FALSE(race.winner());
}

}  // namespace
}  // namespace twinvoice::campaign
