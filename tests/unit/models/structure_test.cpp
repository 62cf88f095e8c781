// What a Plan loses with something dead, as its structure says, beside what the kernel loses.
#include "sim/compile/structure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/compile/lints.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/world/replications.hpp"
#include "tests/support/compile_text.hpp"

namespace twinvoice::testing {
namespace {

using compile::Structure;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Clients at c; a is nearer to them than b.
std::string world(const std::string& components, const std::string& client,
                  const std::string& procedures = "") {
  return R"("sites": {"a": {"region": "r"}, "b": {"region": "r"}, "c": {"region": "r"}},
    "links": {"ab": {"between": ["a", "b"], "latency": "5 ms", "bandwidth": "1 Gbps"},
      "ac": {"between": ["a", "c"], "latency": "5 ms", "bandwidth": "1 Gbps"},
      "bc": {"between": ["b", "c"], "latency": "6 ms", "bandwidth": "1 Gbps"}},
    "components": {)" +
         components + R"(}, "operations": {"op": {"entry": "front", "from": "c", "client": )" + client +
         R"(}}, "procedures": {)" + procedures + "}";
}

enum class Dies { kOneReplica, kPlaceA };

struct Case {
  const char* name;
  std::string components, client;
  std::string procedures = "";
  Dies dies = Dies::kOneReplica;
  std::string victim = "front";
  double lost = 0.0;
  bool at_least = false;
  double tolerance = 0.01;
};

std::string front(const std::string& replicas, const std::string& more = "") {
  return R"("front": {"model": "service", "demand": "1 ms", "replicas": )" + replicas + more + "}";
}
const std::string kTwo = R"({"a": 2})";
const std::string kSplit = R"({"a": 1, "b": 1})";
std::string back(const std::string& replicas) {
  return R"(, "back": {"model": "service", "demand": "1 ms", "replicas": )" + replicas + "}";
}
std::string calls(const std::string& call) {
  return R"(, "calls": [{"to": "back", "timeout": "200 ms")" + call + "}]";
}
std::string store(const std::string& replication) {
  return R"("front": {"model": "database", "demand": "1 ms", "replicas": {"b": 1, "a": 1}, "primary": "b",
      "replication": {"to": "a", )" +
         replication + "}}";
}

const std::vector<Case>& cases() {
  static const std::string kEjects =
      R"(, "ejection": {"consecutive_errors": 2, "base_ejection_time": "300 s", "max_ejection_percent": "100 %"})";
  static const std::string kProbe =
      R"("probe": {"model": "health_probe", "at": "c", "targets": "front", "every": "1 s", "timeout": "100 ms", "fall": 1})";
  static const std::vector<Case> all{
      {.name = "nobody takes it out: its turn comes",
       .components = front(kTwo),
       .client = R"({"timeout": "1 s"})",
       .lost = 0.5},
      {.name = "a probe takes it out",
       .components = front(kTwo),
       .client = R"({"timeout": "1 s"})",
       .procedures = kProbe},
      {.name = "ejection takes it out",
       .components = front(kTwo),
       .client = R"({"timeout": "1 s")" + kEjects + "}"},
      {.name = "half of one replica is none",
       .components = front(R"({"a": 3})"),
       .client =
           R"({"timeout": "1 s", "ejection": {"consecutive_errors": 2, "base_ejection_time": "300 s", "max_ejection_percent": "30 %"}})",
       .lost = 1.0 / 3.0},
      {.name = "a retry goes to the other one",
       .components = front(kTwo),
       .client = R"({"timeout": "1 s", "retries": {"attempts": 1, "backoff": "1 ms", "on": ["reset"]}})"},
      {.name = "a retry may draw it again",
       .components = front(kTwo),
       .client =
           R"({"timeout": "1 s", "balance": "random", "retries": {"attempts": 1, "backoff": "1 ms", "on": ["reset"], "avoid_tried": false}})",
       .lost = 0.25,
       .tolerance = 0.02},
      {.name = "a budget pays for one retry in ten",
       .components = front(kTwo),
       .client =
           R"({"timeout": "1 s", "retries": {"attempts": 1, "backoff": "1 ms", "on": ["reset"], "budget": {"ratio": "10 %", "burst": 0}}})",
       .lost = 0.4},
      {.name = "least request prefers who fails at once",
       .components = front(kTwo),
       .client = R"({"timeout": "1 s", "balance": "least_request"})",
       .lost = 0.5,
       .at_least = true},
      {.name = "the nearest place is dead and goes on being chosen",
       .components = front(kSplit),
       .client = R"({"timeout": "1 s"})",
       .dies = Dies::kPlaceA,
       .lost = 1.0},
      {.name = "ejection lets nearest look farther",
       .components = front(kSplit),
       .client = R"({"timeout": "1 s")" + kEjects + "}",
       .dies = Dies::kPlaceA},
      {.name = "silence leaves no time for a retry",
       .components = front(kSplit),
       .client =
           R"({"timeout": "1 s", "balance": "random", "retries": {"attempts": 1, "backoff": "1 ms", "on": ["timeout"]}})",
       .dies = Dies::kPlaceA,
       .lost = 0.5,
       .tolerance = 0.025},
      {.name = "a limit on a try does",
       .components = front(kSplit),
       .client =
           R"({"timeout": "1 s", "balance": "random", "retries": {"attempts": 1, "per_try_timeout": "100 ms", "backoff": "1 ms", "on": ["timeout"]}})",
       .dies = Dies::kPlaceA},
      {.name = "a callee behind counts",
       .components = front(kTwo, calls("")) + back(kTwo),
       .client = R"({"timeout": "1 s"})",
       .victim = "back",
       .lost = 0.5},
      {.name = "what is ignored does not",
       .components = front(kTwo, calls(R"(, "on_failure": "ignore")")) + back(kTwo),
       .client = R"({"timeout": "1 s"})",
       .victim = "back"},
      {.name = "what is called now and then counts so often",
       .components = front(kTwo, calls(R"(, "probability": "40 %")")) + back(kTwo),
       .client = R"({"timeout": "1 s"})",
       .victim = "back",
       .lost = 0.2,
       .tolerance = 0.02},
      {.name = "a synchronous write needs its follower",
       .components = store(R"("mode": "sync", "batch_every": "20 ms")"),
       .client = R"({"timeout": "1 s"})",
       .dies = Dies::kPlaceA,
       .lost = 1.0},
      {.name = "a semi-synchronous one falls back",
       .components = store(R"("mode": "semi_sync", "timeout": "2 s", "batch_every": "20 ms")"),
       .client = R"({"timeout": "1 s"})",
       .dies = Dies::kPlaceA},
      {.name = "an asynchronous one does not care",
       .components = store(R"("mode": "async", "batch_every": "20 ms")"),
       .client = R"({"timeout": "1 s"})",
       .dies = Dies::kPlaceA},
  };
  return all;
}

/// Share of the requests that fail in the kernel between 20 s and 110 s, 100 a second.
double measured(const Compiled& c) {
  world::RunSettings settings;
  settings.options.seed = c.plan.seed;
  settings.procedures = catalog().procedures(c.topology, c.plan);
  auto results = world::run_replications(c.plan, settings, 0, 1, {});
  if (!results[0].error.empty()) throw std::runtime_error(results[0].error);
  const measure::RequestCounts& all = results[0].result.record.operations[0].measured;
  return static_cast<double>(all.failed) / static_cast<double>(all.succeeded + all.failed);
}

compile::Outage outage_of(const Case& one, const plan::Plan& plan) {
  compile::Outage outage;
  if (one.dies == Dies::kPlaceA) {
    for (const plan::Location& l : plan.locations) outage.locations.push_back(l.name == "a");
    return outage;
  }
  outage.instances.assign(plan.instances.size(), false);
  for (const plan::Component& c : plan.components) {
    if (c.name == one.victim) outage.instances[c.first_instance] = true;
  }
  return outage;
}

// The tolerances are four standard deviations where a balancer or a call draws (9 000 requests), else rounding.
TEST(Structure, says_what_the_kernel_loses) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const std::string fault =
        one.dies == Dies::kPlaceA
            ? R"({"fault": "zone_down", "target": "a", "at": "10 s"})"
            : R"({"fault": "instance_kill", "target": ")" + one.victim + R"(", "mode": "one", "at": "10 s"})";
    const Compiled c =
        compile_text(world(one.components, one.client, one.procedures),
                     R"("load": {"op": {"deterministic": "10 ms"}}, "warm_up": "20 s", "horizon": "110 s",
        "faults": [)" + fault +
                         "]");
    ASSERT_FALSE(c.plan.components.empty()) << (c.problems.empty() ? "" : c.problems[0]);
    const compile::Lost said = Structure(c.plan).lost(outage_of(one, c.plan)).at(0);
    EXPECT_NEAR(said.share, one.lost, 1e-9);
    EXPECT_EQ(said.at_least, one.at_least);
    const double lost = measured(c);
    if (one.at_least) {
      EXPECT_GE(lost, said.share - one.tolerance);
    } else {
      EXPECT_NEAR(lost, said.share, one.tolerance);
    }
  }
}

