// How long recovery from a fault took, and whose an outage is: small worlds in which both are known by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/scenes.hpp"

namespace twinvoice {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::expect_outage;
using testing::Figures;
using testing::kInfinite;

constexpr double kExact = 1e-8;  ///< decimals of a second as doubles

class RecoveryTime : public testing::SceneTest {
 protected:
  RecoveryTime() : SceneTest("truth") {}
};

// Asked every second at :.5, dead from 600 s to the end at 2700 s. Unseen is not restored: at least 2700 -
// 600.5 s, no upper end. For a promise of 40 min (2400 s) that is unknown, for one of 25 min (1500 s) broken:
// of two incidents none can have kept it, upper bound 1 - 0.025^(1/2) = 84 % < 95 %.
TEST_F(RecoveryTime, a_region_dead_to_the_end_is_not_restored) {
  const Figures f = play_both("01-dead-for-ever");
  for (const std::size_t replication : {0U, 1U}) {
    const auto rto = f.of_fault("east-dead", "rto_s", replication);
    EXPECT_FALSE(rto.value.has_value());
    EXPECT_NEAR(rto.low, 2099.5, kExact);
    EXPECT_EQ(rto.high, kInfinite);
    const auto all = f.interruptions("issue", static_cast<int>(replication));
    ASSERT_EQ(all.size(), 1U);
    EXPECT_NEAR(all[0].begin_s, 600.5, kExact);
    EXPECT_EQ(all[0].end_s, kInfinite);
  }
  EXPECT_EQ(f.verdict(0), "undecided");
  EXPECT_EQ(f.verdict(1), "missed");
}

// Good again from 2670.5 on, 30 s before the end: health is shown after 60 s, so it is not restored. The last
// bad one is 2669.5.
TEST_F(RecoveryTime, half_a_minute_of_health_at_the_end_restores_nothing) {
  const Figures f = play_both("02-good-for-the-last-half-minute");
  const auto rto = f.of_fault("east-dead", "rto_s");
  EXPECT_FALSE(rto.value.has_value());
  EXPECT_NEAR(rto.low, 2669.5 - 600.5, kExact);
  EXPECT_EQ(rto.high, kInfinite);
  EXPECT_EQ(f.verdict(0), "undecided");
  EXPECT_EQ(f.verdict(1), "missed");
}

// Nothing is asked from 480 s to 1080 s; dead from 600 s to 900 s. Nobody saw it: from 0 up to the next good
// one, 1080 - 600 s.
TEST_F(RecoveryTime, what_nobody_saw_is_a_range) {
  const Figures f = play_both("03-nobody-looked");
  EXPECT_TRUE(f.interruptions("issue").empty());
  const auto rto = f.of_fault("night", "rto_s");
  EXPECT_FALSE(rto.value.has_value());
  EXPECT_NEAR(rto.low, 0.0, kExact);
  EXPECT_NEAR(rto.high, 480.0, kExact);
  EXPECT_FALSE(f.of_fault("night", "onset_s").value.has_value());
}

// The left half is dead from 100 s, the right one from 200 s, the left one is back at 300 s. Without either
// there is no outage: both own it, from the first bad request, 200.05, to the first good one, 300.05.
TEST_F(RecoveryTime, two_halves_of_a_pair_share_their_outage) {
  const Figures f = play_both("04-both-halves");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 1U);
  expect_outage(all[0], 200.05, 300.05, 0.1);
  EXPECT_THAT(all[0].faults, ElementsAre("left-dead", "right-dead"));
  EXPECT_TRUE(all[0].shared);
  for (const char* half : {"left-dead", "right-dead"}) {
    EXPECT_NEAR(f.of_fault(half, "rto_s").value.value(), 100.0, kExact);
    EXPECT_NEAR(f.of_fault(half, "rto_s").low, 299.95 - 200.05, kExact);
  }
  EXPECT_NEAR(f.of_fault("left-dead", "rto_s").high, 300.05 - 199.95, kExact);
  EXPECT_NEAR(f.of_fault("right-dead", "rto_s").high, 300.05 - 200.0, kExact) << "from its own begin";
  EXPECT_NEAR(f.of_fault("left-dead", "onset_s").value.value(), 100.05, kExact);
  EXPECT_NEAR(f.of_fault("right-dead", "onset_s").value.value(), 0.05, kExact);
}

