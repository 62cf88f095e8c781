#include "sim/compile/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "sim/compile/draft.hpp"
#include "sim/compile/programs.hpp"
#include "sim/compile/traffic.hpp"

namespace twinvoice::compile {
namespace {

/// Bulk flows of replication may use every link between two homes of a log: the leader may move to any of
/// them.
void mark_shared_links(plan::Plan& plan) {
  for (const plan::Log& log : plan.logs) {
    std::vector<plan::LocationId> homes = log.followers;
    if (homes.empty()) continue;
    homes.push_back(log.leader_location);
    for (const plan::LocationId from : homes) {
      for (const plan::LocationId to : homes) {
        for (const plan::LinkId link : plan.route(from, to).links) plan.links[link.index()].shared = true;
      }
    }
  }
}

/// `needs: "load"`: as many replicas as keep the busiest station of the component below its capacity at peak
/// rates.
void count_needed_replicas(Draft& draft) {
  plan::Plan& plan = draft.plan;
  std::optional<PlanAnalysis> analysis;
  for (std::size_t i = 0; i < plan.components.size(); ++i) {
    const spec::ComponentSpec& spec = draft.topology.components[i].value;
    if (!spec.needs || !spec.needs->by_load) continue;
    if (!analysis) analysis = analyse(plan);
    const ComponentDemand demand = component_demand(plan, *analysis, plan::ComponentId(i));
    plan::Component& c = plan.components[i];
    const double replicas = demand.capacity_per_s > 0.0 ? demand.work_per_s / demand.capacity_per_s : 0.0;
    if (replicas >= static_cast<double>(c.replicas)) {
      draft.issues.warning(
          spec.needs->place,
          fmt::format("the load needs more than the {} replicas of \"{}\"", c.replicas, c.name));
      c.needs_at_least = c.replicas;
    } else {
      c.needs_at_least = static_cast<std::uint32_t>(replicas) + 1;
    }
  }
}

/// Hands over what stands in `issues`, or throws when there are errors.
void settle(Issues& issues, Issues* warnings) {
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(issues);
  if (warnings != nullptr) warnings->append(issues);
}

}  // namespace

plan::Plan compile(const spec::Topology& topology, const spec::Experiment& experiment,
                   const ModelCatalog& catalog, Issues* warnings) {
  Draft draft(topology, catalog);
  draft.turns_away =
      std::any_of(experiment.faults.begin(), experiment.faults.end(), [&](const spec::FaultSpec& f) {
        const FaultModel* model = catalog.fault(f.model.name);
        return model != nullptr && model->at_clients;
      });
  static_cast<void>(draft.label(""));
  lower_space(draft);
  if (draft.issues.has_errors()) settle(draft.issues, warnings);
  Programs programs(draft);
  programs.lower_operations();
  programs.number_call_states();
  mark_shared_links(draft.plan);
  lower_load(draft, experiment);
  lower_patience(draft);
  lower_faults(draft, experiment);
  lower_initial(draft, experiment);
  lower_procedures(draft);
  lower_memory(draft, experiment);
  if (draft.plan.name.empty()) draft.plan.name = topology.name;
  if (!draft.issues.has_errors()) count_needed_replicas(draft);
  settle(draft.issues, warnings);
  return std::move(draft.plan);
}

plan::Plan compile(const spec::Experiment& experiment, const ModelCatalog& catalog, Issues* warnings) {
  return compile(experiment.topology, experiment, catalog, warnings);
}

}  // namespace twinvoice::compile
