#include "sim/measure/promise.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/measure/distributions.hpp"
#include "sim/measure/mixture.hpp"
#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

constexpr Nanos kMinute = 60 * kNanosPerSecond;

Incident exactly_ns(Nanos ns) { return {ns, ns, ns}; }

std::vector<Incident> mixed(std::size_t kept, std::size_t broken, std::size_t unknown) {
  std::vector<Incident> list(kept, exactly_ns(1 * kMinute));
  list.insert(list.end(), broken, exactly_ns(11 * kMinute));
  list.insert(list.end(), unknown, Incident{2 * kMinute, kNever, std::nullopt});
  return list;
}

Promise within_minutes(std::int64_t minutes, double share = 0.95) {
  return {Relation::at_most, minutes * kMinute, 0, share, false};
}

TEST(Promise, an_incident_is_kept_or_broken_when_its_whole_range_is) {
  const Promise p{Relation::at_most, 300, 0, 0.95, false};
  EXPECT_EQ(judge_incident({100, 300, {}}, p), Kept::kKept);  // touching is within
  EXPECT_EQ(judge_incident({100, 301, {}}, p), Kept::kUnknown);
  EXPECT_EQ(judge_incident({300, 400, {}}, p), Kept::kUnknown);
  EXPECT_EQ(judge_incident({301, kNever, {}}, p), Kept::kBroken);
  EXPECT_EQ(judge_incident(kUnknownIncident, p), Kept::kUnknown);
  EXPECT_EQ(judge_incident({100, 300, {}}, {Relation::below, 300, 0, 0.95, false}), Kept::kUnknown);
  // Dead to the horizon 35 min later: unknown for 40 min, broken for 25 min.
  const Incident dead{35 * kMinute, kNever, {}};
  EXPECT_EQ(judge_incident(dead, within_minutes(40)), Kept::kUnknown);
  EXPECT_EQ(judge_incident(dead, within_minutes(25)), Kept::kBroken);
}

TEST(Promise, a_mean_within_it_does_not_keep_it) {
  // 15 of 20 take 1 min, 5 take 11 min: mean 3.5 min. Upper bound of the share kept from 15 of 20: 0.913 < 0.95.
  const PromiseResult r = judge_promise(mixed(15, 5, 0), within_minutes(5));
  EXPECT_DOUBLE_EQ(r.mean.value, 3.5 * kMinute);
  EXPECT_EQ(r.kept, 15U);
  EXPECT_EQ(r.broken, 5U);
  EXPECT_NEAR(binomial_cdf(15, 20, r.share.high), 0.025, 1e-9);
  EXPECT_NEAR(r.share.high, 0.9134, 1e-4);
  EXPECT_EQ(r.verdict, Verdict::missed);
  Promise mean = within_minutes(5);
  mean.of_mean = true;
  // s = 10 min sqrt(20/19 * 3/16) = 4.443, t(19) = 2.093: 3.5 +- 2.079 min; both fates seen five times.
  const PromiseResult m = judge_promise(mixed(15, 5, 0), mean);
  EXPECT_NEAR(m.mean.high, 5.579 * kMinute, 0.001 * kMinute);
  EXPECT_EQ(m.verdict, Verdict::undecided);
  EXPECT_EQ(judge_promise(mixed(15, 5, 0), {Relation::at_most, 6 * kMinute, 0, 0.95, true}).verdict,
            Verdict::met);
}

TEST(Promise, the_lower_bound_decides_that_it_is_met) {
  // 0.025^(1/71) = 0.9494, 0.025^(1/72) = 0.9501. The upper bound is 1 from the first one on.
  EXPECT_EQ(judge_promise(mixed(71, 0, 0), within_minutes(5)).verdict, Verdict::undecided);
  EXPECT_EQ(judge_promise(mixed(72, 0, 0), within_minutes(5)).verdict, Verdict::met);
  // 0.025^(1/35) = 0.8999, 0.025^(1/36) = 0.9026.
  EXPECT_EQ(judge_promise(mixed(35, 0, 0), within_minutes(5, 0.9)).verdict, Verdict::undecided);
  EXPECT_EQ(judge_promise(mixed(36, 0, 0), within_minutes(5, 0.9)).verdict, Verdict::met);
}

TEST(Promise, unknown_ones_are_broken_below_and_kept_above) {
  const PromiseResult r = judge_promise(mixed(6, 1, 3), within_minutes(5));
  EXPECT_EQ(r.kept, 6U);
  EXPECT_EQ(r.broken, 1U);
  EXPECT_NEAR(1.0 - binomial_cdf(5, 10, r.share.low), 0.025, 1e-9);  // 6 of 10
  EXPECT_NEAR(binomial_cdf(9, 10, r.share.high), 0.025, 1e-9);       // 10 - 1 of 10
}

