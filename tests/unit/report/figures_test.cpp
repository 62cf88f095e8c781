// Figures by name, and replications in short.
#include "sim/report/figures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/report/figure_kind.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::Fate;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::kSecond;
using testing::outage;

Scenario with_fault() {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  s.cost = 120.0;
  return s;
}

measure::StationRecord station(std::uint32_t id, double busy_s, double queued_s) {
  measure::StationRecord r;
  r.id = id;
  r.busy_ns = from_seconds(busy_s);
  r.queued_ns = from_seconds(queued_s);
  return r;
}

double value(const store::ReplicationRow& row, const std::string& name) {
  for (const store::Figure& figure : row.figures) {
    if (figure.name == name) return figure.value;
  }
  ADD_FAILURE() << "no figure " << name;
  return 0.0;
}

TEST(Figures, a_replication_has_the_names_and_values_of_a_document_of_it_alone) {
  const Scenario s = with_fault();
  // Latencies of many sizes, an outage, slow stretches.
  measure::RunRecord run = hand_made_run(s, 100, [](Nanos at) {
    Fate f;
    const Nanos second = at / kSecond;
    f.ok = second < 205 || second >= 290 || at % 7 == 0;
    f.latency_ns = 1'000'000 + (at / 10'000'000 * 7919) % 700 * 1'000'000;
    return f;
  });
  run.stations = {station(0, 300.0, 5.0), station(1, 120.0, 0.0)};
  run.down_ns = {{500 * kSecond, 100 * kSecond}};
  const auto estimates = figures(build(s, {&run, 1}));
  const store::ReplicationRow row = digest(s, run);
  ASSERT_EQ(row.figures.size(), estimates.size());
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    EXPECT_EQ(row.figures[i].name, estimates[i].name);
    const double wanted = estimates[i].estimate.value;
    EXPECT_NEAR(row.figures[i].value, wanted, 1e-12 * std::abs(wanted)) << estimates[i].name;
  }
  EXPECT_DOUBLE_EQ(value(row, "down.rto"), 85.0) << "205 to 290 s";
  EXPECT_DOUBLE_EQ(value(row, "db.utilisation"), 420.0 / (8 * 600.0));
  EXPECT_DOUBLE_EQ(value(row, "db.down"), 1.0 / 6.0);
  EXPECT_DOUBLE_EQ(value(row, "cost"), 120.0);
  EXPECT_DOUBLE_EQ(value(row, "replicas"), 2.0) << "one component of two";
  ASSERT_EQ(row.latencies.size(), 1U);
  EXPECT_EQ(row.latencies[0].histogram, run.operations[0].batches.histogram());
  ASSERT_EQ(row.failures.size(), 1U);
  EXPECT_EQ(row.failures[0].cause, "db.timeout");
  EXPECT_EQ(row.failures[0].count, run.operations[0].measured.failed);
}

TEST(Figures, every_figure_has_its_row_and_rows_stand_in_the_order_of_documents) {
  const Scenario s = with_fault();
  const store::ReplicationRow row = digest(s, hand_made_run(s, 100, outage(200, 290)));
  std::vector<std::string_view> endings;
  for (const store::Figure& figure : row.figures) {
    const FigureRow* known = row_of(figure.name);
    ASSERT_NE(known, nullptr) << figure.name;
    EXPECT_EQ(known->of == FigureOf::kSystem, figure_of(figure.name).empty()) << figure.name;
    if (std::find(endings.begin(), endings.end(), known->name) == endings.end())
      endings.push_back(known->name);
  }
  std::vector<std::string_view> rows;
  for (const FigureRow& known : figure_rows()) {
    if (std::find(endings.begin(), endings.end(), known.name) != endings.end()) rows.push_back(known.name);
  }
  EXPECT_EQ(endings, rows);
  EXPECT_EQ(row_of("issue.p75"), nullptr);
}

TEST(Figures, latencies_are_those_of_successes) {
  for (const FigureRow& row : figure_rows()) {
    const bool latency = row.name == "mean" || row.name[0] == 'p';
    EXPECT_EQ(is_of_successes(row.name), latency) << row.name;
  }
}

