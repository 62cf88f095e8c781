#include "sim/graph/architecture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <set>

namespace twinvoice::graph {
namespace {

/// Values of a field of the spots, each once, in order of the spots.
std::vector<std::string> distinct(const Architecture& a, const std::string Spot::*field) {
  std::vector<std::string> values;
  for (const Spot& spot : a.spots) {
    if (std::find(values.begin(), values.end(), spot.*field) == values.end()) values.push_back(spot.*field);
  }
  return values;
}

/// Walks the needs of an operation from spots that are reached, and tells which calls find nobody.
class Search {
 public:
  explicit Search(const Architecture& a) : a_(a), seen_(a.needs.size() * a.spots.size()) {}

  void from(std::size_t need, std::size_t spot, std::vector<std::string>& problems) {
    if (seen_[need * a_.spots.size() + spot]) return;
    seen_[need * a_.spots.size() + spot] = true;
    const Need& n = a_.needs[need];
    if (n.group == kNowhere) {
      for (const std::size_t child : n.children) from(child, spot, problems);
      return;
    }
    bool reached = false;
    for (const std::size_t to : a_.groups[n.group].spots) {
      if ((n.primary != kNowhere && to != n.primary) || !a_.connected[spot * a_.spots.size() + to]) continue;
      reached = true;
      for (const std::size_t child : n.children) from(child, to, problems);
    }
    if (reached) return;
    problems.push_back(fmt::format("{} at {} reaches no {} of {}: no links lead there", n.caller,
                                   a_.spots[spot].name, n.primary == kNowhere ? "replica" : "primary",
                                   a_.groups[n.group].name));
  }

 private:
  const Architecture& a_;
  std::vector<bool> seen_;
};

}  // namespace

std::vector<std::string> reachability_problems(const Architecture& a) {
  std::vector<std::string> problems;
  Search search(a);
  for (const Asked& asked : a.operations) search.from(asked.need, asked.from, problems);
  return problems;
}

std::vector<Spread> failure_domains(const Architecture& a) {
  std::vector<Spread> spreads;
  for (const Group& g : a.groups) {
    std::set<std::string> zones, sites, regions;
    for (const std::size_t spot : g.spots) {
      zones.insert(a.spots[spot].name);
      sites.insert(a.spots[spot].site);
      regions.insert(a.spots[spot].region);
    }
    spreads.push_back({g.name, g.spots.size(), g.needs, zones.size(), sites.size(), regions.size()});
  }
  return spreads;
}

NetworkCuts network_cuts(const Architecture& a) {
  using Edge = boost::property<boost::edge_index_t, std::size_t>;
  using Net = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property, Edge>;
  const std::vector<std::string> sites = distinct(a, &Spot::site);
  const auto site = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(sites.begin(), sites.end(), name) - sites.begin());
  };
  Net net(sites.size());
  for (std::size_t w = 0; w < a.wires.size(); ++w) {
    boost::add_edge(site(a.wires[w].site_a), site(a.wires[w].site_b), Edge(w), net);
  }
  std::vector<std::size_t> component(a.wires.size());
  const auto index = boost::get(boost::edge_index, net);
  std::vector<std::size_t> cut_points;
  const std::size_t components =
      boost::biconnected_components(net, boost::make_iterator_property_map(component.begin(), index),
                                    std::back_inserter(cut_points))
          .first;
  NetworkCuts cuts;
  std::sort(cut_points.begin(), cut_points.end());
  for (const std::size_t s : cut_points) cuts.sites.push_back(sites[s]);
  std::vector<std::size_t> size(components, 0);
  for (const std::size_t c : component) ++size[c];
  for (std::size_t w = 0; w < a.wires.size(); ++w) {
    if (size[component[w]] == 1) cuts.links.push_back(a.wires[w].name);
  }
  return cuts;
}

}  // namespace twinvoice::graph
