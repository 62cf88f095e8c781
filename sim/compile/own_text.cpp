#include "sim/compile/own_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/compile/compile.hpp"

namespace twinvoice::compile {
namespace {

Place below(Place place, std::string_view field) {
  place.pointer += "/";
  place.pointer += field;
  return place;
}

/// Whether the turn leaves its knob as it is.
bool is_neutral(const plan::Plan& plan, const plan::Turn& turn) {
  if (turn.op == plan::TurnOp::kEnd) return true;
  if (turn.op == plan::TurnOp::kImpulse) return false;
  switch (turn.knob) {
    case plan::Knob::kStationSpeed:
    case plan::Knob::kStationServers:
    case plan::Knob::kSourceRate: return turn.value == 1.0;
    case plan::Knob::kLinkLatency:
    case plan::Knob::kLinkLoss:
    case plan::Knob::kGateProbability: return turn.value == 0.0;
    case plan::Knob::kPoolCap: return turn.value >= static_cast<double>(plan.pools[turn.target].size);
    default: return false;
  }
}

/// The field of a fault that sets the knob, and what it has to be.
std::pair<std::string_view, std::string_view> field_of(plan::Knob knob) {
  switch (knob) {
    case plan::Knob::kStationSpeed:
    case plan::Knob::kSourceRate: return {"factor", "other than 1"};
    case plan::Knob::kStationServers: return {"fraction", "above 0 %"};
    case plan::Knob::kLinkLoss: return {"probability", "above 0 %"};
    case plan::Knob::kLinkLatency: return {"extra", "above 0 s"};
    case plan::Knob::kGateProbability: return {"share", "above 0 %"};
    case plan::Knob::kPoolCap: return {"to", "below the size of the pool"};
    default: return {"", ""};
  }
}

void look_at_faults(const plan::Plan& plan, const spec::Experiment& experiment, Issues& found,
                    Issues& warnings) {
  std::vector<bool> acts(experiment.faults.size(), false);
  std::vector<std::optional<plan::Knob>> knob(experiment.faults.size());
  for (const plan::Turn& turn : plan.turns) {
    if (turn.effect >= plan.faults.size()) continue;
    const std::size_t declared = plan.faults[turn.effect].declared;
    acts[declared] = acts[declared] || !is_neutral(plan, turn);
    if (turn.op == plan::TurnOp::kBegin) knob[declared] = turn.knob;
  }
  for (std::size_t i = 0; i < acts.size(); ++i) {
    if (acts[i]) continue;
    if (!knob[i]) {
      warnings.warning(experiment.faults[i].place,
                       fmt::format("the fault \"{}\" hits nothing: 0 % of the replicas, or what no request "
                                   "reaches; that it is recovered from says nothing",
                                   experiment.faults[i].id));
      continue;
    }
    const auto [field, need] = field_of(*knob[i]);
    found.error(below(experiment.faults[i].place, field),
                fmt::format("the fault \"{}\" changes nothing: need a \"{}\" {}, or leave the fault out (a "
                            "sweep may set this value as one of its levels)",
                            experiment.faults[i].id, field, need));
  }
}

void look_at_weights(const plan::Plan& plan, const spec::Topology& topology, Issues& found) {
  for (std::size_t i = 0; i < plan.components.size(); ++i) {
    const auto& weights = topology.components[i].value.weights;
    const bool heeded = std::any_of(plan.calls.begin(), plan.calls.end(), [&](const plan::CallSite& call) {
      return call.target == plan::ComponentId(i) && call.balance == plan::Balance::kWeighted;
    });
    if (weights.empty() || heeded) continue;
    found.error(
        weights.front().key.place,
        fmt::format("no call to \"{}\" goes by its weights: need \"balance\": \"weighted\" at one, or "
                    "leave \"weights\" out",
                    plan.components[i].name));
  }
}

/// A warning, as for what nothing uses: it may stand in a topology for the sake of a queue that is not there yet.
void look_at_priorities(const plan::Plan& plan, const spec::Topology& topology, Issues& warnings) {
  const bool heeded =
      std::any_of(plan.stations.begin(), plan.stations.end(), [](const plan::Station& station) {
        return station.discipline == plan::Discipline::kPriority ||
               station.discipline == plan::Discipline::kPriorityPreemptive;
      });
  if (heeded) return;
  for (const auto& operation : topology.operations) {
    if (operation.value.priority == 0) continue;
    warnings.warning(
        below(operation.place, "priority"),
        "no queue goes by priority: need \"queue\": {\"discipline\": \"priority\"} where its requests "
        "wait, or leave \"priority\" out");
  }
}

/// Whether a request that runs `first` may hand a job over.
bool emits(const plan::Plan& plan, plan::ProgramId first) {
  std::set<std::size_t> seen;
  std::vector<plan::ProgramId> open{first};
  while (!open.empty()) {
    const plan::ProgramId id = open.back();
    open.pop_back();
    if (!id.valid() || !seen.insert(id.index()).second) continue;
    const plan::Program& program = plan.programs[id.index()];
    for (std::uint32_t pc = program.first; pc < program.first + program.count; ++pc) {
      const plan::Step& step = plan.steps[pc];
      if (step.kind == plan::StepKind::kEmit) return true;
      if (step.kind == plan::StepKind::kCall) open.push_back(plan.calls[step.target].program);
      if (step.kind != plan::StepKind::kFork) continue;
      for (std::uint32_t i = 0; i < step.arg; ++i) open.push_back(plan.fork_branches[step.target + i]);
    }
  }
  return false;
}

void look_at_objectives(const plan::Plan& plan, const spec::Topology& topology, Issues& found) {
  for (const plan::Operation& operation : plan.operations) {
    if (!operation.objective.on_completion || emits(plan, operation.program)) continue;
    const auto at = std::find_if(topology.operations.begin(), topology.operations.end(),
                                 [&](const auto& entry) { return entry.id == operation.name; });
    if (at == topology.operations.end()) continue;
    found.error(below(at->place, "objective/on"),
                "its requests hand no jobs over, so that acceptance is completion: need \"emits\" where they "
                "go, or leave \"on\" out");
  }
}

/// Whether the text names it: "site", "site/zone" or itself.
bool is_named(const spec::Topology& topology, spec::RefKind crew_or_site, const std::string& id) {
  const auto names = [&](const spec::Reference& reference) {
    if (crew_or_site == spec::RefKind::kCrew)
      return reference.kind == spec::RefKind::kCrew && reference.id == id;
    const bool place = reference.kind == spec::RefKind::kSite || reference.kind == spec::RefKind::kLocation ||
                       reference.kind == spec::RefKind::kZone || reference.kind == spec::RefKind::kMember;
    return place && (reference.id == id || reference.id.starts_with(id + "/"));
  };
  return std::any_of(topology.references.begin(), topology.references.end(), names);
}

void look_for_the_unused(const plan::Plan& plan, const spec::Topology& topology, Issues& warnings) {
  for (std::size_t i = 0; i < plan.components.size(); ++i) {
    const bool called = std::any_of(plan.calls.begin(), plan.calls.end(), [&](const plan::CallSite& call) {
      return call.target == plan::ComponentId(i);
    });
    if (!called)
      warnings.warning(
          topology.components[i].place,
          fmt::format("not used: no request reaches the component \"{}\"", topology.components[i].id));
  }
  for (const auto& crew : topology.crews) {
    if (!is_named(topology, spec::RefKind::kCrew, crew.id))
      warnings.warning(crew.place, fmt::format("not used: no \"life\" names the crew \"{}\"", crew.id));
  }
  for (const auto& site : topology.sites) {
    if (!is_named(topology, spec::RefKind::kSite, site.id))
      warnings.warning(
          site.place,
          fmt::format("not used: nothing stands at the site \"{}\", and no link ends there", site.id));
  }
}

}  // namespace

plan::Plan compile_own_text(const spec::Experiment& experiment, const ModelCatalog& catalog,
                            Issues& warnings) {
  plan::Plan plan = compile(experiment, catalog, &warnings);
  Issues found;
  look_at_faults(plan, experiment, found, warnings);
  look_at_weights(plan, experiment.topology, found);
  look_at_objectives(plan, experiment.topology, found);
  found.sort();
  if (found.has_errors()) throw InvalidInput(std::move(found));
  look_at_priorities(plan, experiment.topology, warnings);
  look_for_the_unused(plan, experiment.topology, warnings);
  return plan;
}

}  // namespace twinvoice::compile
