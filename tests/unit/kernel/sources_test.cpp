// When requests arrive: fixed times by hand, random ones against their moments.
#include <gtest/gtest.h>

#include "sim/random/draw.hpp"
#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

/// One operation without work: every request is decided where it arrives.
struct Arrivals {
  PlanBuilder b;
  plan::OperationId op = b.operation("issue", b.program("issue").end(), b.location("a"));
};

std::vector<Nanos> times_of(KernelRun& run, std::uint32_t source = 0) {
  std::vector<Nanos> times;
  for (const auto& r : run.log()) {
    if (r.source == source) times.push_back(r.arrived_ns);
  }
  return times;
}

TEST(Sources, a_deterministic_source_keeps_its_grid) {
  Arrivals a;
  a.b.deterministic(a.op, 7 * kMs, 4, 3 * kMs);
  KernelRun run(a.b, kSecond);
  EXPECT_EQ(times_of(run), (std::vector<Nanos>{3 * kMs, 10 * kMs, 17 * kMs, 24 * kMs}));
}

// Nothing at or after the horizon: arrivals at 0, 10, 20, not at 30.
TEST(Sources, nothing_arrives_at_the_horizon) {
  Arrivals a;
  a.b.deterministic(a.op, 10 * kMs);
  KernelRun run(a.b, 30 * kMs);
  EXPECT_EQ(run.counts().arrived, 3U);
}

