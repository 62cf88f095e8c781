// Selection of the best and shares of a budget. Chances of a false alarm are said at each statistical test; seeds are fixed.
#include "sim/measure/selection.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SelectionGoal goal(double indifference, std::size_t first_stage = 10) {
  SelectionGoal g;
  g.indifference = indifference;
  g.first_stage = first_stage;
  return g;
}

/// What a race of normal designs came to.
struct Race {
  bool right = false;
  std::vector<std::uint64_t> spent;  ///< by design
  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(spent.begin(), spent.end(), std::uint64_t{0});
  }
};

/// Design i has the given mean; a share `common` of the variance 1 belongs to the replication and is the same for all.
Race race(std::uint64_t seed, const std::vector<double>& means, double common, const SelectionGoal& g) {
  Reference r(seed);
  Selection selection(means.size(), g);
  Race result;
  result.spent.assign(means.size(), 0);
  while (!selection.finished()) {
    const double shared = std::sqrt(common) * r.normal();
    for (std::size_t i = 0; i < means.size(); ++i) {
      const double own = std::sqrt(1.0 - common) * r.normal();
      if (!selection.is_alive(i)) continue;
      ++result.spent[i];
      selection.add(i, means[i] + shared + own);
    }
  }
  std::size_t best = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const bool ahead = g.minimise ? means[i] < means[best] : means[i] > means[best];
    if (ahead) best = i;
  }
  result.right = selection.winner() == best;
  return result;
}

struct Tally {
  int right = 0;
  double spent = 0.0;
};
Tally races(int runs, const std::vector<double>& means, double common, const SelectionGoal& g) {
  Tally tally;
  for (int seed = 1; seed <= runs; ++seed) {
    const Race one = race(static_cast<std::uint64_t>(seed), means, common, g);
    tally.right += one.right ? 1 : 0;
    tally.spent += static_cast<double>(one.total()) / runs;
  }
  return tally;
}

TEST(Selection, margin_and_elimination_follow_the_hand_worked_case) {
  // k = 2, n0 = 3, alpha = 0.05: h2 = 2 (0.1^-1 - 1) = 18. Differences 2, 4, 6: mean 4, S2 = 4, d = 3: margin at 3
  // = 3 / 6 (18 x 4 / 9 - 3) = 2.5 < 4, so the second is out after three replications.
  SelectionGoal g = goal(3.0, 3);
  Selection s(2, g);
  for (const double d : {2.0, 4.0, 6.0}) {
    EXPECT_FALSE(s.finished());
    s.add(0, 10.0);
    s.add(1, 10.0 + d);
  }
  ASSERT_TRUE(s.finished());
  EXPECT_EQ(s.winner(), 0U);
  EXPECT_EQ(s.contenders()[1].standing, Standing::kEliminated);
  EXPECT_EQ(s.contenders()[1].eliminated_by, 0U);
  EXPECT_EQ(s.contenders()[1].replications, 3U);
  EXPECT_DOUBLE_EQ(s.contenders()[1].mean, 14.0);
  // With d = 1 the margin at 3 is 1 / 6 (72 - 3) = 11.5: nobody is out yet.
  g.indifference = 1.0;
  Selection narrow(2, g);
  for (const double d : {2.0, 4.0, 6.0}) {
    narrow.add(0, 10.0);
    narrow.add(1, 10.0 + d);
  }
  EXPECT_FALSE(narrow.finished());
  EXPECT_EQ(narrow.leader(), 0U);
}

TEST(Selection, the_best_of_five_is_chosen_in_the_least_favourable_configuration) {
  // All others exactly one indifference behind. 400 seeds at P >= 0.95: fewer than 364 with probability below 1e-3.
  const std::vector<double> means{0.0, 0.5, 0.5, 0.5, 0.5};
  const Tally independent = races(400, means, 0.0, goal(0.5));
  const Tally common = races(400, means, 0.8, goal(0.5));
  EXPECT_GE(independent.right, 364);
  EXPECT_GE(common.right, 364);
  // Common random numbers take four fifths of the variance out of the differences, and the cost is in proportion.
  EXPECT_LT(common.spent, independent.spent / 2.5);
}

TEST(FullSelection, the_best_is_chosen_in_the_least_favourable_configuration_of_two_ten_and_twenty) {
  // 4000 seeds at P >= 0.95: fewer than 3754 with probability below 1e-3.
  for (const std::size_t k : {2U, 10U, 20U}) {
    std::vector<double> means(k, 1.0);
    means[k / 2] = 0.0;
    for (const double common : {0.0, 0.5, 0.9}) {
      const Tally t = races(4000, means, common, goal(1.0));
      std::printf("%zu designs, common share %.1f: right in %d of 4000, %.1f replications\n", k, common,
                  t.right, t.spent);
      EXPECT_GE(t.right, 3754);
    }
  }
}

