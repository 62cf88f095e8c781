#include "sim/report/error_budget.hpp"

#include <algorithm>

namespace twinvoice::report {
namespace {

constexpr double kMonthS = 30.0 * 86'400.0;

}  // namespace

std::optional<ErrorBudget> error_budget(const ResultDocument& d, std::size_t index) {
  const OperationResult& op = d.operations[index];
  if (!op.info.availability_stated || op.info.availability >= 1.0 || op.arrived == 0) return std::nullopt;
  const double measured_s = to_seconds(d.scenario.horizon_ns - d.scenario.warm_up_ns);
  const double months =
      measured_s / ((1.0 - op.info.availability) * kMonthS) / static_cast<double>(op.arrived);
  const auto spends = [months](std::uint64_t requests) { return static_cast<double>(requests) * months; };
  ErrorBudget budget;
  const std::uint64_t all = op.failed + op.unanswered;
  std::uint64_t owned = 0;
  std::vector<std::uint64_t> bad(d.scenario.faults.size(), 0);
  for (const RunAccount& run : d.accounts.runs) {
    for (const OwnedInterruption& one : run.interruptions[index]) {
      for (const std::size_t fault : one.owners) bad[fault] += one.interruption.bad;
      if (!one.owners.empty()) owned += one.interruption.bad;
    }
  }
  budget.spent_months = spends(all);
  budget.other_months = spends(all - std::min(all, owned));
  for (std::size_t f = 0; f < bad.size(); ++f) {
    if (bad[f] > 0) budget.by_fault.emplace_back(d.scenario.faults[f].name, spends(bad[f]));
  }
  std::stable_sort(budget.by_fault.begin(), budget.by_fault.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return budget;
}

}  // namespace twinvoice::report
