// plan: what is said of an experiment and of a topology alone, without a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PlanCommand : public testing::ProgramTest {
 protected:
  /// Two zones, two replicas of 2 ms and 1 core in each; clients outside.
  [[nodiscard]] testing::Printed plan(const std::string& of_component, const std::string& of_operation,
                                      const std::vector<std::string>& arguments = {}) const {
    write(path("t.json"), R"({"twinvoice": "topology/1", "name": "t",
      "sites": {"dc": {"region": "r", "zones": ["a", "b"]}, "out": {"region": "o"}},
      "links": {"l": {"between": ["dc", "out"], "latency": "5 ms", "bandwidth": "1 Gbps"}},
      "components": {"app": {"model": "service", "demand": "2 ms", "cores": 1, "replicas": {"dc/a": 2, "dc/b": 2})" +
                              of_component + R"(}},
      "operations": {"op": {"entry": "app", "from": "out", "client": {"timeout": "1 s", "balance": "round_robin"})" +
                              of_operation + "}}}");
    std::vector<std::string> all{"plan", path("t.json"), "--brief"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all);
  }
};

TEST_F(PlanCommand, a_topology_alone_is_judged_by_its_structure) {
  const auto shown = plan("", "");
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("no \"volume\" is stated (operations.op.volume"));
  EXPECT_THAT(shown.out, HasSubstr("single points of failure of op: site dc, link l"));
  EXPECT_THAT(
      shown.out,
      HasSubstr("nobody takes a dead replica of app out (no probe, no ejection): that costs 25.00 %"));
  EXPECT_THAT(shown.out, Not(HasSubstr("STATIONS")));
}

// 86 400 000 a day are 1 000 a second: 500 ms of work a second for each of four replicas, 1 for each of two.
TEST_F(PlanCommand, a_volume_is_the_load_of_a_topology_alone) {
  const auto shown = plan("", R"(, "volume": "86400000 per day")");
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("1000/s on average"),
                               HasSubstr("may grow by the factor 2 before app at dc/a is full")));
  EXPECT_THAT(shown.out, AllOf(HasSubstr("place  in calm  without dc/a  without dc/b"),
                               HasSubstr("app  dc/a    50.0 %          lost       100.0 %"),
                               HasSubstr("without dc nothing is left that takes the load of app"),
                               HasSubstr("without out there is no load: the clients stand there")));
  const auto without = plan("", R"(, "volume": "86400000 per day")", {"--without", "dc/a"});
  ASSERT_EQ(without.code, 0) << without.err;
  EXPECT_THAT(without.out, AllOf(HasSubstr("without dc/a"), HasSubstr("100.0 %")));
  const auto shaped = plan("", R"(, "volume": {"per_day": 86400000, "amplitude": 0.5})");
  EXPECT_THAT(shaped.out, HasSubstr("1000/s on average, 1500/s at the peak")) << shaped.err;
}

TEST_F(PlanCommand, what_no_place_or_volume_is_is_refused) {
  const auto nowhere = plan("", "", {"--without", "dc/c"});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("there is no zone, site or region \"dc/c\"; did you mean \"dc/"));
  for (const char* volume :
       {"\"500000\"", "\"many per day\"", "\"5 per week\"", "\"-1 per day\"", "500000", "{}"}) {
    const auto refused = plan("", std::string(R"(, "volume": )") + volume);
    EXPECT_EQ(refused.code, 2) << volume;
    EXPECT_THAT(refused.err, HasSubstr("/operations/op/volume")) << volume;
  }
}

TEST_F(PlanCommand, the_shipped_topology_loses_no_request_with_one_replica) {
  const auto shown =
      run({"plan", (std::string(TWINVOICE_SOURCE_DIR "/") + "topologies/two-sites-three-centres.json"),
           "--brief"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(
      shown.out,
      HasSubstr("single points of failure of issue-invoice: the 2 of 6 database at shanghai-a, site"));
  for (const char* part : {"waf", "nginx", "redis", "identity", "ledger", "database"})
    EXPECT_THAT(shown.out, Not(HasSubstr(std::string("dead replica of ") + part))) << part;
}

}  // namespace
}  // namespace twinvoice
