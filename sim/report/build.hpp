// From the records of the replications to the result document.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/document.hpp"

namespace twinvoice::report {

/// `runs` are the replications that gave a record, in their order. Throws EngineError when records and names do not fit.
[[nodiscard]] ResultDocument build(Scenario scenario, std::span<const measure::RunRecord> runs);

[[nodiscard]] std::vector<OperationResult> operation_results(const Scenario& scenario,
                                                             std::span<const measure::RunRecord> runs);
[[nodiscard]] std::vector<ComponentResult> component_results(const Scenario& scenario,
                                                             std::span<const measure::RunRecord> runs);
/// Judges every expectation against the document's other parts, which must be filled.
[[nodiscard]] std::vector<ExpectationResult> expectation_results(const ResultDocument& document);
/// What a reader has to know to trust the numbers: method, assumptions, what is not modelled.
[[nodiscard]] std::vector<std::string> caveats(const ResultDocument& document);

/// Worst verdict of all expectations; met when there are none.
[[nodiscard]] measure::Verdict overall(const ResultDocument& document);

}  // namespace twinvoice::report
