// Structure of what the renderers write; wording is free.
#include "sim/report/render.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/branching.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using measure::Relation;
using testing::expect;
using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using testing::outage;

ResultDocument sample() {
  Scenario s = hand_made_scenario();
  s.name = "a scenario with a <name> & \"quotes\"";
  s.faults = {hand_made_fault(200, "region-down-with-a-rather-long-name-that-goes-on-and-on")};
  s.expectations = {expect(Measure::kRto, Relation::at_most, 60.0, "rto <= 1 min"),
                    expect(Measure::kQuantile, Relation::at_most, 1.0, "p99 <= 1 s"),
                    expect(Measure::kRto, Relation::at_most, 100.0, "rto <= 100 s")};
  std::vector<measure::RunRecord> runs;
  for (int i = 0; i < 2; ++i) {
    measure::RunRecord& run = runs.emplace_back(hand_made_run(s, 100, outage(200, 300)));
    run.marks.push_back({220 * testing::kSecond, "dr", true, measure::Phase::kDetected, "seen"});
    run.marks.push_back({270 * testing::kSecond, "dr", true, measure::Phase::kApproved, "by cfo"});
    run.stations.resize(2);
    run.stations[1].id = 1;
    run.pools.resize(2);
    run.pools[1].id = 1;
  }
  return build(s, runs);
}

TEST(Terminal, no_line_is_wider_than_the_terminal) {
  for (const std::size_t width : {80U, 90U, 100U}) {
    for (const bool colour : {false, true}) {
      std::istringstream text(render_terminal(sample(), {colour, width, true}));
      for (std::string line; std::getline(text, line);) EXPECT_LE(columns(line), width) << line;
    }
  }
}

TEST(Terminal, without_colour_there_is_no_escape) {
  EXPECT_EQ(render_terminal(sample(), {false, 100, true}).find('\x1b'), std::string::npos);
}

TEST(Terminal, every_expectation_and_its_verdict_is_told) {
  const std::string text = render_terminal(sample(), {false, 100, false});
  for (const char* wanted : {"rto <= 1 min", "p99 <= 1 s", "rto <= 100 s", "met", "missed", "db.timeout",
                             "detected", "restored"}) {
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted;
  }
}

/// Three runs with a fault at 200 s, restored after as many seconds as given.
ResultDocument three_runs(const std::vector<Nanos>& rto_s) {
  Scenario s = hand_made_scenario();
  s.replications = 3;
  s.faults = {hand_made_fault(200)};
  s.expectations = {expect(Measure::kRto, Relation::at_most, 900.0, "rto <= 15 min")};
  std::vector<measure::RunRecord> runs;
  for (const Nanos rto : rto_s) runs.push_back(hand_made_run(s, 100, outage(200, 200 + rto)));
  return build(s, runs);
}

TEST(Terminal, one_run_that_is_not_restored_leaves_mean_and_verdict_open) {
  // 330 s and 335 s are within 15 min; of the third one 400 s were watched.
  const ResultDocument some = three_runs({330, 335, 400});
  const std::string text = render_terminal(some, {false, 100, false});
  EXPECT_NE(text.find("not restored by the end in 1 of 3 runs"), std::string::npos) << text;
  std::istringstream narrow(render_terminal(some, {false, 80, false}));
  for (std::string line; std::getline(narrow, line);) EXPECT_LE(columns(line), 80U) << line;
  EXPECT_EQ(some.expectations[0].verdict, measure::Verdict::undecided);
  EXPECT_NE(some.expectations[0].why.find("kept in 2 of 3 incidents, unknown in 1"), std::string::npos)
      << some.expectations[0].why;
  EXPECT_NE(some.expectations[0].why.find("mean not known"), std::string::npos) << some.expectations[0].why;
}

