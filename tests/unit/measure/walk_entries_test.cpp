// How requests are graded, when they count, and what stands for users who hang.
#include "sim/measure/walk_entries.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

/// Grades of requests that arrive one after the other.
std::vector<Grade> grades(const std::vector<TimedRequest>& requests, const InterruptionSettings& settings) {
  std::vector<Grade> grades;
  for (const WalkEntry& entry : walk_entries(requests, {}, settings).walked) grades.push_back(entry.grade);
  return grades;
}

Nanos time_of_one(const TimedRequest& request, const std::vector<FaultSpan>& faults,
                  const InterruptionSettings& settings) {
  return walk_entries(std::vector<TimedRequest>{request}, faults, settings).walked.at(0).time_ns;
}

TEST(WalkEntries, late_is_what_took_longer_than_the_bound) {
  const auto settings = settings_for(kMin);  // bound 800 ms
  EXPECT_EQ(grades({answered(0, 800 * kMs), answered(1, 800 * kMs + 1), failed(2)}, settings),
            (std::vector{Grade::kGood, Grade::kLate, Grade::kBad}));
}

TEST(WalkEntries, unanswered_is_bad_once_it_is_older_than_the_bound) {
  const auto settings = settings_for(kMin);
  const auto entries =
      walk_entries(std::vector{unanswered(59'200 * kMs - 1), unanswered(59'200 * kMs)}, {}, settings);
  ASSERT_EQ(entries.walked.size(), 1U);
  EXPECT_EQ(entries.walked[0].grade, Grade::kBad);
  ASSERT_EQ(entries.undecided.size(), 1U);
  EXPECT_EQ(entries.undecided[0].ordinal, 1U);
}

