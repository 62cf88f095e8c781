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
      {{"interruption", "<= 30 s"}, {"of", "relapse"}},
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
  expect_fields(told[2], {{"begun_by", "relapse"}, {"share", 0.95}, {"hold_s", 60.0}}, {});
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

/// One station with these cores, exponential demands of 10 ms, Poisson arrivals.
class OneQueue : public ProgramTest {
 protected:
  [[nodiscard]] json judged(double cores, const std::string& rate, const json& expectations,
                            int replications) {
    const json topology = {{"twinvoice", "topology/1"},
                           {"name", "queue"},
                           {"sites", {{"here", {{"region", "lab"}, {"lan", {{"latency", "0 s"}}}}}}},
                           {"components",
                            {{"q",
                              {{"model", "service"},
                               {"replicas", {{"here", 1}}},
                               {"demand", {{"exponential", "10 ms"}}},
                               {"cores", cores}}}}},
                           {"operations", {{"op", {{"entry", "q"}, {"from", "here"}}}}}};
    const json experiment = {
        {"twinvoice", "experiment/1"},           {"name", "queue"},   {"topology", "queue.topology.json"},
        {"load", {{"op", {{"poisson", rate}}}}}, {"warm_up", "10 s"}, {"horizon", "1000 s"},
        {"replications", replications},          {"seed", 1},         {"expect", expectations}};
    write(path("queue.topology.json"), topology.dump());
    write(path("queue.json"), experiment.dump());
    const Printed printed = run({"run", path("queue.json"), "--format", "json", "--quiet"});
    EXPECT_EQ(printed.code == 1 || printed.code == 2, false) << printed.err;
    return printed.json();
  }
};

// M/M/1 with rho = 0.8 and mu - lambda = 20/s: P(wait > t) = 0.8 e^{-20 t}, so 99 % wait at most ln(80) / 20 = 219.1 ms and 10.83 % longer
// than 100 ms. Within 5 standard errors of 20 replications (t with 19 degrees): another seed would fail once in 12 000, each figure.
TEST_F(OneQueue, what_is_asked_about_waits_is_measured_without_being_told_to) {
  const json result =
      judged(1, "80 tps",
             json::array({{{"wait_p99", "<= 1 s"}, {"component", "q"}},
                          {{"waits", "<= 50 %"}, {"component", "q"}, {"longer_than", "100 ms"}}}),
             20);
  const double right[] = {0.21910, 0.10827};
  for (std::size_t i = 0; i < 2; ++i) {
    const json& e = result["expectations"][i];
    EXPECT_EQ(e["verdict"], "met") << e;
    const double standard_error = (e["high"].get<double>() - e["low"].get<double>()) / 2.0 / 2.093;
    EXPECT_NEAR(e["value"].get<double>(), right[i], 5.0 * standard_error) << e;
  }
  EXPECT_NEAR(result["components"]["q"]["wait_s"]["p99"].get<double>(), 0.2191, 0.03);
}

// 100/s of 10 ms are one core of 1.5: 66.7 %, as `plan` says. Servers at work would be 62.4 %.
TEST_F(OneQueue, a_share_of_cores_is_as_busy_as_its_work) {
  const json result =
      judged(1.5, "100 tps", json::array({{{"utilisation", "<= 65 %"}, {"component", "q"}}}), 4);
  EXPECT_EQ(result["expectations"][0]["verdict"], "missed");
  EXPECT_NEAR(result["components"]["q"]["utilisation"]["value"].get<double>(), 2.0 / 3.0, 0.01);
}

}  // namespace
}  // namespace twinvoice::testing
