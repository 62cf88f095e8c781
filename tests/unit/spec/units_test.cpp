#include "sim/spec/units.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

Nanos ns(std::string_view text) {
  const auto parsed = parse_duration(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.problem;
  return parsed.value.ns;
}

TEST(Units, durations_are_exact_integers) {
  EXPECT_EQ(ns("0 s"), 0);
  EXPECT_EQ(ns("1.5 ms"), 1'500'000);
  EXPECT_EQ(ns("25 min"), 1'500'000'000'000);
  EXPECT_EQ(ns("90 d"), 90 * 86'400 * kNanosPerSecond);
  EXPECT_EQ(ns("28ms"), 28'000'000);
  EXPECT_EQ(ns("1e3 us"), 1'000'000);
  EXPECT_EQ(ns("0.1 s"), 100'000'000);
  EXPECT_EQ(ns("9007199.254740993 s"), 9'007'199'254'740'993);  // 2^53 + 1: not a double
  EXPECT_EQ(ns("0.5 h"), 1'800'000'000'000);
  EXPECT_EQ(ns("36600 d"), kLongestSpan);
  EXPECT_EQ(ns("1.000000000000000 ns"), 1);
}

TEST(Units, wrong_durations_say_what_is_accepted) {
  const auto problem = [](std::string_view text) { return parse_duration(text).problem; };
  EXPECT_EQ(problem("28"),
            "\"28\" has no unit; a duration is written with one, such as \"28 ms\" or \"2 s\"");
  EXPECT_EQ(problem("-1 s"), "a duration cannot be negative");
  EXPECT_EQ(problem(""), "a duration is missing in \"\"");
  EXPECT_EQ(problem("5 sec"),
            "\"5 sec\" has the unknown unit \"sec\"; a duration takes ns, us, ms, s, min, h, d, also m "
            "(minutes) and w; "
            "did you mean \"s\"?");
  EXPECT_EQ(problem("5 MS"),
            "\"5 MS\" has the unknown unit \"MS\"; a duration takes ns, us, ms, s, min, h, d, also m "
            "(minutes) and w");
  EXPECT_EQ(problem("0.4 ns"), "\"0.4 ns\" is shorter than a nanosecond");
  EXPECT_EQ(problem("30m1h"), "\"30m1h\": units go from the larger to the smaller, each once");
  EXPECT_EQ(problem("1h1h"), "\"1h1h\": units go from the larger to the smaller, each once");
  EXPECT_EQ(problem("1h30"),
            "\"1h30\" has no unit; a duration is written with one, such as \"28 ms\" or \"2 s\"");
  EXPECT_EQ(problem("36600d1ns"), "\"36600d1ns\" is too large; the longest duration is 100 years");
  EXPECT_EQ(problem("36601 d"), "\"36601 d\" is too large; the longest duration is 100 years");
  EXPECT_EQ(problem("1e30 d"), "\"1e30 d\" is too large; the longest duration is 100 years");
  EXPECT_EQ(problem("ms"), "\"ms\" does not begin with a decimal number");
  EXPECT_EQ(problem("1. ms"), "\"1. ms\" does not begin with a decimal number");
  EXPECT_EQ(problem(" 1 ms"), "\" 1 ms\" has a space at its end");
  EXPECT_EQ(problem("1e99 ms"), "the exponent in \"1e99 ms\" is out of range");
  EXPECT_EQ(problem("NaN s"), "\"NaN s\" does not begin with a decimal number");
  EXPECT_NE(problem(std::string(100'000, '1') + " s"), "");
}

TEST(Units, durations_are_read_as_others_write_them) {
  EXPECT_EQ(ns("5m"), 300 * kNanosPerSecond);
  EXPECT_EQ(ns("90s"), 90 * kNanosPerSecond);
  EXPECT_EQ(ns("200ms"), 200'000'000);
  EXPECT_EQ(ns("1h30m"), 5'400 * kNanosPerSecond);
  EXPECT_EQ(ns("1h0m30.5s"), 3'630'500'000'000);
  EXPECT_EQ(ns("1 h 30 min"), 5'400 * kNanosPerSecond);
  EXPECT_EQ(ns("1d12h"), 129'600 * kNanosPerSecond);
  EXPECT_EQ(ns("2w"), 14 * 86'400 * kNanosPerSecond);
  EXPECT_EQ(ns("150\u00b5s"), 150'000);
  EXPECT_EQ(ns("150\u03bcs"), 150'000);
  EXPECT_EQ(parse_quantity("1h30m").value.base_value(), 5'400.0);
}

TEST(Units, any_finite_number_is_the_nearest_nanosecond) {
  EXPECT_EQ(ns("40.00211877889132 s"), 40'002'118'779);
  EXPECT_EQ(ns("1.5 ns"), 2);
  EXPECT_EQ(ns("1.4999999999999999999999 ns"), 1);
  EXPECT_EQ(ns("0.5 ns"), 1);
  EXPECT_EQ(ns("0." + std::string(60, '3') + " s"), 333'333'333);
  EXPECT_EQ(ns("0." + std::string(60, '3') + " d"), 28'800 * kNanosPerSecond);
}

TEST(Units, cores_may_be_thousandths) {
  EXPECT_EQ(parse_cpu("200m").value.cores, 0.2);
  EXPECT_EQ(parse_cpu("1500m").value.cores, 1.5);
  EXPECT_EQ(parse_cpu("0.5").value.cores, 0.5);
  EXPECT_EQ(parse_cpu("4").value.cores, 4.0);
  EXPECT_EQ(parse_cpu("4 ms").problem,
            "\"4 ms\" has the unknown unit \"ms\"; cores are written 4, 0.5 or \"500m\" (thousandths)");
}

TEST(Units, rates_sizes_and_bandwidths_have_their_units) {
  EXPECT_EQ(parse_rate("580 tps").value.per_s, 580.0);
  EXPECT_EQ(parse_rate("580/s").value.per_s, 580.0);
  EXPECT_EQ(parse_rate("12/min").value.per_s, 0.2);
  EXPECT_EQ(parse_rate("2000000/day").value.per_s, 2e6 / 86'400.0);
  EXPECT_EQ(parse_bytes("64 KiB").value.count, 65'536);
  EXPECT_EQ(parse_bytes("2 MB").value.count, 2'000'000);
  EXPECT_EQ(parse_bytes("0.5 KiB").value.count, 512);
  EXPECT_EQ(parse_bytes("0.3 B").problem, "\"0.3 B\" is not a whole number of bytes");
  EXPECT_EQ(parse_bandwidth("2 Gbps").value.bits_per_s, 2e9);
  EXPECT_EQ(parse_bandwidth("2 Gps").problem,
            "\"2 Gps\" has the unknown unit \"Gps\"; a bandwidth takes bps, kbps, Kbps, Mbps, Gbps, Tbps");
}

// A hint is the unit that was meant beyond doubt, or nothing: what looks like another one may be a million times as much.
TEST(Units, no_unit_is_guessed) {
  const auto hint = [](const std::string& problem) {
    const std::size_t at = problem.find("did you mean \"");
    return at == std::string::npos ? "" : problem.substr(at + 14, problem.size() - at - 16);
  };
  const std::vector<std::pair<std::string, std::string>> durations{
      {"5 M", ""},      {"5 mn", "min"},  {"1mo", ""},    {"1y", ""},   {"5 S", "s"}, {"5 Min", ""},
      {"5 hours", "h"}, {"2 weeks", "w"}, {"5 Ns", "ns"}, {"5 ps", ""}, {"5 H", "h"}};
  for (const auto& [text, unit] : durations) EXPECT_EQ(hint(parse_duration(text).problem), unit) << text;
  const std::vector<std::pair<std::string, std::string>> rates{
      {"50 tpm", "/min"}, {"50/m", "/min"}, {"50 TPS", "tps"}, {"50/sec", "/s"},
      {"50/y", ""},       {"50 tph", ""},   {"50 Hz", ""}};
  for (const auto& [text, unit] : rates) EXPECT_EQ(hint(parse_rate(text).problem), unit) << text;
  const std::vector<std::pair<std::string, std::string>> sizes{
      {"1 Mb", ""},     {"1 mB", "MB"},   {"1 kib", ""}, {"1 Kib", ""},
      {"1 kiB", "KiB"}, {"5 bytes", "B"}, {"1 b", ""}};
  for (const auto& [text, unit] : sizes) EXPECT_EQ(hint(parse_bytes(text).problem), unit) << text;
  const std::vector<std::pair<std::string, std::string>> bandwidths{
      {"1gbps", "Gbps"}, {"1 MBps", ""}, {"100 mbps", "Mbps"}, {"1 MB/s", ""}, {"1 GBPS", ""}};
  for (const auto& [text, unit] : bandwidths) EXPECT_EQ(hint(parse_bandwidth(text).problem), unit) << text;
}

TEST(Units, percentages_are_the_nearest_doubles) {
  EXPECT_EQ(parse_probability("99.99 %").value.value, 0.9999);
  EXPECT_EQ(parse_probability("0.9999").value.value, 0.9999);
  EXPECT_EQ(parse_probability("0.1%").value.value, 0.001);
  EXPECT_EQ(parse_probability("100 %").value.value, 1.0);
  EXPECT_EQ(parse_probability("7 %").value.value, 0.07);  // 7 / 100.0 and 7 * 0.01 differ in the last bit
  EXPECT_EQ(parse_probability("99.9").problem, "\"99.9\" is more than 100 %; percentages need the sign %");
  EXPECT_EQ(parse_probability("100.01 %").problem, "\"100.01 %\" is more than 100 %");
}

TEST(Units, text_of_a_value_reads_back_as_the_value) {
  std::mt19937_64 random(20240611);
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = random();
    const int shift = static_cast<int>(random() % 62);
    const auto whole = static_cast<std::int64_t>((bits >> 2) >> shift) % kMostBytes;
    const Duration duration{whole % kLongestSpan};
    EXPECT_EQ(parse_duration(format_quantity(duration)).value, duration) << format_quantity(duration);
    const Bytes bytes{whole};
    EXPECT_EQ(parse_bytes(format_quantity(bytes)).value, bytes) << format_quantity(bytes);
    const Rate rate{static_cast<double>(bits >> 40) / static_cast<double>(1ULL << (shift % 40))};
    EXPECT_EQ(parse_rate(format_quantity(rate)).value, rate) << format_quantity(rate);
    const Probability share{static_cast<double>(bits >> 11) / 9007199254740992.0};
    EXPECT_EQ(parse_probability(format_quantity(share)).value, share) << format_quantity(share);
    const Bandwidth width{static_cast<double>(bits >> 24)};
    EXPECT_EQ(parse_bandwidth(format_quantity(width)).value, width) << format_quantity(width);
  }
}

TEST(Units, a_free_quantity_takes_the_dimension_of_its_unit) {
  EXPECT_EQ(parse_quantity("500 ms").value.base_value(), 0.5);
  EXPECT_EQ(parse_quantity("500 ms").value.dimension(), "duration");
  EXPECT_EQ(parse_quantity("99 %").value.dimension(), "probability");
  EXPECT_EQ(parse_quantity("10 tps").value.dimension(), "rate");
  EXPECT_EQ(parse_quantity("64 KiB").value.dimension(), "bytes");
  EXPECT_EQ(parse_quantity("1 Gbps").value.dimension(), "bandwidth");
  EXPECT_FALSE(parse_quantity("1 parsec").ok());
}

}  // namespace
}  // namespace twinvoice::spec
