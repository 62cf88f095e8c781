#include "sim/measure/batches.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/base/check.hpp"
#include "sim/measure/batch_estimates.hpp"
#include "sim/measure/time_average.hpp"
#include "sim/measure/verdict.hpp"
#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

Batches sample(std::uint64_t seed, std::size_t slices = kSlices) {
  Reference r(seed);
  Batches b(1000, 1'000'003, slices);
  for (int i = 0; i < 5000; ++i) {
    const auto now = static_cast<Nanos>(r.uniform() * 1'100'000.0);
    if (r.uniform() < 0.1) {
      b.fail(now, 3);
    } else {
      b.succeed(now, static_cast<Nanos>(r.exponential(5e6)), 2);
      b.deliver(now + 10'000);
    }
  }
  return b;
}

std::vector<std::byte> bytes_of(const Batches& b) {
  wire::Writer out;
  b.serialize(out);
  return out.take();
}

TEST(SliceClock, every_instant_falls_in_the_slice_that_holds_it) {
  for (const std::size_t slices : {1U, 3U, 64U}) {
    SliceClock clock(17, 1040, slices);
    for (Nanos t = 17; t <= 1040; ++t) {
      const std::size_t i = clock.slice(t);
      ASSERT_LE(clock.slice_start(i), t);
      if (i + 1 < slices) {
        ASSERT_LT(t, clock.slice_start(i + 1));
      }
    }
    EXPECT_EQ(clock.slice(1040), slices - 1);
    EXPECT_EQ(clock.slice(17), 0U);
  }
}

TEST(SliceClock, refuses_empty_windows) {
  EXPECT_THROW(SliceClock(5, 5, 1), EngineError);
  EXPECT_THROW(SliceClock(0, 10, 11), EngineError);
  EXPECT_THROW(SliceClock(0, 10, 0), EngineError);
}

TEST(Batches, count_only_what_is_decided_inside_the_window) {
  Batches b(100, 200, 4);
  b.succeed(99, 5);
  b.fail(201);
  b.succeed(100, 7);
  b.fail(200);
  EXPECT_EQ(b.total().success, 1U);
  EXPECT_EQ(b.total().failure, 1U);
  EXPECT_EQ(b.totals(0).success, 1U);
  EXPECT_EQ(b.totals(3).failure, 1U);
  EXPECT_EQ(b.histogram().max_ns(), 7);
}

TEST(Batches, histogram_and_totals_agree) {
  const Batches b = sample(1);
  const Histogram h = b.histogram();
  EXPECT_EQ(h.count(), b.total().success);
  EXPECT_TRUE(h.sum_ns() == b.total().latency_sum_ns);
  const SliceTotals t = b.total();
  EXPECT_EQ(t.volume, static_cast<std::int64_t>(2 * t.success + 3 * t.failure));
  EXPECT_EQ(t.failed_volume, static_cast<std::int64_t>(3 * t.failure));
}

TEST(Batches, merged_slices_keep_everything_and_compose) {
  const Batches b = sample(2);
  EXPECT_TRUE(b.merged(32).merged(8) == b.merged(8));
  EXPECT_TRUE(b.merged(1).histogram() == b.histogram());
  EXPECT_TRUE(b.merged(16).total() == b.total());
  EXPECT_THROW((void)b.merged(5), EngineError);
}

TEST(Batches, survive_the_wire) {
  const Batches empty(0, 100, 8);
  const Batches full = sample(3);
  for (const Batches* b : {&empty, &full}) {
    const auto bytes = bytes_of(*b);
    wire::Reader in(bytes);
    const Batches back = Batches::deserialize(in);
    EXPECT_TRUE(back == *b);
    EXPECT_EQ(in.remaining(), 0U);
    EXPECT_TRUE(back.histogram() == b->histogram());
  }
}

TEST(Batches, truncated_and_corrupt_records_are_refused) {
  auto bytes = bytes_of(sample(4, 2));
  for (std::size_t n = 0; n < bytes.size(); n += 7) {
    wire::Reader in(std::span<const std::byte>(bytes).first(n));
    EXPECT_THROW((void)Batches::deserialize(in), wire::Malformed);
  }
  bytes[16] = std::byte{0xff};  // the number of slices
  bytes[20] = std::byte{0xff};
  wire::Reader in(bytes);
  EXPECT_THROW((void)Batches::deserialize(in), wire::Malformed);
}

TEST(Batches, order_of_recording_leaves_no_trace) {
  Batches forward(0, 1000, 8);
  Batches backward(0, 1000, 8);
  for (Nanos t = 0; t <= 1000; t += 10) forward.succeed(t, t * t);
  for (Nanos t = 1000; t >= 0; t -= 10) backward.succeed(t, t * t);
  EXPECT_EQ(bytes_of(forward), bytes_of(backward));
}

TEST(TimeSlices, areas_add_up_to_the_time_average) {
  TimeSlices slices(500, 7777, 1, 16);
  TimeAverage whole(500, 7777, 1);
  Reference r(5);
  for (Nanos t = 0; t < 9000; t += 1 + static_cast<Nanos>(r.exponential(60.0))) {
    const auto value = static_cast<std::int64_t>(r.exponential(10.0));
    slices.set(t, value);
    whole.set(t, value);
  }
  slices.finish(9000);
  RatioSample sum;
  for (const RatioSample& s : slices.series()) {
    sum.y += s.y;
    sum.x += s.x;
  }
  EXPECT_NEAR(sum.y / sum.x, whole.mean(9000), 1e-9);
}

TEST(TimeSlices, survive_the_wire_in_the_middle_of_a_run) {
  TimeSlices a(0, 1000, 2, 8);
  a.set(333, 5);
  wire::Writer out;
  a.serialize(out);
  wire::Reader in(out.bytes());
  TimeSlices b = TimeSlices::deserialize(in);
  for (TimeSlices* t : {&a, &b}) {
    t->set(700, 1);
    t->finish(1000);
  }
  const RatioSeries sa = a.series();
  const RatioSeries sb = b.series();
  for (std::size_t i = 0; i < sa.size(); ++i) EXPECT_EQ(sa[i].y, sb[i].y);
}

TEST(BatchEstimates, values_are_the_totals) {
  const Batches a = sample(6);
  const Batches b = sample(7);
  const Batches* runs[] = {&a, &b};
  const double failures = static_cast<double>(a.total().failure + b.total().failure);
  const double successes = static_cast<double>(a.total().success + b.total().success);
  const double delivered = static_cast<double>(a.total().delivered + b.total().delivered);
  EXPECT_GT(delivered, 0.9 * successes);
  const Estimate share = failure_share(runs);
  EXPECT_DOUBLE_EQ(share.value, failures / (failures + successes));
  EXPECT_EQ(share.samples, static_cast<std::uint64_t>(failures + successes));
  EXPECT_NEAR(failed_volume_share(runs).value, 3 * failures / (3 * failures + 2 * successes), 1e-12);
  EXPECT_NEAR(throughput_per_s(runs).value, delivered / (2 * 999'003e-9), 1e-3);
  const double sum = static_cast<double>(a.total().latency_sum_ns + b.total().latency_sum_ns);
  EXPECT_NEAR(mean_latency_s(runs).value, sum * 1e-9 / successes, 1e-12);
  Histogram both = a.histogram();
  both.merge(b.histogram());
  const Estimate p90 = latency_quantile_s(runs, 0.9);
  EXPECT_DOUBLE_EQ(p90.value, both.quantile_ns(0.9) * 1e-9);
  EXPECT_LT(p90.low, p90.value);
  EXPECT_GT(p90.high, p90.value);
}

TEST(BatchEstimates, volume_has_no_unit_of_its_own) {
  Batches cents(0, 6400, 64);
  Batches euros(0, 6400, 64);
  Reference r(8);
  for (Nanos t = 0; t < 6400; ++t) {
    const bool failed = r.uniform() < 0.05;
    failed ? euros.fail(t, 7) : euros.succeed(t, 10, 7);
    failed ? cents.fail(t, 700) : cents.succeed(t, 10, 700);
  }
  const Batches* e[] = {&euros};
  const Batches* c[] = {&cents};
  EXPECT_NEAR(failed_volume_share(e).low, failed_volume_share(c).low, 1e-12);
  EXPECT_NEAR(failed_volume_share(e).high, failed_volume_share(c).high, 1e-12);
}

TEST(BatchEstimates, a_quantile_that_the_data_cannot_bound_says_so) {
  Batches b(0, 640, 64);
  for (Nanos t = 0; t < 640; ++t) b.succeed(t, 1'000'000 + t * 7919 % 640 * 1000);
  const Batches* one[] = {&b};
  EXPECT_TRUE(std::isinf(latency_quantile_s(one, 0.999).high));
  EXPECT_FALSE(latency_quantile_s(one, 0.999).converged);
  EXPECT_TRUE(std::isfinite(latency_quantile_s(one, 0.9).high));
}

TEST(BatchEstimates, a_constant_latency_is_known_exactly) {
  Batches b(0, 64'000, 64);
  for (Nanos t = 0; t < 64'000; t += 10) b.succeed(t, 14'000'123);
  const Batches* one[] = {&b};
  for (const double q : {0.5, 0.99}) {
    const Estimate e = latency_quantile_s(one, q);
    EXPECT_DOUBLE_EQ(e.low, 0.014000123);
    EXPECT_DOUBLE_EQ(e.high, 0.014000123);
  }
  EXPECT_NEAR(mean_latency_s(one).half_width(), 0.0, 1e-15);
}

TEST(BatchEstimates, no_request_is_no_sample) {
  const Batches b(0, 640, 64);
  const Batches* one[] = {&b};
  EXPECT_EQ(failure_share(one).samples, 0U);
  EXPECT_EQ(failed_volume_share(one).samples, 0U);
  EXPECT_EQ(mean_latency_s(one).samples, 0U);
  EXPECT_EQ(latency_quantile_s(one, 0.5).samples, 0U);
  EXPECT_EQ(throughput_per_s(one).value, 0.0);
}

TEST(BatchEstimates, results_do_not_depend_on_the_order_of_ten_replications) {
  std::vector<Batches> runs;
  std::vector<const Batches*> forward;
  for (std::uint64_t seed = 0; seed < 10; ++seed) runs.push_back(sample(seed, 4));
  for (const Batches& b : runs) forward.push_back(&b);
  const std::vector<const Batches*> backward(forward.rbegin(), forward.rend());
  EXPECT_NEAR(failure_share(forward).low, failure_share(backward).low, 1e-12);
  EXPECT_NEAR(latency_quantile_s(forward, 0.95).high, latency_quantile_s(backward, 0.95).high, 1e-12);
}

TEST(BatchEstimates, a_mean_of_equal_latencies_touches_its_bound_exactly) {
  // 7.000002 ms each, also where a sum of seconds rounds; the bound is read as nanoseconds too.
  for (const Nanos count : {1, 3, 599, 100'003}) {
    Batches b(0, 60 * kNanosPerSecond);
    for (Nanos i = 0; i < count * 64; ++i) b.succeed(i * (60 * kNanosPerSecond / (count * 64)), 7'000'002);
    const Batches* one[] = {&b};
    const Estimate mean = mean_latency_s(one);
    EXPECT_EQ(judge(mean, {Relation::at_most, to_seconds(7'000'002)}), Verdict::met) << count;
    EXPECT_EQ(judge(mean, {Relation::at_most, to_seconds(7'000'001)}), Verdict::missed) << count;
    EXPECT_EQ(judge(mean, {Relation::below, to_seconds(7'000'002)}), Verdict::missed) << count;
  }
}

TEST(BatchEstimates, latencies_of_one_burst_have_not_converged) {
  Batches b(0, 60 * kNanosPerSecond);
  for (Nanos i = 0; i < 1000; ++i) b.succeed(30 * kNanosPerSecond + i, 7'000'000);
  const Batches* one[] = {&b};
  EXPECT_FALSE(mean_latency_s(one).converged);
  EXPECT_FALSE(latency_quantile_s(one, 0.5).converged);
  EXPECT_EQ(judge(mean_latency_s(one), {Relation::at_most, 1.0}), Verdict::undecided);
}

}  // namespace
}  // namespace twinvoice::measure
