// Two designs and many designs side by side: differences, ratios, rankings, Pareto sets.
#include "sim/measure/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>

#include "sim/measure/pareto.hpp"
#include "sim/measure/ranking.hpp"
#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Values = std::vector<double>;

/// n replications around a mean; `shared` is added to each.
Values around(Reference& r, double mean, double sigma, const Values& shared) {
  Values v;
  for (const double s : shared) v.push_back(mean + s + sigma * r.normal());
  return v;
}
Values noise(Reference& r, std::size_t n, double sigma) {
  Values v;
  for (std::size_t i = 0; i < n; ++i) v.push_back(sigma * r.normal());
  return v;
}

TEST(ComparePairs, figures_are_those_of_the_hand_worked_case) {
  // Differences 1, 2, 1, 2: mean 1.5, s^2 = 1/3, half-width 3.182446 sqrt(1 / 12). Variance of a 20/3, of b 35/3.
  const Values a{1, 3, 5, 7};
  const Values b{2, 5, 6, 9};
  const PairedComparison c = compare_pairs(a, b);
  EXPECT_DOUBLE_EQ(c.difference.value, 1.5);
  EXPECT_NEAR(c.difference.half_width(), 3.182446305284263 * std::sqrt(1.0 / 12.0), 1e-12);
  EXPECT_EQ(c.order, Order::kGreater);
  EXPECT_NEAR(c.variance_ratio, (20.0 / 3.0 + 25.0 / 3.0) / (1.0 / 3.0), 1e-9);
  EXPECT_NEAR(c.correlation, (20.0 / 3.0 + 25.0 / 3.0 - 1.0 / 3.0) / 2.0 / std::sqrt(20.0 / 3.0 * 25.0 / 3.0),
              1e-12);
  EXPECT_EQ(compare_pairs(b, a).order, Order::kLess);
}

TEST(ComparePairs, no_difference_in_any_replication_is_the_same_and_not_a_victory) {
  const Values a{1, 3, 5, 7};
  const PairedComparison c = compare_pairs(a, a);
  EXPECT_EQ(c.order, Order::kSame);
  EXPECT_EQ(c.needed, 0U);
  EXPECT_TRUE(std::isinf(c.variance_ratio));
}

TEST(ComparePairs, a_side_without_spread_has_no_correlation) {
  const Values constant(12, 5.001);
  Values varying;
  for (int i = 0; i < 12; ++i) varying.push_back(5.0 + 0.1 * i);
  EXPECT_TRUE(std::isnan(compare_pairs(constant, varying).correlation));
  EXPECT_TRUE(std::isnan(compare_pairs(varying, constant).correlation));
  Values rounded = constant;  // what sums in another order make of it
  rounded[3] = std::nextafter(5.001, 6.0);
  EXPECT_TRUE(std::isnan(compare_pairs(rounded, varying).correlation));
}

TEST(ComparePairs, an_interval_with_zero_inside_is_undecided_and_tells_what_it_would_take) {
  // Differences -1, 3, 1: mean 1, s = 2, t(2) = 4.3027: (4.3027 x 2)^2 = 74.05.
  const PairedComparison c = compare_pairs(Values{0, 0, 0}, Values{-1, 3, 1});
  EXPECT_EQ(c.order, Order::kUndecided);
  EXPECT_EQ(c.needed, 75U);
}

TEST(ComparePairs, one_pair_decides_nothing_and_two_only_constants) {
  EXPECT_EQ(compare_pairs(Values{1, 2}, Values{3, 4}).order, Order::kUndecided);
  EXPECT_EQ(compare_pairs(Values{1, 1}, Values{3, 3}).order, Order::kGreater);
  EXPECT_EQ(compare_pairs(Values{1, 2, 3}, Values{3, 4, 5}).order, Order::kGreater);
  EXPECT_EQ(compare_pairs(Values{1}, Values{2}).order, Order::kUndecided);
  EXPECT_EQ(compare_pairs(Values{}, Values{}).order, Order::kUndecided);
  EXPECT_THROW((void)compare_pairs(Values{1}, Values{1, 2}), std::invalid_argument);
}