TEST(Sources, batches_have_consecutive_ordinals) {
  Arrivals a;
  a.b.deterministic(a.op, 10 * kMs, 2).batch = 3;
  KernelRun run(a.b, kSecond);
  EXPECT_EQ(times_of(run), (std::vector<Nanos>{0, 0, 0, 10 * kMs, 10 * kMs, 10 * kMs}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(run.at(i).ordinal, i);
}

TEST(Sources, a_trace_may_repeat_times) {
  Arrivals a;
  a.b.trace(a.op, {5, 5, 9});
  KernelRun run(a.b, kSecond);
  EXPECT_EQ(times_of(run), (std::vector<Nanos>{5, 5, 9}));
}

// Think 10 ms, request of no length: user u submits at 10, 20, 30 ms with ordinals u, users + u, 2 users + u.
TEST(Sources, closed_users_think_first_and_number_their_cycles) {
  Arrivals a;
  a.b.closed(a.op, 2, a.b.constant(10 * kMs));
  KernelRun run(a.b, 35 * kMs);
  EXPECT_EQ(times_of(run), (std::vector<Nanos>{10 * kMs, 10 * kMs, 20 * kMs, 20 * kMs, 30 * kMs, 30 * kMs}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(run.at(i).ordinal, i);
}

// Poisson: 100/s for 400 s. The count is Poisson of mean 40 000 (standard deviation 200); five of them: false alarm 6e-7. Gaps have
// squared coefficient of variation 1: its estimate from 40 000 gaps has a standard error near sqrt(8 / 40 000) = 0.014.
TEST(Sources, poisson_gaps_are_exponential) {
  Arrivals a;
  a.b.poisson(a.op, 100.0);
  KernelRun run(a.b, 400 * kSecond);
  const auto times = times_of(run);
  EXPECT_NEAR(static_cast<double>(times.size()), 40'000.0, 1'000.0);
  double sum = 0.0, squares = 0.0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double gap = to_seconds(times[i] - times[i - 1]);
    sum += gap, squares += gap * gap;
  }
  const auto n = static_cast<double>(times.size() - 1);
  EXPECT_NEAR(squares / n / (sum / n * sum / n) - 1.0, 1.0, 0.07);
}

// The first gaps are the unit-exponential draws of the frames (name, 0), (name, 1) ... divided by the rate.
TEST(Sources, poisson_gaps_are_the_stated_draws) {
  Arrivals a;
  a.b.poisson(a.op, 2.0);
  KernelRun run(a.b, 1'000 * kSecond);
  Nanos at = 0;
  for (std::uint64_t n = 0; n < 20; ++n) {
    random::Draws draws(random::Stream::of(1, 0), random::purpose_of("source", "gap"),
                        random::root_frame(random::hash_name("issue"), n));
    at += from_seconds(random::standard_exponential(draws) / 2.0);
    EXPECT_EQ(run.at(n).arrived_ns, at);
  }
}

// Rates 50/s in [0, 10), 0 in [10, 30), 200/s from 30 s to 50 s, repeated every 50 s, 20 periods. Counts are Poisson of means 500,
// 0 and 4000 a period; over 20 periods 10 000 +- 100 and 80 000 +- 283; bounds of five.
TEST(Sources, a_piecewise_rate_is_followed_period_by_period) {
  Arrivals a;
  plan::Source& source = a.b.poisson(a.op, 50.0);
  source.segments = {{0, 50.0}, {10 * kSecond, 0.0}, {30 * kSecond, 200.0}};
  source.period_ns = 50 * kSecond;
  KernelRun run(a.b, 1'000 * kSecond);
  double counts[3] = {};
  for (const Nanos t : times_of(run)) {
    const Nanos phase = t % (50 * kSecond);
    counts[phase < 10 * kSecond ? 0 : phase < 30 * kSecond ? 1 : 2] += 1.0;
  }
  EXPECT_NEAR(counts[0], 10'000.0, 500.0);
  EXPECT_EQ(counts[1], 0.0);
  EXPECT_NEAR(counts[2], 80'000.0, 1'415.0);
}

// The rate doubled from 3 s on: the first arrivals are those of the plain run, later ones come twice as fast: an arrival at t > 3 s of
// the plain run comes at 3 + (t - 3) / 2 (same units consumed).
TEST(Sources, a_factor_on_the_rate_squeezes_the_same_draws) {
  Arrivals plain, busy;
  plain.b.poisson(plain.op, 5.0);
  busy.b.poisson(busy.op, 5.0);
  busy.b.hold(busy.b.fault("spike", 3 * kSecond), Knob::kSourceRate, 0, 2.0);
  KernelRun slow(plain.b, 20 * kSecond), fast(busy.b, 11 * kSecond);
  const auto a = times_of(slow), c = times_of(fast);
  ASSERT_GT(c.size(), 40U);
  for (std::size_t i = 0; i < std::min(a.size(), c.size()); ++i) {
    const Nanos expected = a[i] < 3 * kSecond ? a[i] : 3 * kSecond + (a[i] - 3 * kSecond) / 2;
    EXPECT_NEAR(static_cast<double>(c[i]), static_cast<double>(expected), 100.0) << i;
  }
}

// Rate 0 in 3..7 s: nothing arrives, and afterwards the arrivals of the plain run come 4 s late.
TEST(Sources, a_stopped_source_goes_on_where_it_stood) {
  Arrivals plain, stopped;
  plain.b.poisson(plain.op, 5.0);
  stopped.b.poisson(stopped.op, 5.0);
  stopped.b.hold(stopped.b.fault("stop", 3 * kSecond, 7 * kSecond), Knob::kSourceRate, 0, 0.0);
  KernelRun whole(plain.b, 20 * kSecond), broken(stopped.b, 24 * kSecond);
  const auto a = times_of(whole), c = times_of(broken);
  ASSERT_EQ(a.size(), c.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Nanos expected = a[i] < 3 * kSecond ? a[i] : a[i] + 4 * kSecond;
    EXPECT_NEAR(static_cast<double>(c[i]), static_cast<double>(expected), 100.0) << i;
  }
}

// The same for a sinusoid, whose candidates are what is kept: nothing in 3..7 s, something soon after.
TEST(Sources, a_stopped_sinusoid_goes_on) {
  Arrivals a;
  plan::Source& source = a.b.poisson(a.op, 0.0);
  source.sinusoid = true;
  source.mean_per_s = 50.0;
  source.amplitude = 0.5;
  source.period_ns = 20 * kSecond;
  a.b.hold(a.b.fault("stop", 3 * kSecond, 7 * kSecond), Knob::kSourceRate, 0, 0.0);
  KernelRun run(a.b, 20 * kSecond);
  double before = 0.0, during = 0.0, after = 0.0;
  for (const Nanos t : times_of(run)) {
    (t < 3 * kSecond ? before : t < 7 * kSecond ? during : after) += 1.0;
    EXPECT_NE(t, 7 * kSecond);
  }
  EXPECT_GT(before, 50.0);
  EXPECT_EQ(during, 0.0);
  EXPECT_GT(after, 200.0);
}

// M(t)/M/inf with rate 40 (1 + 0.6 cos(2 pi (t - 3) / 10)) and stays of mean 2 s, empty at the start. For a sinusoid the number
// present at t (start-up gone, e^-20) is Poisson of mean 80 (1 + 0.6 (cos x + w sin x) / (1 + w^2)), w = 2 pi 2 / 10,
// x = 2 pi (t - 3) / 10 (Eick, Massey and Whitt). Averages of 25 replications: standard error sqrt(m / 25).
TEST(Sources, a_diurnal_load_lags_behind_its_rate) {
  constexpr double kTwoPi = 6.283185307179586;
  const double w = kTwoPi * 2.0 / 10.0;
  for (const double t : {43.0, 45.5, 48.0, 50.5}) {
    const double x = kTwoPi * (t - 3.0) / 10.0;
    const double mean = 80.0 * (1.0 + 0.6 * (std::cos(x) + w * std::sin(x)) / (1.0 + w * w));
    double present = 0.0;
    for (std::uint64_t r = 0; r < kReplications; ++r) {
      PlanBuilder b;
      const auto op = b.operation("stay", b.program("stay").delay(b.exponential(2.0)).end(), b.location("a"));
      plan::Source& source = b.poisson(op, 0.0);
      source.sinusoid = true;
      source.mean_per_s = 40.0;
      source.amplitude = 0.6;
      source.period_ns = 10 * kSecond;
      source.peak_ns = 3 * kSecond;
      kernel::RunOptions options;
      options.replication = r;
      KernelRun run(b, 60 * kSecond, options);
      run.until(from_seconds(t));
      present += run.sense(plan::SensorKind::kInFlight, op.value) / static_cast<double>(kReplications);
    }
    EXPECT_NEAR(present, mean, 5.0 * std::sqrt(mean / static_cast<double>(kReplications))) << t;
  }
}

}  // namespace
}  // namespace twinvoice::testing
