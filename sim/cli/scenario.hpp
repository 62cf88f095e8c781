// From a compiled experiment to the names that a report needs.
#pragma once

#include "sim/plan/plan.hpp"
#include "sim/report/scenario.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::cli {

/// Names, objectives, faults and expectations; the manifest without what only the run knows. Throws InvalidInput when an
/// expectation can match nothing (a component without limited servers, a fault that is no disruption).
[[nodiscard]] report::Scenario scenario_of(const spec::Experiment& experiment, const plan::Plan& plan);

/// Ends the experiment earlier or later: faults from the new horizon on are dropped (one warning each), and expectations
/// about them stay undecided, with the reason in `scenario_of`'s result. Throws InvalidInput when it is not after the warm-up.
struct Clipped {
  std::vector<std::string> warnings;
  std::vector<std::string> dropped_faults;  ///< ids
};
[[nodiscard]] Clipped clip(spec::Experiment& experiment, Nanos horizon_ns);

/// As scenario_of, for an experiment that was clipped: expectations that lost their fault are undecided, not errors.
[[nodiscard]] report::Scenario scenario_of(const spec::Experiment& experiment, const plan::Plan& plan,
                                           const Clipped& clipped);

}  // namespace twinvoice::cli
