// What every replication comes to: yardsticks, owners told by replays, losses. 100 requests a second: a gap of 10 ms.
#include "sim/report/accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using ::testing::ElementsAre;
using testing::Fate;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using ::testing::IsEmpty;
using testing::kSecond;
using testing::outage;

Accounts accounted(const Scenario& s, const std::vector<measure::RunRecord>& runs,
                   const Replays& replays = {}, const std::vector<Yardstick>* yardsticks = nullptr) {
  return accounts_of(s, runs, s.hold_ns, replays, yardsticks);
}

std::function<Fate(Nanos)> all_take(Nanos latency_ns) {
  return [latency_ns](Nanos) { return Fate{true, latency_ns}; };
}

TEST(Yardsticks, are_of_the_first_replication_however_many_follow) {
  // No p99 is stated: ten times the 20 ms of the first one, not of the slow second one.
  Scenario s = hand_made_scenario();
  s.operations[0].p99_ns = kNever;
  const auto one = testing::all(hand_made_run(s, 10, all_take(20'000'000)));
  const auto two =
      testing::all(hand_made_run(s, 10, all_take(20'000'000)), hand_made_run(s, 10, all_take(300'000'000)));
  EXPECT_EQ(accounted(s, one).yardsticks[0].bound.bound_ns, 200'000'000);
  const Accounts both = accounted(s, two);
  EXPECT_EQ(both.yardsticks[0].bound.bound_ns, 200'000'000);
  EXPECT_EQ(both.yardsticks[0].bound.origin, measure::LateOrigin::kTenTimesCalm);
  EXPECT_THAT(both.runs[0].interruptions[0], IsEmpty());
  ASSERT_EQ(both.runs[1].interruptions[0].size(), 1U) << "300 ms are late";
  EXPECT_EQ(both.runs[1].interruptions[0][0].interruption.symptom, measure::Symptom::kLate);
}

TEST(Yardsticks, of_another_design_are_taken_as_they_are_given) {
  Scenario s = hand_made_scenario();
  s.operations[0].p99_ns = kNever;
  const auto fast = testing::all(hand_made_run(s, 10, all_take(20'000'000)));
  const auto slow = testing::all(hand_made_run(s, 10, all_take(300'000'000)));
  const std::vector<Yardstick> first = yardsticks_of(s, fast[0]);
  EXPECT_THAT(accounted(s, slow).runs[0].interruptions[0], IsEmpty()) << "300 ms are its own calm";
  EXPECT_EQ(accounted(s, slow, {}, &first).runs[0].interruptions[0].size(), 1U);
}

TEST(Yardsticks, what_failed_before_the_first_fault_is_allowed_ever_after) {
  // Every 20th fails from the start: 5 % where 1 % may.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(300)};
  std::uint64_t n = 0;
  const auto runs = testing::all(hand_made_run(s, 100, [&](Nanos) { return Fate{++n % 20 != 0}; }));
  const Accounts accounts = accounted(s, runs);
  EXPECT_NEAR(static_cast<double>(accounts.yardsticks[0].allowed.share), 0.05e9, 1e5)
      << "two were open when the fault began";
  EXPECT_EQ(accounts.yardsticks[0].allowed.origin, measure::AllowedOrigin::kCalm);
  EXPECT_THAT(accounts.runs[0].interruptions[0], IsEmpty());
}

/// Two faults in force at 205 s, the first bad request; bad until 290 s.
Scenario two_faults() {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(190, "first"), hand_made_fault(200, "second")};
  return s;
}

/// The same replication without one of the faults.
measure::RunRecord without(Scenario s, std::size_t fault, const std::function<Fate(Nanos)>& fate) {
  s.faults.erase(s.faults.begin() + static_cast<std::ptrdiff_t>(fault));
  return hand_made_run(s, 100, fate);
}

TEST(Owners, a_single_candidate_needs_no_replay) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(205, 290))));
  EXPECT_THAT(accounts.runs[0].interruptions[0][0].owners, ElementsAre(0));
  EXPECT_THAT(accounts.wanted, IsEmpty());
}

TEST(Owners, of_several_candidates_replays_are_wanted_and_until_then_all_share_it) {
  const Scenario s = two_faults();
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(205, 290))));
  EXPECT_THAT(accounts.wanted, ElementsAre(ReplayKey{0, 0}, ReplayKey{0, 1}));
  EXPECT_THAT(accounts.runs[0].interruptions[0][0].owners, ElementsAre(0, 1));
  EXPECT_THAT(accounts.runs[0].faults[0]->shared_with, ElementsAre(1));
  EXPECT_THAT(accounts.runs[0].faults[1]->shared_with, ElementsAre(0));
}

