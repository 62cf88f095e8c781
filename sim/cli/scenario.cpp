#include "sim/cli/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/base/sha256.hpp"
#include "sim/base/version.hpp"

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

void add_names(report::Scenario& s, const plan::Plan& plan) {
  for (const plan::Operation& operation : plan.operations) {
    report::OperationInfo info;
    info.name = operation.name;
    info.p99_ns = operation.objective.p99_ns;
    info.availability_stated = operation.objective.stated && operation.objective.availability > 0.0;
    if (info.availability_stated) info.availability = operation.objective.availability;
    s.operations.push_back(info);
  }
  for (const plan::Component& component : plan.components) {
    s.components.push_back({component.name, component.model, component.replicas});
  }
  const auto component_of = [&](plan::InstanceId id) { return plan.instances[id.index()].component.index(); };
  for (const plan::Station& station : plan.stations) {
    s.stations.push_back({station.name, component_of(station.instance), limited(station.servers)});
  }
  for (const plan::Pool& pool : plan.pools) {
    const std::size_t component = component_of(pool.instance);
    s.pools.push_back(
        {pool_group(pool.name, plan.components[component].name), component, limited(pool.size)});
  }
  for (std::size_t i = 0; i < plan::cause_count(plan); ++i)
    s.causes.push_back(plan::cause_name(plan, plan::cause_at(plan, i)));
  for (const plan::Fault& fault : plan.faults) {
    s.faults.push_back({fault.name, fault.kind, fault.at_ns, fault.until_ns, fault.disrupts});
  }
  for (const plan::Crew& crew : plan.crews) s.crews.push_back(crew.name);
  s.lives = !plan.lives.empty();
}

report::Measure measure_of(spec::Measure measure) {
  switch (measure) {
    case spec::Measure::kRto: return report::Measure::kRto;
    case spec::Measure::kRpo: return report::Measure::kRpo;
    case spec::Measure::kRpoInvoices: return report::Measure::kRpoInvoices;
    case spec::Measure::kAvailability: return report::Measure::kAvailability;
    case spec::Measure::kP50: return report::Measure::kP50;
    case spec::Measure::kP95: return report::Measure::kP95;
    case spec::Measure::kP99: return report::Measure::kP99;
    case spec::Measure::kP999: return report::Measure::kP999;
    case spec::Measure::kMean: return report::Measure::kMean;
    case spec::Measure::kSuccessRate: return report::Measure::kSuccessRate;
    case spec::Measure::kUtilisation: return report::Measure::kUtilisation;
  }
  throw EngineError("a measure that the report does not know");
}

measure::Relation relation_of(spec::Comparison comparison) {
  switch (comparison) {
    case spec::Comparison::kBelow: return measure::Relation::below;
    case spec::Comparison::kAtMost: return measure::Relation::at_most;
    case spec::Comparison::kAbove: return measure::Relation::above;
    case spec::Comparison::kAtLeast: return measure::Relation::at_least;
  }
  throw EngineError("a comparison that the report does not know");
}

report::AvailabilityOf of(const std::optional<spec::AvailabilityOf>& of) {
  switch (of.value_or(spec::AvailabilityOf::kRequest)) {
    case spec::AvailabilityOf::kRequest: return report::AvailabilityOf::kRequest;
    case spec::AvailabilityOf::kTime: return report::AvailabilityOf::kTime;
    case spec::AvailabilityOf::kVolume: return report::AvailabilityOf::kVolume;
  }
  return report::AvailabilityOf::kRequest;
}

template <class List>
std::optional<std::size_t> index_of(const List& list, const std::string& name) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> fault_index(const spec::Experiment& experiment, const std::string& id) {
  for (std::size_t i = 0; i < experiment.faults.size(); ++i) {
    if (experiment.faults[i].id == id) return i;
  }
  return std::nullopt;
}

bool has_limited_station(const report::Scenario& s, std::size_t component) {
  return std::any_of(s.stations.begin(), s.stations.end(),
                     [&](const report::StationInfo& i) { return i.component == component && i.servers > 0; });
}

/// What it can never be judged on, or "".
std::string matches_nothing(const report::ExpectationInfo& e, const report::Scenario& s) {
  const bool recovery = e.measure == report::Measure::kRto || e.measure == report::Measure::kRpo ||
                        e.measure == report::Measure::kRpoInvoices;
  if (recovery && e.fault && !s.faults[*e.fault].disrupts) {
    return fmt::format("the fault \"{}\" only changes the load: there is no recovery from it",
                       s.faults[*e.fault].name);
  }
  if (recovery && !e.fault &&
      std::none_of(s.faults.begin(), s.faults.end(), [](const report::FaultInfo& f) { return f.disrupts; })) {
    return "there is nothing to recover from: no fault disrupts";
  }
  if (e.measure == report::Measure::kUtilisation && e.component && !has_limited_station(s, *e.component)) {
    return fmt::format(
        "the component \"{}\" has no limited number of servers: its utilisation is not defined",
        s.components[*e.component].name);
  }
  return {};
}

void add_expectations(report::Scenario& s, const spec::Experiment& experiment, const Clipped& clipped) {
  Issues issues;
  for (const spec::ExpectationSpec& spec : experiment.expect) {
    report::ExpectationInfo info;
    info.text = spec.text;
    info.measure = measure_of(spec.measure);
    info.bound = {relation_of(spec.comparison), spec.bound, 0.0};
    info.of = of(spec.of);
    if (spec.of && *spec.of != spec::AvailabilityOf::kRequest) {
      info.text += *spec.of == spec::AvailabilityOf::kTime ? " by time" : " by volume";
    }
    if (spec.operation) {
      info.operation = index_of(s.operations, spec.operation->id);
      info.text += fmt::format(" of {}", spec.operation->id);
    }
    if (spec.component) {
      info.component = index_of(s.components, spec.component->id);
      info.text += fmt::format(" of {}", spec.component->id);
    }
    if (spec.fault) {
      info.fault = fault_index(experiment, spec.fault->id);
      info.text += fmt::format(" after {}", spec.fault->id);
    }
    if (spec.fault && !info.fault) {
      info.cannot_judge = fmt::format("the fault \"{}\" lies beyond the shortened horizon", spec.fault->id);
    } else {
      const std::string nothing = matches_nothing(info, s);
      if (!nothing.empty() && clipped.dropped_faults.empty()) issues.error(spec.place, nothing);
      info.cannot_judge = nothing.empty() ? "" : "the horizon was shortened: " + nothing;
    }
    s.expectations.push_back(std::move(info));
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
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

}  // namespace

report::Scenario scenario_of(const spec::Experiment& experiment, const plan::Plan& plan) {
  return scenario_of(experiment, plan, {});
}

report::Scenario scenario_of(const spec::Experiment& experiment, const plan::Plan& plan,
                             const Clipped& clipped) {
  report::Scenario s;
  s.name = plan.name;
  s.topology = experiment.topology.name;
  s.horizon_ns = plan.horizon_ns;
  s.warm_up_ns = plan.warm_up_ns;
  s.window_ns = plan.window_ns;
  s.seed = plan.seed;
  s.replications = plan.replications;
  add_names(s, plan);
  for (const auto& share : experiment.topology.shares) s.shares.push_back(share.id);
  s.cost = monthly_cost(experiment.topology);
  add_expectations(s, experiment, clipped);
  s.warnings = clipped.warnings;
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
