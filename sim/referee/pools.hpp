// Pools of the referee: plain tokens, and connections with peer, age and last use.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "sim/plan/steps.hpp"
#include "sim/referee/frame.hpp"
#include "sim/referee/stations.hpp"

namespace twinvoice::referee {

/// One frame in a pool's queue; lives on the stack of its actor.
struct Waiter {
  Frame* frame = nullptr;
  bool granted = false;
};

struct PoolState {
  std::uint32_t held = 0;  ///< tokens in use; connections: in use or being established
  std::list<Waiter*> waiting;
  std::vector<std::shared_ptr<Connection>> idle;  ///< by last use, the newest last
  std::uint64_t born = 0;                         ///< connections so far
  Touch last;
};

/// State of all pools, by id.
struct Pools {
  std::vector<PoolState> states;
};

/// Tokens that are taken at the start and never come back.
void hold_initial_tokens(World& world);
/// Opens the connections of preconnected pools (start of the run).
void preconnect(World& world);

/// An Acquire step. Throws Failure when no token comes.
void acquire(World& world, Frame& f, const plan::Step& step);
/// A Release step: the newest token of the pool that the frame holds.
void release(World& world, Frame& f, const plan::Step& step);
/// Gives one token back: to the first waiter, or to the pool.
void give_back(World& world, Token token);
/// After a change of the cap.
void pool_changed(World& world, plan::PoolId pool);

/// A Connect step: the frame holds a place in the pool afterwards. Throws Failure.
void connect(World& world, Frame& f, const plan::Step& step);

/// What an attempt that needs a connection says of itself.
struct Launch {
  std::uint64_t number = 0;  ///< of the attempt in draws
  Nanos until_ns = kNever;   ///< how long it may wait for the connection
  Nanos deadline_ns = kNever;
};
/// Gives the frame's place in the pool of `site` a connection to `peer`, a new one if there is none. None, or why not.
[[nodiscard]] plan::Cause reach(World& world, Frame& f, plan::CallSiteId site, plan::InstanceId peer,
                                const Launch& launch);
/// The place that the frame holds in the pool of a call; null without.
[[nodiscard]] Token* token_for(Frame& f, const plan::CallSite& site);

/// The pool that a step means at this frame.
[[nodiscard]] plan::PoolId pool_at(const Frame& f, const plan::Step& step);

}  // namespace twinvoice::referee
