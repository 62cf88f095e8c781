// The shipped baseline and drill, scaled to 10 000 requests, in both engines.
#include <gtest/gtest.h>

#include <string>

#include "models/catalog.hpp"
#include "sim/compile/compile.hpp"
#include "sim/spec/experiment.hpp"
#include "tests/differential/compare.hpp"

namespace twinvoice::testing {
namespace {

class ShippedExperiment : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedExperiment, kernel_and_referee_agree_on_every_request) {
  const models::Catalog catalog;
  const std::string file = std::string(TWINVOICE_SOURCE_DIR) + "/experiments/" + GetParam();
  const spec::Experiment experiment = spec::load_experiment(file, catalog);
  plan::Plan plan = compile::compile(experiment, catalog);
  scale_load(plan, 10'000);
  const Comparison c = compare_in_world(plan, catalog.procedures(experiment.topology, plan));
  expect_agreement(c, 10'000);
  EXPECT_EQ(c.failed > 0, !plan.faults.empty())
      << "requests fail where the scenario has a fault, and only there";
}

INSTANTIATE_TEST_SUITE_P(Experiments, ShippedExperiment,
                         ::testing::Values("baseline.json", "drills/shanghai-region-down.json"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "baseline" : "drill");
                         });

}  // namespace
}  // namespace twinvoice::testing