TEST(Figures, an_outage_that_the_horizon_cuts_off_has_an_infinite_rto) {
  const Scenario s = with_fault();
  const measure::RunRecord run = hand_made_run(s, 100, outage(205, 10'000));
  EXPECT_EQ(value(digest(s, run), "down.rto"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(digest(s, run).recoveries.at(0).rto_s, std::numeric_limits<double>::infinity());
}

TEST(Figures, a_design_that_is_slow_all_the_time_is_late_by_the_calm_of_the_first_design) {
  // No p99 is stated: late is what takes ten times the 99th percentile of the calm, 0.2 s in one design and 20 s in the other.
  Scenario first = hand_made_scenario();
  first.operations[0].p99_ns = kNever;
  const measure::RunRecord quick = hand_made_run(first, 10, [](Nanos) { return Fate{}; });
  Scenario other = first;
  other.operations.insert(other.operations.begin(), {"query", 0.99, true, kNever});
  measure::RunRecord slow = hand_made_run(first, 10, [](Nanos) { return Fate{true, 2 * kSecond, 1}; });
  measure::RunRecord as_quick = hand_made_run(first, 10, [](Nanos) { return Fate{}; });
  slow.operations.insert(slow.operations.begin(), std::move(as_quick.operations[0]));
  EXPECT_EQ(value(digest(other, slow), "issue.availability_time"), 1.0) << "by its own calm";
  const auto common =
      common_yardsticks(first, yardsticks_of(first, quick), other, yardsticks_of(other, slow));
  EXPECT_EQ(value(digest(other, slow, &common), "issue.availability_time"), 0.0);
  EXPECT_EQ(value(digest(other, slow, &common), "query.availability_time"), 1.0);
  EXPECT_EQ(common[0].bound.bound_ns, yardsticks_of(first, quick)[0].bound.bound_ns) << "its own, and alike";
}

TEST(Figures, nothing_seen_is_not_a_number) {
  Scenario s = hand_made_scenario();
  const measure::RunRecord run = hand_made_run(s, 1, [](Nanos) { return Fate{true, kNever, 1}; });
  for (const char* name : {"issue.availability", "issue.mean", "issue.p99"})
    EXPECT_TRUE(std::isnan(value(digest(s, run), name))) << name;
}

TEST(Figures, phases_count_from_their_fault) {
  const Scenario s = with_fault();
  measure::RunRecord run = hand_made_run(s, 100, outage(205, 290));
  measure::Mark detected;
  detected.at_ns = 230 * kSecond;
  detected.is_phase = true;
  run.marks = {detected};
  const auto phases = digest(s, run).recoveries.at(0).phases;
  ASSERT_GE(phases.size(), 2U);
  EXPECT_EQ(phases[0].name, "detected");
  EXPECT_DOUBLE_EQ(phases[0].at_s, 30.0);
  EXPECT_EQ(phases[1].name, "restored");
  EXPECT_DOUBLE_EQ(phases[1].at_s, 90.0);
}

TEST(Figures, an_outage_counts_once_however_long_it_is) {
  const Scenario s = hand_made_scenario();
  EXPECT_EQ(outages(s, hand_made_run(s, 100, [](Nanos) { return Fate{}; })), 0U);
  EXPECT_EQ(outages(s, hand_made_run(s, 100, outage(205, 290))), 1U);
  const auto two = [](Nanos at) { return at < 300 * kSecond ? outage(100, 120)(at) : outage(400, 401)(at); };
  EXPECT_EQ(outages(s, hand_made_run(s, 100, two)), 2U);
}

TEST(Figures, a_name_may_leave_out_what_only_one_figure_can_mean) {
  const std::vector<std::string> names{"issue.p99", "issue.mean", "down.rto", "red.p99", "cost"};
  std::string problem;
  EXPECT_EQ(full_name(names, "rto", problem), "down.rto");
  EXPECT_EQ(full_name(names, "cost", problem), "cost");
  EXPECT_EQ(full_name(names, "red.p99", problem), "red.p99");
  EXPECT_EQ(full_name(names, "p99", problem), std::nullopt);
  EXPECT_EQ(problem, "several figures end in \"p99\"; write one of issue.p99, red.p99");
  EXPECT_EQ(full_name(names, "issue.p98", problem), std::nullopt);
  EXPECT_EQ(problem, "there is no figure \"issue.p98\"; did you mean one of issue.p99, issue.mean");
  EXPECT_EQ(full_name(names, "rtoo", problem), std::nullopt);
  EXPECT_EQ(
      problem,
      "there is no figure \"rtoo\"; did you mean one of down.rto, issue.p99, issue.mean, red.p99, cost");
  EXPECT_EQ(full_name(names, "", problem), std::nullopt);
}

}  // namespace
}  // namespace twinvoice::report
