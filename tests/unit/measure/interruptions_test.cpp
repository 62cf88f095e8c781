// Interruptions as people would tell them: scenarios whose right answer is known by arithmetic.
#include "sim/measure/interruptions.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <utility>
#include <vector>

#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

constexpr Nanos kGap = 100 * kMs;  // 10 requests/s

std::vector<Interruption> found(const std::vector<TimedRequest>& requests,
                                const InterruptionSettings& settings,
                                const std::vector<FaultSpan>& faults = {}) {
  return find_interruptions(requests, faults, settings);
}

/// Positions in time, in seconds, for short assertions.
struct Told {
  double begin_s = 0.0;
  double end_s = 0.0;  ///< -1: none
  friend bool operator==(const Told&, const Told&) = default;
  friend void PrintTo(const Told& told, std::ostream* out) { *out << told.begin_s << " .. " << told.end_s; }
};
double seconds(Nanos ns) { return static_cast<double>(ns) / 1e9; }  // exact where it is a whole number
std::vector<Told> told(const std::vector<Interruption>& interruptions) {
  std::vector<Told> list;
  for (const Interruption& i : interruptions) {
    list.push_back({seconds(i.begin_ns), i.end_ns ? seconds(*i.end_ns) : -1.0});
  }
  return list;
}

TEST(Interruptions, a_total_outage_lasts_from_its_first_bad_request_to_the_next_good_one) {
  const auto list = found(steady(kGap, kHour, down(600 * kS, 900 * kS)), settings_for(kHour));
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 900}}));
  const Interruption& i = list[0];
  EXPECT_EQ(i.symptom, Symptom::kFailing);
  EXPECT_EQ(i.bad, 3000U);
  EXPECT_EQ(i.late, 0U);
  EXPECT_EQ(i.bad_time_ns, 300 * kS);
  // One bad request less on either side costs ln(1 / 0.01) = 4.6 of evidence: more than 3.
  EXPECT_EQ(i.begin_low_ns, 600 * kS - kGap);
  EXPECT_EQ(i.begin_high_ns, 600 * kS);
  EXPECT_EQ(i.end_low_ns, 900 * kS - kGap);
  EXPECT_EQ(i.end_high_ns, 900 * kS);
  EXPECT_FALSE(i.before_measured);
}

TEST(Interruptions, health_has_none) {
  EXPECT_EQ(told(found(steady(kGap, kHour, down(0, 0)), settings_for(kHour))), (std::vector<Told>{}));
  EXPECT_EQ(told(found({}, settings_for(kHour))), (std::vector<Told>{}));
}

TEST(Interruptions, a_region_that_is_dead_for_ever_is_not_restored) {
  // Of those that are never answered the one of 2699.1 s is the last known to be bad: the next has been open for 0.8 s, the bound.
  const std::vector<std::pair<Fate, Nanos>> fates{{down(0, kNever), 2100 * kS}, {unanswered, 2099'200 * kMs}};
  for (const auto& [fate, bad_time_ns] : fates) {
    const auto dead = [&fate = fate](Nanos at) { return at < 600 * kS ? answered(at) : fate(at); };
    const auto list = found(steady(kGap, 2700 * kS, dead), settings_for(2700 * kS));
    ASSERT_EQ(told(list), (std::vector<Told>{{600, -1}}));
    EXPECT_EQ(list[0].end_low_ns, 2700 * kS);
    EXPECT_EQ(list[0].end_high_ns, std::nullopt);
    EXPECT_EQ(list[0].bad_time_ns, bad_time_ns);
  }
}

TEST(Interruptions, thirty_good_seconds_before_the_horizon_show_no_health) {
  const auto list = found(steady(kGap, 2700 * kS, down(600 * kS, 2670 * kS)), settings_for(2700 * kS));
  ASSERT_EQ(told(list), (std::vector<Told>{{600, -1}}));
  EXPECT_EQ(list[0].end_low_ns, 2670 * kS - kGap);  // the last bad one
  EXPECT_EQ(list[0].answered_again_ns, 2670 * kS + 10 * kMs);
}

TEST(Interruptions, a_lone_failure_a_minute_before_moves_no_begin) {
  const auto fate = [](Nanos at) {
    return at == 60 * kS || within(at, 101 * kS, 400 * kS) ? failed(at) : answered(at);
  };
  // The walk leaves 0 with the lone failure: 410 good ones at 99.99 % take 410 * 0.001 of its 1. From 101 s
  // to 60 s after the alarm all fail: evidence 603 ln(10 000) = 5 554; from 60 s on 604 of 1 013: 4 880.
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour, 0.9999));
  EXPECT_EQ(told(list), (std::vector<Told>{{101, 400}}));
}