TEST(Structure, who_notices_a_dead_replica) {
  const auto by = [](const std::string& client, const std::string& procedures) {
    const Compiled c = compile_text(world(front(kTwo), client, procedures),
                                    R"("load": {"op": {"poisson": "1 tps"}}, "horizon": "1 s")");
    return Structure(c.plan).noticed_by(plan::ComponentId(0));
  };
  EXPECT_THAT(by("{}", ""), IsEmpty());
  EXPECT_THAT(by("{}", R"("p": {"model": "health_probe", "at": "c", "targets": "front"})"), Contains("p"));
  EXPECT_THAT(by(R"({"ejection": {"consecutive_errors": 2, "max_ejection_percent": "50 %"}})", ""),
              Contains("ejection"));
  EXPECT_THAT(by(R"({"ejection": {"consecutive_errors": 2, "max_ejection_percent": "30 %"}})", ""),
              IsEmpty());
}

TEST(Structure, needs_make_a_component_count_as_down) {
  const auto points = [](const std::string& needs) {
    const Compiled c = compile_text(
        world(front(R"({"a": 2, "b": 1})", needs),
              R"({"timeout": "1 s", "ejection": {"consecutive_errors": 2, "max_ejection_percent": "50 %"}})"),
        R"("load": {"op": {"poisson": "1 tps"}}, "horizon": "1 s")");
    std::vector<std::string> names;
    for (const auto& loss : Structure(c.plan).single_losses()) {
      if (loss.lost.share > 0.999 && loss.element == compile::Element::kReplica) names.push_back(loss.name);
    }
    return names;
  };
  EXPECT_THAT(points(""), IsEmpty());
  EXPECT_EQ(points(R"(, "needs": {"at_least": 3})"), (std::vector<std::string>{"front at a", "front at b"}));
}

