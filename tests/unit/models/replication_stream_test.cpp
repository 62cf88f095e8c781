// Replication streams in a running world.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/models/leader_and_follower.hpp"

namespace twinvoice::models {
namespace {

// Four writes, one every 5 s from 0 on, each committed 11 ms later and sent with the batch of 50 ms; at the one after that
// the stream sees that it has been received, and sleeps. On its own it would look 400 times.
TEST(ReplicationStream, sleeps_while_nobody_lacks_anything_and_wakes_on_its_grid) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 20 * kS, 5 * kS);
  const world::RunResult r = t.run({t.stream()});
  std::vector<Nanos> received_ns;
  for (const measure::LogEvent& event : r.record.log_events) {
    if (event.kind == measure::LogEventKind::kReceived) received_ns.push_back(event.at_ns);
  }
  ASSERT_EQ(received_ns.size(), 4U);
  for (std::size_t i = 0; i < received_ns.size(); ++i) {
    const Nanos batch_ns = static_cast<Nanos>(i) * 5 * kS + 50 * kMs;
    EXPECT_GE(received_ns[i], batch_ns + 10 * kMs);
    EXPECT_LT(received_ns[i], batch_ns + 11 * kMs);
  }
  EXPECT_LE(r.record.world_syncs, 20U);
}

TEST(ReplicationStream, lag_stays_within_a_batch_and_the_way) {
  LeaderAndFollower t;
  const auto r = t.run({t.stream(), lag_reader(t, 33 * kMs)});
  const auto lags = numbers(r);
  ASSERT_GT(lags.size(), 500U);
  // At most batch_every + latency + the age of what was written just before: below 70 ms. It is never always 0.
  EXPECT_LT(*std::max_element(lags.begin(), lags.end()), 0.070);
  EXPECT_GT(*std::max_element(lags.begin(), lags.end()), 0.030);
  EXPECT_TRUE(r.record.breaches.empty());
}

TEST(ReplicationStream, a_stream_synchronises_at_most_twenty_times_a_second) {
  for (const Nanos every : {10 * kMs, 1000 * kS}) {
    LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 20 * kS, every);
    EXPECT_LE(t.run({t.stream()}).record.world_syncs, 20U * 20U);
  }
}

TEST(ReplicationStream, its_batches_have_a_phase_of_their_own_in_each_replication_unless_it_is_given) {
  // A batch is applied 10 ms and its serialisation after it left: what the first one is late against the grid of 50 ms.
  const auto first_applied = [](Nanos phase_ns) {
    LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 2 * kS);
    t.b.plan.logs[0].batch_phase_ns = phase_ns;
    world::RunSettings settings;
    settings.keep_turns = true;
    settings.procedures = {t.stream()};
    std::set<Nanos> seen;
    for (const auto& run : world::run_replications(t.b.build(), settings, 0, 5, {}))
      seen.insert(run.result.record.turns.at(0).at_ns % (50 * kMs) / kMs);
    return seen;
  };
  EXPECT_GT(first_applied(kNever).size(), 2U);
  EXPECT_EQ(first_applied(0), (std::set<Nanos>{10}));
  EXPECT_EQ(first_applied(7 * kMs), (std::set<Nanos>{17}));
}

TEST(ReplicationStream, a_cut_stops_it_and_it_catches_up_after) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("cut", 5 * kS, 10 * kS), plan::Knob::kPathBlocked, t.b.path(t.east, t.west));
  const auto lags = numbers(t.run({t.stream(), lag_reader(t, kS)}));
  ASSERT_EQ(lags.size(), 19U);
  EXPECT_LT(lags[3], 0.1);
  EXPECT_NEAR(lags[8], 4.0, 0.2);  // at 9 s
  EXPECT_LT(lags[11], 0.1);
}

TEST(ReplicationStream, a_thin_link_carries_batches_as_bulk_flows) {
  // 100 KiB a second over 200 kB a second: a batch takes half of batch_every.
  LeaderAndFollower t(plan::CommitMode::kAsync, 200e3);
  const auto lags = numbers(t.run({t.stream(), lag_reader(t, kS)}));
  EXPECT_LT(*std::max_element(lags.begin(), lags.end()), 0.3);
  EXPECT_GT(*std::max_element(lags.begin(), lags.end()), 0.0);
}

