// Expected arrivals of every kind of load, by hand.
#include "sim/plan/load_curve.hpp"

#include <gtest/gtest.h>

#include "tests/support/plan_builder.hpp"

namespace twinvoice::testing {
namespace {

constexpr Nanos kSecond = kNanosPerSecond;
constexpr Nanos kHour = 3600 * kSecond;

/// A Plan of one source over 24 hours.
plan::Plan of(plan::Source source) {
  plan::Plan plan;
  plan.horizon_ns = 24 * kHour;
  plan.sources.push_back(std::move(source));
  return plan;
}

TEST(LoadCurve, a_constant_rate_is_the_share_of_the_time) {
  plan::Source source;
  source.segments = {{0, 10.0}};
  source.batch = 2;
  EXPECT_DOUBLE_EQ(plan::expected_arrivals(of(source), 6 * kHour), 2 * 10.0 * 6 * 3600);
  EXPECT_DOUBLE_EQ(plan::expected_share(of(source), 6 * kHour), 0.25);
}

// 1/s for 12 h, then 3/s: a quarter of the work lies in the first half.
TEST(LoadCurve, a_quiet_half_is_a_quarter_of_the_work) {
  plan::Source source;
  source.segments = {{0, 1.0}, {12 * kHour, 3.0}};
  EXPECT_DOUBLE_EQ(plan::expected_share(of(source), 12 * kHour), 0.25);
  EXPECT_DOUBLE_EQ(plan::expected_share(of(source), 18 * kHour), 0.625);
}

// The same shape each 6 h, 1/s for 3 h and 3/s for 3 h: after 9 h one period and a quarter of the next, of four.
TEST(LoadCurve, segments_repeat_with_their_period) {
  plan::Source source;
  source.segments = {{0, 1.0}, {3 * kHour, 3.0}};
  source.period_ns = 6 * kHour;
  EXPECT_DOUBLE_EQ(plan::expected_share(of(source), 9 * kHour), 1.25 / 4.0);
}

// mean x (1 + a cos(2 pi (t - 14 h) / 24 h)): all of it in 24 h; from 2 h (the trough) to 14 h (the peak) half of it, since the wave is
// symmetric about both; to 8 h, a quarter period after the trough, mean x (6 h - a x 24 h / 2 pi) since then.
TEST(LoadCurve, a_sinusoid_is_the_integral_of_its_wave) {
  plan::Source source;
  source.sinusoid = true;
  source.mean_per_s = 100.0;
  source.amplitude = 0.95;
  source.peak_ns = 14 * kHour;
  source.period_ns = 24 * kHour;
  const plan::Plan plan = of(source);
  const double day = 100.0 * 86'400;
  const auto arrivals = [&](Nanos from_ns, Nanos to_ns) {
    return plan::expected_arrivals(plan, to_ns) - plan::expected_arrivals(plan, from_ns);
  };
  EXPECT_NEAR(arrivals(0, 24 * kHour), day, 1e-6 * day);
  EXPECT_NEAR(arrivals(2 * kHour, 14 * kHour), day / 2, 1e-6 * day);
  EXPECT_NEAR(arrivals(2 * kHour, 8 * kHour), day * (0.25 - 0.95 / (2.0 * 3.14159265358979)), 1e-6 * day);
}

// Every 2 h from 1 h on: 1, 3, 5 ... 23 h.
TEST(LoadCurve, a_clock_counts_its_instants) {
  plan::Source source;
  source.kind = plan::SourceKind::kDeterministic;
  source.first_at_ns = kHour;
  source.interval_ns = 2 * kHour;
  EXPECT_EQ(plan::expected_arrivals(of(source), kHour), 0.0) << "before the instant";
  EXPECT_EQ(plan::expected_arrivals(of(source), kHour + 1), 1.0);
  EXPECT_EQ(plan::expected_arrivals(of(source), 24 * kHour), 12.0);
  source.count = 3;
  EXPECT_EQ(plan::expected_share(of(source), 4 * kHour), 2.0 / 3.0);
}

TEST(LoadCurve, a_record_counts_its_times) {
  plan::Source source;
  source.kind = plan::SourceKind::kTrace;
  source.times_ns = {kHour, kHour, 2 * kHour, 20 * kHour};
  EXPECT_EQ(plan::expected_share(of(source), 2 * kHour), 0.5);
}

// Three users who think for 10 s beside 0.1/s: 0.3/s and 0.1/s, evenly spread.
TEST(LoadCurve, users_count_by_the_time_they_think) {
  PlanBuilder b;
  plan::Source closed;
  closed.kind = plan::SourceKind::kClosed;
  closed.users = 3;
  closed.think = b.constant(10 * kSecond);
  plan::Plan plan = of(closed);
  plan.laws = b.plan.laws;
  plan::Source open;
  open.segments = {{0, 0.1}};
  plan.sources.push_back(open);
  EXPECT_DOUBLE_EQ(plan::expected_arrivals(plan, 100 * kSecond), 40.0);
}

TEST(LoadCurve, without_arrivals_the_time_counts) {
  EXPECT_DOUBLE_EQ(plan::expected_share(of({}), 6 * kHour), 0.25);
}

}  // namespace
}  // namespace twinvoice::testing
