// Whose an interruption is, in worlds small enough to be played again without each of their faults.
#include "sim/measure/ownership.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "sim/measure/recovery_time.hpp"
#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

/// A world of faults: whether the operation fails at an instant follows from which of them are in force then.
struct SmallWorld {
  std::vector<FaultSpan> faults;
  std::function<bool(const std::vector<bool>& in_force)> fails;
  int replays = 0;

  /// The replication, or the same one without a fault.
  std::vector<Interruption> play(std::optional<std::size_t> without = std::nullopt) const {
    const auto fate = [&](Nanos at) {
      std::vector<bool> in_force;
      for (std::size_t i = 0; i < faults.size(); ++i) {
        in_force.push_back(i != without && within(at, faults[i].begin_ns, faults[i].end_ns));
      }
      return fails(in_force) ? failed(at) : answered(at);
    };
    std::vector<FaultSpan> left = faults;
    if (without) left.erase(left.begin() + static_cast<std::ptrdiff_t>(*without));
    return find_interruptions(steady(100 * kMs, kHour, fate), left, settings_for(kHour));
  }
  FaultIndices owners(const Interruption& interruption) {
    return owners_of(interruption, faults, kMin,
                     [&](std::size_t fault) {
                       ++replays;
                       return play(fault);
                     })
        .faults;
  }
  /// The recovery time of a fault that owns the only interruption.
  RecoveryTime recovery(std::size_t fault) const {
    RecoverySettings settings;
    settings.bound_ns = 800 * kMs;
    return recovery_time({}, faults[fault], play(), settings);
  }
};

bool any_of_them(const std::vector<bool>& in_force) {
  return std::find(in_force.begin(), in_force.end(), true) != in_force.end();
}
bool all_of_them(const std::vector<bool>& in_force) {
  return std::find(in_force.begin(), in_force.end(), false) == in_force.end();
}

TEST(CandidateFaults, are_in_force_or_just_over_when_it_began_or_begin_while_it_lasts) {
  const std::vector<FaultSpan> faults = {
      {0, 40 * kS},          // over for a minute
      {0, 41 * kS},          // over for less
      {100 * kS, 100 * kS},  // an impulse as it begins
      {50 * kS, kNever},     // in force
      {199 * kS, 300 * kS},  // begins while it lasts
      {200 * kS, 300 * kS},  // begins when it is over
  };
  EXPECT_EQ(candidate_faults(100 * kS, 200 * kS, faults, kMin), (FaultIndices{1, 2, 3, 4}));
  EXPECT_EQ(candidate_faults(100 * kS, 100 * kS, faults, kMin), (FaultIndices{1, 2, 3}));  // of an act
  EXPECT_EQ(candidate_faults(98 * kS, 98 * kS, faults, kMin), (FaultIndices{0, 1, 3}));  // the first for 58 s
}

TEST(Ownership, a_single_candidate_owns_it_without_a_replay) {
  SmallWorld world{{{600 * kS, 700 * kS}, {2000 * kS, 2100 * kS}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0}));
  EXPECT_EQ(world.owners(found[1]), (FaultIndices{1}));
  EXPECT_EQ(world.replays, 0);
}

TEST(Ownership, nobody_owns_what_comes_without_a_fault) {
  SmallWorld world{{{600 * kS, 700 * kS}}, any_of_them};
  Interruption elsewhere;
  elsewhere.begin_ns = 3000 * kS;
  elsewhere.end_ns = 3010 * kS;
  EXPECT_EQ(world.owners(elsewhere), (FaultIndices{}));
}

TEST(Ownership, two_redundant_halves_dead_together_share_it_from_the_first_bad_request) {
  SmallWorld world{{{600 * kS, 1000 * kS}, {700 * kS, 1200 * kS}}, all_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0, 1}));
  EXPECT_EQ(world.recovery(0).time.value_ns, 300 * kS);  // 700 to 1000 s, not from 600 s
  EXPECT_EQ(world.recovery(0).onset->value_ns, 100 * kS);
  EXPECT_EQ(world.recovery(1).time.value_ns, 300 * kS);
}

TEST(Ownership, a_region_lost_twice_over_is_shared_as_either_alone_would_have_done_it) {
  SmallWorld world{{{600 * kS, 1200 * kS}, {600 * kS, 1200 * kS}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0, 1}));
  EXPECT_EQ(world.replays, 2);
}

TEST(Ownership, of_two_cuts_the_first_begins_it_and_the_second_prolongs_it) {
  SmallWorld world{{{100 * kS, 160 * kS}, {140 * kS, 200 * kS}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0, 1}));
  EXPECT_EQ(world.recovery(0).time.value_ns, 100 * kS);
  EXPECT_EQ(world.recovery(1).time.value_ns, 60 * kS);
}

