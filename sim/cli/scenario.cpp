#include "sim/cli/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/sha256.hpp"
#include "sim/base/version.hpp"
#include "sim/cli/expectation_info.hpp"
#include "sim/compile/structure.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/plan/call_groups.hpp"

namespace twinvoice::cli {
namespace {

/// "database#3/pool" -> "pool" for the pool of the database's replicas: what is left without component and ordinal.
std::string pool_group(const std::string& name, const std::string& component) {
  std::string rest = name;
  if (rest.rfind(component, 0) == 0) rest.erase(0, component.size());
  if (!rest.empty() && rest.front() == '#')
    rest.erase(0, std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  while (!rest.empty() && rest.front() == '/') rest.erase(0, 1);
  return rest.empty() ? "pool" : rest;
}

std::uint32_t limited(std::uint32_t n) { return n == plan::kUnlimited ? 0 : n; }

std::vector<report::ComponentPlace> places_of(const plan::Plan& plan, const plan::Component& component) {
  std::vector<report::ComponentPlace> places;
  for (std::uint32_t i = 0; i < component.replicas; ++i) {
    const std::size_t place = plan.instances[component.first_instance + i].location.index();
    const auto known =
        std::find_if(places.begin(), places.end(), [place](const auto& p) { return p.place == place; });
    if (known == places.end()) {
      places.push_back({place, 1});
    } else {
      ++known->replicas;
    }
  }
  return places;
}

void add_names(report::Scenario& s, const plan::Plan& plan) {
  for (const plan::Operation& operation : plan.operations) {
    report::OperationInfo info;
    info.name = operation.name;
    info.p99_ns = operation.objective.p99_ns;
    info.availability_stated = operation.objective.stated && operation.objective.availability > 0.0;
    if (info.availability_stated) info.availability = operation.objective.availability;
    info.on_completion = operation.objective.on_completion;
    info.client_wait_ns = operation.client_wait_ns;
    info.loaded = false;
    s.operations.push_back(info);
  }
  for (const plan::Source& source : plan.sources) {
    report::OperationInfo& info = s.operations[source.operation.index()];
    info.loaded = true;
    if (source.kind == plan::SourceKind::kClosed) info.users += source.users;
  }
  for (const plan::Location& location : plan.locations) s.places.push_back(location.name);
  for (const plan::Component& component : plan.components) {
    s.components.push_back({component.name, component.model, component.replicas, places_of(plan, component)});
  }
  const auto component_of = [&](plan::InstanceId id) { return plan.instances[id.index()].component.index(); };
  const auto place_of = [&](plan::InstanceId id) { return plan.instances[id.index()].location.index(); };
  for (const plan::Station& station : plan.stations) {
    s.stations.push_back(
        {station.name, component_of(station.instance), limited(station.servers), place_of(station.instance)});
  }
  for (const plan::Pool& pool : plan.pools) {
    const std::size_t component = component_of(pool.instance);
    s.pools.push_back({pool_group(pool.name, plan.components[component].name), component, limited(pool.size),
                       place_of(pool.instance)});
  }
  const plan::CallGroups calls = plan::call_groups(plan);
  s.call_window_ns = calls.window_ns;
  for (std::size_t i = 0; i < calls.names.size(); ++i) {
    const plan::CallSite& site = plan.calls[calls.first[i].index()];
    s.calls.push_back({calls.names[i], site.caller.valid() ? plan.components[site.caller.index()].name : "",
                       plan.components[site.target.index()].name});
  }
  for (std::size_t i = 0; i < plan::cause_count(plan); ++i)
    s.causes.push_back(plan::cause_name(plan, plan::cause_at(plan, i)));
  for (const plan::Fault& fault : plan.faults) {
    s.faults.push_back({fault.name, fault.kind, fault.at_ns, fault.until_ns, fault.declared, fault.variant});
  }
  for (const plan::Crew& crew : plan.crews) s.crews.push_back(crew.name);
  s.lives = !plan.lives.empty();
}

/// Components with random failures: who takes their dead replicas out of balancing?
void add_detection(report::Scenario& s, const plan::Plan& plan) {
  std::vector<bool> fails(plan.components.size(), false);
  for (const plan::Life& life : plan.lives) {
    plan::each_target(life, [&](const plan::LifeTarget& t) {
      if (!t.is_link) fails[plan.instances[t.target].component.index()] = true;
    });
  }
  const compile::Structure structure(plan);
  for (std::size_t c = 0; c < plan.components.size(); ++c) {
    if (!fails[c]) continue;
    const auto& by = structure.noticed_by(plan::ComponentId(c));
    if (by.empty()) {
      s.undetected.push_back(plan.components[c].name);
    } else {
      s.detected.push_back(fmt::format("{}: {}", plan.components[c].name, fmt::join(by, ", ")));
    }
  }
}

/// Fields of the input that no run uses, with the command that does.
/// Links with bulk flows let what exceeds them wait; on all others every message takes its own time alone.
void add_overfull_links(report::Scenario& s, const plan::Plan& plan) {
  const auto carries_alone = [](const plan::Link& l) { return l.bytes_per_s > 0.0 && !l.shared; };
  if (std::none_of(plan.links.begin(), plan.links.end(), carries_alone)) return;
  for (const compile::LinkTraffic& t : compile::analyse(plan).links) {
    if (t.peak_utilisation <= 1.0 || plan.links[t.link.index()].shared) continue;
    s.overfull_links.push_back(
        fmt::format("{}: {:.0f} %", compile::link_name(plan, t), t.peak_utilisation * 100.0));
  }
}

void add_unused(report::Scenario& s, const spec::Topology& topology) {
  std::string needs;
  for (const auto& component : topology.components) {
    if (component.value.needs) needs += (needs.empty() ? "" : ", ") + component.id;
  }
  if (!needs.empty()) s.unused.push_back("needs of " + needs + " (plan reads it)");
  std::string volumes;
  for (const auto& operation : topology.operations) {
    if (operation.value.volume) volumes += (volumes.empty() ? "" : ", ") + operation.id;
  }
  if (!volumes.empty()) s.unused.push_back("volume of " + volumes + " (plan reads it)");
}

void add_promises(report::Scenario& s, const spec::Topology& topology) {
  const auto info = [](const std::optional<spec::PromiseSpec>& promise) {
    std::optional<report::PromiseInfo> out;
    if (promise) out = report::PromiseInfo{promise->bound.ns, promise->share.value};
    return out;
  };
  for (report::OperationInfo& operation : s.operations) {
    const spec::OperationSpec* spec = topology.operations.find(operation.name);
    if (spec == nullptr || !spec->objective) continue;
    operation.rto = info(spec->objective->rto);
    operation.rpo = info(spec->objective->rpo);
  }
}

std::optional<double> monthly_cost(const spec::Topology& topology) {
  std::optional<double> sum;
  const auto add = [&](const std::optional<double>& each, double times) {
    if (each) sum = sum.value_or(0.0) + *each * times;
  };
  for (const auto& component : topology.components) {
    add(component.value.cost, static_cast<double>(component.value.replica_count()));
  }
  for (const auto& link : topology.links) add(link.value.cost, 1.0);
  for (const auto& site : topology.sites) add(site.value.cost, 1.0);
  return sum;
}

/// Expectations of interruptions that nothing of this topology can begin.
void refuse_acts_of_nobody(const spec::Experiment& experiment, const plan::Plan& plan) {
  const auto any_draws = [&](std::string_view quantity) {
    return std::any_of(plan.procedures.begin(), plan.procedures.end(), [&](const plan::Procedure& p) {
      return std::any_of(p.laws.begin(), p.laws.end(),
                         [&](const plan::ProcedureLaw& law) { return law.quantity == quantity; });
    });
  };
  const auto why_never = [&](spec::Act act) -> std::string_view {
    switch (act) {
      case spec::Act::kFailback:
        return any_draws("failback.takes") ? "" : "no procedure fails back (\"failback\" of a site_failover)";
      case spec::Act::kPromotion:
      case spec::Act::kShift:
      case spec::Act::kPlanned: return any_draws("shift.takes") ? "" : "there is no site_failover";
      case spec::Act::kRelapse:
        return experiment.faults.empty() ? "there is no fault to have a relapse from" : "";
    }
    return "";
  };
  Issues issues;
  for (const spec::ExpectationSpec& e : experiment.expect) {
    if (!e.begun_by || !e.begun_by->act) continue;
    const std::string_view why = why_never(*e.begun_by->act);
    if (why.empty()) continue;
    issues.error(e.begun_by->fault.place,
                 fmt::format("\"{}\" can begin no interruption here: {}", e.begun_by->fault.text, why));
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
}

}  // namespace

report::Scenario scenario_of(const spec::Experiment& experiment, const plan::Plan& plan) {
  return scenario_of(experiment, plan, {});
}

report::Scenario scenario_of(const spec::Experiment& experiment, const plan::Plan& plan,
                             const Clipped& clipped) {
  refuse_acts_of_nobody(experiment, plan);
  report::Scenario s;
  s.name = plan.name;
  s.topology = experiment.topology.name;
  s.horizon_ns = plan.horizon_ns;
  s.warm_up_ns = plan.warm_up_ns;
  s.window_ns = plan.window_ns;
  s.seed = plan.seed;
  s.replications = plan.replications;
  s.calm_from_ns = experiment.warm_up.ns;
  s.follow_ns = plan.follow_ns;
  s.variants = plan.variants;
  s.hold_ns = experiment.hold.ns;
  add_names(s, plan);
  add_promises(s, experiment.topology);
  add_detection(s, plan);
  add_unused(s, experiment.topology);
  add_overfull_links(s, plan);
  for (const auto& share : experiment.topology.shares) {
    std::string members;
    for (const spec::MemberRef& member : share.value.members)
      members += (members.empty() ? "" : ", ") + member.id;
    s.shares.push_back(fmt::format("{}: {} of the failures of {}", share.id,
                                   spec::format_quantity(share.value.beta), members));
  }
  s.cost = monthly_cost(experiment.topology);
  s.expectations = expectation_infos(experiment, s, clipped);
  s.warnings = clipped.warnings;
  if (s.replications < s.variants) {
    s.warnings.push_back(
        fmt::format("{} targets may fail, one in a replication: {} replications do not play all", s.variants,
                    s.replications));
  }
  s.manifest.version = std::string(version());
  s.manifest.commit = std::string(commit());
  s.manifest.epoch_ns = plan.network.epoch_ns;
  s.manifest.inputs.push_back({experiment.file, sha256(experiment.source)});
  s.manifest.inputs.push_back({experiment.topology.file, sha256(experiment.topology.source)});
  for (const spec::TraceFile& trace : experiment.traces)
    s.manifest.inputs.push_back({trace.file, sha256(trace.source)});
  return s;
}

Clipped clip(spec::Experiment& experiment, Nanos horizon_ns) {
  Clipped clipped;
  if (horizon_ns <= experiment.warm_up.ns) {
    Issues issues;
    issues.error({"--horizon", 0, 0, ""},
                 fmt::format("the horizon of {} is not after the warm-up of {}", format_duration(horizon_ns),
                             format_duration(experiment.warm_up.ns)));
    throw InvalidInput(std::move(issues));
  }
  experiment.horizon.ns = horizon_ns;
  const auto beyond = [&](const spec::FaultSpec& fault) {
    const Duration begins = spec::range_of(fault.at).low;
    if (begins.ns < horizon_ns) return false;
    clipped.dropped_faults.push_back(fault.id);
    clipped.warnings.push_back(
        fmt::format("the fault \"{}\" at {} lies beyond the horizon of {} and is left out", fault.id,
                    format_duration(begins.ns), format_duration(horizon_ns)));
    return true;
  };
  std::vector<spec::FaultSpec> kept;
  for (spec::FaultSpec& fault : experiment.faults) {
    if (!beyond(fault)) kept.push_back(std::move(fault));
  }
  experiment.faults = std::move(kept);
  return clipped;
}

}  // namespace twinvoice::cli
