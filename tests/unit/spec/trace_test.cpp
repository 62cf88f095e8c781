#include "sim/spec/trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

std::string arrival_problems(std::string_view text) {
  Issues issues;
  (void)parse_arrivals("a.csv", text, issues);
  return test::lines(issues);
}

TEST(Trace, arrival_times_are_exact) {
  Issues issues;
  const auto times =
      parse_arrivals("a.csv", "# recorded\narrival_s\r\n0\r\n0.000000001\r\n\r\n1e-3\r\n12.5", issues);
  EXPECT_EQ(test::lines(issues), "");
  EXPECT_EQ(times, (std::vector<Nanos>{0, 1, 1'000'000, 12'500'000'000}));
}

TEST(Trace, wrong_lines_are_told_by_number) {
  EXPECT_EQ(arrival_problems("1\n2,3\n-1\n0.5\n"),
            "a.csv:2:1: /: \"2,3\" is not a time in seconds; one time per line, without a comma\n"
            "a.csv:3:1: /: \"-1\" is not a time in seconds: 0, or a nanosecond to 100 years\n"
            "a.csv:4:1: /: the time 0.5 is before that of the line above\n");
  EXPECT_EQ(arrival_problems(""), "a.csv: /: the trace has no arrival\n");
  EXPECT_EQ(arrival_problems("time\n"), "a.csv: /: the trace has no arrival\n");
  EXPECT_EQ(arrival_problems("nan\nnan\n"), "a.csv:2:1: /: \"nan\" is not a time in seconds\n");
}

TEST(Trace, rates_have_a_time_and_a_rate) {
  Issues issues;
  const auto points = parse_rates("r.csv", "time_s,rate_per_s\n0,10\n60,2.5e1\n", issues);
  EXPECT_EQ(test::lines(issues), "");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].at_ns, 60 * kNanosPerSecond);
  EXPECT_EQ(points[1].rate.per_s, 25.0);
  (void)parse_rates("r.csv", "0,1\n0,1\n1,x\n2\n", issues);
  EXPECT_EQ(test::lines(issues),
            "r.csv:2:1: /: the time is not after that of the line above\n"
            "r.csv:3:3: /: \"x\" is not a rate per second\n"
            "r.csv:4:1: /: \"2\" is not time_s,rate_per_s\n");
}

TEST(Trace, endless_nonsense_gives_a_bounded_report) {
  std::string text = "1\n";
  for (int i = 0; i < 100'000; ++i) text += "x\n";
  const std::string what = arrival_problems(text);
  EXPECT_EQ(std::count(what.begin(), what.end(), '\n'), static_cast<std::ptrdiff_t>(kMaxIssues));
}

}  // namespace
}  // namespace twinvoice::spec
