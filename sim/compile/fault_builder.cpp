#include "sim/compile/fault_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"

namespace twinvoice::spec {

const std::vector<std::pair<std::string_view, compile::HitMode>>& Words<compile::HitMode>::table() {
  static const std::vector<std::pair<std::string_view, compile::HitMode>> words{
      {"one", compile::HitMode::kOne},
      {"all", compile::HitMode::kAll},
      {"fixed", compile::HitMode::kFixed},
      {"percent", compile::HitMode::kPercent}};
  return words;
}

const std::vector<std::pair<std::string_view, compile::Data>>& Words<compile::Data>::table() {
  static const std::vector<std::pair<std::string_view, compile::Data>> words{
      {"kept", compile::Data::kKept}, {"destroyed", compile::Data::kDestroyed}};
  return words;
}

}  // namespace twinvoice::spec

namespace twinvoice::compile {

void HitSpec::describe(spec::Fields& f) {
  f.optional("mode", mode, "how many replicas are hit, lowest ordinals first",
             spec::Origin{"Chaos Mesh mode"});
  f.optional("count", count, "how many, with mode \"fixed\"", spec::kCount);
  f.optional("percent", percent, "which share, with mode \"percent\"; rounded up to whole replicas");
  f.rule("count", count.has_value() == (mode == HitMode::kFixed),
         "\"count\" goes with mode \"fixed\", and only with it");
  f.rule("percent", percent.has_value() == (mode == HitMode::kPercent),
         "\"percent\" goes with mode \"percent\", and only with it");
}

FaultBuilder::FaultBuilder(Draft& draft, const spec::FaultSpec& spec, plan::FaultId id, std::uint32_t variant)
    : draft_(draft), spec_(spec), id_(id), variant_(variant), ramp_ns_(spec.ramp ? spec.ramp->ns : 0) {}

const plan::Plan& FaultBuilder::plan() const { return draft_.plan; }
plan::Fault& FaultBuilder::fault() { return draft_.plan.faults[id_.index()]; }
void FaultBuilder::error(const Place& place, const std::string& message) {
  draft_.issues.error(place, message);
}
void FaultBuilder::warning(const Place& place, const std::string& message) {
  draft_.issues.warning(place, message);
}

// ---- targets
// --------------------------------------------------------------------------------------------------------

std::vector<plan::InstanceId> FaultBuilder::instances(const spec::InstancesRef& ref, const HitSpec& hit) {
  const spec::InstancesParts parts = spec::split_instances(ref.id);
  const plan::ComponentId id = draft_.find_component(parts.component);
  std::vector<plan::InstanceId> found;
  if (id.valid()) {
    const plan::Component& c = draft_.component(id);
    const std::vector<plan::LocationId> at = draft_.find_locations(parts.location);
    for (std::uint32_t i = 0; i < c.replicas; ++i) {
      const plan::InstanceId instance(c.first_instance + i);
      const plan::LocationId where = plan().instances[instance.index()].location;
      if (parts.location.empty() || std::find(at.begin(), at.end(), where) != at.end())
        found.push_back(instance);
    }
  }
  if (found.empty()) {
    error(ref.place, fmt::format("no replica answers to \"{}\"", ref.id));
    return found;
  }
  std::size_t wanted = found.size();
  if (hit.mode == HitMode::kOne) wanted = 1;
  if (hit.mode == HitMode::kFixed && hit.count) wanted = static_cast<std::size_t>(*hit.count);
  if (hit.mode == HitMode::kPercent && hit.percent) {
    const double share = hit.percent->value * static_cast<double>(found.size());
    wanted = static_cast<std::size_t>(share);
    if (static_cast<double>(wanted) < share - 1e-9) ++wanted;
  }
  if (wanted > found.size())
    error(ref.place, fmt::format("{} replicas cannot be hit of {}", wanted, found.size()));
  found.resize(std::min(wanted, found.size()));
  return found;
}

std::vector<plan::InstanceId> FaultBuilder::instances_at(plan::LocationId location) const {
  std::vector<plan::InstanceId> found;
  for (std::size_t i = 0; i < plan().instances.size(); ++i) {
    if (plan().instances[i].location == location) found.emplace_back(i);
  }
  return found;
}

std::vector<plan::StationId> FaultBuilder::stations_of(plan::InstanceId instance) const {
  // A resource stands in the column once for each replica, in their order: whole rows are passed over, since a fault may ask
  // for each of many replicas.
  const plan::Instance& wanted = plan().instances[instance.index()];
  std::vector<plan::StationId> found;
  for (std::size_t i = 0; i < plan().stations.size();) {
    const plan::ComponentId id = plan().instances[plan().stations[i].instance.index()].component;
    if (id == wanted.component) found.emplace_back(i + wanted.ordinal);
    i += draft_.component(id).replicas;
  }
  return found;
}

std::vector<plan::PoolId> FaultBuilder::admission_pools(const spec::ComponentRef& ref) {
  const plan::ComponentId id = draft_.find_component(ref.id);
  std::vector<plan::PoolId> found;
  if (!id.valid() || !draft_.facts[id.index()].admission.valid()) {
    error(ref.place, fmt::format("\"{}\" has no pool (or no operation reaches it)", ref.id));
    return found;
  }
  for (std::uint32_t i = 0; i < draft_.component(id).replicas; ++i) {
    found.emplace_back(draft_.facts[id.index()].admission.index() + i);
  }
  return found;
}

std::optional<plan::LinkId> FaultBuilder::link(const spec::LinkRef& ref) {
  const plan::LinkId id = draft_.find_link(ref.id);
  if (id.valid()) return id;
  error(ref.place, fmt::format("there is no link \"{}\"", ref.id));
  return std::nullopt;
}

std::vector<plan::SourceId> FaultBuilder::sources(const spec::OperationRef& ref) {
  std::vector<plan::SourceId> found;
  for (std::size_t i = 0; i < plan().sources.size(); ++i) {
    if (plan().operations[plan().sources[i].operation.index()].name == ref.id) found.emplace_back(i);
  }
  if (found.empty()) error(ref.place, fmt::format("operation \"{}\" has no load in this experiment", ref.id));
  return found;
}

std::optional<plan::GateId> FaultBuilder::client_gate(const spec::OperationRef& ref) {
  const plan::OperationId operation = draft_.find_operation(ref.id);
  if (!operation.valid()) {
    error(ref.place, fmt::format("there is no operation \"{}\"", ref.id));
    return std::nullopt;
  }
  return draft_.client_gates[operation.index()];
}

std::vector<plan::LocationId> FaultBuilder::locations(const spec::LocationRef& ref) {
  std::vector<plan::LocationId> found = draft_.find_locations(ref.id);
  if (found.empty()) error(ref.place, fmt::format("there is no site or zone \"{}\"", ref.id));
  return found;
}

std::vector<plan::LocationId> FaultBuilder::region(const spec::RegionRef& ref) {
  std::vector<plan::LocationId> found;
  for (std::size_t i = 0; i < plan().locations.size(); ++i) {
    if (plan().locations[i].region == ref.id) found.emplace_back(i);
  }
  if (found.empty()) error(ref.place, fmt::format("no site lies in region \"{}\"", ref.id));
  return found;
}

std::vector<plan::LocationId> FaultBuilder::locations(const spec::EachOr<spec::RefKind::kLocation>& target) {
  if (!target.each) return locations(target.ref);
  return whichever(target.ref.place, [](const plan::Location& l) -> const std::string& { return l.name; });
}

std::vector<plan::LocationId> FaultBuilder::region(const spec::EachOr<spec::RefKind::kRegion>& target) {
  if (!target.each) return region(target.ref);
  return whichever(target.ref.place, [](const plan::Location& l) -> const std::string& { return l.region; });
}

std::vector<plan::LocationId> FaultBuilder::whichever(const Place& place,
                                                      const std::string& (*name_of)(const plan::Location&)) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan().locations.size(); ++i) {
    const std::string& name = name_of(plan().locations[i]);
    const bool met = std::find(names.begin(), names.end(), name) != names.end();
    if (!met && !instances_at(plan::LocationId(i)).empty()) names.push_back(name);
  }
  variants_ = static_cast<std::uint32_t>(names.size());
  std::vector<plan::LocationId> hit;
  if (names.empty()) {
    error(place, "\"each\" stands for nothing: no replica stands anywhere");
    return hit;
  }
  const std::string& chosen = names.at(variant_);
  fault().name = fmt::format("{}@{}", spec_.id, chosen);
  fault().variant = variant_;
  for (std::size_t i = 0; i < plan().locations.size(); ++i) {
    if (name_of(plan().locations[i]) == chosen) hit.emplace_back(i);
  }
  return hit;
}

