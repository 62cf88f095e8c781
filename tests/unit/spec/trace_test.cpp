#include "sim/spec/trace.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/spec/instant.hpp"
#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

constexpr Nanos kS = kNanosPerSecond;
const std::optional<RecordStart> kOfTheRun;
const std::optional<RecordStart> kFirst{RecordStart{true, 0}};

std::string arrival_problems(std::string_view text, const std::optional<RecordStart>& starts = kOfTheRun) {
  Issues issues;
  (void)parse_arrivals("a.csv", text, starts, issues);
  return test::lines(issues);
}

std::string rate_problems(std::string_view text) {
  Issues issues;
  (void)parse_rates("r.csv", text, kOfTheRun, issues);
  return test::lines(issues);
}

/// "0:10 60:0": from 0 s on 10/s, from 60 s on none.
std::string text_of(const RateRecord& record) {
  std::string out;
  for (const RatePoint& p : record.points)
    out += fmt::format("{}{}:{}", out.empty() ? "" : " ", to_seconds(p.at_ns), p.rate.per_s);
  return out;
}

std::string rates(std::string_view text, const std::optional<RecordStart>& starts = kOfTheRun) {
  Issues issues;
  const RateRecord record = parse_rates("r.csv", text, starts, issues);
  return text_of(record) + test::lines(issues);
}

std::string counts(std::string_view text, std::optional<Duration> bin = {},
                   const std::optional<RecordStart>& starts = kOfTheRun) {
  Issues issues;
  const RateRecord record = parse_counts("c.csv", text, starts, bin, issues);
  return text_of(record) + test::lines(issues);
}

std::optional<RecordStart> at(std::string_view instant) {
  return RecordStart{false, parse_instant(instant).value};
}

