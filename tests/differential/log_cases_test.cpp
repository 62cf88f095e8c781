// Failover and failback of a database as an experiment writes them, in both engines: the same requests and the same facts, and nothing
// lost that should not be.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/compile/compile.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/world/replications.hpp"
#include "tests/differential/compare.hpp"
#include "tests/support/compile_text.hpp"
#include "tests/support/log_facts.hpp"

namespace twinvoice::testing {
namespace {

/// Clients in c; web and db in s1 and s2, the db led in s1. `replication` beside "to"; `line` between s1 and s2.
std::string topology(const std::string& replication, const std::string& line, const std::string& runbooks) {
  return R"({"twinvoice": "topology/1", "name": "two",
    "sites": {"c": {"region": "c"}, "s1": {"region": "r1"}, "s2": {"region": "r2"}},
    "links": {"c1": {"between": ["c", "s1"], "latency": "10 ms", "bandwidth": "1 Gbps"},
      "c2": {"between": ["c", "s2"], "latency": "15 ms", "bandwidth": "1 Gbps"},
      "l12": {"between": ["s1", "s2"], "latency": "20 ms", "bandwidth": ")" +
         line + R"("}},
    "components": {"web": {"model": "load_balancer", "replicas": {"s1": 1, "s2": 1}, "to": "db", "timeout": "500 ms"},
      "db": {"model": "database", "replicas": {"s1": 1, "s2": 1}, "demand": {"exponential": "1 ms"}, "cores": 8,
        "primary": "s1", "replication": {"to": "s2", )" +
         replication + R"(}}},
    "operations": {"op": {"entry": "web", "from": "c", "client": {"timeout": "1 s", "balance": "nearest"}}},
    "procedures": {)" +
         runbooks + "}}";
}

std::string runbook(const std::string& name, const std::string& from, const std::string& to,
                    const std::string& more) {
  return '"' + name +
         R"(": {"model": "site_failover", "at": "c", "service": ["web"], "database": "db", "from": ")" +
         from + R"(", "to": ")" + to +
         R"(", "detect": {"sensor": "probe", "component": "db", "location": ")" + from +
         R"(", "below": "50 %", "every": "1 s"}, "verify": {"takes": "5 s"}, "approve": {"by": "boss", "takes": "10 s"})" +
         more + "}";
}

struct Case {
  plan::Plan plan;
  std::vector<world::ProcedureFactory> procedures;
};

Case compiled(const std::string& topology, const std::string& faults) {
  Issues issues;
  const std::string text =
      R"({"twinvoice": "experiment/1", "name": "e", "topology": "t.json", "load": {"op": {"poisson": "40 tps"}},
        "horizon": "5 min", "seed": 7, "faults": [)" +
      faults + "]}";
  spec::Experiment experiment = spec::read_experiment("e.json", text, catalog(), issues);
  experiment.topology = spec::read_topology("t.json", topology, catalog(), issues);
  if (!issues.has_errors()) spec::check_experiment(experiment, experiment.topology, issues);
  if (issues.has_errors()) throw InvalidInput(issues);
  Case made;
  made.plan = compile::compile(experiment, catalog());
  made.procedures = catalog().procedures(experiment.topology, made.plan);
  return made;
}

/// Runs it in both engines, which must agree; the kernel's record.
measure::RunRecord agreed(const Case& c) {
  expect_agreement(compare_in_world(c.plan, c.procedures), 12'000);
  world::RunSettings settings;
  settings.options.request_log = true;
  settings.options.seed = c.plan.seed;
  settings.procedures = c.procedures;
  auto runs = world::run_replications(c.plan, settings, 0, 1, {});
  EXPECT_EQ(runs.at(0).error, "");
  return std::move(runs.at(0).result.record);
}

std::vector<std::uint32_t> leaders(const measure::RunRecord& record) {
  std::vector<std::uint32_t> places;
  for (const measure::LogEvent& e : record.log_events) {
    if (e.kind == measure::LogEventKind::kLeads) places.push_back(e.place);
  }
  return places;
}

// s1 is lost and comes back as a follower; s2 waits for it. When s2 is lost, s1 has all that a client was told of.
TEST(LogCases, sync_loses_nothing_at_a_second_failover) {
  const std::string promote = R"(, "steps": ["promote"])";
  const auto record = agreed(
      compiled(topology(R"("mode": "sync", "batch_every": "100 ms")", "1 Gbps",
                        runbook("there", "s1", "s2", promote) + "," + runbook("back", "s2", "s1", promote)),
               R"({"fault": "region_down", "id": "f1", "target": "r1", "at": "60 s", "duration": "60 s"},
         {"fault": "region_down", "id": "f2", "target": "r2", "at": "200 s"})"));
  EXPECT_EQ(leaders(record), (std::vector<std::uint32_t>{1, 2, 1}));
  EXPECT_GT(record.operations[0].all.succeeded, 5'500U);
  const LeftOut lost = left_out(record.commits.all(), record.log_events);
  EXPECT_GT(lost.records, 0U);
  EXPECT_EQ(lost.acknowledged, 0U);
}

// The line is thin: s1 needs long to catch up, and it leads again only when it has. Nothing is lost at the failback.
TEST(LogCases, a_failback_waits_until_the_site_has_caught_up) {
  const auto record = agreed(compiled(
      topology(
          R"("mode": "async", "batch_every": "1 s")", "500 kbps",
          runbook("fo", "s1", "s2", R"(, "failback": {"after": "10 s", "every": "1 s", "takes": "5 s"})")),
      R"({"fault": "region_down", "id": "f", "target": "r1", "at": "30 s", "duration": "30 s"})"));
  EXPECT_EQ(leaders(record), (std::vector<std::uint32_t>{1, 2, 1}));
  for (const measure::CommitFact& c : record.commits.all()) {
    if (c.epoch == 1) {
      EXPECT_FALSE(left_out(c, record.log_events));
    }
  }
}

// s1 dies again while its failback is prepared, and is back a minute later: it leads then.
TEST(LogCases, a_failback_never_leads_at_a_dead_site) {
  const auto record = agreed(compiled(
      topology(
          R"("mode": "async", "batch_every": "100 ms")", "1 Gbps",
          runbook("fo", "s1", "s2", R"(, "failback": {"after": "10 s", "every": "1 s", "takes": "5 s"})")),
      R"({"fault": "region_down", "id": "f", "target": "r1", "at": "60 s", "duration": "60 s"},
                  {"fault": "region_down", "id": "g", "target": "r1", "at": "133 s", "duration": "60 s"})"));
  EXPECT_EQ(leaders(record), (std::vector<std::uint32_t>{1, 2, 1}));
  for (const measure::LogEvent& e : record.log_events) {
    if (e.kind == measure::LogEventKind::kLeads && e.epoch == 2) {
      EXPECT_GT(e.at_ns, 205 * kNanosPerSecond);
    }
  }
  for (const measure::CommitFact& c : record.commits.all()) {
    if (c.epoch == 1) {
      EXPECT_FALSE(left_out(c, record.log_events));
    }
  }
}

// s1 burns: the runbook promotes s2, and s1 comes back empty, is copied anew and leads again. A deposed leader's own records are merged.
TEST(LogCases, a_site_that_burns_is_copied_before_it_leads_again) {
  const std::string failback =
      R"(, "failback": {"after": "10 s", "every": "1 s", "takes": "5 s", "reseed": "all"})";
  const auto record = agreed(compiled(
      topology(R"("mode": "semi_sync", "timeout": "2 s", "wait_for": "applied", "apply": "30 ms")", "1 Gbps",
               runbook("fo", "s1", "s2", failback)),
      R"({"fault": "region_down", "id": "f", "target": "r1", "at": "60 s", "duration": "60 s", "data": "destroyed"})"));
  EXPECT_EQ(leaders(record), (std::vector<std::uint32_t>{1, 2, 1}));
  EXPECT_EQ(left_out(record.commits.all(), record.log_events).acknowledged, 0U);
}

// The same without a fire: what s1 alone has is merged, then a new copy goes there.
TEST(LogCases, a_deposed_leader_is_reseeded) {
  const std::string failback =
      R"(, "failback": {"after": "10 s", "every": "1 s", "takes": "5 s", "reseed": "10 MB"})";
  const auto record = agreed(
      compiled(topology(R"("mode": "async", "batch_every": "500 ms")", "100 Mbps",
                        runbook("fo", "s1", "s2", failback)),
               R"({"fault": "region_down", "id": "f", "target": "r1", "at": "60 s", "duration": "60 s"})"));
  EXPECT_EQ(leaders(record), (std::vector<std::uint32_t>{1, 2, 1}));
  std::vector<measure::LogEventKind> order;
  for (const measure::LogEvent& e : record.log_events) {
    if (e.kind == measure::LogEventKind::kReconciled || e.kind == measure::LogEventKind::kReseeded)
      order.push_back(e.kind);
  }
  EXPECT_EQ(order, (std::vector<measure::LogEventKind>{measure::LogEventKind::kReconciled,
                                                       measure::LogEventKind::kReseeded}));
}

}  // namespace
}  // namespace twinvoice::testing
