// Policies compared: what `run --branch-at` prints, and how it takes what is wrong.
#include <algorithm>
#include <thread>

#include "tests/scenario/program.hpp"

namespace twinvoice::testing {
namespace {

constexpr const char* kPolicies = R"({"twinvoice": "policies/1", "policies": {
  "wait": {},
  "shed load": {"faults": [{"fault": "shed", "target": "issue-invoice", "share": "50 %", "at": "10 s", "duration": "20 s"}]}
}})";

class Branching : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    experiment_ = demo();
  }
  [[nodiscard]] Printed branch(const std::string& policies, const std::vector<std::string>& more = {}) {
    write(path("policies.json"), policies);
    std::vector<std::string> arguments{"run",     experiment_,      "--branch-at",
                                       "90 s",    "--policies",     path("policies.json"),
                                       "--quiet", "--replications", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  std::string experiment_;  ///< that `init` writes
};

TEST_F(Branching, the_policy_that_does_nothing_is_the_undisturbed_run) {
  const Printed branched = branch(kPolicies, {"--format", "json"});
  ASSERT_EQ(branched.code, 0) << branched.err;
  const auto whole = run({"run", experiment_, "--quiet", "--replications", "2", "--format", "json"}).json();
  const auto policies = branched.json()["policies"];
  ASSERT_EQ(policies.size(), 2U);
  const auto& wait = policies[0]["result"];
  EXPECT_EQ(wait["engine"]["fingerprint"], whole["engine"]["fingerprint"]);
  EXPECT_EQ(wait["disruptions"], whole["disruptions"]);
  EXPECT_EQ(wait["engine"]["hops"], whole["engine"]["hops"]);
  EXPECT_NE(policies[1]["result"]["engine"]["fingerprint"], whole["engine"]["fingerprint"]);
}

TEST_F(Branching, differences_are_those_of_the_pairs) {
  const auto d = branch(kPolicies, {"--format", "json"}).json();
  EXPECT_EQ(d["twinvoice"], "branch/1");
  EXPECT_EQ(d["compared_with"], "wait");
  const auto& wait = d["policies"][0]["figures"]["issue-invoice.availability"];
  const auto& shed = d["policies"][1]["figures"]["issue-invoice.availability"];
  EXPECT_FALSE(wait.contains("difference"));
  EXPECT_NEAR(shed["difference"]["value"].get<double>(),
              shed["value"].get<double>() - wait["value"].get<double>(), 2e-3);
  EXPECT_EQ(shed["difference"]["samples"], 2);
  EXPECT_EQ(d["policies"][1]["actions"][0], "shed after 10.0 s for 20.0 s");
}

// The demo brings 120 requests/s; half of those of 20 s are turned away, 1200 of a run. The outage of zone b lasts until 120 s and
// fails some of them anyway.
TEST_F(Branching, who_is_turned_away_has_arrived_and_was_not_served) {
  const auto d = branch(kPolicies, {"--format", "json"}).json();
  const auto figure = [&](std::size_t policy, const char* name) {
    return d["policies"][policy]["figures"][std::string("issue-invoice.") + name]["value"].get<double>();
  };
  EXPECT_EQ(figure(0, "arrived"), figure(1, "arrived"));
  const double turned_away = [&] {
    const auto& causes = d["policies"][1]["result"]["operations"]["issue-invoice"]["failed"]["by_cause"];
    return causes.at("issue-invoice.shed").get<double>();
  }();
  EXPECT_NEAR(turned_away, 1200.0, 120.0) << "3.5 standard deviations of two runs";
  EXPECT_LT(figure(1, "served"), figure(0, "served"));
  EXPECT_LT(figure(1, "availability"), figure(0, "availability"));
  const Printed text = branch(kPolicies);
  EXPECT_NE(text.out.find("REQUESTS SERVED of issue-invoice"), std::string::npos);
  EXPECT_LT(text.out.find("REQUESTS SERVED"), text.out.find("AVAILABILITY")) << "what was served comes first";
}

TEST_F(Branching, a_ratio_of_other_arrivals_is_not_compared) {
  const std::string policies =
      R"({"twinvoice": "policies/1", "policies": {"wait": {}, "call it off": {"faults": [
    {"fault": "spike", "target": "issue-invoice", "factor": 0.5, "at": "10 s", "duration": "20 s"}]}}})";
  const auto d = branch(policies, {"--format", "json"}).json();
  const auto& figures = d["policies"][1]["figures"];
  EXPECT_TRUE(figures["issue-invoice.availability"]["difference"].is_null());
  EXPECT_EQ(figures["issue-invoice.availability"]["no_difference"], "arrivals differ: see what was served");
  EXPECT_LT(figures["issue-invoice.served"]["difference"]["value"].get<double>(), 0.0);
}

TEST_F(Branching, fresh_futures_are_repeatable_and_not_the_history) {
  const auto first = branch(kPolicies, {"--format", "json", "--futures", "fresh", "--workers", "1"}).json();
  const auto again = branch(kPolicies, {"--format", "json", "--futures", "fresh", "--workers", "3"}).json();
  const auto same = branch(kPolicies, {"--format", "json"}).json();
  for (const std::size_t i : {0U, 1U}) {
    const auto print = [i](const nlohmann::json& d) {
      return d["policies"][i]["result"]["engine"]["fingerprint"];
    };
    EXPECT_EQ(print(first), print(again));
    EXPECT_NE(print(first), print(same));
  }
}

