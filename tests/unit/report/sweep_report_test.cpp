// Reports of campaigns from values made by hand: what is ranked, chosen, shown and left open.
#include "sim/report/sweep_report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sim/measure/intervals.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::report {
namespace {

constexpr double kUnrestored = std::numeric_limits<double>::infinity();

/// The same luck for all cells: what differs between two of them is nearly constant.
double luck(std::size_t replication) { return 20.0 * std::sin(1.0 + 2.0 * static_cast<double>(replication)); }
double own(std::size_t cell, std::size_t replication) {
  return 0.2 * std::sin(static_cast<double>(7 * cell + 3 * replication));
}

/// detection 5 s | 60 s x approval standing | on-call: rto = 100 + 50 [60 s] + 200 [on-call] + 30 [both] + luck; cost 900 | 700 for
/// slow detection.
SweepInput failover(std::size_t replications = 12) {
  SweepInput input;
  input.name = "failover-design";
  input.store = "failover-design.twinvoice.sqlite";
  input.axes = {"detection", "approval"};
  input.figures = {{"region.rto", true, true}, {"cost", true, true}};
  for (std::size_t i = 0; i < 4; ++i) {
    SweepCell cell;
    const bool slow = i / 2 == 1;
    const bool on_call = i % 2 == 1;
    cell.position = i;
    cell.id = std::string(64, static_cast<char>('a' + i));
    cell.levels = {slow ? "60 s" : "5 s", on_call ? "on-call" : "standing"};
    cell.label = "detection=" + cell.levels[0] + ", approval=" + cell.levels[1];
    cell.state = "complete";
    cell.reason = "fixed";
    cell.replications = replications;
    std::vector<double> rto;
    for (std::size_t r = 0; r < replications; ++r)
      rto.push_back(100.0 + (slow ? 50.0 : 0.0) + (on_call ? 200.0 : 0.0) + (slow && on_call ? 30.0 : 0.0) +
                    luck(r) + own(i, r));
    const std::vector<double> cost(replications, slow ? 700.0 : 900.0);
    cell.estimates = {measure::student_interval(rto), measure::student_interval(cost)};
    cell.values = {rto, cost};
    input.cells.push_back(std::move(cell));
  }
  return input;
}

void lines_fit(const std::string& text) {
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos;
       start = end + 1, end = text.find('\n', start))
    EXPECT_LE(columns(text.substr(start, end - start)), 100U) << text.substr(start, end - start);
}

TEST(SweepReport, tells_effects_the_best_and_the_front_of_a_grid) {
  const SweepDocument d = analyse(failover());
  const FigureAnalysis& rto = d.figures[0];
  ASSERT_EQ(rto.rankings.size(), 1U);
  EXPECT_EQ(rto.rankings[0].ranking.winner, 0U);
  ASSERT_EQ(rto.effects.main.size(), 2U);
  EXPECT_NEAR(rto.effects.main[0].difference.value, 65.0, 0.5);
  EXPECT_NEAR(rto.effects.main[1].difference.value, 215.0, 0.5);
  ASSERT_EQ(rto.telling.size(), 1U);
  EXPECT_NEAR(rto.telling[0].difference.value, 30.0, 0.5);
  using measure::ParetoPlace;
  ASSERT_EQ(d.pareto.size(), 1U);
  const auto& front = d.pareto[0].cells;
  ASSERT_EQ(front.size(), 4U);
  EXPECT_EQ(front[0].place, ParetoPlace::kFront);
  EXPECT_EQ(front[1].place, ParetoPlace::kDominated);
  EXPECT_EQ(front[2].place, ParetoPlace::kFront);
  EXPECT_EQ(front[3].place, ParetoPlace::kDominated);
  const std::string text = render_terminal(d, {});
  for (const char* wanted :
       {"COMPLETE", "4 cells, 48 replications, the same random numbers", "CELLS", "RANKING by region.rto",
        "✔ best", "MAIN EFFECTS on region.rto", "5 s → 60 s", "INTERACTIONS", "PARETO SET",
        "2 cells surely dominated", "RANKING by cost", "2 cells are not distinguishable from the best"}) {
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  }
  lines_fit(text);
  const auto j = nlohmann::json::parse(render_json(d));
  EXPECT_EQ(j.at("twinvoice"), "sweep-report/2");
  EXPECT_EQ(j.at("figures").at("region.rto").at("rankings").at(0).at("winner"), 0);
  EXPECT_TRUE(j.at("figures").at("cost").at("rankings").at(0).at("winner").is_null());
  EXPECT_EQ(
      j.at("figures").at("region.rto").at("effects").at("interactions").at(0).at("significant_together"),
      true);
  EXPECT_EQ(j.at("pareto").at("cells").at(1).at("place"), "dominated");
  EXPECT_EQ(j.at("cells").at(3).at("levels").at("approval"), "on-call");
}