TEST(Interruptions, a_lone_failure_within_a_minute_after_moves_no_end) {
  const auto fate = [](Nanos at) {
    return at == 440 * kS || within(at, 101 * kS, 400 * kS) ? failed(at) : answered(at);
  };
  EXPECT_EQ(told(found(steady(kGap, kHour, fate), settings_for(kHour))), (std::vector<Told>{{101, 400}}));
}

TEST(Interruptions, lone_failures_five_minutes_apart_are_none) {
  const auto fate = [](Nanos at) {
    return at > 0 && at <= 1800 * kS && at % (300 * kS) == 0 ? failed(at) : answered(at);
  };
  // At 99.999 % a failure's 1 would need 10 000 good ones to be gone; a minute of health clears it.
  EXPECT_EQ(told(found(steady(kGap, kHour, fate), settings_for(kHour, 0.99999))), (std::vector<Told>{}));
}

TEST(Interruptions, hours_of_health_part_two_outages_also_at_one_request_in_ten_minutes) {
  const auto fate = [](Nanos at) {
    const Nanos in = at / kMin;
    return within(in, 100, 150) || within(in, 300, 350) ? failed(at) : answered(at);
  };
  const auto list = found(steady(10 * kMin, 600 * kMin, fate), settings_for(600 * kMin));
  EXPECT_EQ(told(list), (std::vector<Told>{{6000, 9000}, {18'000, 21'000}}));
}

TEST(Interruptions, slowness_beyond_the_stated_p99_is_one) {
  const auto fate = [](Nanos at) {
    return answered(at, within(at, 600 * kS, 900 * kS) ? 970 * kMs : 70 * kMs);
  };
  const auto requests = steady(kGap, kHour, fate);
  const std::vector<FaultSpan> faults = {{600 * kS, 900 * kS}};
  const LateBound bound = late_bound(calm_of(requests, faults, 0, kHour), 800 * kMs);
  EXPECT_EQ(bound, (LateBound{800 * kMs, LateOrigin::kStated}));
  const auto list = found(requests, settings_for(kHour, 0.99, bound.bound_ns), faults);
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 900}}));
  EXPECT_EQ(list[0].symptom, Symptom::kLate);
  EXPECT_EQ(list[0].bad, 0U);
  EXPECT_EQ(list[0].late, 3000U);
}

TEST(Interruptions, slowness_within_ten_times_the_calm_is_none_where_no_p99_is_stated) {
  const auto fate = [](Nanos at) {
    return answered(at, within(at, 600 * kS, 900 * kS) ? 370 * kMs : 70 * kMs);
  };
  const auto requests = steady(kGap, kHour, fate);
  const std::vector<FaultSpan> faults = {{600 * kS, 900 * kS}};
  const LateBound bound = late_bound(calm_of(requests, faults, 0, kHour), std::nullopt);
  EXPECT_EQ(bound, (LateBound{700 * kMs, LateOrigin::kTenTimesCalm}));
  EXPECT_EQ(told(found(requests, settings_for(kHour, 0.99, bound.bound_ns), faults)), (std::vector<Told>{}));
}

TEST(Interruptions, five_seconds_every_minute_are_one_with_little_bad_time) {
  const auto fate = [](Nanos at) {
    return within(at, 600 * kS, 1200 * kS) && at % kMin < 5 * kS ? failed(at) : answered(at);
  };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour));
  // 55 s of health between two are less than `hold`: from 600 s to 1140 + 5 s.
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 1145}}));
  EXPECT_EQ(list[0].bad_time_ns, 50 * kS);
  EXPECT_EQ(list[0].bad, 500U);
}

TEST(Interruptions, two_outages_are_one_or_two_by_what_is_between_them) {
  const auto twice = [](Nanos health) {
    const Nanos again = 610 * kS + health;
    const auto fate = [=](Nanos at) {
      return within(at, 600 * kS, 610 * kS) || within(at, again, again + 2 * kS) ? failed(at) : answered(at);
    };
    return found(steady(kGap, kHour, fate), settings_for(kHour));
  };
  const auto one = twice(30 * kS);
  ASSERT_EQ(told(one), (std::vector<Told>{{600, 642}}));
  EXPECT_EQ(one[0].bad_time_ns, 12 * kS);
  const auto two = twice(75 * kS);
  ASSERT_EQ(told(two), (std::vector<Told>{{600, 610}, {685, 687}}));
  EXPECT_EQ(two[0].bad_time_ns, 10 * kS);
  EXPECT_EQ(two[1].bad_time_ns, 2 * kS);
}

