// The running world of the referee: what all actors share, and the order in which its parts refer to each
// other.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/plan/plan.hpp"
#include "sim/random/draw.hpp"
#include "sim/random/laws.hpp"
#include "sim/referee/arbiter.hpp"
#include "sim/referee/balance.hpp"
#include "sim/referee/breaker.hpp"
#include "sim/plan/effects.hpp"
#include "sim/referee/frame.hpp"
#include "sim/referee/logs.hpp"
#include "sim/referee/network.hpp"
#include "sim/referee/pools.hpp"
#include "sim/referee/referee.hpp"
#include "sim/referee/stations.hpp"

namespace simgrid::s4u {
class Host;
}

namespace twinvoice::referee {

/// Live frames of an instance in the order in which a kill resets them.
struct ByContent {
  bool operator()(const Frame* a, const Frame* b) const {
    return std::tuple(a->request->number, a->hash, a) < std::tuple(b->request->number, b->hash, b);
  }
};

struct InstanceState {
  std::set<Frame*, ByContent> frames;
  std::deque<Participant*> postponed;  ///< stand still until the instance goes on
  std::uint64_t kills = 0;
};

struct CellState {
  double value = 0.0;
  Nanos at_ns = 0;
};

struct GateState {
  double tokens = 0.0;
  Nanos at_ns = 0;
};

class World {
 public:
  World(const plan::Plan& plan, std::uint64_t replication, const Limits& limits);

  const plan::Plan& plan;
  const std::uint64_t replication;
  const Limits limits;
  const random::Stream stream;
  simgrid::s4u::Host* host = nullptr;
  Arbiter arbiter;
  plan::Effects effects;
  std::vector<InstanceState> instances;
  std::vector<Station> stations;
  Pools pools;
  Network network;
  Balancers balancers;
  std::vector<CallGuard> guards;  ///< by call state
  Logs logs;
  std::vector<CellState> cells;
  std::vector<GateState> gates;
  std::deque<Request> requests;
  Request nobody;  ///< whom the work at the start belongs to
  RefereeResult result;
  bool measured = false;              ///< the horizon has passed: what arrives is in no figure
  std::uint64_t followed = 0;         ///< open requests that arrived in the measured time
  bool stopping = false;              ///< the run is over: nothing may change any more
  std::string error;                  ///< of the first actor that threw
  Participant* end = nullptr;         ///< ends the run when made ready
  std::vector<Participant*> sources;  ///< by source; null for those whose rate is fixed

  [[nodiscard]] Nanos now() const { return arbiter.now(); }
  [[nodiscard]] static Nanos later(Nanos from_ns, Nanos span_ns) {
    return span_ns >= kNever - from_ns ? kNever : from_ns + span_ns;
  }

  // Draws.
  [[nodiscard]] Nanos sample_ns(plan::LawId law, random::Key purpose, random::Key frame,
                                std::uint64_t index) const;
  [[nodiscard]] double uniform(random::Key purpose, random::Key frame, std::uint64_t index) const;

  // State of instances and gates as the knobs set it.
  [[nodiscard]] bool down(plan::InstanceId i) const {
    return effects.any(plan::Knob::kInstanceDown, i.value);
  }
  [[nodiscard]] bool paused(plan::InstanceId i) const {
    return effects.any(plan::Knob::kInstancePaused, i.value);
  }
  [[nodiscard]] plan::Cause here(const Frame& f, plan::Reason reason) const {
    return {reason, f.component.value};
  }

  /// Notes an event at a resource for RefereeResult::first_tie_ns.
  void touch(Touch& last);

  // Frames.

  /// Blocks the frame. True: `at_ns` has come; false: somebody made it ready. Throws Failure or Cancelled
  /// when that is why.
  bool wait(Frame& f, Activity activity, Nanos at_ns, plan::Rung rung);
  /// Creates the actor of a frame whose fields are filled in.
  void launch(const FramePtr& f);
  /// A child of `parent` on an instance, not launched yet.
  [[nodiscard]] FramePtr child(const Frame& parent, random::Key hash, plan::ProgramId program,
                               plan::InstanceId at) const;
  /// The parent no longer waits for the answer.
  static void detach(Frame& child) { child.reply_to.reset(); }
  /// Detaches, and tells the child to stop: after one Hop's latency when `by_message`, else at once. A
  /// message that meets a cut is not delivered.
  void cancel(const Frame& parent, const FramePtr& child, bool by_message);
  /// Cancels all children that a cancelled frame waits for.
  void cancel_children(Frame& f);
  /// A request message has reached the frame's instance. Throws Failure(kRefused), or waits while the
  /// instance stands still.
  void arrived_at_instance(Frame& f);
  /// A reply message has reached the caller: it waits there while the caller's instance stands still.
  void arrived_at_caller(Frame& f);
  /// The frame is at its end: tells its parent, or decides the request.
  void end_frame(Frame& f);
  /// Frames that stood still go on.
  void resume(plan::InstanceId i);
  /// Runs `body` as an actor of its own; an exception ends the run.
  void spawn(const std::shared_ptr<Participant>& participant, std::function<void()> body);

  /// A request arrives: its root frame starts within this event.
  void arrive(plan::SourceId source, std::uint64_t ordinal, Participant* user);

 private:
  void stand_still(Frame& f, plan::InstanceId at);
  [[nodiscard]] static plan::InstanceId caller_of(const Frame& f);
  [[nodiscard]] static plan::InstanceId sender_or_host(const Frame& f, Activity activity);
  void stop(Frame& child);
  void answer(Frame& child);
  void decide(const Frame& root);
};

/// The actor of a frame: runs its program to the end.
void run_program(World& world, Frame& frame);
/// Gives back all tokens, newest first, and detaches the branches of a Fork.
void let_go(World& world, Frame& frame);

/// A child that its parent waits for; no longer when the wait ends, however it ends.
struct Awaiting {
  World& w;
  Frame& parent;
  FramePtr child;
  Awaiting(World& world, Frame& f, FramePtr c) : w(world), parent(f), child(std::move(c)) {
    parent.awaited.push_back(child);
  }
  Awaiting(const Awaiting&) = delete;
  Awaiting& operator=(const Awaiting&) = delete;
  ~Awaiting() {
    if (w.stopping) return;
    std::erase(parent.awaited, child);
    World::detach(*child);
  }
};

/// A Call at frame f through `site`. Returns none, or why it failed.
[[nodiscard]] plan::Cause perform_call(World& world, Frame& f, plan::CallSiteId site);
/// A detached job.
void emit(World& world, Frame& f, plan::CallSiteId site);
/// Fork and Join steps; join throws Failure when it can no longer be satisfied.
void fork(World& world, Frame& f, const plan::Step& step);
void join(World& world, Frame& f, const plan::Step& step);

/// Executes one turn at the present instant.
void apply(World& world, const plan::Turn& turn);

/// Creates the actors of sources, lives and turns, and the one that ends the run.
void populate(World& world, const std::vector<plan::Turn>& recorded_turns);

}  // namespace twinvoice::referee
