// The traffic equations of a Plan under one assumption about its hedges; analyse() puts both together.
#pragma once

#include "sim/compile/flow.hpp"
#include "sim/compile/traffic.hpp"

namespace twinvoice::compile {

/// Traffic alone: nothing is said of what is full, and `hedged_utilisation` stays 0.
[[nodiscard]] PlanAnalysis solve_traffic(const plan::Plan& plan, Hedging hedging, double ns_per_hop);

}  // namespace twinvoice::compile
