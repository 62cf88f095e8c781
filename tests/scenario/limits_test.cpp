// Inputs that ask for more than a machine has: they end with a clear message, and with a partial result where a run had begun. The program
// gets 3 GB of address space: what would need more fails here as std::bad_alloc instead of waking the memory killer.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLimited = false;  // the sanitizer's shadow alone is terabytes of addresses
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kLimited = false;
#else
constexpr bool kLimited = true;
#endif
#else
constexpr bool kLimited = true;
#endif

class Limits : public testing::ProgramTest {
 protected:
  /// Children of this process get the limit; this process, which is small, has it as well.
  void SetUp() override {
    ProgramTest::SetUp();
    if (!kLimited) return;
    ASSERT_EQ(getrlimit(RLIMIT_AS, &before_), 0);
    const rlimit limit{std::min<rlim_t>(3ULL << 30, before_.rlim_max), before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  }
  void TearDown() override {
    if (kLimited) {
      EXPECT_EQ(setrlimit(RLIMIT_AS, &before_), 0);
    }
    ProgramTest::TearDown();
  }

  /// A service "s" at one site without network times, and an experiment of it. The parts are members of the objects in question.
  [[nodiscard]] std::string scenario(const std::string& component, const std::string& load,
                                     const std::string& experiment = {},
                                     const std::string& client = {}) const {
    write(
        path("topology.json"),
        R"({"twinvoice":"topology/1","name":"limits","sites":{"a":{"region":"r","lan":{"latency":"0 s"}}},)"
        R"("components":{"s":{"model":"service",)" +
            component +
            R"(}},"operations":{"issue":{"entry":"s","from":"a","client":{"request":"0 B","response":"0 B")" +
            client + "}}}}");
    write(path("experiment.json"),
          R"({"twinvoice":"experiment/1","name":"limits","topology":"topology.json","load":{"issue":{)" +
              load + R"(}},"horizon":"1 h")" + experiment + "}");
    return path("experiment.json");
  }
  /// Ended early by a budget: exit code 4, a whole document that says that it is not complete, and why.
  void expect_partial(const std::string& experiment, const std::string& reason) const {
    const auto played = run({"run", experiment, "--format", "json", "--quiet", "--workers", "1"});
    EXPECT_EQ(played.code, 4) << played.err;
    ASSERT_FALSE(played.out.empty()) << played.err;
    const auto j = played.json();
    EXPECT_EQ(j.at("complete"), false);
    EXPECT_TRUE(j.at("errors").empty()) << j.at("errors").dump();
    EXPECT_NE(j.at("stops").dump().find(reason), std::string::npos) << j.at("stops").dump();
    EXPECT_GT(j.at("operations").at("issue").at("arrived").get<double>(), 0.0);
    EXPECT_EQ(played.err.find("bad_alloc"), std::string::npos) << played.err;
  }
  /// Refused before anything runs, at `pointer`.
  void expect_refused(const std::string& experiment, const std::string& pointer) const {
    for (const char* command : {"validate", "run", "plan"}) {
      const auto printed = run({command, experiment});
      EXPECT_EQ(printed.code, 2) << command << ": " << printed.out << printed.err;
      EXPECT_NE((printed.out + printed.err).find(pointer), std::string::npos) << printed.out << printed.err;
    }
  }

 private:
  rlimit before_{};
};

TEST_F(Limits, overload_ends_in_the_memory_budget_with_a_partial_result) {
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"1 s")", R"("poisson":"1000000 tps")"),
                 "overloaded");
}

TEST_F(Limits, overload_ends_in_a_stated_memory_budget_with_a_partial_result) {
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"1 s")", R"("poisson":"10000 tps")",
                          R"(,"limits":{"memory":"16 MiB"})"),
                 "limits.memory");
}

// What grows without bound is, in turn: those who wait for a thread, those who wait at an instance that stands still, and jobs that were
// handed over.
TEST_F(Limits, overload_of_every_kind_ends_in_the_memory_budget) {
  const std::string small = R"(,"limits":{"memory":"40 MB"})";
  const std::string load = R"("poisson":"100000 tps")";
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"1 s","threads":2)", load, small), "limits.memory");
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"1 us")", load,
                          small + R"(,"faults":[{"fault":"instance_pause","target":"s","at":"10 ms"}])"),
                 "limits.memory");
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"0 s","emits":[{"to":"t"}]},)"
                          R"("t":{"model":"service","replicas":{"a":1},"demand":"1 s")",
                          load, small),
                 "limits.memory");
}

TEST_F(Limits, a_spike_without_measure_is_refused_and_one_of_a_million_ends_in_the_memory_budget) {
  const auto spike = [&](const std::string& factor) {
    return scenario(R"("replicas":{"a":1},"demand":"1 ms")", R"("poisson":"1000 tps")",
                    R"(,"limits":{"memory":"40 MB"},"faults":[{"fault":"spike","target":"issue","factor":)" +
                        factor + R"(,"at":"1 s"}])");
  };
  expect_refused(spike("1e300"), "/faults/0/factor");
  expect_partial(spike("1e6"), "limits.memory");
}

/// The rest of a service of one replica that takes `demand` and then calls `to` so many times side by side.
std::string fan(int branches, const std::string& to, const std::string& demand) {
  const std::string call = R"({"to":")" + to + R"(","request":"0 B","response":"0 B"})";
  std::string all = call;
  for (int i = 1; i < branches; ++i) all += "," + call;
  return R"("replicas":{"a":1},"threads":1000000,"cores":100000,"demand":")" + demand +
         R"(","calls":[{"parallel":[)" + all + "]}]";
}

