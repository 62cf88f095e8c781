#include "sim/spec/topology.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

using test::kTopology;
using test::topology_issues;
using test::with;

Topology good() {
  Issues issues;
  Topology topology = read_topology("t.json", kTopology, test::catalog(), issues);
  EXPECT_EQ(test::lines(issues), "");
  return topology;
}

/// The issues of the valid text with one replacement.
std::string issues_after(std::string_view from, std::string_view to) {
  return topology_issues(with(kTopology, from, to));
}

TEST(Topology, a_valid_text_is_read_in_file_order_with_places) {
  const Topology t = good();
  EXPECT_EQ(t.name, "small");
  ASSERT_EQ(t.components.size(), 3U);
  EXPECT_EQ(t.components[0].id, "edge");
  EXPECT_EQ(t.components[1].value.place.pointer, "/components/invoice");
  EXPECT_EQ(t.components[1].value.replica_count(), 10);
  EXPECT_TRUE(t.components[1].value.stands_at("sha"));
  EXPECT_TRUE(t.components[1].value.stands_at("sha/z2"));
  EXPECT_FALSE(t.components[0].value.stands_at("bj"));
  EXPECT_EQ(t.components[1].value.weights.find("bj") != nullptr, true);
  EXPECT_EQ(t.links[0].value.model.name, "wan_link");
  EXPECT_EQ(t.links[0].value.life->crew->id, "net");
  EXPECT_EQ(t.links[0].value.loss.value, 0.001);
  EXPECT_EQ(t.sites[1].value.lan.latency.ns, 200'000);
  EXPECT_EQ(t.operations[0].value.client.timeout->ns, 10 * kNanosPerSecond);
  EXPECT_EQ(t.operations[0].value.client.place.pointer, "/operations/issue/client");
  EXPECT_FALSE(t.operations[0].value.names_endpoint());
  EXPECT_EQ(t.network.tcp_gamma.count, 4 << 20);
  EXPECT_EQ(t.source, kTopology);
}

TEST(Topology, model_fields_stand_beside_the_common_ones) {
  const Topology t = good();
  const auto& service = t.components[1].value.model.as<test::ServiceParams>();
  EXPECT_EQ(service.cores.count, 8);
  EXPECT_EQ(service.threads->max, 64);
  EXPECT_EQ(service.place.pointer, "/components/invoice");
  ASSERT_EQ(service.calls.size(), 2U);
  const auto& call = std::get<CallSpec>(service.calls[0].item);
  EXPECT_EQ(call.to.id, "tax");
  EXPECT_EQ(call.policy.place.pointer, "/components/invoice/calls/0");
  EXPECT_EQ(call.policy.retries->attempts, 2);
  EXPECT_EQ(call.policy.retries->on->size(), 2U);
  EXPECT_TRUE(call.policy.pool->own->has_connections());
  const auto& parallel = std::get<ParallelSpec>(service.calls[1].item);
  EXPECT_EQ(parallel.join.mode, JoinMode::kAny);
  EXPECT_EQ(t.components[0].value.model.as<test::BalancerParams>().policy.balance, BalanceMode::kRoundRobin);
  EXPECT_TRUE(t.components[2].value.model.as<test::ServiceParams>().cores.unlimited);
  EXPECT_THROW((void)t.components[0].value.model.as<test::ServiceParams>(), EngineError);
}

TEST(Topology, dangling_references_are_told_wherever_they_stand) {
  EXPECT_EQ(
      issues_after("\"to\": \"tax\", \"timeout\"", "\"to\": \"tex\", \"timeout\""),
      "t.json:23:16: /components/invoice/calls/0/to: there is no component \"tex\"; did you mean \"tax\"?\n");
  EXPECT_EQ(issues_after("[\"sha\", \"bj\"]", "[\"sha\", \"bejing\"]"),
            "t.json:12:35: /links/sha-bj/between/1: there is no site \"bejing\"\n");
  EXPECT_EQ(issues_after("\"crew\": \"net\"", "\"crew\": \"nett\""),
            "t.json:13:85: /links/sha-bj/life/crew: there is no crew \"nett\"; did you mean \"net\"?\n");
  EXPECT_EQ(issues_after("\"sha/z2\": 4", "\"sha/z3\": 4"),
            "t.json:19:53: /components/invoice/replicas/sha~1z3: there is no site or site/zone \"sha/z3\"; "
            "did you mean "
            "\"sha/z1\"?\n");
  EXPECT_EQ(
      issues_after("\"entry\": \"edge\"", "\"entry\": \"egde\""),
      "t.json:33:24: /operations/issue/entry: there is no component \"egde\"; did you mean \"edge\"?\n");
  EXPECT_EQ(issues_after("\"from\": \"sha\"", "\"from\": \"mars\""),
            "t.json:33:40: /operations/issue/from: there is no site or site/zone \"mars\"\n");
  EXPECT_EQ(issues_after("\"targets\": \"invoice\"", "\"targets\": \"invoices\""),
            "t.json:36:77: /procedures/probe/targets: there is no component \"invoices\"; did you mean "
            "\"invoice\"?\n");
  EXPECT_EQ(issues_after("[\"edge\", \"tax\"]", "[\"edge\", \"nothing\"]"),
            "t.json:37:44: /shares/power/members/1: there is no component, site or link \"nothing\"\n");
}

TEST(Topology, rules_over_several_fields_hold) {
  EXPECT_EQ(issues_after("[\"sha\", \"bj\"]", "[\"sha\", \"sha\"]"),
            "t.json:12:35: /links/sha-bj/between/1: both ends of the link are \"sha\"; a site's own network "
            "is its \"lan\"\n");
  // Ends that could not be read are no names that could be equal.
  EXPECT_EQ(issues_after("[\"sha\", \"bj\"]", "[1, 2]").find("both ends"), std::string::npos);
  EXPECT_EQ(issues_after("[\"sha\", \"bj\"]", "[\"sha\"]"),
            "t.json:12:27: /links/sha-bj/between: a link is between exactly two sites\n");
  EXPECT_EQ(issues_after("{\"bj\": 1}", "{\"bj\": 0}"),
            "t.json:29:45: /components/tax/replicas: at least one replica is needed\n");
  EXPECT_EQ(issues_after("{\"bj\": 1}", "{}"),
            "t.json:29:45: /components/tax/replicas: at least one replica is needed\n");
  EXPECT_EQ(issues_after("{\"at_least\": 3}", "{\"at_least\": 11}"),
            "t.json:20:16: /components/invoice/needs: \"at_least\" asks for more replicas than there are\n");
  EXPECT_EQ(issues_after("\"z1\", \"z2\"", "\"z1\", \"z2\", \"z1\""),
            "t.json:8:76: /sites/sha/zones/2: the zone \"z1\" stands here twice\n");
  EXPECT_EQ(issues_after("\"on_failure\": \"ignore\"", "\"on_failure\": \"fallback\""),
            "t.json:17:54: /components/edge/on_failure: \"on_failure\": \"fallback\" needs a \"fallback\"\n");
  EXPECT_EQ(
      issues_after("\"join\": \"any\"", "\"join\": 3"),
      "t.json:25:85: /components/invoice/calls/1/join: \"join\" asks for more branches than there are\n");
  EXPECT_EQ(
      issues_after("\"replicas\": {\"sha\": 2}", "\"replicas\": {\"sha\": 2}, \"weights\": {\"bj\": 1}"),
      "t.json:16:76: /components/edge/weights/bj: \"edge\" has no replica at \"bj\"\n");
  EXPECT_NE(issues_after("\"sha-bj\": {", "\"tax\": {").find("\"tax\" is already the name of a link"),
            std::string::npos);
  EXPECT_EQ(issues_after("topology/1\"", "topology/2\""), "t.json:4:16: /twinvoice: need \"topology/1\"\n");
}

TEST(Topology, keys_are_judged_over_common_and_model_fields) {
  EXPECT_EQ(issues_after("\"threads\": 64", "\"thread\": 64"),
            "t.json:20:45: /components/invoice/thread: unknown key \"thread\"; did you mean \"threads\"?\n");
  EXPECT_EQ(issues_after("\"threads\": 64", "\"lables\": []"),
            "t.json:20:45: /components/invoice/lables: unknown key \"lables\"; did you mean \"labels\"?\n");
  EXPECT_NE(issues_after("\"balance\": \"round_robin\"", "\"demand\": \"1 ms\"")
                .find("/components/edge/demand: unknown key"),
            std::string::npos);
}

TEST(Topology, with_an_unknown_model_everything_else_is_still_checked) {
  const std::string text = with(with(kTopology, "\"model\": \"service\"", "\"model\": \"servise\""),
                                "\"at_least\": 3", "\"at_least\": 0");
  EXPECT_EQ(
      topology_issues(text),
      "t.json:19:16: /components/invoice/model: there is no part model \"servise\"; did you mean "
      "\"service\"?\n"
      "t.json:20:29: /components/invoice/needs/at_least: 0 is out of range; accepted: 1 to 1000000000\n");
  EXPECT_NE(issues_after("\"model\": \"service\", ", "").find("/components/invoice: \"model\" is missing"),
            std::string::npos);
  EXPECT_NE(issues_after("\"model\": \"load_balancer\"", "\"model\": \"qqq\"")
                .find("known: service, load_balancer"),
            std::string::npos);
}

TEST(Topology, parts_that_are_missing_altogether_are_told) {
  EXPECT_EQ(topology_issues("{}"),
            "t.json:1:1: /: \"components\" is missing: services, databases, caches, ...\n"
            "t.json:1:1: /: \"name\" is missing: of the architecture\n"
            "t.json:1:1: /: \"operations\" is missing: what clients ask for\n"
            "t.json:1:1: /: \"sites\" is missing: data centres and other places\n"
            "t.json:1:1: /: \"twinvoice\" is missing: always \"topology/1\"\n");
}

}  // namespace
}  // namespace twinvoice::spec