TEST(ComparePairs, infinite_values_are_ordered_by_how_often_they_come_alone) {
  // 5 of 5 on one side: two-sided p = 1/16; 6 of 6: 1/32 < 5 %.
  const Values finite{1, 2, 3, 4, 5, 6, 7};
  PairedComparison c = compare_pairs(finite, Values{kInf, kInf, kInf, kInf, kInf, 1, 1});
  EXPECT_EQ(c.order, Order::kUndecided);
  c = compare_pairs(finite, Values{kInf, kInf, kInf, kInf, kInf, kInf, 1});
  EXPECT_EQ(c.order, Order::kGreater);
  EXPECT_EQ(c.infinite_b, 6U);
  EXPECT_TRUE(std::isnan(c.difference.value));
  EXPECT_EQ(compare_pairs(Values{kInf, kInf}, Values{kInf, kInf}).order, Order::kUndecided);
}

TEST(ComparePairs, a_missing_value_leaves_it_undecided) {
  const PairedComparison c = compare_pairs(Values{1, 1, 1}, Values{9, 9.1, kNaN});
  EXPECT_EQ(c.order, Order::kUndecided);
  EXPECT_EQ(c.missing, 1U);
}

TEST(PairedRatio, is_exact_where_the_sides_are_proportional) {
  const Estimate e = paired_ratio(Values{3, 4, 5}, Values{3.75, 5, 6.25});
  EXPECT_NEAR(e.value, 1.25, 1e-12);
  EXPECT_NEAR(e.low, 1.25, 1e-12);
  EXPECT_NEAR(e.high, 1.25, 1e-12);
}

TEST(PairedRatio, without_any_event_there_is_no_ratio) {
  EXPECT_TRUE(std::isnan(paired_ratio(Values{0, 0}, Values{1, 2}).value));
  EXPECT_TRUE(std::isnan(paired_ratio(Values{1, kInf}, Values{1, 2}).value));
  // All that was seen of one side in one replication: a value, no bound.
  const Estimate one = paired_ratio(Values{0, 3, 0}, Values{1, 2, 1});
  EXPECT_NEAR(one.value, 4.0 / 3.0, 1e-12);
  EXPECT_TRUE(std::isinf(one.high));
}

TEST(PairedRatio, is_that_of_the_means_also_where_one_replication_holds_most_failures) {
  Values a{1, 1, 1, 1, 1, 1, 1, 1, 1, 1000};
  Values b{2, 1, 1, 2, 1, 1, 2, 1, 1, 1};
  EXPECT_NEAR(paired_ratio(a, b).value, 13.0 / 1009.0, 1e-15);
  EXPECT_NEAR(paired_ratio(b, a).value, 1009.0 / 13.0, 1e-12);
  EXPECT_EQ(paired_ratio(a, b).high, kInf);  // the one replication is all that tells a from 0
  EXPECT_FALSE(paired_ratio(a, b).converged);
  const Estimate bounded = paired_ratio(b, a);
  EXPECT_EQ(bounded.low, 0.0);
  EXPECT_LT(bounded.high, kInf);
}

TEST(PairedRatio, its_interval_is_the_hand_worked_one) {
  // Means 4 and 8, variances of the means 5/3 and 5/24, their covariance 1/4:
  // (16 - 5/3 t^2) rho^2 - 2 (32 - t^2 / 4) rho + 64 - 5/24 t^2 <= 0 with t = 1.6377444.
  const Values a{1, 3, 5, 7};
  const Values b{7.5, 8.5, 7, 9};
  const double t2 = 1.637744353696210 * 1.637744353696210;
  const double square = 16.0 - 5.0 / 3.0 * t2;
  const double half = 32.0 - t2 / 4.0;
  const double rest = 64.0 - 5.0 / 24.0 * t2;
  const double root = std::sqrt(half * half - square * rest);
  const Estimate e = paired_ratio(a, b, 0.8);
  EXPECT_NEAR(e.value, 2.0, 1e-12);
  EXPECT_NEAR(e.low, (half - root) / square, 1e-9);
  EXPECT_NEAR(e.high, (half + root) / square, 1e-9);
  EXPECT_TRUE(e.converged);
}

