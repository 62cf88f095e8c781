// Loads that were recorded somewhere: what their times may be, and where a record ends.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/figures.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;

class RecordedLoads : public testing::ProgramTest {
 protected:
  /// Plays a load of one operation on a server that is never the limit.
  [[nodiscard]] testing::Printed play(const std::string& load, const std::string& horizon,
                                      const std::string& more = "") const {
    write(path("t.json"), R"({"twinvoice": "topology/1", "name": "one", "sites": {"dc": {"region": "dc"}},
      "components": {"s": {"model": "service", "replicas": {"dc": 1}, "demand": "0.1 ms", "cores": "unlimited"}},
      "operations": {"op": {"entry": "s", "from": "dc"}}})");
    write(path("e.json"),
          R"({"twinvoice": "experiment/1", "name": "e", "topology": "t.json", "load": {"op": )" + load +
              R"(}, "horizon": ")" + horizon + "\"" + more + R"(, "seed": 1})");
    return run({"run", path("e.json"), "--format", "json"});
  }
  [[nodiscard]] static double arrived(const testing::Printed& printed) {
    return testing::Figures(printed.json()).count("op", "arrived");
  }
};

TEST_F(RecordedLoads, unix_times_without_a_start_are_refused_in_one_message_that_says_how) {
  std::string times = "ts\n";
  for (int i = 0; i < 200; ++i) times += fmt::format("{}.{}\n", 1'397'088'240 + i / 10, i % 10);
  write(path("a.csv"), times);
  const testing::Printed refused = play(R"({"trace": "a.csv"})", "10 min");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("/load/op: no request arrives in the run"));
  EXPECT_THAT(refused.err, HasSubstr(R"("starts": "2014-04-10T00:04:00Z", or "starts": "first")"));
  // 200 of them, from 0 to 19.9 s.
  const testing::Printed first = play(R"({"trace": "a.csv", "starts": "first"})", "10 min");
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(arrived(first), 200.0);
  EXPECT_THAT(first.err, HasSubstr("the record ends after 19.9 s, before the horizon of 10.0 min"));
  EXPECT_EQ(first.json().at("warnings").size(), 1U);
  // From 10.05 s of the record on 99 are left (10.1 to 19.9 s).
  const testing::Printed late = play(R"({"trace": "a.csv", "starts": "1397088250.05"})", "10 min");
  EXPECT_EQ(arrived(late), 99.0);
  EXPECT_THAT(late.err, HasSubstr("101 arrivals of the record come before \"starts\" and take no part"));
}

TEST_F(RecordedLoads, mistakes_are_told_once_however_many_lines_make_them) {
  std::string dates = "timestamp,value\n";
  for (int i = 0; i < 50; ++i) dates += fmt::format("2025-06-18 00:{:02}:00,50\n", i);
  write(path("a.csv"), dates);
  const testing::Printed refused = play(R"({"rate_trace": "a.csv"})", "10 min");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr(R"("starts": "2025-06-18 00:00:00")"));
  EXPECT_THAT(refused.err, HasSubstr("invalid input: 1 issue"));
  write(path("a.csv"), "3\n1\n2\n");
  const testing::Printed unsorted = play(R"({"trace": "a.csv"})", "1 min");
  EXPECT_EQ(unsorted.code, 2);
  EXPECT_THAT(unsorted.err, HasSubstr("invalid input: 1 issue"));
}

// 24 bins of 5 min with 1896 arrivals in all: Poisson, sigma 44, six sigma.
TEST_F(RecordedLoads, counts_per_bin_with_dates_can_be_said) {
  std::string counts = "timestamp,value\n";
  int sum = 0;
  for (int i = 0; i < 24; ++i) {
    const int count = (i < 12 ? 50 : 53) + i % 12 * 5;
    sum += count;
    counts += fmt::format("2025-06-18 {:02}:{:02}:00,{}\n", i / 12, i % 12 * 5, count);
  }
  ASSERT_EQ(sum, 1896);
  write(path("a.csv"), counts);
  const testing::Printed played = play(R"({"count_trace": "a.csv", "starts": "first"})", "2 h");
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_NEAR(arrived(played), 1896.0, 6.0 * 44.0);
  EXPECT_TRUE(played.json().at("warnings").empty());
}

// Rates of 100, 108, ..., 1052/s for a second each from 0.5 s to 120.5 s: 120 x 576 = 69 120 arrivals, sigma 263; none after.
TEST_F(RecordedLoads, a_record_that_has_ended_has_ended) {
  std::string rates;
  for (int i = 0; i < 120; ++i) rates += fmt::format("{}.5,{}\n", i, 100 + 8 * i);
  write(path("a.csv"), rates);
  const testing::Printed played = play(R"({"rate_trace": "a.csv"})", "150 s");
  EXPECT_NEAR(arrived(played), 69'120.0, 6.0 * 263.0);
  const testing::Printed cut = play(R"({"rate_trace": "a.csv"})", "150 s", R"(, "warm_up": "120500 ms")");
  EXPECT_EQ(cut.code, 2);
  EXPECT_THAT(cut.err, HasSubstr("nothing is measured"));
  EXPECT_THAT(played.err, HasSubstr("the record ends after 2.01 min, before the horizon of 2.50 min"));
}

TEST_F(RecordedLoads, a_load_that_brings_nothing_is_refused) {
  const auto refused = [&](const std::string& load, const std::string& more = "") {
    const testing::Printed printed = play(load, "10 s", more);
    EXPECT_EQ(printed.code, 2) << load;
    return printed.err;
  };
  EXPECT_THAT(refused(R"({"deterministic": "1 s", "first_at": "10 s"})"),
              HasSubstr("/load/op: no request arrives in the run: the first one comes after 10.0 s"));
  EXPECT_THAT(refused(R"({"piecewise": [{"at": "0 s", "rate": "0 tps"}]})"),
              HasSubstr("no request ever arrives"));
  EXPECT_THAT(refused(R"({"piecewise": [{"at": "20 s", "rate": "5 tps"}]})"),
              HasSubstr("no request arrives"));
  EXPECT_THAT(refused(R"({"deterministic": "1 s", "count": 3})", R"(, "warm_up": "5 s")"),
              HasSubstr("nothing is measured"));
}

}  // namespace
}  // namespace twinvoice
