// The plans on which kernel and referee are compared: small worlds that together use everything a Plan can say.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "sim/plan/causes.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::testing {

/// A PlanBuilder with a clock: faults are placed at fractions of the run, whose length follows from the load.
struct Scene {
  PlanBuilder b;
  double requests = 0.0;               ///< that the run is to see
  std::optional<plan::Plan> compiled;  ///< instead of what the builder holds

  explicit Scene(double count) : requests(count) {}

  /// First of all: the length of the run at this total rate.
  void at_rate(double per_s) {
    b.seed(20'240'601);
    b.horizon(from_seconds(requests / per_s));
  }
  [[nodiscard]] Nanos at(double fraction) const {
    return static_cast<Nanos>(fraction * static_cast<double>(b.plan.horizon_ns));
  }
  plan::FaultId fault(const std::string& name, double from, double until) {
    return b.fault(name, at(from), at(until));
  }
  plan::FaultId moment(const std::string& name, double when) { return b.fault(name, at(when)); }
  /// An exponential law.
  plan::LawId ms(double mean_ms) { return b.exponential(0.001 * mean_ms); }
  [[nodiscard]] std::uint32_t instance(plan::ComponentId c, std::uint32_t ordinal) const {
    return b.plan.components[c.index()].first_instance + ordinal;
  }
  /// The pair that Knob::kSiteWeight wants.
  [[nodiscard]] std::uint32_t at_site(plan::ComponentId c, plan::LocationId l) const {
    return static_cast<std::uint32_t>(c.index() * b.plan.locations.size() + l.index());
  }
  /// An operation that makes one call.
  plan::OperationId operation(const std::string& name, plan::LocationId from, plan::CallSiteId entry,
                              std::uint8_t priority = 0) {
    return b.operation(name, b.program(name).call(entry).end(), from, priority);
  }
};

/// A scene and what must be seen in it: reasons for which requests fail, or first attempts did.
struct SceneCase {
  const char* name;
  void (*build)(Scene&);
  std::vector<plan::Reason> reasons;
  bool shares = false;  ///< times agree to 1 us or 1e-6 of the latency instead of 2 ns a step
};

/// For the names of test cases.
inline void PrintTo(const SceneCase& scene, std::ostream* out) { *out << scene.name; }

/// All of them, by subject.
[[nodiscard]] std::vector<SceneCase> station_scenes();
[[nodiscard]] std::vector<SceneCase> pool_scenes();
[[nodiscard]] std::vector<SceneCase> call_scenes();
[[nodiscard]] std::vector<SceneCase> flow_scenes();
[[nodiscard]] std::vector<SceneCase> network_scenes();
[[nodiscard]] std::vector<SceneCase> fault_scenes();
[[nodiscard]] std::vector<SceneCase> log_scenes();
[[nodiscard]] std::vector<SceneCase> load_scenes();
[[nodiscard]] std::vector<SceneCase> all_scenes();

/// The finished Plan of a scene with about so many requests.
[[nodiscard]] plan::Plan make_plan(const SceneCase& scene, double requests);

}  // namespace twinvoice::testing
