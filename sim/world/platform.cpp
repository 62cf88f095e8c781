#include "sim/world/platform.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/base/check.hpp"

namespace twinvoice::world {
namespace {

/// Stands for "no limit"; SimGrid takes a bandwidth of 0 for unlimited only by accident.
constexpr double kUnlimitedBytesPerS = 1e15;
constexpr double kAnySpeed = 1e9;

simgrid::s4u::Link* make_link(simgrid::s4u::NetZone& zone, const std::string& name, double bytes_per_s,
                              Nanos latency_ns) {
  auto* link = zone.create_link(name, bytes_per_s > 0.0 ? bytes_per_s : kUnlimitedBytesPerS);
  link->set_latency(to_seconds(latency_ns));
  return link->seal();
}

}  // namespace

Platform::Platform(const plan::Plan& plan, simgrid::s4u::Engine& /*engine*/) : plan_(plan) {
  auto* zone = simgrid::s4u::create_full_zone("world");
  for (const plan::Location& l : plan.locations) {
    hosts_.push_back(zone->create_host(l.name, kAnySpeed));
    const bool limited = l.lan_bytes_per_s > 0.0;
    lan_out_.push_back(limited ? make_link(*zone, l.name + ">lan", l.lan_bytes_per_s, 0) : nullptr);
    lan_in_.push_back(limited ? make_link(*zone, l.name + "<lan", l.lan_bytes_per_s, 0) : nullptr);
  }
  if (hosts_.empty()) hosts_.push_back(zone->create_host("nowhere", kAnySpeed));
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    const plan::Link& l = plan.links[i];
    for (const int direction : {0, 1}) {
      LinkLane lane{static_cast<std::uint32_t>(i), direction, l.bytes_per_s, nullptr};
      if (lane.nominal_bytes_per_s <= 0.0) lane.nominal_bytes_per_s = kUnlimitedBytesPerS;
      lane.simgrid = make_link(*zone, fmt::format("{}/{}", l.name, direction), l.bytes_per_s, l.latency_ns);
      lanes_.push_back(lane);
    }
  }
  route_lanes_.resize(plan.routes.size());
  for (std::size_t from = 0; from < plan.locations.size(); ++from) {
    for (std::size_t to = 0; to < plan.locations.size(); ++to) {
      add_route(*zone, plan::LocationId(from), plan::LocationId(to));
    }
  }
  zone->seal();
}

void Platform::add_route(simgrid::s4u::NetZone& zone, plan::LocationId from, plan::LocationId to) {
  const plan::Route& route = plan_.route(from, to);
  if (!route.exists) return;
  std::vector<std::uint32_t>& crossed = route_lanes_[plan_.route_index(from, to)];
  std::vector<simgrid::s4u::LinkInRoute> links;
  if (lan_out_[from.index()] != nullptr) links.emplace_back(lan_out_[from.index()]);
  Nanos carried_ns = 0;
  std::string at = plan_.locations[from.index()].site;
  for (const plan::LinkId id : route.links) {
    const plan::Link& l = plan_.links[id.index()];
    const bool forward = l.site_a == at;
    at = forward ? l.site_b : l.site_a;
    crossed.push_back(id.value * 2 + (forward ? 0U : 1U));
    links.emplace_back(lanes_[crossed.back()].simgrid);
    carried_ns += l.latency_ns;
  }
  if (lan_in_[to.index()] != nullptr) links.emplace_back(lan_in_[to.index()]);
  const std::string name = plan_.locations[from.index()].name + ">" + plan_.locations[to.index()].name;
  ensure(route.latency_ns >= carried_ns, "route " + name + " is faster than its links");
  links.emplace_back(make_link(zone, "lan " + name, 0.0, route.latency_ns - carried_ns));
  zone.add_route(hosts_[from.index()]->get_netpoint(), hosts_[to.index()]->get_netpoint(), nullptr, nullptr,
                 links, false);

  double latency_s = 0.0;
  for (const auto& link : links) latency_s += link.get_link()->get_latency();
  ensure(std::abs(latency_s * 1e9 - static_cast<double>(route.latency_ns)) < 1.0,
         "SimGrid's latency of route " + name + " differs from the Plan's");
}

}  // namespace twinvoice::world
