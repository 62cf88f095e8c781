// The Plan: everything a run needs, compiled once, immutable, shared by every engine. No way back to JSON.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "sim/plan/calls.hpp"
#include "sim/plan/causes.hpp"
#include "sim/plan/initial.hpp"
#include "sim/plan/load.hpp"
#include "sim/plan/procedures.hpp"
#include "sim/plan/resources.hpp"
#include "sim/plan/sensors.hpp"
#include "sim/plan/space.hpp"
#include "sim/plan/steps.hpp"
#include "sim/plan/turns.hpp"
#include "sim/random/laws.hpp"

namespace twinvoice::plan {

/// Flat columns by id. Written by compile/ alone.
struct Plan {
  std::string name;

  // Space.
  std::vector<Location> locations;
  std::vector<Link> links;
  std::vector<Route> routes;  ///< [from x locations + to]
  std::vector<Component> components;
  std::vector<Instance> instances;  ///< grouped by component, in declaration order
  Network network;

  // Programs.
  std::vector<Step> steps;
  std::vector<Program> programs;
  std::vector<ProgramId> fork_branches;  ///< named by Fork steps
  std::vector<CallSite> calls;
  std::uint32_t call_states = 0;  ///< sum over calls of the caller's replicas (1 for clients)
  std::uint32_t peer_states = 0;  ///< sum over calls of caller replicas x callee replicas
  std::vector<std::string> labels;

  // Resources.
  std::vector<Station> stations;
  std::vector<Pool> pools;
  std::vector<Cell> cells;
  std::vector<Gate> gates;
  std::vector<Log> logs;
  std::vector<random::Law> laws;
  random::LawTables law_tables;

  // Load, faults, lives.
  std::vector<Operation> operations;
  std::vector<Source> sources;
  std::vector<Fault> faults;
  std::vector<Turn> turns;  ///< timed turns of the faults, sorted by (at_ns, rung, effect)
  std::vector<Life> lives;
  std::vector<Crew> crews;
  std::vector<Procedure> procedures;

  // Run.
  InitialState initial;
  Nanos horizon_ns = 0;
  Nanos warm_up_ns = 0;
  /// Requests that are open at the horizon are followed to their decision, at most for so long; meanwhile everything goes
  /// on, and what arrives is in no figure. 0: what is open at the horizon stays open.
  Nanos follow_ns = 0;
  Nanos window_ns = kNanosPerSecond;  ///< width of a timeline window
  std::uint64_t seed = 1;
  std::uint32_t replications = 1;
  std::uint32_t variants =
      1;  ///< replication r plays the faults without variant and those of variant r mod this
  std::uint64_t max_events = ~0ULL;     ///< budget; kNever-like: none
  std::uint64_t max_frames = 1U << 20;  ///< budget of live frames (memory); at most 2^22

  /// When a run ends at the latest.
  [[nodiscard]] Nanos end_ns() const { return horizon_ns + follow_ns; }
  [[nodiscard]] std::size_t route_index(LocationId from, LocationId to) const {
    return from.index() * locations.size() + to.index();
  }
  [[nodiscard]] const Route& route(LocationId from, LocationId to) const {
    return routes[route_index(from, to)];
  }
};

/// Whether the replication plays the fault.
[[nodiscard]] inline bool plays(const Plan& plan, const Fault& fault, std::uint64_t replication) {
  return !fault.variant || replication % plan.variants == *fault.variant;
}
/// Causes as indices of a flat table: reasons x (components and, last, "client"), then one row per gate.
[[nodiscard]] inline std::size_t cause_count(const Plan& plan) {
  return static_cast<std::size_t>(kReasons) * (plan.components.size() + 1) + plan.gates.size();
}
[[nodiscard]] inline std::size_t cause_index(const Plan& plan, Cause cause) {
  const std::size_t places = plan.components.size() + 1;
  if (cause.reason() == Reason::kGate) return static_cast<std::size_t>(kReasons) * places + cause.where();
  return static_cast<std::size_t>(cause.reason()) * places + cause.where();
}
[[nodiscard]] inline Cause cause_at(const Plan& plan, std::size_t index) {
  const std::size_t places = plan.components.size() + 1;
  const std::size_t gates = static_cast<std::size_t>(kReasons) * places;
  if (index >= gates) return {Reason::kGate, static_cast<std::uint32_t>(index - gates)};
  return {static_cast<Reason>(index / places), static_cast<std::uint32_t>(index % places)};
}

/// Name of a cause for reports: "mysql.pool_wait", or the gate's own name.
[[nodiscard]] std::string cause_name(const Plan& plan, Cause cause);

/// A readable listing of every column, stable for the same plan: the text that tests and people compare.
void dump(const Plan& plan, std::ostream& out);

/// Hash over every column: equal plans, equal fingerprints.
[[nodiscard]] std::uint64_t fingerprint(const Plan& plan);

}  // namespace twinvoice::plan
