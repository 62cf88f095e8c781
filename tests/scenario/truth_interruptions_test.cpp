// When something is interrupted, from when to when: small worlds whose failures are known to the request.
// A desk is asked every 100 ms, at .05, .15, ...; killed, it turns everybody away at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/scenes.hpp"

namespace twinvoice {
namespace {

using ::testing::ElementsAre;
using testing::expect_outage;
using testing::Figures;
using ::testing::HasSubstr;
using testing::Interruption;

constexpr double kTiny = 1e-8;  ///< decimals of a second as doubles

class Interruptions : public testing::SceneTest {
 protected:
  Interruptions() : SceneTest("truth") {}
  static std::vector<Interruption> of(const Figures& figures) { return figures.interruptions("issue"); }
};

// 60.05 fails alone; from 101.05 on 600 of 600 fail. A failure says ln(1 / 0.0001) = 9.2 for "broken", a
// success next to nothing against it: from 60.05 on it is 601 of 1010, weaker than 600 of 600, and one
// request more or less is beyond the 3 that the interval allows.
TEST_F(Interruptions, a_lone_failure_before_an_outage_does_not_begin_it) {
  const Figures f = play_both("04b-lone-failure-before");
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  expect_outage(all[0], 101.05, 161.05, 0.1);
  EXPECT_EQ(all[0].walk, "failing");
  EXPECT_EQ(all[0].bad, 600);
  EXPECT_THAT(all[0].faults, ElementsAre("outage"));
  EXPECT_NEAR(f.of_fault("outage", "rto_s").value.value(), 60.0, kTiny);
  EXPECT_EQ(f.of_fault("blip", "rto_s").value, 0.0);
}

// 6 of 21 000 are 0.029 %, where 0.001 % is allowed: missed even at the lower end of 6 (2.2, two-sided 95 %),
// and yet each stands alone among 3000: four in a row are the least that is an interruption.
TEST_F(Interruptions, lone_failures_miss_the_objective_and_interrupt_nothing) {
  const Figures f = play_both("04d-six-lone-failures");
  EXPECT_EQ(f.count("issue", "failed"), 6);
  EXPECT_TRUE(of(f).empty());
  EXPECT_EQ(Figures::number(f.operation("issue").at("longest_interruption_s"), -1.0), 0.0);
  EXPECT_EQ(f.verdict(0), "missed");
}

// The same six by faults: the calm before the first one knows no failure, so the allowed share is the stated
// 0.001 %.
TEST_F(Interruptions, lone_failures_by_faults_have_no_recovery_time) {
  const Figures f = play_both("04d2-six-lone-faults");
  EXPECT_NEAR(f.operation("issue").at("allowed_share").get<double>(), 1e-5, 1e-12);
  EXPECT_TRUE(of(f).empty());
  for (const char* blip : {"blip-1", "blip-6"}) EXPECT_EQ(f.of_fault(blip, "rto_s").value, 0.0);
  EXPECT_NE(f.verdict(0), "met");
}

// Of 70 ms to 70 + 2 x 450 = 970 ms, beyond the promised 800 ms, which are more than three times the calm
// (210 ms). The line is slow from 100 s to 220 s. 99.95 crosses before it and comes back in it: 520 ms, good.
// Late is 100.05 up to the last whose answer leaves before 220 s: 219.45 + 0.46 + 0.05 = 219.96. So 1195 late
// ones; 219.55 answers after 520 ms.
TEST_F(Interruptions, answers_beyond_the_promise_are_an_interruption) {
  const Figures f = play_both("06-slower-than-promised");
  EXPECT_NEAR(f.bound_s("issue").value(), 0.8, kTiny);
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].walk, "late");
  expect_outage(all[0], 100.05, 219.55, 0.1);
  EXPECT_EQ(all[0].bad, 0);
  EXPECT_EQ(all[0].late, 1195);
  EXPECT_NEAR(all[0].bad_time_s, 119.5, kTiny);
  EXPECT_EQ(f.availability("issue", "request").value, 1.0);
}