TEST(PairedRatio, holds_one_exactly_when_the_difference_holds_zero) {
  // Lengths with long tails, so that single replications dominate. An interval without upper end may be wider than the set.
  int decided = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Reference r(seed);
    Values a, b;
    for (std::size_t i = 0; i < 3 + seed % 20; ++i) {
      const double shared = std::exp(2.0 * r.normal());
      a.push_back(shared + r.exponential(1.0));
      b.push_back(1.5 * shared + r.exponential(2.0));
    }
    const Estimate difference = compare_pairs(a, b).difference;
    const Estimate ratio = paired_ratio(a, b);
    double sum_a = 0.0;
    double sum_b = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum_a += a[i];
      sum_b += b[i];
    }
    ASSERT_NEAR(ratio.value, sum_b / sum_a, 1e-9 * ratio.value) << seed;
    ASSERT_LE(ratio.low, ratio.value) << seed;
    ASSERT_GE(ratio.high, ratio.value) << seed;
    const bool zero = difference.low <= 0.0 && difference.high >= 0.0;
    const bool one = ratio.low <= 1.0 && ratio.high >= 1.0;
    ASSERT_TRUE(one || !zero) << seed;
    ASSERT_FALSE(one && !zero && std::isfinite(ratio.high)) << seed;
    decided += zero ? 0 : 1;
  }
  EXPECT_GT(decided, 300);
  EXPECT_LT(decided, 2700);
}

TEST(RankDesigns, the_clearly_best_wins_and_the_rest_are_beaten) {
  Reference r(11);
  const Values shared = noise(r, 20, 5.0);
  std::vector<Values> v;
  for (const double mean : {3.0, 1.0, 2.0}) v.push_back(around(r, mean, 0.1, shared));
  const Ranking low = rank_designs(v, true);
  ASSERT_EQ(low.order.size(), 3U);
  EXPECT_EQ(low.order[0].design, 1U);
  EXPECT_EQ(low.order[1].design, 2U);
  EXPECT_EQ(low.winner, 1U);
  EXPECT_EQ(low.order[2].beaten_by, 1U);
  EXPECT_NEAR(low.order[2].behind.value, 2.0, 0.2);
  const Ranking high = rank_designs(v, false);
  EXPECT_EQ(high.winner, 0U);
  EXPECT_NEAR(high.order[2].behind.value, 2.0, 0.2);
  EXPECT_GT(high.order[2].behind.low, 0.0);
}

TEST(RankDesigns, close_designs_share_the_first_place) {
  Reference r(12);
  std::vector<Values> v;
  for (const double mean : {1.0, 1.01, 9.0}) v.push_back(around(r, mean, 0.5, Values(10, 0.0)));
  const Ranking ranking = rank_designs(v, true);
  EXPECT_FALSE(ranking.winner.has_value());
  EXPECT_FALSE(ranking.order[0].beaten_by.has_value());
  EXPECT_FALSE(ranking.order[1].beaten_by.has_value());
  EXPECT_TRUE(ranking.order[2].beaten_by.has_value());
}

TEST(RankDesigns, infinite_and_missing_come_last_and_a_missing_one_keeps_the_choice_open) {
  const std::vector<Values> infinite{{kInf, 1, 1, 1, 1, 1, 1}, {5, 5.1, 5, 5.1, 5, 5.1, 5}};
  const Ranking ranking = rank_designs(infinite, true);
  EXPECT_EQ(ranking.order[0].design, 1U);
  EXPECT_FALSE(ranking.winner.has_value());
  const Values always(7, kInf);
  EXPECT_EQ(rank_designs(std::vector<Values>{always, infinite[1]}, true).winner, 1U);
  const Values unseen(7, kNaN);
  EXPECT_FALSE(
      rank_designs(std::vector<Values>{unseen, infinite[1], Values(7, 99.0)}, true).winner.has_value());
}

