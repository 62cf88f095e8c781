// One report at three widths: no line is longer than the terminal, and no column loses what stands in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sim/report/render.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text_table.hpp"
#include "tests/unit/report/hand_made.hpp"

namespace twinvoice::report {
namespace {

using testing::hand_made_fault;
using testing::hand_made_run;
using testing::hand_made_scenario;
using ::testing::HasSubstr;
using testing::kSecond;
using testing::outage;

/// 1000 s with three components at two places, pools of each, failures with two causes, a fault and retries.
ResultDocument crowded() {
  Scenario s = hand_made_scenario(1000);
  s.places = {"shanghai-pudong/zone-a", "beijing-daxing/zone-b"};
  s.components = {{"tls-endpoint", "load_balancer", 2, {{0, 1}, {1, 1}}},
                  {"electronic-signature", "service", 2, {{0, 1}, {1, 1}}},
                  {"database", "database", 2, {{0, 1}, {1, 1}}}};
  s.stations.clear();
  s.pools.clear();
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t place = 0; place < 2; ++place) {
      s.stations.push_back({s.components[c].name + "#" + std::to_string(place), c, 8, place});
      s.pools.push_back({"threads", c, 256, place});
    }
  }
  s.calls = {{"electronic-signature>database/default", "electronic-signature", "database"}};
  s.causes = {"none", "electronic-signature.timeout", "electronic-signature.breaker_open"};
  s.faults = {hand_made_fault(200, "shanghai-pudong-goes-down")};
  s.replications = 2;
  std::vector<measure::RunRecord> runs;
  for (std::uint64_t r = 0; r < 2; ++r) {
    measure::RunRecord& run = runs.emplace_back(hand_made_run(s, 20, [](Nanos at) {
      testing::Fate fate = outage(200, 300)(at);
      fate.cause = at / kSecond % 2 == 0 ? 1 : 2;
      return fate;
    }));
    run.replication = r;
    for (std::uint32_t i = 0; i < 6; ++i) {
      measure::StationRecord station;
      station.id = i;
      station.arrivals = station.started = 20'000;
      station.busy_ns = measure::Int128{8} * (100 + 150 * i) * kSecond;
      station.wait_ns = measure::Int128{123} * kSecond;
      station.rejected = 1'234'567;
      run.stations.push_back(station);
      measure::PoolRecord pool;
      pool.id = i;
      pool.acquired = 20'000;
      pool.held_ns = measure::Int128{2'530 + 10'000 * i} * kSecond;  // 2.53, 12.53, ... of 256
      pool.waiting_ns = measure::Int128{456} * kSecond;
      pool.wait_ns = measure::Int128{777} * kSecond;
      pool.max_held = 201 + i;
      pool.rejected = 7'654'321;
      run.pools.push_back(pool);
    }
    measure::CallRecord call;
    call.windows.resize(1000);
    call.windows[250] = {400, 300, 300, 0, 11, 22, 33, 44};
    call.measured = {20'300, 300, 300, 0, 11, 22, 33, 44};
    run.calls.push_back(call);
  }
  return build(s, runs);
}

TEST(Widths, no_line_is_longer_and_no_column_is_cut) {
  const ResultDocument d = crowded();
  for (const std::size_t width : {80U, 100U, 120U}) {
    const std::string text = render_terminal(d, {false, width, false});
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), width) << line;
    for (const char* wanted : {"electronic-signature/threads",
                               "2.53 of 256",
                               "52.5 of 256",
                               "0.456",
                               "206",
                               "38.9 ms",
                               "7 654 321",
                               "shanghai-pudong/zone-a",
                               "beijing-daxing/zone-b",
                               "85.0 %",
                               "6.15 ms",
                               "1 234 567",
                               "electronic-signature.timeout",
                               "electronic-signature.breaker_open",
                               "first cause among their attempts",
                               "why requests failed",
                               "1 000",
                               "50.0 %",
                               "electronic-signature>database/default",
                               "20 300",
                               "1.015",
                               "shanghai-pudong-goes-down"}) {
      EXPECT_THAT(text, HasSubstr(wanted)) << width;
    }
    // The two tables of causes have two rows each.
    std::size_t causes = 0;
    for (std::size_t at = text.find("1 000  50.0 %"); at != std::string::npos;
         at = text.find("1 000  50.0 %", at + 1))
      ++causes;
    EXPECT_EQ(causes, 4U) << text;
  }
}

TEST(Widths, tables_stand_beside_each_other_only_where_they_fit) {
  EXPECT_EQ(side_by_side("  a\n  bb\n", "  c\n", 7), "  a   c\n  bb\n");
  EXPECT_EQ(side_by_side("  a\n  bb\n", "  c\n", 6), "  a\n  bb\n\n  c\n");
}

// 28 faults in 1000 s, of which the fifth one alone interrupts anything.
TEST(Widths, many_faults_take_few_lines) {
  Scenario s = hand_made_scenario(1000);
  for (int i = 0; i < 28; ++i)
    s.faults.push_back(
        {"f" + std::to_string(i), "cpu_slow", (30 + 30 * i) * kSecond, (31 + 30 * i) * kSecond});
  const ResultDocument d = build(s, testing::all(hand_made_run(s, 20, outage(150, 160))));
  const std::string text = render_terminal(d, {false, 100, false});
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 125) << text;
  EXPECT_THAT(text, HasSubstr("RECOVERY from f4 "));
  EXPECT_THAT(text, HasSubstr("RECOVERY from 25 more faults"));
  EXPECT_THAT(text, HasSubstr("and 22 more: no interruption; data loss none"));
  EXPECT_THAT(render_terminal(d, {false, 100, true}), HasSubstr("RECOVERY from f27"));
}

}  // namespace
}  // namespace twinvoice::report
