// What fails with one loss.
#include "sim/graph/architecture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinvoice::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Sites a (zones 1, 2), b and c in a row, a-b and b-c linked; clients at c.
Architecture row_of_sites() {
  Architecture a;
  a.spots = {{"a/1", "a", "east"}, {"a/2", "a", "east"}, {"b", "b", "west"}, {"c", "c", "west"}};
  a.wires = {{"ab", "a", "b"}, {"bc", "b", "c"}};
  const auto hops = [](std::size_t from, std::size_t to) -> std::vector<std::size_t> {
    const std::size_t x = from < 2 ? 0 : from - 1;
    const std::size_t y = to < 2 ? 0 : to - 1;
    std::vector<std::size_t> wires;
    for (std::size_t w = std::min(x, y); w < std::max(x, y); ++w) wires.push_back(w);
    return wires;
  };
  for (std::size_t from = 0; from < 4; ++from) {
    for (std::size_t to = 0; to < 4; ++to) {
      a.connected.push_back(true);
      a.routes.push_back(hops(from, to));
    }
  }
  return a;
}

Need call(std::size_t group, std::vector<std::size_t> children = {}) {
  const std::size_t n = children.size();
  return {group, kNowhere, n, std::move(children), "caller"};
}

TEST(Reachability, tells_who_cannot_reach_whom) {
  Architecture a = row_of_sites();
  a.groups = {{"web", {2}, 1}, {"db", {0}, 1}};
  a.needs = {call(1), call(0, {0})};
  a.operations = {{"op", 3, 1}};
  EXPECT_THAT(reachability_problems(a), IsEmpty());
  a.connected[2 * 4 + 0] = false;
  EXPECT_THAT(reachability_problems(a), ElementsAre(HasSubstr("caller at b reaches no replica of db")));
}

TEST(NetworkCuts, are_articulation_points_and_bridges) {
  Architecture a = row_of_sites();
  EXPECT_THAT(network_cuts(a).sites, ElementsAre("b"));
  EXPECT_THAT(network_cuts(a).links, ElementsAre("ab", "bc"));
  a.wires.push_back({"ac", "a", "c"});
  EXPECT_THAT(network_cuts(a).sites, IsEmpty());
  EXPECT_THAT(network_cuts(a).links, IsEmpty());
  a.wires.push_back({"ab2", "a", "b"});
  EXPECT_THAT(network_cuts(a).links, IsEmpty());
}

TEST(FailureDomains, count_zones_sites_and_regions) {
  Architecture a = row_of_sites();
  a.groups = {{"web", {0, 1, 1, 3}, 2}};
  const Spread spread = failure_domains(a).front();
  EXPECT_EQ(spread.replicas, 4U);
  EXPECT_EQ(spread.needs, 2U);
  EXPECT_EQ(spread.zones, 3U);
  EXPECT_EQ(spread.sites, 2U);
  EXPECT_EQ(spread.regions, 2U);
}

}  // namespace
}  // namespace twinvoice::graph