TEST(BranchTerminal, of_several_futures_the_low_end_bounds_the_mean) {
  Scenario s = hand_made_scenario();
  s.replications = 3;
  s.warm_up_ns = 100 * testing::kSecond;
  s.faults = {hand_made_fault(200)};
  std::vector<PolicyRuns> policies(1);
  policies[0].name = "wait";
  // Health of 60 s is shown before the end at 600 s in the first two.
  for (const Nanos rto_s : {330, 335, 400})
    policies[0].futures.emplace_back(hand_made_run(s, 100, outage(200, 200 + rto_s)));
  const std::string text =
      render_terminal(compare_policies(s, s.warm_up_ns, false, std::move(policies)), {false, 100, false});
  EXPECT_NE(text.find("not restored in 1 of 3; the mean is above "), std::string::npos) << text;
  EXPECT_EQ(text.find("> "), std::string::npos) << text;
}

/// The row of the minutes a year; empty when there is none.
std::string minutes_a_year(const ResultDocument& document) {
  std::istringstream text(render_terminal(document, {false, 80, false}));
  for (std::string line; std::getline(text, line);) {
    if (line.find("minutes lost a year") != std::string::npos) return line;
  }
  return {};
}

TEST(Terminal, minutes_a_year_have_an_interval) {
  Scenario s = hand_made_scenario();
  s.replications = 3;
  std::vector<measure::RunRecord> runs;
  for (const Nanos length_s : {20, 30, 40})
    runs.push_back(hand_made_run(s, 100, outage(200, 200 + length_s)));
  const std::string row = minutes_a_year(build(s, runs));
  EXPECT_NE(row.find('['), std::string::npos) << row;
  EXPECT_NE(row.find(", "), std::string::npos) << row;
}

TEST(Terminal, planned_faults_stand_for_no_year) { EXPECT_EQ(minutes_a_year(three_runs({20, 30, 40})), ""); }

TEST(Csv, the_timeline_tells_of_how_many_replications_its_counts_are_the_sum) {
  for (const CsvFile& file : render_csv(three_runs({20, 30, 40}))) {
    if (file.name != "timeline.csv") continue;
    std::istringstream text(file.text);
    std::string line;
    ASSERT_TRUE(std::getline(text, line));
    EXPECT_TRUE(line.ends_with(",replications,success_worst_tenth,success_median,success_best_tenth"))
        << line;
    // Two outages of three are over by 235 s: the nearest ranks of 1, 5 and 9 tenths are the first, second and third.
    std::size_t steps = 0;
    while (std::getline(text, line)) {
      ASSERT_TRUE(line.find(",3,") != std::string::npos) << line;
      if (line.find("issue,235,") == 0) steps += line.ends_with(",3,0,1,1") ? 1 : 0;
    }
    EXPECT_EQ(steps, 1U);
  }
}

