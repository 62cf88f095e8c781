// What each fault lowers to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/support/compile_text.hpp"
#include "tests/unit/models/lowering.hpp"

namespace twinvoice::models {
namespace {

using ::testing::IsEmpty;
using twinvoice::testing::compile_text;

constexpr const char* kTwoTierShop =
    R"("front": {"model": "service", "replicas": {"a": 4, "b": 2}, "demand": "1 ms", "threads": 8,
      "calls": [{"to": "db"}]},
    "db": {"model": "database", "replicas": {"b": 1}, "demand": "1 ms", "pool": {"max": 2000}})";

twinvoice::testing::Compiled with_faults(const std::string& faults) {
  return compile_text(two_sites(kTwoTierShop), load(R"(, "faults": [)" + faults + "]"));
}

/// "at rung op what target value", one line per turn; at in seconds.
std::vector<std::string> lines(const plan::Plan& plan) {
  std::vector<std::string> out;
  for (const plan::Turn& t : plan.turns) {
    const std::string what(t.op == plan::TurnOp::kImpulse ? plan::word(t.impulse) : plan::word(t.knob));
    char value[32];
    std::snprintf(value, sizeof value, "%g", t.value);
    out.push_back(std::to_string(t.at_ns / kNanosPerSecond) + " " + std::string(plan::word(t.rung)) + " " +
                  std::string(plan::word(t.op)) + " " + what + " " + std::to_string(t.target) + " " + value);
  }
  return out;
}

TEST(Faults, region_down_covers_every_location_and_replica_of_the_region) {
  const auto c =
      with_faults(R"({"fault": "region_down", "target": "east", "at": "10 s", "duration": "5 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  std::vector<std::string> expected;
  for (const char* line :
       {"begin location_down 0 1", "begin instance_down 0 1", "impulse reset 0 0", "begin instance_down 2 1",
        "impulse reset 2 0", "begin location_down 1 1", "begin instance_down 1 1", "impulse reset 1 0",
        "begin instance_down 3 1", "impulse reset 3 0"}) {
    expected.push_back(std::string("10 fault ") + line);
  }
  for (const char* line : {"location_down 0", "instance_down 0", "instance_down 2", "location_down 1",
                           "instance_down 1", "instance_down 3"}) {
    expected.push_back(std::string("15 repair end ") + line + " 0");
  }
  EXPECT_EQ(lines(c.plan), expected);
  EXPECT_EQ(c.plan.faults[0].until_ns, 15 * kNanosPerSecond);
}

TEST(Faults, a_lost_place_may_lose_its_data) {
  const auto destroyed = [](const std::string& fault) {
    std::vector<std::string> places;
    const auto c = compile_text(
        two_sites(
            R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [{"to": "db"}]},
          "db": {"model": "database", "replicas": {"a/1": 2, "b": 1}, "demand": "1 ms", "primary": "a/1",
            "replication": {"to": "b"}})"),
        load(R"(, "faults": [{"at": "1 s", )" + fault + "}]"));
    for (const std::string& problem : c.problems) places.push_back(problem);
    for (const plan::Turn& t : c.plan.turns) {
      if (t.op != plan::TurnOp::kImpulse || t.impulse != plan::Impulse::kDestroy) continue;
      EXPECT_EQ(t.at_ns, kNanosPerSecond);
      places.push_back(c.plan.locations[t.location.index()].name);
    }
    return places;
  };
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(destroyed(R"("fault": "region_down", "target": "east", "data": "destroyed")"),
              ElementsAre("a/1"));
  EXPECT_THAT(destroyed(R"("fault": "zone_down", "target": "b", "data": "destroyed")"), ElementsAre("b"));
  EXPECT_THAT(destroyed(R"("fault": "instance_kill", "target": "db", "data": "destroyed")"),
              ElementsAre("a/1", "b"));
  EXPECT_THAT(destroyed(R"("fault": "instance_kill", "target": "db@a", "data": "kept")"), IsEmpty());
  EXPECT_THAT(destroyed(R"("fault": "instance_kill", "target": "db@a", "mode": "one", "data": "destroyed")"),
              ElementsAre(HasSubstr("no data can be destroyed")));
  EXPECT_THAT(destroyed(R"("fault": "zone_down", "target": "a/2", "data": "destroyed")"),
              ElementsAre(HasSubstr("no data can be destroyed")));
}

