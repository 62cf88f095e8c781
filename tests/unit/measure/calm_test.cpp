// What a healthy run looks like, and the bound and the allowed share that follow from it.
#include "sim/measure/calm.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

/// n successes, a gap apart, of which the i-th took i + 1 ms.
std::vector<TimedRequest> staircase(std::size_t n) {
  std::vector<TimedRequest> requests;
  for (std::size_t i = 0; i < n; ++i) {
    const auto step = static_cast<Nanos>(i);
    requests.push_back(answered(step * kS, (step + 1) * kMs));
  }
  return requests;
}

Calm calm_with_p99(Nanos p99_ns, std::uint64_t succeeded = 100) {
  Calm calm;
  calm.succeeded = succeeded;
  calm.p99_ns = p99_ns;
  return calm;
}

Calm calm_with_failures(std::uint64_t failed, std::uint64_t succeeded) {
  Calm calm;
  calm.succeeded = succeeded;
  calm.failed = failed;
  return calm;
}

TEST(Calm, p99_is_the_smallest_that_99_percent_do_not_exceed) {
  EXPECT_EQ(calm_of(staircase(100), {}, 0, kHour).p99_ns, 99 * kMs);   // ceil(99)
  EXPECT_EQ(calm_of(staircase(101), {}, 0, kHour).p99_ns, 100 * kMs);  // ceil(99.99)
  EXPECT_EQ(calm_of(staircase(1), {}, 0, kHour).p99_ns, 1 * kMs);
  EXPECT_EQ(calm_of({}, {}, 0, kHour).p99_ns, 0);
}

TEST(Calm, lies_between_the_warm_up_and_the_first_fault) {
  const std::vector<FaultSpan> faults = {{90 * kS, 95 * kS}, {50 * kS, 60 * kS}};
  // Requests at 20 .. 49 s; the one at 49 s takes 50 ms and is decided before 50 s.
  const Calm calm = calm_of(staircase(100), faults, 20 * kS, kHour);
  EXPECT_EQ(calm.succeeded, 30U);
  EXPECT_EQ(calm.arrived, 30U);
  EXPECT_EQ(calm.length_ns, 30 * kS);
  EXPECT_FALSE(calm.known());
}

TEST(Calm, leaves_out_what_the_first_fault_found_on_its_way) {
  const std::vector<TimedRequest> requests = {answered(1 * kS), answered(2 * kS, 8 * kS), failed(3 * kS),
                                              failed(4 * kS, 6 * kS), unanswered(5 * kS)};
  const Calm calm = calm_of(requests, std::vector<FaultSpan>{{10 * kS, kNever}}, 0, kHour);
  EXPECT_EQ(calm.succeeded, 1U);
  EXPECT_EQ(calm.failed, 1U);
  EXPECT_EQ(calm.arrived, 5U);
}

TEST(Calm, is_empty_where_the_fault_is_within_the_warm_up) {
  const Calm calm = calm_of(staircase(1000), std::vector<FaultSpan>{{10 * kS, 20 * kS}}, 60 * kS, kHour);
  EXPECT_EQ(calm.arrived, 0U);
  EXPECT_EQ(calm.length_ns, 0);
  EXPECT_EQ(calm_cycle_ns(calm, 10), std::nullopt);
}

TEST(LateBound, is_the_stated_p99_but_never_closer_than_three_times_the_calm_one) {
  EXPECT_EQ(late_bound(calm_with_p99(70 * kMs), 800 * kMs), (LateBound{800 * kMs, LateOrigin::kStated}));
  EXPECT_EQ(late_bound(calm_with_p99(300 * kMs), 800 * kMs),
            (LateBound{900 * kMs, LateOrigin::kThreeTimesCalm}));
}

TEST(LateBound, is_ten_times_the_calm_p99_where_none_is_stated) {
  EXPECT_EQ(late_bound(calm_with_p99(70 * kMs), std::nullopt),
            (LateBound{700 * kMs, LateOrigin::kTenTimesCalm}));
}

TEST(LateBound, does_not_trust_a_calm_of_fewer_than_100_successes) {
  EXPECT_EQ(late_bound(calm_with_p99(70 * kMs, 99), 800 * kMs),
            (LateBound{2400 * kMs, LateOrigin::kThreeTimesStated}));
  EXPECT_EQ(late_bound(calm_with_p99(70 * kMs, 99), std::nullopt), (LateBound{kNever, LateOrigin::kNone}));
}

