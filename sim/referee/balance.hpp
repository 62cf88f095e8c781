// Load balancing of the referee: which replica a call goes to, as its caller knows the world.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sim/plan/plan.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::referee {

class World;

/// What a caller replica knows of one callee replica, at one call site.
struct Peer {
  std::uint32_t in_flight = 0;  ///< calls launched, not yet answered or given up
  std::uint32_t errors_in_a_row = 0;
  std::uint32_t ejections = 0;
  Nanos ejected_until_ns = 0;
};

/// Balancing weight of a replica as the knobs set it.
[[nodiscard]] double weight_of(const World& w, const plan::Instance& instance);

/// Balancing state of all call sites.
class Balancers {
 public:
  explicit Balancers(const plan::Plan& plan);

  /// The replica for the child frame `hash` of the caller with this ordinal at this location; invalid when
  /// none is left. Those `tried` are chosen only where all are.
  [[nodiscard]] plan::InstanceId choose(World& w, plan::LocationId from, std::uint32_t caller,
                                        plan::CallSiteId site, random::Key hash,
                                        const std::deque<plan::InstanceId>& tried = {});
  [[nodiscard]] Peer& peer(const plan::Plan& plan, plan::CallSiteId site, std::uint32_t caller,
                           plan::InstanceId callee);
  /// Counts the outcome of an attempt for ejection.
  void outcome(World& w, plan::CallSiteId site, std::uint32_t caller, plan::InstanceId callee, bool success);

 private:
  std::vector<std::uint64_t> turns_;  ///< round robin, by call state
  std::vector<Peer> peers_;           ///< by peer state
};

}  // namespace twinvoice::referee
