// From text to Plan: keys, sharing, cycles, space, load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sim/compile/architecture.hpp"
#include "sim/compile/structure.hpp"
#include "sim/compile/traffic.hpp"
#include "tests/support/compile_text.hpp"
#include "tests/unit/models/lowering.hpp"

namespace twinvoice::models {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using twinvoice::testing::compile_text;

constexpr const char* kShop =
    R"("front": {"model": "service", "replicas": {"a": 3}, "demand": "1 ms", "threads": 8,
      "calls": [{"to": "store", "retries": {"attempts": 1}, "probability": "50 %"}, {"to": "db"}]},
    "store": {"model": "cache", "replicas": {"b": 1}, "hit_ratio": "90 %", "entries": 10},
    "db": {"model": "database", "replicas": {"b": 2}, "demand": {"exponential": "5 ms"}})";

/// Keys of everything drawn, by a name that does not depend on ids.
std::map<std::string, std::uint64_t> keys_of(const plan::Plan& plan) {
  std::map<std::string, std::uint64_t> keys;
  for (const plan::Program& p : plan.programs) {
    for (std::uint32_t i = 0; i < p.count; ++i) {
      const plan::Step& s = plan.steps[p.first + i];
      keys[p.name + " step " + std::to_string(i)] = s.purpose;
    }
  }
  for (const plan::CallSite& c : plan.calls) {
    keys[c.name] = c.name_key;
    keys[c.name + " balance"] = c.balance_purpose;
    keys[c.name + " backoff"] = c.retries.backoff_purpose;
  }
  for (const plan::Instance& n : plan.instances) {
    keys[plan.components[n.component.index()].name + "#" + std::to_string(n.ordinal)] = n.name_key;
  }
  for (const plan::Source& s : plan.sources) keys["source " + s.name] = s.name_key;
  return keys;
}

TEST(Keys, adding_an_unrelated_component_keeps_every_key) {
  const auto before = compile_text(two_sites(kShop), load());
  const auto after = compile_text(
      two_sites(std::string(R"("aaa": {"model": "service", "replicas": {"a": 5}, "demand": "1 ms"}, )") +
                kShop),
      load());
  ASSERT_THAT(before.problems, IsEmpty());
  ASSERT_THAT(after.problems, IsEmpty());
  const auto kept = keys_of(after.plan);
  for (const auto& [name, key] : keys_of(before.plan)) {
    ASSERT_TRUE(kept.count(name) == 1) << name;
    EXPECT_EQ(kept.at(name), key) << name;
  }
}

TEST(Keys, different_draws_of_a_plan_have_different_keys) {
  const auto c = compile_text(two_sites(kShop), load());
  std::map<std::uint64_t, std::string> owners;
  for (const auto& [name, key] : keys_of(c.plan)) {
    if (key == 0) continue;
    const auto [other, fresh] = owners.emplace(key, name);
    // A source, its operation and its root frames share one key on purpose.
    EXPECT_TRUE(fresh) << name << " and " << other->second;
  }
}

TEST(Compile, is_deterministic) {
  EXPECT_EQ(plan::fingerprint(compile_text(two_sites(kShop), load()).plan),
            plan::fingerprint(compile_text(two_sites(kShop), load()).plan));
}

TEST(Compile, a_cycle_of_calls_is_refused_with_its_names_and_place) {
  const auto c = compile_text(two_sites(R"(
      "front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [{"to": "mid"}]},
      "mid": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [{"to": "back"}]},
      "back": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [{"to": "mid"}]})"),
                              load());
  EXPECT_TRUE(c.mentions("/components/back/calls/0: this call closes a cycle"));
  EXPECT_TRUE(c.mentions("mid/default -> back/default -> mid/default"));
}

TEST(Compile, all_problems_are_told_at_once) {
  const auto c = compile_text(two_sites(R"(
      "front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms",
        "calls": [{"to": "back", "endpoint": "x"}, {"to": "back", "balance": "primary"}]},
      "back": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms"})"),
                              load());
  EXPECT_EQ(c.problems.size(), 2U);
}

constexpr const char* kTwoOperations = R"("sites": {"a": {"region": "r"}}, "components": {
      "front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms",
                "calls": [{"to": "sign", "operations": ["issue"]}, {"to": "back"}]},
      "sign": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms"},
      "back": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms"}},
    "operations": {"issue": {"entry": "front", "from": "a"}, "query": {"entry": "front", "from": "a", "priority": 3}})";

TEST(Operations, filtered_calls_give_programs_of_their_own_and_the_rest_is_shared) {
  const auto c = compile_text(kTwoOperations, R"("load": {"issue": {"poisson": "1 tps"}}, "horizon": "1 h")");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"), "hop serve call call hop return");
  EXPECT_EQ(steps_of(c.plan, "front/default for query"), "hop serve call hop return");
  EXPECT_NE(find_program(c.plan, "back/default"), nullptr);
  EXPECT_EQ(find_program(c.plan, "back/default for query"), nullptr);
  EXPECT_EQ(c.plan.operations[1].priority, 3);
  ASSERT_EQ(c.plan.sources.size(), 1U);
  EXPECT_EQ(c.plan.sources[0].name, "issue");
}

