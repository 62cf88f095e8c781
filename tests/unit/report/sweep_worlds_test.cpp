// Designs in worlds from verdicts made by hand: what is feasible, the smallest, where designs break, and what is not shown.
#include "sim/report/sweep_worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/report/sweep_report.hpp"

namespace twinvoice::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// load 50 tps | 100 tps | 200 tps and zone a | b fail, replicas 2 | 3 | 4: verdicts in the order of the cells, a letter each: m met,
/// x missed, u undecided with 12 more replications, ? undecided without a number, - missing, f failed.
struct Zones {
  std::vector<std::string> axes{"load", "zone", "replicas"};
  std::vector<AxisInfo> about{
      {true, {{"50 tps", 50.0}, {"100 tps", 100.0}, {"200 tps", 200.0}}}, {true, {}}, {}};
  std::vector<JudgedCell> cells;

  explicit Zones(const std::string& verdicts) {
    std::size_t at = 0;
    for (const char* load : {"50 tps", "100 tps", "200 tps"}) {
      for (const char* zone : {"a", "b"}) {
        for (const char* replicas : {"2", "3", "4"}) {
          const char v = verdicts.at(at++);
          JudgedCell cell;
          cell.levels = {load, zone, replicas};
          cell.state = v == '-' ? "missing" : v == 'f' ? "failed" : "complete";
          if (v == 'm') cell.expectations = {{"p99 <= 1 s", "met", "fine", {}}};
          if (v == 'x') cell.expectations = {{"p99 <= 1 s", "missed", "12 s", {}}};
          if (v == 'u') cell.expectations = {{"p99 <= 1 s", "undecided", "inside", 12}};
          if (v == '?') cell.expectations = {{"p99 <= 1 s", "undecided", "inside", {}}};
          cell.verdict = store::verdict_of(cell.expectations);
          if (cell.state == "complete") cell.replicas = std::stod(replicas);
          cells.push_back(cell);
        }
      }
    }
  }
  [[nodiscard]] SweepWorlds worlds() const { return worlds_of(axes, about, cells); }
  /// The report without the breaks of lines.
  [[nodiscard]] std::string text() const {
    SweepInput input;
    input.name = "zones";
    input.axes = axes;
    input.about = about;
    for (const JudgedCell& cell : cells) {
      SweepCell one;
      static_cast<JudgedCell&>(one) = cell;
      one.position = input.cells.size();
      input.cells.push_back(std::move(one));
    }
    std::string shown = render_terminal(analyse(std::move(input)), {});
    for (std::size_t at = 0; (at = shown.find("\n  ", at)) != std::string::npos;) shown.replace(at, 3, " ");
    return shown;
  }
};

TEST(SweepWorlds, the_smallest_design_is_the_one_that_meets_them_in_every_world) {
  const Zones zones("mmmmmmxmmmmmxmmxmm");
  const SweepWorlds w = zones.worlds();
  ASSERT_EQ(w.worlds.size(), 6U);
  ASSERT_EQ(w.designs.size(), 3U);
  EXPECT_EQ(w.worlds[2].label, "load=100 tps, zone=a");
  EXPECT_THAT(w.worlds[0].smallest, ElementsAre(0U));
  EXPECT_THAT(w.worlds[2].feasible, ElementsAre(1U, 2U));
  EXPECT_THAT(w.worlds[2].smallest, ElementsAre(1U));
  EXPECT_EQ(w.answer.kind, AnswerKind::kShown);
  EXPECT_EQ(w.answer.by, SizeBy::kReplicas);
  EXPECT_THAT(w.answer.smallest, ElementsAre(1U));
  EXPECT_THAT(zones.text(), HasSubstr("the smallest design that meets the expectations in every world: "
                                      "replicas=3 (3 replicas)"));
}

TEST(SweepWorlds, a_design_breaks_at_the_first_level_of_an_ordered_axis_at_which_it_is_not_met) {
  const SweepWorlds w = Zones("mmmmmmxmmmumxmmxxm").worlds();
  // Design 0 with zone a down: 50 met, 100 missed. With zone b down: 50 and 100 met, 200 missed.
  ASSERT_EQ(w.designs[0].breaks.size(), 2U);
  EXPECT_EQ(w.worlds[w.designs[0].breaks[0].world].label, "load=100 tps, zone=a");
  EXPECT_EQ(w.worlds[w.designs[0].breaks[1].world].label, "load=200 tps, zone=b");
  EXPECT_EQ(w.designs[0].breaks[0].standing, CellStanding::kMissed);
  // Design 1 with zone b down: undecided at 100.
  ASSERT_EQ(w.designs[1].breaks.size(), 1U);
  EXPECT_EQ(w.worlds[w.designs[1].breaks[0].world].label, "load=100 tps, zone=b");
  EXPECT_EQ(w.designs[1].breaks[0].standing, CellStanding::kUndecided);
  EXPECT_THAT(w.designs[2].breaks, IsEmpty());
}

