// The structure of an architecture: who needs whom, where replicas stand, over which links messages go.
// Questions that need no simulation: what cannot work at all, how far replicas are spread, which site or link splits the network.
// What one loss costs is asked of the Plan: compile/structure.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace twinvoice::graph {

inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// A location: a zone, or a site without zones.
struct Spot {
  std::string name, site, region;
};

struct Wire {
  std::string name, site_a, site_b;
};

/// A component with the spot of each replica.
struct Group {
  std::string name;
  std::vector<std::size_t> spots;
  std::size_t needs = 1;  ///< live replicas without which it counts as down
};

/// One thing that must work, seen from the spot of whoever needs it. Children have smaller indices.
struct Need {
  std::size_t group = kNowhere;    ///< the component that is called; kNowhere: no call, only the children
  std::size_t primary = kNowhere;  ///< the one spot whose replicas will do (writes); kNowhere: any
  std::size_t at_least = 0;        ///< so many of the children must work, from the spot of the replica
  std::vector<std::size_t> children;
  std::string caller;  ///< for messages
};

struct Asked {
  std::string operation;
  std::size_t from = 0;  ///< spot of the clients
  std::size_t need = 0;
};

struct Architecture {
  std::vector<Spot> spots;
  std::vector<Wire> wires;
  std::vector<std::vector<std::size_t>> routes;  ///< [from x spots + to]: wires of the fixed route
  std::vector<bool> connected;                   ///< [from x spots + to]: there is a route
  std::vector<Group> groups;
  std::vector<Need> needs;
  std::vector<Asked> operations;
};

/// A call that can never succeed, as text: the entry is out of reach, or a caller at some spot reaches no
/// replica.
[[nodiscard]] std::vector<std::string> reachability_problems(const Architecture& a);

/// How far the replicas of a component are apart.
struct Spread {
  std::string component;
  std::size_t replicas = 0, needs = 0, zones = 0, sites = 0, regions = 0;
};
[[nodiscard]] std::vector<Spread> failure_domains(const Architecture& a);

/// Sites and links whose loss splits the network of sites, whatever the routes: its articulation points and
/// bridges.
struct NetworkCuts {
  std::vector<std::string> sites, links;
};
[[nodiscard]] NetworkCuts network_cuts(const Architecture& a);

}  // namespace twinvoice::graph
