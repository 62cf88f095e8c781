// The Plan while it is being written: its columns, the tables that find things by name, and the issues met on
// the way.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/compile/catalog.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::compile {

/// What later stages (connections, faults, initial state) need to know of a component and the Plan does not
/// say.
struct ComponentFacts {
  plan::StationId station;  ///< of replica 0: the first one its model declared
  plan::PoolId
      admission;  ///< of replica 0: held from admission to reply; without one, the pool of its first call
  plan::LawId demand;  ///< of the first Serve compiled
  std::uint64_t demand_purpose = 0;
};

/// Shared by all stages of one compilation. Findings go to `issues`; only bound() throws.
struct Draft {
  Draft(const spec::Topology& topology_, const ModelCatalog& catalog_)
      : topology(topology_), catalog(catalog_) {}

  const spec::Topology& topology;
  const ModelCatalog& catalog;
  Issues issues;
  plan::Plan plan;
  std::vector<ComponentFacts> facts;       ///< by component
  std::size_t connections = 0;             ///< that exist at the start
  bool turns_away = false;                 ///< some fault acts on the gates in front of the clients
  std::vector<plan::GateId> client_gates;  ///< by operation; empty unless `turns_away`
  std::uint64_t kept_bytes = 0;            ///< that procedures may come to hold in a run

  /// Equal laws share one id. A law that the samplers refuse becomes an issue.
  plan::LawId law(const spec::LawSpec& spec);
  /// Invalid when the law is absent or the constant 0: for waits before which nothing is drawn.
  plan::LawId law_unless_zero(const spec::LawSpec& spec) {
    return spec.is_zero() ? plan::LawId{} : law(spec);
  }
  /// Throws InvalidInput with all the issues so far when `size` is above `most` (limits.hpp). `what` continues "N ...".
  void bound(std::size_t size, std::size_t most, const Place& place, std::string_view what);
  /// Index into Plan::labels.
  std::uint32_t label(const std::string& text);

  [[nodiscard]] plan::ComponentId find_component(std::string_view name) const;
  [[nodiscard]] plan::OperationId find_operation(std::string_view name) const;
  [[nodiscard]] plan::LinkId find_link(std::string_view name) const;
  /// "site" gives all its zones, "site/zone" one.
  [[nodiscard]] std::vector<plan::LocationId> find_locations(std::string_view text) const;
  [[nodiscard]] const plan::Component& component(plan::ComponentId id) const {
    return plan.components[id.index()];
  }
  /// Where the input declares a component.
  [[nodiscard]] Place place_of(plan::ComponentId id) const;

 private:
  std::map<std::string, plan::LawId> laws_;
  std::map<std::string, std::uint32_t> labels_;
};

/// Locations, links, routes, components, instances, lives, crews, network settings (space.cpp).
void lower_space(Draft& draft);
/// Sources, horizon, budgets (load.cpp).
void lower_load(Draft& draft, const spec::Experiment& experiment);
/// Turns of all faults (faults.cpp).
void lower_faults(Draft& draft, const spec::Experiment& experiment);
/// Rows of all procedures, after those that parts have implied (procedure_builder.cpp).
void lower_procedures(Draft& draft);
/// Frames that a stated memory has room for beside what procedures keep (load.cpp). After procedures.
void lower_memory(Draft& draft, const spec::Experiment& experiment);
/// How long requests can last, and how long a run follows them (patience.cpp). After programs and load.
void lower_patience(Draft& draft);
/// `initial` of the experiment (initial.cpp).
void lower_initial(Draft& draft, const spec::Experiment& experiment);

}  // namespace twinvoice::compile
