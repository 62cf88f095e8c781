// From the records of the replications to the result document.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/document.hpp"

namespace twinvoice::report {

/// `runs` are the replications that gave a record, in their order. Throws EngineError when records and names do not fit.
/// `replays` tell apart whose an interruption is when several faults may be to blame (Accounts::wanted names them).
/// `yardsticks`: of the first design, where designs are compared; else the first run gives them.
[[nodiscard]] ResultDocument build(Scenario scenario, std::span<const measure::RunRecord> runs,
                                   const Replays& replays = {},
                                   const std::vector<Yardstick>* yardsticks = nullptr);

[[nodiscard]] std::vector<OperationResult> operation_results(const Scenario& scenario,
                                                             const Accounts& accounts,
                                                             std::span<const measure::RunRecord> runs);
[[nodiscard]] std::vector<ComponentResult> component_results(const Scenario& scenario,
                                                             std::span<const measure::RunRecord> runs);
[[nodiscard]] std::vector<CallResult> call_results(const Scenario& scenario,
                                                   std::span<const measure::RunRecord> runs);
/// What a reader has to know to trust the numbers: method, assumptions, what is not modelled.
[[nodiscard]] std::vector<std::string> caveats(const ResultDocument& document);

/// Worst verdict of all expectations; met when there are none.
[[nodiscard]] measure::Verdict overall(const ResultDocument& document);

}  // namespace twinvoice::report
