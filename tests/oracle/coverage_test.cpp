// Do the intervals that a report prints hold the truth? Cases with a "coverage" are run shorter, once for each seed, and every
// estimate that the report gives for a figure of theirs is compared with the known value.
//
//   "coverage": {"horizon", "warm_up" (the experiment's), "replications" (1)}
//     pooled over all (case, figure, seed): 93.5 % to 96.5 % hold the truth, and no case's figures less than 90 %
//   "coverage_bands": [{the same, "seeds", "least", "most", "figures"}]
//     of so many seeds between `least` and `most` intervals of each figure hold the truth: 99.9 % bands of the binomial law
//
// An interval open on one side says that the run was too short to bound the figure there. It holds the truth or not like any
// other (leaving those out would pick the runs that were lucky enough to show little variance), but they must be few.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/scenario.hpp"
#include "sim/report/build.hpp"
#include "sim/spec/units.hpp"
#include "tests/oracle/cases.hpp"

namespace twinvoice::testing {
namespace {

using measure::Estimate;
using nlohmann::json;

constexpr int kSeeds = 200;

template <class Rows>
const auto& named(const Rows& rows, const std::string& name) {
  return *std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.info.name == name; });
}

/// What the report prints for a figure of a case; nothing when it prints no interval for it.
std::optional<Estimate> printed(const json& figure, const std::vector<report::OperationResult>& operations,
                                const std::vector<report::ComponentResult>& components) {
  if (figure.contains("scale") || figure.contains("offset") || figure.contains("minus")) return {};
  const auto measure = figure.at("measure").get<std::string>();
  std::optional<Estimate> estimate;
  if (figure.contains("operation")) {
    const report::OperationResult& o = named(operations, figure.at("operation").get<std::string>());
    const std::map<std::string, Estimate> of_operation{
        {"latency_mean", o.mean_s},
        {"failed_share", measure::complement(o.availability_request)},
        {"throughput", o.throughput_per_s},
        {"in_flight_mean", o.in_flight_mean}};
    const std::map<double, Estimate> quantiles{
        {0.5, o.p50_s}, {0.95, o.p95_s}, {0.99, o.p99_s}, {0.999, o.p999_s}};
    if (const auto found = of_operation.find(measure); found != of_operation.end()) estimate = found->second;
    if (measure == "latency_quantile") {
      const auto found = quantiles.find(figure.at("q").get<double>());
      if (found != quantiles.end()) estimate = found->second;
    }
  } else if (measure == "utilisation") {
    estimate = named(components, figure.at("component").get<std::string>()).utilisation;
  }
  // One run alone has no interval for some figures.
  if (estimate && estimate->groups < 2) return {};
  return estimate;
}

struct Tally {
  int held = 0;
  int runs = 0;
  int open = 0;
  double relative_half_width = 0.0;

  void add(const Estimate& e, double truth) {
    ++runs;
    held += e.low <= truth && truth <= e.high ? 1 : 0;
    if (std::isfinite(e.half_width())) {
      relative_half_width += std::abs(e.half_width() / truth);
    } else {
      ++open;
    }
  }
  void add(const Tally& other) {
    held += other.held;
    runs += other.runs;
    open += other.open;
    relative_half_width += other.relative_half_width;
  }
  [[nodiscard]] double share() const { return static_cast<double>(held) / std::max(runs, 1); }
  [[nodiscard]] std::string text() const {
    return fmt::format("{:5.1f} % of {} intervals, open {}, half-width {:.3g} %", 100.0 * share(), runs, open,
                       100.0 * relative_half_width / std::max(runs - open, 1));
  }
};

Duration duration(const json& text) { return spec::parse_duration(text.get<std::string>()).value; }

/// Tallies by figure, over seeds 1, 2, ...
std::map<std::string, Tally> tallies(const json& known, const json& how, int seeds) {
  const Ready made = ready(known, [&](spec::Experiment& e) {
    e.horizon = duration(how.at("horizon"));
    if (how.contains("warm_up")) e.warm_up = duration(how.at("warm_up"));
    e.replications = how.value("replications", 1);
    // Availability by time is not judged here.
    e.window = e.horizon;
  });
  const report::Scenario scenario = cli::scenario_of(made.experiment, made.plan);
  std::map<std::string, Tally> by_figure;
  for (int seed = 1; seed <= seeds; ++seed) {
    kernel::RunOptions options;
    options.seed = static_cast<std::uint64_t>(seed);
    std::vector<measure::RunRecord> records;
    for (; options.replication < made.plan.replications; ++options.replication)
      records.push_back(run_once(made, options).record);
    const report::Accounts accounts = report::accounts_of(scenario, records, scenario.hold_ns);
    const auto operations = report::operation_results(scenario, accounts, records);
    const auto components = report::component_results(scenario, records);
    for (const json& figure : known.at("expect")) {
      if (!figure.contains("value")) continue;
      const std::optional<Estimate> estimate = printed(figure, operations, components);
      if (estimate)
        by_figure[figure.at("name").get<std::string>()].add(*estimate, figure.at("value").get<double>());
    }
  }
  return by_figure;
}

void print(const std::string& what, const Tally& tally) {
  fmt::print("{:<60} {}\n", what, tally.text());
  std::fflush(stdout);
}

TEST(FullCoverage, intervals_of_short_runs_hold_the_truth_pooled_over_cases_figures_and_seeds) {
  Tally pooled;
  const auto names = case_names([](const json& known) { return known.contains("coverage"); });
  EXPECT_GE(names.size(), 20U);
  for (const std::string& name : names) {
    const json known = read_case(name);
    Tally of_case;
    for (const auto& [figure, tally] : tallies(known, known.at("coverage"), kSeeds)) {
      print(name + ": " + figure, tally);
      of_case.add(tally);
    }
    print(name, of_case);
    EXPECT_GE(of_case.share(), 0.9) << name;
    EXPECT_LE(of_case.open, of_case.runs / 20) << name;
    pooled.add(of_case);
  }
  print("pooled", pooled);
  EXPECT_GE(pooled.share(), 0.935);
  EXPECT_LE(pooled.share(), 0.965);
}

class FullCoverageBand : public ::testing::TestWithParam<std::string> {};

TEST_P(FullCoverageBand, as_many_intervals_hold_the_truth_as_should) {
  const json known = read_case(GetParam());
  for (const json& band : known.at("coverage_bands")) {
    const auto by_figure = tallies(known, band, band.at("seeds").get<int>());
    for (const json& figure : band.at("figures")) {
      const Tally& tally = by_figure.at(figure.get<std::string>());
      print(GetParam() + ": " + figure.get<std::string>(), tally);
      EXPECT_GE(tally.held, band.at("least").get<int>()) << figure;
      EXPECT_LE(tally.held, band.at("most").get<int>()) << figure;
      EXPECT_LE(tally.open, tally.runs / 20) << figure;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, FullCoverageBand, ::testing::ValuesIn(case_names([](const json& known) {
                           return known.contains("coverage_bands");
                         })),
                         [](const auto& info) { return test_name(info.param); });

}  // namespace
}  // namespace twinvoice::testing
