// Who may act now: SimGrid actors take turns, one at a time, in the order of the model.
//
// Every actor sleeps in SimGrid until its due time. SimGrid's clock is a double and two actors due within its
// precision wake in one round in an order of its own, so an actor that has woken asks the arbiter for the
// turn and gets it in this order:
//
//   1. actors made ready by the event under way, first made first;
//   2. else the woken actor with the least (due time in ns, rung, component, request, frame).
//
// An actor that holds the turn keeps it until it waits or ends. The arbiter's time is the integer due time of
// the event under way; the clock is read only to know how long to sleep and to check that it agrees with the
// integer.
//
// Only enter, wait and leave give SimGrid a chance to run another actor. Everything else may be called while
// an exception is being handled, which matters because all actors share the C++ runtime's stack of caught
// exceptions.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <set>
#include <simgrid/s4u/Semaphore.hpp>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/turns.hpp"

namespace twinvoice::referee {

/// When an actor wants to go on, and its place among those due at the same nanosecond.
struct Due {
  Nanos at_ns = kNever;  ///< kNever: only when somebody makes it ready
  int rung = 0;          ///< plan::Rung, or kBeforeAll
  std::uint32_t component = 0;
  std::uint64_t request = 0;
  std::uint64_t frame = 0;
  friend auto operator<=>(const Due&, const Due&) = default;
};
inline constexpr int kBeforeAll = -1;

/// The part of an actor that the arbiter needs.
class Participant {
 public:
  Participant();
  Participant(const Participant&) = delete;
  Participant& operator=(const Participant&) = delete;
  virtual ~Participant();

 private:
  friend class Arbiter;
  simgrid::s4u::SemaphorePtr bell_;
  std::uint64_t id_ = 0;  ///< order of entry: the last resort among equals
  Due due_;
  bool armed_ = false;     ///< stands in timers_
  bool woken_ = false;     ///< SimGrid's clock has reached the due time
  bool ready_ = false;     ///< stands in ready_
  bool by_timer_ = false;  ///< how it got its last turn
};

class Arbiter {
 public:
  /// Time of the event under way.
  [[nodiscard]] Nanos now() const { return now_; }
  /// Counts events; what an event makes ready belongs to it.
  [[nodiscard]] std::uint64_t event() const { return event_; }

  /// Announces an actor that is about to be created: it runs after the event under way.
  void announce(Participant& p);
  /// First thing an announced actor does: waits for its turn.
  void enter(Participant& p);
  /// Gives the turn away until `due` or until made ready. True: the time has come; false: made ready.
  bool wait(Participant& p, const Due& due);
  /// Last thing an actor does.
  void leave(Participant& p);

  /// Lets a waiting actor go on within the event under way. No effect on one that is ready already.
  void make_ready(Participant& p);
  /// Changes the due time and the rung of a waiting actor; no effect on one that is ready or runs.
  void rearm(Participant& p, Nanos at_ns, plan::Rung rung);
  /// Likewise the whole of what it is due to.
  void rearm(Participant& p, const Due& due);

  /// The largest difference seen between the clock and the integer due time, in ns.
  [[nodiscard]] double worst_clock_error_ns() const { return worst_clock_error_ns_; }

 private:
  struct Earlier {
    bool operator()(const Participant* a, const Participant* b) const {
      if (const auto order = a->due_ <=> b->due_; order != 0) return order < 0;
      return a->id_ < b->id_;
    }
  };

  void arm(Participant& p, const Due& due);
  void disarm(Participant& p);
  void pass_on();
  void block(Participant& p);
  [[nodiscard]] Participant* next() const;
  void seize(Participant& p);

  Nanos now_ = 0;
  std::uint64_t event_ = 0;
  std::uint64_t entered_ = 0;
  Participant* running_ = nullptr;
  std::deque<Participant*> ready_;
  std::set<Participant*, Earlier> timers_;
  std::vector<simgrid::s4u::SemaphorePtr> bells_;  ///< of sleepers that must look at their new due time
  double worst_clock_error_ns_ = 0.0;
};

}  // namespace twinvoice::referee