// ---- turns
// ----------------------------------------------------------------------------------------------------------

plan::Turn FaultBuilder::turn(Nanos at_ns, plan::Knob knob, std::uint32_t target, double value) const {
  plan::Turn t;
  t.at_ns = at_ns;
  t.knob = knob;
  t.target = target;
  t.effect = id_.value;
  t.value = value;
  return t;
}

void FaultBuilder::push(const plan::Turn& turn) {
  draft_.bound(draft_.plan.turns.size() + 1, kMostTurns, spec_.place, "timed changes by the faults so far");
  draft_.plan.turns.push_back(turn);
}

void FaultBuilder::end(plan::Knob knob, std::uint32_t target) {
  const Nanos until_ns = fault().until_ns;
  if (until_ns == kNever) return;
  plan::Turn t = turn(until_ns, knob, target, 0.0);
  t.rung = plan::Rung::kRepair;
  t.op = plan::TurnOp::kEnd;
  push(t);
}

void FaultBuilder::hold(plan::Knob knob, std::uint32_t target, double value) {
  push(turn(fault().at_ns, knob, target, value));
  end(knob, target);
}

void FaultBuilder::ramp(plan::Knob knob, std::uint32_t target, double base, double value) {
  if (ramp_ns_ == 0) {
    hold(knob, target, value);
    return;
  }
  for (int k = 1; k <= kRampSteps; ++k) {
    const Nanos at_ns = fault().at_ns + ramp_ns_ / kRampSteps * (k - 1);
    if (k > 1) {
      plan::Turn previous = turn(at_ns, knob, target, 0.0);
      previous.op = plan::TurnOp::kEnd;
      push(previous);
    }
    push(turn(at_ns, knob, target, base + (value - base) * static_cast<double>(k) / kRampSteps));
  }
  end(knob, target);
}