TEST(LateBound, says_where_it_comes_from) {
  EXPECT_EQ(words(LateOrigin::kStated), "stated p99");
  EXPECT_EQ(words(LateOrigin::kThreeTimesStated), "three times the stated p99 (calm unknown)");
}

TEST(AllowedShare, is_what_the_stated_availability_leaves) {
  EXPECT_EQ(allowed_share({}, 0.9999), (AllowedShare{100'000, AllowedOrigin::kStated}));
  EXPECT_EQ(allowed_share({}, 0.95), (AllowedShare{50'000'000, AllowedOrigin::kStated}));
}

TEST(AllowedShare, is_assumed_to_be_one_percent_where_nothing_is_stated) {
  EXPECT_EQ(allowed_share({}, std::nullopt), (AllowedShare{10'000'000, AllowedOrigin::kAssumed}));
}

TEST(AllowedShare, stays_between_one_in_a_hundred_thousand_and_one_half) {
  EXPECT_EQ(allowed_share({}, 1.0), (AllowedShare{10'000, AllowedOrigin::kLeast}));
  EXPECT_EQ(allowed_share({}, 0.4), (AllowedShare{kWholeShare / 2, AllowedOrigin::kMost}));
  EXPECT_EQ(allowed_share(calm_with_failures(300, 100), 0.99),
            (AllowedShare{kWholeShare / 2, AllowedOrigin::kMost}));
}

TEST(AllowedShare, is_raised_to_what_fails_without_a_fault) {
  EXPECT_EQ(allowed_share(calm_with_failures(20, 980), 0.99),
            (AllowedShare{20'000'000, AllowedOrigin::kCalm}));
  EXPECT_EQ(allowed_share(calm_with_failures(5, 995), 0.99),
            (AllowedShare{10'000'000, AllowedOrigin::kStated}));
  EXPECT_EQ(allowed_share(calm_with_failures(20, 99), 0.99),
            (AllowedShare{10'000'000, AllowedOrigin::kStated}));
}

TEST(CalmCycle, is_how_often_one_user_sends) {
  Calm calm;
  calm.arrived = 6'000;
  calm.length_ns = 60 * kS;
  EXPECT_EQ(calm_cycle_ns(calm, 100), 1 * kS);  // 100 users, 100 requests/s
  EXPECT_EQ(calm_cycle_ns(calm, 1), 10 * kMs);
}

TEST(CalmFlaw, more_than_a_hundredth_unanswered_is_an_overload) {
  // 198 answered, then open ones: 2 of 200 are 1 %, 3 of 201 are more.
  auto requests = staircase(198);
  for (int open = 0; open < 2; ++open) requests.push_back(unanswered((198 + open) * kS));
  EXPECT_EQ(calm_of(requests, {}, 0, kHour).unanswered, 2U);
  EXPECT_EQ(flaw_of(calm_of(requests, {}, 0, kHour), std::nullopt), CalmFlaw::kNone);
  requests.push_back(unanswered(200 * kS));
  EXPECT_EQ(flaw_of(calm_of(requests, {}, 0, kHour), std::nullopt), CalmFlaw::kUnanswered);
  // What a fault leaves open is none of the calm's.
  const std::vector<FaultSpan> fault = {{198 * kS, kNever}};
  EXPECT_EQ(flaw_of(calm_of(requests, fault, 0, kHour), std::nullopt), CalmFlaw::kNone);
}

TEST(CalmFlaw, a_p99_above_three_times_the_stated_one_was_late_all_along) {
  EXPECT_EQ(flaw_of(calm_with_p99(3 * kS), kS), CalmFlaw::kNone);
  EXPECT_EQ(flaw_of(calm_with_p99(3 * kS + 1), kS), CalmFlaw::kLate);
  EXPECT_EQ(flaw_of(calm_with_p99(3 * kS + 1), std::nullopt), CalmFlaw::kNone);
  EXPECT_EQ(flaw_of(calm_with_p99(3 * kS + 1, 99), kS), CalmFlaw::kNone)
      << "a calm that is not known teaches nothing";
}

}  // namespace
}  // namespace twinvoice::measure
