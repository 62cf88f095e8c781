// Users of a closed load who hang send nothing: that nothing fails must not look like health.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/measure/interruptions.hpp"
#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

constexpr Nanos kHangFrom = 600 * kS;
constexpr Nanos kHangUntil = 1140 * kS;
const std::vector<FaultSpan> kHang = {{kHangFrom, kHangUntil}};

/// A hundred users think for 950 ms on average and wait for 50 ms. What the first `hung` of them send during
/// the fault is answered when it is over.
std::vector<TimedRequest> hundred_users(int hung) {
  Reference random(14);
  std::vector<TimedRequest> requests;
  for (int user = 0; user < 100; ++user) {
    Nanos at = from_seconds(random.uniform());
    while (at < kHour) {
      const bool hangs = user < hung && within(at, kHangFrom, kHangUntil);
      requests.push_back(answered(at, hangs ? kHangUntil + 50 * kMs - at : 50 * kMs));
      at = requests.back().decided_ns + from_seconds(random.exponential(0.95));
    }
  }
  std::sort(requests.begin(), requests.end(),
            [](const TimedRequest& a, const TimedRequest& b) { return a.arrived_ns < b.arrived_ns; });
  return requests;
}

InterruptionSettings closed_settings(const std::vector<TimedRequest>& requests) {
  InterruptionSettings settings = settings_for(kHour);
  settings.client_wait_ns = kNever;
  settings.cycle_ns = calm_cycle_ns(calm_of(requests, kHang, 0, kHour), 100);
  return settings;
}

TEST(ClosedUsers, who_hang_are_interrupted_for_as_long_as_they_hang) {
  for (const int hung : {100, 50}) {
    const auto requests = hundred_users(hung);
    const auto settings = closed_settings(requests);
    ASSERT_TRUE(settings.cycle_ns.has_value());
    EXPECT_NEAR(to_seconds(*settings.cycle_ns), 1.0, 0.02);
    const auto found = find_interruptions(requests, kHang, settings);
    ASSERT_EQ(found.size(), 1U) << hung << " of 100";
    const Nanos tolerance_ns = *settings.cycle_ns + settings.bound_ns;
    EXPECT_NEAR(to_seconds(*found[0].end_ns - found[0].begin_ns), 540.0, to_seconds(tolerance_ns));
    EXPECT_NEAR(to_seconds(found[0].begin_ns), 600.0, to_seconds(tolerance_ns));
  }
}

TEST(ClosedUsers, who_hang_are_counted_once) {
  const auto requests = hundred_users(100);
  const auto found = find_interruptions(requests, kHang, closed_settings(requests));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LE(found[0].bad + found[0].late, 100U);
  EXPECT_GT(found[0].bad + found[0].late, 90U);
  EXPECT_GT(found[0].bad_time_ns, 530 * kS);
}

TEST(ClosedUsers, who_hang_unseen_would_be_told_as_a_few_seconds) {
  const auto requests = hundred_users(50);
  auto settings = closed_settings(requests);
  settings.cycle_ns = std::nullopt;
  const auto found = find_interruptions(requests, kHang, settings);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LT(*found[0].end_ns - found[0].begin_ns, 10 * kS);
}

TEST(ClosedUsers, stay_with_the_fault_for_which_they_hang_when_a_harmless_one_begins) {
  const auto requests = hundred_users(100);
  const auto settings = closed_settings(requests);
  std::vector<FaultSpan> faults = kHang;
  faults.push_back({900 * kS, 960 * kS});
  const auto alone = find_interruptions(requests, kHang, settings);
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(find_interruptions(requests, faults, settings), alone);
}

}  // namespace
}  // namespace twinvoice::measure
