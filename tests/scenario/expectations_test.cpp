// What an experiment expects reaches the result as fields, whether or not a run of it can be judged.
#include <string>

#include "tests/scenario/program.hpp"

namespace twinvoice::testing {
namespace {

using nlohmann::json;

class Expectations : public ProgramTest {
 protected:
  /// The demo, shortened, with these expectations; the zone that fails is that of the demo, unless given.
  [[nodiscard]] Printed expecting(const json& expectations, const json& target = {}, int replications = 1) {
    const std::string file = demo();
    json experiment = json::parse(read(file), nullptr, true, true);
    experiment["horizon"] = "5 min";
    experiment["replications"] = replications;
    experiment["faults"] =
        json::array({{{"fault", "zone_down"},
                      {"id", "zone"},
                      {"target", target.is_null() ? experiment["faults"][0]["target"] : target},
                      {"at", "1 min"}}});
    experiment["expect"] = expectations;
    write(file, experiment.dump());
    return run({"run", file, "--format", "json", "--quiet"});
  }
};

/// Every field of `asked` stands in `told`; none of the names in `absent`.
void expect_fields(const json& told, const json& asked, const std::vector<std::string>& absent) {
  for (const auto& [name, value] : asked.items()) EXPECT_EQ(told.value(name, json()), value) << told << name;
  for (const std::string& name : absent) EXPECT_FALSE(told.contains(name)) << told << name;
}

TEST_F(Expectations, results_have_all_that_was_asked_as_fields) {
  const json asked = json::array({
      {{"rto", "<= 25 min"}, {"fault", "zone"}, {"share", "90 %"}, {"hold", "30 s"}},
      {{"rpo_invoices", "<= 0"}, {"of", "mean"}},
      {{"interruption", "<= 30 s"}, {"of", "failback"}},
      {{"p99.5", "< 2 s"}, {"during", "zone"}},
      {{"answered", ">= 99 %"}, {"within", "800 ms"}, {"between", {"2 min", "4 min"}}},
      {{"throughput", ">= 1 tps"}, {"after", "zone"}},
      {{"availability", ">= 50 %"}, {"of", "time"}},
  });
  const Printed printed = expecting(asked);
  ASSERT_NE(printed.out, "") << printed.err;
  const json told = printed.json()["expectations"];
  ASSERT_EQ(told.size(), asked.size());
  expect_fields(told[0],
                {{"text", "rto <= 25 min after zone with a hold of 30 s in 90 % of incidents"},
                 {"measure", "rto"},
                 {"comparison", "<="},
                 {"bound", 1500.0},
                 {"unit", "s"},
                 {"share", 0.9},
                 {"hold_s", 30.0},
                 {"faults", {"zone"}}},
                {"operation", "of", "during", "quantile"});
  expect_fields(told[1], {{"measure", "rpo_invoices"}, {"unit", "count"}}, {"share", "hold_s", "faults"});
  expect_fields(told[2], {{"begun_by", "failback"}, {"share", 0.95}, {"hold_s", 60.0}}, {});
  expect_fields(told[3],
                {{"measure", "p99.5"}, {"quantile", 0.995}, {"comparison", "<"}, {"during", {"zone"}}},
                {"share"});
  expect_fields(told[4], {{"unit", "share"}, {"within_s", 0.8}, {"between_s", {120.0, 240.0}}}, {});
  expect_fields(told[5], {{"unit", "per_s"}, {"bound", 1.0}, {"after", {"zone"}}}, {});
  expect_fields(told[6], {{"of", "time"}, {"hold_s", 60.0}}, {"begun_by"});
}

TEST_F(Expectations, what_results_do_not_hold_stays_undecided) {
  const Printed printed =
      expecting(json::array({{{"p99.5", "<= 1 h"}}, {{"p99", "<= 1 h"}, {"between", {"0 s", "1 min"}}}}));
  EXPECT_EQ(printed.code, 4) << printed.err;
  for (const json& e : printed.json()["expectations"]) EXPECT_EQ(e["verdict"], "undecided") << e;
}

TEST_F(Expectations, each_zone_fails_in_runs_of_its_own) {
  const Printed printed = expecting(
      json::array({{{"rto", "<= 1 h"}, {"fault", "zone"}}, {{"p99", "<= 1 h"}, {"during", "zone"}}}), "each",
      4);
  const json result = printed.json();
  const json targets = {"zone@shanghai/a", "zone@shanghai/b"};
  EXPECT_EQ(result["expectations"][0]["faults"], targets);
  EXPECT_EQ(result["expectations"][1]["during"], targets);
  ASSERT_EQ(result["disruptions"].size(), 2U) << result["disruptions"];
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(result["disruptions"][i]["fault"], targets[i]);
    EXPECT_EQ(result["disruptions"][i]["rto_s"]["incidents"], 2) << "of the replications that play it";
  }
}

TEST_F(Expectations, too_few_replications_for_each_target_are_said) {
  const Printed printed = expecting(json::array({{{"rto", "<= 1 h"}}}), "each", 1);
  EXPECT_NE(printed.out.find("2 targets may fail, one in a replication"), std::string::npos) << printed.out;
}

TEST_F(Expectations, a_part_of_the_run_beyond_a_shortened_horizon_is_said) {
  static_cast<void>(expecting(json::array({{{"p99", "<= 1 h"}, {"between", {"3 min", "4 min"}}}})));
  const Printed printed = run(
      {"run", path("demo/experiments/zone-down.json"), "--format", "json", "--quiet", "--horizon", "2 min"});
  EXPECT_EQ(printed.json()["expectations"][0]["why"],
            "its part of the run ends beyond the shortened horizon");
}

}  // namespace
}  // namespace twinvoice::testing