TEST(Operations, operations_without_filters_share_call_sites) {
  std::string text = kTwoOperations;
  text.replace(text.find(R"(, "operations": ["issue"])"), std::string(R"(, "operations": ["issue"])").size(),
               "");
  const auto c = compile_text(text, R"("load": {"issue": {"poisson": "1 tps"}}, "horizon": "1 h")");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(c.plan.programs.size(), 5U);
  EXPECT_EQ(c.plan.calls.size(), 4U);
  EXPECT_EQ(c.plan.call_states, 4U);
}

TEST(Space, replicas_of_a_site_are_spread_round_robin_over_its_zones) {
  const auto c =
      compile_text(two_sites(R"("front": {"model": "service", "replicas": {"a": 3, "a/2": 1, "b": 1},
      "weights": {"b": 0.5}, "demand": "1 ms"})"),
                   load());
  ASSERT_THAT(c.problems, IsEmpty());
  std::vector<std::string> where;
  for (const plan::Instance& i : c.plan.instances) where.push_back(c.plan.locations[i.location.index()].name);
  EXPECT_THAT(where, ElementsAre("a/1", "a/2", "a/1", "a/2", "b"));
  EXPECT_EQ(c.plan.instances[4].weight, 0.5);
  EXPECT_EQ(c.plan.instances[4].ordinal, 4U);
}

