// Where things stand and how messages travel: locations, links, routes, components and their replicas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// A place where replicas run: a zone of a site, or the whole site when it declares no zones.
struct Location {
  std::string name;  ///< "site" or "site/zone"
  std::string site;
  std::string zone;  ///< "" when the site has no zones
  std::string region;
  Nanos lan_latency_ns = 0;      ///< one way, between two replicas of this location
  double lan_bytes_per_s = 0.0;  ///< 0: serialisation takes no time
};

/// A WAN link between two sites, the same in both directions.
struct Link {
  std::string name;
  std::string site_a, site_b;
  Nanos latency_ns = 0;  ///< one way
  double bytes_per_s = 0.0;
  double loss = 0.0;    ///< probability that one message is lost once, [0, 1)
  bool shared = false;  ///< bulk flows may use it: bandwidth is shared in epochs
};

/// The way from one location to another. `links` are crossed in order; empty inside one site.
struct Route {
  bool exists = false;
  Nanos latency_ns = 0;      ///< sum over LANs and links, without faults
  double bytes_per_s = 0.0;  ///< the narrowest part; 0: unlimited
  std::vector<LinkId> links;
};

/// A declared component of the topology.
struct Component {
  std::string name;
  std::string model;
  std::uint32_t first_instance = 0;  ///< its replicas are instances [first, first + replicas)
  std::uint32_t replicas = 0;
  std::uint32_t needs_at_least = 1;  ///< replicas without which it counts as down
  LogId log;                         ///< its replicated log, if it has one
};

/// One replica of a component.
struct Instance {
  ComponentId component;
  std::uint32_t ordinal = 0;  ///< within the component, counted over sites in declaration order
  LocationId location;
  double weight = 1.0;         ///< base balancing weight, from `weights` of its site; 0 takes it out
  std::uint64_t name_key = 0;  ///< hash of "component#ordinal": the key of its background draws
};

/// Messages of the network that are not properties of one link.
struct Network {
  Nanos user_timeout_ns =
      900 * kNanosPerSecond;              ///< how long a message may be held at a cut before it is reset
  Nanos resend_timeout_ns = 200'000'000;  ///< first TCP resend; doubles with each loss in a row
  Nanos epoch_ns = 100'000'000;           ///< sharing of bandwidth between requests and bulk flows
  bool crosstraffic = false;
  std::int64_t tcp_gamma_bytes = 0;  ///< 0: flows are not capped by a window
  int max_resends = 6;               ///< after so many losses in a row the connection is reset
};

}  // namespace twinvoice::plan