// Front dead 600-1800 s, back dead 900-3000 s, a row in which each suffices: one interruption from 600.5 to
// 3000.5. 40 min for the first; for the second from its own begin, where it is open already: 3000.5 - 900 =
// 35 min and half a gap.
TEST_F(RecoveryTime, overlapping_outages_are_one_and_each_counts_from_its_own_begin) {
  const Figures f = play_both("04c-overlapping-outages");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 1U);
  expect_outage(all[0], 600.5, 3000.5, 1.0);
  EXPECT_THAT(all[0].faults, ElementsAre("back-dead", "front-dead"));
  const auto front = f.of_fault("front-dead", "rto_s");
  EXPECT_NEAR(front.value.value(), 2400.0, kExact);
  EXPECT_NEAR(front.low, 2399.0, kExact);
  EXPECT_NEAR(front.high, 2400.5, kExact) << "from its own begin at the earliest";
  const auto back = f.of_fault("back-dead", "rto_s");
  EXPECT_NEAR(back.value.value(), 2100.5, kExact);
  EXPECT_NEAR(back.low, 2099.5, kExact);
  EXPECT_NEAR(back.high, 2100.5, kExact);
  EXPECT_NEAR(f.of_fault("front-dead", "onset_s").value.value(), 0.5, kExact);
  EXPECT_NEAR(f.of_fault("back-dead", "onset_s").value.value(), 0.0, kExact) << "one is open already";
}

// Both from 100 s to 200 s: without either the outage stays as it is, so it belongs to all candidates. Who
// asks within the last 200 ms (the client's wait) may be answered by a message that is sent again.
TEST_F(RecoveryTime, a_region_lost_twice_over_is_shared) {
  const Figures f = play_both("05-region-and-its-hosts");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NEAR(all[0].begin_s, 100.05, kExact);
  EXPECT_NEAR(all[0].end_s, 200.0, 0.3);
  EXPECT_THAT(all[0].faults, ElementsAre("hosts", "region"));
  EXPECT_TRUE(all[0].shared);
  for (const char* fault : {"region", "hosts"})
    EXPECT_NEAR(f.of_fault(fault, "rto_s").value.value(), all[0].length_s(), kExact);
}

// The desk hangs from 100 s to 160 s; clients give up after 20 s, so those of 140.05 and later are answered
// at 160.01: late (100 ms are ten times the calm) up to 159.85. At 130 s a part that nobody uses becomes
// slow: the hanging requests are not its.
TEST_F(RecoveryTime, a_harmless_fault_does_not_take_over_who_hangs_already) {
  const Figures f = play_both("14c-harmless-fault-meanwhile");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NEAR(all[0].begin_s, 100.05, kExact);
  EXPECT_NEAR(all[0].end_s, 159.95, kExact);
  EXPECT_THAT(all[0].faults, ElementsAre("hang"));
  EXPECT_FALSE(all[0].shared);
  EXPECT_NEAR(f.of_fault("hang", "rto_s").value.value(), 59.9, kExact);
  EXPECT_EQ(f.of_fault("harmless", "rto_s").value, 0.0);
  EXPECT_FALSE(f.of_fault("harmless", "onset_s").value.has_value());
}

// Dead for good at 600 s. The runbook looks every second at the last second, then 839 s pass until it acts:
// 839 to 842 s after the fault, and requests come every 500 ms. An hour later, 5040 to 5060 s, the second
// site is away: 40 requests, 20 s, no part of the first recovery.
TEST_F(RecoveryTime, a_relapse_an_hour_later_does_not_lengthen_the_recovery) {
  const Figures f = play("17-relapse-an-hour-later");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NEAR(all[0].begin_s, 600.25, kExact);
  EXPECT_THAT(all[0].faults, ElementsAre("r1-dead"));
  EXPECT_NEAR(f.of_fault("r1-dead", "rto_s").value.value(), 840.0, 3.0);
  expect_outage(all[1], 5040.25, 5060.25, 0.5);
  EXPECT_THAT(all[1].faults, Contains("relapse"));
  EXPECT_NEAR(f.of_fault("relapse", "rto_s").value.value(), 20.0, kExact);
}

// No new connection from 600 s to 1800 s. The one that stands was made for the first request, 0.5 s, and is
// replaced when it is 1020 s old: the first request at or after 1020.5 fails. Onset 420.5 or 421.5 s, within
// 0 to 17 min; recovery from there to 1800.5.
TEST_F(RecoveryTime, a_certificate_has_its_onset_when_the_sessions_end) {
  const Figures f = play_both("18-sessions-outlive-the-certificate");
  const auto onset = f.of_fault("certificate", "onset_s");
  EXPECT_NEAR(onset.value.value(), 421.0, 0.5 + kExact);
  EXPECT_LE(onset.low, onset.value.value());
  EXPECT_GE(onset.low, onset.value.value() - 1.0 - kExact);
  const auto rto = f.of_fault("certificate", "rto_s");
  EXPECT_NEAR(rto.value.value() + onset.value.value(), 1200.5, kExact);
  EXPECT_NEAR(rto.high - rto.low, 2.0, kExact) << "a gap at each end";
}

