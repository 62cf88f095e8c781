// The network of the referee: messages with latency, serialisation, loss, and cuts at which they are held.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>

#include "sim/plan/plan.hpp"

namespace twinvoice::referee {

class World;
struct Frame;

/// A message that waits at a cut; lives on the stack of its frame's actor.
struct HeldMessage {
  Frame* frame = nullptr;
  plan::LocationId from, to;
  bool establishes = false;
};

struct Network {
  std::list<HeldMessage*> held;  ///< first held first
  std::map<std::pair<std::uint32_t, bool>, Nanos>
      free_at_ns;  ///< shared links, by (link, from site_a to site_b)
};

/// A Hop step: crosses to this frame's location or back to the parent's. Throws Undeliverable, or Failure at
/// arrival.
void hop(World& world, Frame& f, const plan::Step& step);

/// May a message pass now?
[[nodiscard]] bool passes(const World& world, plan::LocationId from, plan::LocationId to, bool establishes);
/// One way, with the effects of now.
[[nodiscard]] Nanos latency_ns(const World& world, plan::LocationId from, plan::LocationId to);
/// After a cut or a repair: held messages whose path is open are sent.
void paths_changed(World& world);

}  // namespace twinvoice::referee