TEST(Interruptions, four_bad_requests_in_a_row_are_the_least_that_is_seen) {
  const auto minutes = [](Nanos bad) { return steady(kMin, kHour, down(10 * kMin, (10 + bad) * kMin)); };
  EXPECT_EQ(told(found(minutes(3), settings_for(kHour))), (std::vector<Told>{}));
  EXPECT_EQ(told(found(minutes(4), settings_for(kHour))), (std::vector<Told>{{600, 840}}));
  const auto ten = found(minutes(10), settings_for(kHour));
  ASSERT_EQ(told(ten), (std::vector<Told>{{600, 1200}}));
  EXPECT_EQ(length_of(ten[0]), (SpanRange{9 * kMin, 10 * kMin, 11 * kMin}));
}

TEST(Interruptions, health_at_one_request_a_minute_takes_seven_good_ones) {
  const auto good_ones = [](Nanos good) {
    const Nanos horizon = (20 + good) * kMin;
    return found(steady(kMin, horizon, down(10 * kMin, 20 * kMin)), settings_for(horizon));
  };
  // One good request for 1 % against one half: ln(0.99 / 0.5) = 0.683; ln 100 = 4.61 takes 6.7 of them.
  EXPECT_EQ(told(good_ones(6)), (std::vector<Told>{{600, -1}}));
  EXPECT_EQ(told(good_ones(7)), (std::vector<Told>{{600, 1200}}));
}

TEST(Interruptions, one_that_begins_within_the_warm_up_says_so) {
  const auto requests = steady(kGap, kHour, down(250 * kS, 400 * kS));
  const std::vector<FaultSpan> faults = {{250 * kS, 400 * kS}};
  auto settings = settings_for(kHour);
  settings.warm_up_ns = 300 * kS;
  const LateBound bound = late_bound(calm_of(requests, faults, settings.warm_up_ns, kHour), 800 * kMs);
  EXPECT_EQ(bound.origin, LateOrigin::kThreeTimesStated);
  settings.bound_ns = bound.bound_ns;
  const auto list = found(requests, settings, faults);
  ASSERT_EQ(told(list), (std::vector<Told>{{250, 400}}));
  EXPECT_TRUE(list[0].before_measured);
}

TEST(Interruptions, retries_that_succeed_after_nine_seconds_are_late_not_failed) {
  const auto fate = [](Nanos at) { return answered(at, within(at, 600 * kS, 900 * kS) ? 9 * kS : 70 * kMs); };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour));
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 900}}));
  EXPECT_EQ(list[0].symptom, Symptom::kLate);
  EXPECT_EQ(list[0].bad, 0U);
  EXPECT_EQ(list[0].late, 3000U);
  // The last of them, sent at 899.9 s, is answered at 908.9 s; the next answer is to a request of 908.9 s.
  EXPECT_EQ(list[0].answered_again_ns, 908'970 * kMs);
}

TEST(Interruptions, where_requests_were_late_a_late_answer_is_not_yet_the_answer_that_comes_again) {
  const auto fate = [](Nanos at) {
    // The one of 904 s is late alone, and is decided at 908.95 s, between the last late one in the outage and the next timely one.
    if (at == 904 * kS) return answered(at, 4'950 * kMs);
    return within(at, 600 * kS, 900 * kS) ? answered(at, 9 * kS) : answered(at, 70 * kMs);
  };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour));
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 900}}));
  EXPECT_EQ(list[0].answered_again_ns, 908'970 * kMs);
}

TEST(Interruptions, what_was_in_flight_at_the_kill_counts_from_the_kill) {
  const Nanos kill = 600 * kS;
  const auto fate = [=](Nanos at) {
    if (within(at, kill - 500 * kMs, kill)) return failed(at, kill - at);
    return within(at, kill, 900 * kS) ? failed(at) : answered(at, 500 * kMs);
  };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour), {{kill, 900 * kS}});
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 900}}));
  EXPECT_EQ(list[0].begin_high_ns, kill);
  EXPECT_EQ(list[0].bad, 3005U);
}

TEST(Interruptions, failing_and_then_late_is_one) {
  const auto fate = [](Nanos at) {
    if (within(at, 600 * kS, 630 * kS)) return failed(at);
    return answered(at, within(at, 630 * kS, 900 * kS) ? 2 * kS : 70 * kMs);
  };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour));
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 900}}));
  EXPECT_EQ(list[0].symptom, Symptom::kFailing);
  EXPECT_EQ(list[0].bad, 300U);
  EXPECT_EQ(list[0].late, 2700U);
}

