// What an expectation asks for, as fields of a result.
#pragma once

#include "sim/report/json_values.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// A list of the names of faults, given as positions in the scenario.
[[nodiscard]] Json fault_names(const std::vector<std::size_t>& faults, const Scenario& scenario);

/// `measure`, `comparison`, `bound` and `unit`, and of the other fields those that it says something by; names, no indices.
[[nodiscard]] Json asked_json(const ExpectationInfo& e, const Scenario& scenario);

}  // namespace twinvoice::report
