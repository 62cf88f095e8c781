// plan: what is said of an experiment and of a topology alone, without a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "sim/report/style.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PlanCommand : public testing::ProgramTest {
 protected:
  /// Two zones, two replicas of 2 ms and 1 core in each; clients outside.
  [[nodiscard]] testing::Printed plan(const std::string& of_component, const std::string& of_operation,
                                      const std::vector<std::string>& arguments = {}) const {
    write(path("t.json"), R"({"twinvoice": "topology/1", "name": "t",
      "sites": {"dc": {"region": "r", "zones": ["a", "b"]}, "out": {"region": "o"}},
      "links": {"l": {"between": ["dc", "out"], "latency": "5 ms", "bandwidth": "1 Gbps"}},
      "components": {"app": {"model": "service", "demand": "2 ms", "cores": 1, "replicas": {"dc/a": 2, "dc/b": 2})" +
                              of_component + R"(}},
      "operations": {"op": {"entry": "app", "from": "out", "client": {"timeout": "1 s", "balance": "round_robin"})" +
                              of_operation + "}}}");
    std::vector<std::string> all{"plan", path("t.json"), "--brief"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all);
  }
};

TEST_F(PlanCommand, a_topology_alone_is_judged_by_its_structure) {
  const auto shown = plan("", "");
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("no \"volume\" is stated (operations.op.volume"));
  EXPECT_THAT(shown.out, HasSubstr("single points of failure of op: site dc, link l"));
  EXPECT_THAT(
      shown.out,
      HasSubstr("nobody takes a dead replica of app out (no probe, no ejection): that costs 25.00 %"));
  EXPECT_THAT(shown.out, Not(HasSubstr("STATIONS")));
}

// 86 400 000 a day are 1 000 a second: 500 ms of work a second for each of four replicas, 1 for each of two.
TEST_F(PlanCommand, a_volume_is_the_load_of_a_topology_alone) {
  const auto shown = plan("", R"(, "volume": "86400000 per day")");
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("1000/s on average"),
                               HasSubstr("may grow by the factor 2 before app at dc/a is full")));
  EXPECT_THAT(shown.out, AllOf(HasSubstr("place  in calm     dc/a     dc/b    dc"),
                               HasSubstr("app  dc/a    50.0 %     lost  100.0 %  lost"),
                               HasSubstr("without dc nothing is left that takes the load of app"),
                               HasSubstr("without out there is no load: the clients stand there")));
  const auto without = plan("", R"(, "volume": "86400000 per day")", {"--without", "dc/a"});
  ASSERT_EQ(without.code, 0) << without.err;
  EXPECT_THAT(without.out, AllOf(HasSubstr("without dc/a"), HasSubstr("100.0 %")));
  const auto shaped = plan("", R"(, "volume": {"per_day": 86400000, "amplitude": 0.5})");
  EXPECT_THAT(shaped.out, HasSubstr("1000/s on average, 1500/s at the peak")) << shaped.err;
}

// 1000 a second, 250 of them at each of four replicas: of 400 62.5 %; of 150 each turns away 100, the two of a place 200.
TEST_F(PlanCommand, a_rate_limit_is_a_row_of_the_capacity) {
  const auto wide =
      plan(R"(, "rate_limit": {"rate": "400 tps", "burst": 10})", R"(, "volume": "86400000 per day")");
  ASSERT_EQ(wide.code, 0) << wide.err;
  EXPECT_THAT(wide.out, AllOf(HasSubstr("RATE LIMITS"), HasSubstr("62.5 %"),
                              HasSubstr("before app.rate_limit at dc/a")));
  const auto narrow =
      plan(R"(, "rate_limit": {"rate": "150 tps", "burst": 10})", R"(, "volume": "86400000 per day")");
  EXPECT_THAT(narrow.out, AllOf(HasSubstr("166.7 %"), HasSubstr("turns away 200/s")));
}

