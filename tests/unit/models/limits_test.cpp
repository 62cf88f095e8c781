// No input exhausts the memory: what is too large is refused with the place that asks for it.
#include "sim/compile/limits.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/compile_text.hpp"
#include "tests/unit/models/lowering.hpp"

namespace twinvoice::models {
namespace {

using twinvoice::testing::compile_text;
using twinvoice::testing::Compiled;

std::string problems(const Compiled& c) {
  std::string all;
  for (const std::string& p : c.problems) all += p + "\n";
  return all;
}

/// Refused, at this place, with these words.
void expect_refusal(const Compiled& c, const std::string& pointer, const std::string& words) {
  EXPECT_TRUE(c.mentions(": " + pointer + ": ")) << problems(c);
  EXPECT_TRUE(c.mentions(words)) << problems(c);
}

std::string service(const std::string& replicas, const std::string& more = "") {
  return fmt::format(R"({{"model": "service", "demand": "1 ms", "replicas": {{"a": {}}}{}}})", replicas,
                     more);
}

std::string two_services(const std::string& front, const std::string& back) {
  return fmt::format(R"("front": {}, "back": {})", service(front, R"(, "calls": [{"to": "back"}])"),
                     service(back));
}

TEST(Limits, replicas_of_a_component_are_bounded) {
  for (const char* count : {"1000000000000", "50001", "18446744073709551617"}) {
    expect_refusal(compile_text(two_sites(R"("front": )" + service(count)), load()),
                   "/components/front/replicas/a", "50000");
  }
  const std::string both =
      R"("front": {"model": "service", "demand": "1 ms", "replicas": {"a": 50000, "b": 1}})";
  expect_refusal(compile_text(two_sites(both), load()), "/components/front/replicas",
                 "50000 replicas in all");
}

TEST(Limits, pairs_of_replicas_that_call_each_other_are_bounded) {
  expect_refusal(compile_text(two_sites(two_services("50000", "50000")), load()), "/components/front",
                 "2500000000 pairs of replicas that call each other");
  EXPECT_TRUE(compile_text(two_sites(two_services("2000", "1900")), load()).problems.empty());
}

TEST(Limits, replicas_of_all_components_are_bounded) {
  std::string components = R"("front": )" + service("1");
  for (int i = 0; i < 5; ++i) components += fmt::format(R"(, "c{}": {})", i, service("50000"));
  expect_refusal(compile_text(two_sites(components), load()), "/components/c3", "replicas of all components");
}

TEST(Limits, sites_and_zones_are_bounded) {
  std::string zones;
  for (std::size_t i = 0; i <= compile::kMostLocations; ++i)
    zones += fmt::format(R"({}"z{}")", i == 0 ? "" : ",", i);
  const std::string topology =
      fmt::format(R"("sites": {{"a": {{"region": "east", "zones": [{}]}}}}, "components": {{"front": {}}},
                     "operations": {{"op": {{"entry": "front", "from": "a"}}}})",
                  zones, service("1"));
  expect_refusal(compile_text(topology, load()), "/sites/a", "257 sites and zones");
}

TEST(Limits, calls_inside_each_other_are_bounded) {
  std::string components = R"("front": )" + service("1", R"(, "calls": [{"to": "c0"}])");
  for (int i = 0; i < 300; ++i) {
    const std::string calls = i == 299 ? "" : fmt::format(R"(, "calls": [{{"to": "c{}"}}])", i + 1);
    components += fmt::format(R"(, "c{}": {})", i, service("1", calls));
  }
  EXPECT_TRUE(compile_text(two_sites(components), load()).mentions("calls inside each other"));
}

TEST(Limits, connections_that_exist_at_the_start_are_bounded) {
  const std::string pool =
      R"(, "calls": [{"to": "back", "pool": {"max": 1000000000, "idle_timeout": "1 min", "preconnected": true}}])";
  expect_refusal(
      compile_text(two_sites(R"("front": )" + service("2", pool) + R"(, "back": )" + service("1")), load()),
      "/components/front", "2000000000 connections at the start");
}

TEST(Limits, changes_by_faults_are_bounded) {
  std::string faults;
  for (int i = 0; i < 20; ++i) {
    faults += fmt::format(R"({}{{"fault": "instance_kill", "target": "front", "mode": "all", "at": "{} s",
                               "duration": "1 s"}})",
                          i == 0 ? "" : ",", i);
  }
  EXPECT_TRUE(
      compile_text(two_sites(R"("front": )" + service("50000")), load(R"(, "faults": [)" + faults + "]"))
          .mentions("timed changes by the faults"));
}

