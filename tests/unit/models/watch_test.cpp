// What a condition of an alert or a runbook may say: thresholds and the fields beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_alert_rule();

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// What is told of {"sensor": ...}; "" when it is accepted.
std::string refusal(const std::string& condition) {
  EastAndWest t;
  try {
    static_cast<void>(made(make_alert_rule(), R"({"when": {)" + condition + "}}", t.plan));
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return {};
}

TEST(Watch, a_threshold_has_the_dimension_of_what_is_watched) {
  const std::string share =
      "/when/below: success_rate is a share: need one such as \"75 %\", or a number from 0 to 1";
  for (const char* wrong : {"50", "1.5", "\"5 s\"", "\"10 tps\"", "\"64 KiB\"", "\"2 Gbps\""}) {
    EXPECT_THAT(refusal(std::string(R"("sensor": "success_rate", "below": )") + wrong), EndsWith(share))
        << wrong;
  }
  EXPECT_EQ(refusal(R"("sensor": "success_rate", "below": "75 %")"), "");
  EXPECT_EQ(refusal(R"("sensor": "success_rate", "below": 0.75)"), "");
  EXPECT_EQ(refusal(R"("sensor": "probe", "component": "api", "below": "0.5")"), "");
  const std::string lag = R"("sensor": "replication_lag", "component": "db", "above": )";
  for (const char* wrong : {"5", "\"50 %\"", "\"5 /s\""})
    EXPECT_THAT(refusal(lag + wrong), EndsWith("is a duration: need one such as \"500 ms\"")) << wrong;
  EXPECT_EQ(refusal(lag + "\"5 s\""), "");
  for (const std::string sensor : {"pool_waiting", "queue"}) {
    const std::string of_api = R"("sensor": ")" + sensor + R"(", "component": "api", "above": )";
    for (const char* wrong : {"-1", "\"50 %\"", "\"5 s\"", "\"100\""})
      EXPECT_THAT(refusal(of_api + wrong), HasSubstr("/when/above: ")) << wrong;
    EXPECT_EQ(refusal(of_api + "100"), "");
  }
}

TEST(Watch, a_threshold_that_can_never_be_passed_is_refused) {
  EXPECT_THAT(refusal(R"("sensor": "success_rate", "above": "100 %")"), EndsWith("is never above that"));
  EXPECT_THAT(refusal(R"("sensor": "success_rate", "below": "0 %")"), EndsWith("is never below that"));
  EXPECT_THAT(refusal(R"("sensor": "queue", "component": "api", "below": 0)"), EndsWith("never below that"));
  EXPECT_EQ(refusal(R"("sensor": "success_rate", "below": "100 %")"), "");
  EXPECT_EQ(refusal(R"("sensor": "queue", "component": "api", "above": 0)"), "");
}

TEST(Watch, a_field_that_the_sensor_does_not_use_is_refused) {
  EXPECT_THAT(refusal(R"("sensor": "success_rate", "component": "api", "below": "50 %")"),
              HasSubstr("/when/component: success_rate has no \"component\""));
  EXPECT_THAT(refusal(R"("sensor": "success_rate", "location": "west", "below": "50 %")"),
              HasSubstr("/when/location: success_rate has no \"location\""));
  EXPECT_THAT(refusal(R"("sensor": "queue", "component": "api", "window": "5 s", "above": 9)"),
              HasSubstr("/when/window: queue has no \"window\""));
  EXPECT_THAT(refusal(R"("sensor": "probe", "component": "api", "operation": "issue", "below": "50 %")"),
              HasSubstr("/when/operation: probe has no \"operation\""));
  EXPECT_THAT(refusal(R"("sensor": "pool_waiting", "component": "api", "location": "west", "above": 9)"),
              HasSubstr("/when/location: pool_waiting has no \"location\""));
}

}  // namespace
}  // namespace twinvoice::models
