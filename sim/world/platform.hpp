// The Plan's space as SimGrid sees it: one host for each location, one link for each direction of a WAN link, and LANs.
#pragma once

#include <cstdint>
#include <simgrid/s4u.hpp>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::world {

/// One direction of a WAN link. Direction 0 goes from site_a to site_b.
struct LinkLane {
  std::uint32_t link = 0;
  int direction = 0;
  double nominal_bytes_per_s = 0.0;
  simgrid::s4u::Link* simgrid = nullptr;
};

/// Built once, before the run. A route crosses the LAN of its origin, its WAN links and the LAN of its destination; a
/// carrier of unlimited bandwidth for each pair makes up the rest of the Plan's latency, so that totals agree.
class Platform {
 public:
  /// Checks every route's latency against the Plan's to 1 ns; throws EngineError on a difference. `engine` needs its settings.
  Platform(const plan::Plan& plan, simgrid::s4u::Engine& engine);

  [[nodiscard]] simgrid::s4u::Host* host(plan::LocationId location) const { return hosts_[location.index()]; }
  /// Where actors stand that stand nowhere in particular.
  [[nodiscard]] simgrid::s4u::Host* any_host() const { return hosts_.front(); }
  [[nodiscard]] bool routable(plan::LocationId from, plan::LocationId to) const {
    return plan_.route(from, to).exists;
  }
  /// Lanes a flow crosses, as indices into lanes().
  [[nodiscard]] const std::vector<std::uint32_t>& lanes_of(plan::LocationId from, plan::LocationId to) const {
    return route_lanes_[plan_.route_index(from, to)];
  }
  [[nodiscard]] const std::vector<LinkLane>& lanes() const { return lanes_; }

 private:
  void add_route(simgrid::s4u::NetZone& zone, plan::LocationId from, plan::LocationId to);

  const plan::Plan& plan_;
  std::vector<simgrid::s4u::Host*> hosts_;
  std::vector<simgrid::s4u::Link*> lan_out_, lan_in_;    ///< per location; null without a LAN bandwidth
  std::vector<LinkLane> lanes_;                          ///< [link x 2 + direction]
  std::vector<std::vector<std::uint32_t>> route_lanes_;  ///< [route index]
};

}  // namespace twinvoice::world
