// What a run spends of a month's error budget: an objective of 99.99 % lets 4.3 minutes of a month fail.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/accounts.hpp"
#include "sim/report/document.hpp"

namespace twinvoice::report {

/// In budgets of a month of 30 days, a mean over the replications: (requests that failed or were not answered / requests that
/// arrived) x measured time / ((1 - stated availability) x 30 d).
struct ErrorBudget {
  double spent_months = 0.0;
  /// Those of it that failed in interruptions, by the fault that owns them (several owners: each has all of it), most first.
  std::vector<std::pair<std::string, double>> by_fault;
  double other_months = 0.0;  ///< the rest: outside of interruptions, or in those that no fault owns
};

/// Nothing where no availability below 1 is stated, or no request arrived.
[[nodiscard]] std::optional<ErrorBudget> error_budget(const ResultDocument& document, std::size_t operation);

}  // namespace twinvoice::report