TEST_F(PlanCommand, no_line_is_wider_than_the_terminal_and_names_are_whole_where_there_is_room) {
  const std::string shipped =
      std::string(TWINVOICE_SOURCE_DIR "/") + "topologies/two-sites-three-centres.json";
  const char* before = std::getenv("COLUMNS");
  const std::string kept = before != nullptr ? before : "";
  for (const std::size_t width : {40U, 80U, 100U, 120U, 200U}) {
    setenv("COLUMNS", std::to_string(width).c_str(), 1);
    const auto shown = run({"plan", shipped});
    ASSERT_EQ(shown.code, 0) << shown.err;
    std::istringstream lines(shown.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(report::columns(line), width) << line;
    if (width >= 80) {
      EXPECT_THAT(shown.out, Not(HasSubstr("…"))) << width;
    }
  }
  before != nullptr ? setenv("COLUMNS", kept.c_str(), 1) : unsetenv("COLUMNS");
}

TEST_F(PlanCommand, json_has_the_same_facts) {
  const auto shown = plan("", R"(, "volume": "86400000 per day")", {"--format", "json"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  const auto j = shown.json();
  EXPECT_EQ(j["twinvoice"], "plan/1");
  EXPECT_EQ(j["of"], "topology");
  EXPECT_DOUBLE_EQ(j["operations"][0]["peak_per_s"], 1000.0);
  EXPECT_EQ(j["loads"][0]["name"], "app");
  EXPECT_EQ(j["loads"][0]["place"], "dc/a");
  EXPECT_NEAR(j["loads"][0]["peak_utilisation"].get<double>(), 0.5, 1e-9);
  EXPECT_NEAR(j["capacity"]["may_grow_by"].get<double>(), 2.0, 1e-9);
  EXPECT_EQ(j["capacity"]["full_first"], "app at dc/a");
  const auto& of_a = j["loads_by_place"][0];
  EXPECT_EQ(of_a["place"], "dc/a");
  EXPECT_TRUE(of_a["without"]["dc/a"].is_null()) << "lost itself";
  EXPECT_NEAR(of_a["without"]["dc/b"].get<double>(), 1.0, 1e-9);
  EXPECT_EQ(j["no_load_without"][0], "out");
  EXPECT_FALSE(j["losses"].empty());
}

// All that is beyond 8 Mbit/s: 200 requests of 10 kB a second are 16.
TEST_F(PlanCommand, a_run_beyond_a_link_says_so_and_keeps_no_promise) {
  write(path("t.json"), R"({"twinvoice": "topology/1", "name": "t",
    "sites": {"a": {"region": "a"}, "b": {"region": "b"}},
    "links": {"ab": {"between": ["a", "b"], "latency": "5 ms", "bandwidth": "8 Mbps"}},
    "components": {"svc": {"model": "service", "replicas": {"b": 4}, "cores": 8, "demand": "1 ms"}},
    "operations": {"op": {"entry": "svc", "from": "a",
      "client": {"request": "10000 B", "response": "0 B", "timeout": "5 s"}}}})");
  for (const auto& [rate, beyond] : {std::pair{"99 tps", false}, std::pair{"200 tps", true}}) {
    write(path("e.json"), std::string(R"({"twinvoice": "experiment/1", "topology": "t.json", "name": "e",
      "load": {"op": {"poisson": ")") +
                              rate + R"("}}, "horizon": "60 s", "warm_up": "5 s", "replications": 4,
      "expect": [{"availability": ">= 50 %"}]})");
    const auto run_alone = run({"run", path("e.json"), "--format", "json"});
    const auto j = run_alone.json();
    EXPECT_EQ(j["expectations"][0]["verdict"], beyond ? "undecided" : "met") << run_alone.out;
    EXPECT_EQ(j["caveats"].dump().find("link ab (a to b): 200 %") != std::string::npos, beyond);
  }
}

// Against runs: what is told to be full first carries 95 % of what plan says for it, and not 105 %.
TEST_F(PlanCommand, what_is_said_to_be_full_first_holds_just_below_and_breaks_just_above) {
  const std::string head = R"({"twinvoice": "topology/1", "name": "t",
    "sites": {"o": {"region": "o", "lan": {"latency": "0 s", "bandwidth": "100 Tbps"}}, "p": {"region": "p"}},
    "links": {"op": {"between": ["o", "p"], "latency": "20 ms", "bandwidth": "1 Gbps"}}, "components": {"svc": )";
  const std::string client = R"("entry": "svc", "from": "o", "volume": {"mean": "50 tps"},
      "client": {"request": "0 B", "response": "0 B", "timeout": "5 s"}}}})";
  const std::string limited = head + R"({"model": "service", "replicas": {"o": 1}, "cores": 4,
    "demand": {"exponential": "10 ms"}, "rate_limit": {"rate": "100 tps", "burst": 20}}},
    "operations": {"op": {)" + client;
  const std::string batches =
      head + R"({"model": "database", "replicas": {"o": 1, "p": 1}, "primary": "o", "cores": 8,
    "demand": "1 ms", "pool": {"max": 5, "wait": "1 s"},
    "replication": {"to": "p", "mode": "sync", "batch_every": "10 ms"}}},
    "operations": {"op": {"endpoint": "write", )" +
      client;
  const std::string hedged =
      head + R"({"model": "service", "replicas": {"o": 1}, "cores": "unlimited", "demand": "1 ms",
    "calls": [{"to": "b", "hedge": {"after": "5 ms"}, "balance": "round_robin"}]},
    "b": {"model": "service", "replicas": {"o": 2}, "cores": 1, "demand": "10 ms"}},
    "operations": {"op": {)" +
      client;
  for (const std::string& topology : {limited, batches, hedged}) {
    write(path("t.json"), topology);
    const auto planned = run({"plan", path("t.json"), "--format", "json"});
    ASSERT_EQ(planned.code, 0) << planned.err;
    const double most = 50.0 * planned.json()["capacity"]["may_grow_by"].get<double>();
    EXPECT_NEAR(most, 100.0, 0.1);
    for (const double share : {0.95, 1.05}) {
      const auto every_ns = static_cast<long long>(1e9 / (share * most));
      write(path("e.json"), R"({"twinvoice": "experiment/1", "topology": "t.json", "name": "e", "load": {"op":
        {"deterministic": ")" + std::to_string(every_ns) +
                                R"( ns"}}, "horizon": "6 min", "warm_up": "2 min"})");
      const auto played = run({"run", path("e.json"), "--format", "json"});
      const double good = played.json()["operations"]["op"]["availability"]["request"]["value"];
      EXPECT_EQ(good > 0.999, share < 1.0) << good << " of " << topology;
      EXPECT_EQ(good<0.98, share> 1.0) << good << " of " << topology;
    }
  }
}

