// Calls, pools and kills as products have them: small worlds of known figures, played by both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/scenario/scenes.hpp"

namespace twinvoice {
namespace {

using testing::Figures;
using ::testing::HasSubstr;
using testing::Printed;

class CallSites : public testing::ProgramTest {
 protected:
  /// `parts` are the components, `operations` those of the topology, `experiment` the members but for the topology.
  [[nodiscard]] Printed printed(const std::string& parts, const std::string& operations,
                                const std::string& experiment, const std::string& engine = "kernel") const {
    write(path("t.json"), R"({"twinvoice": "topology/1", "name": "t", "sites": {"dc": {"region": "dc",
      "lan": {"latency": "0 s", "bandwidth": "1000 Gbps"}}}, "components": {)" +
                              parts + R"(}, "operations": {)" + operations + "}}");
    write(path("e.json"),
          R"({"twinvoice": "experiment/1", "name": "e", "topology": "t.json", )" + experiment + "}");
    return run({"run", path("e.json"), "--quiet", "--format", "json", "--engine", engine});
  }
  [[nodiscard]] Figures play(const std::string& parts, const std::string& operations,
                             const std::string& experiment) const {
    const Printed kernel = printed(parts, operations, experiment);
    EXPECT_EQ(kernel.code, 0) << kernel.err;
    Figures figures(kernel.json());
    const Figures referee(printed(parts, operations, experiment, "referee").json());
    EXPECT_EQ(figures.what_happened(), referee.what_happened()) << "the engines differ";
    return figures;
  }
  [[nodiscard]] static double of_component(const Figures& f, const std::string& name,
                                           const std::string& figure) {
    return f.json().at("components").at(name).at(figure).get<double>();
  }
};

const std::string kOneClient = R"("op": {"entry": "app", "from": "dc"})";
std::string once_a_second(const std::string& more) {
  return R"("load": {"op": {"deterministic": "1 s"}}, "replications": 1, )" + more;
}

// Operation a also signs, so that each operation has a program of its own. The database always fails: three failures open the
// breaker for good, whichever operation they were of.
TEST_F(CallSites, operations_share_the_breaker_of_a_call) {
  const Figures f = play(R"("app": {"model": "service", "replicas": {"dc": 1}, "demand": "1 ms", "calls": [
        {"to": "sign", "operations": ["a"]}, {"to": "db", "breaker": {"consecutive_errors": 3, "open_for": "1 h"}}]},
      "sign": {"model": "service", "replicas": {"dc": 1}, "demand": "1 ms"},
      "db": {"model": "service", "replicas": {"dc": 1}, "demand": "1 ms", "error_rate": "100 %"})",
                         R"("a": {"entry": "app", "from": "dc"}, "b": {"entry": "app", "from": "dc"})",
                         R"("load": {"a": {"deterministic": "1 s"}, "b": {"deterministic": "700 ms"}},
                            "replications": 1, "horizon": "20 s")");
  EXPECT_EQ(of_component(f, "db", "visits"), 3.0);
}

// Calls with names of their own have breakers of their own; calls of one name must agree.
TEST_F(CallSites, names_tell_calls_apart) {
  const auto parts = [](const std::string& first, const std::string& second, const std::string& errors) {
    return R"("app": {"model": "service", "replicas": {"dc": 1}, "demand": "1 ms",
        "endpoints": {"other": {"calls": [{"to": "db", "name": ")" +
           second + R"(", "breaker": {"consecutive_errors": )" + errors + R"(, "open_for": "1 h"}}]}},
        "calls": [{"to": "db", "name": ")" +
           first + R"(", "breaker": {"consecutive_errors": 3, "open_for": "1 h"}}]},
      "db": {"model": "service", "replicas": {"dc": 1}, "demand": "1 ms", "error_rate": "100 %"})";
  };
  const std::string operations =
      R"("a": {"entry": "app", "from": "dc"}, "b": {"entry": "app", "endpoint": "other", "from": "dc"})";
  const std::string experiment = R"("load": {"a": {"deterministic": "1 s"}, "b": {"deterministic": "700 ms"}},
      "replications": 1, "horizon": "20 s")";
  EXPECT_EQ(of_component(play(parts("x", "y", "3"), operations, experiment), "db", "visits"), 6.0);
  EXPECT_EQ(of_component(play(parts("x", "x", "3"), operations, experiment), "db", "visits"), 3.0);
  const Printed out = printed(parts("x", "x", "4"), operations, experiment);
  EXPECT_EQ(out.code, 2);
  EXPECT_THAT(out.err, HasSubstr("calls of one name agree"));
}

