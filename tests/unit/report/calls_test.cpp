// What the policies of calls did, in every form of a result; and success on a scale of nines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/render.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::hand_made_run;
using testing::hand_made_scenario;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::outage;

/// Two runs of 100 s. In the first 1000 first attempts and 500 retries, all of these in the window of 40 s; in the second none.
ResultDocument retried() {
  Scenario s = hand_made_scenario(100);
  s.replications = 2;
  std::vector<measure::RunRecord> runs;
  for (int r = 0; r < 2; ++r) {
    measure::RunRecord& run = runs.emplace_back(hand_made_run(s, 10, outage(0, 0)));
    run.replication = static_cast<std::uint64_t>(r);
    measure::CallRecord call;
    call.windows.resize(100);
    call.windows[10].attempts = call.measured.attempts = 1000;
    if (r == 0) {
      call.windows[40] = {500, 500, 500, 0, 3, 4, 20, 60};
      call.measured.add(call.windows[40]);
    }
    run.calls.push_back(call);
  }
  return build(s, runs);
}

TEST(Calls, amplification_is_attempts_over_first_attempts_replication_by_replication) {
  const ResultDocument d = retried();
  ASSERT_EQ(d.calls.size(), 1U);
  EXPECT_DOUBLE_EQ(d.calls[0].amplification.value, 1.25) << "1.5 and 1";
  EXPECT_EQ(d.calls[0].measured.attempts, 2500U);
}

TEST(Calls, json_has_counts_of_a_run_and_the_windows_in_which_anything_happened) {
  const auto call = nlohmann::json::parse(render_json(retried())).at("calls").at("issue>db/default");
  EXPECT_TRUE(call.at("caller").is_null());
  EXPECT_EQ(call.at("target"), "db");
  EXPECT_EQ(call.at("attempts"), 1250);
  EXPECT_EQ(call.at("first_attempts"), 1000);
  EXPECT_EQ(call.at("retries"), 250);
  EXPECT_EQ(call.at("ejections"), 1.5);
  EXPECT_EQ(call.at("breaker_openings"), 2);
  EXPECT_EQ(call.at("breaker_rejections"), 10);
  EXPECT_EQ(call.at("late_answers"), 30);
  EXPECT_EQ(call.at("hedges"), 0);
  EXPECT_EQ(call.at("amplification").at("value"), 1.25);
  ASSERT_EQ(call.at("windows").size(), 1U);
  EXPECT_EQ(call.at("windows")[0].at("at_s"), 40.0);
  EXPECT_EQ(call.at("windows")[0].at("retries"), 250);
}

TEST(Calls, csv_has_a_table_of_calls_and_one_of_their_windows) {
  for (const CsvFile& file : render_csv(retried())) {
    if (file.name == "calls.csv") {
      EXPECT_THAT(file.text, HasSubstr("\nissue>db/default,,db,2,2500,2000,500,0,3,4,20,60,1.25,"));
    }
    if (file.name == "call_timeline.csv") {
      EXPECT_THAT(file.text, HasSubstr("\nissue>db/default,40,500,0,500,0,3,4,20,60\n"));
    }
  }
}

TEST(Calls, the_terminal_shows_what_happened_and_when) {
  const std::string text = render_terminal(retried(), {false, 100, false});
  for (const char* wanted :
       {"CALLS", "issue>db/default", "1.250", "retries", "ejections", "opened", "rejected", "late"})
    EXPECT_THAT(text, HasSubstr(wanted));
  EXPECT_THAT(text, Not(HasSubstr("hedges"))) << "none was";
}

TEST(Calls, without_policies_at_work_there_is_nothing_to_show) {
  const Scenario s = hand_made_scenario(100);
  measure::RunRecord run = hand_made_run(s, 10, outage(0, 0));
  run.calls.resize(1);
  run.calls[0].measured.attempts = 1000;
  const ResultDocument d = build(s, testing::all(std::move(run)));
  EXPECT_THAT(render_terminal(d, {false, 100, true}), Not(HasSubstr("CALLS")));
  EXPECT_EQ(nlohmann::json::parse(render_json(d)).at("calls").at("issue>db/default").at("attempts"), 1000);
}

/// Rows of full blocks at the begin of the picture of success, topmost first; one in `fails_of` requests fails.
std::vector<bool> full_rows(std::uint64_t fails_of) {
  const Scenario s = hand_made_scenario(100);
  std::uint64_t n = 0;
  const auto some = [&](Nanos) {
    testing::Fate fate;
    fate.ok = fails_of == 0 || ++n % fails_of != 0;
    return fate;
  };
  // 100 000 requests in one window.
  Scenario wide = s;
  wide.window_ns = 100 * testing::kSecond;
  std::istringstream text(
      render_terminal(build(wide, testing::all(hand_made_run(wide, 1'000, some))), {false, 80, false}));
  std::vector<bool> rows;
  for (std::string line; std::getline(text, line);) {
    if (line.size() > 12 && (line.ends_with(" 99.99 %") || line.ends_with(" 99.9 %") ||
                             line.ends_with(" 99 %") || line.ends_with(" 90 %")))
      rows.push_back(line.substr(12).starts_with("█"));
  }
  return rows;
}

// 90 %, 99 %, 99.9 % and 99.99 % fill a row each.
TEST(Nines, each_nine_fills_a_row) {
  using Rows = std::vector<bool>;
  EXPECT_EQ(full_rows(10), (Rows{false, false, false, true}));
  EXPECT_EQ(full_rows(100), (Rows{false, false, true, true}));
  EXPECT_EQ(full_rows(1'000), (Rows{false, true, true, true}));
  EXPECT_EQ(full_rows(10'000), (Rows{true, true, true, true}));
  EXPECT_EQ(full_rows(0), (Rows{true, true, true, true}));
}

}  // namespace
}  // namespace twinvoice::report
