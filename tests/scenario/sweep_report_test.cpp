// twinvoice sweep report over a store that a small campaign has just made: four cells of the demo, three replications each.
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

class SweepReport : public testing::ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    (void)demo();
    write(path("demo/experiments/outages.json"), R"({
      "twinvoice": "sweep/1", "name": "outages", "experiment": "zone-down.json",
      "set": {"/horizon": "2 min", "/load/issue-invoice/poisson": "40 tps", "/expect": []},
      "axes": {"outage": {"of": "/faults/0/duration", "values": ["2 s", "30 s"]},
               "errors": {"of": "edge.ejection.consecutive_errors", "values": [2, 20]}},
      "replications": 3, "objectives": [{"maximise": "availability"}, {"minimise": "rto"}]})");
    store_ = path("outages.sqlite");
    const auto played =
        run({"sweep", "run", path("demo/experiments/outages.json"), "--store", store_, "--quiet"});
    ASSERT_EQ(played.code, 0) << played.out << played.err;
  }
  std::string store_;
};

TEST_F(SweepReport, text_and_json_tell_cells_effects_the_best_and_the_front) {
  const auto text = run({"sweep", "report", store_});
  EXPECT_EQ(text.code, 0) << text.err;
  for (const char* wanted :
       {"outages", "COMPLETE", "4 cells, 12 replications", "RANKING by issue-invoice.availability",
        "MAIN EFFECTS", "2 s → 30 s", "PARETO SET"}) {
    EXPECT_NE(text.out.find(wanted), std::string::npos) << wanted << "\n" << text.out;
  }
  const auto j = run({"sweep", "report", store_, "--format", "json"}).json();
  EXPECT_EQ(j.at("twinvoice"), "sweep-report/2");
  EXPECT_EQ(j.at("complete"), true);
  ASSERT_EQ(j.at("cells").size(), 4U);
  EXPECT_EQ(j.at("cells").at(3).at("levels").at("errors"), "20");
  const auto& availability = j.at("figures").at("issue-invoice.availability");
  EXPECT_EQ(availability.at("rankings").at(0).at("order").size(), 4U);
  EXPECT_LT(availability.at("effects").at("main").at(0).at("effect").at("high").get<double>(), 0.0);
  EXPECT_EQ(j.at("pareto").at("objectives").at(1).at("minimise"), "zone-b-down.rto");
}

TEST_F(SweepReport, a_cell_shows_what_a_run_of_the_same_replications_shows) {
  // The first cell is the demo with a shorter horizon, load and outage, and ejection after two errors.
  const auto j = run({"sweep", "report", store_, "--figure", "p99", "--format", "json"}).json();
  auto experiment = changed(path("demo/experiments/zone-down.json"), "\"4 min\"", "\"2 min\"");
  for (const auto& [from, to] : {std::pair{"\"120 tps\"", "\"40 tps\""}, std::pair{"\"40 s\"", "\"2 s\""}})
    experiment = changed(experiment, from, to);
  const std::string topology = read(path("demo/topologies/two-zones.json"));
  std::string eager = topology;
  eager.replace(eager.find("\"consecutive_errors\": 5"), 23, "\"consecutive_errors\": 2");
  write(path("demo/topologies/two-zones.json"), eager);
  const auto alone = run({"run", experiment, "--replications", "3", "--format", "json", "--quiet"}).json();
  const auto& of_run = alone.at("operations").at("issue-invoice").at("latency_s").at("p99");
  const auto& of_cell = j.at("cells").at(0).at("figures").at("issue-invoice.p99");
  for (const char* member : {"value", "low", "high"})
    EXPECT_EQ(of_cell.at(member), of_run.at(member)) << member;
}

TEST_F(SweepReport, what_is_not_there_is_exit_code_2) {
  EXPECT_EQ(run({"sweep", "report", path("missing.sqlite")}).code, 2);
  EXPECT_EQ(run({"sweep", "report", store_, "--sweep", "other"}).code, 2);
  const auto figure = run({"sweep", "report", store_, "--figure", "p98"});
  EXPECT_EQ(figure.code, 2);
  EXPECT_NE(figure.err.find("issue-invoice.p99"), std::string::npos) << figure.err;
  EXPECT_EQ(run({"sweep", "report"}).code, 2);
}

}  // namespace
}  // namespace twinvoice