TEST(SweepWorlds, what_is_met_at_the_greatest_level_alone_breaks_downwards) {
  Zones zones("xmmxmmmmmmmmmmmmmm");
  zones.about[0].numbers = {
      {"50 tps", 3.0}, {"100 tps", 2.0}, {"200 tps", 1.0}};  // of a capacity: less is worse
  const SweepWorlds upwards = zones.worlds();
  ASSERT_EQ(upwards.designs[0].breaks.size(), 2U);
  EXPECT_EQ(upwards.worlds[upwards.designs[0].breaks[0].world].label, "load=50 tps, zone=a");
  zones.about[0].numbers = {{"50 tps", 50.0}, {"100 tps", 100.0}, {"200 tps", 200.0}};
  const SweepWorlds downwards = zones.worlds();
  ASSERT_EQ(downwards.designs[0].breaks.size(), 2U);
  EXPECT_EQ(downwards.worlds[downwards.designs[0].breaks[0].world].label, "load=50 tps, zone=a");
  zones.about[0].numbers.clear();
  EXPECT_THAT(zones.worlds().designs[0].breaks, IsEmpty()) << "words have no order";
}

TEST(SweepWorlds, an_undecided_smaller_design_leaves_the_smallest_unshown_and_says_what_would_decide) {
  const Zones zones("mmmmmmummmmmmmmmmm");
  const SweepWorlds w = zones.worlds();
  EXPECT_EQ(w.answer.kind, AnswerKind::kNotShown);
  EXPECT_THAT(w.answer.smallest, ElementsAre(1U));
  EXPECT_THAT(w.answer.open, ElementsAre(0U));
  EXPECT_EQ(w.answer.more_to_decide, 12U);
  const std::string text = zones.text();
  EXPECT_THAT(text, HasSubstr("replicas=3 (3 replicas) meets the expectations in every world"));
  EXPECT_THAT(text, HasSubstr("undecided in load=100 tps, zone=a"));
  EXPECT_THAT(text, HasSubstr("about 12 more replications of each cell would decide"));
  EXPECT_EQ(Zones("mmmmmm?mmmmmmmmmmm").worlds().answer.more_to_decide, std::nullopt);
  EXPECT_EQ(Zones("mmmmmmmmmmmmmmummm").worlds().answer.kind, AnswerKind::kShown)
      << "a larger one is no rival";
}

TEST(SweepWorlds, cells_that_are_not_finished_show_nothing) {
  for (const char* verdicts : {"mmmmmm-mmmmmmmmmmm", "mmmmmmfmmmmmmmmmmm"}) {
    const Zones zones(verdicts);
    const SweepWorlds w = zones.worlds();
    EXPECT_EQ(w.answer.kind, AnswerKind::kNotShown) << verdicts;
    EXPECT_THAT(w.worlds[2].open, ElementsAre(0U)) << verdicts;
    EXPECT_THAT(zones.text(), HasSubstr("cells are not finished")) << verdicts;
  }
  EXPECT_EQ(Zones("------------------").worlds().answer.kind, AnswerKind::kNothingToJudge);
  EXPECT_THAT(Zones("------------------").text(), Not(HasSubstr("ANSWER")));
}

TEST(SweepWorlds, where_every_design_misses_somewhere_the_closest_and_what_they_miss_are_told) {
  const Zones zones("mmmmmmxxmxxmxxxxxx");
  EXPECT_EQ(zones.worlds().answer.kind, AnswerKind::kNone);
  const std::string text = zones.text();
  EXPECT_THAT(text, HasSubstr("no design meets the expectations in every world"));
  EXPECT_THAT(text, HasSubstr("closest: replicas=4 (4 replicas): met in 4 of 6 worlds"));
  EXPECT_THAT(text, HasSubstr("missed in load=200 tps, zone=a: p99 <= 1 s: 12 s"));
}

TEST(SweepWorlds, cost_decides_where_all_state_one_and_ties_are_all_named) {
  Zones zones("mmmmmmmmmmmmmmmmmm");
  for (JudgedCell& cell : zones.cells) cell.cost = cell.levels[2] == "2" ? 900.0 : 700.0;
  SweepWorlds w = zones.worlds();
  EXPECT_EQ(w.answer.by, SizeBy::kCost);
  EXPECT_THAT(w.answer.smallest, ElementsAre(1U, 2U));
  EXPECT_THAT(zones.text(),
              HasSubstr("the smallest designs that meet the expectations in every world: replicas=3; "
                        "replicas=4"));
  zones.cells[5].cost = std::nan("");
  w = zones.worlds();
  EXPECT_EQ(w.answer.by, SizeBy::kReplicas) << "one topology states none";
  EXPECT_THAT(w.answer.smallest, ElementsAre(0U));
}