TEST(Interruptions, what_always_fails_is_not_blamed_on_a_fault) {
  const auto fate = [](Nanos at) {
    const bool by_design = at / kGap % 50 == 25;  // 2 %
    return by_design || within(at, 2400 * kS, 2460 * kS) ? failed(at) : answered(at);
  };
  const std::vector<FaultSpan> faults = {{1200 * kS, 1500 * kS}, {2400 * kS, 2460 * kS}};
  const auto requests = steady(kGap, kHour, fate);
  const AllowedShare allowed = allowed_share(calm_of(requests, faults, 0, kHour), 0.99);
  EXPECT_EQ(allowed, (AllowedShare{20'000'000, AllowedOrigin::kCalm}));
  auto settings = settings_for(kHour);
  settings.allowed = allowed.share;
  EXPECT_EQ(told(found(requests, settings, faults)), (std::vector<Told>{{2400, 2460}}));
}

TEST(Interruptions, a_collapse_that_outlasts_its_spike_is_not_restored) {
  // A spike from 600 to 660 s fills the queue; from 620 s on nobody is answered, the spike over or not.
  const auto fate = [](Nanos at) { return at < 620 * kS ? answered(at) : unanswered(at); };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour), {{600 * kS, 660 * kS}});
  ASSERT_EQ(told(list), (std::vector<Told>{{620, -1}}));
  EXPECT_EQ(list[0].end_low_ns, kHour);
}

TEST(Interruptions, open_requests_near_the_end_show_no_health) {
  // The last 20 requests are open, but for less than the bound: nobody knows whether they will be answered.
  auto settings = settings_for(kHour);
  settings.bound_ns = 3 * kS;
  const auto fate = [](Nanos at) {
    if (at >= kHour - 2 * kS) return unanswered(at);
    return within(at, 600 * kS, kHour - 61 * kS) ? failed(at) : answered(at);
  };
  EXPECT_EQ(told(found(steady(kGap, kHour, fate), settings)), (std::vector<Told>{{600, -1}}));
}

TEST(Interruptions, health_may_be_shown_up_to_the_very_horizon) {
  const auto until = [](Nanos horizon) {
    return found(steady(kGap, horizon, down(600 * kS, 640 * kS)), settings_for(horizon));
  };
  EXPECT_EQ(told(until(700 * kS)), (std::vector<Told>{{600, 640}}));
  EXPECT_EQ(told(until(700 * kS - 1)), (std::vector<Told>{{600, -1}}));
}

TEST(Interruptions, an_end_is_where_failing_ended_also_when_health_could_not_be_shown_for_long) {
  // From 640 to 800 s one request in 30 s is open, for less than the bound: no minute without one.
  const auto fate = [](Nanos at) {
    if (within(at, 640 * kS, 800 * kS) && at % (30 * kS) == 15 * kS) return unanswered(at);
    return within(at, 600 * kS, 640 * kS) ? failed(at) : answered(at);
  };
  auto settings = settings_for(1000 * kS);
  settings.bound_ns = 600 * kS;
  EXPECT_EQ(told(found(steady(kGap, 1000 * kS, fate), settings)), (std::vector<Told>{{600, 640}}));
}

TEST(Interruptions, a_late_answer_is_an_answer_again_after_failures) {
  // As below, but what waited is late: the first success after the last failure, at 604.9 s, is one of those.
  const auto fate = [](Nanos at) {
    if (!within(at, 600 * kS, 605 * kS)) return answered(at);
    return at < 601 * kS ? failed(at, 4 * kS) : answered(at, 605 * kS + 1 * kMs - at);
  };
  const auto list = found(steady(kGap, kHour, fate), settings_for(kHour));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].symptom, Symptom::kFailing);
  EXPECT_EQ(list[0].answered_again_ns, 605 * kS + 1 * kMs);
}

TEST(Interruptions, answers_come_again_before_requests_do) {
  // Requests wait through the outage from 600 to 605 s, up to 4 s; the older ones fail.
  const auto fate = [](Nanos at) {
    if (!within(at, 600 * kS, 605 * kS)) return answered(at);
    return at < 601 * kS ? failed(at, 4 * kS) : answered(at, 605 * kS + 1 * kMs - at);
  };
  auto settings = settings_for(kHour);
  settings.bound_ns = 10 * kS;
  const auto list = found(steady(kGap, kHour, fate), settings);
  ASSERT_EQ(told(list), (std::vector<Told>{{600, 601}}));
  EXPECT_EQ(list[0].answered_again_ns, 605 * kS + 1 * kMs);
}

}  // namespace
}  // namespace twinvoice::measure
