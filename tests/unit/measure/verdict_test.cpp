#include "sim/measure/verdict.hpp"

#include <gtest/gtest.h>

namespace twinvoice::measure {
namespace {

Estimate between(double low, double high) {
  Estimate e;
  e.value = (low + high) / 2;
  e.low = low;
  e.high = high;
  e.samples = 10;
  e.converged = true;
  return e;
}

TEST(Verdict, needs_the_whole_interval_on_one_side) {
  EXPECT_EQ(judge(between(1, 2), {Relation::at_most, 3}), Verdict::met);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_most, 1.9}), Verdict::undecided);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_most, 0.5}), Verdict::missed);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_least, 0.5}), Verdict::met);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_least, 1.5}), Verdict::undecided);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_least, 2.5}), Verdict::missed);
}

TEST(Verdict, touching_the_bound_tells_strict_from_loose) {
  EXPECT_EQ(judge(between(1, 2), {Relation::at_most, 2}), Verdict::met);
  EXPECT_EQ(judge(between(1, 2), {Relation::below, 2}), Verdict::undecided);
  EXPECT_EQ(judge(between(1, 2), {Relation::below, 1}), Verdict::missed);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_most, 1}), Verdict::undecided);
  EXPECT_EQ(judge(between(1, 2), {Relation::at_least, 1}), Verdict::met);
  EXPECT_EQ(judge(between(1, 2), {Relation::above, 1}), Verdict::undecided);
  EXPECT_EQ(judge(between(1, 2), {Relation::above, 2}), Verdict::missed);
}

TEST(Verdict, within_needs_both_ends_inside) {
  EXPECT_EQ(judge(between(1, 2), {Relation::within, 1, 2}), Verdict::met);
  EXPECT_EQ(judge(between(1, 2), {Relation::within, 1.5, 3}), Verdict::undecided);
  EXPECT_EQ(judge(between(1, 2), {Relation::within, 0, 0.5}), Verdict::missed);
  EXPECT_EQ(judge(between(1, 2), {Relation::within, 2.5, 3}), Verdict::missed);
}

TEST(Verdict, exactly_known_values_are_always_decided) {
  for (const double bound : {4.0, 5.0, 6.0}) {
    EXPECT_EQ(judge(between(5, 5), {Relation::at_most, bound}), bound >= 5 ? Verdict::met : Verdict::missed);
  }
}

TEST(Verdict, an_infinite_end_leaves_it_undecided) {
  const Estimate e = between(1, std::numeric_limits<double>::infinity());
  Estimate unbounded = e;
  unbounded.value = 1.5;
  EXPECT_EQ(judge(unbounded, {Relation::at_most, 1e9}), Verdict::undecided);
  EXPECT_EQ(judge(unbounded, {Relation::at_least, 1}), Verdict::met);
}

TEST(Verdict, what_has_not_converged_is_undecided_wherever_it_lies) {
  Estimate e = between(1, 2);
  e.converged = false;
  EXPECT_EQ(judge(e, {Relation::at_most, 3}), Verdict::undecided);
  EXPECT_EQ(judge(e, {Relation::at_least, 3}), Verdict::undecided);
}

TEST(Verdict, a_range_without_a_value_is_judged_by_its_ends) {
  Estimate e = between(1, 2);
  e.value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(judge(e, {Relation::at_most, 3}), Verdict::met);
  EXPECT_EQ(judge(e, {Relation::at_most, 0.5}), Verdict::missed);
  EXPECT_EQ(judge(e, {Relation::at_most, 1.5}), Verdict::undecided);
}

TEST(Verdict, integers_are_compared_exactly) {
  // 2^53 + 1 is no double.
  constexpr std::int64_t kBig = (std::int64_t{1} << 53) + 1;
  EXPECT_EQ(side(kBig, kBig, Relation::at_most, kBig - 1), Verdict::missed);
  EXPECT_EQ(side(kBig, kBig, Relation::at_most, kBig), Verdict::met);
}

TEST(Verdict, nothing_observed_is_an_error_and_not_a_pass) {
  EXPECT_EQ(judge(Estimate{}, {Relation::at_most, 1e9}), Verdict::no_sample);
  EXPECT_EQ(worse(Verdict::missed, Verdict::no_sample), Verdict::no_sample);
  EXPECT_EQ(worse(Verdict::undecided, Verdict::met), Verdict::undecided);
  EXPECT_EQ(worse(Verdict::undecided, Verdict::missed), Verdict::missed);
  EXPECT_EQ(name(Verdict::no_sample), "no_sample");
  EXPECT_EQ(name(Relation::at_most), "<=");
}

}  // namespace
}  // namespace twinvoice::measure