// No p99 is stated: the bound is ten times that of the calm, 10 x 70 ms; 70 + 2 x 150 = 370 ms are within it.
TEST_F(Interruptions, without_a_promise_the_bound_is_ten_times_the_calm_and_printed) {
  const Figures f = play_both("07-slower-but-bearable");
  EXPECT_NEAR(f.bound_s("issue").value(), 0.7, kTiny);
  EXPECT_FALSE(f.operation("issue").at("bound_origin").empty());
  EXPECT_TRUE(of(f).empty());
  EXPECT_EQ(f.of_fault("slow-line", "rto_s").value, 0.0);
  EXPECT_THAT(printed("07-slower-but-bearable").out, HasSubstr("700 ms"));
}

// One in a hundred is slower than the stated p99, in bursts, as in every queue. Beyond three times that of
// the calm it is e^-13.8 of the requests. False alarms: none in 160 simulated hours.
TEST_F(Interruptions, a_healthy_queue_at_its_promise_is_not_interrupted) {
  const Figures f = play_both("08-healthy-queue");
  EXPECT_GE(f.bound_s("issue").value(), 1.842);
  EXPECT_TRUE(of(f).empty());
  EXPECT_EQ(f.availability("issue", "time").value, 1.0);
}

// 3 in 100 at 50/s, and 1 in 10 at 5/s, fail for 600 s where 1 % may. That the printed length holds 600 s
// came out in 319 of 320 such runs: the seed is fixed, a false alarm of this test is one in 300 seeds.
TEST_F(Interruptions, a_partial_outage_has_its_length_within_the_printed_interval) {
  for (const char* world : {"09a-three-percent", "09b-ten-percent"}) {
    const auto all = of(play_both(world));
    ASSERT_EQ(all.size(), 1U) << world;
    EXPECT_LE(all[0].shortest_s(), 600.0) << world;
    EXPECT_GE(all[0].longest_s(), 600.0) << world;
    EXPECT_LT(all[0].longest_s() - all[0].shortest_s(), 120.0) << world;
    EXPECT_EQ(all[0].walk, "failing") << world;
    EXPECT_THAT(all[0].faults, ElementsAre("flaky-dead")) << world;
  }
}

// Ten times 50 failures 100 ms apart, 55 s of health between, which is less than the 60 s of the hold: from
// 60.05 to 605.05, in which the bad time is 10 x 5 s.
TEST_F(Interruptions, five_seconds_each_minute_are_one_interruption_with_its_bad_time) {
  const Figures f = play_both("10-five-seconds-each-minute");
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NEAR(all[0].begin_s, 60.05, kTiny);
  EXPECT_NEAR(all[0].end_s, 605.05, kTiny);
  EXPECT_LE(all[0].shortest_s(), 545.0);
  EXPECT_GE(all[0].longest_s(), 545.0);
  EXPECT_EQ(all[0].bad, 500);
  EXPECT_NEAR(all[0].bad_time_s, 50.0, kTiny);
  EXPECT_NEAR(f.operation("issue").at("bad_time_s").get<double>(), 50.0, kTiny);
  EXPECT_NEAR(f.operation("issue").at("longest_interruption_s").get<double>(), 545.0, kTiny);
  EXPECT_TRUE(all[0].shared) << "without any one of the ten it begins or ends elsewhere, or falls apart";
  EXPECT_EQ(all[0].faults.size(), 10U);
}

