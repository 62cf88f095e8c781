// Shortest ways between sites over the links of a topology.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::graph {

/// A way from one site to another. `links` are indices into Topology::links, in the order in which they are
/// crossed.
struct Way {
  bool exists = false;
  Nanos latency_ns = 0;
  std::vector<std::size_t> links;
};

/// Ways between all pairs of sites: the least latency, among equals the fewest links, among equals the links
/// declared first (compared link by link from the start). A site reaches itself over no link.
class SiteRoutes {
 public:
  explicit SiteRoutes(const spec::Topology& topology);
  /// By index into Topology::sites.
  [[nodiscard]] const Way& way(std::size_t from, std::size_t to) const { return ways_[from * sites_ + to]; }
  /// Index of a site; Topology::sites.size() when there is none of that name.
  [[nodiscard]] std::size_t site(std::string_view name) const;

 private:
  std::size_t sites_;
  std::vector<std::string> names_;
  std::vector<Way> ways_;
};

}  // namespace twinvoice::graph