TEST(WalkEntries, age_is_counted_to_the_end_of_the_run_not_to_the_horizon) {
  auto settings = settings_for(kMin);
  settings.ended_ns = kMin + kS;
  EXPECT_EQ(grades({unanswered(59'500 * kMs)}, settings), (std::vector{Grade::kBad}));
}

TEST(WalkEntries, without_a_bound_nothing_is_late_and_open_ones_are_bad_when_the_client_has_left) {
  auto settings = settings_for(kMin, 0.99, kNever);  // the client waits for 10 s
  const auto entries =
      walk_entries(std::vector{answered(0, 40 * kS), unanswered(49 * kS), unanswered(51 * kS)}, {}, settings);
  ASSERT_EQ(entries.walked.size(), 2U);
  EXPECT_EQ(entries.walked[0].grade, Grade::kGood);
  EXPECT_EQ(entries.walked[1].grade, Grade::kBad);
  EXPECT_EQ(entries.undecided.size(), 1U);
}

TEST(WalkEntries, what_a_fault_broke_on_its_way_counts_from_the_fault) {
  auto settings = settings_for(kHour);
  settings.bound_ns = 5 * kS;
  const std::vector<FaultSpan> faults = {{102 * kS, 110 * kS}, {101 * kS, 103 * kS}, {300 * kS, kNever}};
  EXPECT_EQ(time_of_one(failed(100 * kS, 1500 * kMs), faults, settings), 101 * kS);
  EXPECT_EQ(time_of_one(failed(100 * kS, 4 * kS), faults, settings), 102 * kS);
  EXPECT_EQ(time_of_one(answered(100 * kS, 6 * kS), faults, settings), 102 * kS);
  EXPECT_EQ(time_of_one(unanswered(100 * kS), faults, settings), 102 * kS);
  EXPECT_EQ(time_of_one(answered(100 * kS, 4 * kS), faults, settings), 100 * kS);
  EXPECT_EQ(time_of_one(failed(102 * kS, 4 * kS), faults, settings), 102 * kS);
  EXPECT_EQ(time_of_one(failed(103 * kS, 4 * kS), faults, settings), 103 * kS);
}

TEST(WalkEntries, a_fault_beyond_the_bound_or_the_horizon_moves_nothing) {
  const auto settings = settings_for(kHour);  // bound 800 ms
  EXPECT_EQ(time_of_one(unanswered(100 * kS), {{101 * kS, kNever}}, settings), 100 * kS);
  EXPECT_EQ(time_of_one(unanswered(kHour - 900 * kMs), {{kHour - 200 * kMs, kNever}}, settings),
            kHour - 200 * kMs);
  auto followed = settings;
  followed.ended_ns = kHour + kMin;
  EXPECT_EQ(time_of_one(unanswered(kHour - 100 * kMs), {{kHour, kNever}}, followed), kHour - 100 * kMs);
}

TEST(WalkEntries, without_a_bound_a_fault_moves_what_the_client_still_waits_for) {
  const auto settings = settings_for(kHour, 0.99, kNever);  // the client waits for 10 s
  EXPECT_EQ(time_of_one(unanswered(100 * kS), {{110 * kS, kNever}}, settings), 110 * kS);
  EXPECT_EQ(time_of_one(unanswered(100 * kS), {{110 * kS + 1, kNever}}, settings), 100 * kS);
}

TEST(WalkEntries, are_ordered_by_time_then_by_ordinal) {
  const auto entries = walk_entries(
      std::vector{failed(99'500 * kMs, kS), answered(99'600 * kMs), failed(100 * kS), answered(100 * kS)},
      std::vector<FaultSpan>{{100 * kS, kNever}}, settings_for(kHour));
  std::vector<std::uint32_t> ordinals;
  for (const WalkEntry& entry : entries.walked) ordinals.push_back(entry.ordinal);
  EXPECT_EQ(ordinals, (std::vector<std::uint32_t>{1, 0, 2, 3}));
}

TEST(WalkEntries, a_user_who_hangs_is_entered_again_at_every_cycle) {
  auto settings = settings_for(kHour);
  settings.cycle_ns = 2 * kS;
  const auto times = [&](const TimedRequest& request) {
    std::vector<Nanos> times;
    for (const WalkEntry& entry : walk_entries(std::vector{request}, {}, settings).walked) {
      times.push_back(entry.time_ns / kS);
      EXPECT_EQ(entry.repeated, times.size() > 1);
    }
    return times;
  };
  EXPECT_EQ(times(answered(100 * kS, 5 * kS)), (std::vector<Nanos>{100, 102, 104}));
  EXPECT_EQ(times(failed(100 * kS, 6 * kS)), (std::vector<Nanos>{100, 102, 104}));
  EXPECT_EQ(times(unanswered(100 * kS)), (std::vector<Nanos>{100, 102, 104, 106, 108}));  // waits for 10 s
  EXPECT_EQ(times(unanswered(kHour - 3 * kS)), (std::vector<Nanos>{3597, 3599}));
  settings.cycle_ns = 100 * kMs;
  EXPECT_EQ(times(failed(100 * kS, 800 * kMs)), (std::vector<Nanos>{100}));  // no longer than the bound
}

TEST(WalkEntries, what_is_open_and_not_overdue_is_left_out_or_takes_either_fate) {
  auto settings = settings_for(kMin);  // bound 800 ms: open for exactly that long
  const std::vector<TimedRequest> requests{answered(0), unanswered(59'200 * kMs)};
  EXPECT_TRUE(has_undecided(requests, settings));
  settings.open_as = OpenAs::kBad;
  EXPECT_EQ(grades(requests, settings), (std::vector{Grade::kGood, Grade::kBad}));
  settings.open_as = OpenAs::kGood;
  EXPECT_EQ(grades(requests, settings), (std::vector{Grade::kGood, Grade::kGood}));
  // What is overdue is bad whatever becomes of it.
  const std::vector<TimedRequest> overdue{unanswered(59'200 * kMs - 1)};
  EXPECT_FALSE(has_undecided(overdue, settings));
  EXPECT_EQ(grades(overdue, settings), (std::vector{Grade::kBad}));
}

}  // namespace
}  // namespace twinvoice::measure