// 60-70 s and 100-102 s: 30 s of health show no 60 s of it. 60.05 to 102.05 = 42 s, bad for 100 + 20 requests
// of 100 ms.
TEST_F(Interruptions, what_returns_within_the_hold_was_not_over) {
  const auto all = of(play_both("11a-ten-and-two-seconds-close"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NEAR(all[0].begin_s, 60.05, kTiny);
  EXPECT_NEAR(all[0].end_s, 102.05, kTiny);
  EXPECT_NEAR(all[0].length_s(), 42.0, kTiny);
  EXPECT_NEAR(all[0].bad_time_s, 12.0, kTiny);
}

// 60-70 s and 145-147 s: 75 s of health between are more than 60 s.
TEST_F(Interruptions, what_returns_after_the_hold_is_another_one) {
  const Figures f = play_both("11b-ten-and-two-seconds-apart");
  const auto all = of(f);
  ASSERT_EQ(all.size(), 2U);
  expect_outage(all[0], 60.05, 70.05, 0.1);
  expect_outage(all[1], 145.05, 147.05, 0.1);
  EXPECT_THAT(all[0].faults, ElementsAre("ten"));
  EXPECT_THAT(all[1].faults, ElementsAre("two"));
  EXPECT_NEAR(f.operation("issue").at("longest_interruption_s").get<double>(), 10.0, kTiny);
  EXPECT_NEAR(f.operation("issue").at("bad_time_s").get<double>(), 12.0, kTiny);
}

// Asked every minute at :30, dead from 30 to 40 min: 1830 ... 2370 s fail, ten of them. Share 1 % allowed, at
// most 1/2 supposed: a good one says ln(0.99 / 0.5) = 0.683 for "well", and ln 100 = 4.605 are needed: the
// seventh, at 2790 s, shows health; the run ends at 2820 s.
TEST_F(Interruptions, rare_requests_give_an_interval_of_a_minute_to_each_side) {
  const auto all = of(play_both("12a-seven-good-ones"));
  ASSERT_EQ(all.size(), 1U);
  expect_outage(all[0], 1830.0, 2430.0, 60.0);
  EXPECT_NEAR(all[0].length_s(), 600.0, kTiny);
  EXPECT_NEAR(all[0].shortest_s(), 540.0, kTiny);
  EXPECT_NEAR(all[0].longest_s(), 660.0, kTiny);
}

// The run ends before the seventh: not restored; it lasted at least to the last bad one, 2370 - 1830 s.
TEST_F(Interruptions, six_good_ones_of_rare_requests_show_no_health) {
  const Figures f = play_both("12b-six-good-ones");
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].end_s, testing::kInfinite);
  const auto rto = f.of_fault("outage", "rto_s");
  EXPECT_FALSE(rto.value.has_value());
  EXPECT_NEAR(rto.low, 540.0, kTiny);
  EXPECT_EQ(rto.high, testing::kInfinite);
}

// One request in ten minutes, five fail in each of two outages of 50 min: 7500 ... 9900 s and 19500 ... 21900
// s. Between them 15 are good; seven suffice.
TEST_F(Interruptions, outages_of_rare_requests_stay_two) {
  const auto all = of(play_both("04e-one-request-in-ten-minutes"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NEAR(all[0].begin_s, 7500.0, kTiny);
  EXPECT_NEAR(all[0].end_s, 10500.0, kTiny);
  EXPECT_NEAR(all[1].begin_s, 19500.0, kTiny);
  EXPECT_NEAR(all[1].end_s, 22500.0, kTiny);
  EXPECT_THAT(all[0].faults, ElementsAre("first"));
  EXPECT_THAT(all[1].faults, ElementsAre("second"));
}

// Dead from 30 s to 90 s, measured from 60 s on. Nothing of the measured time lies before the fault: no calm,
// no stated p99, no bound. It begins before the measured time; 30.05 s of the 180 s measured lie in it.
TEST_F(Interruptions, a_fault_in_the_warm_up_leaves_no_calm) {
  const Figures f = play_both("13-fault-in-the-warm-up");
  EXPECT_FALSE(f.bound_s("issue").has_value());
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].walk, "failing");
  EXPECT_LT(all[0].begin_s, 60.0);
  EXPECT_NEAR(all[0].end_s, 90.05, kTiny);
  EXPECT_NEAR(f.availability("issue", "time").value.value(), 1.0 - 30.05 / 180.0, 0.1 / 180.0);
  EXPECT_NEAR(f.availability("issue", "request").value.value(), 1500.0 / 1800.0, kTiny);
}

