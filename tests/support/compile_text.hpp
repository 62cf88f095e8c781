// From JSON text to a Plan in one call, with the real catalogue: for tests of models and of everything above
// them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "models/catalog.hpp"
#include "sim/compile/compile.hpp"

namespace twinvoice::testing {

inline const models::Catalog& catalog() {
  static const models::Catalog all;
  return all;
}

/// A Plan, or what was wrong. `problems` are the formatted issues, warnings too.
struct Compiled {
  spec::Topology topology;
  spec::Experiment experiment;
  plan::Plan plan;
  std::vector<std::string> problems;

  [[nodiscard]] bool mentions(const std::string& text) const {
    return std::any_of(problems.begin(), problems.end(),
                       [&](const std::string& p) { return p.find(text) != std::string::npos; });
  }
};

/// `topology` and `experiment` are the members of the documents without the outer braces and the version.
inline Compiled compile_text(const std::string& topology, const std::string& experiment) {
  Compiled result;
  Issues issues;
  result.topology = spec::read_topology(
      "topology.json", R"({"twinvoice":"topology/1","name":"test",)" + topology + "}", catalog(), issues);
  result.experiment = spec::read_experiment(
      "experiment.json", R"({"twinvoice":"experiment/1","topology":"topology.json",)" + experiment + "}",
      catalog(), issues);
  if (!issues.has_errors()) {
    try {
      result.plan = compile::compile(result.topology, result.experiment, catalog(), &issues);
    } catch (const InvalidInput& invalid) {
      issues.append(invalid.issues());
    }
  }
  for (const Issue& issue : issues.all()) result.problems.push_back(format_issue(issue));
  return result;
}

}  // namespace twinvoice::testing