TEST(ReplicationStream, a_dead_primary_sends_nothing_more) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("kill", 5 * kS), plan::Knob::kInstanceDown, 0);
  const plan::Sensor backlog{plan::SensorKind::kLogBacklogBytes, t.log.value, t.west, 0};
  const auto left = numbers(t.run({t.stream(), reader([=](world::ProcedureContext& c) {
                                     for (const Nanos at : {6 * kS, 19 * kS}) {
                                       c.wait_until(at);
                                       c.log(std::to_string(*c.sense(backlog)));
                                     }
                                   })}));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_GT(left[0], 0.0);
  EXPECT_EQ(left[0], left[1]);
}

TEST(ReplicationStream, a_synchronous_commit_waits_for_the_follower) {
  LeaderAndFollower async(plan::CommitMode::kAsync);
  LeaderAndFollower sync(plan::CommitMode::kSync);
  const auto mean = [](const world::RunResult& r) {
    const auto& book = r.record.operations[0];
    return static_cast<double>(book.latency_sum_ns) / static_cast<double>(book.all.succeeded) * 1e-6;
  };
  const double fast = mean(async.run({async.stream()}));
  const double slow = mean(sync.run({sync.stream()}));
  // Half of batch_every on average, and the way there and back.
  EXPECT_NEAR(slow - fast, 25.0 + 20.0, 8.0);
  LeaderAndFollower cut(plan::CommitMode::kSync);
  cut.b.hold(cut.b.fault("cut", 10 * kS), plan::Knob::kPathBlocked, cut.b.path(cut.east, cut.west));
  EXPECT_GT(cut.run({cut.stream()}).record.operations[0].all.failed, 500U);
}

