// Do common random numbers find the right order of two designs, and how many replications do they save? Each of the pairs is
// played in the kernel until the selection of sim/measure ends (indifference a tenth of A's unavailability, confidence 95 %,
// first stage of ten), once with the same random numbers for both and once with others for B.
#include "tests/oracle/design_pairs.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "sim/measure/selection.hpp"

namespace twinvoice::testing {
namespace {

constexpr std::uint64_t kMost = 5'000;
constexpr std::uint64_t kOtherLuck = 1'000'000;

struct Duel {
  bool right = false;
  std::uint64_t replications = 0;
};

Duel duel(const DesignPair& pair, const DesignPlayer& a, const DesignPlayer& b, std::uint64_t seed_a,
          std::uint64_t seed_b) {
  measure::SelectionGoal goal;
  goal.indifference = 0.1 * pair.unavailability;
  measure::Selection selection(2, goal);
  for (std::uint64_t r = 0; r < kMost && !selection.finished(); ++r) {
    selection.add(0, a(seed_a, r));
    selection.add(1, b(seed_b, r));
  }
  return {selection.winner() == 0U, selection.replications()};
}

struct Score {
  int right = 0, duels = 0;
  double replications = 0.0;
  void add(const Duel& d) {
    right += d.right ? 1 : 0;
    ++duels;
    replications += static_cast<double>(d.replications);
  }
  void add(const Score& other) {
    right += other.right;
    duels += other.duels;
    replications += other.replications;
  }
};

struct Scores {
  Score common, independent;
};

Scores play(const DesignPair& pair, std::uint64_t seeds) {
  const DesignPlayer a(pair.a);
  const DesignPlayer b(pair.b);
  Scores scores;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    scores.common.add(duel(pair, a, b, seed, seed));
    scores.independent.add(duel(pair, a, b, seed, seed + kOtherLuck));
  }
  const auto n = static_cast<double>(seeds);
  fmt::print(
      "{:<32} unavailability {:8.5f}  right {:3d} of {:3d}, {:6.1f} replications; independent {:3d}, "
      "{:6.1f}: x {:.1f}\n",
      pair.name, pair.unavailability, scores.common.right, scores.common.duels,
      scores.common.replications / n, scores.independent.right, scores.independent.replications / n,
      scores.independent.replications / scores.common.replications);
  std::fflush(stdout);
  return scores;
}

TEST(DesignPairs, common_random_numbers_find_the_better_of_four_pairs_with_a_fifth_of_the_replications) {
  // 4 pairs x 4 seeds at P(right) >= 0.95: fewer than 12 right have probability below 1e-3.
  const std::vector<DesignPair> pairs = all_pairs();
  ASSERT_EQ(pairs.size(), 20U);
  Scores all;
  for (const std::size_t i : {5U, 7U, 11U, 18U}) {
    const Scores one = play(pairs[i], 4);
    all.common.add(one.common);
    all.independent.add(one.independent);
  }
  EXPECT_GE(all.common.right, 12);
  EXPECT_GE(all.independent.replications, 5.0 * all.common.replications);
}

TEST(FullDesignPairs, the_formulas_and_the_kernel_agree) {
  // 400 replications with common random numbers: the ratio of the means within 5 standard errors of 1.25, by the t interval
  // at 1 - 1e-6 each.
  for (const DesignPair& pair : all_pairs()) {
    const DesignPlayer a(pair.a);
    const DesignPlayer b(pair.b);
    std::vector<double> excess, of_a;
    for (std::uint64_t r = 0; r < 400; ++r) {
      of_a.push_back(a(77, r));
      excess.push_back(b(77, r) - kFactor * of_a.back());
    }
    double mean = 0.0;
    double squares = 0.0;
    double level = 0.0;
    for (std::size_t i = 0; i < excess.size(); ++i) mean += excess[i] / 400.0, level += of_a[i] / 400.0;
    for (const double e : excess) squares += (e - mean) * (e - mean);
    const double error = std::sqrt(squares / 399.0 / 400.0);
    fmt::print("{:<32} A {:.5f} by formula, {:.5f} played; B / A {:.3f} +- {:.3f}\n", pair.name,
               pair.unavailability, level, kFactor + mean / level, error / level);
    EXPECT_LE(std::abs(mean), 5.0 * error) << pair.name;
  }
}

TEST(FullDesignPairs, common_random_numbers_find_the_better_of_twenty_with_a_fifth_of_the_replications) {
  Scores all;
  for (const DesignPair& pair : all_pairs()) {
    const Scores one = play(pair, 20);
    EXPECT_GE(one.common.right, 18) << pair.name;
    all.common.add(one.common);
    all.independent.add(one.independent);
  }
  fmt::print("all: right {} of {}; {:.1f} times the replications without common random numbers\n",
             all.common.right, all.common.duels, all.independent.replications / all.common.replications);
  EXPECT_GE(all.common.right, all.common.duels * 95 / 100);
  EXPECT_GE(all.independent.replications, 5.0 * all.common.replications);
}

}  // namespace
}  // namespace twinvoice::testing
