#include "tests/oracle/cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "sim/compile/compile.hpp"
#include "sim/world/replications.hpp"
#include "tests/oracle/play_whole.hpp"

namespace twinvoice::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(TWINVOICE_SOURCE_DIR) / "tests" / "oracle" / "cases";

Replication run_in_kernel(const plan::Plan& plan, const kernel::RunOptions& options) {
  kernel::Engine engine(plan, options);
  play_whole(engine, plan);
  return {engine.record(), engine.request_log()};
}

Replication run_in_world(const Ready& ready, const kernel::RunOptions& options) {
  world::RunSettings settings;
  settings.options = options;
  settings.procedures = ready.procedures;
  auto results = world::run_replications(ready.plan, settings, options.replication, 1, {});
  EXPECT_EQ(results[0].error, "");
  return {std::move(results[0].result.record), std::move(results[0].result.requests)};
}

}  // namespace

nlohmann::json read_case(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(kFolder / (name + ".json")));
}

std::vector<std::string> case_names(const std::function<bool(const nlohmann::json&)>& wanted) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem().string();
    if (wanted(read_case(name))) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

Ready ready(const nlohmann::json& known, const std::function<void(spec::Experiment&)>& change) {
  const models::Catalog catalog;
  const fs::path file = kFolder / known.at("experiment").get<std::string>();
  Ready made{spec::load_experiment(file.lexically_normal().string(), catalog), {}, {}};
  change(made.experiment);
  made.plan = compile::compile(made.experiment, catalog);
  made.procedures = catalog.procedures(made.experiment.topology, made.plan);
  return made;
}

Replication run_once(const Ready& ready, const kernel::RunOptions& options) {
  Replication run =
      ready.procedures.empty() ? run_in_kernel(ready.plan, options) : run_in_world(ready, options);
  EXPECT_TRUE(run.record.complete) << run.record.stop;
  for (const std::string& breach : run.record.breaches) ADD_FAILURE() << breach;
  std::sort(run.log.begin(), run.log.end());
  return run;
}

}  // namespace twinvoice::testing
