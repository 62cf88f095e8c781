// Verdicts by kind of figure. Each expectation is judged on one or more subjects, and the worst of them is its verdict.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/document.hpp"

namespace twinvoice::report {

/// What a verdict is made from.
struct Evidence {
  const ResultDocument& document;
  std::span<const measure::RunRecord> runs;
  const Replays& replays;
};

/// One thing that an expectation is judged on.
struct Judgement {
  std::string name;
  std::optional<std::size_t> place{};  ///< of a component: index into Scenario::places
  measure::Verdict verdict = measure::Verdict::no_sample;
  Estimate estimate;             ///< as ExpectationResult has it
  std::optional<Estimate> kept;  ///< likewise
  std::string why;
  std::vector<PromiseStanding> standings;
  std::vector<ReplicationValue> replications;
};

/// rto, rpo, rpo_invoices, onset, interruption: a share of incidents, or their mean; one judgement a fault, targets of one
/// fault together.
[[nodiscard]] std::vector<Judgement> judge_incidents(const Evidence& evidence,
                                                     const ExpectationInfo& expectation);

/// Figures of requests, of the whole run or of a part of it; one judgement an operation.
[[nodiscard]] std::vector<Judgement> judge_requests(const Evidence& evidence,
                                                    const ExpectationInfo& expectation);

/// Utilisation and waits; one judgement a component, of the place that decides: its busiest, for a lower bound the least busy of
/// those that had anything to do.
[[nodiscard]] std::vector<Judgement> judge_components(const Evidence& evidence,
                                                      const ExpectationInfo& expectation);

/// The objectives that the operations with a load state, as expectations.
[[nodiscard]] std::vector<ExpectationInfo> objectives_of(const Scenario& scenario);

/// Judges each of them. The other parts of the document must be filled.
[[nodiscard]] std::vector<ExpectationResult> expectation_results(
    const Evidence& evidence, std::span<const ExpectationInfo> expectations);

/// Judges an estimate, and says why in the unit of the figure.
[[nodiscard]] Judgement judge_estimate(std::string name, const Estimate& estimate,
                                       const ExpectationInfo& expectation);

/// A value in the unit of the expectation's figure.
[[nodiscard]] std::string value_text(const ExpectationInfo& expectation, double value);

}  // namespace twinvoice::report
