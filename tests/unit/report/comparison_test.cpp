// Comparison reports from figures alone: verdicts, what is settled, both renderings.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sim/report/comparison_report.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::report {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(FigureKind, units_and_better_sides_come_from_the_ending) {
  EXPECT_EQ(figure_text(kind_of("issue-invoice.p99"), 0.0123), "12.3 ms");
  EXPECT_EQ(kind_of("issue-invoice.availability").better, Better::kMore);
  EXPECT_EQ(kind_of("region.v2.rto").better, Better::kLess);
  EXPECT_EQ(figure_of("region.v2.rto"), "region.v2");
  EXPECT_EQ(figure_ending("cost"), "cost");
  EXPECT_EQ(kind_of("cost").better, Better::kLess);
  EXPECT_EQ(kind_of("db.utilisation").better, Better::kNeither);
  EXPECT_EQ(kind_of("whatever").unit, FigureUnit::kNumber);
  EXPECT_EQ(figure_text(kind_of("x.rto"), kInf), "never");
  EXPECT_EQ(figure_text(kind_of("x.rto"), kNaN), "-");
  EXPECT_EQ(difference_text(kind_of("x.rto"), -0.5), "-500 ms");
  EXPECT_EQ(difference_text(kind_of("x.rto"), 0.5), "+500 ms");
  EXPECT_EQ(difference_text(kind_of("x.availability"), 0.00123), "+0.123 pp");
}

TEST(FigureKind, a_margin_has_the_unit_of_its_figure) {
  EXPECT_EQ(dimension_problem(kind_of("issue.p99"), "duration"), "");
  EXPECT_EQ(dimension_problem(kind_of("issue.p99"), "number"), "is a duration: need one such as \"500 ms\"");
  EXPECT_EQ(dimension_problem(kind_of("issue.availability"), "probability"), "");
  EXPECT_EQ(dimension_problem(kind_of("issue.availability"), "duration"),
            "is a share: need one such as \"1 %\"");
  EXPECT_EQ(dimension_problem(kind_of("issue.throughput"), "rate"), "");
  EXPECT_EQ(dimension_problem(kind_of("cost"), "number"), "");
  EXPECT_EQ(dimension_problem(kind_of("cost"), "probability"),
            "is a number: need one without a unit, such as 100");
}

TEST(CompareFigure, the_better_side_is_that_of_the_figure) {
  EXPECT_EQ(compare_figure({"f.rto", {5, 6, 7}, {1, 2, 3.1}}).verdict, ComparisonVerdict::kBBetter);
  EXPECT_EQ(compare_figure({"o.availability", {.5, .6, .7}, {.1, .2, .31}}).verdict,
            ComparisonVerdict::kABetter);
  EXPECT_EQ(compare_figure({"c.utilisation", {.5, .6, .7}, {.1, .2, .31}}).verdict,
            ComparisonVerdict::kBLess);
  EXPECT_EQ(compare_figure({"f.rto", {5, 6, 7}, {5, 6, 7}}).verdict, ComparisonVerdict::kSame);
  EXPECT_EQ(compare_figure({"f.rto", {5, 6, 7}, {7, 6, 5}}).verdict, ComparisonVerdict::kUndecided);
  EXPECT_EQ(compare_figure({"f.rto", {5, 6, 7}, {7, kNaN, 5}}).verdict, ComparisonVerdict::kNotObserved);
}

TEST(CompareFigure, the_ratio_is_of_what_is_missing_to_one) {
  const FigureComparison c = compare_figure({"o.availability", {0.99, 0.98}, {0.9875, 0.975}});
  ASSERT_TRUE(c.ratio.has_value());
  EXPECT_NEAR(c.ratio->value, 1.25, 1e-9);
  EXPECT_FALSE(compare_figure({"o.p99", {1, 2}, {2, 3}}).ratio.has_value());
  EXPECT_FALSE(compare_figure({"o.availability", {1, 1}, {1, 1}}).ratio.has_value());
}

