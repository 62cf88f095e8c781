// What a Plan uses of everything a Plan can say, in words; and the whole list.
#pragma once

#include <set>
#include <string>

#include "models/catalog.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::testing {

/// "step serve", "station lifo", "retries jitter full", "knob pool_cap", "fault partition", ... of this Plan.
[[nodiscard]] std::set<std::string> features_of(const plan::Plan& plan);

/// All there are: the enumerations of the Plan, every field of a policy that can be on or off, and the faults of the
/// catalogue.
[[nodiscard]] std::set<std::string> all_features(const models::Catalog& catalog);

}  // namespace twinvoice::testing