void FaultBuilder::impulse(plan::Impulse impulse, std::uint32_t target, double value) {
  plan::Turn t = turn(fault().at_ns, plan::Knob::kStationSpeed, target, value);
  t.op = plan::TurnOp::kImpulse;
  t.impulse = impulse;
  push(t);
}

void FaultBuilder::kill(plan::InstanceId instance) {
  hold(plan::Knob::kInstanceDown, instance.value);
  impulse(plan::Impulse::kReset, instance.value);
}

void FaultBuilder::destroy(Data data, const std::vector<plan::InstanceId>& killed) {
  if (data == Data::kKept) return;
  bool any = false;
  for (std::size_t l = 0; l < plan().logs.size(); ++l) {
    const plan::Log& log = plan().logs[l];
    for (const plan::LocationId member : log.members()) {
      bool spared = false;
      bool hit = false;
      const plan::Component& c = draft_.component(log.component);
      for (std::uint32_t i = c.first_instance; i < c.first_instance + c.replicas; ++i) {
        if (plan().instances[i].location != member) continue;
        const bool dies = std::find(killed.begin(), killed.end(), plan::InstanceId(i)) != killed.end();
        (dies ? hit : spared) = true;
      }
      if (!hit || spared) continue;
      any = true;
      plan::Turn t = turn(fault().at_ns, plan::Knob::kStationSpeed, static_cast<std::uint32_t>(l), 0.0);
      t.op = plan::TurnOp::kImpulse;
      t.impulse = plan::Impulse::kDestroy;
      t.location = member;
      push(t);
    }
  }
  if (!any) error(spec_.place, "no database loses all its replicas at a place: no data can be destroyed");
}

