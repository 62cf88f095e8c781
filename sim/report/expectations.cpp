// Verdicts: each expectation against the estimate it is about.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/report/build.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

using measure::Verdict;

/// One thing an expectation may be judged on.
struct Subject {
  std::string name;
  Estimate estimate;
  double bound_below = std::numeric_limits<double>::quiet_NaN();  ///< known only to be above this
};

/// The percentiles that results hold.
const Estimate* percentile(const OperationResult& op, double quantile) {
  if (quantile == 0.5) return &op.p50_s;
  if (quantile == 0.95) return &op.p95_s;
  if (quantile == 0.99) return &op.p99_s;
  if (quantile == 0.999) return &op.p999_s;
  return nullptr;
}

/// Why results do not hold the figure, or "".
std::string not_in_results(const ExpectationInfo& e) {
  const bool of_interruptions = e.measure == Measure::kInterruption || e.measure == Measure::kOnset;
  const bool of_waits =
      e.measure == Measure::kWait || e.measure == Measure::kWaitQuantile || e.measure == Measure::kWaits;
  const bool other_percentile =
      e.measure == Measure::kQuantile && percentile(OperationResult{}, e.quantile) == nullptr;
  if (e.part.kind != RunPart::Kind::kWhole) return "results hold no figures of parts of a run";
  if (of_interruptions || of_waits || other_percentile || e.measure == Measure::kAnswered)
    return fmt::format("results do not hold \"{}\"", e.key);
  return {};
}

const Estimate& operation_estimate(const OperationResult& op, const ExpectationInfo& expectation) {
  if (expectation.measure == Measure::kQuantile) return *percentile(op, expectation.quantile);
  if (expectation.measure == Measure::kMean) return op.mean_s;
  if (expectation.measure == Measure::kThroughput) return op.throughput_per_s;
  if (expectation.measure == Measure::kAvailability) {
    if (expectation.of == AvailabilityOf::kTime) return op.availability_time;
    if (expectation.of == AvailabilityOf::kVolume) return op.availability_volume;
  }
  return op.availability_request;
}

Subject rto_subject(const DisruptionResult& d, const ResultDocument& document,
                    const ExpectationInfo& expectation) {
  if (!expectation.operation) return {d.fault.name, d.rto_s};
  const OperationRecovery& r = d.operations[*expectation.operation];
  return {d.fault.name + " on " + document.operations[r.operation].info.name, r.rto_s};
}

bool is_about(const ExpectationInfo& e, std::size_t fault) {
  return e.faults.empty() || std::find(e.faults.begin(), e.faults.end(), fault) != e.faults.end();
}

std::vector<Subject> subjects(const ResultDocument& document, const ExpectationInfo& expectation) {
  std::vector<Subject> list;
  switch (expectation.measure) {
    case Measure::kRto:
    case Measure::kRpo:
    case Measure::kRpoInvoices:
      for (const DisruptionResult& d : document.disruptions) {
        if (!is_about(expectation, d.fault_index)) continue;
        if (expectation.measure == Measure::kRto)
          list.push_back(rto_subject(d, document, expectation));
        else if (expectation.measure == Measure::kRpo)
          list.push_back({d.fault.name, d.rpo_s});
        else
          list.push_back({d.fault.name, d.acknowledged_lost});
      }
      break;
    case Measure::kUtilisation:
      for (std::size_t c = 0; c < document.components.size(); ++c) {
        const ComponentResult& component = document.components[c];
        if (expectation.component && *expectation.component != c) continue;
        if (component.utilisation) list.push_back({component.info.name, *component.utilisation});
      }
      break;
    default:
      for (std::size_t op = 0; op < document.operations.size(); ++op) {
        const OperationResult& operation = document.operations[op];
        if (expectation.operation ? *expectation.operation != op : operation.arrived == 0) continue;
        list.push_back({operation.info.name, operation_estimate(operation, expectation)});
      }
  }
  return list;
}

/// A censored estimate (value unknown, lower end known) can only show that a bound is exceeded.
Verdict verdict_of(const Estimate& estimate, const measure::Bound& bound) {
  Estimate known = estimate;
  if (std::isnan(known.value) && known.samples > 0) known.value = known.low;
  return measure::judge(known, bound);
}

std::string rate_text(double per_s) { return fmt::format("{:.4g}/s", per_s); }

std::string (*rendering(const ExpectationInfo& expectation))(double) {
  switch (expectation.measure) {
    case Measure::kRpoInvoices: return number_text;
    case Measure::kThroughput: return rate_text;
    case Measure::kAvailability:
    case Measure::kSuccessRate:
    case Measure::kUtilisation: return share_text;
    default: return seconds_text;
  }
}

/// Of several runs the low end bounds the mean, not the runs that did not get there.
std::string not_reached(const Estimate& e, std::string (*text)(double)) {
  if (e.groups < 2) return fmt::format("not reached by the end of the run, above {}", text(e.low));
  const std::string some = "not reached by the end in some runs";
  return e.low > 0.0 ? some + fmt::format("; the mean is above {}", text(e.low)) : some;
}

std::string reason(const Subject& subject, const ExpectationInfo& expectation, Verdict verdict,
                   std::size_t others) {
  if (verdict == Verdict::no_sample) return fmt::format("{}: nothing was observed", subject.name);
  const Estimate& e = subject.estimate;
  const auto text = rendering(expectation);
  std::string why = subject.name + ": ";
  why += std::isnan(e.value) ? not_reached(e, text) : estimate_text(e, text);
  why += e.method == "single run" ? " (single run, no interval)" : fmt::format(" ({})", e.method);
  if (verdict == Verdict::undecided) {
    why += std::isnan(e.value)
               ? "; a longer horizon may decide it"
               : "; the bound lies inside the interval: more replications or a longer horizon";
  }
  if (others > 0) why += fmt::format("; worst of {}", others + 1);
  return why;
}

ExpectationResult judged(const ResultDocument& document, const ExpectationInfo& expectation) {
  ExpectationResult result;
  result.text = expectation.text;
  result.why = expectation.cannot_judge.empty() ? not_in_results(expectation) : expectation.cannot_judge;
  if (!result.why.empty()) return result;
  const std::vector<Subject> list = subjects(document, expectation);
  if (list.empty()) {
    result.verdict = Verdict::no_sample;
    result.why = "it matches nothing in this experiment";
    return result;
  }
  const Subject* worst = nullptr;
  for (const Subject& subject : list) {
    const Verdict verdict = verdict_of(subject.estimate, expectation.bound);
    const bool worse =
        worst != nullptr && verdict != result.verdict && measure::worse(verdict, result.verdict) == verdict;
    const bool high_is_bad = expectation.bound.relation == measure::Relation::at_most ||
                             expectation.bound.relation == measure::Relation::below;
    const bool farther = worst != nullptr && verdict == result.verdict &&
                         (high_is_bad ? subject.estimate.high > worst->estimate.high
                                      : subject.estimate.low < worst->estimate.low);
    if (worst == nullptr || worse || farther) {
      worst = &subject;
      result.verdict = verdict;
    }
  }
  result.estimate = worst->estimate;
  result.why = reason(*worst, expectation, result.verdict, list.size() - 1);
  return result;
}

}  // namespace

std::vector<ExpectationResult> expectation_results(const ResultDocument& document) {
  std::vector<ExpectationResult> results;
  for (const ExpectationInfo& expectation : document.scenario.expectations) {
    ExpectationResult result = judged(document, expectation);
    if (!document.complete && result.verdict != Verdict::undecided) {
      result.verdict = Verdict::undecided;
      result.why = "the run is incomplete; so far " + result.why;
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
