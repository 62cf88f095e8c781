#include "sim/compile/programs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/compile/limits.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::compile {

void Programs::lower_operations() {
  for (const auto& entry : draft_.topology.operations) {
    const plan::OperationId id(draft_.plan.operations.size());
    const spec::OperationSpec& spec = entry.value;
    plan::Operation op;
    op.name = entry.id;
    op.name_key = random::hash_name(entry.id);
    op.priority = static_cast<std::uint8_t>(std::clamp<std::int64_t>(spec.priority, 0, 255));
    const auto from = draft_.find_locations(spec.from.id);
    if (from.empty()) {
      draft_.issues.error(spec.from.place, fmt::format("there is no site \"{}\"", spec.from.id));
    } else {
      op.from = from.front();
    }
    if (spec.objective) {
      op.objective.stated = true;
      if (spec.objective->availability) op.objective.availability = spec.objective->availability->value;
      if (spec.objective->p99) op.objective.p99_ns = spec.objective->p99->ns;
      op.objective.on_completion = spec.objective->on == spec::ObjectiveOn::kCompletion;
    }
    draft_.plan.operations.push_back(op);

    ProgramBuilder b(draft_, *this, {}, id, entry.id, "", spec.place);
    if (draft_.turns_away) b.pass_client_gate();
    draft_.catalog.source().lower(spec, b);
    draft_.plan.operations.back().program = append(entry.id, {}, id, b.text_);
  }
}

void Programs::number_call_states() {
  plan::Plan& plan = draft_.plan;
  for (plan::CallSite& c : plan.calls) {
    const std::uint32_t callers = c.caller.valid() ? draft_.component(c.caller).replicas : 1;
    const std::uint32_t callees = draft_.component(c.target).replicas;
    draft_.bound(plan.peer_states + std::size_t{callers} * callees, kMostPeers, draft_.place_of(c.caller),
                 fmt::format("pairs of replicas that call each other, with the {} x {} of {}", callers,
                             callees, c.name));
    c.state_base = plan.call_states;
    c.peer_base = plan.peer_states;
    plan.call_states += callers;
    plan.peer_states += callers * callees;
  }
}

Callee Programs::resolve(const spec::ComponentRef& to, const spec::Name& endpoint,
                         plan::OperationId operation, const Place& called_at) {
  Callee callee;
  callee.component = draft_.find_component(to.id);
  if (!callee.component.valid()) {
    draft_.issues.error(to.place, fmt::format("there is no component \"{}\"", to.id));
    return callee;
  }
  const PartModel* model = draft_.catalog.part(draft_.component(callee.component).model);
  if (model == nullptr) {
    draft_.issues.error(called_at,
                        fmt::format("there is no part \"{}\"", draft_.component(callee.component).model));
    return callee;
  }
  callee.endpoint = endpoint.text == "default" ? std::string(model->default_endpoint) : endpoint.text;
  const Place& place = endpoint.place.line > 0 ? endpoint.place : called_at;
  const Compiled compiled = compile({callee.component, callee.endpoint, operation}, place);
  callee.program = compiled.program;
  callee.at_primary = compiled.at_primary;
  return callee;
}

Programs::Compiled Programs::compile(const Key& key, const Place& called_at) {
  if (const auto known = compiled_.find(key); known != compiled_.end()) return known->second;
  if (std::find(stack_.begin(), stack_.end(), key) != stack_.end()) {
    draft_.issues.error(called_at, "this call closes a cycle, which would never end: " + cycle_text(key));
    return {};
  }
  draft_.bound(stack_.size() + 1, kMostCallDepth, called_at, "calls inside each other");
  stack_.push_back(key);
  const std::string& name = draft_.component(key.component).name;
  const spec::ComponentSpec& spec = *draft_.topology.components.find(name);
  ProgramBuilder b(draft_, *this, key.component, key.operation, name, key.endpoint, called_at);
  draft_.catalog.part(spec.model.name)->lower(*spec.model.params, b);
  stack_.pop_back();
  const Compiled result{append(name + "/" + key.endpoint, key.component, key.operation, b.text_),
                        b.text_.at_primary};
  compiled_[key] = result;
  return result;
}

std::string Programs::cycle_text(const Key& key) const {
  std::string text;
  const auto first = std::find(stack_.begin(), stack_.end(), key);
  for (auto it = first; it != stack_.end(); ++it) {
    text += fmt::format("{}/{} -> ", draft_.component(it->component).name, it->endpoint);
  }
  return text + fmt::format("{}/{}", draft_.component(key.component).name, key.endpoint);
}

bool Programs::same(const ProgramText& a, const ProgramText& b) const {
  const auto same_site = [](const plan::CallSite& x, const plan::CallSite& y) {
    return x.name == y.name && x.program == y.program && x.fallback == y.fallback &&
           x.establish == y.establish;
  };
  return a.steps.size() == b.steps.size() &&
         std::memcmp(a.steps.data(), b.steps.data(), a.steps.size() * sizeof(plan::Step)) == 0 &&
         a.branches == b.branches && a.reply == b.reply &&
         std::equal(a.sites.begin(), a.sites.end(), b.sites.begin(), b.sites.end(), same_site);
}

plan::ProgramId Programs::append(const std::string& name, plan::ComponentId component,
                                 plan::OperationId operation, const ProgramText& text) {
  auto& variants = by_name_[name];
  for (const auto& [other, id] : variants) {
    if (same(other, text)) return id;
  }
  plan::Plan& plan = draft_.plan;
  const Place place = draft_.place_of(component);
  draft_.bound(plan.steps.size() + text.steps.size(), kMostSteps, place, "steps of programs so far");
  draft_.bound(plan.calls.size() + text.sites.size(), kMostCalls, place, "different calls so far");
  plan::Program program;
  program.name = variants.empty() ? name : name + " for " + plan.operations[operation.index()].name;
  program.component = component;
  program.first = static_cast<std::uint32_t>(plan.steps.size());
  program.count = static_cast<std::uint32_t>(text.steps.size());
  program.reply = program.first + text.reply;
  const auto first_site = static_cast<std::uint32_t>(plan.calls.size());
  for (plan::CallSite site : text.sites) {
    site.fallback += program.first;
    plan.calls.push_back(std::move(site));
  }
  const auto first_branch = static_cast<std::uint32_t>(plan.fork_branches.size());
  plan.fork_branches.insert(plan.fork_branches.end(), text.branches.begin(), text.branches.end());
  for (plan::Step step : text.steps) {
    switch (step.kind) {
      case plan::StepKind::kBranch:
      case plan::StepKind::kRepeat: step.jump += program.first; break;
      case plan::StepKind::kCall:
      case plan::StepKind::kEmit: step.target += first_site; break;
      case plan::StepKind::kFork: step.target += first_branch; break;
      case plan::StepKind::kConnect: step.arg = static_cast<std::uint16_t>(step.arg + first_site); break;
      default: break;
    }
    plan.steps.push_back(step);
  }
  const plan::ProgramId id(plan.programs.size());
  plan.programs.push_back(program);
  variants.emplace_back(text, id);
  return id;
}

const std::uint32_t* Programs::find_resource(const ResourceKey& key) const {
  const auto found = resources_.find(key);
  return found == resources_.end() ? nullptr : &found->second;
}

}  // namespace twinvoice::compile
