#include "sim/graph/routes.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <compare>
#include <limits>

namespace twinvoice::graph {
namespace {

/// Dijkstra's length of a way. Appending a link keeps the order of two lengths, and makes any length longer,
/// so that the algorithm is right for it.
struct Length {
  Nanos latency_ns = 0;
  std::size_t count = 0;
  std::vector<std::size_t> links;
  friend bool operator<(const Length& a, const Length& b) {
    if (a.latency_ns != b.latency_ns) return a.latency_ns < b.latency_ns;
    if (a.count != b.count) return a.count < b.count;
    return a.links < b.links;
  }
};

Length operator+(Length way, const Length& link) {
  way.latency_ns += link.latency_ns;
  way.count += link.count;
  way.links.insert(way.links.end(), link.links.begin(), link.links.end());
  return way;
}

using Net = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                  boost::property<boost::edge_weight_t, Length>>;

Length unreachable() { return {std::numeric_limits<Nanos>::max(), 0, {}}; }

}  // namespace

SiteRoutes::SiteRoutes(const spec::Topology& topology)
    : sites_(topology.sites.size()), ways_(sites_ * sites_) {
  for (const auto& site : topology.sites) names_.push_back(site.id);
  Net net(sites_);
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const spec::LinkSpec& link = topology.links[i].value;
    if (link.between.size() != 2) continue;
    const std::size_t a = site(link.between[0].id);
    const std::size_t b = site(link.between[1].id);
    if (a < sites_ && b < sites_ && a != b) boost::add_edge(a, b, Length{link.latency.ns, 1, {i}}, net);
  }
  for (std::size_t from = 0; from < sites_; ++from) {
    std::vector<Length> lengths(sites_);
    std::vector<std::size_t> before(sites_);
    boost::dijkstra_shortest_paths(
        net, from,
        boost::predecessor_map(before.data())
            .distance_map(
                boost::make_iterator_property_map(lengths.begin(), boost::get(boost::vertex_index, net)))
            .distance_compare([](const Length& x, const Length& y) { return x < y; })
            .distance_combine([](const Length& x, const Length& y) { return x + y; })
            .distance_inf(unreachable())
            .distance_zero(Length{}));
    for (std::size_t to = 0; to < sites_; ++to) {
      if (unreachable().latency_ns == lengths[to].latency_ns) continue;
      ways_[from * sites_ + to] = {true, lengths[to].latency_ns, lengths[to].links};
    }
  }
}

std::size_t SiteRoutes::site(std::string_view name) const {
  return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
}

}  // namespace twinvoice::graph