TEST(Owners, it_is_of_the_fault_without_which_it_does_not_begin) {
  const Scenario s = two_faults();
  Replays replays;
  replays.emplace(ReplayKey{0, 0}, without(s, 0, outage(205, 290)));
  replays.emplace(ReplayKey{0, 1}, without(s, 1, outage(0, 0)));
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(205, 290))), replays);
  EXPECT_THAT(accounts.runs[0].interruptions[0][0].owners, ElementsAre(1));
  EXPECT_THAT(accounts.wanted, IsEmpty());
  EXPECT_FALSE(accounts.runs[0].faults[0]->worst.recovery.onset.has_value())
      << "nothing of it is the first one's";
  EXPECT_EQ(accounts.runs[0].faults[1]->worst.recovery.time.value_ns, 85 * kSecond);
  EXPECT_THAT(accounts.runs[0].faults[1]->shared_with, IsEmpty());
}

TEST(Owners, who_prolongs_it_shares_it_from_its_own_begin_on) {
  // Alone the first one is bad from 205 to 240 s, the second one from 230 s to 290 s: without it, it ends elsewhere.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200, "first"), hand_made_fault(230, "second")};
  Replays replays;
  replays.emplace(ReplayKey{0, 0}, without(s, 0, outage(230, 290)));
  replays.emplace(ReplayKey{0, 1}, without(s, 1, outage(205, 240)));
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(205, 290))), replays);
  EXPECT_THAT(accounts.runs[0].interruptions[0][0].owners, ElementsAre(0, 1));
  EXPECT_EQ(accounts.runs[0].faults[0]->worst.recovery.time.value_ns, 85 * kSecond);
  EXPECT_EQ(accounts.runs[0].faults[1]->worst.recovery.time.value_ns, 60 * kSecond) << "290 - 230";
}

TEST(Owners, either_of_which_suffices_share_it) {
  const Scenario s = two_faults();
  Replays replays;
  for (const std::size_t fault : {0U, 1U})
    replays.emplace(ReplayKey{0, fault}, without(s, fault, outage(205, 290)));
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(205, 290))), replays);
  EXPECT_THAT(accounts.runs[0].interruptions[0][0].owners, ElementsAre(0, 1));
}

TEST(Owners, replays_are_wanted_of_the_first_twenty_replications) {
  Scenario s = two_faults();
  std::vector<measure::RunRecord> runs;
  for (int i = 0; i < 22; ++i) runs.push_back(hand_made_run(s, 10, outage(205, 290)));
  const Accounts accounts = accounted(s, runs);
  EXPECT_EQ(accounts.wanted.size(), 2 * kReplayedReplications);
  EXPECT_EQ(accounts.wanted.rbegin()->first, kReplayedReplications - 1);
  EXPECT_THAT(accounts.runs[21].interruptions[0][0].owners, ElementsAre(0, 1))
      << "shared by all that may be it";
}

TEST(Owners, a_fault_from_the_horizon_on_owns_nothing) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(590, "late"), hand_made_fault(600, "never")};
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(591, 600))));
  EXPECT_THAT(accounts.runs[0].interruptions[0][0].owners, ElementsAre(0));
  EXPECT_THAT(accounts.wanted, IsEmpty());
  EXPECT_FALSE(accounts.runs[0].faults[1].has_value());
}

