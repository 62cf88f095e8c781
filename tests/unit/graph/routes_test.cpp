// Shortest ways between sites.
#include "sim/graph/routes.hpp"

#include <gtest/gtest.h>

#include <tuple>

namespace twinvoice::graph {
namespace {

using Link = std::tuple<const char*, const char*, Nanos>;

spec::Topology net(const std::vector<const char*>& sites, const std::vector<Link>& links) {
  spec::Topology t;
  for (const char* site : sites) t.sites.push_back({site, {}, {}});
  for (const auto& [a, b, latency_ns] : links) {
    spec::LinkSpec link;
    link.between = {{a, {}}, {b, {}}};
    link.latency.ns = latency_ns;
    t.links.push_back({std::string(a) + b, {}, link});
  }
  return t;
}

using Links = std::vector<std::size_t>;

TEST(SiteRoutes, take_the_least_latency) {
  const SiteRoutes routes(net({"a", "b", "c"}, {{"a", "c", 30}, {"a", "b", 10}, {"b", "c", 10}}));
  EXPECT_EQ(routes.way(0, 2).latency_ns, 20);
  EXPECT_EQ(routes.way(0, 2).links, (Links{1, 2}));
  EXPECT_EQ(routes.way(2, 0).links, (Links{2, 1}));
}

TEST(SiteRoutes, equal_latency_takes_fewer_links) {
  const SiteRoutes routes(net({"a", "b", "c"}, {{"a", "b", 10}, {"b", "c", 10}, {"a", "c", 20}}));
  EXPECT_EQ(routes.way(0, 2).links, (Links{2}));
}

TEST(SiteRoutes, ties_go_to_the_links_declared_first) {
  const SiteRoutes twins(net({"a", "b"}, {{"a", "b", 10}, {"a", "b", 10}}));
  EXPECT_EQ(twins.way(0, 1).links, (Links{0}));
  const SiteRoutes diamond(
      net({"a", "x", "y", "d"}, {{"a", "y", 5}, {"a", "x", 5}, {"x", "d", 5}, {"y", "d", 5}}));
  EXPECT_EQ(diamond.way(0, 3).links, (Links{0, 3}));
  EXPECT_EQ(diamond.way(3, 0).links, (Links{2, 1}));
}

TEST(SiteRoutes, a_site_reaches_itself_over_nothing_and_an_island_nobody) {
  const SiteRoutes routes(net({"a", "b", "island"}, {{"a", "b", 10}}));
  EXPECT_TRUE(routes.way(0, 0).exists);
  EXPECT_TRUE(routes.way(0, 0).links.empty());
  EXPECT_FALSE(routes.way(0, 2).exists);
  EXPECT_EQ(routes.site("island"), 2U);
  EXPECT_EQ(routes.site("nowhere"), 3U);
}

}  // namespace
}  // namespace twinvoice::graph
