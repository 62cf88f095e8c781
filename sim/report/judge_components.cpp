// Figures of components against their bounds: how busy they are, and how long work waits for them.
#include <algorithm>
#include <utility>

#include "sim/measure/intervals.hpp"
#include "sim/measure/mixture.hpp"
#include "sim/report/judge.hpp"

namespace twinvoice::report {
namespace {

/// Sums over the stations of a component in one replication.
struct Waits {
  double started = 0.0, waited = 0.0, wait_s = 0.0;
  measure::Histogram waits;  ///< of stations that keep one
  bool kept = false;         ///< all stations keep one
};

Waits waits_of(const Scenario& s, const measure::RunRecord& run, std::size_t component) {
  Waits sum;
  sum.kept = true;
  for (const measure::StationRecord& station : run.stations) {
    if (s.stations[station.id].component != component) continue;
    sum.started += static_cast<double>(station.started);
    sum.waited += static_cast<double>(station.waited);
    sum.wait_s += static_cast<double>(station.wait_ns) / 1e9;
    sum.kept = sum.kept && station.waits.has_value();
    if (station.waits) sum.waits.merge(*station.waits);
  }
  return sum;
}

/// One value a replication; nothing where no visit tells it.
std::optional<double> value_of(const Waits& waits, const ExpectationInfo& e) {
  if (!(waits.started > 0.0)) return std::nullopt;
  switch (e.measure) {
    case Measure::kWait: return waits.wait_s / waits.started;
    case Measure::kWaits:
      if (e.limit_ns == 0) return waits.waited / waits.started;
      if (!waits.kept) return std::nullopt;
      return 1.0 - waits.waits.count_at_or_below(static_cast<double>(e.limit_ns)) /
                       static_cast<double>(waits.waits.count());
    case Measure::kWaitQuantile:
      if (!waits.kept) return std::nullopt;
      return waits.waits.quantile_ns(e.quantile) / 1e9;
    default: return std::nullopt;
  }
}

/// Replications are the unit: waits of one run hang together.
Estimate wait_estimate(const Evidence& evidence, const ExpectationInfo& e, std::size_t component) {
  std::vector<double> values;
  for (const measure::RunRecord& run : evidence.runs) {
    const auto value = value_of(waits_of(evidence.document.scenario, run, component), e);
    if (value) values.push_back(*value);
  }
  if (values.empty()) return {};
  Estimate estimate = measure::with_fates(measure::student_interval(values, kLevel), values);
  estimate.low = std::max(estimate.low, 0.0);
  if (e.measure == Measure::kWaits) estimate.high = std::min(estimate.high, 1.0);
  return estimate;
}

}  // namespace

std::vector<Judgement> judge_components(const Evidence& evidence, const ExpectationInfo& e) {
  const ResultDocument& d = evidence.document;
  std::vector<Judgement> judgements;
  for (std::size_t c = 0; c < d.components.size(); ++c) {
    const ComponentResult& component = d.components[c];
    if (e.component && *e.component != c) continue;
    if (e.measure != Measure::kUtilisation) {
      judgements.push_back(judge_estimate(component.info.name, wait_estimate(evidence, e, c), e));
    } else if (component.utilisation) {
      judgements.push_back(judge_estimate(component.info.name, *component.utilisation, e));
    }
  }
  return judgements;
}

}  // namespace twinvoice::report
