// What a run does with what it seldom uses: budgets of retries, deadlines of attempts, and what stands under READ THIS WITH IT.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/scenario/figures.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class NamedByRun : public testing::ProgramTest {
 protected:
  /// One site; a front that calls a back.
  void world(const std::string& policy, const std::string& back, const std::string& load,
             const std::string& horizon, const std::string& more = "") const {
    write(
        path("t.json"),
        R"({"twinvoice": "topology/1", "name": "two", "sites": {"dc": {"region": "dc", "lan": {"latency": "0 s"}}},
      "components": {"front": {"model": "load_balancer", "replicas": {"dc": 1}, "to": "back", "demand": "0 s", "cores": 1000)" +
            policy + R"(}, "back": {"model": "service", )" + back + R"(}},
      "operations": {"op": {"entry": "front", "from": "dc", "client": {"request": "0 B", "response": "0 B"}}})" +
            more + "}");
    write(path("e.json"),
          R"({"twinvoice": "experiment/1", "name": "e", "topology": "t.json", "load": {"op": {)" + load +
              R"(}}, "horizon": ")" + horizon + R"(", "replications": 1, "seed": 1})");
  }
  [[nodiscard]] testing::Printed play(const std::string& engine = "kernel",
                                      const std::string& format = "json") const {
    return run({"run", path("e.json"), "--format", format, "--quiet", "--engine", engine});
  }
  /// Attempts for each request: visits of the back by requests that arrived.
  [[nodiscard]] static double amplification(const nlohmann::json& result) {
    return result.at("components").at("back").at("visits").get<double>() /
           testing::Figures(result).count("op", "arrived");
  }
};

// Everything fails. 1000 calls a second earn a fifth of a retry each.
TEST_F(NamedByRun, a_retry_budget_means_what_it_says_down_to_zero) {
  const auto played = [&](const std::string& budget) {
    world(R"(, "retries": {"attempts": 3, "backoff": "0 s", "budget": {)" + budget + "}}",
          R"("replicas": {"dc": 1}, "demand": "1 ms", "cores": "unlimited", "error_rate": "100 %")",
          R"("deterministic": "1 ms")", "10 s");
    const testing::Printed kernel = play();
    EXPECT_EQ(testing::Figures(kernel.json()).what_happened(),
              testing::Figures(play("referee").json()).what_happened())
        << budget;
    return amplification(kernel.json());
  };
  EXPECT_EQ(played(R"("ratio": "0 %")"), 1.0);
  EXPECT_EQ(played(R"("ratio": "0 %", "burst": 3)"), 1.0);
  EXPECT_NEAR(played(R"("ratio": "20 %", "burst": 0)"), 1.2, 0.001);
  EXPECT_NEAR(played(R"("ratio": "20 %", "burst": 3)"), 1.2, 0.001);
}

// One core, 80 ms each, three requests at the same instant. The third would begin at 160 ms, when its attempt has been given up
// since 100 ms: it is not served, so the core works for 160 ms and not for 240.
TEST_F(NamedByRun, a_propagated_deadline_ends_with_the_attempt) {
  const auto busy_s = [&](const std::string& deadline) {
    world(R"(, "deadline": ")" + deadline + R"(", "retries": {"attempts": 0, "per_try_timeout": "100 ms"})",
          R"("replicas": {"dc": 1}, "demand": "80 ms", "cores": 1)",
          R"("deterministic": "1 s", "count": 1, "batch": 3, "first_at": "0 s")", "1 s");
    const testing::Printed kernel = play();
    EXPECT_EQ(testing::Figures(kernel.json()).what_happened(),
              testing::Figures(play("referee").json()).what_happened());
    return kernel.json().at("components").at("back").at("utilisation").at("value").get<double>();
  };
  EXPECT_NEAR(busy_s("none"), 0.24, 1e-9);
  EXPECT_NEAR(busy_s("propagate"), 0.16, 1e-9);
}

TEST_F(NamedByRun, who_notices_a_dead_replica_is_said) {
  const std::string mortal = R"("replicas": {"dc": 2}, "demand": "1 ms",
      "life": {"fails": {"exponential": "1 h"}, "repairs": "1 min", "in_service": "lose"})";
  const auto text = [&](const std::string& policy, const std::string& more) {
    world(policy, mortal, R"("poisson": "1 tps")", "1 h", more);
    return play("kernel", "json").json().at("caveats").dump();
  };
  const std::string nobody = text("", "");
  EXPECT_THAT(nobody, HasSubstr("nobody takes a dead replica of back out of balancing"));
  EXPECT_THAT(nobody, Not(HasSubstr("detection is perfect")));
  EXPECT_THAT(text(R"(, "ejection": {})", ""), HasSubstr("dead replicas are taken out by back: ejection"));
  EXPECT_THAT(
      text("", R"(, "procedures": {"watcher": {"model": "health_probe", "at": "dc", "targets": "back"}})"),
      HasSubstr("dead replicas are taken out by back: watcher"));
}

TEST_F(NamedByRun, what_a_run_does_not_use_is_named_once) {
  const std::string three = R"("replicas": {"dc": 3}, "demand": "1 ms")";
  world("", three + R"(, "needs": {"at_least": 3})", R"("poisson": "10 tps")", "1 min");
  const std::string text = play("kernel", "text").out;
  EXPECT_THAT(text, HasSubstr("not used by run: needs of back (plan reads it)"));
  world("", three, R"("poisson": "10 tps")", "1 min");
  EXPECT_THAT(play("kernel", "text").out, Not(HasSubstr("not used by run")));
}

}  // namespace
}  // namespace twinvoice
