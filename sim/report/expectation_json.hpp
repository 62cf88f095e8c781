// What an expectation asks for, as fields of a result.
#pragma once

#include "sim/report/document.hpp"
#include "sim/report/json_values.hpp"

namespace twinvoice::report {

/// A list of the names of faults, given as positions in the scenario.
[[nodiscard]] Json fault_names(const std::vector<std::size_t>& faults, const Scenario& scenario);

/// `measure`, `comparison`, `bound` and `unit`, and of the other fields those that it says something by; names, no indices.
[[nodiscard]] Json asked_json(const ExpectationInfo& e, const Scenario& scenario);

/// An expectation with its verdict, what was observed, and what every replication says: value, or a range (an incident that is open is
/// "infinity" above; requests without an answer). `value`, `low` and `high` are those of `observed`.
[[nodiscard]] Json expectation_json(const ExpectationResult& e, const Scenario& scenario);

}  // namespace twinvoice::report
