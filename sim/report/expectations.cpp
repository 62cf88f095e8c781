// Verdicts: each expectation against what it is about, and the objectives of the operations beside them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/report/build.hpp"
#include "sim/report/judge.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

using measure::Verdict;

std::string rate_text(double per_s) { return fmt::format("{:.4g}/s", per_s); }

std::string (*rendering(Measure measure))(double) {
  switch (measure) {
    case Measure::kRpoInvoices: return number_text;
    case Measure::kThroughput: return rate_text;
    case Measure::kAvailability:
    case Measure::kAnswered:
    case Measure::kSuccessRate:
    case Measure::kUtilisation:
    case Measure::kWaits: return share_text;
    case Measure::kRto:
    case Measure::kRpo:
    case Measure::kInterruption:
    case Measure::kOnset:
    case Measure::kQuantile:
    case Measure::kMean:
    case Measure::kWait:
    case Measure::kWaitQuantile: return seconds_text;
  }
  return seconds_text;
}

std::vector<Judgement> judgements_of(const Evidence& evidence, const ExpectationInfo& e) {
  switch (e.measure) {
    case Measure::kRto:
    case Measure::kRpo:
    case Measure::kRpoInvoices:
    case Measure::kInterruption:
    case Measure::kOnset: return judge_incidents(evidence, e);
    case Measure::kUtilisation:
    case Measure::kWait:
    case Measure::kWaitQuantile:
    case Measure::kWaits: return judge_components(evidence, e);
    case Measure::kAvailability:
    case Measure::kQuantile:
    case Measure::kMean:
    case Measure::kAnswered:
    case Measure::kSuccessRate:
    case Measure::kThroughput: return judge_requests(evidence, e);
  }
  return {};
}

bool high_is_bad(const ExpectationInfo& e) {
  return e.bound.relation == measure::Relation::at_most || e.bound.relation == measure::Relation::below;
}

/// The worst verdict, and of equal ones the one farthest on the bad side.
const Judgement& worst_of(const std::vector<Judgement>& list, const ExpectationInfo& e) {
  const Judgement* worst = &list.front();
  for (const Judgement& one : list) {
    const bool worse =
        one.verdict != worst->verdict && measure::worse(one.verdict, worst->verdict) == one.verdict;
    const bool kept = one.kept && worst->kept;
    const Estimate& mine = kept ? *one.kept : one.estimate;
    const Estimate& its = kept ? *worst->kept : worst->estimate;
    const bool farther = one.verdict == worst->verdict &&
                         (!kept && high_is_bad(e) ? mine.high > its.high : mine.low < its.low);
    if (worse || farther) worst = &one;
  }
  return *worst;
}

ExpectationResult judged(const Evidence& evidence, const ExpectationInfo& e) {
  ExpectationResult result;
  result.asked = e;
  result.text = e.text;
  if (!e.cannot_judge.empty()) {
    result.why = e.cannot_judge;
    return result;
  }
  std::vector<Judgement> list = judgements_of(evidence, e);
  if (list.empty()) {
    result.verdict = Verdict::no_sample;
    result.why = "it matches nothing in this experiment";
    return result;
  }
  const Judgement& worst = worst_of(list, e);
  result.judged_on = worst.name;
  result.replications = worst.replications;
  result.verdict = worst.verdict;
  result.place = worst.place;
  result.estimate = worst.estimate;
  result.kept = worst.kept;
  result.why = worst.why;
  if (list.size() > 1) result.why += fmt::format("; the worst of {}", list.size());
  for (Judgement& one : list) {
    for (PromiseStanding& standing : one.standings) result.standings.push_back(std::move(standing));
  }
  if (!evidence.document.complete && result.verdict != Verdict::undecided) {
    result.verdict = Verdict::undecided;
    result.why = "the run is incomplete; so far " + result.why;
  }
  if (!evidence.document.scenario.overfull_links.empty() && result.verdict == Verdict::met) {
    result.verdict = Verdict::undecided;
    result.why = "messages beyond a link's bandwidth do not wait in a run; without that wait " + result.why;
  }
  return result;
}

ExpectationInfo objective(const std::string& key, Measure measure, measure::Relation relation, double bound,
                          std::size_t op, const Scenario& s) {
  ExpectationInfo e;
  e.key = key;
  e.measure = measure;
  e.bound = {relation, bound, 0.0};
  e.operation = op;
  e.hold_ns = s.hold_ns;
  e.text = fmt::format("{} {} {} of {}", key, measure::name(relation), value_text(e, bound),
                       s.operations[op].name);
  return e;
}

void add_promise(std::vector<ExpectationInfo>& list, const std::string& key, Measure measure,
                 const std::optional<PromiseInfo>& promise, std::size_t op, const Scenario& s) {
  const bool any = std::any_of(s.faults.begin(), s.faults.end(),
                               [&](const FaultInfo& f) { return f.at_ns < s.horizon_ns; });
  if (!promise || !any) return;
  ExpectationInfo e =
      objective(key, measure, measure::Relation::at_most, to_seconds(promise->bound_ns), op, s);
  e.share = promise->share;
  e.text += fmt::format(" in {} of incidents", share_text(promise->share));
  list.push_back(std::move(e));
}

}  // namespace

std::string value_text(const ExpectationInfo& expectation, double value) {
  return rendering(expectation.measure)(value);
}

Judgement judge_estimate(std::string name, const Estimate& e, const ExpectationInfo& expectation) {
  Judgement j;
  j.name = std::move(name);
  j.estimate = e;
  j.verdict = measure::judge(e, expectation.bound);
  j.why = j.name + ": ";
  if (j.verdict == Verdict::no_sample) {
    j.why += "nothing was observed";
    return j;
  }
  const auto text = rendering(expectation.measure);
  j.why += std::isnan(e.value) ? fmt::format("[{}, {}]", text(e.low), text(e.high)) : estimate_text(e, text);
  j.why += fmt::format(" ({})", e.method);
  if (j.verdict != Verdict::undecided) return j;
  if (e.groups < 2) {
    j.why += "; a single run has no interval: more replications";
  } else if (!e.converged) {
    j.why += "; not converged: more replications or a longer horizon";
  } else {
    j.why += "; the bound lies inside the interval: more replications or a longer horizon";
  }
  return j;
}

std::vector<ExpectationInfo> objectives_of(const Scenario& s) {
  std::vector<ExpectationInfo> list;
  for (std::size_t op = 0; op < s.operations.size(); ++op) {
    const OperationInfo& info = s.operations[op];
    if (!info.loaded) continue;
    if (info.availability_stated)
      list.push_back(objective("availability", Measure::kAvailability, measure::Relation::at_least,
                               info.availability, op, s));
    if (info.availability_stated && info.on_completion) {
      list.back().of = AvailabilityOf::kCompletion;
      list.back().text += " on completion";
    }
    if (info.p99_ns != kNever) {
      list.push_back(
          objective("p99", Measure::kQuantile, measure::Relation::at_most, to_seconds(info.p99_ns), op, s));
      list.back().quantile = 0.99;
    }
    add_promise(list, "rto", Measure::kRto, info.rto, op, s);
    add_promise(list, "rpo", Measure::kRpo, info.rpo, op, s);
  }
  return list;
}

std::vector<ExpectationResult> expectation_results(const Evidence& evidence,
                                                   std::span<const ExpectationInfo> expectations) {
  std::vector<ExpectationResult> results;
  for (const ExpectationInfo& e : expectations) results.push_back(judged(evidence, e));
  return results;
}

}  // namespace twinvoice::report
