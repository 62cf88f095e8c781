// From the expectations of an experiment to what reports judge.
#pragma once

#include <vector>

#include "sim/cli/scenario.hpp"

namespace twinvoice::cli {

/// Every expectation with all that was said, by the indices of `scenario`, whose other lists are filled. Throws InvalidInput
/// when one can match nothing, unless the experiment was clipped: then it stays undecided.
[[nodiscard]] std::vector<report::ExpectationInfo> expectation_infos(const spec::Experiment& experiment,
                                                                     const report::Scenario& scenario,
                                                                     const Clipped& clipped);

}  // namespace twinvoice::cli