TEST(Faults, zone_down_takes_one_zone_or_a_whole_site) {
  EXPECT_EQ(with_faults(R"({"fault": "zone_down", "target": "a/2", "at": "1 s"})").plan.turns.size(),
            1U + 2U * 2U);
  EXPECT_EQ(with_faults(R"({"fault": "zone_down", "target": "a", "at": "1 s"})").plan.turns.size(),
            2U + 4U * 2U);
}

TEST(Faults, each_is_a_fault_for_every_zone_or_region_with_replicas) {
  const auto zones = with_faults(R"({"fault": "cpu_slow", "target": "front", "factor": 2, "at": "1 s"},
                                    {"fault": "zone_down", "id": "z", "target": "each", "at": "1 s"})");
  ASSERT_THAT(zones.problems, IsEmpty());
  std::vector<std::string> names;
  for (const plan::Fault& fault : zones.plan.faults) names.push_back(fault.name);
  EXPECT_EQ(names, (std::vector<std::string>{"cpu_slow", "z@a/1", "z@a/2", "z@b"}));
  EXPECT_EQ(zones.plan.variants, 3U);
  EXPECT_EQ(zones.plan.faults[0].variant, std::nullopt);
  EXPECT_EQ(zones.plan.faults[2].variant, 1U);
  EXPECT_EQ(zones.plan.faults[2].declared, 1U);
  const auto alone = with_faults(R"({"fault": "zone_down", "target": "a/2", "at": "1 s"})");
  std::size_t turns_of_second = 0;
  for (const plan::Turn& turn : zones.plan.turns) turns_of_second += turn.effect == 2 ? 1 : 0;
  EXPECT_EQ(turns_of_second, alone.plan.turns.size());
  const auto regions = with_faults(R"({"fault": "region_down", "id": "r", "target": "each", "at": "1 s"})");
  EXPECT_EQ(regions.plan.faults[0].name, "r@east");
  EXPECT_EQ(regions.plan.variants, regions.plan.faults.size());
  EXPECT_EQ(alone.plan.variants, 1U);
}

TEST(Faults, a_replication_plays_one_target_of_each) {
  const auto c = with_faults(R"({"fault": "cpu_slow", "target": "front", "factor": 2, "at": "1 s"},
                                {"fault": "zone_down", "target": "each", "at": "1 s"})");
  for (std::uint64_t replication = 0; replication < 7; ++replication) {
    std::vector<std::size_t> played;
    for (std::size_t i = 0; i < c.plan.faults.size(); ++i) {
      if (plan::plays(c.plan, c.plan.faults[i], replication)) played.push_back(i);
    }
    EXPECT_EQ(played, (std::vector<std::size_t>{0, 1 + replication % 3}));
  }
}

TEST(Faults, one_fault_may_be_of_each_target) {
  const auto c = with_faults(R"({"fault": "zone_down", "id": "z", "target": "each", "at": "1 s"},
                                {"fault": "region_down", "target": "each", "at": "1 s"})");
  EXPECT_TRUE(c.mentions("one fault of an experiment may have the target \"each\", and \"z\" has it"));
}

