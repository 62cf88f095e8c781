#include "sim/compile/program_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"
#include "sim/compile/programs.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::compile {
namespace {

std::uint32_t places(const std::optional<std::int64_t>& count) {
  return count ? static_cast<std::uint32_t>(*count) : plan::kUnlimited;
}

plan::Discipline lower(spec::Discipline d) {
  switch (d) {
    case spec::Discipline::kFifo: return plan::Discipline::kFifo;
    case spec::Discipline::kLifo: return plan::Discipline::kLifo;
    case spec::Discipline::kPriority: return plan::Discipline::kPriority;
    case spec::Discipline::kPriorityPreemptive: return plan::Discipline::kPriorityPreemptive;
    case spec::Discipline::kProcessorSharing: return plan::Discipline::kProcessorSharing;
  }
  return plan::Discipline::kFifo;
}

plan::OnFull lower(spec::OnFull f) {
  switch (f) {
    case spec::OnFull::kReject: return plan::OnFull::kReject;
    case spec::OnFull::kBlock: return plan::OnFull::kBlock;
    case spec::OnFull::kDropOldest: return plan::OnFull::kDropOldest;
  }
  return plan::OnFull::kReject;
}

/// One resource per replica, at the end of a column; returns the index of the first.
template <class Resource>
std::uint32_t append_each(Draft& draft, std::vector<Resource>& column, plan::ComponentId id,
                          const Resource& proto, const std::string& quantity) {
  const plan::Component& c = draft.component(id);
  draft.bound(column.size() + c.replicas, kMostResources, draft.place_of(id),
              "queues, pools, caches or gates of one kind so far");
  const auto first = static_cast<std::uint32_t>(column.size());
  for (std::uint32_t i = 0; i < c.replicas; ++i) {
    Resource r = proto;
    r.instance = plan::InstanceId(c.first_instance + i);
    if (r.name.empty()) r.name = fmt::format("{}#{}{}{}", c.name, i, quantity.empty() ? "" : "/", quantity);
    column.push_back(std::move(r));
  }
  return first;
}

}  // namespace

ProgramBuilder::ProgramBuilder(Draft& draft, Programs& programs, plan::ComponentId component,
                               plan::OperationId operation, std::string owner, std::string endpoint,
                               Place called_at)
    : draft_(draft),
      programs_(programs),
      component_(component),
      operation_(operation),
      owner_(std::move(owner)),
      endpoint_(std::move(endpoint)),
      called_at_(std::move(called_at)) {}

std::vector<plan::LocationId> ProgramBuilder::replica_locations(std::string_view site_or_zone) const {
  const std::vector<plan::LocationId> wanted = draft_.find_locations(site_or_zone);
  const plan::Component& c = draft_.component(component_);
  std::vector<plan::LocationId> found;
  for (std::uint32_t i = 0; i < c.replicas; ++i) {
    const plan::LocationId at = draft_.plan.instances[c.first_instance + i].location;
    if (std::find(wanted.begin(), wanted.end(), at) == wanted.end()) continue;
    if (std::find(found.begin(), found.end(), at) == found.end()) found.push_back(at);
  }
  return found;
}

plan::LocationId ProgramBuilder::first_location() const {
  const plan::Component& c = draft_.component(component_);
  return c.replicas == 0 ? plan::LocationId{} : draft_.plan.instances[c.first_instance].location;
}

void ProgramBuilder::error(const Place& place, const std::string& message) {
  draft_.issues.error(place, message);
}

void ProgramBuilder::unknown_endpoint(const std::vector<std::string>& known) {
  draft_.issues.error(called_at_, fmt::format("\"{}\" has no endpoint \"{}\"; it has {}", owner_, endpoint_,
                                              fmt::join(known, ", ")));
}

std::uint64_t ProgramBuilder::purpose(const std::string& quantity) const {
  return random::purpose_of(owner_, quantity);
}

std::uint64_t ProgramBuilder::endpoint_purpose(const std::string& quantity) const {
  return purpose(endpoint_.empty() || endpoint_ == "default" ? quantity : quantity + "/" + endpoint_);
}

