// What holds for the interruptions of any traffic: agreement with the rules followed step by step,
// symmetries, and how often chance misleads. Seeds are fixed; false-alarm rates are said at each test.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/measure/interruptions.hpp"
#include "tests/unit/measure/naive_interruptions.hpp"
#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

/// Outages, partial or late or open, of random begin, length and depth in Poisson traffic of a random rate.
struct RandomTraffic {
  std::vector<TimedRequest> requests;
  InterruptionSettings settings;

  explicit RandomTraffic(std::uint64_t seed) {
    Reference random(seed);
    const double objectives[] = {0.7, 0.9, 0.99, 0.999, 0.9999};
    const Nanos horizon_ns = from_seconds(600.0 + 600.0 * random.uniform());
    settings = settings_for(horizon_ns, objectives[seed % 5]);
    settings.hold_ns = from_seconds(5.0 + 60.0 * random.uniform());
    settings.bound_ns = seed % 3 == 0 ? 30 * kS : 800 * kMs;
    if (seed % 7 == 0) settings.cycle_ns = 3 * kS;
    struct Trouble {
      Nanos from_ns, until_ns;
      double share;
      int kind;
    };
    std::vector<Trouble> troubles;
    for (int i = 0; i < 4; ++i) {
      const Nanos from_ns = from_seconds(900.0 * random.uniform());
      const Nanos length_ns = from_seconds(120.0 * random.uniform() * random.uniform());
      troubles.push_back({from_ns, from_ns + length_ns, std::pow(random.uniform(), 0.5),
                          static_cast<int>(random.uniform() * 3.0)});
    }
    const double always =
        random.uniform() < 0.5 ? 0.0 : 2.0 * (1.0 - objectives[seed % 5]) * random.uniform();
    requests = poisson(random, 0.05 + 2.0 * random.uniform(), horizon_ns, [&](Nanos at) {
      for (const Trouble& t : troubles) {
        if (!within(at, t.from_ns, t.until_ns) || random.uniform() > t.share) continue;
        if (t.kind == 0) return failed(at);
        return t.kind == 1 ? answered(at, settings.bound_ns + kS) : unanswered(at);
      }
      return random.uniform() < always ? failed(at) : answered(at);
    });
  }
};

TEST(InterruptionProperties, the_quick_search_finds_what_the_rules_say_step_by_step) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomTraffic traffic(seed);
    const NaiveInterruptions naive(traffic.requests, traffic.settings);
    const auto wanted = naive.find();
    const auto found = find_interruptions(traffic.requests, {}, traffic.settings);
    ASSERT_EQ(found.size(), wanted.size()) << "seed " << seed;
    const auto time = [&](int at) {
      return at < 0 ? std::nullopt : std::optional<Nanos>(naive.entry(at).time_ns);
    };
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].symptom, wanted[i].symptom) << "seed " << seed;
      EXPECT_EQ(found[i].begin_ns, time(wanted[i].begin)) << "seed " << seed;
      EXPECT_EQ(found[i].begin_low_ns, time(wanted[i].begin_low)) << "seed " << seed;
      EXPECT_EQ(found[i].begin_high_ns, time(wanted[i].begin_high)) << "seed " << seed;
      EXPECT_EQ(found[i].end_ns, time(wanted[i].end)) << "seed " << seed;
      EXPECT_EQ(found[i].end_high_ns, time(wanted[i].end_high)) << "seed " << seed;
      if (wanted[i].end_low >= 0) {
        EXPECT_EQ(found[i].end_low_ns, time(wanted[i].end_low)) << "seed " << seed;
      }
      ++seen;
    }
  }
  EXPECT_GT(seen, 300U);
}

TEST(InterruptionProperties, intervals_hold_their_instants) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomTraffic traffic(seed);
    for (const Interruption& i : find_interruptions(traffic.requests, {}, traffic.settings)) {
      EXPECT_LE(i.begin_low_ns.value_or(0), i.begin_ns) << "seed " << seed;
      EXPECT_LE(i.begin_ns, i.begin_high_ns) << "seed " << seed;
      EXPECT_LE(i.end_low_ns, i.end_ns.value_or(kNever)) << "seed " << seed;
      EXPECT_LE(i.end_ns.value_or(0), i.end_high_ns.value_or(kNever)) << "seed " << seed;
      EXPECT_LE(i.bad_time_ns, i.end_ns.value_or(traffic.settings.horizon_ns) - i.begin_ns)
          << "seed " << seed;
    }
  }
}

TEST(InterruptionProperties, health_far_away_changes_none) {
  const auto until = [](Nanos horizon) {
    return find_interruptions(steady(100 * kMs, horizon, down(600 * kS, 700 * kS)), {},
                              settings_for(horizon));
  };
  ASSERT_EQ(until(800 * kS).size(), 1U);
  EXPECT_EQ(until(800 * kS), until(4 * kHour));
}

TEST(InterruptionProperties, a_shift_of_all_times_shifts_them) {
  constexpr Nanos kShift = 12'345'678'901;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    RandomTraffic traffic(seed);
    auto shifted = find_interruptions(traffic.requests, {}, traffic.settings);
    for (Interruption& i : shifted) {
      i.begin_ns += kShift;
      i.begin_high_ns += kShift;
      i.end_low_ns += kShift;
      for (auto* at : {&i.begin_low_ns, &i.end_ns, &i.end_high_ns, &i.answered_again_ns}) {
        if (*at) **at += kShift;
      }
    }
    for (TimedRequest& request : traffic.requests) {
      request.arrived_ns += kShift;
      if (request.decided_ns != kNever) request.decided_ns += kShift;
    }
    traffic.settings.horizon_ns += kShift;
    traffic.settings.ended_ns += kShift;
    EXPECT_EQ(find_interruptions(traffic.requests, {}, traffic.settings), shifted) << "seed " << seed;
  }
}

