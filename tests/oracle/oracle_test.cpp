// Cases with known answers, as data: cases/*.json name an experiment of the project's own formats and what must come out.
//
// The rule for a simulated value x with expected value e, relative tolerance r and the tool's own 95 % interval:
// |x - e| <= max(r |e|, 4 standard errors) and half-width <= r |e|. A pass by a huge interval is a failure. A case with one
// replication is deterministic: |x - e| <= r |e| (or 1 ns where e is 0). Over the whole set the 4-sigma arm fails a right
// engine about once in 100 changes of the seeds; the seeds are fixed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/catalog.hpp"
#include "sim/compile/compile.hpp"
#include "sim/kernel/engine.hpp"
#include "sim/measure/distributions.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/spec/experiment.hpp"
#include "tests/oracle/measures.hpp"

namespace twinvoice::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const fs::path kFolder = fs::path(TWINVOICE_SOURCE_DIR) / "tests" / "oracle";

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder / "cases"))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Replication run_once(const plan::Plan& plan, std::uint64_t replication, bool log) {
  kernel::RunOptions options;
  options.seed = plan.seed;
  options.replication = replication;
  options.request_log = log;
  kernel::Engine engine(plan, options);
  engine.run_until(plan.horizon_ns);
  engine.close(plan.horizon_ns);
  Replication run{engine.record(), engine.request_log()};
  EXPECT_TRUE(run.record.complete) << run.record.stop;
  for (const std::string& breach : run.record.breaches) ADD_FAILURE() << breach;
  return run;
}

void judge(const json& expectation, const std::vector<double>& values) {
  const double expected = expectation.at("value").get<double>();
  const double margin = expectation.at("relative").get<double>() * std::abs(expected);
  const auto name = expectation.at("name").get<std::string>();
  if (values.size() == 1) {
    EXPECT_NEAR(values.front(), expected, std::max(margin, 1e-9)) << name;
    return;
  }
  const measure::Estimate estimate = measure::student_interval(values);
  const double half_width = estimate.half_width();
  const double standard_error =
      half_width / measure::student_quantile(0.975, static_cast<double>(values.size() - 1));
  EXPECT_LE(half_width, margin) << name << ": " << estimate.value << " of expected " << expected;
  EXPECT_LE(std::abs(estimate.value - expected), std::max(margin, 4.0 * standard_error))
      << name << ": " << estimate.value << " +- " << half_width << " of expected " << expected;
}

class Oracle : public ::testing::TestWithParam<std::string> {};

TEST_P(Oracle, meets_the_known_answer) {
  const json known = json::parse(std::ifstream(kFolder / "cases" / (GetParam() + ".json")));
  const fs::path file = kFolder / "cases" / known.at("experiment").get<std::string>();
  const models::Catalog catalog;
  const plan::Plan plan =
      compile::compile(spec::load_experiment(file.lexically_normal().string(), catalog), catalog);
  const json& expectations = known.at("expect");
  const bool log = std::any_of(expectations.begin(), expectations.end(), needs_log);
  std::vector<std::vector<double>> values(expectations.size());
  for (std::uint64_t replication = 0; replication < plan.replications; ++replication) {
    const Replication run = run_once(plan, replication, log);
    for (std::size_t i = 0; i < expectations.size(); ++i)
      values[i].push_back(value_of(expectations[i], plan, run));
  }
  for (std::size_t i = 0; i < expectations.size(); ++i) judge(expectations[i], values[i]);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Oracle, ::testing::ValuesIn(case_names()), test_name);

}  // namespace
}  // namespace twinvoice::testing