TEST(CompareFigure, the_tolerance_settles_and_makes_equals) {
  // Differences +-0.01 around 10: half-width about 0.01.
  const FigurePairs close{"f.rto", {10, 10, 10, 10}, {10.01, 9.99, 10.01, 9.99}};
  const FigureComparison within = compare_figure(close, {0.01, 0.0});
  EXPECT_EQ(within.verdict, ComparisonVerdict::kWithin);
  EXPECT_TRUE(within.settled);
  const FigureComparison strict = compare_figure(close, {1e-4, 0.0});
  EXPECT_EQ(strict.verdict, ComparisonVerdict::kUndecided);
  EXPECT_FALSE(strict.settled);
  // A missing value cannot be made up for; an infinite one only by more of them.
  EXPECT_TRUE(compare_figure({"f.rto", {1, kNaN}, {1, 2}}, {0.01}).settled);
  EXPECT_FALSE(compare_figure({"f.rto", {1, 1}, {1, kInf}}, {0.01}).settled);
  EXPECT_TRUE(
      compare_figure({"f.rto", {1, 1, 1, 1, 1, 1}, {kInf, kInf, kInf, kInf, kInf, kInf}}, {0.01}).settled);
}

TEST(CompareFigure, of_no_pair_nothing_is_observed) {
  const FigureComparison c = compare_figure({"f.rto", {}, {}});
  EXPECT_EQ(c.verdict, ComparisonVerdict::kNotObserved);
  EXPECT_TRUE(c.settled);
}

TEST(CompareFigure, names_a_winner_only_beyond_the_indifference) {
  // Surely 0.05 to 0.09 less of 10: less than 1 %, so nobody minds; of 0.2 % it is a winner.
  const FigurePairs hair{"f.rto", {10, 10, 10, 10}, {9.94, 9.92, 9.94, 9.92}};
  EXPECT_EQ(compare_figure(hair).verdict, ComparisonVerdict::kWithin);
  EXPECT_EQ(compare_figure(hair, {{}, 0.002}).verdict, ComparisonVerdict::kBBetter);
  // From 0.07 to 0.13 less: surely less, yet perhaps too little to matter.
  const FigurePairs open{"f.rto", {10, 10, 10, 10}, {9.92, 9.88, 9.92, 9.88}};
  EXPECT_EQ(compare_figure(open).verdict, ComparisonVerdict::kUndecided);
  // Of an availability it is a share of what is missing: 0.1 points of 99 % are a tenth of that.
  const FigurePairs nines{"o.availability", {.99, .99, .99}, {.991, .991, .991}};
  EXPECT_EQ(compare_figure(nines).verdict, ComparisonVerdict::kBBetter);
}

TEST(CompareFigure, a_ratio_of_other_arrivals_has_no_winner_and_what_was_served_has) {
  const ComparisonRule other{{}, kIndifference, true};
  EXPECT_EQ(compare_figure({"o.availability", {.5, .6, .7}, {.9, .9, .9}}, other).verdict,
            ComparisonVerdict::kArrivalsDiffer);
  EXPECT_EQ(compare_figure({"o.served", {900, 900, 900}, {500, 510, 500}}, other).verdict,
            ComparisonVerdict::kABetter);
}

TEST(CompareFigure, a_number_of_requests_in_another_time_has_no_winner) {
  const ComparisonRule other{{}, kIndifference, false, true};
  EXPECT_EQ(compare_figure({"o.served", {900, 900, 900}, {500, 510, 500}}, other).verdict,
            ComparisonVerdict::kTimesDiffer);
  EXPECT_EQ(compare_figure({"o.throughput", {9, 9, 9}, {5, 5.1, 5}}, other).verdict,
            ComparisonVerdict::kABetter);
}

TEST(CompareFigure, the_ends_of_a_side_stay_inside_what_the_figure_can_be) {
  const FigureComparison share = compare_figure({"o.availability", {1, 1, 0.9}, {0, 0, 0.1}});
  EXPECT_EQ(share.a.high, 1.0);
  EXPECT_EQ(share.b.low, 0.0);
  EXPECT_LT(share.a.low, 0.95);
  EXPECT_EQ(compare_figure({"f.rto", {0, 0, 9}, {1, 1, 1}}).a.low, 0.0);
}

