// The question "how few replicas carry this, whichever zone fails" as one sweep, and verdicts of cells against those of `run`.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;

class SweepWorlds : public testing::ProgramTest {
 protected:
  static std::string shipped(const std::string& file) {
    return std::string(TWINVOICE_SOURCE_DIR) + "/" + file;
  }
};

TEST_F(SweepWorlds, the_shipped_question_has_the_answer_of_the_offered_load) {
  // Invoices take 0.1 s: 22, 33 and 44 of them a second are 2.2, 3.3 and 4.4 Erlang, so that more than 2, 3 and 4 replicas have to be
  // left. Of n replicas the largest zone is lost in the worst case: 1+1+1 leaves 2, 2+2+2, 3+2+2 and 4+2+2 leave 4, 3+3+2 leaves 5.
  const std::string store = path("zones.sqlite");
  const auto played = run({"sweep", "run", shipped("experiments/sweeps/whichever-zone.json"), "--store",
                           store, "--quiet", "--format", "json"});
  ASSERT_EQ(played.code, 0) << played.err;
  const auto j = run({"sweep", "report", store, "--format", "json"}).json();
  ASSERT_EQ(j.at("worlds").size(), 9U);
  ASSERT_EQ(j.at("designs").size(), 6U);
  const std::map<std::string, std::array<int, 3>> zones{{"1+1+1", {1, 1, 1}}, {"2+2+2", {2, 2, 2}},
                                                        {"3+2+2", {3, 2, 2}}, {"4+2+2", {4, 2, 2}},
                                                        {"3+3+2", {3, 3, 2}}, {"3+3+3", {3, 3, 3}}};
  const std::map<std::string, double> erlang{{"22 tps", 2.2}, {"33 tps", 3.3}, {"44 tps", 4.4}};
  int met = 0;
  for (const auto& cell : j.at("cells")) {
    const auto& replicas = zones.at(cell.at("levels").at("replicas"));
    const std::string lost = cell.at("levels").at("lost");
    const int left =
        replicas[0] + replicas[1] + replicas[2] - replicas[static_cast<std::size_t>(lost.back() - 'a')];
    const bool carries = left > erlang.at(cell.at("levels").at("load"));
    EXPECT_EQ(cell.at("verdict"), carries ? "met" : "missed") << cell.at("label");
    met += carries ? 1 : 0;
  }
  EXPECT_EQ(j.at("answer").at("kind"), "shown");
  EXPECT_EQ(j.at("answer").at("size_by"), "replicas");
  ASSERT_EQ(j.at("answer").at("smallest").size(), 1U);
  const auto& smallest = j.at("designs").at(j.at("answer").at("smallest").at(0).get<std::size_t>());
  EXPECT_EQ(smallest.at("levels").at("replicas"), "3+3+2");
  EXPECT_EQ(smallest.at("size"), 8.0);
  EXPECT_EQ(smallest.at("breaks").size(), 0U);
  // As many replicas in other zones: lost with the largest of them, 4 are left for 4.4 Erlang.
  const auto& lopsided = j.at("designs").at(3);
  EXPECT_EQ(lopsided.at("size"), 8.0);
  ASSERT_EQ(lopsided.at("breaks").size(), 1U);
  EXPECT_EQ(j.at("worlds").at(lopsided.at("breaks").at(0).at("world").get<std::size_t>()).at("levels"),
            nlohmann::json({{"load", "44 tps"}, {"lost", "shanghai/a"}}));
  EXPECT_EQ(played.json().at("verdicts").at("met"), met);
  EXPECT_EQ(run({"sweep", "status", store, "--format", "json"})
                .json()
                .at("sweeps")
                .at(0)
                .at("verdicts")
                .at("missed"),
            54 - met);
  const auto text = run({"sweep", "report", store});
  EXPECT_THAT(text.out, HasSubstr("the smallest design that meets the expectations in every world: "));
  EXPECT_THAT(text.out, HasSubstr("load=44 tps, lost=shanghai/a"));
  const auto plan =
      run({"sweep", "plan", shipped("experiments/sweeps/whichever-zone.json"), "--format", "json"}).json();
  EXPECT_EQ(plan.at("worlds"), 9);
  EXPECT_EQ(plan.at("designs"), 6);
  EXPECT_EQ(plan.at("axes").at(1).at("role"), "world");
}

TEST_F(SweepWorlds, a_cell_is_judged_as_a_run_of_as_many_replications_is) {
  (void)demo();
  write(path("demo/experiments/verdicts.json"), R"({
    "twinvoice": "sweep/1", "name": "verdicts", "experiment": "zone-down.json", "set": {"/horizon": "2 min"},
    "axes": {"bound": {"of": "/expect/1/p99", "values": ["<= 3 s", "<= 1 ms"]}}, "replications": 3})");
  const std::string store = path("verdicts.sqlite");
  ASSERT_EQ(run({"sweep", "run", path("demo/experiments/verdicts.json"), "--store", store, "--quiet"}).code,
            0);
  const auto cells = run({"sweep", "export", store, "--format", "json"}).json().at("cells");
  ASSERT_EQ(cells.size(), 2U);
  auto experiment = changed(path("demo/experiments/zone-down.json"), "\"4 min\"", "\"2 min\"");
  for (const auto& cell : cells) {
    if (cell.at("levels").at("bound") == "<= 1 ms") experiment = changed(experiment, "<= 3 s", "<= 1 ms");
    const auto alone = run({"run", experiment, "--replications", "3", "--format", "json", "--quiet"}).json();
    ASSERT_EQ(cell.at("expectations").size(), alone.at("expectations").size());
    for (std::size_t i = 0; i < alone.at("expectations").size(); ++i) {
      const auto& of_run = alone.at("expectations").at(i);
      const auto& of_cell = cell.at("expectations").at(i);
      for (const char* member : {"text", "verdict", "why"})
        EXPECT_EQ(of_cell.at(member), of_run.at(member)) << member;
    }
  }
  EXPECT_EQ(cells.at(1).at("verdict"), "missed");
  EXPECT_THAT(run({"sweep", "export", store}).out, HasSubstr("missed: p99"));
}

TEST_F(SweepWorlds, a_base_that_expects_nothing_is_told_once) {
  (void)demo();
  write(path("demo/topologies/two-zones.json"), [&] {
    std::string text = read(path("demo/topologies/two-zones.json"));
    const std::string objective = R"("objective": { "availability": "99 %", "p99": "800 ms" })";
    text.replace(text.find(objective), objective.size(), R"("priority": 0)");
    return text;
  }());
  write(path("demo/experiments/nothing.json"), R"({
    "twinvoice": "sweep/1", "name": "nothing", "experiment": "zone-down.json",
    "set": {"/horizon": "100 s", "/expect": []},
    "axes": {"load": {"of": "/load/issue-invoice/poisson", "values": ["20 tps", "30 tps"], "role": "world"}},
    "replications": 2})");
  const std::string store = path("nothing.sqlite");
  ASSERT_EQ(run({"sweep", "run", path("demo/experiments/nothing.json"), "--store", store, "--quiet"}).code,
            0);
  const auto text = run({"sweep", "report", store}).out;
  const std::string told = "nothing is judged";
  ASSERT_NE(text.find(told), std::string::npos) << text;
  EXPECT_EQ(text.find(told), text.rfind(told));
  EXPECT_EQ(run({"sweep", "report", store, "--format", "json"}).json().at("answer").at("kind"),
            "nothing_to_judge");
}

}  // namespace
}  // namespace twinvoice