TEST_F(PlanCommand, retries_that_take_turns_lose_at_most_what_independent_choices_would) {
  for (const bool avoids : {false, true}) {
    write(path("r.json"),
          std::string(R"({"twinvoice": "topology/1", "name": "t", "sites": {"o": {"region": "o"}},
      "components": {"svc": {"model": "service", "replicas": {"o": 2}, "cores": 4, "demand": "10 ms"}},
      "operations": {"op": {"entry": "svc", "from": "o", "client": {"timeout": "1 s", "balance": "round_robin",
        "retries": {"attempts": 1, "backoff": "1 ms", "avoid_tried": )") +
              (avoids ? "true" : "false") + "}}}}}");
    const auto retried = run({"plan", path("r.json"), "--brief"});
    ASSERT_EQ(retried.code, 0) << retried.err;
    EXPECT_EQ(retried.out.find("at most 25.00 %") == std::string::npos, avoids) << retried.out;
  }
}

// Ten tries of 100 ms are a second: longer than the 500 ms for which the client waits.
TEST_F(PlanCommand, tries_without_a_timeout_are_summed_in_the_advice_on_limits) {
  write(path("r.json"), R"({"twinvoice": "topology/1", "name": "t", "sites": {"o": {"region": "o"}},
    "components": {"svc": {"model": "service", "replicas": {"o": 1}, "cores": 4, "demand": "10 ms",
        "calls": [{"to": "b", "retries": {"attempts": 9, "per_try_timeout": "100 ms", "backoff": "0 s"}}]},
      "b": {"model": "service", "replicas": {"o": 1}, "cores": 4, "demand": "10 ms"}},
    "operations": {"op": {"entry": "svc", "from": "o", "client": {"timeout": "500 ms"}}}})");
  const auto shown = run({"plan", path("r.json"), "--brief"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("its call to b may take 1.00 s"));
}

TEST_F(PlanCommand, validate_of_a_topology_warns_as_plan_does) {
  write(path("w.json"), R"({"twinvoice": "topology/1", "name": "t",
    "sites": {"a": {"region": "a"}, "b": {"region": "b"}},
    "links": {"ab": {"between": ["a", "b"], "latency": "5 ms", "bandwidth": "8 Mbps"},
              "ab2": {"between": ["b", "a"], "latency": "6 ms", "bandwidth": "8 Mbps"}},
    "components": {"svc": {"model": "service", "replicas": {"b": 1}, "cores": 8, "demand": "1 ms"}},
    "operations": {"op": {"entry": "svc", "from": "a", "client": {"timeout": "5 s"}}}})");
  const auto shown = run({"validate", path("w.json")});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, AllOf(HasSubstr("warning: /links/ab2"), HasSubstr("ok")));
}

TEST_F(PlanCommand, what_no_place_or_volume_is_is_refused) {
  const auto nowhere = plan("", "", {"--without", "dc/c"});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("there is no zone, site or region \"dc/c\"; did you mean \"dc/"));
  for (const char* volume :
       {"\"500000\"", "\"many per day\"", "\"5 per week\"", "\"-1 per day\"", "500000", "{}"}) {
    const auto refused = plan("", std::string(R"(, "volume": )") + volume);
    EXPECT_EQ(refused.code, 2) << volume;
    EXPECT_THAT(refused.err, HasSubstr("/operations/op/volume")) << volume;
  }
}

TEST_F(PlanCommand, the_shipped_topology_loses_no_request_with_one_replica) {
  const auto shown =
      run({"plan", (std::string(TWINVOICE_SOURCE_DIR "/") + "topologies/two-sites-three-centres.json"),
           "--brief"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(
      shown.out,
      HasSubstr("single points of failure of issue-invoice: the 2 of 6 database at shanghai-a, site"));
  for (const char* part : {"waf", "nginx", "redis", "identity", "ledger", "database"})
    EXPECT_THAT(shown.out, Not(HasSubstr(std::string("dead replica of ") + part))) << part;
}

}  // namespace
}  // namespace twinvoice