TEST(Space, a_route_is_the_lan_inside_a_site_and_the_links_between_sites) {
  const auto c = compile_text(two_sites(kShop), load());
  const auto route = [&](std::size_t from, std::size_t to) { return c.plan.routes[from * 3 + to]; };
  EXPECT_EQ(route(0, 0).latency_ns, 100'000);
  EXPECT_EQ(route(0, 1).latency_ns, 100'000);
  EXPECT_EQ(route(0, 2).latency_ns, 14'000'000);
  EXPECT_EQ(route(0, 2).bytes_per_s, 2e9 / 8);
  EXPECT_EQ(route(2, 1).links.size(), 1U);
}

TEST(Space, needs_by_load_are_counted_from_the_traffic) {
  // 10 / s of 1 s on replicas of 4 cores: 10 erlangs need 3 replicas.
  const auto c =
      compile_text(two_sites(R"("front": {"model": "service", "replicas": {"a": 5}, "demand": "1 s",
      "needs": "load"})"),
                   load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(c.plan.components[0].needs_at_least, 3U);
}

TEST(Space, lives_are_one_per_replica_or_link) {
  const auto c =
      compile_text(R"("sites": {"a": {"region": "r"}, "b": {"region": "r"}}, "crews": {"night": {"size": 2}},
      "links": {"ab": {"between": ["a", "b"], "latency": "1 ms", "bandwidth": "1 Gbps",
                       "life": {"fails": {"exponential": "90 d"}, "repairs": "4 h"}}},
      "components": {"front": {"model": "service", "replicas": {"a": 2}, "demand": "1 ms",
        "life": {"fails": {"exponential": "30 d"}, "repairs": "1 h", "crew": "night", "in_service": "lose"}}},
      "operations": {"op": {"entry": "front", "from": "b"}})",
                   load());
  ASSERT_THAT(c.problems, IsEmpty());
  ASSERT_EQ(c.plan.lives.size(), 3U);
  EXPECT_EQ(c.plan.lives[1].name_key, c.plan.instances[1].name_key);
  EXPECT_EQ(c.plan.lives[1].crew, 0U);
  EXPECT_EQ(c.plan.lives[1].in_service, plan::Life::InService::kLose);
  EXPECT_TRUE(c.plan.lives[2].is_link);
}

plan::Source source_of(const std::string& load_text) {
  const auto c = compile_text(two_sites(kShop), R"("horizon": "48 h", "load": {"op": )" + load_text + "}");
  EXPECT_THAT(c.problems, IsEmpty());
  return c.plan.sources.empty() ? plan::Source{} : c.plan.sources[0];
}

TEST(Load, a_shaped_day_sums_to_its_requests_a_day) {
  const plan::Source s = source_of(
      R"({"diurnal": {"per_day": 86400, "shape": [0,0,0,0,0,0,1,2,3,3,3,2,2,2,3,3,3,2,1,1,1,0,0,0]}})");
  ASSERT_EQ(s.segments.size(), 24U);
  double day = 0.0;
  for (const auto& segment : s.segments) day += segment.per_s * 3600.0;
  EXPECT_NEAR(day, 86400.0, 1e-6);
  EXPECT_EQ(s.period_ns, 86'400 * kNanosPerSecond);
  EXPECT_EQ(s.segments[23].from_ns, 23 * 3600 * kNanosPerSecond);
}

TEST(Load, a_cosine_day_keeps_mean_amplitude_and_peak) {
  const plan::Source s =
      source_of(R"({"diurnal": {"mean": "100 tps", "amplitude": 0.6, "peak_at": "10 h"}})");
  EXPECT_TRUE(s.sinusoid);
  EXPECT_EQ(s.mean_per_s, 100.0);
  EXPECT_EQ(s.amplitude, 0.6);
  EXPECT_EQ(s.peak_ns, 36'000 * kNanosPerSecond);
  EXPECT_EQ(s.period_ns, 86'400 * kNanosPerSecond);
}

TEST(Load, piecewise_rates_start_at_zero) {
  const plan::Source s =
      source_of(R"({"piecewise": [{"at": "1 min", "rate": "10 tps"}, {"at": "2 min", "rate": "50 tps"}]})");
  ASSERT_EQ(s.segments.size(), 3U);
  EXPECT_EQ(s.segments[0].per_s, 0.0);
  EXPECT_EQ(s.segments[2].from_ns, 120 * kNanosPerSecond);
}

TEST(Load, deterministic_and_closed_keep_their_numbers) {
  const plan::Source d =
      source_of(R"({"deterministic": "10 ms", "first_at": "1 s", "count": 7, "batch": 3})");
  EXPECT_EQ(d.kind, plan::SourceKind::kDeterministic);
  EXPECT_EQ(d.interval_ns, 10'000'000);
  EXPECT_EQ(d.first_at_ns, kNanosPerSecond);
  EXPECT_EQ(d.count, 7U);
  EXPECT_EQ(d.batch, 3U);
  const plan::Source c = source_of(R"({"closed": {"users": 40, "think": {"exponential": "2 s"}}})");
  EXPECT_EQ(c.kind, plan::SourceKind::kClosed);
  EXPECT_EQ(c.users, 40U);
  EXPECT_TRUE(c.think.valid());
}

TEST(Traffic, of_a_compiled_shop_counts_hops_and_cores) {
  // front once, store in half of the requests, db once: 2.5 hops; db: 10 / s x 5 ms / 8 cores on its
  // primary's replicas.
  const auto c = compile_text(two_sites(kShop), load());
  const auto analysis = compile::analyse(c.plan);
  EXPECT_NEAR(analysis.operations[0].hops_per_request, 2.5, 1e-12);
  EXPECT_NEAR(analysis.operations[0].mean_per_s, 10.0, 1e-12);
  EXPECT_NEAR(analysis.operations[0].unloaded_response_s,
              0.001 + 0.5 * 0.0002 + 0.005 + 0.0001 * 2 + 1.5 * 0.028, 1e-3);
}

TEST(Architecture, of_a_compiled_shop_finds_the_primary_and_the_link) {
  const auto c = compile_text(two_sites(kShop), load());
  EXPECT_THAT(graph::reachability_problems(compile::architecture(c.plan)), IsEmpty());
  std::map<std::string, double> lost;
  for (const auto& loss : compile::Structure(c.plan).single_losses()) {
    double& most = lost[loss.name];
    most = std::max(most, loss.lost.share);
  }
  EXPECT_NEAR(lost.at("ab"), 1.0, 1e-12) << "every request goes to the database";
  EXPECT_NEAR(lost.at("b"), 1.0, 1e-12);
  EXPECT_NEAR(lost.at("store at b"), 0.5, 1e-12) << "it is called for half of the requests";
  EXPECT_NEAR(lost.at("db at b"), 1.0, 1e-12) << "both of them";
}

TEST(Architecture, a_component_out_of_reach_is_told) {
  const auto c = compile_text(R"("sites": {"a": {"region": "r"}, "island": {"region": "r"}}, "components": {
      "front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [{"to": "back"}]},
      "back": {"model": "service", "replicas": {"island": 1}, "demand": "1 ms"}},
      "operations": {"op": {"entry": "front", "from": "a"}})",
                              load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_THAT(graph::reachability_problems(compile::architecture(c.plan)),
              ElementsAre("front at a reaches no replica of back: no links lead there"));
}

TEST(Procedures, a_bulk_transfer_shares_its_way_and_needs_one) {
  const auto with = [](const std::string& to) {
    return compile_text(R"("sites": {"a": {"region": "r"}, "b": {"region": "r"}, "island": {"region": "r"}},
        "links": {"ab": {"between": ["a", "b"], "latency": "14 ms", "bandwidth": "2 Gbps"}},
        "components": {"front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms"}},
        "operations": {"op": {"entry": "front", "from": "a"}},
        "procedures": {"backup": {"model": "bulk_transfer", "at": "a", "size": "1 MB", "to": ")" +
                            to + R"("}})",
                        load());
  };
  const auto good = with("b");
  ASSERT_THAT(good.problems, IsEmpty());
  EXPECT_TRUE(good.plan.links[0].shared);
  EXPECT_TRUE(with("a").mentions("it already stands at"));
  EXPECT_TRUE(with("island").mentions("no way leads to"));
}

}  // namespace
}  // namespace twinvoice::models