TEST(CompareFigure, the_ratio_is_that_of_the_printed_means) {
  // One replication holds nearly all the failures of A.
  const FigureComparison c =
      compare_figure({"o.availability", {.999, .999, .999, .999, .5}, {.998, .999, .997, .998, .998}});
  ASSERT_TRUE(c.ratio.has_value());
  EXPECT_NEAR(c.ratio->value, (1.0 - c.b.value) / (1.0 - c.a.value), 1e-12);
}

ComparisonDocument document() {
  ComparisonDocument d;
  d.a = {"today", "one-site", 60 * kNanosPerSecond, {{"a.json", "00"}}, {}};
  d.b = {"tomorrow", "two-sites", 60 * kNanosPerSecond, {{"b.json", "11"}}, {}};
  d.seed = 7;
  d.replications = 6;
  d.figures.push_back(compare_figure(
      {"issue.availability", {.99, .98, .97, .98, .99, .98}, {.995, .99, .984, .99, .995, .99}}, {}));
  d.figures.push_back(compare_figure({"issue.p99", {1, 2, 3, 4, 5, 6}, {1, 3, 2, 5, 4, 7}}));
  d.figures.push_back(
      compare_figure({"region.rto", {1, 1, 1, 1, 1, 1}, {kInf, kInf, kInf, kInf, kInf, kInf}}));
  d.figures.push_back(
      compare_figure({"cost", {900, 900, 900, 900, 900, 900}, {1200, 1200, 1200, 1200, 1200, 1200}}));
  return d;
}

TEST(ComparisonReport, text_says_who_is_better_why_and_what_is_open) {
  const std::string text = render_terminal(document(), {});
  for (const char* wanted :
       {"UNDECIDED", "seed 7", "✔ B is better", "unavailability x 0.5", "? undecided",
        "A alone in 0, B alone in 6 of 6", "never", "whole design", "+300", "✔ A is better"}) {
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  }
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos;
       start = end + 1, end = text.find('\n', start))
    EXPECT_LE(columns(text.substr(start, end - start)), 100U);
}

TEST(ComparisonReport, a_side_without_spread_is_not_said_to_be_uncorrelated) {
  ComparisonDocument d = document();
  d.figures = {
      compare_figure({"region.rto", {5.001, 5.001, 5.001, 5.001, 5.001, 5.001}, {6, 7, 6, 8, 6, 7}})};
  EXPECT_EQ(render_terminal(d, {}).find("correlation"), std::string::npos) << render_terminal(d, {});
}

TEST(ComparisonReport, no_difference_in_any_replication_is_not_said_to_be_none) {
  ComparisonDocument d = document();
  d.figures = {compare_figure({"region.rto", {5, 6, 7}, {5, 6, 7}})};
  EXPECT_NE(render_terminal(d, {}).find("= no difference seen"), std::string::npos);
  EXPECT_TRUE(decided(d));
}

TEST(ComparisonReport, json_keeps_infinity_apart_from_missing) {
  const auto j = nlohmann::json::parse(render_json(document()));
  EXPECT_EQ(j.at("decided"), false);
  EXPECT_EQ(j.at("figures").at("region.rto").at("b").at("value"), "infinity");
  EXPECT_EQ(j.at("figures").at("region.rto").at("verdict"), "a_better");
  EXPECT_EQ(j.at("figures").at("issue.p99").at("verdict"), "undecided");
  EXPECT_GT(j.at("figures").at("issue.p99").at("replications_needed").get<int>(), 6);
  EXPECT_TRUE(j.at("figures").at("cost").at("correlation").is_null());
}

TEST(ComparisonReport, what_ended_early_or_shows_nothing_is_not_decided) {
  ComparisonDocument d = document();
  d.figures.erase(d.figures.begin() + 1);
  EXPECT_TRUE(decided(d));
  d.b.problems.push_back("replication 3: ended early");
  EXPECT_FALSE(decided(d));
  EXPECT_NE(render_terminal(d, {}).find("B: replication 3: ended early"), std::string::npos);
  d = document();
  d.figures.clear();
  EXPECT_FALSE(decided(d));
}

}  // namespace
}  // namespace twinvoice::report
