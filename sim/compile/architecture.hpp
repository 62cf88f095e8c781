// The structure behind a Plan, for sim/graph: needs follow the programs (calls, forks and joins, fallbacks).
#pragma once

#include "sim/graph/architecture.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

/// Calls whose failure is ignored and emitted jobs are no needs; a call with a fallback needs one of the two;
/// a join needs its k.
[[nodiscard]] graph::Architecture architecture(const plan::Plan& plan);

}  // namespace twinvoice::compile
