// `run --branch-at`: one history up to an instant, then a future for each policy, and their comparison.
#pragma once

#include <string>

#include "models/catalog.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/policies.hpp"

namespace twinvoice::cli {

struct BranchRequest {
  std::string at;        ///< as written: "12 min"
  std::string policies;  ///< file
  bool fresh = false;    ///< futures of one history with new draws, instead of one future of each history
  bool json = false;
  unsigned workers = 0;
  bool quiet = false;
  std::string command_line;
};

/// Reads the policies file; throws InvalidInput with all that is wrong in it and, when `experiment_issues` has errors, with
/// those as well.
[[nodiscard]] spec::Policies read_policies_file(const std::string& path, const models::Catalog& catalog,
                                                Issues experiment_issues);

/// Plays and prints. The exit code is 0, or that of an engine error or an interruption: a comparison judges no expectation.
[[nodiscard]] int run_branches(const spec::Experiment& experiment, const Clipped& clipped,
                               const spec::Policies& policies, const models::Catalog& catalog,
                               const BranchRequest& request);

}  // namespace twinvoice::cli
