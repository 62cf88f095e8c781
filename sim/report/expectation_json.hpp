// What an expectation asks for, as fields of a result.
#pragma once

#include "sim/report/json_values.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// `measure`, `comparison`, `bound` and `unit`, and of the other fields those that it says something by; names, no indices.
[[nodiscard]] Json asked_json(const ExpectationInfo& e, const Scenario& scenario);

}  // namespace twinvoice::report
