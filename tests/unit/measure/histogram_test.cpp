#include "sim/measure/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace twinvoice::measure {
namespace {

std::vector<Nanos> wide_values(std::uint64_t seed, std::size_t n) {
  std::mt19937_64 bits(seed);
  std::vector<Nanos> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<Nanos>(bits() >> (2 + bits() % 62)));
  return values;
}

Histogram filled(const std::vector<Nanos>& values) {
  Histogram h;
  for (const Nanos v : values) h.record(v);
  return h;
}

std::vector<std::byte> bytes_of(const Histogram& h) {
  wire::Writer out;
  h.serialize(out);
  return out.take();
}

TEST(LogLinear, buckets_are_contiguous_and_hold_their_values) {
  for (std::size_t i = 0; i + 1 < LogLinear::kBuckets; ++i) {
    ASSERT_EQ(LogLinear::lower(i) + LogLinear::width(i), LogLinear::lower(i + 1)) << i;
    ASSERT_EQ(LogLinear::index(LogLinear::lower(i)), i);
    ASSERT_EQ(LogLinear::index(LogLinear::lower(i) + LogLinear::width(i) - 1), i);
  }
}

TEST(LogLinear, bucket_width_is_below_one_percent_of_the_value) {
  for (std::size_t i = 256; i < LogLinear::kBuckets; ++i) {
    ASSERT_LT(static_cast<double>(LogLinear::width(i)), 0.01 * static_cast<double>(LogLinear::lower(i)));
  }
}

TEST(LogLinear, values_out_of_range_go_to_the_end_buckets) {
  EXPECT_EQ(LogLinear::index(-5), 0U);
  EXPECT_EQ(LogLinear::index(kNever), LogLinear::kBuckets - 1);
}

TEST(Histogram, quantile_error_is_below_one_percent) {
  std::vector<Nanos> values = wide_values(11, 5001);
  const Histogram h = filled(values);
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(q * 5001.0)), 1, 5001);
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(h.quantile_ns(q), exact, 0.01 * exact) << q;
  }
}

TEST(Histogram, quantiles_below_256_ns_are_exact) {
  Histogram h;
  for (Nanos v = 1; v <= 100; ++v) h.record(v);
  for (int k = 1; k <= 100; ++k) EXPECT_EQ(h.quantile_ns(k / 100.0), k);
}

TEST(Histogram, a_constant_comes_back_exactly) {
  Histogram h;
  for (int i = 0; i < 1000; ++i) h.record(14'000'123);
  for (const double q : {0.01, 0.5, 0.999}) EXPECT_EQ(h.quantile_ns(q), 14'000'123.0);
  EXPECT_EQ(h.mean_ns(), 14'000'123.0);
}

TEST(Histogram, mean_and_extremes_are_exact_and_do_not_overflow) {
  Histogram h;
  for (int i = 0; i < 8; ++i) h.record(LogLinear::kLargest);
  h.record(3);
  EXPECT_TRUE(h.sum_ns() == Int128{8} * LogLinear::kLargest + 3);
  EXPECT_EQ(h.min_ns(), 3);
  EXPECT_EQ(h.max_ns(), LogLinear::kLargest);
}

TEST(Histogram, an_empty_one_answers_zero) {
  const Histogram h;
  EXPECT_EQ(h.count(), 0U);
  EXPECT_EQ(h.quantile_ns(0.5), 0.0);
  EXPECT_EQ(h.mean_ns(), 0.0);
  EXPECT_EQ(h.min_ns(), 0);
  EXPECT_EQ(h.count_at_or_below(1e9), 0.0);
}

TEST(Histogram, count_at_or_below_inverts_the_quantile) {
  const Histogram h = filled(wide_values(12, 20000));
  for (const double q : {0.05, 0.3, 0.5, 0.95, 0.99}) {
    const double value = h.quantile_ns(q);
    // Equal values cannot be told apart: all of a one-value bucket count.
    const std::size_t bucket = LogLinear::index(static_cast<Nanos>(value));
    const double ties = bucket < 256 ? static_cast<double>(h.counts()[bucket]) : 0.0;
    EXPECT_GE(h.count_at_or_below(value), q * 20000.0 - 2.0) << q;
    EXPECT_LE(h.count_at_or_below(value), q * 20000.0 + 2.0 + ties) << q;
  }
}

TEST(Histogram, merging_equals_recording_everything_in_any_order) {
  const std::vector<Nanos> a = wide_values(1, 500);
  const std::vector<Nanos> b = wide_values(2, 700);
  std::vector<Nanos> both = b;
  both.insert(both.end(), a.begin(), a.end());
  Histogram ab = filled(a);
  ab.merge(filled(b));
  Histogram ba = filled(b);
  ba.merge(filled(a));
  EXPECT_TRUE(ab == filled(both));
  EXPECT_EQ(bytes_of(ab), bytes_of(ba));
  EXPECT_EQ(bytes_of(ab), bytes_of(filled(both)));
}

TEST(Histogram, survives_the_wire) {
  for (const auto& h : {Histogram(), filled(wide_values(3, 1000))}) {
    const auto bytes = bytes_of(h);
    wire::Reader in(bytes);
    const Histogram back = Histogram::deserialize(in);
    EXPECT_TRUE(back == h);
    EXPECT_EQ(in.remaining(), 0U);
    EXPECT_EQ(bytes_of(back), bytes);
  }
}

TEST(Histogram, every_truncated_record_is_refused) {
  const auto bytes = bytes_of(filled(wide_values(4, 20)));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    wire::Reader in(std::span<const std::byte>(bytes).first(n));
    EXPECT_THROW((void)Histogram::deserialize(in), wire::Malformed) << n;
  }
}

TEST(Histogram, a_record_with_an_impossible_sum_is_refused) {
  wire::Writer out;
  const Histogram h = filled({5, 6});
  write_sparse(out, h.counts());
  write_int128(out, 13);
  out.i64(5);
  out.i64(6);
  wire::Reader in(out.bytes());
  EXPECT_THROW((void)Histogram::deserialize(in), wire::Malformed);
}

TEST(Histogram, a_copy_is_independent) {
  Histogram a = filled({1, 2, 3});
  Histogram b = a;
  b.record(4);
  EXPECT_EQ(a.count(), 3U);
  a = b;
  EXPECT_TRUE(a == b);
}

TEST(Wire, int128_keeps_sign_and_both_halves) {
  for (const Int128 v : {Int128{0}, Int128{-1}, (Int128{1} << 100) + 7, -(Int128{1} << 90) - 3}) {
    wire::Writer out;
    write_int128(out, v);
    wire::Reader in(out.bytes());
    EXPECT_TRUE(read_int128(in) == v);
  }
}

}  // namespace
}  // namespace twinvoice::measure
