#include "sim/graph/architecture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <set>

namespace twinvoice::graph {
namespace {

bool lost(const std::vector<bool>& set, std::size_t i) { return i < set.size() && set[i]; }

/// Evaluates needs from spots, each pair once.
class Evaluation {
 public:
  Evaluation(const Architecture& a, const Loss& loss)
      : a_(a), loss_(loss), known_(a.needs.size() * a.spots.size(), '?') {}

  bool works(std::size_t need, std::size_t spot) {
    char& known = known_[need * a_.spots.size() + spot];
    if (known == '?')
      known = a_.needs[need].group == kNowhere ? children_work(need, spot) : call_works(need, spot);
    return known != 0;
  }

  bool message_passes(std::size_t from, std::size_t to) const {
    const std::size_t route = from * a_.spots.size() + to;
    if (lost(loss_.spots, from) || lost(loss_.spots, to) || !a_.connected[route]) return false;
    const auto& wires = a_.routes[route];
    return std::none_of(wires.begin(), wires.end(), [&](std::size_t w) { return lost(loss_.wires, w); });
  }

 private:
  bool children_work(std::size_t need, std::size_t spot) {
    const Need& n = a_.needs[need];
    std::size_t good = 0;
    for (const std::size_t child : n.children) good += works(child, spot) ? 1 : 0;
    return good >= n.at_least;
  }

  bool call_works(std::size_t need, std::size_t spot) {
    const Need& n = a_.needs[need];
    const Group& g = a_.groups[n.group];
    std::size_t live = 0;
    bool answered = false;
    for (std::size_t r = 0; r < g.spots.size(); ++r) {
      if (lost(loss_.spots, g.spots[r]) || (loss_.group == n.group && loss_.replica == r)) continue;
      ++live;
      if (answered || (n.primary != kNowhere && g.spots[r] != n.primary)) continue;
      answered = message_passes(spot, g.spots[r]) && children_work(need, g.spots[r]);
    }
    return answered && live >= g.needs;
  }

  const Architecture& a_;
  const Loss& loss_;
  std::vector<char> known_;  // '?', 0 or 1
};

Loss losing_spots(const Architecture& a, const std::string Spot::*field, const std::string& value) {
  Loss loss;
  for (const Spot& spot : a.spots) loss.spots.push_back(spot.*field == value);
  return loss;
}

/// Values of a field of the spots, each once, in order of the spots.
std::vector<std::string> distinct(const Architecture& a, const std::string Spot::*field) {
  std::vector<std::string> values;
  for (const Spot& spot : a.spots) {
    if (std::find(values.begin(), values.end(), spot.*field) == values.end()) values.push_back(spot.*field);
  }
  return values;
}

void try_places(const Architecture& a, std::size_t operation, Element element, const std::string Spot::*field,
                std::vector<SinglePoint>& found) {
  const Asked& asked = a.operations[operation];
  for (const std::string& value : distinct(a, field)) {
    if (works(a, operation, losing_spots(a, field, value))) continue;
    found.push_back({asked.operation, element, value, a.spots[asked.from].*field == value});
  }
}

void try_replicas(const Architecture& a, std::size_t operation, std::vector<SinglePoint>& found) {
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    std::set<std::size_t> tried;  // replicas at one spot are alike
    for (std::size_t r = 0; r < a.groups[g].spots.size(); ++r) {
      if (!tried.insert(a.groups[g].spots[r]).second) continue;
      Loss loss;
      loss.group = g;
      loss.replica = r;
      if (works(a, operation, loss)) continue;
      found.push_back({a.operations[operation].operation, Element::kReplica,
                       a.groups[g].name + " at " + a.spots[a.groups[g].spots[r]].name, false});
    }
  }
}

void try_links(const Architecture& a, std::size_t operation, std::vector<SinglePoint>& found) {
  for (std::size_t w = 0; w < a.wires.size(); ++w) {
    Loss loss;
    loss.wires.assign(a.wires.size(), false);
    loss.wires[w] = true;
    if (works(a, operation, loss)) continue;
    found.push_back({a.operations[operation].operation, Element::kLink, a.wires[w].name, false});
  }
}

/// Walks the needs of an operation from spots that are reached, and tells which calls find nobody.
class Search {
 public:
  explicit Search(const Architecture& a)
      : a_(a), evaluation_(a, nothing_), seen_(a.needs.size() * a.spots.size()) {}

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
      if ((n.primary != kNowhere && to != n.primary) || !evaluation_.message_passes(spot, to)) continue;
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
  Loss nothing_;
  Evaluation evaluation_;
  std::vector<bool> seen_;
};

}  // namespace

bool works(const Architecture& a, std::size_t operation, const Loss& loss) {
  const Asked& asked = a.operations[operation];
  if (lost(loss.spots, asked.from)) return false;
  return Evaluation(a, loss).works(asked.need, asked.from);
}

std::vector<std::string> reachability_problems(const Architecture& a) {
  std::vector<std::string> problems;
  Search search(a);
  for (const Asked& asked : a.operations) search.from(asked.need, asked.from, problems);
  return problems;
}

const char* element_name(Element element) {
  switch (element) {
    case Element::kReplica: return "replica";
    case Element::kZone: return "zone";
    case Element::kSite: return "site";
    case Element::kRegion: return "region";
    case Element::kLink: return "link";
  }
  return "?";
}

std::vector<SinglePoint> single_points(const Architecture& a) {
  std::vector<SinglePoint> found;
  for (std::size_t o = 0; o < a.operations.size(); ++o) {
    if (!works(a, o, {})) continue;  // nothing can make it worse: see reachability_problems()
    try_replicas(a, o, found);
    try_places(a, o, Element::kZone, &Spot::name, found);
    try_places(a, o, Element::kSite, &Spot::site, found);
    try_places(a, o, Element::kRegion, &Spot::region, found);
    try_links(a, o, found);
  }
  // A site without zones is one spot: it is told once, as a site.
  std::erase_if(found, [&](const SinglePoint& p) {
    return p.element == Element::kZone &&
           std::any_of(a.spots.begin(), a.spots.end(), [&](const Spot& s) { return s.site == p.name; });
  });
  return found;
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
