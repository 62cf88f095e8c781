// What a run spends of a month's error budget. 60 000 requests in 600 s; 99 % stated: a month of 2 592 000 s may lose 25 920 s.
#include "sim/report/error_budget.hpp"

#include <gtest/gtest.h>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::Fate;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::kSecond;
using testing::outage;

TEST(ErrorBudget, is_the_failed_share_of_the_measured_time_in_months) {
  // 6000 fail while the fault lasts: a tenth of 600 s = 60 s of 25 920 s. Two more fail alone: 0.02 s.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto fate = [](Nanos at) {
    Fate f = outage(200, 260)(at);
    f.ok = f.ok && at != 400 * kSecond && at != 500 * kSecond;
    return f;
  };
  const auto budget = error_budget(testing::document_of(s, testing::all(hand_made_run(s, 100, fate))), 0);
  ASSERT_TRUE(budget.has_value());
  EXPECT_NEAR(budget->spent_months, 60.02 / 25'920.0, 1e-12);
  ASSERT_EQ(budget->by_fault.size(), 1U);
  EXPECT_EQ(budget->by_fault[0].first, "down");
  EXPECT_NEAR(budget->by_fault[0].second, 60.0 / 25'920.0, 1e-12);
  EXPECT_NEAR(budget->other_months, 0.02 / 25'920.0, 1e-12);
}

TEST(ErrorBudget, is_a_mean_over_the_replications) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto budget = error_budget(
      testing::document_of(
          s, testing::all(hand_made_run(s, 100, outage(200, 260)), hand_made_run(s, 100, outage(0, 0)))),
      0);
  EXPECT_NEAR(budget->spent_months, 30.0 / 25'920.0, 1e-12);
}

TEST(ErrorBudget, what_several_faults_share_is_each_of_theirs_and_told_once) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(190, "first"), hand_made_fault(200, "second")};
  const auto budget =
      error_budget(testing::document_of(s, testing::all(hand_made_run(s, 100, outage(200, 260)))), 0);
  ASSERT_EQ(budget->by_fault.size(), 2U);
  EXPECT_NEAR(budget->by_fault[0].second, budget->spent_months, 1e-12);
  EXPECT_NEAR(budget->by_fault[1].second, budget->spent_months, 1e-12);
  EXPECT_NEAR(budget->other_months, 0.0, 1e-12);
}

TEST(ErrorBudget, needs_a_stated_availability_below_one_and_requests) {
  Scenario s = hand_made_scenario();
  const auto of = [&] {
    return error_budget(testing::document_of(s, testing::all(hand_made_run(s, 10, outage(200, 260)))), 0);
  };
  EXPECT_TRUE(of().has_value());
  s.operations[0].availability_stated = false;
  EXPECT_FALSE(of().has_value());
  s.operations[0].availability_stated = true;
  s.operations[0].availability = 1.0;
  EXPECT_FALSE(of().has_value());
}

}  // namespace
}  // namespace twinvoice::report
