// What no Plan may hold, whoever wrote its text: figures that are not finite, times before 0, indices that lead nowhere.
#pragma once

#include <string>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::testing {

/// One line for each figure out of its range; empty for a sound Plan.
[[nodiscard]] std::vector<std::string> plan_problems(const plan::Plan& plan);

}  // namespace twinvoice::testing
