// All programs of a Plan: compiled on demand along the calls, each (component, endpoint, operation) once.
//
//   resolve(component, endpoint, operation):
//     remembered -> that program
//     being compiled further up -> issue: the cycle, by name
//     else the component's model lowers itself through a ProgramBuilder, whose calls resolve their targets
//     first
//   append(text): a text equal to one appended for another operation is that program; so operations share
//   programs (and the
//     state of their call sites) wherever no `operations` filter tells them apart.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/compile/draft.hpp"
#include "sim/compile/program_builder.hpp"

namespace twinvoice::compile {

/// What a call site learns of its target.
struct Callee {
  plan::ComponentId component;
  std::string endpoint;     ///< the model's default endpoint in place of "default"
  plan::ProgramId program;  ///< invalid when an issue was found
  bool at_primary = false;
};

class Programs {
 public:
  explicit Programs(Draft& draft) : draft_(draft) {}

  /// Root programs of all operations, and with them everything they reach.
  void lower_operations();
  /// Numbers the states of calls: one for all places that have its name and policy. After the last program.
  void number_call_states();
  /// Places that give a call its name must agree in what it remembers: target, balance, breaker, ejection, budget, pool.
  void name_call(const plan::CallSite& site, const Callee& callee, plan::PoolId pool, const spec::Name& name);

  /// The connections of a pool lead to one component, whichever calls use it.
  void lead_pool(plan::PoolId pool, plan::ComponentId to, const Place& place);
  /// Pools under "pools" that no call uses. After the last program.
  void refuse_unused_pools();

  [[nodiscard]] Callee resolve(const spec::ComponentRef& to, const spec::Name& endpoint,
                               plan::OperationId operation, const Place& called_at);
  /// `name` is "component/endpoint"; a text that differs from an earlier one of this name gets " for
  /// operation" added.
  [[nodiscard]] plan::ProgramId append(const std::string& name, plan::ComponentId component,
                                       plan::OperationId operation, const ProgramText& text);

  /// Resources of a component by (kind, component, quantity). Invalid when not made yet.
  using ResourceKey = std::tuple<char, std::uint32_t, std::string>;
  [[nodiscard]] const std::uint32_t* find_resource(const ResourceKey& key) const;
  void keep_resource(const ResourceKey& key, std::uint32_t id) { resources_[key] = id; }

 private:
  struct Key {
    plan::ComponentId component;
    std::string endpoint;
    plan::OperationId operation;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Compiled {
    plan::ProgramId program;
    bool at_primary = false;
  };
  [[nodiscard]] Compiled compile(const Key& key, const Place& called_at);
  [[nodiscard]] std::string cycle_text(const Key& key) const;
  [[nodiscard]] bool same(const ProgramText& a, const ProgramText& b) const;

  Draft& draft_;
  std::map<Key, Compiled> compiled_;
  std::vector<Key> stack_;
  std::map<std::string, std::vector<std::pair<ProgramText, plan::ProgramId>>> by_name_;
  std::map<ResourceKey, std::uint32_t> resources_;
  struct NamedCall {
    plan::CallSite site;
    std::string endpoint;
    plan::PoolId pool;
    Place place;
  };
  std::map<std::string, NamedCall> named_calls_;
  std::map<std::uint32_t, plan::ComponentId> pools_lead_to_;
};

}  // namespace twinvoice::compile