TEST(Json, parses_and_has_the_promised_keys) {
  const auto j = nlohmann::json::parse(render_json(sample()));
  EXPECT_EQ(j.at("twinvoice"), "result/2");
  const auto& op = j.at("operations").at("issue");
  for (const char* key : {"arrived", "succeeded", "failed", "unanswered", "availability", "latency_s"})
    EXPECT_TRUE(op.contains(key)) << key;
  for (const char* key : {"request", "time", "volume"}) {
    for (const char* end : {"value", "low", "high"})
      EXPECT_TRUE(op.at("availability").at(key).contains(end)) << key;
  }
  for (const char* key : {"mean", "p50", "p95", "p99", "p999"})
    EXPECT_TRUE(op.at("latency_s").at(key).contains("value")) << key;
  EXPECT_TRUE(j.at("components").at("db").at("pools").at("pool").contains("waiting"));
  const auto& r = j.at("disruptions").at(0);
  for (const char* key : {"fault", "kind", "planned", "at_s", "onset_s", "rto_s", "rpo_s",
                          "acknowledged_lost", "replications", "phases"})
    EXPECT_TRUE(r.contains(key)) << key;
  for (const char* key : {"low", "value", "high", "median", "p90", "worst", "incidents"})
    EXPECT_TRUE(r.at("rto_s").contains(key)) << key;
  EXPECT_DOUBLE_EQ(r.at("rto_s").at("value").get<double>(), 100.0);
  ASSERT_EQ(r.at("replications").size(), 2U);
  const auto& one = r.at("replications").at(1);
  EXPECT_DOUBLE_EQ(one.at("rto_s").at("low").get<double>(), 99.99) << "299.99 is the last bad one";
  EXPECT_DOUBLE_EQ(one.at("operations").at("issue").at("rto_s").at("value").get<double>(), 100.0);
  EXPECT_EQ(op.at("interruptions").at(0).at("faults").at(0), r.at("fault"));
  const auto& e = j.at("expectations").at(0);
  EXPECT_EQ(e.at("verdict"), "missed");
  for (const char* key : {"text", "value", "low", "high"}) EXPECT_TRUE(e.contains(key)) << key;
  EXPECT_DOUBLE_EQ(e.at("value").get<double>(), 100.0) << "in the unit of the bound";
  EXPECT_FALSE(e.contains("share_kept")) << "on the mean";
  for (const char* key :
       {"hops", "events", "wall_s", "cpu_s", "ns_per_hop", "peak_rss_bytes", "fingerprint"}) {
    EXPECT_TRUE(j.at("engine").contains(key)) << key;
  }
  for (const char* key : {"version", "commit", "inputs", "seed", "command"})
    EXPECT_TRUE(j.at("manifest").contains(key)) << key;
}

TEST(Json, the_same_document_gives_the_same_bytes) {
  EXPECT_EQ(render_json(sample()), render_json(sample()));
}