// Ten places, each held until the batch after the next release: 10 every 100 ms. At 95 a second nobody waits for long, at 105 the queue grows.
TEST(Capacity, waits_for_followers_count) {
  const auto at = [](const std::string& rate) {
    return compile_text(
        world(
            R"("front": {"model": "database", "demand": "100 us", "pool": {"max": 10}, "replicas": {"a": 1, "b": 1},
      "primary": "a", "replication": {"to": "b", "mode": "sync", "batch_every": "100 ms"}})",
            "{}"),
        R"("load": {"op": {"deterministic": ")" + rate + R"("}}, "horizon": "100 s")");
  };
  const compile::PlanAnalysis analysis = compile::analyse(at("50 tps").plan);
  EXPECT_NEAR(analysis.scale_to_saturation, 2.0, 0.01);
  EXPECT_THAT(analysis.fullest, HasSubstr("front"));
  const auto waiting = [&](const std::string& rate) {
    const Compiled c = at(rate);
    world::RunSettings settings;
    settings.procedures = catalog().procedures(c.topology, c.plan);
    auto results = world::run_replications(c.plan, settings, 0, 1, {});
    std::uint64_t most = 0;
    for (const measure::PoolRecord& pool : results[0].result.record.pools)
      most = std::max<std::uint64_t>(most, pool.max_waiting);
    return most;
  };
  EXPECT_LE(waiting("95 tps"), 20U);
  EXPECT_GE(waiting("105 tps"), 300U) << "5 a second for 100 s, less what the first batches hold";
}