TEST(RankDesigns, infinite_means_are_ordered_by_how_often_and_then_by_what_was_finite) {
  const std::vector<Values> v{
      {kInf, kInf, kInf, 1}, {kNaN, 1, 1, 1}, {9, kInf, 9, 9}, {2, 2, 2, 2}, {kInf, 3, 3, 3}};
  const Ranking ranking = rank_designs(v, true);
  std::vector<std::size_t> order;
  for (const Rank& rank : ranking.order) order.push_back(rank.design);
  EXPECT_EQ(order, (std::vector<std::size_t>{3, 4, 2, 0, 1}));
  EXPECT_EQ(ranking.order[3].infinite, 3U);
}

TEST(RankDesigns, the_fewest_pairs_are_those_from_which_on_never_restored_is_excluded) {
  EXPECT_EQ(fewest_infinite_pairs(0.95), 6U);
  for (const double confidence : {0.8, 0.95, 0.99, 0.9999}) {
    const auto n = static_cast<std::size_t>(fewest_infinite_pairs(confidence));
    EXPECT_EQ(compare_pairs(Values(n, 1.0), Values(n, kInf), confidence).order, Order::kGreater);
    EXPECT_EQ(compare_pairs(Values(n - 1, 1.0), Values(n - 1, kInf), confidence).order, Order::kUndecided);
  }
}

TEST(RankDesigns, the_true_best_is_kept_as_often_as_promised) {
  // Five equal designs, the least favourable case: design 0 is beaten in at most 5 % of 1000 seeds; more than 75 have
  // probability below 1e-3.
  int lost = 0;
  int named = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Reference r(seed);
    const Values shared = noise(r, 10, 2.0);
    std::vector<Values> v;
    for (int i = 0; i < 5; ++i) v.push_back(around(r, 0.0, 1.0, shared));
    const Ranking ranking = rank_designs(v, true);
    for (const Rank& rank : ranking.order) lost += rank.design == 0 && rank.beaten_by ? 1 : 0;
    named += ranking.winner ? 1 : 0;
  }
  EXPECT_LE(lost, 75);
  EXPECT_LE(named, 75);
}

TEST(ParetoSet, sure_members_sure_losers_and_open_ones) {
  Reference r(5);
  const Values shared = noise(r, 20, 1.0);
  // RTO and cost: 0 fast and dear, 1 slow and cheap, 2 slower and dearer than 1, 3 as fast as 0 for all that can be seen, and
  // dearer.
  ParetoObjective rto{true, {}};
  for (const double mean : {1.0, 8.0, 9.0, 1.001}) rto.values.push_back(around(r, mean, 0.05, shared));
  const ParetoObjective cost{true, {Values(20, 100), Values(20, 50), Values(20, 60), Values(20, 110)}};
  const auto set = pareto_set(std::vector{rto, cost});
  EXPECT_EQ(set[0].place, ParetoPlace::kFront);
  EXPECT_EQ(set[1].place, ParetoPlace::kFront);
  EXPECT_EQ(set[2].place, ParetoPlace::kDominated);
  EXPECT_EQ(set[2].dominated_by, 1U);
  EXPECT_EQ(set[3].place, ParetoPlace::kUndecided);
}

TEST(ParetoSet, maximised_objectives_are_turned_round_and_twins_share_the_front) {
  const ParetoObjective availability{false, {{0.99, 0.98, 0.97}, {0.99, 0.98, 0.97}, {0.90, 0.89, 0.88}}};
  const ParetoObjective cost{true, {{5, 5, 5}, {5, 5, 5}, {5, 5, 5}}};
  const auto set = pareto_set(std::vector{availability, cost});
  EXPECT_EQ(set[0].place, ParetoPlace::kFront);
  EXPECT_EQ(set[1].place, ParetoPlace::kFront);
  EXPECT_EQ(set[2].place, ParetoPlace::kDominated);
}