TEST(Ownership, two_total_outages_that_overlap_reach_to_their_common_end) {
  SmallWorld world{{{600 * kS, 1800 * kS}, {900 * kS, 3000 * kS}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0, 1}));
  EXPECT_EQ(world.recovery(0).time.value_ns, 40 * kMin);
  EXPECT_EQ(world.recovery(1).time.value_ns, 35 * kMin);
}

TEST(Ownership, a_harmless_fault_beside_the_one_that_did_it_owns_nothing) {
  SmallWorld world{{{590 * kS, 1000 * kS}, {600 * kS, 900 * kS}, {650 * kS, 660 * kS}},
                   [](const std::vector<bool>& in_force) { return in_force[1]; }};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{1}));
}

TEST(Ownership, a_fault_within_that_prolongs_nothing_owns_nothing) {
  SmallWorld world{{{600 * kS, 1800 * kS}, {900 * kS, 1000 * kS}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0}));
}

TEST(Ownership, one_without_which_it_would_end_is_an_owner_though_it_never_ends) {
  SmallWorld world{{{600 * kS, 700 * kS}, {650 * kS, kNever}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].end_ns, std::nullopt);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0, 1}));
}

/// An interruption whose begin and end are known within so much before and after.
Interruption known_within(Nanos begin_ns, Nanos end_ns, Nanos margin_ns) {
  Interruption one;
  one.begin_ns = one.begin_high_ns = begin_ns;
  one.begin_low_ns = begin_ns - margin_ns;
  one.end_ns = end_ns;
  one.end_low_ns = end_ns - margin_ns;
  one.end_high_ns = end_ns + margin_ns;
  return one;
}

TEST(Ownership, begins_that_time_cannot_tell_apart_are_one_begin) {
  // Two faults at 300 s fail all requests; without the second, half of them: begun at 300.3 s, or up to 400 ms before.
  const std::vector<FaultSpan> faults{{300 * kS, 343 * kS}, {300 * kS, 343 * kS}};
  const Interruption all = known_within(300 * kS + 50 * kMs, 343 * kS, 50 * kMs);
  const auto owners = [&](Nanos margin_ns) {
    return owners_of(all, faults, kMin,
                     [&](std::size_t without) -> std::vector<Interruption> {
                       if (without == 0) return {all};
                       return {known_within(300 * kS + 300 * kMs, 303 * kS, margin_ns)};
                     })
        .faults;
  };
  EXPECT_EQ(owners(400 * kMs), (FaultIndices{0, 1})) << "neither alone begins it: shared";
  EXPECT_EQ(owners(250 * kMs), (FaultIndices{0, 1})) << "they meet at 300.05 s";
  EXPECT_EQ(owners(249 * kMs), (FaultIndices{1}));
}

TEST(Ownership, two_that_begin_together_share_it_though_one_lasts_longer) {
  SmallWorld world{{{600 * kS, 1800 * kS}, {600 * kS, 1000 * kS}}, any_of_them};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(world.owners(found[0]), (FaultIndices{0, 1}));
}

TEST(Ownership, an_earlier_interruption_of_the_replay_is_not_taken_for_it) {
  // The first fault interrupts alone; of the others two are needed together, and the last does nothing.
  SmallWorld world{
      {{600 * kS, 700 * kS}, {2000 * kS, 2200 * kS}, {1990 * kS, 2200 * kS}, {1995 * kS, 2100 * kS}},
      [](const std::vector<bool>& in) { return in[0] || (in[1] && in[2]); }};
  const auto found = world.play();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(world.owners(found[1]), (FaultIndices{1, 2}));
}

TEST(Ownership, of_an_act_is_asked_for_the_instant_at_which_its_condition_began) {
  const std::vector<FaultSpan> faults = {{600 * kS, 1000 * kS}, {650 * kS, 900 * kS}};
  const FaultIndices candidates = candidate_faults(700 * kS, 700 * kS, faults, kMin);
  ASSERT_EQ(candidates, (FaultIndices{0, 1}));
  const auto needs_the_second = [](std::size_t fault) { return Without{fault != 1, true}; };
  const Owners owners = owners_among(candidates, 700 * kS, faults, needs_the_second);
  EXPECT_EQ(owners.faults, (FaultIndices{1}));
  EXPECT_FALSE(owners.shared());
}

TEST(Ownership, of_one_that_began_later_starts_at_its_own_begin) {
  Interruption whole;
  whole.begin_ns = 600 * kS;
  whole.begin_high_ns = 610 * kS;
  whole.end_ns = 900 * kS;
  const Interruption part = as_owned_by({605 * kS, kNever}, whole);
  EXPECT_EQ(part.begin_low_ns, 605 * kS);
  EXPECT_EQ(part.begin_ns, 605 * kS);
  // Open already at 605 s: it is the fault's from that instant on, exactly.
  EXPECT_EQ(part.begin_high_ns, 605 * kS);
  EXPECT_EQ(part.end_ns, 900 * kS);
}

}  // namespace
}  // namespace twinvoice::measure