// Records of 100 kB at 100 a second are 80 Mbit/s on the way to the follower, beside the requests of 2 KiB (1.6 Mbit/s each way).
TEST(Capacity, links_carry_requests_answers_and_records) {
  const Compiled c = compile_text(
      world(R"("front": {"model": "database", "demand": "1 ms", "cores": 100, "replicas": {"a": 1, "b": 1},
      "primary": "a", "replication": {"to": "b", "mode": "async", "record": "100 kB"}})",
            "{}"),
      R"("load": {"op": {"deterministic": "100 tps"}}, "horizon": "100 s")");
  const compile::PlanAnalysis analysis = compile::analyse(c.plan);
  EXPECT_NEAR(analysis.links[0].bytes_per_s, 10e6, 1.0) << "ab, forward: records alone";
  EXPECT_NEAR(analysis.links[0].replicated_per_s, 10e6, 1.0);
  EXPECT_NEAR(analysis.links[0].utilisation, 0.08, 1e-9);
  EXPECT_NEAR(analysis.links[1].bytes_per_s, 0.0, 1e-9);
  EXPECT_NEAR(analysis.links[2].bytes_per_s, 204'800.0, 1.0) << "ac, forward: answers";
  EXPECT_NEAR(analysis.links[3].bytes_per_s, 204'800.0, 1.0) << "ac, back: requests";
  EXPECT_EQ(analysis.fullest, "link ab (a to b)");
  EXPECT_NEAR(analysis.scale_to_saturation, 12.5, 1e-9);
}

std::vector<std::string> advice(const std::string& components, const std::string& client,
                                const std::string& procedures = "") {
  const Compiled c = compile_text(world(components, client, procedures),
                                  R"("load": {"op": {"poisson": "1 tps"}}, "horizon": "1 s")");
  EXPECT_FALSE(c.plan.components.empty()) << (c.problems.empty() ? "" : c.problems[0]);
  std::vector<std::string> all;
  for (const compile::Advice& one : compile::lints(c.plan)) all.push_back(one.name + ": " + one.text);
  return all;
}

TEST(Lints, a_sound_design_gets_no_advice) {
  EXPECT_THAT(
      advice(front(kTwo,
                   calls(R"(, "retries": {"attempts": 1, "on": ["reset"], "budget": {"ratio": "10 %"}})")) +
                 back(kTwo),
             R"({"timeout": "1 s"})"),
      IsEmpty());
}

TEST(Lints, name_what_experts_see_at_once) {
  EXPECT_THAT(advice(front(kTwo), "{}"), Contains(HasSubstr("op: its call to front has no timeout")));
  EXPECT_THAT(
      advice(front(kTwo, calls(R"(, "retries": {"attempts": 2, "on": ["reset"]})")) + back(kTwo),
             R"({"timeout": "1 s"})"),
      Contains(HasSubstr("front: its retries of back have no budget: when that is ill, up to 3 times")));
  EXPECT_THAT(advice(front(kTwo, calls("")) + back(kTwo), R"({"timeout": "150 ms"})"),
              Contains(HasSubstr("front: its call to back may take 200 ms, but op gives up after 150 ms")));
  EXPECT_THAT(
      advice(front(kTwo, calls("")) + back(kTwo), R"({"timeout": "150 ms", "deadline": "propagate"})"),
      Contains(HasSubstr("gives up")))
      << "the caller's deadline binds who is told of it, not its callees";
  EXPECT_THAT(
      advice(
          front(kTwo, calls(R"(, "pool": {"max": 60})")) +
              R"(, "back": {"model": "service", "demand": "1 ms", "threads": {"max": 100}, "replicas": {"a": 1}})",
          R"({"timeout": "1 s"})"),
      Contains(HasSubstr("back: front may hold 120 connections to it, it admits 100")));
}

TEST(Lints, runbooks_say_where_they_cannot_act) {
  const auto runbook = [](const std::string& at, const std::string& sensor, const std::string& more) {
    return R"("dr": {"model": "site_failover", "at": ")" + at +
           R"(", "service": ["front"], "database": "front", "from": "a", "to": "b",
      "detect": )" +
           sensor + more + "}";
  };
  const std::string db =
      R"("front": {"model": "database", "demand": "1 ms", "replicas": {"a": 1, "b": 1}, "primary": "a",
      "replication": {"to": "b", "mode": "async"}})";
  const std::string probe = R"({"sensor": "probe", "component": "front", "location": "a", "below": "50 %"})";
  const std::string lag =
      R"({"sensor": "replication_lag", "component": "front", "location": "b", "above": "1 s"})";
  const std::string back = R"(, "failback": {"after": "1 min"})";
  const std::string client = R"({"timeout": "1 s"})";
  EXPECT_THAT(advice(db, client, runbook("b", probe, back)), IsEmpty());
  EXPECT_THAT(advice(db, client, runbook("b", probe, "")), Contains(HasSubstr("dr: there is no failback")));
  EXPECT_THAT(advice(db, client, runbook("a", probe, back)), Contains(HasSubstr("dr: it stands at \"a\"")));
  EXPECT_THAT(advice(db, client, runbook("b", lag, back)), Contains(HasSubstr("dr: its trigger is wider")));
}

}  // namespace
}  // namespace twinvoice::testing