TEST(Promise, it_says_how_many_more_would_decide) {
  EXPECT_EQ(incidents_to_decide(5, 0, 5, 0.95), 72U);
  EXPECT_EQ(incidents_to_decide(20, 0, 20, 0.90), 36U);
  EXPECT_EQ(incidents_to_decide(200, 0, 200, 0.90), 36U);
  EXPECT_EQ(judge_promise(mixed(5, 0, 0), within_minutes(5)).more_to_decide, 67U);
  // 3 of 4 kept: the first m at which the upper bound of 0.75 m of m is below 0.95.
  const std::uint64_t m = incidents_to_decide(3, 1, 4, 0.95).value();
  EXPECT_LT(clopper_pearson(0.75 * static_cast<double>(m), static_cast<double>(m)).high, 0.95);
  EXPECT_GE(clopper_pearson(0.75 * static_cast<double>(m - 1), static_cast<double>(m - 1)).high, 0.95);
  EXPECT_EQ(judge_promise(mixed(3, 1, 0), within_minutes(5)).more_to_decide, m - 4);
  // Decided: nothing is wanting.
  EXPECT_EQ(judge_promise(mixed(72, 0, 0), within_minutes(5)).more_to_decide, std::nullopt);
}

TEST(Promise, it_says_when_no_number_would_decide) {
  EXPECT_EQ(incidents_to_decide(19, 1, 20, 0.95), std::nullopt);  // the share itself
  EXPECT_EQ(incidents_to_decide(5, 0, 5, 1.0), std::nullopt);     // every incident, for ever
  EXPECT_EQ(incidents_to_decide(9, 0, 10, 0.95), std::nullopt);   // 0.9 to 1 whatever their number
  EXPECT_EQ(incidents_to_decide(0, 0, 10, 0.95), std::nullopt);   // all unknown
  // One broken decides against "every incident" at once: upper bound of 1 of 2 is 0.987.
  EXPECT_EQ(judge_promise(mixed(1, 1, 0), within_minutes(5, 1.0)).verdict, Verdict::missed);
}

TEST(Promise, incidents_all_alike_leave_a_fate_unseen) {
  // 1 - 0.025^(1/5) = 0.5218
  EXPECT_NEAR(unseen_share(5), 0.5218, 1e-4);
  EXPECT_NEAR(judge_promise(mixed(5, 0, 0), within_minutes(5)).unseen.value(), 0.5218, 1e-4);
  EXPECT_TRUE(judge_promise(mixed(0, 5, 0), within_minutes(5)).unseen.has_value());
  EXPECT_FALSE(judge_promise(mixed(4, 1, 0), within_minutes(5)).unseen.has_value());
}

TEST(Promise, median_p90_and_worst_are_ranges_where_the_incidents_are) {
  std::vector<Incident> ten;
  for (std::int64_t i = 1; i <= 10; ++i) ten.push_back({i, i + 1, i});
  PromiseResult r = judge_promise(ten, {Relation::at_most, 5, 0, 0.95, false});
  EXPECT_EQ(r.median, (Incident{5, 6, 5}));  // ceil(0.5 x 10) = 5th
  EXPECT_EQ(r.p90, (Incident{9, 10, 9}));
  EXPECT_EQ(r.worst, (Incident{10, 11, 10}));
  ten[0] = {3, kNever, std::nullopt};
  r = judge_promise(ten, {Relation::at_most, 5, 0, 0.95, false});
  EXPECT_EQ(r.worst, (Incident{10, kNever, std::nullopt}));
  EXPECT_EQ(r.median, (Incident{5, 7, std::nullopt}));  // lows 2 3 3 4 5, highs 3 4 5 6 7
  EXPECT_TRUE(std::isnan(r.mean.value));
  EXPECT_TRUE(std::isinf(r.mean.high));
}

TEST(Promise, one_run_or_none_decides_nothing) {
  EXPECT_EQ(judge_promise({}, within_minutes(5)).verdict, Verdict::no_sample);
  const PromiseResult one = judge_promise(mixed(1, 0, 0), within_minutes(5));
  EXPECT_EQ(one.verdict, Verdict::undecided);
  EXPECT_EQ(one.more_to_decide, 71U);
  // 0.025 to 1: even a broken one says little about the share.
  EXPECT_NEAR(judge_promise(mixed(0, 1, 0), within_minutes(5)).share.high, 0.975, 1e-12);
  const Promise mean{Relation::at_most, 5 * kMinute, 0, 0.95, true};
  EXPECT_EQ(judge_promise(mixed(1, 0, 0), mean).verdict, Verdict::undecided);
  EXPECT_EQ(judge_promise(mixed(1, 0, 0), mean).more_to_decide, std::nullopt);
}

