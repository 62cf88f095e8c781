#include "sim/cli/plan_facts.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "sim/cli/plan_input.hpp"
#include "sim/compile/architecture.hpp"

namespace twinvoice::cli {
namespace {

using Key = std::tuple<LoadKind, std::string, std::uint32_t>;

template <class Traffic>
void add(LoadFact& fact, const Traffic& t, double amount) {
  ++fact.replicas;
  fact.amount += amount;
  fact.utilisation = std::max(fact.utilisation, t.utilisation);
  fact.peak_utilisation = std::max(fact.peak_utilisation, t.peak_utilisation);
  fact.hedged_utilisation = std::max(fact.hedged_utilisation, t.hedged_utilisation);
}

template <class Resource>
LoadFact& fact_of(std::map<Key, LoadFact>& facts, const plan::Plan& plan, LoadKind kind, const Resource& r) {
  const plan::LocationId at = plan.instances[r.instance.index()].location;
  LoadFact& fact = facts[{kind, compile::without_ordinal(r.name), at.value}];
  fact.kind = kind;
  fact.name = compile::without_ordinal(r.name);
  fact.place = plan.locations[at.index()].name;
  return fact;
}

std::vector<LoadFact> loads(const plan::Plan& plan, const compile::PlanAnalysis& analysis) {
  std::map<Key, LoadFact> facts;
  for (const compile::LimitTraffic& t : analysis.limits) {
    const plan::Gate& gate = plan.gates[t.gate.index()];
    LoadFact& fact = fact_of(facts, plan, LoadKind::kLimit, gate);
    add(fact, t, t.per_s);
    fact.sheds_per_s += std::max(0.0, t.peak_per_s - gate.rate_per_s);
  }
  for (const compile::StationTraffic& t : analysis.stations)
    add(fact_of(facts, plan, LoadKind::kStation, plan.stations[t.station.index()]), t, t.visits_per_s);
  for (const compile::PoolTraffic& t : analysis.pools)
    add(fact_of(facts, plan, LoadKind::kPool, plan.pools[t.pool.index()]), t, t.tokens);
  std::vector<LoadFact> list;
  for (auto& [key, fact] : facts) list.push_back(std::move(fact));
  for (const compile::LinkTraffic& t : analysis.links) {
    if (!(t.bytes_per_s > 0.0)) continue;
    const plan::Link& link = plan.links[t.link.index()];
    LoadFact fact;
    fact.kind = LoadKind::kLink;
    fact.name = link.name;
    fact.place = (t.forward ? link.site_a : link.site_b) + " to " + (t.forward ? link.site_b : link.site_a);
    add(fact, t, t.bytes_per_s);
    list.push_back(std::move(fact));
  }
  std::stable_sort(list.begin(), list.end(), [](const LoadFact& a, const LoadFact& b) {
    return std::tuple(a.kind, -a.hedged_utilisation) < std::tuple(b.kind, -b.hedged_utilisation);
  });
  return list;
}

using ByPlace = std::map<std::pair<std::uint32_t, std::uint32_t>, double>;  ///< [component, location]

/// The fullest of each component at each place.
ByPlace fullest(const plan::Plan& plan, const compile::PlanAnalysis& analysis) {
  ByPlace of;
  for (const plan::Instance& i : plan.instances) of[{i.component.value, i.location.value}] = 0.0;
  const auto see = [&](plan::InstanceId id, double utilisation) {
    const plan::Instance& i = plan.instances[id.index()];
    double& most = of[{i.component.value, i.location.value}];
    most = std::max(most, utilisation);
  };
  for (const compile::StationTraffic& t : analysis.stations)
    see(plan.stations[t.station.index()].instance, t.hedged_utilisation);
  for (const compile::PoolTraffic& t : analysis.pools)
    see(plan.pools[t.pool.index()].instance, t.hedged_utilisation);
  for (const compile::LimitTraffic& t : analysis.limits)
    see(plan.gates[t.gate.index()].instance, t.hedged_utilisation);
  return of;
}

void add_place_loads(PlanFacts& facts, const plan::Plan& plan) {
  if (!facts.loaded()) return;
  std::map<std::pair<std::uint32_t, std::uint32_t>, PlaceLoadFact> rows;
  for (const auto& [key, calm] : fullest(plan, facts.analysis))
    rows[key] = {plan.components[key.first].name, plan.locations[key.second].name, calm, {}};
  for (const compile::PlaceExtent& lost : compile::place_extents(plan)) {
    if (std::find(lost.locations.begin(), lost.locations.end(), false) == lost.locations.end()) continue;
    const plan::Plan rest = without_locations(plan, lost.locations);
    if (rest.sources.empty()) {
      facts.client_places.push_back(lost.name);
      continue;
    }
    facts.lost_places.push_back(lost.name);
    for (const auto& [key, load] : fullest(rest, compile::analyse(rest)))
      rows[key].without.push_back(lost.locations[key.second] ? std::nullopt : std::optional(load));
  }
  for (auto& [key, row] : rows) {
    if (row.worst() > 0.0) facts.place_loads.push_back(std::move(row));
  }
  std::stable_sort(facts.place_loads.begin(), facts.place_loads.end(),
                   [](const PlaceLoadFact& a, const PlaceLoadFact& b) { return a.worst() > b.worst(); });
}

void add_structure(PlanFacts& facts, const plan::Plan& plan) {
  facts.problems = graph::reachability_problems(compile::architecture(plan));
  const compile::Structure structure(plan);
  facts.losses = structure.single_losses();
  std::set<std::uint32_t> called;
  for (const plan::CallSite& site : plan.calls) called.insert(site.target.value);
  for (const std::uint32_t c : called) {
    const plan::ComponentId id(c);
    if (plan.components[c].replicas < 2) continue;
    facts.notices.push_back({id, structure.noticed_by(id), structure.noticed_by_all(id)});
  }
}

void add_advice(PlanFacts& facts, const plan::Plan& plan, const spec::Topology& topology) {
  const auto place_in = [](const auto& map, const std::string& name) {
    const auto* entry = map.find(name);
    return entry != nullptr ? entry->place : Place{};
  };
  for (compile::Advice& advice : compile::lints(plan)) {
    AdviceFact fact;
    switch (advice.subject) {
      case compile::Subject::kComponent: fact.place = place_in(topology.components, advice.name); break;
      case compile::Subject::kOperation: fact.place = place_in(topology.operations, advice.name); break;
      case compile::Subject::kProcedure: fact.place = place_in(topology.procedures, advice.name); break;
    }
    fact.advice = std::move(advice);
    facts.advice.push_back(std::move(fact));
  }
}

}  // namespace

double PlaceLoadFact::worst() const {
  double most = calm;
  for (const std::optional<double>& load : without) most = std::max(most, load.value_or(0.0));
  return most;
}

bool PlanFacts::loaded() const {
  return std::any_of(analysis.operations.begin(), analysis.operations.end(),
                     [](const compile::OperationTraffic& t) { return t.peak_per_s > 0.0; });
}

PlanFacts plan_facts(const plan::Plan& plan, const spec::Topology& topology, bool whole) {
  PlanFacts facts;
  facts.analysis = compile::analyse(plan);
  if (facts.loaded()) facts.loads = loads(plan, facts.analysis);
  if (!whole) return facts;
  add_place_loads(facts, plan);
  add_structure(facts, plan);
  add_advice(facts, plan, topology);
  return facts;
}

}  // namespace twinvoice::cli