TEST(Limits, state_at_the_start_is_bounded) {
  const std::string front = two_sites(R"("front": )" + service("2"));
  expect_refusal(compile_text(front, load(R"(, "initial": {"front": {"queue_length": 1000001}})")),
                 "/initial/front/queue_length", "1000000");
  expect_refusal(compile_text(front, load(R"(, "initial": {"front": {"queue_length": 600000}})")),
                 "/initial/front", "1200000 requests that wait at the start");
  const std::string database = two_sites(R"("front": {"model": "database", "demand": "1 ms",
      "replicas": {"a": 1, "b": 1}, "replication": {"to": ["b"]}})");
  expect_refusal(
      compile_text(database,
                   load(R"(, "initial": {"front": {"log_positions": {"a/1": 9000000000000, "b": 5}}})")),
      "/initial/front", "8999999999995 log records");
  EXPECT_TRUE(
      compile_text(
          database,
          load(R"(, "initial": {"front": {"log_positions": {"a": 9000000000000, "b": 9000000000000}}})"))
          .problems.empty());
}

TEST(Limits, rates_and_users_are_bounded) {
  const std::string front = two_sites(R"("front": )" + service("1"));
  const auto with = [&](const std::string& load) {
    return compile_text(front, R"("horizon": "1 h", "load": {"op": )" + load + "}");
  };
  expect_refusal(with(R"({"diurnal": {"per_day": 18446744073709551617}})"), "/load/op/diurnal/per_day",
                 "86400");
  expect_refusal(with(R"({"diurnal": {"mean": "2e9 tps"}})"), "/load/op/diurnal/mean", "at most");
  expect_refusal(with(R"({"poisson": "1000000001 tps"})"), "/load/op/poisson", "at most");
  expect_refusal(with(R"({"piecewise": [{"at": "0 s", "rate": "1e10 tps"}]})"), "/load/op/piecewise/0/rate",
                 "1e");
  expect_refusal(with(R"({"deterministic": "1e10 tps"})"), "/load/op/deterministic", "1e");
  expect_refusal(with(R"({"closed": {"users": 1000001, "think": "1 s"}})"), "/load/op/closed/users",
                 "1000000");
  expect_refusal(with(R"({"poisson": "1 tps", "batch": 1000001})"), "/load/op/batch", "1000000");
}

// A sample of four numbers for each look in the window: 3 600 002 of 32 bytes in an hour of milliseconds.
TEST(Limits, what_a_watch_remembers_counts_against_the_memory) {
  const auto with = [](const std::string& every, const std::string& memory) {
    return compile_text(two_sites(R"("front": )" + service("1")) + R"(, "procedures": {"alarm": {"model":
        "alert_rule", "at": "a", "every": ")" +
                            every +
                            R"(", "when": {"sensor": "success_rate", "below": "99 %", "window": "1 h"}}})",
                        load(R"(, "limits": {"memory": ")" + memory + "\"}"));
  };
  expect_refusal(with("1 ms", "100 MB"), "/", "the procedures remember may take 115200064 bytes");
  const auto roomy = with("1 ms", "200 MB");
  ASSERT_TRUE(roomy.problems.empty()) << roomy.problems.front();
  EXPECT_EQ(roomy.plan.max_frames, (200'000'000U - 115'200'064U) / 400U);
  EXPECT_EQ(with("1 s", "200 MB").plan.max_frames, (200'000'000U - 3'602U * 32U) / 400U);
  expect_refusal(with("100 us", "10 GB"), "/procedures/alarm", "MB that procedures remember");
}

TEST(Limits, windows_over_all_operations_are_bounded) {
  const std::string front = two_sites(R"("front": )" + service("1"));
  EXPECT_TRUE(
      compile_text(front, R"("load": {"op": {"poisson": "1 tps"}}, "horizon": "10000 s", "window": "1 ms")")
          .mentions("windows over all operations"));
}

}  // namespace
}  // namespace twinvoice::models