// 100 users think for 10 s on average and are answered within 10 ms: a cycle is 10.06 s. All of them, or the
// half that is in the way of it, hang from 300 s to 840 s. Known to a cycle and the bound (10 x 11 ms). All
// are answered in the end: by request nothing is wrong.
TEST_F(Interruptions, users_who_hang_are_an_interruption_though_they_ask_nothing) {
  for (const char* world : {"14a-all-users-hang", "14b-half-the-users-hang"}) {
    const Figures f = play_both(world);
    const double known = 10.06 * 1.02 + 0.11;
    const auto all = of(f);
    ASSERT_EQ(all.size(), 1U) << world;
    EXPECT_NEAR(all[0].begin_s, 300.0, known) << world;
    EXPECT_NEAR(all[0].end_s, 840.0, known) << world;
    EXPECT_EQ(f.availability("issue", "request").value, 1.0) << world;
    EXPECT_NEAR(f.availability("issue", "time").value.value(), 1.0 - 540.0 / 1000.0, known / 1000.0) << world;
    EXPECT_EQ(f.count("issue", "failed"), 0) << world << ": the entries of the correction are in no count";
    const std::string text = printed(world).out;
    EXPECT_LT(text.find("by time"), text.find("by request")) << world;
  }
}

// The left desk hangs from 100 s to 160 s, the call to it gives up after 9 s, the right one answers: 9.01 s.
// Who comes within the last 9 s is answered at 160.01 s: more than 800 ms for 159.15 (860 ms), less for
// 159.25 (760 ms). Late are 100.05 ... 159.15, 592 of them.
TEST_F(Interruptions, a_second_try_that_succeeds_is_available_and_late) {
  const Figures f = play_both("15-second-try-after-nine-seconds");
  EXPECT_EQ(f.availability("issue", "request").value, 1.0);
  EXPECT_NEAR(f.bound_s("issue").value(), 0.8, kTiny);
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].walk, "late");
  EXPECT_EQ(all[0].bad, 0);
  EXPECT_EQ(all[0].late, 592);
  expect_outage(all[0], 100.05, 159.25, 0.1);
}

// Each request takes 5 s; those of 195.5 ... 199.5 are at work when the desk is killed at 200 s and fail by
// that. They count from then, not from before it. 200.5 ... 229.5 are turned away: 35 bad, restored at 230.5.
TEST_F(Interruptions, a_request_in_flight_at_the_kill_counts_from_the_kill) {
  const Figures f = play_both("16-in-flight-at-the-kill");
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NEAR(all[0].begin_s, 200.0, kTiny);
  EXPECT_NEAR(all[0].begin_high_s, 200.0, kTiny);
  EXPECT_NEAR(all[0].end_s, 230.5, kTiny);
  EXPECT_EQ(all[0].bad, 35);
  EXPECT_NEAR(f.of_fault("kill", "onset_s").value.value(), 0.0, kTiny);
  EXPECT_NEAR(f.of_fault("kill", "rto_s").value.value(), 30.5, kTiny);
}

// 300 requests are turned away from 100 s to 130 s, then 2700 are answered after more than a second where 200
// ms are promised, up to 399.95: one interruption of 300 s. Without the first fault it begins at 130 s,
// without the second it ends there: both own it.
TEST_F(Interruptions, failing_and_then_late_is_one_interruption) {
  const Figures f = play_both("18b-fails-then-late");
  const auto all = of(f);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].walk, "failing");
  EXPECT_NEAR(all[0].begin_s, 100.05, kTiny);
  EXPECT_NEAR(all[0].end_s, 400.05, kTiny);
  EXPECT_EQ(all[0].bad, 300);
  EXPECT_EQ(all[0].late, 2700);
  EXPECT_NEAR(all[0].bad_time_s, 300.0, kTiny);
  EXPECT_THAT(all[0].faults, ElementsAre("dead", "slow-line"));
  EXPECT_NEAR(f.of_fault("dead", "rto_s").value.value(), 300.0, kTiny);
  EXPECT_NEAR(f.of_fault("slow-line", "rto_s").value.value(), 270.05, kTiny) << "from its own begin";
}

}  // namespace
}  // namespace twinvoice
