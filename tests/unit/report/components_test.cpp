// Components by place, and the bounds that hold for the busiest of them; arithmetic by hand.
#include "sim/report/components.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/render.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using measure::Relation;
using measure::Verdict;
using testing::expect;
using testing::hand_made_run;
using testing::hand_made_scenario;
using ::testing::HasSubstr;
using testing::kSecond;
using testing::outage;

constexpr Nanos kLength_s = 100;

/// A station of 4 servers that were at work for so long in all.
measure::StationRecord station(std::uint32_t id, double busy_s, std::uint64_t arrivals = 1000) {
  measure::StationRecord s;
  s.id = id;
  s.servers = 4;
  s.arrivals = s.started = s.completions = arrivals;
  s.busy_ns = from_seconds(busy_s);
  return s;
}

/// A component with a replica at each of the places, of 4 servers, over 100 s.
Scenario placed(const std::vector<std::string>& places) {
  Scenario s = hand_made_scenario(kLength_s);
  s.places = places;
  s.components = {{"api", "service", static_cast<std::uint32_t>(places.size()), {}}};
  s.stations.clear();
  s.pools.clear();
  for (std::size_t i = 0; i < places.size(); ++i) {
    s.components[0].places.push_back({i, 1});
    s.stations.push_back({"api#" + std::to_string(i), 0, 4, i});
  }
  return s;
}

/// One replication for each list: how many of the 4 servers of each replica were at work, on average.
ResultDocument played(Scenario s, const std::vector<std::vector<double>>& busy) {
  std::vector<measure::RunRecord> runs;
  s.replications = busy.size();
  for (const std::vector<double>& one : busy) {
    measure::RunRecord& run = runs.emplace_back(hand_made_run(s, 10, outage(0, 0)));
    run.replication = runs.size() - 1;
    for (std::size_t i = 0; i < one.size(); ++i)
      run.stations.push_back(
          station(static_cast<std::uint32_t>(i), one[i] * kLength_s, one[i] > 0.0 ? 1000 : 0));
  }
  return build(std::move(s), runs);
}

// 3.84 and 3.88 of 4 servers at n, none at s: 96 % and 97 % there, 48.25 % of all.
TEST(Places, the_busiest_place_is_judged_and_not_the_mean) {
  Scenario s = placed({"s", "n"});
  s.expectations = {expect(Measure::kUtilisation, Relation::at_most, 0.7, "utilisation <= 70 %")};
  const ResultDocument d = played(s, {{0.0, 3.84}, {0.0, 3.88}});
  EXPECT_NEAR(d.components[0].utilisation->value, 0.4825, 1e-12);
  ASSERT_EQ(d.components[0].places.size(), 2U);
  EXPECT_EQ(d.components[0].places[0].name, "n");
  EXPECT_NEAR(d.components[0].places[0].utilisation->value, 0.965, 1e-12);
  EXPECT_EQ(d.components[0].places[1].utilisation->value, 0.0);
  EXPECT_EQ(d.expectations[0].verdict, Verdict::missed);
  EXPECT_NEAR(d.expectations[0].estimate.value, 0.965, 1e-12);
  EXPECT_THAT(d.expectations[0].why, HasSubstr("api at n"));
  EXPECT_EQ(d.expectations[0].place, std::optional<std::size_t>(1));
}

// a: 90 % and 50 %, b: 72 % in both. The mean of b is higher, so b decides, with its own interval.
TEST(Places, the_busiest_is_found_by_the_mean_over_the_replications) {
  Scenario s = placed({"a", "b"});
  s.expectations = {expect(Measure::kUtilisation, Relation::at_most, 0.75, "utilisation <= 75 %")};
  const ResultDocument d = played(s, {{3.6, 2.88}, {2.0, 2.88}});
  EXPECT_EQ(d.components[0].places[0].name, "b");
  EXPECT_EQ(d.expectations[0].verdict, Verdict::met);
  EXPECT_NEAR(d.expectations[0].estimate.high, 0.72, 1e-12);
}

// At least 30 %: a 60 %, b 20 %, and c has nothing to do. b decides.
TEST(Places, a_lower_bound_holds_for_the_least_busy_of_those_at_work) {
  Scenario s = placed({"a", "b", "c"});
  s.expectations = {expect(Measure::kUtilisation, Relation::at_least, 0.3, "utilisation >= 30 %")};
  const ResultDocument d = played(s, {{2.4, 0.8, 0.0}, {2.4, 0.8, 0.0}});
  EXPECT_EQ(d.expectations[0].verdict, Verdict::missed);
  EXPECT_NEAR(d.expectations[0].estimate.value, 0.2, 1e-12);
}

/// Two replicas of 4 servers at one place.
Scenario side_by_side() {
  Scenario s = placed({"a"});
  s.components[0].replicas = s.components[0].places[0].replicas = 2;
  s.stations.push_back({"api#1", 0, 4, 0});
  return s;
}

TEST(Places, a_replica_without_work_does_not_hide_a_full_one) {
  const ResultDocument d = played(side_by_side(), {{3.8, 0.0}});
  EXPECT_NEAR(d.components[0].places[0].utilisation->value, 0.95, 1e-12);
  EXPECT_NEAR(d.components[0].utilisation->value, 0.475, 1e-12) << "of all its servers";
}