TEST(SweepReport, a_ranking_by_latency_reminds_of_the_requests_that_failed) {
  const std::string reminder = "a cell that fails most of them may look fast";
  SweepInput input = failover();
  EXPECT_EQ(render_terminal(analyse(input), {}).find(reminder), std::string::npos);
  input.figures[0].name = "issue.p99";
  EXPECT_NE(render_terminal(analyse(input), {}).find(reminder), std::string::npos);
}

TEST(SweepReport, an_open_ranking_says_where_further_replications_tell_most) {
  EXPECT_TRUE(analyse(failover()).figures[0].rankings[0].next_replications.empty()) << "there is a winner";
  SweepInput input = failover();
  input.cells[1].values[0] = input.cells[0].values[0];
  for (std::size_t r = 0; r < 12; ++r) input.cells[1].values[0][r] += r % 2 == 0 ? 1.0 : -0.9;
  const SweepDocument d = analyse(input);
  const std::vector<std::uint64_t>& next = d.figures[0].rankings[0].next_replications;
  ASSERT_EQ(next.size(), 4U);
  EXPECT_EQ(next[0] + next[1], 48U) << "as many again as there are, all to the two that are close";
  EXPECT_NEAR(static_cast<double>(next[0]), 24.0, 2.0);
  const std::string text = render_terminal(d, {});
  EXPECT_NE(text.find("of further replications, most is told by 50 % in detection=5 s, approval="),
            std::string::npos)
      << text;
  lines_fit(text);
  const auto shares = nlohmann::json::parse(render_json(d))
                          .at("figures")
                          .at("region.rto")
                          .at("rankings")
                          .at(0)
                          .at("next_replications");
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[1].at("cell"), 1);
}

/// Without the breaks of lines.
std::string flat(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n  ", at)) != std::string::npos;) text.replace(at, 3, " ");
  return text;
}

/// As `run` leaves it where some replications were not restored, or nothing was observed.
void set_all(SweepCell& cell, std::size_t figure, double value) {
  for (double& v : cell.values[figure]) v = value;
  cell.estimates[figure].value = std::numeric_limits<double>::quiet_NaN();
}

TEST(SweepReport, a_cell_that_was_not_observed_is_not_said_to_be_close_to_the_best) {
  SweepInput input = failover();
  set_all(input.cells[1], 0, std::numeric_limits<double>::quiet_NaN());
  const SweepDocument d = analyse(input);
  EXPECT_FALSE(d.pareto[0].cells[1].front_by_means);
  const std::string text = render_terminal(d, {});
  for (const char* wanted :
       {"! not observed", "≈ best", "one cell is in front, but not all others are excluded",
        "1 cell was not always observed"})
    EXPECT_NE(flat(text).find(wanted), std::string::npos) << wanted << "\n" << text;
  EXPECT_EQ(text.find("✔ best"), std::string::npos) << text;
  lines_fit(text);
}