// ---- resources
// ------------------------------------------------------------------------------------------------------

namespace {

/// What a share of cores leaves of the whole cores above it.
double spare(const spec::Cores& cores) {
  return cores.unlimited ? 0.0 : std::max(0.0, static_cast<double>(cores.count) - cores.share);
}

/// A share of cores: n jobs get a core each while there are as many, and then share what there is.
std::vector<double> speed_by_load(const StationSetup& setup) {
  std::vector<double> speeds = setup.speed_by_load;
  const auto count = static_cast<std::size_t>(setup.cores.count);
  if (setup.cores.unlimited || setup.cores.share >= static_cast<double>(count)) return speeds;
  speeds.resize(std::max(speeds.size(), count), speeds.empty() ? 1.0 : speeds.back());
  for (std::size_t i = count - 1; i < speeds.size(); ++i)
    speeds[i] *= setup.cores.share / static_cast<double>(std::min(i + 1, count));
  return speeds;
}

}  // namespace

plan::StationId ProgramBuilder::station(const std::string& quantity, const StationSetup& setup) {
  const Programs::ResourceKey key{'s', component_.value, quantity};
  if (const std::uint32_t* known = programs_.find_resource(key)) return plan::StationId(*known);
  plan::Station s;
  s.servers = setup.cores.unlimited ? plan::kUnlimited : static_cast<std::uint32_t>(setup.cores.count);
  s.speed_by_load = speed_by_load(setup);
  s.spare = spare(setup.cores);
  s.observe_waits = setup.observe_waits;
  s.observe_occupancy = setup.observe_occupancy;
  if (setup.queue) {
    s.queue_places = places(setup.queue->max);
    s.discipline = lower(setup.queue->discipline);
    s.on_full = lower(setup.queue->on_full);
    if (setup.queue->wait) s.patience = draft_.law(*setup.queue->wait);
    s.patience_purpose = purpose("patience/" + quantity);
  }
  ComponentFacts& facts = draft_.facts[component_.index()];
  const bool main = !facts.station.valid();
  const std::uint32_t id = append_each(draft_, draft_.plan.stations, component_, s, main ? "" : quantity);
  if (main) facts.station = plan::StationId(id);
  programs_.keep_resource(key, id);
  return plan::StationId(id);
}

plan::PoolId ProgramBuilder::make_pool(const std::string& quantity, plan::Pool proto) {
  const Programs::ResourceKey key{'p', component_.value, quantity};
  if (const std::uint32_t* known = programs_.find_resource(key)) return plan::PoolId(*known);
  proto.wait_purpose = purpose("wait/" + quantity);
  proto.age_key = purpose("age/" + quantity);
  if (proto.preconnected) {
    draft_.connections += std::size_t{proto.size} * draft_.component(component_).replicas;
    draft_.bound(draft_.connections, kMostConnections, draft_.place_of(component_),
                 "connections at the start");
  }
  const std::uint32_t id = append_each(draft_, draft_.plan.pools, component_, proto, quantity);
  programs_.keep_resource(key, id);
  return plan::PoolId(id);
}

plan::PoolId ProgramBuilder::call_pool(const std::string& quantity, const plan::Pool& proto) {
  for (int number = 1;; ++number) {
    const std::string name = number == 1 ? quantity : fmt::format("{}#{}", quantity, number);
    const std::uint32_t* known = programs_.find_resource({'p', component_.value, name});
    if (known == nullptr) return make_pool(name, proto);
    const plan::Pool& other = draft_.plan.pools[*known];
    if (other.size == proto.size && other.queue_places == proto.queue_places && other.wait == proto.wait &&
        other.connections == proto.connections && other.preconnected == proto.preconnected &&
        other.idle_timeout == proto.idle_timeout && other.max_age == proto.max_age)
      return plan::PoolId(*known);
  }
}

const spec::PoolSpec* ProgramBuilder::declared_pool(const std::string& name) const {
  return draft_.topology.components.find(owner_)->pools.find(name);
}

