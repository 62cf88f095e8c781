// Figures of components against their bounds: how busy they are, and how long work waits for them.
#include <algorithm>
#include <utility>

#include "sim/measure/intervals.hpp"
#include "sim/measure/mixture.hpp"
#include "sim/report/components.hpp"
#include "sim/report/judge.hpp"

namespace twinvoice::report {
namespace {

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

/// What one replication says of the figure.
std::optional<double> value_in(const measure::RunRecord& run, const ReplicaSet& set, const Scenario& s,
                               const ExpectationInfo& e) {
  if (e.measure == Measure::kUtilisation) return utilisation_in(run, set, s);
  return value_of(waits_in(run, set), e);
}

/// Replications are the unit: waits of one run hang together.
Estimate wait_estimate(const Evidence& evidence, const ExpectationInfo& e, const ReplicaSet& set) {
  std::vector<double> values;
  for (const measure::RunRecord& run : evidence.runs) {
    const auto value = value_in(run, set, evidence.document.scenario, e);
    if (value) values.push_back(*value);
  }
  if (values.empty()) return {};
  Estimate estimate = measure::with_fates(measure::student_interval(values, kLevel), values);
  estimate.low = std::max(estimate.low, 0.0);
  if (e.measure == Measure::kWaits) estimate.high = std::min(estimate.high, 1.0);
  return estimate;
}

bool is_lower_bound(const ExpectationInfo& e) {
  return e.bound.relation == measure::Relation::at_least || e.bound.relation == measure::Relation::above;
}

/// The place that a bound holds for: the busiest, of a lower bound the least busy of those that had anything to do. By the means
/// over the replications; the first one of equals.
std::optional<Judgement> judge_places(const Evidence& evidence, const ExpectationInfo& e, std::size_t c) {
  const ComponentResult& component = evidence.document.components[c];
  const PlaceResult* chosen = nullptr;
  bool chosen_counts = false;  ///< else nothing better has been met
  Estimate estimate;
  for (const PlaceResult& place : component.places) {
    if (e.measure == Measure::kUtilisation && !place.utilisation) continue;
    const bool idle = is_lower_bound(e) && place.visits == 0;
    const Estimate one =
        e.measure == Measure::kUtilisation
            ? *place.utilisation
            : wait_estimate(evidence, e, ReplicaSet(evidence.document.scenario, c, place.place));
    const bool counts = one.samples > 0 && !idle;
    const bool farther =
        counts &&
        (!chosen_counts || (is_lower_bound(e) ? one.value < estimate.value : one.value > estimate.value));
    if (chosen != nullptr && !farther) continue;
    chosen = &place;
    chosen_counts = counts;
    estimate = one;
  }
  if (chosen == nullptr) return std::nullopt;
  const bool several = component.places.size() > 1;
  Judgement j = judge_estimate(component.info.name + (several ? " at " + chosen->name : ""), estimate, e);
  j.place = chosen->place;
  const ReplicaSet replicas(evidence.document.scenario, c, chosen->place);
  for (const measure::RunRecord& run : evidence.runs) {
    const auto value = value_in(run, replicas, evidence.document.scenario, e);
    if (value) j.replications.push_back({run.replication, *value, *value, *value});
  }
  return j;
}

}  // namespace

std::vector<Judgement> judge_components(const Evidence& evidence, const ExpectationInfo& e) {
  std::vector<Judgement> judgements;
  for (std::size_t c = 0; c < evidence.document.components.size(); ++c) {
    if (e.component && *e.component != c) continue;
    if (auto judgement = judge_places(evidence, e, c)) judgements.push_back(std::move(*judgement));
  }
  return judgements;
}

}  // namespace twinvoice::report