// Three queries of 5 ms over one DataSource of 10, asked without a pause: 10 / 5 ms = 2000 queries a second, 10 at most at once.
TEST_F(CallSites, calls_share_a_pool_by_name_and_by_what_they_call) {
  const auto parts = [](const std::string& pools, const std::string& pool) {
    const std::string call = R"({"to": "db", "pool": )" + pool + "}";
    return R"("app": {"model": "service", "replicas": {"dc": 1}, "demand": "0 s", "cores": "unlimited", )" +
           pools + R"("endpoints": {"other": {"calls": [)" + call + R"(]}}, "calls": [)" + call + ", " +
           call + R"(]}, "db": {"model": "database", "replicas": {"dc": 1}, "demand": "5 ms", "cores": 100})";
  };
  const std::string operations =
      R"("a": {"entry": "app", "from": "dc"}, "b": {"entry": "app", "endpoint": "other", "from": "dc"})";
  const std::string experiment = R"("load": {"a": {"closed": {"users": 50, "think": "0 s"}},
      "b": {"closed": {"users": 50, "think": "0 s"}}}, "horizon": "2 s", "replications": 1)";
  for (const auto& [pools, pool] :
       {std::pair{R"("pools": {"orders": {"max": 10}}, )", R"("orders")"}, std::pair{"", R"({"max": 10})"}}) {
    const Printed out = printed(parts(pools, pool), operations, experiment);
    ASSERT_EQ(out.code, 0) << out.err;
    const Figures f(out.json());
    const double seconds = of_component(f, "db", "visits") / 2000.0;
    EXPECT_NEAR(seconds, 2.0, 0.25) << "what is open at the end is followed for a tenth of the run";
    EXPECT_NEAR(of_component(f, "db", "busy"), 10.0, 0.1);
    const auto& all = f.json().at("components").at("app").at("pools");
    ASSERT_EQ(all.size(), 1U) << all.dump();
  }
  EXPECT_THAT(printed(parts("", R"("orders")"), operations, experiment).err, HasSubstr("declares no pool"));
  EXPECT_THAT(printed(parts(R"("pools": {"orders": {"max": 10}, "idle": {"max": 3}}, )", R"("orders")"),
                      operations, experiment)
                  .err,
              HasSubstr("uses the pool \"idle\""));
}

// All calls fail. Retries for each call: 0; 0.2, and 3 more in all; 0.2.
TEST_F(CallSites, a_retry_budget_bounds_the_amplification) {
  for (const auto& [budget, retries] :
       {std::pair{R"({"ratio": "0 %"})", 0.0}, std::pair{R"({"ratio": "20 %", "burst": 3})", 203.0},
        std::pair{R"({"ratio": "20 %", "burst": 0})", 200.0}}) {
    const Figures f = play(std::string(R"("app": {"model": "load_balancer", "replicas": {"dc": 1}, "to": "up",
          "demand": "0 s", "retries": {"attempts": 3, "backoff": "0 s", "budget": )") +
                               budget + R"(}}, "up": {"model": "service", "replicas": {"dc": 1},
          "demand": "1 ms", "error_rate": "100 %"})",
                           kOneClient, once_a_second(R"("horizon": "1000 s")"));
    EXPECT_NEAR(of_component(f, "up", "visits"), 1000.0 + retries, 2.0) << budget;
  }
}

// Two jobs of 100 ms come together each second from 1 s to 99 s to one core, which they share: it works for 200 ms.
TEST_F(CallSites, utilisation_under_processor_sharing_is_of_the_servers) {
  for (const std::string discipline : {"processor_sharing", "fifo"}) {
    const Figures f =
        play(R"("app": {"model": "service", "replicas": {"dc": 1}, "demand": "100 ms", "cores": 1,
          "queue": {"discipline": ")" +
                 discipline + R"("}})",
             kOneClient, R"("load": {"op": {"deterministic": "1 s", "batch": 2}},
          "replications": 1, "horizon": "100 s")");
    const auto& utilisation = f.json().at("components").at("app").at("utilisation").at("value");
    EXPECT_NEAR(utilisation.get<double>(), 0.2, 0.0025) << discipline;
    EXPECT_NEAR(of_component(f, "app", "busy"), 0.2, 0.0025) << discipline;
  }
}