// ---- the fault itself
// -----------------------------------------------------------------------------------------------

void FaultBuilder::end_after(Duration after) { fault().until_ns = fault().at_ns + after.ns; }
void FaultBuilder::ramp_over(Duration over) { ramp_ns_ = over.ns; }

void FaultBuilder::refuse_ramp() {
  if (spec_.ramp) error(spec_.place, fmt::format("\"{}\" happens at once: it has no \"ramp\"", fault().kind));
}

// ---- all faults
// -----------------------------------------------------------------------------------------------------

namespace {

void warn_of_horizon(Draft& draft, const spec::FaultSpec& spec, Duration horizon) {
  const spec::LawRange begin = spec::range_of(spec.at);
  if (begin.low >= horizon || begin.high <= horizon) return;
  const std::string until = begin.high.ns == kNever ? "any time" : spec::format_quantity(begin.high);
  draft.issues.warning(
      spec.place,
      fmt::format("the fault \"{}\" begins between {} and {}: where that is drawn beyond the horizon, "
                  "the replication is without it",
                  spec.id, spec::format_quantity(begin.low), until));
}

/// Writes the fault, or that of its targets whose turn it is; returns how many targets it has (see FaultBuilder::variants).
std::uint32_t lower_fault(Draft& draft, const spec::FaultSpec& spec, std::uint32_t declared,
                          std::uint32_t variant) {
  const plan::FaultId id(draft.plan.faults.size());
  plan::Fault fault;
  fault.name = spec.id;
  fault.kind = spec.model.name;
  const spec::LawRange begin = spec::range_of(spec.at);
  fault.at_ns = begin.low.ns;
  if (!begin.one_value()) fault.begins = draft.law(spec.at);
  if (spec.duration) fault.until_ns = fault.at_ns + spec.duration->ns;
  fault.declared = declared;
  draft.plan.faults.push_back(fault);
  if (spec.ramp && spec.duration && spec.ramp->ns > spec.duration->ns) {
    draft.issues.error(spec.place, "the ramp is longer than the fault");
  }
  const FaultModel* model = draft.catalog.fault(spec.model.name);
  if (model == nullptr || spec.model.params == nullptr) {
    draft.issues.error(spec.place, fmt::format("there is no fault \"{}\"", spec.model.name));
    return 0;
  }
  FaultBuilder b(draft, spec, id, variant);
  model->lower(*spec.model.params, b);
  return b.variants();
}

}  // namespace

void lower_faults(Draft& draft, const spec::Experiment& experiment) {
  draft.bound(experiment.faults.size(), kMostFaults, experiment.place, "faults");
  const spec::FaultSpec* each = nullptr;
  for (std::uint32_t i = 0; i < experiment.faults.size(); ++i) {
    const spec::FaultSpec& spec = experiment.faults[i];
    warn_of_horizon(draft, spec, experiment.horizon);
    const std::uint32_t targets = lower_fault(draft, spec, i, 0);
    if (targets == 0) continue;
    if (each != nullptr) {
      draft.issues.error(spec.place, fmt::format("one fault of an experiment may have the target \"each\", "
                                                 "and \"{}\" has it",
                                                 each->id));
      continue;
    }
    each = &spec;
    draft.plan.variants = targets;
    for (std::uint32_t variant = 1; variant < targets; ++variant) {
      draft.bound(draft.plan.faults.size() + 1, kMostFaults, spec.place, "faults, one a target");
      static_cast<void>(lower_fault(draft, spec, i, variant));
    }
  }
  std::stable_sort(draft.plan.turns.begin(), draft.plan.turns.end(),
                   [](const plan::Turn& a, const plan::Turn& b) {
                     return std::tuple(a.at_ns, a.rung, a.effect) < std::tuple(b.at_ns, b.rung, b.effect);
                   });
}

}  // namespace twinvoice::compile
