// Policies compared, from records made by hand: pairs, what is missing, how it is named.
#include "sim/report/branching.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::outage;

constexpr std::size_t kPairs = 4;

/// A policy under which the outage of pair i lasts so many seconds more than i.
PolicyRuns policy(const Scenario& scenario, const std::string& name, Nanos longer_s) {
  PolicyRuns runs{name, {}, {}, {}};
  for (std::size_t i = 0; i < kPairs; ++i)
    runs.futures.emplace_back(
        hand_made_run(scenario, 10, outage(100, 110 + static_cast<Nanos>(i) + longer_s)));
  return runs;
}

Scenario four_pairs() {
  Scenario scenario = hand_made_scenario();
  scenario.replications = kPairs;
  return scenario;
}

struct Rendered {
  nlohmann::json json;
  std::string text;

  [[nodiscard]] nlohmann::json difference() const {
    return json["policies"][1]["figures"]["issue.availability"]["difference"];
  }
};

Rendered compared(const Scenario& scenario, bool fresh, PolicyRuns first, PolicyRuns second) {
  std::vector<PolicyRuns> both;
  both.push_back(std::move(first));
  both.push_back(std::move(second));
  const BranchDocument document = compare_policies(scenario, kNanosPerSecond, fresh, std::move(both));
  return {nlohmann::json::parse(render_json(document)), render_terminal(document, {})};
}

TEST(Branching, an_order_that_was_not_followed_is_told_with_its_reason) {
  const Scenario s = four_pairs();
  PolicyRuns act = policy(s, "act", 0);
  for (std::size_t i : {0U, 2U})
    act.futures[i]->marks.push_back(
        {kNanosPerSecond, "failover", false, {}, "ordered to begin, but its place is down"});
  const Rendered r = compared(s, false, policy(s, "wait", 0), std::move(act));
  const std::string told = "the order to \"failover\" was not followed: its place is down (in 2 of 4)";
  EXPECT_TRUE(r.json["policies"][0]["orders_lost"].empty());
  EXPECT_EQ(r.json["policies"][1]["orders_lost"], nlohmann::json::array({told}));
  EXPECT_NE(r.text.find(told), std::string::npos) << r.text;
}

TEST(Branching, a_difference_over_all_pairs_says_no_more) {
  const Scenario s = four_pairs();
  const Rendered r = compared(s, false, policy(s, "wait", 0), policy(s, "act", 5));
  EXPECT_EQ(r.difference()["method"], "4 pairs t");
  EXPECT_EQ(r.text.find("over 4"), std::string::npos) << r.text;
}

TEST(Branching, values_are_the_means_whose_difference_is_told) {
  // In pair i a tenth of the requests takes i + 1 s, under "act" half a second less. Together, 1 % of the 40 % that are slow are the
  // slowest of all: the p99 of all futures together is 4 s, the mean of those of each 2.5 s.
  const Scenario s = four_pairs();
  const auto slow = [&](const std::string& name, Nanos less_ns) {
    PolicyRuns runs{name, {}, {}, {}};
    for (std::size_t i = 0; i < kPairs; ++i) {
      const Nanos slow_ns = static_cast<Nanos>(i + 1) * kNanosPerSecond - less_ns;
      runs.futures.emplace_back(hand_made_run(s, 10, [=](Nanos at) {
        return testing::Fate{true, at / 100'000'000 % 10 == 0 ? slow_ns : 20'000'000};
      }));
    }
    return runs;
  };
  const Rendered r = compared(s, false, slow("wait", 0), slow("act", kNanosPerSecond / 2));
  const auto figure = [&](int policy) { return r.json["policies"][policy]["figures"]["issue.p99"]; };
  const double first = figure(0)["value"];
  const double second = figure(1)["value"];
  EXPECT_NEAR(first, 2.5, 0.03);  // buckets of histograms
  EXPECT_NEAR(second - first, figure(1)["difference"]["value"].get<double>(), 1e-12);
}

TEST(Branching, a_difference_over_the_pairs_that_are_left_says_so) {
  const Scenario s = four_pairs();
  for (const bool of_first : {false, true}) {
    PolicyRuns wait = policy(s, "wait", 0);
    PolicyRuns act = policy(s, "act", 5);
    (of_first ? wait : act).futures[1].reset();
    const Rendered r = compared(s, false, std::move(wait), std::move(act));
    EXPECT_EQ(r.difference()["method"], "3 pairs t, over 3 of 4 pairs");
    EXPECT_EQ(r.difference()["samples"], 3);
    EXPECT_NE(r.text.find("act: differences are over 3 of 4 pairs"), std::string::npos) << r.text;
  }
}

TEST(Branching, one_pair_that_is_left_has_no_interval) {
  const Scenario s = four_pairs();
  PolicyRuns act = policy(s, "act", 6);
  for (std::size_t i = 1; i < kPairs; ++i) act.futures[i].reset();
  const Rendered r = compared(s, false, policy(s, "wait", 0), std::move(act));
  EXPECT_EQ(r.difference()["method"], "single run, over 1 of 4 pairs");
  EXPECT_NE(r.text.find("−1 points"), std::string::npos) << r.text;
}

TEST(Branching, a_future_that_ended_early_is_in_no_difference) {
  const Scenario s = four_pairs();
  PolicyRuns act = policy(s, "act", 5);
  act.futures[2]->complete = false;
  act.futures[2]->stop = "the budget of events is used up";
  const Rendered r = compared(s, false, policy(s, "wait", 0), std::move(act));
  EXPECT_EQ(r.difference()["method"], "3 pairs t, over 3 of 4 pairs");
}

TEST(Branching, stops_and_breaches_name_the_pair) {
  const Scenario s = four_pairs();
  for (const bool fresh : {false, true}) {
    PolicyRuns act = policy(s, "act", 5);
    for (std::size_t i = 0; i < kPairs; ++i) act.futures[i]->replication = fresh ? 0 : i;
    act.futures[2]->complete = false;
    act.futures[2]->stop = "interrupted";
    act.futures[3]->breaches = {"a token is missing"};
    const auto result =
        compared(s, fresh, policy(s, "wait", 0), std::move(act)).json["policies"][1]["result"];
    const std::string word = fresh ? "future" : "history";
    EXPECT_EQ(result["stops"][0].get<std::string>().find(word + " 2: ended at "), 0U) << result["stops"];
    EXPECT_EQ(result["engine"]["breaches"][0], word + " 3: a token is missing");
    EXPECT_EQ(pair_name(fresh, 2), word + " 2");
  }
}

}  // namespace
}  // namespace twinvoice::report