TEST(InterruptionProperties, the_order_of_faults_and_of_equal_requests_changes_nothing) {
  auto requests = steady(100 * kMs, kHour, down(600 * kS, 900 * kS));
  const auto twice = requests.size();
  for (std::size_t i = 0; i < twice; ++i) requests.push_back(requests[i]);  // two at each instant
  std::stable_sort(requests.begin(), requests.end(),
                   [](const TimedRequest& a, const TimedRequest& b) { return a.arrived_ns < b.arrived_ns; });
  std::vector<FaultSpan> faults = {{600 * kS, 900 * kS}, {100 * kS, 200 * kS}, {900 * kS, kNever}};
  const auto found = find_interruptions(requests, faults, settings_for(kHour));
  ASSERT_EQ(found.size(), 1U);
  std::reverse(faults.begin(), faults.end());
  for (std::size_t i = 0; i + 1 < requests.size(); i += 2) std::swap(requests[i], requests[i + 1]);
  EXPECT_EQ(find_interruptions(requests, faults, settings_for(kHour)), found);
}

// Independent failures at exactly the allowed share, 540 000 requests at each objective. Other seeds give a
// false alarm in 5 million of them at 95 %, in 3.6 million at 99 %, in none of 21.6 million at 99.9 %; at 90
// % in one million. A count by windows, tested at 1e-4, gives 7.8 in as many requests as here.
TEST(InterruptionProperties, failures_at_exactly_the_allowed_share_interrupt_nothing) {
  for (const double objective : {0.95, 0.99, 0.999}) {
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
      Reference random(seed);
      const auto requests = steady(100 * kMs, kHour, [&](Nanos at) {
        return random.uniform() < 1.0 - objective ? failed(at) : answered(at);
      });
      EXPECT_TRUE(find_interruptions(requests, {}, settings_for(kHour, objective)).empty())
          << objective << " seed " << seed;
    }
  }
}

/// How outages of 600 s in an hour were found, over seeds.
struct FoundOutages {
  int runs = 0;
  int once = 0;  ///< one interruption
  int held = 0;  ///< and its length holds 600 s
};
FoundOutages outages_of_600_s(double share, double per_s, double objective, std::uint64_t seeds) {
  FoundOutages outages;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Reference random(seed);
    const auto requests = poisson(random, per_s, kHour, [&](Nanos at) {
      return within(at, 1800 * kS, 2400 * kS) && random.uniform() < share ? failed(at) : answered(at);
    });
    const auto found = find_interruptions(requests, {}, settings_for(kHour, objective));
    ++outages.runs;
    if (found.size() != 1) continue;
    ++outages.once;
    if (holds(length_of(found[0]), 600 * kS)) ++outages.held;
  }
  return outages;
}

// With these seeds 319 of the 320 lengths hold 600 s; three more may be lost to another rounding of logarithms.
TEST(InterruptionProperties, outages_of_ten_minutes_are_found_once_with_their_length) {
  FoundOutages all;
  for (const double share : {0.1, 0.3, 0.5, 1.0}) {
    for (const double per_s : {5.0, 10.0}) {
      for (const double objective : {0.99, 0.9999}) {
        const FoundOutages outages = outages_of_600_s(share, per_s, objective, 20);
        all.runs += outages.runs;
        all.once += outages.once;
        all.held += outages.held;
      }
    }
  }
  EXPECT_EQ(all.runs, 320);
  EXPECT_EQ(all.once, 320);
  EXPECT_GE(all.held, 316);
}

TEST(InterruptionProperties, thin_outages_are_found_where_requests_are_dense) {
  const FoundOutages dense = outages_of_600_s(0.03, 50.0, 0.99, 20);
  EXPECT_EQ(dense.once, 20);
  EXPECT_GE(dense.held, 19);
  const FoundOutages sparse = outages_of_600_s(0.1, 5.0, 0.99, 20);
  EXPECT_EQ(sparse.once, 20);
  EXPECT_GE(sparse.held, 19);
}

/// An hour of M/M/1 at 80 % load and 10 requests/s: mean service 80 ms.
std::vector<TimedRequest> healthy_queue(std::uint64_t seed) {
  Reference random(seed);
  const Queue queue = mm1(random, 0.8, 40'000);
  std::vector<TimedRequest> requests;
  for (std::size_t i = 0; i < queue.arrival.size(); ++i) {
    const Nanos at = from_seconds(0.08 * queue.arrival[i]);
    if (at < kHour) requests.push_back(answered(at, from_seconds(0.08 * queue.sojourn[i])));
  }
  return requests;
}

// The p99 of an M/M/1 is ln(100) / (mu - lambda) = 4.605 * 0.4 s = 1.84 s. Three times it is exceeded by 1e-6
// of the requests, in bursts.
TEST(InterruptionProperties, a_healthy_queue_is_not_interrupted_by_its_own_p99) {
  std::size_t with_the_p99_itself = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto requests = healthy_queue(seed);
    const Calm calm = calm_of(requests, {}, 0, kHour);
    const LateBound bound = late_bound(calm, calm.p99_ns);
    EXPECT_EQ(bound.origin, LateOrigin::kThreeTimesCalm);
    EXPECT_TRUE(find_interruptions(requests, {}, settings_for(kHour, 0.9999, bound.bound_ns)).empty())
        << "seed " << seed;
    with_the_p99_itself += find_interruptions(requests, {}, settings_for(kHour, 0.9999, calm.p99_ns)).size();
  }
  EXPECT_GT(with_the_p99_itself, 50U);
}

}  // namespace
}  // namespace twinvoice::measure