TEST(ParetoSet, a_design_that_sometimes_never_recovers_is_left_open) {
  const ParetoObjective rto{true, {{1, 1.1, kInf, 1}, {2, 2.1, 2, 2.2}}};
  const auto set = pareto_set(std::vector{rto});
  EXPECT_EQ(set[0].place, ParetoPlace::kUndecided);
  EXPECT_EQ(set[1].place, ParetoPlace::kUndecided);
  EXPECT_TRUE(set[1].front_by_means);
  EXPECT_TRUE(pareto_set({}).empty());
}

TEST(ParetoSet, a_design_that_was_not_observed_is_on_no_front) {
  const ParetoObjective p99{true, {{1, 1.1, 1, 1}, {kNaN, kNaN, kNaN, kNaN}, {2, 2.1, 2, 2.2}}};
  const ParetoObjective availability{false, {{0.9, 0.9, 0.9, 0.9}, {0, 0, 0, 0}, {1, 1, 1, 1}}};
  const auto set = pareto_set(std::vector{p99, availability});
  EXPECT_TRUE(set[0].front_by_means);
  EXPECT_FALSE(set[1].front_by_means);
  EXPECT_EQ(set[1].place, ParetoPlace::kUndecided);
  EXPECT_TRUE(set[2].front_by_means);
}

TEST(FullComparisonCoverage, differences_and_ratios_of_pairs_hold_the_truth) {
  // Downtime of a replication as the sum of its outages: Poisson in number, exponential in length, 1.25 times as long in b, and
  // what each design adds of its own. 2000 seeds of 10 and of 30 replications; pooled 93.5 to 96.5 %, none under 90 %.
  int held = 0;
  int all = 0;
  for (const std::size_t n : {10U, 30U}) {
    Coverage difference(1.25 * 8.0 - 8.0 + 1.0);
    Coverage ratio((1.25 * 8.0 + 2.0) / (8.0 + 1.0));
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
      Reference r(seed + 100'000 * n);
      Values a, b;
      for (std::size_t i = 0; i < n; ++i) {
        double down = 0.0;
        for (double at = r.exponential(1.0); at < 8.0; at += r.exponential(1.0)) down += r.exponential(1.0);
        a.push_back(down + r.exponential(1.0));
        b.push_back(1.25 * down + r.exponential(2.0));
      }
      difference.add(compare_pairs(a, b).difference);
      ratio.add(paired_ratio(a, b));
    }
    std::printf("%zu pairs: difference %.1f %%, ratio %.1f %%\n", n, 100 * difference.share(),
                100 * ratio.share());
    for (const Coverage* c : {&difference, &ratio}) {
      EXPECT_GE(c->share(), 0.9);
      held += c->hits;
      all += c->runs;
    }
  }
  EXPECT_GE(held, all * 0.935);
  EXPECT_LE(held, all * 0.965);
}

TEST(FullComparisonCoverage, ratios_hold_the_truth_where_single_replications_hold_most_failures) {
  // One replication in five has an outage a thousand times as long as all else; it is 1.25 times as long in b. 2000 seeds each.
  for (const std::size_t n : {10U, 30U, 100U}) {
    Coverage ratio((1.25 * 200.0 + 2.0) / (200.0 + 1.0));
    int bounded = 0;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
      Reference r(seed + 100'000 * n);
      Values a, b;
      for (std::size_t i = 0; i < n; ++i) {
        const double outage = r.uniform() < 0.2 ? r.exponential(1000.0) : 0.0;
        a.push_back(outage + r.exponential(1.0));
        b.push_back(1.25 * outage + r.exponential(2.0));
      }
      const Estimate e = paired_ratio(a, b);
      ratio.add(e);
      bounded += std::isfinite(e.high) ? 1 : 0;
    }
    std::printf("%zu pairs with single long outages: ratio %.1f %%, bounded %.1f %%\n", n,
                100 * ratio.share(), bounded / 20.0);
    EXPECT_GE(ratio.share(), 0.9);
  }
}

}  // namespace
}  // namespace twinvoice::measure