TEST_F(Branching, after_a_stop_only_whole_futures_are_results) {
  write(path("policies.json"), kPolicies);
  const pid_t pid =
      start({"run", experiment_, "--branch-at", "90 s", "--policies", path("policies.json"), "--replications",
             "2", "--horizon", "3650 d", "--workers", "1", "--quiet", "--format", "json"});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  ASSERT_EQ(kill(pid, SIGINT), 0);
  const Printed printed = finish(pid);
  EXPECT_EQ(printed.code, 130) << printed.err;
  EXPECT_EQ(printed.err, "");
  const auto document = printed.json();
  EXPECT_EQ(document["complete"], false);
  for (const auto& policy : document["policies"]) {
    EXPECT_EQ(policy["result"]["replications_done"], 0);
    EXPECT_EQ(policy["result"]["stops"].size(), 0U);
    for (const auto& figure : policy["figures"]) EXPECT_EQ(figure["not_restored"], 0);
  }
}

TEST_F(Branching, errors_name_the_policy_and_the_history) {
  experiment_ =
      changed(experiment_, R"("horizon": "4 min",)", R"("horizon": "4 min", "limits": {"events": 100000},)");
  const Printed same = branch(kPolicies);
  EXPECT_EQ(same.code, 1);
  for (const char* line : {"engine: wait: history 0: the run ended before",
                           "engine: shed load: history 1: the run ended before"})
    EXPECT_NE(same.err.find(line), std::string::npos) << same.err;
  const Printed fresh = branch(kPolicies, {"--futures", "fresh"});
  const std::string line = "engine: wait: history 0: the run ended before";
  EXPECT_NE(fresh.err.find(line), std::string::npos) << fresh.err;
  EXPECT_EQ(fresh.err.find(line), fresh.err.rfind(line)) << fresh.err;  // once, however many futures
}

TEST_F(Branching, the_text_names_every_policy_and_no_line_is_too_wide) {
  const Printed printed = branch(kPolicies);
  EXPECT_EQ(printed.code, 0);
  for (const char* piece :
       {"AVAILABILITY of issue-invoice", "RTO of zone-b-down", "shed load", "nothing is done"}) {
    EXPECT_NE(printed.out.find(piece), std::string::npos) << piece;
  }
  std::istringstream lines(printed.out);
  for (std::string line; std::getline(lines, line);) {
    const auto continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    const auto characters = std::count_if(line.begin(), line.end(), [&](char c) { return !continuation(c); });
    EXPECT_LE(characters, 100) << line;
  }
}

TEST_F(Branching, everything_wrong_is_told_with_its_place) {
  const Printed printed = branch(R"({"twinvoice": "policies/1", "policies": {
    "a": {"faults": [{"fault": "spike", "target": "issue", "factor": 0.5, "at": "0 s"}]},
    "b": {"start": [{"procedure": "dr"}]},
    "c": {"faults": [{"fault": "zone_down", "target": "shanghai/a", "at": "10 min"}]}
  }})");
  EXPECT_EQ(printed.code, 2);
  for (const char* piece :
       {"policies.json:2:51: /policies/a/faults/0/target: ",
        "policies.json:3:35: /policies/b/start/0/procedure: ",
        "/policies/c/faults/0/at: 10 min after the branch is not before the horizon", "3 issues"}) {
    EXPECT_NE(printed.err.find(piece), std::string::npos) << piece << "\n" << printed.err;
  }
}

TEST_F(Branching, what_a_policy_does_has_one_instant) {
  const Printed printed = branch(R"({"twinvoice": "policies/1", "policies": {
    "a": {"faults": [{"fault": "zone_down", "target": "shanghai/a", "within": ["1 s", "2 s"]}]}
  }})");
  EXPECT_EQ(printed.code, 2);
  EXPECT_NE(printed.err.find("policies.json:2:22: /policies/a/faults/0: what a policy does has one instant"),
            std::string::npos)
      << printed.err;
}

TEST_F(Branching, problems_of_experiment_and_policies_come_together) {
  write(path("policies.json"), R"({"twinvoice": "policies/1", "policies": {"a": {"fault": []}}})");
  const std::string broken = changed(experiment_, R"("4 min")", R"("4 mn")");
  const Printed printed = run({"run", broken, "--branch-at", "1 min", "--policies", path("policies.json")});
  EXPECT_EQ(printed.code, 2);
  EXPECT_NE(printed.err.find("changed.json:"), std::string::npos) << printed.err;
  EXPECT_NE(printed.err.find("/policies/a/fault: "), std::string::npos) << printed.err;
}

TEST_F(Branching, usage_that_makes_no_sense_is_refused) {
  write(path("policies.json"), kPolicies);
  const std::string policies = path("policies.json");
  EXPECT_EQ(run({"run", experiment_, "--branch-at", "90 s"}).code, 2);
  EXPECT_EQ(run({"run", experiment_, "--policies", policies}).code, 2);
  EXPECT_EQ(run({"run", experiment_, "--branch-at", "4 min", "--policies", policies}).code, 2);
  EXPECT_EQ(run({"run", experiment_, "--branch-at", "soon", "--policies", policies}).code, 2);
  EXPECT_EQ(run({"run", experiment_, "--branch-at", "90 s", "--policies", policies, "--junit", "x"}).code, 2);
  EXPECT_EQ(
      run({"run", experiment_, "--branch-at", "90 s", "--policies", policies, "--futures", "some"}).code, 2);
}

}  // namespace
}  // namespace twinvoice::testing