// 1 KiB at 250 MB/s there, 10 ms there and 10 ms back; the log tells of a write in the next nanosecond. A replica asleep from 5 to 6 s
// (cut off) gets what it lacks within 50 ms after: writes of that second wait, none fails.
TEST(ReplicationStream, without_batch_every_a_commit_waits_for_the_way_there_and_back_alone) {
  const auto latencies = [](plan::CommitMode mode, bool cut_off) {
    LeaderAndFollower t(mode);
    t.b.plan.logs[0].batch_every_ns = 0;
    if (cut_off)
      t.b.hold(t.b.fault("cut", 5 * kS, 6 * kS), plan::Knob::kPathBlocked, t.b.path(t.east, t.west));
    const auto r = t.run({t.stream()});
    EXPECT_EQ(r.record.operations[0].all.failed, 0U);
    EXPECT_TRUE(r.record.breaches.empty());
    std::vector<Nanos> all;
    for (const auto& request : r.requests) {
      if (request.decided_ns != kNever && request.arrived_ns < 19 * kS)
        all.push_back(request.decided_ns - request.arrived_ns);
    }
    return all;
  };
  const auto async = latencies(plan::CommitMode::kAsync, false);
  for (const plan::CommitMode mode : {plan::CommitMode::kSemiSync, plan::CommitMode::kSync}) {
    const auto waiting = latencies(mode, false);
    ASSERT_EQ(waiting.size(), async.size());
    for (std::size_t i = 0; i < waiting.size(); ++i)
      ASSERT_NEAR(static_cast<double>(waiting[i] - async[i]), 20e6 + 4'096.0, 10.0) << i;
  }
  const auto cut = latencies(plan::CommitMode::kSync, true);
  EXPECT_NEAR(static_cast<double>(*std::max_element(cut.begin(), cut.end())), 1.02e9, 0.06e9);
}

// The follower is cut off from 5 s on for 60 s. What left at 4.95 s arrives and is heard of at 4.97; the oldest commit that waits is that of
// 4.951 s (sent at 4.94 from the west, 10 ms, 1 ms of work): at 14.951 s it and all after it are released, and nothing waits until the
// follower has caught up, soon after 65 s. From then on commits wait for their batch and the way there and back.
TEST(ReplicationStream, semi_sync_falls_back_while_its_follower_is_cut_off) {
  LeaderAndFollower t(plan::CommitMode::kSemiSync, 250e6, 80 * kS);
  t.b.plan.logs[0].fallback_ns = 10 * kS;
  t.b.plan.calls[0].timeout_ns = 30 * kS;
  t.b.plan.operations[0].from = t.east;
  t.b.hold(t.b.fault("cut", 5 * kS, 65 * kS), plan::Knob::kLinkDown, t.link.value);
  const auto r = t.run({t.stream()});
  std::map<Nanos, std::size_t> releases;
  Nanos oldest_ns = kNever;
  for (const measure::CommitFact& c : r.record.commits.all()) {
    if (c.returned_ns == kNever || c.returned_ns - c.commit_ns < kS) continue;
    ++releases[c.returned_ns];
    oldest_ns = std::min(oldest_ns, c.commit_ns);
  }
  ASSERT_EQ(releases.size(), 1U);
  EXPECT_EQ(releases.begin()->first, oldest_ns + 10 * kS);
  EXPECT_GE(oldest_ns, 4'950 * kMs);
  EXPECT_LT(oldest_ns, 4'970 * kMs);
  EXPECT_NEAR(static_cast<double>(releases.begin()->second), 900.0, 100.0);
  for (const measure::CommitFact& c : r.record.commits.all()) {
    if (c.commit_ns > 15 * kS && c.commit_ns < 65 * kS) {
      EXPECT_EQ(c.returned_ns, c.commit_ns);
    }
    if (c.commit_ns > 66 * kS && c.commit_ns < 79 * kS) {
      EXPECT_GE(c.returned_ns, c.commit_ns + 20 * kMs);
    }
  }
}

// A commit waits for the receipt of its batch, or for its application 200 ms later.
TEST(ReplicationStream, a_commit_may_wait_until_its_record_is_applied) {
  const auto mean_s = [](bool applied) {
    LeaderAndFollower t(plan::CommitMode::kSemiSync);
    t.b.plan.logs[0].apply_ns = 200 * kMs;
    t.b.plan.logs[0].waits_applied = applied;
    const auto r = t.run({t.stream()});
    const auto& book = r.record.operations[0];
    return static_cast<double>(book.latency_sum_ns) / static_cast<double>(book.all.succeeded) * 1e-9;
  };
  EXPECT_NEAR(mean_s(true) - mean_s(false), 0.2, 0.005);
}

// The follower is dead from 5.005 s to 5.2 s: the batch that left at 5 s arrives at 5.01 and finds nobody. It is sent again when the follower
// is up, so that nothing is missing at the end but the last batch.
TEST(ReplicationStream, what_met_a_dead_follower_is_sent_again) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("kill", 5'005 * kMs, 5'200 * kMs), plan::Knob::kInstanceDown, 1);
  const auto r = t.run({t.stream()});
  std::int64_t before = 0, after = 0, last = 0;
  for (const measure::LogEvent& e : r.record.log_events) {
    if (e.kind != measure::LogEventKind::kReceived) continue;
    EXPECT_FALSE(e.at_ns >= 5'005 * kMs && e.at_ns < 5'200 * kMs);
    if (e.at_ns < 5'005 * kMs) before = e.position;
    if (after == 0 && e.at_ns >= 5'200 * kMs) after = e.position;
    last = e.position;
  }
  EXPECT_NEAR(static_cast<double>(after - before), 25.0, 5.0);
  EXPECT_GT(last, 1985);
}

TEST(ReplicationStream, a_paused_stream_ships_nothing) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 200e3);
  t.b.hold(t.b.fault("pause", 5 * kS, 10 * kS), plan::Knob::kLogPaused, t.log.value);
  for (const measure::LogEvent& e : t.run({t.stream()}).record.log_events) {
    EXPECT_FALSE(e.kind == measure::LogEventKind::kReceived && e.at_ns >= 5 * kS && e.at_ns < 10 * kS);
  }
}

// The follower burns at 5 s and is back at 6 s, empty: all there is goes there again.
TEST(ReplicationStream, a_destroyed_member_gets_a_new_copy) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("fire", 5 * kS, 6 * kS), plan::Knob::kInstanceDown, 1);
  plan::Turn burns;
  burns.at_ns = 5 * kS;
  burns.op = plan::TurnOp::kImpulse;
  burns.impulse = plan::Impulse::kDestroy;
  burns.target = t.log.value;
  burns.location = t.west;
  t.b.plan.turns.push_back(burns);
  const auto r = t.run({t.stream()});
  const auto first = std::find_if(r.record.log_events.begin(), r.record.log_events.end(), [](const auto& e) {
    return e.kind == measure::LogEventKind::kReceived && e.at_ns >= 6 * kS;
  });
  ASSERT_NE(first, r.record.log_events.end());
  EXPECT_LT(first->at_ns, 6'200 * kMs);
  EXPECT_GT(first->position, 590);
}

}  // namespace
}  // namespace twinvoice::models