TEST(Faults, overlapping_ones_keep_their_effect_ids) {
  const auto c =
      with_faults(R"({"fault": "cpu_slow", "target": "front", "factor": 2, "at": "1 s", "duration": "10 s"},
                                {"fault": "cpu_slow", "target": "front", "factor": 4, "at": "3 s", "duration": "4 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(c.plan.faults[1].name, "cpu_slow-2");
  for (const plan::Turn& t : c.plan.turns) {
    EXPECT_EQ(t.effect, t.at_ns == kNanosPerSecond || t.at_ns == 11 * kNanosPerSecond ? 0U : 1U);
    EXPECT_EQ(t.value, t.op != plan::TurnOp::kBegin ? 0.0 : t.effect == 0 ? 0.5 : 0.25);
  }
  EXPECT_EQ(c.plan.turns.size(), 4U * 6U);
}

TEST(Faults, a_window_gives_turns_at_its_begin_and_a_law_for_the_rest) {
  const auto c = with_faults(
      R"({"fault": "instance_kill", "target": "db", "within": ["2 s", "4 s"], "duration": "1 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(lines(c.plan),
            (std::vector<std::string>{"2 fault begin instance_down 6 1", "2 fault impulse reset 6 0",
                                      "3 repair end instance_down 6 0"}));
  ASSERT_TRUE(c.plan.faults[0].begins.valid());
  const random::Law& law = c.plan.laws[c.plan.faults[0].begins.index()];
  EXPECT_EQ(law.kind, random::LawKind::kUniform);
  EXPECT_EQ(law.a, 2.0);
  EXPECT_EQ(law.b, 4.0);
  EXPECT_FALSE(with_faults(R"({"fault": "instance_kill", "target": "db", "at": "2 s"})")
                   .plan.faults[0]
                   .begins.valid());
}

TEST(Faults, modes_hit_the_lowest_ordinals) {
  const auto hit = [](const std::string& mode) {
    const auto c = with_faults(R"({"fault": "instance_pause", "at": "1 s", "target": )" + mode + "}");
    EXPECT_THAT(c.problems, IsEmpty());
    std::vector<std::uint32_t> targets;
    for (const plan::Turn& t : c.plan.turns) targets.push_back(t.target);
    return targets;
  };
  using Targets = std::vector<std::uint32_t>;
  EXPECT_EQ(hit(R"("front", "mode": "one")"), (Targets{0}));
  EXPECT_EQ(hit(R"("front")"), (Targets{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(hit(R"("front@b")"), (Targets{4, 5}));
  EXPECT_EQ(hit(R"("front@a/2")"), (Targets{1, 3}));
  EXPECT_EQ(hit(R"("front", "mode": "fixed", "count": 3)"), (Targets{0, 1, 2}));
  EXPECT_EQ(hit(R"("front", "mode": "percent", "percent": "40 %")"), (Targets{0, 1, 2}));
  EXPECT_EQ(hit(R"("front", "mode": "percent", "percent": "50 %")"), (Targets{0, 1, 2}));
}

TEST(Faults, killed_instances_come_back_after_restart_after) {
  const auto c =
      with_faults(R"({"fault": "instance_kill", "target": "db", "at": "1 s", "restart_after": "30 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(lines(c.plan),
            (std::vector<std::string>{"1 fault begin instance_down 6 1", "1 fault impulse reset 6 0",
                                      "31 repair end instance_down 6 0"}));
  EXPECT_TRUE(
      with_faults(
          R"({"fault": "instance_kill", "target": "db", "at": "1 s", "duration": "1 s", "restart_after": "30 s"})")
          .mentions("not both"));
}

TEST(Faults, a_ramp_goes_in_ten_steps_that_replace_each_other) {
  const auto c = with_faults(
      R"({"fault": "latency", "target": "ab", "extra": "100 ms", "at": "10 s", "ramp": "20 s", "duration": "60 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  const auto text = lines(c.plan);
  ASSERT_EQ(text.size(), 1U + 9U * 2U + 1U);
  EXPECT_EQ(text[0], "10 fault begin link_latency 0 1e+07");
  EXPECT_EQ(text[1], "12 fault end link_latency 0 0");
  EXPECT_EQ(text[2], "12 fault begin link_latency 0 2e+07");
  EXPECT_EQ(text[18], "28 fault begin link_latency 0 1e+08");
  EXPECT_EQ(text[19], "70 repair end link_latency 0 0");
}

TEST(Faults, pool_shrink_ramps_over_its_own_span) {
  const auto c =
      with_faults(R"({"fault": "pool_shrink", "target": "db", "to": 300, "over": "10 s", "at": "0 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  const auto text = lines(c.plan);
  const std::uint32_t pool = c.plan.turns[0].target;
  EXPECT_EQ(c.plan.pools[pool].name, "db#0/pool");
  EXPECT_EQ(text.front(), "0 fault begin pool_cap " + std::to_string(pool) + " 1830");
  EXPECT_EQ(text.back(), "9 fault begin pool_cap " + std::to_string(pool) + " 300");
  const auto threads = with_faults(R"({"fault": "pool_shrink", "target": "front", "to": 1, "at": "0 s"})");
  EXPECT_EQ(threads.plan.turns.size(), 6U);
  EXPECT_EQ(threads.plan.pools[threads.plan.turns[0].target].name, "front#0/threads");
}

TEST(Faults, partitions_block_pairs_in_their_direction) {
  const auto pairs = [](const std::string& more) {
    const auto c =
        with_faults(R"({"fault": "partition", "between": [["a"], ["b"]], "at": "1 s")" + more + "}");
    EXPECT_THAT(c.problems, IsEmpty());
    std::vector<std::uint32_t> targets;
    for (const plan::Turn& t : c.plan.turns) targets.push_back(t.target);
    std::sort(targets.begin(), targets.end());
    return targets;
  };
  using Targets = std::vector<std::uint32_t>;
  EXPECT_EQ(pairs(""), (Targets{2, 5, 6, 7}));
  EXPECT_EQ(pairs(R"(, "direction": "a_to_b")"), (Targets{2, 5}));
  EXPECT_EQ(pairs(R"(, "direction": "b_to_a", "new_only": true)"), (Targets{6, 7}));
  EXPECT_TRUE(with_faults(R"({"fault": "partition", "between": [["a", "b"], ["b"]], "at": "1 s"})")
                  .mentions("both sides"));
}

TEST(Faults, spike_multiplies_rates) {
  const auto c =
      with_faults(R"({"fault": "spike", "target": "op", "factor": 3, "at": "1 s", "duration": "5 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(lines(c.plan)[0], "1 fault begin source_rate 0 3");
}

TEST(Faults, shed_turns_a_share_away_in_front_of_the_clients) {
  const auto c =
      with_faults(R"({"fault": "shed", "target": "op", "share": "40 %", "at": "1 s", "duration": "5 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(lines(c.plan)[0], "1 fault begin gate_probability 0 0.4");
  ASSERT_EQ(c.plan.gates.size(), 1U);
  EXPECT_EQ(c.plan.gates[0].name, "op.shed");
  const plan::Program& root = c.plan.programs[c.plan.operations[0].program.index()];
  EXPECT_EQ(c.plan.steps[root.first].kind, plan::StepKind::kGate)
      << "before the client's call and its retries";
  EXPECT_TRUE(
      with_faults(R"({"fault": "shed", "target": "op", "share": "0 %", "at": "1 s"})").mentions("share"));
}

TEST(Faults, there_is_no_gate_where_nobody_is_turned_away) {
  EXPECT_THAT(with_faults(R"({"fault": "zone_down", "target": "a/1", "at": "1 s"})").plan.gates, IsEmpty());
}

TEST(Faults, a_spike_of_a_trace_or_clock_is_refused) {
  const auto c =
      compile_text(two_sites(kTwoTierShop), R"("horizon": "1 h", "load": {"op": {"deterministic": "1 s"}},
      "faults": [{"fault": "spike", "target": "op", "factor": 3, "at": "1 s"}])");
  EXPECT_TRUE(c.mentions("no rate that could be multiplied"));
}

TEST(Faults, what_happens_at_once_refuses_a_ramp) {
  for (const char* fault : {R"("region_down", "target": "east")", R"("zone_down", "target": "a/1")",
                            R"("instance_kill", "target": "db")", R"("instance_pause", "target": "db")",
                            R"("partition", "between": [["a"], ["b"]])"}) {
    const auto c = with_faults(std::string(R"({"at": "1 s", "ramp": "5 s", "fault": )") + fault + "}");
    EXPECT_TRUE(c.mentions("no \"ramp\"")) << fault;
  }
}

TEST(Faults, capacity_and_loss_are_factors_and_probabilities) {
  const auto c = with_faults(R"({"fault": "capacity_loss", "target": "db", "fraction": "25 %", "at": "1 s"},
                                {"fault": "loss", "target": "ab", "probability": "5 %", "at": "2 s"})");
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(lines(c.plan), (std::vector<std::string>{"1 fault begin station_servers 6 0.75",
                                                     "2 fault begin link_loss 0 0.05"}));
}

}  // namespace
}  // namespace twinvoice::models