plan::PoolId ProgramBuilder::shared_pool(const spec::Name& name) {
  const spec::PoolSpec* pool = declared_pool(name.text);
  if (pool == nullptr) {
    std::vector<std::string> known;
    for (const auto& entry : draft_.topology.components.find(owner_)->pools) known.push_back(entry.id);
    error(name.place, fmt::format("\"{}\" declares no pool \"{}\" under \"pools\"{}{}", owner_, name.text,
                                  known.empty() ? "" : "; it has ", fmt::join(known, ", ")));
    return {};
  }
  return make_pool("pools/" + name.text, client_pool(*pool));
}

plan::Pool ProgramBuilder::client_pool(const spec::PoolSpec& spec) {
  plan::Pool proto;
  proto.size = static_cast<std::uint32_t>(spec.max);
  proto.queue_places = places(spec.queue);
  if (spec.wait) proto.wait = draft_.law(*spec.wait);
  proto.connections = spec.has_connections();
  proto.preconnected = spec.preconnected;
  if (spec.idle_timeout) proto.idle_timeout = draft_.law(*spec.idle_timeout);
  if (spec.max_age) proto.max_age = draft_.law(*spec.max_age);
  return proto;
}

plan::PoolId ProgramBuilder::admission(const std::string& quantity, const spec::PoolSpec& spec) {
  if (spec.has_connections() || spec.preconnected) {
    error(spec.place,
          "idle_timeout, max_age, establish and preconnected belong to the pool of a call (its client "
          "side); this pool only counts what is being worked on");
  }
  return admission(quantity, spec::ThreadsSpec{spec.max, spec.wait, spec.queue, spec.place});
}

plan::PoolId ProgramBuilder::admission(const std::string& quantity, const spec::ThreadsSpec& spec) {
  plan::Pool proto;
  proto.size = static_cast<std::uint32_t>(spec.max);
  proto.queue_places = places(spec.queue);
  if (spec.wait) proto.wait = draft_.law(*spec.wait);
  const plan::PoolId id = make_pool(quantity, proto);
  ComponentFacts& facts = draft_.facts[component_.index()];
  if (!facts.admission.valid()) facts.admission = id;
  return id;
}

plan::CellId ProgramBuilder::cell(const std::string& quantity, const plan::Cell& proto) {
  const Programs::ResourceKey key{'c', component_.value, quantity};
  if (const std::uint32_t* known = programs_.find_resource(key)) return plan::CellId(*known);
  const std::uint32_t id = append_each(draft_, draft_.plan.cells, component_, proto, quantity);
  programs_.keep_resource(key, id);
  return plan::CellId(id);
}

plan::GateId ProgramBuilder::gate(const std::string& quantity, plan::Gate proto) {
  const Programs::ResourceKey key{'g', component_.value, quantity};
  if (const std::uint32_t* known = programs_.find_resource(key)) return plan::GateId(*known);
  proto.name = owner_ + "." + quantity;
  proto.purpose = purpose(quantity);
  const std::uint32_t id = append_each(draft_, draft_.plan.gates, component_, proto, quantity);
  programs_.keep_resource(key, id);
  return plan::GateId(id);
}

plan::LogId ProgramBuilder::log(plan::Log proto) {
  plan::Component& c = draft_.plan.components[component_.index()];
  if (c.log.valid()) return c.log;
  proto.name = owner_;
  proto.component = component_;
  std::size_t shards = proto.shards;
  for (const plan::Log& log : draft_.plan.logs) shards += log.shards;
  draft_.bound(shards, kMostShards, draft_.place_of(component_), "shards of all logs so far");
  c.log = plan::LogId(draft_.plan.logs.size());
  draft_.plan.logs.push_back(std::move(proto));
  return c.log;
}

void ProgramBuilder::implies_procedure(const std::string& model, plan::LocationId at) {
  const std::string name = owner_ + "." + model;
  for (const plan::Procedure& known : draft_.plan.procedures) {
    if (known.name == name) return;
  }
  draft_.plan.procedures.push_back({name, model, at, owner_, true, false, {}, {}});
}

