// What `plan` says of a Plan's structure: single points of failure, what one loss costs, whom nobody takes out, and how full the
// rest is while a place is lost.
#pragma once

#include <string>

#include "sim/plan/plan.hpp"
#include "sim/report/style.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::cli {

/// For each operation: the single points of failure, the losses that cost a part of its requests (largest first), and the components
/// whose dead replicas nobody takes out of balancing. Shares are of the requests, while the loss lasts and no runbook has acted.
[[nodiscard]] std::string structure_text(const plan::Plan& plan, const report::Style& style);

/// What experts see at once, each with its place in the topology. Empty: nothing.
[[nodiscard]] std::string advice_text(const plan::Plan& plan, const spec::Topology& topology,
                                      const report::Style& style);

/// For each component the utilisation of its fullest replica at the peak rates: in calm, and at its worst while one zone, site or
/// region is lost and everything has moved. Empty without load.
[[nodiscard]] std::string place_loads_text(const plan::Plan& plan, const report::Style& style);

}  // namespace twinvoice::cli
