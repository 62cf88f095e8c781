// The alarms of one walk, at the very edges of its rules.
#include "sim/measure/walk.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

/// 'x' is bad, 'l' late, '.' good; a gap apart.
std::vector<WalkEntry> entries_of(std::string_view marks, Nanos gap_ns = kS) {
  std::vector<WalkEntry> entries;
  for (const char mark : marks) {
    WalkEntry entry;
    entry.time_ns = static_cast<Nanos>(entries.size()) * gap_ns;
    entry.ordinal = static_cast<std::uint32_t>(entries.size());
    entry.grade = mark == 'x' ? Grade::kBad : mark == 'l' ? Grade::kLate : Grade::kGood;
    entries.push_back(entry);
  }
  return entries;
}

std::size_t first_alarm(const std::string& marks, double share, Nanos hold_ns = kMin, Nanos gap_ns = kS) {
  const auto entries = entries_of(marks, gap_ns);
  return Walk(entries, Grade::kBad, static_cast<ShareNano>(share * 1e9), hold_ns).alarm_from(0);
}

std::string goods(std::size_t n) { return std::string(n, '.'); }

TEST(Walk, gives_an_alarm_at_the_fourth_bad_one_in_a_row) {
  EXPECT_EQ(first_alarm("..xxx...", 0.01), kNoEntry);
  EXPECT_EQ(first_alarm("..xxxx..", 0.01), 5U);
}

TEST(Walk, needs_more_where_more_may_fail) {
  // 10 %: 7 / log10(10) = 7 in a row, and a good one takes 10 * 0.1 = 1.
  EXPECT_EQ(first_alarm("xxxxxx.", 0.1), kNoEntry);
  EXPECT_EQ(first_alarm("xxxxxxx", 0.1), 6U);
  EXPECT_EQ(first_alarm("xxxxxx.xx", 0.1), 8U);
}

TEST(Walk, hears_thin_failures_by_its_slow_score) {
  // 1 bad in 20 at 1 %: fast 1 - 19 * 0.1 < 0; slow 1 - 19 * 0.02 = 0.62 each, so 18 * 0.62 + 1 = 12.16.
  std::string marks;
  for (int i = 0; i < 30; ++i) marks += "x" + goods(19);
  EXPECT_EQ(first_alarm(marks, 0.01), 18U * 20U);
}

TEST(Walk, forgets_after_hold_and_fifty_requests_of_health) {
  const auto after = [](std::size_t health, Nanos hold_ns) {
    return first_alarm("xxx" + goods(health) + "xx", 0.00001, hold_ns);
  };
  EXPECT_NE(after(49, 10 * kS), kNoEntry);  // held, but 49 requests
  EXPECT_EQ(after(50, 10 * kS), kNoEntry);
  EXPECT_NE(after(79, 80 * kS), kNoEntry);  // requests enough, but 79 s
  EXPECT_EQ(after(80, 80 * kS), kNoEntry);
}

TEST(Walk, starts_fresh_anywhere) {
  const auto entries = entries_of("xxxxx.....xxxx");
  const Walk walk(entries, Grade::kBad, 10'000'000, kMin);
  EXPECT_EQ(walk.alarm_from(0), 3U);
  EXPECT_EQ(walk.alarm_from(1), 4U);
  EXPECT_EQ(walk.alarm_from(2), 11U);  // 3 - 5 * 0.1 + 2
  EXPECT_EQ(walk.alarm_from(5), 13U);
  EXPECT_EQ(walk.alarm_from(11), kNoEntry);
  EXPECT_EQ(walk.alarm_from(14), kNoEntry);
}

TEST(Walk, left_zero_where_the_run_to_its_alarm_began) {
  const auto entries = entries_of("x" + goods(60) + "x.xxxx");
  const Walk walk(entries, Grade::kBad, 10'000'000, kHour);
  const std::size_t alarm = walk.alarm_from(0);
  EXPECT_EQ(walk.left_zero(0, alarm), 61U);  // 1 - 60 * 0.02 < 0
}

TEST(Walk, counts_late_ones_where_it_is_told_to) {
  const auto entries = entries_of("llll.xl");
  EXPECT_EQ(Walk(entries, Grade::kLate, 10'000'000, kMin).alarm_from(0), 3U);
  const Walk failing(entries, Grade::kBad, 10'000'000, kMin);
  EXPECT_EQ(failing.alarm_from(0), kNoEntry);
  EXPECT_EQ(failing.bad_in(0, 6), 1U);
  EXPECT_EQ(failing.next_bad(0), 5U);
  EXPECT_EQ(failing.next_bad(6), kNoEntry);
  EXPECT_EQ(failing.last_bad_before(6), 5U);
  EXPECT_EQ(failing.last_bad_before(5), kNoEntry);
}

}  // namespace
}  // namespace twinvoice::measure
