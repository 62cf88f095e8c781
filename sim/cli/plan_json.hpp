// The facts of `plan` as the document plan/1.
#pragma once

#include <string>

#include "sim/cli/plan_facts.hpp"
#include "sim/cli/plan_text.hpp"

namespace twinvoice::cli {

/// Rates are per second, times in seconds, loads and shares from 0; what is unbounded is null.
[[nodiscard]] std::string plan_json(const plan::Plan& plan, const PlanFacts& facts, const PlanView& view);

}  // namespace twinvoice::cli
