// The cases: data files of this folder, their experiments, and how one replication of them is run.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/catalog.hpp"
#include "sim/kernel/engine.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"
#include "tests/oracle/measures.hpp"

namespace twinvoice::testing {

[[nodiscard]] nlohmann::json read_case(const std::string& name);
/// Names of the cases that `wanted` holds of, in order.
[[nodiscard]] std::vector<std::string> case_names(const std::function<bool(const nlohmann::json&)>& wanted);
/// A case's name as the name of a test.
[[nodiscard]] std::string test_name(std::string name);

/// A case's experiment, ready to run.
struct Ready {
  spec::Experiment experiment;
  plan::Plan plan;
  std::vector<world::ProcedureFactory> procedures;
};
/// `change` may shorten the experiment before it is compiled.
[[nodiscard]] Ready ready(
    const nlohmann::json& known, const std::function<void(spec::Experiment&)>& change = [](auto&) {});

/// One replication: in this process, or, when there are procedures, which need the world, in one of its own. Reports what
/// is wrong with it as test failures.
[[nodiscard]] Replication run_once(const Ready& ready, const kernel::RunOptions& options);

}  // namespace twinvoice::testing