/// Three levels of branches above a service: `branches` to the power of three visits of it for one request.
std::string three_levels(int branches, const std::string& demand) {
  return fan(branches, "t", demand) + R"(},"t":{"model":"service",)" + fan(branches, "u", demand) +
         R"(},"u":{"model":"service",)" + fan(branches, "v", demand) +
         R"(},"v":{"model":"service","replicas":{"a":1},"demand":"1 s")";
}

TEST_F(Limits, a_billion_branches_are_ended) {
  expect_partial(scenario(three_levels(1'000, "0 s"), R"("deterministic":"1 s")"), "one instant");
}

// Forty thousand of them end at one instant: their order must not cost the square of their number.
TEST_F(Limits, eight_million_branches_that_end_together_are_ended) {
  expect_partial(scenario(three_levels(200, "1 ms"), R"("deterministic":"1 s")"), "limits.memory");
}

TEST_F(Limits, a_century_is_played_and_more_is_refused) {
  const std::string rare = scenario(R"("replicas":{"a":1},"demand":"1 ms")", R"("poisson":"0.00001 tps")");
  const auto played = run({"run", rare, "--format", "json", "--quiet", "--horizon", "36500 d"});
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_EQ(played.json().at("complete"), true);
  const auto refused = run({"run", rare, "--horizon", "100000 d"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("the longest duration is 100 years"), std::string::npos) << refused.err;
}

TEST_F(Limits, a_budget_of_events_ends_a_run_with_a_partial_result) {
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"1 ms")", R"("poisson":"500 tps")",
                          R"(,"limits":{"events":20000})"),
                 "events");
}

TEST_F(Limits, a_closed_loop_that_takes_no_time_is_ended) {
  expect_partial(scenario(R"("replicas":{"a":1},"demand":"0 s")", R"("closed":{"users":1,"think":"0 s"})"),
                 "one instant");
}

TEST_F(Limits, retries_that_take_no_time_are_ended_by_their_number) {
  const auto played =
      run({"run",
           scenario(R"("replicas":{"a":1},"demand":"0 s","error_rate":"100 %")", R"("deterministic":"1 s")",
                    {}, R"(,"retries":{"attempts":100,"backoff":"0 s","jitter":"none"})"),
           "--format", "json", "--quiet", "--workers", "1", "--horizon", "30 s"});
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_EQ(played.json().at("operations").at("issue").at("failed").at("total"), 29);
}

TEST_F(Limits, a_trillion_replicas_are_refused) {
  expect_refused(scenario(R"("demand":"1 ms","replicas":{"a":1000000000000})", R"("poisson":"1 tps")"),
                 "/components/s/replicas/a: 1000000000000 is out of range");
}

TEST_F(Limits, a_trillion_replications_users_and_requests_at_once_are_refused) {
  const std::string demand = R"("replicas":{"a":1},"demand":"1 ms")";
  expect_refused(scenario(demand, R"("poisson":"1 tps")", R"(,"replications":1000000000000)"),
                 "/replications: ");
  expect_refused(scenario(demand, R"("closed":{"users":1000000000000,"think":"1 s"})"),
                 "/load/issue/closed/users: ");
  expect_refused(scenario(demand, R"("poisson":"1 tps","batch":1000000000000)"), "/load/issue/batch: ");
  expect_refused(scenario(demand, R"("poisson":"1000000000000000 tps")"), "/load/issue/poisson: ");
}

// Each leaves some 200 kB, which are held until the report: 20 GB.
TEST_F(Limits, replications_beyond_the_memory_are_refused) {
  expect_refused(
      scenario(R"("replicas":{"a":1},"demand":"1 ms")", R"("poisson":"1 tps")", R"(,"replications":100000)"),
      "MB of results, of 100000 replications");
}

// Two components of 50 000 replicas each that call each other would need 2.5e9 states of pairs.
TEST_F(Limits, pairs_of_replicas_beyond_the_memory_are_refused) {
  write(
      path("experiment.json"),
      R"({"twinvoice":"experiment/1","topology":"topology.json","load":{"issue":{"poisson":"1 tps"}},"horizon":"1 s"})");
  write(
      path("topology.json"),
      R"({"twinvoice":"topology/1","name":"pairs","sites":{"a":{"region":"r"}},"components":{)"
      R"("s":{"model":"service","replicas":{"a":50000},"demand":"1 ms","calls":[{"to":"t"}]},)"
      R"("t":{"model":"service","replicas":{"a":50000},"demand":"1 ms"}},"operations":{"issue":{"entry":"s","from":"a"}}})");
  expect_refused(path("experiment.json"), "pairs of replicas");
}

// Each of forty components calls the next twice: 2^40 calls for one request.
TEST_F(Limits, calls_that_double_at_every_level_are_ended) {
  std::string components;
  for (int i = 0; i < 40; ++i) {
    const std::string next =
        i + 1 < 40 ? R"(,"calls":[{"to":"c)" + std::to_string(i + 1) + R"(","times":2}])" : "";
    components += (i > 0 ? "," : "") + std::string("\"c") + std::to_string(i) +
                  R"(":{"model":"service","replicas":{"a":1},"demand":"0 s")" + next + "}";
  }
  write(path("topology.json"),
        R"({"twinvoice":"topology/1","name":"doubling","sites":{"a":{"region":"r","lan":{"latency":"0 s"}}},)"
        R"("components":{)" +
            components + R"(},"operations":{"issue":{"entry":"c0","from":"a"}}})");
  write(path("experiment.json"),
        R"({"twinvoice":"experiment/1","name":"doubling","topology":"topology.json","load":{"issue":{)"
        R"("deterministic":"1 s"}},"horizon":"1 min","limits":{"events":3000000}})");
  expect_partial(path("experiment.json"), "limits.events");
}

}  // namespace
}  // namespace twinvoice