TEST(Trace, arrival_times_are_exact) {
  Issues issues;
  const auto record = parse_arrivals("a.csv", "# recorded\narrival_s\r\n0\r\n0.000000001\r\n\r\n1e-3\r\n12.5",
                                     kOfTheRun, issues);
  EXPECT_EQ(test::lines(issues), "");
  EXPECT_EQ(record.at_ns, (std::vector<Nanos>{0, 1, 1'000'000, 12'500'000'000}));
  EXPECT_EQ(record.longest_gap_ns, 12'499'000'000);
  EXPECT_EQ(record.before, 0U);
}

TEST(Trace, each_kind_of_mistake_is_told_once_with_its_first_line_and_their_number) {
  EXPECT_EQ(arrival_problems("1\n2,3\n-1\n0.5\n"),
            "a.csv:2:1: /: \"2,3\" is not one time: a trace has no comma\n"
            "a.csv:3:1: /: \"-1\" is not a time in seconds from 0 to 100 years with at most nine decimals\n"
            "a.csv:4:1: /: the time 0.5 is before that of the line above: sort the file\n");
  EXPECT_EQ(arrival_problems(""), "a.csv: /: the trace has no arrival\n");
  EXPECT_EQ(arrival_problems("time\n"), "a.csv: /: the trace has no arrival\n");
  EXPECT_EQ(arrival_problems("nan\nnan\nnan\nnan\n"),
            "a.csv:2:1: /: \"nan\" is not a time in seconds (so are 2 more, the last in line 4)\n");
  std::string text = "1\n";
  for (int i = 0; i < 100'000; ++i) text += "x\n";
  EXPECT_EQ(arrival_problems(text),
            "a.csv:2:1: /: \"x\" is not a time in seconds (so are 99999 more, the last in line 100001)\n");
}

TEST(Trace, an_unsorted_file_is_one_message) {
  std::string text;
  for (int i = 1000; i > 0; --i) text += fmt::format("{}\n", i);
  EXPECT_EQ(
      arrival_problems(text),
      "a.csv:2:1: /: the time 999 is before that of the line above: sort the file (so are 998 more, the "
      "last in line 1000)\n");
}

TEST(Trace, dates_need_the_begin_of_the_run_and_one_message_says_so) {
  EXPECT_EQ(
      arrival_problems("ts\n2025-06-18 00:00:00\n2025-06-18 00:05:00\n"),
      "a.csv:2:1: /: \"2025-06-18 00:00:00\" is a date: \"starts\" says which instant is the begin of the "
      "run, as in \"starts\": \"2025-06-18 00:00:00\"; \"starts\": \"first\" takes that of the first line "
      "(so is line 3)\n");
  EXPECT_EQ(arrival_problems("2025-06-18 00:00:00\n2025-06-18T00:05:00Z\n", kFirst), "");
}

TEST(Trace, dates_and_unix_times_count_from_the_begin_of_the_run) {
  Issues issues;
  // 2014-04-10 00:04:00 UTC is 1397088240 s after 1970.
  const auto unix_times = parse_arrivals("a.csv", "1397088239.5\n1397088240.25\n1397088300\n",
                                         at("2014-04-10T00:04:00Z"), issues);
  EXPECT_EQ(unix_times.at_ns, (std::vector<Nanos>{250'000'000, 60 * kS}));
  EXPECT_EQ(unix_times.before, 1U);
  const auto first = parse_arrivals("a.csv", "1397088240.25\n1397088300\n", kFirst, issues);
  EXPECT_EQ(first.at_ns, (std::vector<Nanos>{0, 59'750'000'000}));
  const auto dates = parse_arrivals("a.csv", "2014-04-10 08:04:01+08:00\n2014-04-10T00:05:00.5Z\n",
                                    at("1397088240"), issues);
  EXPECT_EQ(dates.at_ns, (std::vector<Nanos>{kS, 60'500'000'000}));
  EXPECT_EQ(test::lines(issues), "");
}

TEST(Trace, a_record_of_rates_ends_when_its_last_rate_has_lasted_as_long_as_the_one_before) {
  EXPECT_EQ(rates("time_s,rate_per_s\n0,10\n60,2.5e1\n"), "0:10 60:25 120:0");
  EXPECT_EQ(rates("0.5,100\n1.5,108\n2.5,116\n"), "0.5:100 1.5:108 2.5:116 3.5:0");
  EXPECT_EQ(rates("0,10\n60,0\n"), "0:10 60:0");
  EXPECT_EQ(
      rates("0,10\n"),
      "r.csv: /: one line does not say how long its rate holds: add the time of its end with the rate 0\n");
  EXPECT_EQ(rates("2025-06-18 00:00:00,1\n2025-06-18 00:00:10,2\n2025-06-18 00:00:20,3\n",
                  at("2025-06-18T00:00:15Z")),
            "0:2 5:3 15:0");
}

TEST(Trace, rates_have_a_time_and_a_rate) {
  EXPECT_EQ(rate_problems("0,1\n0,1\n1,x\n2\n"),
            "r.csv:2:1: /: the time is not after that of the line above: sort the file by time\n"
            "r.csv:3:3: /: \"x\" is not a rate per second\n"
            "r.csv:4:1: /: \"2\" is not time_s,rate_per_s\n");
  EXPECT_EQ(rate_problems("0,2e9\n1,0\n"), "r.csv: /: more than 1e9 arrivals per second\n");
  EXPECT_EQ(rate_problems("time,rate\n"), "r.csv: /: the trace has no rate\n");
}

TEST(Trace, counts_are_spread_over_their_bins) {
  // 50 and 55 arrivals in bins of 5 min: 1/6 and 11/60 a second; the last bin is as long as the one before it.
  const RateRecord record = [] {
    Issues issues;
    return parse_counts("c.csv", "timestamp,value\n2025-06-18 00:00:00,60\n2025-06-18 00:05:00,30\n", kFirst,
                        {}, issues);
  }();
  EXPECT_EQ(text_of(record), "0:0.2 300:0.1 600:0");
  EXPECT_EQ(counts("0,10\n5,20\n", Duration{2 * kS}), "0:5 2:0 5:10 7:0");
  EXPECT_EQ(counts("0,10\n", Duration{20 * kS}), "0:0.5 20:0");
  EXPECT_EQ(counts("0,10\n"),
            "c.csv: /: one line does not say how long its bin lasts: say it with \"bin\"\n");
  EXPECT_EQ(
      counts("0,10\n5,20\n", Duration{6 * kS}),
      "c.csv: /: the bin of 6 s that begins 0 s after the begin of the run is not over at the next line: its "
      "lines are 5 s apart\n");
}

TEST(Instant, dates_of_iso_8601_with_and_without_a_zone) {
  // 2000-03-01 is day 11017: 30 years of 365 days, seven leap days (1972 .. 1996), January and February of 2000.
  EXPECT_EQ(parse_instant("2000-03-01").value, (30 * 365 + 7 + 31 + 29) * 86'400 * kS);
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z").value, 0);
  EXPECT_EQ(parse_instant("1970-01-01 01:02:03.000000004").value, 3723 * kS + 4);
  EXPECT_EQ(parse_instant("1970-01-02T08:00+08:00").value, 86'400 * kS);
  EXPECT_EQ(parse_instant("1970-01-01T19:00:00-0500").value, 86'400 * kS);
  EXPECT_EQ(parse_instant("1397088240.5").value, 1'397'088'240 * kS + kS / 2);
  EXPECT_EQ(format_instant(parse_instant("2014-04-10 00:04:00").value), "2014-04-10T00:04:00Z");
  EXPECT_EQ(format_instant(951'782'400 * kS + 250'000'000), "2000-02-29T00:00:00.25Z");
  for (const char* wrong :
       {"2025-13-01", "2025-02-29", "2025-06-18T24:00:00", "2025-06-18 0:05", "2025-6-18",
        "2025-06-18 00:05:00 CET", "2025-06-18T00:05:00.", "1969-12-31", "18.06.2025", ""})
    EXPECT_FALSE(parse_instant(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace twinvoice::spec