// ---- steps
// ----------------------------------------------------------------------------------------------------------

plan::Step& ProgramBuilder::add(plan::StepKind kind, const std::string& label) {
  plan::Step step;
  step.kind = kind;
  step.label = draft_.label(label);
  text_.steps.push_back(step);
  return text_.steps.back();
}

void ProgramBuilder::hop_in() { add(plan::StepKind::kHop, "request").purpose = endpoint_purpose("request"); }

void ProgramBuilder::delay(const spec::LawSpec& law, const std::string& quantity) {
  const plan::LawId id = draft_.law(law);
  plan::Step& s = add(plan::StepKind::kDelay, quantity);
  s.law = id;
  s.purpose = endpoint_purpose(quantity);
}

void ProgramBuilder::serve(plan::StationId station, const spec::LawSpec& demand,
                           const std::string& quantity) {
  const plan::LawId law = draft_.law(demand);
  plan::Step& s = add(plan::StepKind::kServe, quantity);
  s.target = station.value;
  s.law = law;
  s.purpose = endpoint_purpose(quantity);
  ComponentFacts& facts = draft_.facts[component_.index()];
  if (!facts.demand.valid()) {
    facts.demand = law;
    facts.demand_purpose = purpose("initial");
  }
}

void ProgramBuilder::acquire(plan::PoolId pool) {
  add(plan::StepKind::kAcquire, "acquire").target = pool.value;
}
void ProgramBuilder::release(plan::PoolId pool) {
  add(plan::StepKind::kRelease, "release").target = pool.value;
}

void ProgramBuilder::pass(plan::GateId gate) {
  plan::Step& s = add(plan::StepKind::kGate, draft_.plan.gates[gate.index()].name);
  s.target = gate.value;
  s.purpose = draft_.plan.gates[gate.index()].purpose;
}

void ProgramBuilder::pass_client_gate() {
  plan::Gate gate;
  gate.name = owner_ + ".shed";
  gate.purpose = purpose("shed");
  const plan::GateId id(draft_.plan.gates.size());
  draft_.plan.gates.push_back(std::move(gate));
  draft_.client_gates.push_back(id);
  pass(id);
}

void ProgramBuilder::commit(plan::LogId log) {
  plan::Step& s = add(plan::StepKind::kCommit, "commit");
  s.target = log.value;
  s.purpose = endpoint_purpose("commit");
}

void ProgramBuilder::update(plan::CellId cell, plan::UpdateOp op, double operand) {
  plan::Step& s = add(plan::StepKind::kUpdate, "update");
  s.target = cell.value;
  s.arg = static_cast<std::uint16_t>(op);
  s.value = operand;
}

ProgramBuilder::Jump ProgramBuilder::branch(double probability, const std::string& quantity) {
  plan::Step& s = add(plan::StepKind::kBranch, quantity);
  s.value = probability;
  s.purpose = endpoint_purpose(quantity);
  return text_.steps.size() - 1;
}

ProgramBuilder::Jump ProgramBuilder::branch(plan::CellId cell, double factor, const std::string& quantity) {
  const Jump jump = branch(factor, quantity);
  text_.steps[jump].flags = plan::kCellScaled;
  text_.steps[jump].target = cell.value;
  return jump;
}

ProgramBuilder::Jump ProgramBuilder::jump() { return branch(1.0, "jump"); }

void ProgramBuilder::land(Jump jump) {
  text_.steps[jump].jump = static_cast<std::uint32_t>(text_.steps.size());
}

void ProgramBuilder::reply() {
  text_.reply = static_cast<std::uint32_t>(text_.steps.size());
  plan::Step& s = add(plan::StepKind::kHop, "reply");
  s.flags = plan::kToParent;
  s.purpose = endpoint_purpose("reply");
  add(plan::StepKind::kReturn, "return");
}

void ProgramBuilder::end() {
  text_.reply = static_cast<std::uint32_t>(text_.steps.size());
  add(plan::StepKind::kReturn, "return");
}

}  // namespace twinvoice::compile