// One of three replicas is down for 30 s of 100 s: a tenth of their time, three tenths of the time one of them.
TEST_F(CallSites, a_replica_that_is_down_counts_for_itself) {
  const Figures f =
      play(R"("app": {"model": "service", "replicas": {"dc": 3}, "demand": "1 ms"})", kOneClient,
           once_a_second(R"("horizon": "100 s", "faults": [{"fault": "instance_kill", "target": "app",
                             "mode": "one", "at": "10 s", "duration": "30 s"}])"));
  EXPECT_NEAR(of_component(f, "app", "down_share"), 0.1, 1e-3);
  EXPECT_NEAR(of_component(f, "app", "any_down_share"), 0.3, 3e-3);
}

// Of 3000 invoices 32 % are turned away, standard deviation 26, bound 130; clients who try five times more get the same verdict.
TEST_F(CallSites, a_content_check_gives_an_invoice_one_verdict) {
  for (const std::string retries : {"", R"(, "client": {"retries": {"attempts": 5, "backoff": "0 s"}})"}) {
    const Figures f = play(R"("app": {"model": "service", "replicas": {"dc": 2}, "demand": "1 ms",
          "checks": {"false_positive": {"rejects": "32 %"}}})",
                           R"("op": {"entry": "app", "from": "dc")" + retries + "}",
                           once_a_second(R"("horizon": "3000 s")"));
    EXPECT_NEAR(f.count("op", "failed"), 960.0, 130.0);
    EXPECT_EQ(f.operation("op").at("failed").at("by_cause").at("app.false_positive").get<double>(),
              f.count("op", "failed"));
  }
}

// Warm, the cache answers all by itself. Killed, it has nothing: exactly 100 misses fill it again.
TEST_F(CallSites, a_killed_cache_comes_back_cold) {
  for (const auto& [persistent, misses] : {std::pair{"false", 100.0}, std::pair{"true", 0.0}}) {
    const Figures f =
        play(std::string(R"("app": {"model": "cache", "replicas": {"dc": 1}, "hit_ratio": "100 %",
          "entries": 100, "origin": {"to": "db", "endpoint": "read"}, "persistent": )") +
                 persistent + R"(}, "db": {"model": "database", "replicas": {"dc": 1}, "demand": "1 ms"})",
             kOneClient, once_a_second(R"("horizon": "3000 s", "faults": [{"fault": "instance_kill",
                               "target": "app", "at": "10 s", "duration": "500 ms"}])"));
    EXPECT_EQ(of_component(f, "db", "visits"), misses);
  }
}

// The same of a service: 100 requests after the kill take 7 ms more.
TEST_F(CallSites, a_killed_service_comes_back_slow) {
  const std::string kill = R"("horizon": "3000 s", "faults": [{"fault": "instance_kill", "target": "app",
      "at": "10.5 s", "duration": "200 ms"}])";
  const Figures f = play(R"("app": {"model": "service", "replicas": {"dc": 1}, "demand": "1 ms",
        "warm_up": {"requests": 100, "demand": "7 ms"}})",
                         kOneClient, once_a_second(kill));
  EXPECT_NEAR(of_component(f, "app", "visits"), 3000.0 + 100.0, 1.0);
  EXPECT_NEAR(of_component(f, "app", "busy") * 3000.0, 3.0 + 0.7, 0.01);
}

TEST_F(CallSites, a_breakdown_loses_the_work_in_service_unless_something_else_is_said) {
  const auto text_with = [&](const std::string& word) {
    return printed(R"("app": {"model": "service", "replicas": {"dc": 1}, "demand": "900 ms",
        "life": {"fails": {"exponential": "20 s"}, "repairs": "5 s")" +
                       word + "}}",
                   kOneClient, once_a_second(R"("horizon": "200 s")"))
        .out;
  };
  const auto fingerprint = [](const std::string& text) {
    const std::size_t at = text.find("fingerprint");
    EXPECT_NE(at, std::string::npos) << text;
    return text.substr(at, 40);
  };
  EXPECT_EQ(fingerprint(text_with("")), fingerprint(text_with(R"(, "in_service": "lose")")));
  EXPECT_NE(fingerprint(text_with("")), fingerprint(text_with(R"(, "in_service": "resume")")));
}

}  // namespace
}  // namespace twinvoice
