// What a procedure is and what it may do. A procedure is sequential behaviour outside the request path: a probe, an alert
// rule, a person, a runbook, a replication stream. It senses, waits, turns, sends and transfers, and nothing else.
//
//   struct Watchdog final : world::Procedure {
//     void run(world::ProcedureContext& c) override {
//       for (;;) {
//         const auto lag_s = c.sense({plan::SensorKind::kReplicationLagS, 0, follower});
//         if (lag_s && *lag_s > 0.5) c.mark(world::Phase::kDetected, "lag above 500 ms");
//         c.wait_for(5 * kNanosPerSecond);
//       }
//     }
//   };
//
// While the place of a procedure is down it does nothing: waits and readings that end meanwhile come back when it is up again,
// and orders are lost. A procedure that keeps a timetable looks at now_ns() after a wait, not at the time it asked for.
//
// A run ends every procedure at the horizon by unwinding its stack: what is on it is destroyed, code after the wait does
// not run. A procedure therefore never catches everything (`catch (...)`), and what it throws stops the run as an engine error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::world {

using Phase = measure::Phase;

/// Value of a sensor; nothing when its place cannot be reached from where the procedure stands.
using Reading = std::optional<double>;

/// How a bulk transfer ended.
struct TransferResult {
  bool ok = false;               ///< all of it arrived
  Nanos finished_ns = 0;         ///< when it ended, in whole microseconds when it arrived
  std::int64_t moved_bytes = 0;  ///< what had arrived by then
};

/// An effect that a procedure has begun and may end.
struct EffectId {
  plan::Knob knob = plan::Knob::kStationSpeed;
  std::uint32_t target = 0;
  std::uint32_t effect = 0;
};

/// The world as one procedure sees it. Calls that take simulated time come back at the now_ns() of that moment.
class ProcedureContext {
 public:
  ProcedureContext() = default;
  ProcedureContext(const ProcedureContext&) = delete;
  ProcedureContext& operator=(const ProcedureContext&) = delete;
  virtual ~ProcedureContext() = default;

  [[nodiscard]] virtual Nanos now_ns() const = 0;
  /// Where it stands; invalid: nowhere in particular, and then everything is within its reach.
  [[nodiscard]] virtual plan::LocationId location() const = 0;
  [[nodiscard]] virtual const plan::Plan& plan() const = 0;

  /// Comes back at `at_ns`, at once when that has passed.
  virtual void wait_until(Nanos at_ns) = 0;
  void wait_for(Nanos delay_ns) { wait_until(now_ns() + delay_ns); }

  /// Waits until `at_ns` and reads several sensors in that instant: after its faults, repairs and turns, before everything
  /// else of it. One pass however many sensors there are; a sixty-fifth pass in one instant is an engine error.
  [[nodiscard]] virtual std::vector<Reading> read_at(Nanos at_ns, std::span<const plan::Sensor> sensors) = 0;
  /// Reads one sensor now. A reading takes no simulated time.
  [[nodiscard]] Reading sense(const plan::Sensor& sensor) { return read_at(now_ns(), {&sensor, 1})[0]; }

  /// Sleeps until log `log` moves: a record is appended, or who leads, is up, follows, is paused or was copied changes. Returns
  /// the first instant whose readings show it: now when a fault, a repair or a turn moved it, the next nanosecond when a
  /// request did; `until_ns` when that comes first. What has happened before the call wakes nobody. No order ends it.
  [[nodiscard]] virtual Nanos wait_for_log(std::uint32_t log, Nanos until_ns = kNever) = 0;

  /// Changes the world at the turn's `at_ns`, at the earliest now (an impulse; `op`, `rung` and `effect` are filled in). One that
  /// is plan::of_an_epoch has its writer epoch in `value` and is dropped when that has ended.
  virtual void turn(plan::Turn turn) = 0;
  /// Adds an effect to a knob, to be removed by its id. Effects compose as those of faults do.
  [[nodiscard]] virtual EffectId begin_turn(plan::Knob knob, std::uint32_t target, double value) = 0;
  virtual void end_turn(EffectId id) = 0;

  /// Sends a message that crosses the route as a request does (latency and serialisation of the unhurt route; a message
  /// under way is not stopped by a later cut). Each of `turns` happens its `at_ns` after the arrival. Returns when it arrives;
  /// kNever: never, since the way is cut now.
  [[nodiscard]] virtual Nanos send(plan::LocationId from, plan::LocationId to, std::int64_t bytes,
                                   std::vector<plan::Turn> turns) = 0;
  /// Moves bytes as a bulk flow that shares bandwidth with other flows and with requests. A cut of either direction suspends
  /// it; it fails after the network's user timeout, or at `deadline_ns`. `streams` >= 1 parallel connections carry equal
  /// parts of it: where it shares a link, it counts as that many flows.
  virtual TransferResult transfer(plan::LocationId from, plan::LocationId to, std::int64_t bytes,
                                  Nanos deadline_ns = kNever, std::uint32_t streams = 1) = 0;

  /// A duration drawn from a law of the Plan, keyed (procedure, quantity, how often it was drawn before). 0 for an invalid law.
  [[nodiscard]] virtual Nanos draw(plan::LawId law, std::string_view quantity) = 0;
  /// A whole number of nanoseconds in [0, bound_ns), each as likely, keyed likewise. `bound_ns` >= 1.
  [[nodiscard]] virtual Nanos draw_below(Nanos bound_ns, std::string_view quantity) = 0;
  /// True with this probability, keyed likewise.
  [[nodiscard]] virtual bool chance(double probability, std::string_view quantity) = 0;

  /// While it heeds orders, an order from outside to begin (world::Order) ends its waits and readings at once, those
  /// under way and those begun later, until it no longer heeds. Orders that come at other times are lost. Not to be left on
  /// during a transfer.
  virtual void heed_orders(bool heeds) = 0;
  /// Whether an order has come since it heeds.
  [[nodiscard]] virtual bool ordered() const = 0;

  /// A line of the audit log that is also a station of a recovery.
  virtual void mark(Phase phase, std::string text) = 0;
  /// A line of the audit log.
  virtual void log(std::string text) = 0;
};

/// One procedure of the topology. Made anew for each run: its members are the state of that run.
class Procedure {
 public:
  Procedure() = default;
  Procedure(const Procedure&) = delete;
  Procedure& operator=(const Procedure&) = delete;
  virtual ~Procedure() = default;
  virtual void run(ProcedureContext& context) = 0;

  std::string name;           ///< as declared: the key of its draws and its name in the audit log
  plan::LocationId location;  ///< where its actor stands
  bool everywhere =
      false;  ///< stands wherever it has to, as a part of what it serves: everything is within its reach
};

/// Makes a procedure for one run. The position in the list of factories is its declared id: the order of simultaneous turns.
using ProcedureFactory = std::function<std::unique_ptr<Procedure>(const plan::Plan&)>;

}  // namespace twinvoice::world
