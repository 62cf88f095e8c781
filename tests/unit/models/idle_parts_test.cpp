// What nothing can ever act on is named when the input is compiled; zero means zero.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compile_text.hpp"
#include "tests/unit/models/lowering.hpp"

namespace twinvoice::models {
namespace {

using testing::compile_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two sites with these links, a front at a that calls a back of two replicas with this policy.
auto linked(const std::string& links, const std::string& policy = "", const std::string& more = "") {
  return compile_text(R"("sites": {"a": {"region": "r"}, "b": {"region": "r"}}, "links": {)" + links +
                          R"(}, "components": {
      "front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [{"to": "back")" +
                          policy + R"(}]},
      "back": {"model": "service", "replicas": {"a": 2}, "demand": "1 ms"}},
      "operations": {"op": {"entry": "front", "from": "b"}})" +
                          more,
                      load());
}

const char* const kLink = R"("ab": {"between": ["a", "b"], "latency": "1 ms", "bandwidth": "1 Gbps"})";

TEST(IdleParts, a_link_that_no_way_takes_is_named) {
  const auto c = linked(std::string(kLink) +
                        R"(, "slow": {"between": ["b", "a"], "latency": "2 ms", "bandwidth": "9 Gbps"})");
  EXPECT_THAT(c.problems, ElementsAre(HasSubstr("/links/slow: no message ever takes the link \"slow\"")));
  EXPECT_THAT(linked(kLink).problems, IsEmpty());
}

TEST(IdleParts, a_link_beyond_the_ports_of_its_ends_is_named_where_bulk_flows_use_it) {
  const std::string wide = R"("ab": {"between": ["a", "b"], "latency": "1 ms", "bandwidth": "40 Gbps"})";
  EXPECT_THAT(linked(wide).problems, IsEmpty());
  const auto c =
      linked(wide, "",
             R"(, "procedures": {"copy": {"model": "bulk_transfer", "at": "a", "to": "b", "size": "1 GB"}})");
  EXPECT_THAT(c.problems, ElementsAre(HasSubstr("/links/ab: its bandwidth is beyond the ports at \"a\"")));
  EXPECT_THAT(c.problems[0], HasSubstr("10 Gbps"));
}

TEST(IdleParts, an_ejection_that_may_eject_less_than_one_replica_is_named) {
  const auto ejecting = [](const std::string& share) {
    return linked(kLink, R"(, "ejection": {"max_ejection_percent": ")" + share + "\"}").problems;
  };
  EXPECT_THAT(ejecting("49 %"), ElementsAre(HasSubstr("can never act: 49 % of the 2 replicas of \"back\"")));
  EXPECT_THAT(ejecting("50 %"), IsEmpty());
}

TEST(IdleParts, what_a_runbook_never_does_is_named) {
  const auto c = compile_text(
      R"("sites": {"a": {"region": "r"}, "b": {"region": "s"}}, "links": {)" + std::string(kLink) + R"(},
      "components": {"front": {"model": "database", "replicas": {"a": 1, "b": 1}, "demand": "1 ms", "primary": "a",
                               "replication": {"to": "b", "mode": "async", "batch_every": "1 s"}}},
      "operations": {"op": {"entry": "front", "from": "a"}},
      "procedures": {"runbook": {"model": "site_failover", "at": "b", "service": ["front"], "database": "front", "from": "a", "to": "b",
        "detect": {"sensor": "probe", "below": "50 %"}, "verify": {"takes": "1 s"}, "approve": {"by": "boss", "takes": "1 s"},
        "steps": ["shift", "verify", "promote"]}})",
      load());
  EXPECT_THAT(c.problems, ElementsAre(HasSubstr("/procedures/runbook: its \"approve\" never acts")));
}

TEST(IdleParts, a_retry_budget_of_nothing_retries_nothing) {
  const auto c = linked(kLink, R"(, "retries": {"attempts": 3, "budget": {"ratio": "0 %"}})");
  ASSERT_THAT(c.problems, IsEmpty());
  const plan::Retries& r = find_call(c.plan, "front/default>back/default")->retries;
  EXPECT_TRUE(r.budget);
  EXPECT_EQ(r.budget_at_start(), 0.0);
  EXPECT_LT(r.budget_after_call(r.budget_after_call(0.0)), 1.0) << "a retry takes 1";
}

TEST(IdleParts, a_budget_without_a_reserve_keeps_its_ratio) {
  const auto c = linked(kLink, R"(, "retries": {"attempts": 3, "budget": {"ratio": "20 %", "burst": 0}})");
  const plan::Retries& r = find_call(c.plan, "front/default>back/default")->retries;
  EXPECT_EQ(r.attempts, 3U);
  EXPECT_EQ(r.budget_ratio, 0.2);
  EXPECT_EQ(r.budget_burst, 0.0);
}

}  // namespace
}  // namespace twinvoice::models