// The share that fails always is 2 %, 1 % may: from 6000 requests of the calm it is 2 % +- 0.18 % (one
// sigma); a false alarm of the range below is one in 500 seeds. Nothing is said of the harmless fault; 60 s
// of the total outage; the objective is missed all the same (some 9 % fail).
TEST_F(RecoveryTime, a_system_that_never_met_its_promise_is_judged_by_what_a_fault_adds) {
  const Figures f = play_both("18c-two-percent-always");
  EXPECT_NEAR(f.operation("issue").at("allowed_share").get<double>(), 0.02, 0.006);
  EXPECT_FALSE(f.operation("issue").at("allowed_origin").empty());
  for (const int replication : {0, 1, 2}) {
    const auto all = f.interruptions("issue", replication);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_THAT(all[0].faults, ElementsAre("outage"));
    EXPECT_NEAR(all[0].begin_s, 500.025, 0.3);
    EXPECT_NEAR(all[0].end_s, 560.025, 0.3);
    const auto r = static_cast<std::size_t>(replication);
    EXPECT_EQ(f.of_fault("harmless", "rto_s", r).value, 0.0);
    EXPECT_NEAR(f.of_fault("outage", "rto_s", r).value.value(), 60.0, 0.3);
  }
  EXPECT_EQ(f.verdict(0), "missed");
}

// By order, at 60 s, with everything healthy: it runs, and is told as planned, not as a fault.
TEST_F(RecoveryTime, a_planned_switch_over_is_listed_as_planned) {
  const auto out = printed("19-switch-over-by-order", {"--branch-at", "60 s", "--policies",
                                                       file("19-orders.policies"), "--format", "json"});
  ASSERT_EQ(out.code, 0) << out.err;
  const auto policies = out.json().at("policies");
  EXPECT_TRUE(policies.at(0).at("result").at("disruptions").empty()) << "nothing is done, nothing is listed";
  const auto& listed = policies.at(1).at("result").at("disruptions");
  ASSERT_EQ(listed.size(), 1U);
  const bool planned =
      listed[0].value("planned", false) || listed[0].value("kind", std::string()) == "planned";
  EXPECT_TRUE(planned) << listed;
  EXPECT_NE(out.out.find("load is shifted from s1 to s2"), std::string::npos) << "it runs";
}

// The clients are cut off for 43 s and see 43 s of it, less what is answered when the cut ends. The approval
// comes five minutes after it all began: the runbook looks again, finds the first site well, and leads
// nowhere.
TEST_F(RecoveryTime, a_runbook_whose_cause_has_passed_does_not_promote) {
  const Figures f = play("20-partition-of-43-seconds");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NEAR(all[0].length_s(), 43.0, 0.5);
  EXPECT_NEAR(f.of_fault("cut", "rto_s").value.value(), 43.0, 0.5);
  EXPECT_EQ(f.invoices("issue", "acknowledged_lost"), 0);
  for (const auto& line : table("20-partition-of-43-seconds", "log"))
    EXPECT_FALSE(line.at("event") == "leads" && line.at("place") == "s2") << line.at("at_s");
}

// 50/s on a core of 100/s; 200/s for 20 s from 60 s on fill the queue beyond the 500 ms of a try. From then
// on each request is 3 tries whose work is done in vain: 150/s on 100/s, for ever. Broken soon after 60 s,
// not restored at 150 s: at least 90 s less the onset.
TEST_F(RecoveryTime, a_collapse_that_outlives_its_spike_is_not_restored) {
  const Figures f = play_both("24-collapse-after-a-spike");
  const auto all = f.interruptions("issue");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_GE(all[0].begin_s, 60.0);
  EXPECT_LT(all[0].begin_s, 63.0);
  EXPECT_EQ(all[0].end_s, kInfinite);
  EXPECT_THAT(all[0].faults, ElementsAre("rush"));
  const auto rto = f.of_fault("rush", "rto_s");
  EXPECT_FALSE(rto.value.has_value());
  EXPECT_NEAR(rto.low, 150.0 - all[0].begin_high_s, kExact);
  EXPECT_EQ(rto.high, kInfinite);
  EXPECT_NEAR(f.of_fault("rush", "onset_s").value.value(), all[0].begin_s - 60.0, kExact);
}

}  // namespace
}  // namespace twinvoice