TEST(Json, counts_are_of_a_run_with_the_total_beside_them) {
  // 60 000 a run of 600 s; 10 000 of them fail.
  const auto j = nlohmann::json::parse(render_json(sample()));
  const auto& op = j.at("operations").at("issue");
  EXPECT_EQ(op.at("arrived"), 60'000);
  EXPECT_EQ(op.at("failed").at("total"), 10'000);
  EXPECT_EQ(op.at("total").at("arrived"), 120'000);
  EXPECT_EQ(op.at("total").at("failed"), 20'000);
}

TEST(Json, a_share_of_incidents_stands_beside_the_figure) {
  // Both incidents within 2 min: 100 s each. Of two alike the share is at least 0.025^(1/2) = 15.8 %.
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  s.expectations = {expect(Measure::kRto, Relation::at_most, 120.0, "rto <= 2 min")};
  s.expectations[0].share = 0.9;
  const auto d = build(
      s, testing::all(hand_made_run(s, 100, outage(200, 300)), hand_made_run(s, 100, outage(200, 300))));
  const auto e = nlohmann::json::parse(render_json(d)).at("expectations").at(0);
  EXPECT_DOUBLE_EQ(e.at("value").get<double>(), 100.0);
  EXPECT_EQ(e.at("share"), 0.9);
  EXPECT_EQ(e.at("share_kept").at("value"), 1.0);
  EXPECT_NEAR(e.at("share_kept").at("low").get<double>(), 0.158, 1e-3);
  EXPECT_EQ(e.at("share_kept").at("high"), 1.0);
  EXPECT_EQ(e.at("incidents").at(0).at("kept"), 2);
}

// Outages of 100 s, 60 s and one that goes on to the end at 600 s: two incidents have a value, of the third 400 s were watched.
TEST(Json, an_expectation_tells_what_every_replication_says) {
  Scenario s = hand_made_scenario();
  s.replications = 3;
  s.faults = {hand_made_fault(200)};
  s.expectations = {expect(Measure::kRto, Relation::at_most, 120.0, "rto <= 2 min"),
                    expect(Measure::kSuccessRate, Relation::at_least, 0.5, "success_rate >= 50 %")};
  s.expectations[0].share = 0.9;
  std::vector<measure::RunRecord> runs;
  for (const Nanos until : {300, 260, 600}) {
    runs.push_back(hand_made_run(s, 100, outage(200, until)));
    runs.back().replication = runs.size() - 1;
  }
  const auto all = nlohmann::json::parse(render_json(build(s, runs))).at("expectations");
  const auto& rto = all.at(0);
  EXPECT_EQ(rto.at("judged_on"), "down");
  EXPECT_EQ(rto.at("measure"), "rto");
  EXPECT_EQ(rto.at("bound"), 120.0);
  EXPECT_EQ(rto.at("unit"), "s");
  EXPECT_EQ(rto.at("observed").at("value"), rto.at("value"));
  ASSERT_EQ(rto.at("replications").size(), 3U);
  EXPECT_EQ(rto.at("replications")[0].at("value"), 100.0);
  EXPECT_EQ(rto.at("replications")[0].at("low"), 99.99);
  EXPECT_EQ(rto.at("replications")[1].at("value"), 60.0);
  EXPECT_EQ(rto.at("replications")[2].at("replication"), 2);
  EXPECT_TRUE(rto.at("replications")[2].at("value").is_null());
  EXPECT_EQ(rto.at("replications")[2].at("low"), 400.0);
  EXPECT_EQ(rto.at("replications")[2].at("high"), "infinity");
  // 60 000 requests a run, of which 10 000, 6 000 and 40 000 fail.
  const auto& rate = all.at(1);
  EXPECT_EQ(rate.at("judged_on"), "issue");
  ASSERT_EQ(rate.at("replications").size(), 3U);
  EXPECT_DOUBLE_EQ(rate.at("replications")[0].at("value").get<double>(), 5.0 / 6.0);
  EXPECT_DOUBLE_EQ(rate.at("replications")[1].at("value").get<double>(), 0.9);
  EXPECT_DOUBLE_EQ(rate.at("replications")[2].at("value").get<double>(), 1.0 / 3.0);
}

// Of 10 requests in 10 s the last three have no answer when the run and what follows it end, one fails: 6 of 10 to 9 of 10.
TEST(Json, requests_without_an_answer_make_a_replication_a_range) {
  Scenario s = hand_made_scenario(10);
  s.expectations = {expect(Measure::kSuccessRate, Relation::at_least, 0.5, "success_rate >= 50 %")};
  const auto fate = [](Nanos at) {
    testing::Fate f;
    f.ok = at != 0;
    if (at >= 7 * testing::kSecond) f.latency_ns = kNever;
    return f;
  };
  const auto one = nlohmann::json::parse(render_json(build(s, testing::all(hand_made_run(s, 1, fate)))))
                       .at("expectations")
                       .at(0)
                       .at("replications")
                       .at(0);
  EXPECT_TRUE(one.at("value").is_null());
  EXPECT_DOUBLE_EQ(one.at("low").get<double>(), 0.6);
  EXPECT_DOUBLE_EQ(one.at("high").get<double>(), 0.9);
}

TEST(Json, a_planned_change_stands_among_the_disruptions) {
  const Scenario s = hand_made_scenario();
  measure::RunRecord run = hand_made_run(s, 100, outage(210, 230));
  run.marks.push_back(
      {200 * testing::kSecond, "move", true, measure::Phase::kDetected, measure::kBegunByOrder});
  run.marks.push_back({210 * testing::kSecond, "move", true, measure::Phase::kActed, "done"});
  const auto all = nlohmann::json::parse(render_json(build(s, {&run, 1}))).at("disruptions");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].at("fault"), "move");
  EXPECT_EQ(all[0].at("planned"), true);
  EXPECT_EQ(all[0].at("replications").at(0).at("rto_s").at("value"), 20.0);
}

TEST(Json, what_is_not_restored_has_no_value_and_no_end) {
  Scenario s = hand_made_scenario();
  s.faults = {hand_made_fault(200)};
  const auto d = build(s, testing::all(hand_made_run(s, 100, outage(200, 600))));
  const auto j = nlohmann::json::parse(render_json(d));
  const auto& one = j.at("disruptions").at(0).at("replications").at(0);
  EXPECT_EQ(one.at("rto_s").at("low"), 400.0);
  EXPECT_TRUE(one.at("rto_s").at("value").is_null());
  EXPECT_EQ(one.at("rto_s").at("high"), "infinity");
  EXPECT_EQ(one.at("restored"), false);
  EXPECT_TRUE(j.at("disruptions").at(0).at("rto_s").at("value").is_null());
}

TEST(Junit, one_case_for_each_expectation_and_markup_is_escaped) {
  const std::string xml = render_junit(sample());
  std::size_t cases = 0;
  for (std::size_t at = xml.find("<testcase"); at != std::string::npos; at = xml.find("<testcase", at + 1))
    ++cases;
  EXPECT_EQ(cases, 3U);
  EXPECT_NE(xml.find("tests=\"3\" failures=\"1\""), std::string::npos) << xml;
  EXPECT_EQ(xml.find("<name>"), std::string::npos);
  EXPECT_NE(xml.find("rto &lt;= 1 min"), std::string::npos);
}

TEST(Junit, what_is_undecided_is_a_failure_of_its_own_type) {
  // One run has no interval of the utilisation.
  Scenario s = hand_made_scenario();
  s.expectations = {expect(Measure::kThroughput, Relation::at_least, 50.0, "throughput >= 50/s"),
                    expect(Measure::kUtilisation, Relation::at_most, 0.5, "utilisation <= 50 %")};
  measure::RunRecord run = hand_made_run(s, 100, outage(0, 0));
  run.stations.resize(2);
  run.stations[1].id = 1;
  const ResultDocument d = build(s, testing::all(std::move(run)));
  ASSERT_EQ(d.expectations[1].verdict, measure::Verdict::undecided);
  const std::string xml = render_junit(d);
  EXPECT_NE(xml.find("<failure type=\"undecided\""), std::string::npos) << xml;
  EXPECT_EQ(xml.find("<skipped"), std::string::npos) << xml;
  EXPECT_NE(xml.find("tests=\"2\" failures=\"1\""), std::string::npos) << xml;
}

TEST(Csv, every_line_has_as_many_cells_as_the_header) {
  for (const CsvFile& file : render_csv(sample())) {
    std::istringstream text(file.text);
    std::string line;
    ASSERT_TRUE(std::getline(text, line));
    const auto commas = std::count(line.begin(), line.end(), ',');
    while (std::getline(text, line))
      EXPECT_EQ(std::count(line.begin(), line.end(), ','), commas) << file.name << ": " << line;
  }
}

TEST(Text, shares_keep_the_digits_that_matter) {
  EXPECT_EQ(share_text(0.5), "50.00 %");
  EXPECT_EQ(share_text(1.0), "100 %");
  EXPECT_EQ(share_text(0.999912), "99.9912 %");
  EXPECT_EQ(count_text(1234567), "1 234 567");
  EXPECT_EQ(whole_text(1234.5), "1 235");
  EXPECT_EQ(whole_text(std::nan("")), "-");
  EXPECT_EQ(whole_text(std::numeric_limits<double>::infinity()), "unbounded");
  EXPECT_EQ(seconds_text(0.0123), "12.3 ms");
}

TEST(Style, columns_are_characters_without_escapes) {
  EXPECT_EQ(columns("\x1b[31m▲ab\x1b[0m"), 3U);
  EXPECT_EQ(columns(shortened("abcdefgh", 5)), 5U);
  EXPECT_EQ(columns(left("a", 4)), 4U);
}

}  // namespace
}  // namespace twinvoice::report
