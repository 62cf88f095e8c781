// With this a fault model writes its turns. Everything begins at the fault's `at` and ends with its
// `duration` (or never), with effect = index of the fault, so that overlapping faults compose and end each by
// itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/fields.hpp"

namespace twinvoice::compile {

struct Draft;

/// How many of the targets a fault hits. The lowest ordinals are taken first, so that equal inputs hit equal
/// replicas.
enum class HitMode { kOne, kAll, kFixed, kPercent };

/// `mode`, `count` and `percent` of a fault on replicas (names as in Chaos Mesh). describe() declares them
/// flat.
struct HitSpec {
  HitMode mode = HitMode::kAll;
  std::optional<std::int64_t> count;
  std::optional<spec::Probability> percent;
  void describe(spec::Fields& f);
};

/// What becomes of the data of databases at a place that goes down: the field `data`.
enum class Data { kKept, kDestroyed };

class FaultBuilder {
 public:
  /// `variant`: which of the targets it hits where the fault's target is "each".
  FaultBuilder(Draft& draft, const spec::FaultSpec& spec, plan::FaultId id, std::uint32_t variant);

  [[nodiscard]] const spec::FaultSpec& spec() const { return spec_; }
  [[nodiscard]] const plan::Plan& plan() const;

  // Targets. A name that nothing bears becomes an issue and gives an empty list.

  [[nodiscard]] std::vector<plan::InstanceId> instances(const spec::InstancesRef& ref,
                                                        const HitSpec& hit = {});
  [[nodiscard]] std::vector<plan::InstanceId> instances_at(plan::LocationId location) const;
  [[nodiscard]] std::vector<plan::StationId> stations_of(plan::InstanceId instance) const;
  /// The pool whose token a request holds at this component from admission to reply (without one: the pool of
  /// its first call), one per replica.
  [[nodiscard]] std::vector<plan::PoolId> admission_pools(const spec::ComponentRef& ref);
  [[nodiscard]] std::optional<plan::LinkId> link(const spec::LinkRef& ref);
  [[nodiscard]] std::vector<plan::SourceId> sources(const spec::OperationRef& ref);
  /// The gate in front of the clients of an operation. For models with `at_clients`.
  [[nodiscard]] std::optional<plan::GateId> client_gate(const spec::OperationRef& ref);
  [[nodiscard]] std::vector<plan::LocationId> locations(const spec::LocationRef& ref);
  [[nodiscard]] std::vector<plan::LocationId> region(const spec::RegionRef& ref);
  // "each" stands for every zone (of a site without zones, the site) or region in which a replica stands: this lowering hits
  // one of them, is called "id@target", and is played in replications of its own.
  [[nodiscard]] std::vector<plan::LocationId> locations(const spec::EachOr<spec::RefKind::kLocation>& target);
  [[nodiscard]] std::vector<plan::LocationId> region(const spec::EachOr<spec::RefKind::kRegion>& target);

  // Turns.

  /// Begins now and ends with the fault.
  void hold(plan::Knob knob, std::uint32_t target, double value = 1.0);
  /// Goes from `base` to `value` in kRampSteps equal steps over the fault's `ramp` (at once without one):
  /// step k = 1 ... n stands from at + (k - 1) ramp / n on with base + (value - base) k / n.
  void ramp(plan::Knob knob, std::uint32_t target, double base, double value);
  void impulse(plan::Impulse impulse, std::uint32_t target, double value = 0.0);
  /// Instances that die: down until the end, and what they work on is reset.
  void kill(plan::InstanceId instance);
  /// With Data::kDestroyed: what the logs have at places where no replica of their component is spared by the death of `killed`
  /// is gone. An error where nothing is.
  void destroy(Data data, const std::vector<plan::InstanceId>& killed);

  // The fault itself.

  /// The end is `after` from the start, in place of `duration`.
  void end_after(Duration after);
  /// Length of the ramp, in place of `ramp`.
  void ramp_over(Duration over);
  /// Says that a `ramp` means nothing for this kind.
  void refuse_ramp();
  /// How many targets "each" stands for; 0: the fault names its target.
  [[nodiscard]] std::uint32_t variants() const { return variants_; }
  void error(const Place& place, const std::string& message);
  void warning(const Place& place, const std::string& message);

  static constexpr int kRampSteps = 10;

 private:
  [[nodiscard]] plan::Turn turn(Nanos at_ns, plan::Knob knob, std::uint32_t target, double value) const;
  void push(const plan::Turn& turn);
  void end(plan::Knob knob, std::uint32_t target);
  [[nodiscard]] plan::Fault& fault();
  /// The locations with replicas by `name_of`, and of these groups the one whose turn it is.
  [[nodiscard]] std::vector<plan::LocationId> whichever(const Place& place,
                                                        const std::string& (*name_of)(const plan::Location&));

  Draft& draft_;
  const spec::FaultSpec& spec_;
  plan::FaultId id_;
  std::uint32_t variant_;
  std::uint32_t variants_ = 0;
  Nanos ramp_ns_ = 0;
};

}  // namespace twinvoice::compile

namespace twinvoice::spec {
template <>
struct Words<compile::HitMode> {
  static const std::vector<std::pair<std::string_view, compile::HitMode>>& table();
};
template <>
struct Words<compile::Data> {
  static const std::vector<std::pair<std::string_view, compile::Data>>& table();
};
}  // namespace twinvoice::spec
