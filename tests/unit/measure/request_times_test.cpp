#include "sim/measure/request_times.hpp"

#include <gtest/gtest.h>

#include <span>

#include "sim/measure/ledger.hpp"
#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {
namespace {

constexpr Nanos kS = kNanosPerSecond;

RequestTimes copy_of(const RequestTimes& times) {
  wire::Writer out;
  times.serialize(out);
  wire::Reader in(out.bytes());
  return RequestTimes::deserialize(in);
}

TEST(RequestTimes, come_back_by_arrival_whatever_the_order_of_decisions) {
  RequestTimes times;
  times.add({5 * kS, 6 * kS, 2, true});
  times.add({1 * kS, 9 * kS, 0, false});
  times.add({5 * kS, 5 * kS, 1, true});
  times.add({7 * kS, kNever, 3, false});
  const std::vector<TimedRequest> expected{{1 * kS, 9 * kS, 0, false},
                                           {5 * kS, 5 * kS, 1, true},
                                           {5 * kS, 6 * kS, 2, true},
                                           {7 * kS, kNever, 3, false}};
  EXPECT_EQ(times.sorted(), expected);
  EXPECT_EQ(copy_of(times).sorted(), expected);
}

TEST(RequestTimes, keep_every_nanosecond_of_many_requests_in_some_nine_bytes_each) {
  Reference r(3);
  RequestTimes times;
  std::vector<TimedRequest> expected;
  Nanos at = 0;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    at += static_cast<Nanos>(r.exponential(2e6));
    const TimedRequest request{at, at + static_cast<Nanos>(r.exponential(1e8)), i, r.uniform() < 0.9};
    expected.push_back(request);
    times.add(request);
  }
  EXPECT_EQ(times.sorted(), expected);
  wire::Writer out;
  times.serialize(out);
  EXPECT_LT(out.bytes().size(), 50'000U * 10);
}

TEST(RequestTimes, bytes_that_are_cut_off_are_refused) {
  RequestTimes times;
  for (std::uint64_t i = 0; i < 100; ++i) times.add({static_cast<Nanos>(i) * kS, kNever, i, false});
  wire::Writer out;
  times.serialize(out);
  const std::vector<std::byte>& bytes = out.bytes();
  for (const std::size_t keep : {std::size_t{0}, std::size_t{12}, bytes.size() - 1}) {
    wire::Reader in(std::span<const std::byte>(bytes).first(keep));
    EXPECT_THROW(static_cast<void>(RequestTimes::deserialize(in)), wire::Malformed) << keep;
  }
}

LedgerLayout layout_of_a_minute() {
  LedgerLayout layout;
  layout.slow_above_ns = {kNever};
  layout.causes = 2;
  layout.horizon_ns = 60 * kS;
  layout.warm_up_ns = 10 * kS;
  return layout;
}

// Arrivals at 5 s (warm-up), 20 s and 59 s; decisions at 15 s, 21 s and 65 s. Measured: two arrivals, two successes; decided
// in the measured time: those of 15 s and 21 s.
TEST(Ledger, counts_arrivals_of_the_measured_time_and_throughput_by_decisions_in_it) {
  Ledger ledger(layout_of_a_minute());
  EXPECT_TRUE(ledger.arrive(0, 5 * kS));
  ledger.succeed(0, {5 * kS, 15 * kS, 0, true});
  EXPECT_TRUE(ledger.arrive(0, 20 * kS));
  ledger.succeed(0, {20 * kS, 21 * kS, 1, true});
  EXPECT_TRUE(ledger.arrive(0, 59 * kS));
  ledger.close(60 * kS);
  EXPECT_FALSE(ledger.arrive(0, 61 * kS));
  ledger.arrive_later(0);
  ledger.succeed(0, {59 * kS, 65 * kS, 2, true});
  const OperationBook& book = ledger.books()[0];
  EXPECT_EQ(book.all.arrived, 3U);
  EXPECT_EQ(book.measured, (RequestCounts{2, 2, 0}));
  EXPECT_EQ(book.measured.unanswered(), 0U);
  EXPECT_EQ(book.batches.total().success, 2U);
  EXPECT_EQ(book.batches.total().delivered, 2U);
  EXPECT_EQ(ledger.seen(0).all.arrived, 4U);
  EXPECT_EQ(book.windows[59].succeeded, 1U);
}

// The averages end at the horizon: one request in flight from 59 s on has one second in them.
TEST(Ledger, averages_stand_still_from_the_horizon_on) {
  Ledger ledger(layout_of_a_minute());
  ledger.arrive(0, 59 * kS);
  ledger.close(60 * kS);
  ledger.fail(0, {59 * kS, 99 * kS, 0, false}, 1, 1);
  const OperationBook& book = ledger.books()[0];
  EXPECT_TRUE(book.in_flight_area == kS);
  EXPECT_TRUE(book.sojourn_sum_ns == 0);
  EXPECT_EQ(book.measured.failed, 1U);
  EXPECT_EQ(book.failed_by_cause[1], 1U);
}

}  // namespace
}  // namespace twinvoice::measure
