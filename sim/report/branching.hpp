// Policies compared: several futures of one history, side by side. Format "branch/1".
//
//   figures      of requests that arrived from the branch on (the warm-up of the scenario ends there), and of the recovery
//                means over the futures of what each one shows alone: a quantile of all futures together would be that of the worst of
//                them, beside differences that are means
//   difference   to the first policy, over the pairs of futures that share their history and their draws: paired t
//                over those pairs of which both futures came to their end, and then the method says over how many of all
//                none for a ratio of arrivals where the policies were not asked for the same: what was served is compared
//                none when a figure was not observed in some pair (not restored by the end): a mean over the others would flatter
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/report/document.hpp"
#include "sim/report/render.hpp"

namespace twinvoice::report {

/// What one policy led to: element i of all policies is the same history with the same draws.
struct PolicyRuns {
  std::string name;
  std::vector<std::string> actions;  ///< for people: "spike issue-invoice at +0 s"
  std::vector<std::optional<measure::RunRecord>> futures;
  std::vector<std::string> errors;  ///< futures that gave no result, which ones and why
};

/// Named as in report/figures.hpp.
struct PolicyFigure {
  std::string name;
  /// The mean over the futures of what each one shows, so that values differ by what their difference says; over all futures together
  /// where some future shows none.
  Estimate estimate;
  std::uint64_t not_restored = 0;  ///< futures without the end of the outage: the estimate is a lower bound
  Estimate difference;             ///< to the first policy; no samples: see `no_difference`
  std::string no_difference;
  double indifferent =
      0.0;  ///< a difference up to this names no better policy: report::indifference of the first one's value
};

struct PolicyResult {
  std::string name;
  std::vector<std::string> actions;
  std::vector<PolicyFigure> figures;  ///< the same ones in the same order for every policy
  /// "over 8 of 10 pairs": of the others a future has not come to its end. Empty: over all.
  std::string over;
  std::vector<std::string> orders_lost;  ///< orders that could not be followed, why, and in how many futures
  ResultDocument document;
};

struct BranchDocument {
  Nanos at_ns = 0;
  bool fresh = false;
  std::vector<PolicyResult> policies;

  [[nodiscard]] const Scenario& scenario() const { return policies.front().document.scenario; }
  [[nodiscard]] bool complete() const;
};

/// What messages call a pair: "history 3", or "future 3" of the one history.
[[nodiscard]] std::string pair_name(bool fresh, std::size_t pair);

/// `scenario`: with the branch as its warm-up and the number of futures as its replications. At least one policy.
[[nodiscard]] BranchDocument compare_policies(const Scenario& scenario, Nanos at_ns, bool fresh,
                                              std::vector<PolicyRuns> policies);

/// For people: a block for availability, P99, RTO, RPO and lost invoices each, with one line for each policy.
[[nodiscard]] std::string render_terminal(const BranchDocument& document, const TerminalOptions& options);
/// "branch/1": figures and differences, and the result/2 document of every policy.
[[nodiscard]] std::string render_json(const BranchDocument& document);

}  // namespace twinvoice::report