TEST(Selection, maximising_chooses_the_greatest) {
  SelectionGoal g = goal(1.0);
  g.minimise = false;
  // 100 seeds at P >= 0.95: fewer than 84 with probability below 1e-4.
  EXPECT_GE(races(100, {0.0, 1.0, 2.0}, 0.0, g).right, 84);
}

TEST(Selection, close_competitors_get_the_replications) {
  // Over 50 seeds: the far ones leave at the first look, the near one stays.
  std::vector<std::uint64_t> spent(4, 0);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Race one = race(seed, {0.0, 0.3, 3.0, 6.0}, 0.0, goal(0.3));
    for (std::size_t i = 0; i < spent.size(); ++i) spent[i] += one.spent[i];
  }
  EXPECT_GT(spent[1], 2 * spent[2]);
  EXPECT_GT(spent[2], spent[3]);
  EXPECT_GE(spent[3], 50U * 10U);
}

TEST(Selection, the_outcome_depends_on_the_values_and_not_on_the_order_of_arrival) {
  Reference r(7);
  std::vector<std::vector<double>> values(3);
  for (int i = 0; i < 400; ++i) {
    for (std::size_t d = 0; d < 3; ++d) values[d].push_back(0.4 * static_cast<double>(d) + r.normal());
  }
  const Selection together = select_best(values, goal(0.4));
  Selection late(3, goal(0.4));
  for (std::size_t d = 0; d < 3; ++d) {
    for (const double v : values[d]) late.add(d, v);
  }
  ASSERT_TRUE(together.finished());
  EXPECT_EQ(late.winner(), together.winner());
  EXPECT_EQ(late.replications(), together.replications());
  for (std::size_t d = 0; d < 3; ++d) {
    EXPECT_EQ(late.contenders()[d].replications, together.contenders()[d].replications);
    EXPECT_EQ(late.contenders()[d].mean, together.contenders()[d].mean);
  }
}

TEST(Selection, too_few_values_name_nobody) {
  const std::vector<std::vector<double>> values{{1, 2, 3}, {4, 5, 6}};
  const Selection s = select_best(values, goal(1.0));
  EXPECT_FALSE(s.finished());
  EXPECT_FALSE(s.winner().has_value());
  EXPECT_EQ(s.alive(), 2U);
  EXPECT_EQ(s.replications(), 3U);
}

TEST(Selection, a_design_that_once_never_recovered_is_no_winner_and_no_yardstick) {
  // Design 0 is far better wherever it recovers.
  Selection s(3, goal(1.0));
  for (int r = 0; r < 10; ++r) {
    s.add(0, r == 4 ? kInf : 1.0 + 0.01 * r);
    s.add(1, 50.0 + 0.01 * (r % 3));
    s.add(2, 60.0 + 0.01 * (r % 2));
  }
  EXPECT_EQ(s.contenders()[0].standing, Standing::kUnbounded);
  EXPECT_EQ(s.contenders()[0].replications, 5U);
  EXPECT_EQ(s.winner(), 1U);
}

TEST(Selection, when_none_recovers_always_none_wins) {
  Selection s(2, goal(1.0));
  s.add(0, 1.0);
  s.add(1, kInf);
  s.add(0, kInf);
  EXPECT_TRUE(s.finished());
  EXPECT_FALSE(s.winner().has_value());
  EXPECT_FALSE(s.leader().has_value());
}

TEST(Selection, a_design_that_was_not_observed_leaves_the_choice_open) {
  for (const double odd : {kNaN, -kInf}) {
    Selection s(3, goal(1.0));
    for (int r = 0; r < 10; ++r) {
      s.add(0, r == 0 ? odd : 0.0);
      s.add(1, 5.0 + 0.01 * (r % 3));
      s.add(2, 9.0 + 0.01 * (r % 2));
    }
    EXPECT_TRUE(s.finished());
    EXPECT_EQ(s.contenders()[0].standing, Standing::kUnknown);
    EXPECT_EQ(s.leader(), 1U);
    EXPECT_FALSE(s.winner().has_value());
  }
}

TEST(Selection, designs_that_never_differ_tie) {
  Reference r(3);
  Selection s(2, goal(1.0));
  for (int i = 0; i < 10; ++i) {
    const double v = r.normal();
    s.add(0, v);
    s.add(1, v);
  }
  EXPECT_TRUE(s.finished());
  EXPECT_EQ(s.alive(), 2U);
  EXPECT_FALSE(s.winner().has_value());
}

