// What `plan` knows of a Plan: the facts behind its text and its JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/compile/lints.hpp"
#include "sim/compile/structure.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::cli {

enum class LoadKind : std::uint8_t { kLimit, kStation, kPool, kLink };

/// The replicas of one thing at one place, or one direction of a link.
struct LoadFact {
  LoadKind kind = LoadKind::kStation;
  std::string name;   ///< "ledger/cores"; of a link its name
  std::string place;  ///< of the replicas; of a link "SITE to SITE"
  std::uint32_t replicas = 0;
  /// All of them at mean rates: visits/s of a station, requests/s of a limit, tokens of a pool, bytes/s of a link.
  double amount = 0.0;
  double utilisation = 0.0;         ///< of the fullest of them, at mean rates
  double peak_utilisation = 0.0;    ///< at peak rates
  double hedged_utilisation = 0.0;  ///< at peak rates with every call hedged that may be
  double sheds_per_s = 0.0;         ///< of a limit: what it turns away at peak rates, at least
};

/// The fullest station, pool or limit of a component's replicas at one place, at peak rates with every call hedged that may be.
struct PlaceLoadFact {
  std::string component, place;
  double calm = 0.0;
  /// [lost place]; absent: these replicas are lost with it.
  std::vector<std::optional<double>> without;
  [[nodiscard]] double worst() const;
};

struct AdviceFact {
  compile::Advice advice;
  Place place;  ///< in the topology; line 0: unknown
};

/// A component of several replicas that is called, and who takes a dead one out of balancing.
struct NoticeFact {
  plan::ComponentId component;
  std::vector<std::string> by;
  bool by_all = false;  ///< every caller hears of it
};

struct PlanFacts {
  compile::PlanAnalysis analysis;
  std::vector<LoadFact> loads;             ///< the fullest first within each kind
  std::vector<std::string> lost_places;    ///< zones, sites and regions without which some load is left
  std::vector<std::string> client_places;  ///< those with which all load is gone
  std::vector<PlaceLoadFact> place_loads;  ///< the fullest first; without those that never have any load
  std::vector<std::string> problems;       ///< operations that cannot work at all
  std::vector<compile::SingleLoss> losses;
  std::vector<NoticeFact> notices;
  std::vector<AdviceFact> advice;

  [[nodiscard]] bool loaded() const;  ///< some operation has load
};

/// `whole`: with the structure, the advice and the loads while a place is lost; else the loads of this Plan alone.
[[nodiscard]] PlanFacts plan_facts(const plan::Plan& plan, const spec::Topology& topology, bool whole);

}  // namespace twinvoice::cli
