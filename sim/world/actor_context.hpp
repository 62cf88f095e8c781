// ProcedureContext of a running world: every wait is one semaphore, everything else is a record posted to the coupling.
#pragma once

#include <cstdint>
#include <simgrid/s4u.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/world/coupling.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::world {

class ActorContext final : public ProcedureContext {
 public:
  ActorContext(Coupling& coupling, std::uint32_t id, const Procedure& procedure);

  [[nodiscard]] Nanos now_ns() const override { return coupling_.now_ns_; }
  [[nodiscard]] plan::LocationId location() const override {
    return procedure_.everywhere ? plan::LocationId{} : procedure_.location;
  }
  [[nodiscard]] const plan::Plan& plan() const override { return coupling_.plan_; }
  void wait_until(Nanos at_ns) override;
  [[nodiscard]] std::vector<Reading> read_at(Nanos at_ns, std::span<const plan::Sensor> sensors) override;
  [[nodiscard]] Nanos wait_for_log(std::uint32_t log, Nanos until_ns) override;
  void turn(plan::Turn turn) override;
  [[nodiscard]] EffectId begin_turn(plan::Knob knob, std::uint32_t target, double value) override;
  void end_turn(EffectId id) override;
  [[nodiscard]] Nanos send(plan::LocationId from, plan::LocationId to, std::int64_t bytes,
                           std::vector<plan::Turn> turns) override;
  TransferResult transfer(plan::LocationId from, plan::LocationId to, std::int64_t bytes, Nanos deadline_ns,
                          std::uint32_t streams) override;
  [[nodiscard]] Nanos draw(plan::LawId law, std::string_view quantity) override;
  [[nodiscard]] Nanos draw_below(Nanos bound_ns, std::string_view quantity) override;
  [[nodiscard]] bool chance(double probability, std::string_view quantity) override;
  void heed_orders(bool heeds) override;
  [[nodiscard]] bool ordered() const override { return ordered_; }
  void mark(Phase phase, std::string text) override;
  void log(std::string text) override;

  // For the coupling.

  /// Lets the procedure go on once its actor is scheduled; callable from the hook.
  void release() { semaphore_->release(); }
  void answer(const kernel::Engine& kernel);
  void log_moved(Nanos shown_ns) { shown_ns_ = shown_ns; }
  void transferred(const TransferResult& result) { transfer_ = result; }
  /// False when it does not heed orders now.
  [[nodiscard]] bool take_order() {
    ordered_ = heeds_;
    return heeds_;
  }
  /// In wait_until.
  [[nodiscard]] bool waits() const { return waits_; }

 private:
  void block();
  void post(plan::Turn turn);
  [[nodiscard]] Reading read(const kernel::Engine& kernel, const plan::Sensor& sensor) const;
  [[nodiscard]] std::uint64_t ordinal(std::string_view quantity);

  Coupling& coupling_;
  std::uint32_t id_;
  const Procedure& procedure_;
  simgrid::s4u::SemaphorePtr semaphore_;
  std::span<const plan::Sensor> asked_;
  std::vector<Reading> answers_;
  TransferResult transfer_;
  Nanos shown_ns_ = 0;  ///< what wait_for_log returns
  bool heeds_ = false;
  bool ordered_ = false;
  bool waits_ = false;
  std::vector<bool> effects_in_use_;
  std::vector<std::pair<std::string, std::uint64_t>> ordinals_;
};

}  // namespace twinvoice::world