TEST(SweepReport, cells_that_too_few_runs_can_exclude_are_told_apart) {
  // Three statements at 95 % together: 1 - 2 x 5 % / 3 each, so that 2 x 0.5^n <= 3.33 % asks for 6 pairs.
  SweepInput input = failover(5);
  set_all(input.cells[3], 0, kUnrestored);
  input.cells[2].values[0][1] = kUnrestored;
  const std::string text = render_terminal(analyse(input), {});
  for (const char* wanted : {"? too few runs to exclude",
                             "2 cells did not recover in every replication: 5 runs are too few to exclude",
                             "6 are needed at least"})
    EXPECT_NE(flat(text).find(wanted), std::string::npos) << wanted << "\n" << text;
  EXPECT_LT(text.find("3  detection=60 s, approval=standing"),
            text.find("4  detection=60 s, approval=on-call"));
  lines_fit(text);
  SweepInput enough = failover(7);
  set_all(enough.cells[3], 0, kUnrestored);
  EXPECT_EQ(render_terminal(analyse(enough), {}).find("too few runs"), std::string::npos);
}

TEST(SweepReport, an_interval_that_is_not_centred_is_told_by_its_ends) {
  SweepInput input = failover();
  input.figures = {{"issue.availability", false, true}, {"issue.p99", true, true}};
  for (SweepCell& cell : input.cells) {
    cell.estimates[0].value = 0.99;
    cell.estimates[0].low = 0.9;
    cell.estimates[0].high = 0.999;
    cell.estimates[1].value = 1.0;
    cell.estimates[1].low = -1.0;
    cell.estimates[1].high = 3.0;
  }
  std::string text = render_terminal(analyse(input), {});
  EXPECT_NE(text.find("99.00 % [90.00 %, 99.90 %]"), std::string::npos) << text;
  EXPECT_NE(text.find("1.00 s [0 s, 3.00 s]"), std::string::npos) << text;
  lines_fit(text);
  for (SweepCell& cell : input.cells) cell.estimates[1].low = 0.99, cell.estimates[1].high = 1.01;
  text = render_terminal(analyse(input), {});
  EXPECT_NE(text.find("1.00 s ±10.0 ms"), std::string::npos) << text;
}

TEST(SweepReport, a_selection_without_anybody_left_says_what_was_the_matter) {
  SweepInput input = failover();
  input.select = {0, measure::SelectionGoal{10.0}};
  for (SweepCell& cell : input.cells) set_all(cell, 0, std::numeric_limits<double>::quiet_NaN());
  std::string text = render_terminal(analyse(input), {});
  EXPECT_NE(text.find("nobody is chosen: 4 cells were not always observed"), std::string::npos) << text;
  EXPECT_EQ(text.find("recover"), std::string::npos) << text;
  for (SweepCell& cell : input.cells) set_all(cell, 0, kUnrestored);
  text = render_terminal(analyse(input), {});
  EXPECT_NE(text.find("nobody is chosen: 4 cells did not recover in every replication"), std::string::npos)
      << text;
}

TEST(SweepReport, a_selection_is_played_again_and_named_only_when_it_ended) {
  SweepInput input = failover();
  measure::SelectionGoal goal;
  goal.indifference = 10.0;
  input.select = {0, goal};
  const SweepDocument d = analyse(input);
  ASSERT_TRUE(d.selection.has_value());
  EXPECT_EQ(d.selection->winner(), 0U);
  EXPECT_NE(render_terminal(d, {}).find("or within 10.0 s of it"), std::string::npos)
      << render_terminal(d, {});
  SweepInput few = failover(5);
  few.select = {0, goal};
  const SweepDocument open = analyse(few);
  EXPECT_FALSE(open.selection->winner().has_value());
  EXPECT_NE(render_terminal(open, {}).find("nobody is chosen: 4 cells may still be the best"),
            std::string::npos)
      << render_terminal(open, {});
  EXPECT_EQ(nlohmann::json::parse(render_json(open)).at("selection").at("finished"), false);
}

TEST(SweepReport, a_selection_names_nobody_while_cells_run_or_when_one_cannot_be_compared) {
  SweepInput input = failover();
  input.select = {0, measure::SelectionGoal{10.0}};
  for (const std::size_t i : {0U, 2U, 3U}) input.cells[i].state = "missing";
  const SweepDocument during = analyse(input);  // the first to be finished in a race are those that lost it
  EXPECT_FALSE(during.selection->winner());
  EXPECT_NE(render_terminal(during, {}).find("the race is not over, 3 cells not finished"),
            std::string::npos);
  for (const std::size_t i : {0U, 2U, 3U}) input.cells[i].state = "complete";
  input.cells[3].state = "failed";
  EXPECT_FALSE(analyse(input).selection->winner());
  input.cells[3] = input.cells[0];  // two points of one cell
  EXPECT_EQ(analyse(input).selection->winner(), 0U);
}