TEST(Promise, a_mean_touches_its_bound_exactly) {
  const std::vector<Incident> equal(7, exactly_ns(7'000'002));
  EXPECT_EQ(judge_promise(equal, {Relation::at_most, 7'000'002, 0, 0.95, true}).verdict, Verdict::met);
  EXPECT_EQ(judge_promise(equal, {Relation::below, 7'000'002, 0, 0.95, true}).verdict, Verdict::missed);
}

TEST(Promise, a_mean_with_open_incidents_can_be_missed_but_not_met) {
  const std::vector<Incident> open{{600, kNever, {}}, {610, kNever, {}}, {590, 590, 590}, {605, 605, 605}};
  EXPECT_EQ(judge_promise(open, {Relation::at_most, 100, 0, 0.95, true}).verdict, Verdict::missed);
  const PromiseResult r = judge_promise(open, {Relation::at_most, 1'000, 0, 0.95, true});
  EXPECT_EQ(r.verdict, Verdict::undecided);
  EXPECT_EQ(r.more_to_decide, std::nullopt);
}

TEST(Promise, the_mean_says_how_many_more_would_decide) {
  // mean 4, s^2 = 4 / 3, t(3) = 3.182: half-width 1.837 against a distance of 1: 4 x 1.837^2 = 13.5, so 14 in all.
  const std::vector<Incident> four{exactly_ns(3), exactly_ns(5), exactly_ns(3), exactly_ns(5)};
  EXPECT_EQ(judge_promise(four, {Relation::at_most, 5, 0, 0.95, true}).more_to_decide, 10U);
  EXPECT_EQ(judge_promise(four, {Relation::at_most, 4, 0, 0.95, true}).more_to_decide, std::nullopt);
}

TEST(Promise, each_target_is_judged_at_its_part_of_the_level) {
  // Two targets at 97.5 %: 0.0125^(1/85) = 0.9497, 0.0125^(1/86) = 0.9503.
  std::vector<std::vector<Incident>> zones{mixed(86, 0, 0), mixed(86, 0, 0)};
  const auto all = judge_each_target(zones, within_minutes(5));
  EXPECT_NEAR(all[0].confidence, 0.975, 1e-12);
  EXPECT_EQ(verdict_of_all(all), Verdict::met);
  zones[1] = mixed(85, 0, 0);
  EXPECT_EQ(verdict_of_all(judge_each_target(zones, within_minutes(5))), Verdict::undecided);
  zones[1] = mixed(10, 10, 0);  // pooled, 96 of 106 would be undecided
  EXPECT_EQ(verdict_of_all(judge_each_target(zones, within_minutes(5))), Verdict::missed);
  EXPECT_EQ(verdict_of_all({}), Verdict::no_sample);
}

TEST(Promise, several_operations_are_as_bad_as_the_worst) {
  const std::vector<Incident> two{{1, 9, 4}, {3, 5, 5}};
  EXPECT_EQ(worst_incident(two), (Incident{3, 9, 5}));
  const std::vector<Incident> open{{1, kNever, {}}, {3, 5, 5}};
  EXPECT_EQ(worst_incident(open), (Incident{3, kNever, std::nullopt}));
}

/// Over seeds 1 to 500, 100 incidents each. True share 94.9 %: met is wrong in at most 2.5 % (12.5 of 500; 24 or fewer in 99.9 % of
/// the seed sets of an exact procedure). True share 95.1 %: the same for missed. An interval that holds the truth in 95 % of
/// runs does so in 459 or more of 500 (99.9 %); exact bounds are wider, so that false alarms are rarer still.
TEST(Promise, wrong_verdicts_and_bounds_that_miss_are_as_rare_as_stated) {
  const auto play = [](double truth, std::uint64_t seed) {
    Reference r(seed);
    std::size_t kept = 0;
    for (int i = 0; i < 100; ++i) kept += r.uniform() < truth ? 1 : 0;
    return judge_promise(mixed(kept, 100 - kept, 0), within_minutes(5));
  };
  int met = 0, missed = 0, holds = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const PromiseResult below = play(0.949, seed);
    met += below.verdict == Verdict::met ? 1 : 0;
    holds += below.share.low <= 0.949 && 0.949 <= below.share.high ? 1 : 0;
    missed += play(0.951, seed + 500).verdict == Verdict::missed ? 1 : 0;
  }
  std::printf("seeds 1-1000: met wrongly %d, missed wrongly %d, held %d of 500\n", met, missed, holds);
  EXPECT_LE(met, 24);
  EXPECT_LE(missed, 24);
  EXPECT_GE(holds, 459);
}

/// With the bound 2 standard errors of 400 incidents from the truth at least half of the verdicts fall, at 4 at least 95 % (200 seeds:
/// 180 or more and so on for a procedure that just does, 99.9 %).
TEST(Promise, verdicts_are_decided_when_the_truth_is_clear) {
  const auto decided = [](double standard_errors) {
    const double truth = 0.95 - standard_errors * std::sqrt(0.95 * 0.05 / 400);
    int count = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      Reference r(seed + 9000);
      std::size_t kept = 0;
      for (int i = 0; i < 400; ++i) kept += r.uniform() < truth ? 1 : 0;
      count +=
          judge_promise(mixed(kept, 400 - kept, 0), within_minutes(5)).verdict == Verdict::missed ? 1 : 0;
    }
    return count;
  };
  EXPECT_GE(decided(2.0), 78);
  EXPECT_GE(decided(4.0), 180);
}

