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

/// Bulk flows leave and arrive through the port of a place: a link beyond it gives them no more than the port.
void look_at_ports(Draft& draft) {
  const plan::Plan& plan = draft.plan;
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    const plan::Link& link = plan.links[i];
    if (!link.shared) continue;
    for (const plan::Location& place : plan.locations) {
      const bool at_end = place.site == link.site_a || place.site == link.site_b;
      if (!at_end || place.lan_bytes_per_s <= 0.0 || link.bytes_per_s <= place.lan_bytes_per_s) continue;
      draft.issues.warning(
          draft.topology.links[i].value.place,
          fmt::format("its bandwidth is beyond the ports at \"{0}\": one place there sends and receives bulk "
                      "flows with "
                      "{1} at most (sites.{0}.lan.bandwidth)",
                      place.site, spec::format_quantity(spec::Bandwidth{place.lan_bytes_per_s * 8.0})));
      break;
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

/// Expectations about how long visits wait need the wait of each: kept at the stations that they ask about, and only there.
void keep_asked_waits(Draft& draft, const spec::Experiment& experiment) {
  plan::Plan& plan = draft.plan;
  for (const spec::ExpectationSpec& e : experiment.expect) {
    const bool asks = e.measure == spec::Measure::kWaitQuantile ||
                      (e.measure == spec::Measure::kWaits && e.longer_than.has_value());
    if (!asks) continue;
    for (plan::Station& station : plan.stations) {
      const plan::ComponentId of = plan.instances[station.instance.index()].component;
      if (e.component && plan.components[of.index()].name != e.component->id) continue;
      station.observe_waits = true;
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
  programs.refuse_unused_pools();
  programs.number_call_states();
  mark_shared_links(draft.plan);
  lower_load(draft, experiment);
  lower_patience(draft);
  lower_faults(draft, experiment);
  lower_initial(draft, experiment);
  lower_procedures(draft);
  keep_asked_waits(draft, experiment);
  look_at_ports(draft);
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
