// Runs of procedures, and which act of theirs began an interruption. 100 requests a second: a gap of 10 ms.
#include "sim/report/acts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/report/begun_by.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using measure::Phase;
using ::testing::ElementsAre;
using testing::hand_made_run;
using testing::hand_made_scenario;
using ::testing::IsEmpty;
using testing::kSecond;
using testing::outage;

measure::Mark phase(Nanos at_s, Phase phase, const std::string& text = "", const std::string& who = "dr") {
  return {at_s * kSecond, who, true, phase, text};
}
measure::Mark line(Nanos at_s, const std::string& text, const std::string& who = "dr") {
  return {at_s * kSecond, who, false, Phase::kDetected, text};
}

TEST(ProcedureRuns, last_from_a_detection_to_the_next_one_of_the_same_procedure) {
  measure::RunRecord run;
  run.marks = {phase(10, Phase::kDetected), line(15, "probe 1 fails", "probe"), phase(20, Phase::kActed),
               phase(60, Phase::kDetected), phase(90, Phase::kAborted)};
  const auto runs = procedure_runs(run, 100 * kSecond);
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_THAT(runs[0].marks, ElementsAre(0, 2));
  EXPECT_EQ(runs[0].ended_ns, 20 * kSecond);
  EXPECT_EQ(runs[1].procedure, "probe");
  EXPECT_THAT(runs[2].marks, ElementsAre(3, 4));
  EXPECT_EQ(procedure_runs(run, 60 * kSecond).size(), 2U) << "what comes at the horizon or later is none";
}

TEST(ProcedureRuns, begun_by_order_are_told_apart) {
  measure::RunRecord run;
  run.marks = {phase(10, Phase::kDetected, measure::kBegunByOrder),
               phase(60, Phase::kDetected, "3 probes fail")};
  const auto runs = procedure_runs(run, 100 * kSecond);
  EXPECT_TRUE(runs[0].ordered);
  EXPECT_FALSE(runs[1].ordered);
}

TEST(LastAct, is_the_last_one_on_the_way_to_recovery_of_the_runs_that_belong_to_the_fault) {
  measure::RunRecord run;
  run.marks = {phase(10, Phase::kDetected), phase(20, Phase::kActed), phase(30, Phase::kVerified),
               phase(80, Phase::kFailedBack), phase(90, Phase::kDetected, "", "other")};
  auto runs = procedure_runs(run, 100 * kSecond);
  runs[0].owners = {1};
  EXPECT_EQ(last_act_ns(run, runs, 1), 30 * kSecond) << "failback is not on that way";
  EXPECT_EQ(last_act_ns(run, runs, 0), std::nullopt);
}

TEST(LastAct,
     is_before_the_first_failback_however_often_the_procedure_runs_again_and_goes_on_after_an_abort) {
  measure::RunRecord run;
  run.marks = {phase(10, Phase::kDetected), phase(20, Phase::kAborted),    phase(30, Phase::kDetected),
               phase(40, Phase::kActed),    phase(60, Phase::kFailedBack), phase(70, Phase::kDetected),
               phase(80, Phase::kActed)};
  auto runs = procedure_runs(run, 100 * kSecond);
  for (ProcedureRun& one : runs) one.owners = {0};
  EXPECT_EQ(last_act_ns(run, runs, 0), 40 * kSecond);
}

TEST(BegunBy, is_the_last_act_that_came_before_it_and_near) {
  // Bad from 300 s to 320 s. Held for 60 s, so an act from 240.0 s to 300 s may have begun it.
  const Scenario s = hand_made_scenario();
  const auto told = [&](const std::vector<measure::Mark>& marks) {
    measure::RunRecord run = hand_made_run(s, 100, outage(300, 320));
    run.marks = marks;
    const Accounts accounts = accounts_of(s, {&run, 1}, s.hold_ns);
    const auto& all = accounts.runs[0].interruptions[0];
    EXPECT_EQ(all.size(), 1U);
    return begun_by(run, accounts.runs[0], all[0].interruption, s.hold_ns);
  };
  const std::string shift = std::string(measure::kLoadIsShifted) + " from a to b";
  EXPECT_EQ(told({}), std::nullopt);
  EXPECT_EQ(told({phase(290, Phase::kActed)}), Act::kPromotion);
  EXPECT_EQ(told({phase(300, Phase::kFailedBack)}), Act::kFailback);
  EXPECT_EQ(told({phase(290, Phase::kActed), line(295, shift)}), Act::kShift);
  EXPECT_EQ(told({phase(301, Phase::kActed)}), std::nullopt) << "after it";
  EXPECT_EQ(told({phase(200, Phase::kDetected), phase(320, Phase::kFailedBack)}), Act::kFailback)
      << "told when it was done, and answers came again with it";
  EXPECT_EQ(told({phase(239, Phase::kActed)}), std::nullopt) << "too long before it";
  EXPECT_EQ(told({phase(290, Phase::kDecided)}), std::nullopt) << "a decision changes nothing";
  EXPECT_EQ(told({phase(280, Phase::kDetected, measure::kBegunByOrder), phase(290, Phase::kActed)}),
            Act::kPlanned);
}

TEST(BegunBy, instants_of_acts_are_by_their_kind) {
  const Scenario s = hand_made_scenario();
  measure::RunRecord run = hand_made_run(s, 10, outage(0, 0));
  run.marks = {phase(100, Phase::kDetected), phase(120, Phase::kActed), phase(200, Phase::kFailedBack),
               phase(300, Phase::kDetected, measure::kBegunByOrder), phase(310, Phase::kActed)};
  const Accounts accounts = accounts_of(s, {&run, 1}, s.hold_ns);
  EXPECT_THAT(act_instants(run, accounts.runs[0], Act::kPromotion),
              ElementsAre(120 * kSecond, 310 * kSecond));
  EXPECT_THAT(act_instants(run, accounts.runs[0], Act::kFailback), ElementsAre(200 * kSecond));
  EXPECT_THAT(act_instants(run, accounts.runs[0], Act::kPlanned), ElementsAre(310 * kSecond));
  EXPECT_THAT(act_instants(run, accounts.runs[0], Act::kShift), IsEmpty());
}

TEST(BegunBy, words_are_those_of_expectations) {
  EXPECT_EQ(act_word(Act::kFailback), "failback");
  EXPECT_EQ(act_word(Act::kPromotion), "promotion");
  EXPECT_EQ(act_word(Act::kShift), "shift");
  EXPECT_EQ(act_word(Act::kRelapse), "relapse");
  EXPECT_EQ(act_word(Act::kPlanned), "planned");
}

}  // namespace
}  // namespace twinvoice::report