TEST(Mixture, two_groups_are_told_with_their_shares) {
  const std::vector<double> values{10.0, 600.0, 10.5, 11.0, 602.0, 10.2};
  const Mixture m = two_fates(values).value();
  EXPECT_EQ(m.lower.replications, 4U);
  EXPECT_NEAR(m.lower.value, 10.425, 1e-12);
  EXPECT_EQ(m.lower.low, 10.0);
  EXPECT_EQ(m.lower.high, 11.0);
  EXPECT_EQ(m.upper.replications, 2U);
  EXPECT_NEAR(m.upper.value, 601.0, 1e-12);
  EXPECT_NEAR(m.upper.share.value, 2.0 / 6, 1e-12);
  EXPECT_NEAR(1.0 - binomial_cdf(1, 6, m.upper.share.low), 0.025, 1e-9);
  EXPECT_NEAR(binomial_cdf(2, 6, m.upper.share.high), 0.025, 1e-9);
  EXPECT_EQ(m.rarer(), 2U);
}

TEST(Mixture, the_gap_must_exceed_five_times_the_spread_within) {
  EXPECT_FALSE(two_fates(std::vector{0.0, 1.0, 6.0, 6.5}).has_value());  // gap 5, spread 1
  EXPECT_TRUE(two_fates(std::vector{0.0, 1.0, 6.001, 6.5}).has_value());
  EXPECT_FALSE(two_fates(std::vector{5.0, 5.0, 5.0, 5.0}).has_value());
  EXPECT_TRUE(two_fates(std::vector{5.0, 5.0, 5.0, 5.1}).has_value());
  EXPECT_FALSE(two_fates(std::vector{0.0, 100.0, 100.0}).has_value());  // too few
}

TEST(Mixture, those_that_never_end_are_a_group_of_their_own) {
  const double inf = std::numeric_limits<double>::infinity();
  const Mixture m = two_fates(std::vector{inf, 3.0, 9.0, inf, 4.0}).value();
  EXPECT_EQ(m.upper.replications, 2U);
  EXPECT_TRUE(std::isinf(m.upper.value));
  EXPECT_FALSE(two_fates(std::vector{inf, inf, inf, inf}).has_value());
}

TEST(Mixture, a_mean_over_two_fates_needs_five_of_the_rarer) {
  Estimate mean;
  mean.converged = true;
  std::vector<double> values(10, 1.0);
  values.insert(values.end(), 4, 100.0);
  EXPECT_FALSE(with_fates(mean, values).converged);
  values.push_back(100.0);
  EXPECT_TRUE(with_fates(mean, values).converged);
  EXPECT_TRUE(with_fates(mean, std::vector(9, 1.0)).converged);
}

/// One group of normal values, 2000 seeds of 5: taken for two in 1.9 %; at most 65 with 99.9 %.
TEST(Mixture, one_group_is_seldom_taken_for_two) {
  int alarms = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    Reference r(seed);
    std::vector<double> values;
    for (int i = 0; i < 5; ++i) values.push_back(r.normal());
    alarms += two_fates(values).has_value() ? 1 : 0;
  }
  std::printf("seeds 1-2000: %d false mixtures\n", alarms);
  EXPECT_LE(alarms, 65);
}

}  // namespace
}  // namespace twinvoice::measure