/// The procedure of `first` (50 to 170 s) leads elsewhere at 70 s and back at 401 s, for which it turns away what arrives in 400 .. 401;
/// `second` was over at 380 s, hurt nobody, and is near.
Accounts failed_back(Nanos second_until_s) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(50, "first"), hand_made_fault(260, "second")};
  s.faults[1].until_ns = second_until_s * kSecond;
  measure::RunRecord run = hand_made_run(s, 100, [](Nanos at) {
    Fate f;
    f.ok = outage(50, 70)(at).ok && outage(400, 401)(at).ok;
    return f;
  });
  run.marks.push_back({52 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  run.marks.push_back({70 * kSecond, "dr", true, measure::Phase::kActed, "led"});
  run.marks.push_back({401 * kSecond, "dr", true, measure::Phase::kFailedBack, "back"});
  return accounted(s, testing::all(std::move(run)));
}

TEST(Accounts, what_a_failback_interrupts_is_of_the_fault_that_it_answers) {
  const Accounts accounts = failed_back(380);
  ASSERT_EQ(accounts.runs[0].interruptions[0].size(), 2U);
  EXPECT_THAT(accounts.runs[0].interruptions[0][1].owners, ElementsAre(0));
  EXPECT_EQ(accounts.runs[0].faults[0]->worst.recovery.time.value_ns, 20 * kSecond)
      << "no part of its recovery";
  EXPECT_EQ(accounts.runs[0].faults[0]->operations[0].recovery.later.size(), 1U);
  EXPECT_EQ(accounts.runs[0].faults[1]->worst.recovery.time.value_ns, 0);
}

TEST(Accounts, a_fault_in_force_during_a_failback_is_to_blame) {
  EXPECT_THAT(failed_back(450).runs[0].interruptions[0][1].owners, ElementsAre(1));
}

/// A log at places 0 (leads) and 1. The request of 199.5 s is written at that instant and acknowledged by its writer 5 ms later;
/// place 0 is down from 200 s on.
measure::RunRecord one_unshipped(const Scenario& s) {
  measure::RunRecord run = hand_made_run(s, 100, outage(200, 250));
  constexpr Nanos kWrittenNs = 199 * kSecond + kSecond / 2;
  run.commits = {{0, 0, 0, 0, 1, 0, 19'950, kWrittenNs, kWrittenNs + 5'000'000}};
  using Kind = measure::LogEventKind;
  run.log_events = {{0, 0, Kind::kUp, 0}, {0, 0, Kind::kUp, 1}, {0, 0, Kind::kLeads, 0}};
  run.log_events.push_back({200 * kSecond, 0, Kind::kDown, 0});
  return run;
}

TEST(Losses, a_change_of_leader_is_of_the_faults_of_the_procedure_that_made_it) {
  // Place 1 leads from 250 s on without the record: the lead was lost at 200 s, 0.5 s after it was written.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  measure::RunRecord run = one_unshipped(s);
  run.log_events.push_back({250 * kSecond, 0, measure::LogEventKind::kLeads, 1, 0, 1, 0});
  run.marks.push_back({210 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  run.marks.push_back({250 * kSecond, "dr", true, measure::Phase::kActed, "led"});
  const Accounts accounts = accounted(s, testing::all(std::move(run)));
  const FaultAccount& cost = *accounts.runs[0].faults[0];
  EXPECT_EQ(cost.rpo_ns, (measure::Incident{kSecond / 2, kSecond / 2, kSecond / 2}));
  EXPECT_EQ(cost.acknowledged_lost, (measure::Incident{1, 1, 1}));
  EXPECT_EQ(cost.operations[0].acknowledged_lost, cost.acknowledged_lost);
  EXPECT_EQ(cost.last_act_ns, 250 * kSecond);
}

TEST(Losses, what_was_merged_back_is_no_invoice_lost) {
  // As before, and the record is merged at 310 s: the change of leader was 0.5 s back, and nothing is lost at the end.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  measure::RunRecord run = one_unshipped(s);
  using Kind = measure::LogEventKind;
  run.log_events.push_back({250 * kSecond, 0, Kind::kLeads, 1, 0, 1, 0});
  run.log_events.push_back({300 * kSecond, 0, Kind::kUp, 0});
  run.log_events.push_back({310 * kSecond, 0, Kind::kReconciled, 0, 0, 0, 1});
  run.marks.push_back({210 * kSecond, "dr", true, measure::Phase::kDetected, "seen"});
  run.marks.push_back({250 * kSecond, "dr", true, measure::Phase::kActed, "led"});
  const Accounts accounts = accounted(s, testing::all(std::move(run)));
  const FaultAccount& cost = *accounts.runs[0].faults[0];
  EXPECT_EQ(cost.rpo_ns, (measure::Incident{kSecond / 2, kSecond / 2, kSecond / 2}));
  EXPECT_EQ(cost.acknowledged_lost, (measure::Incident{0, 0, 0}));
}

TEST(Losses, what_is_out_of_reach_at_the_end_is_anything_from_nothing_to_all) {
  // Nobody else leads, and the only copy stays down: up to 600 - 199.5 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const Accounts accounts = accounted(s, testing::all(one_unshipped(s)));
  const FaultAccount& cost = *accounts.runs[0].faults[0];
  EXPECT_EQ(cost.rpo_ns, (measure::Incident{0, 400 * kSecond + kSecond / 2, std::nullopt}));
  EXPECT_EQ(cost.acknowledged_lost, (measure::Incident{0, 1, std::nullopt}));
}

TEST(Losses, what_was_written_in_the_warm_up_is_out_of_reach_in_time_and_no_invoice_that_counts) {
  Scenario s = hand_made_scenario();
  s.warm_up_ns = 300 * kSecond;
  s.faults = {hand_made_fault(200)};
  const Accounts accounts = accounted(s, testing::all(one_unshipped(s)));
  const FaultAccount& cost = *accounts.runs[0].faults[0];
  EXPECT_EQ(cost.rpo_ns, (measure::Incident{0, 400 * kSecond + kSecond / 2, std::nullopt}));
  EXPECT_EQ(cost.acknowledged_lost, (measure::Incident{0, 0, 0}));
}

TEST(Losses, nothing_written_is_nothing_lost) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(200, 300))));
  EXPECT_EQ(accounts.runs[0].faults[0]->rpo_ns, (measure::Incident{0, 0, 0}));
}

TEST(InterruptedTime, counts_what_lies_inside_and_goes_on_to_the_end_without_one) {
  Scenario s = hand_made_scenario();
  const Accounts accounts = accounted(s, testing::all(hand_made_run(s, 100, outage(205, 290))));
  const auto& list = accounts.runs[0].interruptions[0];
  EXPECT_EQ(interrupted_ns(list, 0, 600 * kSecond), 85 * kSecond);
  EXPECT_EQ(interrupted_ns(list, 250 * kSecond, 300 * kSecond), 40 * kSecond);
  EXPECT_EQ(interrupted_ns(list, 0, 200 * kSecond), 0);
  const Accounts open = accounted(s, testing::all(hand_made_run(s, 100, outage(500, 600))));
  EXPECT_EQ(interrupted_ns(open.runs[0].interruptions[0], 0, 600 * kSecond), 100 * kSecond);
}

}  // namespace
}  // namespace twinvoice::report