// The second one works 2 of its 4 servers for 50 s and is dead for the other 50: (380 + 100) of (400 + 200) server seconds.
TEST(Places, a_dead_replica_has_no_servers) {
  const Scenario s = side_by_side();
  measure::RunRecord run = hand_made_run(s, 10, outage(0, 0));
  run.stations = {station(0, 380.0), station(1, 100.0)};
  run.stations[1].missing_ns = measure::Int128{200} * kSecond;
  const ResultDocument d = build(s, testing::all(std::move(run)));
  EXPECT_NEAR(d.components[0].places[0].utilisation->value, 0.8, 1e-12);
}

TEST(Places, where_no_server_was_there_nothing_is_known) {
  const Scenario s = placed({"a", "b"});
  measure::RunRecord run = hand_made_run(s, 10, outage(0, 0));
  run.stations = {station(0, 100.0), station(1, 0.0, 0)};
  run.stations[1].missing_ns = measure::Int128{400} * kSecond;
  const ResultDocument d = build(s, testing::all(std::move(run)));
  EXPECT_EQ(d.components[0].places[1].name, "b");
  EXPECT_EQ(d.components[0].places[1].utilisation->samples, 0U);
}

// 1000 of 1000 jobs wait 50 ms at a, none of 9000 at b: 5 % wait over all, all of them at a.
TEST(Places, waits_are_judged_where_they_are_longest) {
  Scenario s = placed({"a", "b"});
  ExpectationInfo e = expect(Measure::kWaits, Relation::at_most, 0.2, "waits <= 20 %");
  s.expectations = {e, expect(Measure::kWait, Relation::at_most, 0.03, "wait <= 30 ms")};
  std::vector<measure::RunRecord> runs;
  s.replications = 2;
  for (int i = 0; i < 2; ++i) {
    runs.push_back(hand_made_run(s, 10, outage(0, 0)));
    runs.back().stations = {station(0, 100.0, 1000), station(1, 100.0, 9000)};
    runs.back().stations[0].waited = 1000;
    runs.back().stations[0].wait_ns = measure::Int128{50} * kSecond;
  }
  const ResultDocument d = build(s, runs);
  EXPECT_EQ(d.expectations[0].verdict, Verdict::missed);
  EXPECT_EQ(d.expectations[0].estimate.value, 1.0);
  EXPECT_EQ(d.expectations[1].verdict, Verdict::missed);
  EXPECT_NEAR(d.expectations[1].estimate.value, 0.05, 1e-12);
}

TEST(Places, each_has_a_row_in_json_and_csv) {
  Scenario s = placed({"a", "b"});
  s.pools = {{"threads", 0, 10, 0}, {"threads", 0, 10, 1}};
  measure::RunRecord run = hand_made_run(s, 10, outage(0, 0));
  run.stations = {station(0, 100.0), station(1, 300.0)};
  run.pools.resize(2);
  run.pools[1].id = 1;
  run.pools[1].held_ns = measure::Int128{700} * kSecond;  // 7 of 10 over 100 s
  run.pools[1].rejected = 3;
  const ResultDocument d = build(s, testing::all(std::move(run)));
  const auto places = nlohmann::json::parse(render_json(d)).at("components").at("api").at("places");
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].at("place"), "b");
  EXPECT_EQ(places[0].at("replicas"), 1);
  EXPECT_EQ(places[0].at("utilisation").at("value"), 0.75);
  EXPECT_EQ(places[0].at("pools").at("threads").at("active"), 7.0);
  EXPECT_EQ(places[0].at("pools").at("threads").at("max"), 10);
  EXPECT_EQ(places[0].at("pools").at("threads").at("rejected"), 3);
  EXPECT_EQ(places[1].at("place"), "a");
  for (const CsvFile& file : render_csv(d)) {
    if (file.name != "places.csv") continue;
    EXPECT_THAT(file.text, HasSubstr("\napi,b,1,0.75,"));
    EXPECT_THAT(file.text, HasSubstr("\napi,a,1,0.25,"));
  }
}

std::string components_of(const ResultDocument& d, bool all) {
  const std::string text = render_terminal(d, {false, 100, all});
  const std::size_t from = text.find("COMPONENTS");
  return text.substr(from, text.find("READ THIS WITH IT") - from);
}

// 30 places at 50 % and one at 90 %: two lines.
TEST(Places, those_that_are_alike_share_a_line_of_the_terminal) {
  std::vector<std::string> names;
  std::vector<double> busy;
  for (int i = 0; i < 31; ++i) {
    names.push_back("zone-" + std::to_string(i));
    busy.push_back(i == 17 ? 3.6 : 2.0);
  }
  const std::string text = components_of(played(placed(names), {busy}), true);
  EXPECT_THAT(text, HasSubstr("zone-17 "));
  EXPECT_THAT(text, HasSubstr("90.0 %"));
  EXPECT_THAT(text, HasSubstr("zone-0 and 29 alike"));
  EXPECT_THAT(text, HasSubstr("30 × 1"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 8) << text;
}

// 20 places of 5 %, 10 %, ... 100 %: the two busiest, and how many more there are.
TEST(Places, many_that_differ_are_cut_to_the_busiest) {
  std::vector<std::string> names;
  std::vector<double> busy;
  for (int i = 1; i <= 20; ++i) {
    names.push_back("zone-" + std::to_string(i));
    busy.push_back(0.2 * i);
  }
  const ResultDocument d = played(placed(names), {busy});
  const std::string some = components_of(d, false);
  EXPECT_THAT(some, HasSubstr("zone-20"));
  EXPECT_THAT(some, HasSubstr("more, less busy"));
  EXPECT_LT(std::count(some.begin(), some.end(), '\n'), 8) << some;
  EXPECT_THAT(components_of(d, true), HasSubstr("zone-1 "));
}

}  // namespace
}  // namespace twinvoice::report
