#include "sim/report/expectation_rows.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace twinvoice::report {
namespace {

using measure::Relation;
using measure::Verdict;

constexpr double kMostReplications = 1e9;

/// Until the last of its faults or targets is decided.
std::optional<std::uint64_t> more_of_promise(const ExpectationResult& e) {
  std::uint64_t most = 0;
  for (const PromiseStanding& standing : e.standings) {
    if (standing.result.verdict != Verdict::undecided) continue;
    if (!standing.result.more_to_decide) return std::nullopt;
    most = std::max(most, *standing.result.more_to_decide);
  }
  if (most == 0) return std::nullopt;
  return most;
}

}  // namespace

std::optional<std::uint64_t> more_to_decide(const ExpectationResult& e, std::uint64_t replications) {
  if (e.verdict != Verdict::undecided || !e.asked.cannot_judge.empty()) return std::nullopt;
  if (!e.standings.empty()) return more_of_promise(e);
  const Estimate& x = e.estimate;
  const bool narrows = x.converged && x.groups >= 2 && replications >= 2;
  if (!narrows || e.asked.bound.relation == Relation::within) return std::nullopt;
  const double bound = e.asked.bound.value;
  // The end that lies beyond the bound, and how far the value is from it.
  const double half = x.value < bound ? x.high - x.value : x.value - x.low;
  const double distance = std::abs(x.value - bound);
  if (!std::isfinite(half) || !(distance > 0.0) || half < distance) return std::nullopt;
  const double ratio = half / distance;
  // Rounding is not to ask for one more than the root says.
  const double more = std::ceil(static_cast<double>(replications) * (ratio * ratio - 1.0) - 1e-6);
  if (!(more < kMostReplications)) return std::nullopt;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(more));
}

std::vector<store::ExpectationRow> expectation_rows(const ResultDocument& document) {
  std::vector<store::ExpectationRow> rows;
  for (const ExpectationResult& e : document.expectations) {
    rows.push_back(
        {e.text, std::string(measure::name(e.verdict)), e.why, more_to_decide(e, document.replications)});
    // Whose an interruption is may need replays, which a campaign does not make.
    if (!e.standings.empty() && !document.accounts.wanted.empty())
      rows.back().why +=
          "; several faults may be to blame and each is charged: `twinvoice run` tells them apart";
  }
  return rows;
}

}  // namespace twinvoice::report