TEST(Selection, one_design_wins_when_it_has_been_seen) {
  Selection s(1, goal(1.0, 2));
  s.add(0, 4.0);
  EXPECT_FALSE(s.finished());
  s.add(0, 5.0);
  EXPECT_EQ(s.winner(), 0U);
}

TEST(Selection, goals_out_of_range_are_refused) {
  EXPECT_THROW(Selection(0, goal(1.0)), std::invalid_argument);
  EXPECT_THROW(Selection(2, goal(0.0)), std::invalid_argument);
  EXPECT_THROW(Selection(2, goal(kInf)), std::invalid_argument);
  EXPECT_THROW(Selection(2, goal(1.0, 1)), std::invalid_argument);
  SelectionGoal sure = goal(1.0);
  sure.confidence = 1.0;
  EXPECT_THROW(Selection(2, sure), std::invalid_argument);
}

TEST(AllocateBudget, shares_are_those_of_the_formula) {
  // s = 1 everywhere, distances 1 and 2 from the best: N2 : N3 = 4 : 1, N1 = sqrt(16 + 1) = 4.1231 of 9.1231.
  const std::vector<DesignSample> designs{{0.0, 1.0, 0}, {1.0, 1.0, 0}, {2.0, 1.0, 0}};
  EXPECT_EQ(allocate_budget(designs, 91231), (std::vector<std::uint64_t>{41231, 40000, 10000}));
}

TEST(AllocateBudget, the_sum_is_the_budget_and_close_designs_get_most) {
  const std::vector<DesignSample> designs{{5.0, 4.0, 10}, {5.5, 4.0, 10}, {9.0, 4.0, 10}, {20.0, 4.0, 10}};
  for (const std::uint64_t budget : {0U, 1U, 7U, 100U, 1001U}) {
    const auto given = allocate_budget(designs, budget);
    EXPECT_EQ(std::accumulate(given.begin(), given.end(), std::uint64_t{0}), budget);
    EXPECT_EQ(given[3], 0U);
    EXPECT_GE(given[1], given[2]);
  }
}

TEST(AllocateBudget, who_has_more_than_its_share_keeps_it) {
  const std::vector<DesignSample> designs{{0.0, 1.0, 10}, {1.0, 1.0, 10}, {2.0, 1.0, 5000}};
  const auto given = allocate_budget(designs, 100);
  EXPECT_EQ(given[2], 0U);
  EXPECT_EQ(given[0] + given[1], 100U);
  EXPECT_NEAR(static_cast<double>(given[0]), 50.0, 2.0);
}

TEST(AllocateBudget, maximising_mirrors_minimising) {
  const std::vector<DesignSample> low{{1.0, 2.0, 5}, {2.0, 3.0, 5}, {4.0, 1.0, 5}};
  std::vector<DesignSample> high = low;
  for (DesignSample& d : high) d.mean = -d.mean;
  EXPECT_EQ(allocate_budget(low, 500, true), allocate_budget(high, 500, false));
}

TEST(AllocateBudget, equals_are_floored_by_the_indifference) {
  // Two ties at the top and one at distance 1: with indifference 0.5 the tie weighs 4 to 1.
  const std::vector<DesignSample> designs{{0.0, 1.0, 0}, {0.0, 1.0, 0}, {1.0, 1.0, 0}};
  const auto given = allocate_budget(designs, 91231, true, 0.5);
  EXPECT_EQ(given, (std::vector<std::uint64_t>{41231, 40000, 10000}));
}

TEST(AllocateBudget, unknown_designs_get_nothing_and_no_spread_means_equal_shares) {
  const std::vector<DesignSample> designs{{0.0, 1.0, 3}, {kInf, 1.0, 3}, {1.0, kNaN, 3}, {2.0, 1.0, 3}};
  const auto given = allocate_budget(designs, 50);
  EXPECT_EQ(given[1] + given[2], 0U);
  EXPECT_EQ(given[0] + given[3], 50U);
  const std::vector<DesignSample> constant{{0.0, 0.0, 0}, {1.0, 0.0, 0}};
  EXPECT_EQ(allocate_budget(constant, 10), (std::vector<std::uint64_t>{5, 5}));
  const std::vector<DesignSample> none{{kNaN, 1.0, 0}};
  EXPECT_EQ(allocate_budget(none, 10), (std::vector<std::uint64_t>{0}));
}

}  // namespace
}  // namespace twinvoice::measure