TEST(SweepReport, failed_missing_and_unrestored_cells_are_said_and_kept_out) {
  SweepInput input = failover();
  input.cells[1].state = "failed";
  input.cells[1].reason = "replication 3: ended by the limit of 5 min";
  input.cells[1].estimates.clear();
  input.cells[1].values.clear();
  input.cells[2].state = "missing";
  input.cells[2].estimates.clear();
  input.cells[2].values.clear();
  input.cells[3].values[0][4] = kUnrestored;
  input.cells[3].estimates[0].value = std::numeric_limits<double>::quiet_NaN();
  const SweepDocument d = analyse(input);
  EXPECT_EQ(d.complete.size(), 2U);
  const std::string text = render_terminal(d, {});
  for (const char* wanted :
       {"INCOMPLETE", "1 failed, 1 not finished", "ended by the limit", "never in 1 of 12", "missing"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  EXPECT_FALSE(d.figures[0].rankings[0].ranking.winner.has_value());
  lines_fit(text);
  EXPECT_EQ(nlohmann::json::parse(render_json(d)).at("complete"), false);
}

TEST(SweepReport, a_saltelli_design_has_indices_and_no_effects) {
  // f = x + noise of nothing: axis 0 makes all of the variance. Rows of 2 + 2 cells.
  SweepInput input;
  input.name = "which";
  input.axes = {"a", "b"};
  input.design = SweepDesign::kSaltelli;
  input.figures = {{"o.p99", true, false}};
  std::size_t position = 0;
  for (std::size_t row = 0; row < 64; ++row) {
    const double a = std::fmod(0.61803398875 * static_cast<double>(row + 1), 1.0);
    const double b = std::fmod(0.75487766625 * static_cast<double>(row + 1), 1.0);
    for (const double x : {a, b, b, a}) {
      SweepCell cell;
      cell.position = position++;
      cell.levels = {"x", "y"};
      cell.state = "complete";
      cell.replications = 2;
      cell.values = {{x, x + 1.0}};
      cell.estimates = {measure::student_interval(cell.values[0])};
      input.cells.push_back(std::move(cell));
    }
  }
  const SweepDocument d = analyse(input);
  ASSERT_TRUE(d.figures[0].sensitivity.has_value());
  EXPECT_EQ(d.figures[0].rows, 64U);
  EXPECT_NEAR(d.figures[0].sensitivity->axes[0].total.value, 1.0, 0.1);
  EXPECT_NEAR(d.figures[0].sensitivity->axes[1].total.value, 0.0, 0.02);
  EXPECT_TRUE(d.figures[0].effects.main.empty());
  const std::string text = render_terminal(d, {});
  EXPECT_NE(text.find("SENSITIVITY of o.p99"), std::string::npos) << text;
  EXPECT_NE(text.find("and 216 cells: --format json"), std::string::npos) << text;
  lines_fit(text);
  input.cells[5].values[0][0] = kUnrestored;
  EXPECT_NE(render_terminal(analyse(input), {}).find("no indices"), std::string::npos);
}

TEST(SweepReport, without_any_finished_cell_it_is_short_and_does_not_fall_over) {
  SweepInput input = failover();
  for (SweepCell& cell : input.cells) {
    cell.state = "missing";
    cell.estimates.clear();
    cell.values.clear();
  }
  EXPECT_NE(render_terminal(analyse(input), {}).find("4 not finished"), std::string::npos);
  input.figures.clear();
  EXPECT_FALSE(render_json(analyse(input)).empty());
  EXPECT_FALSE(render_terminal(analyse({}), {}).empty());
}

}  // namespace
}  // namespace twinvoice::report