TEST(SweepWorlds,
     without_axes_of_the_world_all_cells_are_one_and_without_axes_of_the_design_there_is_one_design) {
  Zones zones("mmmmmmxmmmmmxmmxmm");
  zones.about.clear();
  SweepWorlds w = zones.worlds();
  EXPECT_EQ(w.worlds.size(), 1U);
  EXPECT_EQ(w.designs.size(), 18U);
  EXPECT_THAT(w.answer.smallest, ElementsAre(0U, 3U, 9U)) << "the met ones of two replicas";
  EXPECT_THAT(zones.text(), Not(HasSubstr("in every world")));
  zones.about = {{true, {}}, {true, {}}, {true, {{"2", 2.0}, {"3", 3.0}, {"4", 4.0}}}};
  w = zones.worlds();
  EXPECT_EQ(w.worlds.size(), 18U);
  ASSERT_EQ(w.designs.size(), 1U);
  EXPECT_EQ(w.answer.kind, AnswerKind::kNone);
  EXPECT_EQ(w.designs[0].breaks.size(), 3U) << "of three of the six pairs of load and zone";
  EXPECT_THAT(zones.text(), HasSubstr("the expectations are met in 15 of 18 worlds"));
}

TEST(SweepWorlds, a_design_that_is_skipped_in_a_world_is_no_answer) {
  Zones zones("mmmmmmmmmmmmmmmmmm");
  zones.cells.erase(zones.cells.begin());
  const SweepWorlds w = zones.worlds();
  EXPECT_EQ(w.answer.kind, AnswerKind::kShown);
  ASSERT_EQ(w.answer.smallest.size(), 1U);
  EXPECT_EQ(w.designs[w.answer.smallest[0]].label, "replicas=3");
}

TEST(SweepWorlds, cells_of_different_worlds_are_never_ranked_against_each_other) {
  SweepInput input;
  input.axes = {"load", "replicas"};
  input.about = {{true, {}}, {}};
  input.figures = {{"issue.p99", true, true}, {"cost", true, true}};
  for (std::size_t i = 0; i < 4; ++i) {
    SweepCell cell;
    cell.position = i;
    cell.levels = {i < 2 ? "low" : "high", i % 2 == 0 ? "2" : "3"};
    cell.state = "complete";
    cell.replications = 4;
    const double p99 = (i < 2 ? 0.1 : 1.0) * (i % 2 == 0 ? 2.0 : 1.0);
    cell.values = {{p99, 1.01 * p99, 0.99 * p99, p99}, std::vector<double>(4, i % 2 == 0 ? 2.0 : 3.0)};
    cell.estimates.resize(2);
    input.cells.push_back(std::move(cell));
  }
  const SweepDocument d = analyse(input);
  ASSERT_EQ(d.figures[0].rankings.size(), 2U);
  for (std::size_t w = 0; w < 2; ++w) {
    const WorldRanking& one = d.figures[0].rankings[w];
    ASSERT_EQ(one.ranking.order.size(), 2U) << "the two designs of a world";
    EXPECT_EQ(d.worlds.worlds[w].complete[one.ranking.order[0].design], 2 * w + 1);
    ASSERT_EQ(d.pareto[w].cells.size(), 2U);
    for (const measure::ParetoDesign& p : d.pareto[w].cells) EXPECT_FALSE(p.dominated_by.has_value());
  }
  const std::string text = render_terminal(d, {});
  EXPECT_THAT(text, HasSubstr("RANKING by issue.p99 in load=high"));
  EXPECT_THAT(text, HasSubstr("nothing is judged"));
  const auto j = nlohmann::json::parse(render_json(d));
  EXPECT_EQ(j.at("figures").at("issue.p99").at("rankings").at(1).at("order").at(0).at("cell"), 3);
  EXPECT_EQ(j.at("answer").at("kind"), "nothing_to_judge");
  EXPECT_EQ(j.at("roles"), nlohmann::json({"world", "design"}));
  EXPECT_EQ(j.at("worlds").at(1).at("levels"), nlohmann::json({{"load", "high"}}));
  EXPECT_EQ(j.at("designs").at(0).at("levels"), nlohmann::json({{"replicas", "2"}}));
}

}  // namespace
}  // namespace twinvoice::report
