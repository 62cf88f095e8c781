// Replicated logs by hand: what a commit waits for, and what a change of leader loses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/log_facts.hpp"
#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::CommitMode;
using plan::Knob;
using plan::Reason;

/// A database with replicas in a, b and c, led from a. Clients in a; a request is one commit. No latency.
struct Replicated {
  PlanBuilder b;
  plan::LocationId a = b.location("a"), second = b.location("b"), third = b.location("c");
  plan::ComponentId db;
  plan::LogId log;
  plan::CallSiteId site;
  plan::OperationId op;

  explicit Replicated(CommitMode mode, bool idempotent = true, std::uint16_t commits = 1) {
    for (const auto& [x, y] : {std::pair(a, second), std::pair(a, third), std::pair(second, third)})
      b.link(x, y, kMs);
    db = b.component("db", {a, second, third});
    plan::Log proto;
    proto.mode = mode;
    proto.idempotent = idempotent;
    proto.leader_location = a;
    proto.followers = {second, third};
    proto.record_bytes = 100;
    log = b.log(db, proto);
    plan::CallSite policy;
    policy.balance = plan::Balance::kPrimary;
    auto text = b.program("write", db).hop_in();
    for (std::uint16_t i = 0; i < commits; ++i) text.commit(log);
    site = b.call("issue>db", db, text.reply(), {}, policy);
    op = b.operation("issue", b.program("issue").call(site).end(), a);
  }
  static void now(KernelRun& run, Nanos at_ns, const plan::Turn& turn) {
    run.until(at_ns);
    run.engine().advance_to(at_ns);
    run.engine().apply(turn);
    run.engine().settle();
  }
  void shipped(KernelRun& run, Nanos at_ns, plan::Impulse impulse, plan::LocationId where,
               std::int64_t position, std::int64_t after = 0) {
    plan::Turn turn;
    turn.op = plan::TurnOp::kImpulse;
    turn.impulse = impulse;
    turn.target = log.value;
    turn.location = where;
    turn.position = position;
    turn.after = after;
    now(run, at_ns, turn);
  }
  /// It has applied all up to there, and the leader knows it.
  void applied(KernelRun& run, Nanos at_ns, plan::LocationId where, std::int64_t position) {
    shipped(run, at_ns, plan::Impulse::kApply, where, position);
    shipped(run, at_ns, plan::Impulse::kHear, where, position);
  }
  void impulse(KernelRun& run, Nanos at_ns, plan::Impulse impulse, plan::LocationId where = {}) {
    plan::Turn turn;
    turn.op = plan::TurnOp::kImpulse;
    turn.impulse = impulse;
    turn.target = log.value;
    turn.value = where.valid() ? where.value : 0.0;
    now(run, at_ns, turn);
  }
  static LeftOut left_out(KernelRun& run) {
    return testing::left_out(run.engine().commits(), run.engine().log_events());
  }
  double position(const KernelRun& run, plan::LocationId where) {
    return run.sense(plan::SensorKind::kLogPosition, log.value, where);
  }
};

// Records of 0, 10, 20 ms. Applied at b (all three) at 30 and at c at 40. Async: acknowledged at once. Semi-sync: with the first
// follower, 30. Sync: with the last, 40.
TEST(Logs, a_commit_waits_for_what_its_mode_demands) {
  for (const auto mode : {CommitMode::kAsync, CommitMode::kSemiSync, CommitMode::kSync}) {
    Replicated r(mode);
    r.b.trace(r.op, {0, 10 * kMs, 20 * kMs});
    KernelRun run(r.b, kSecond);
    r.applied(run, 30 * kMs, r.second, 3);
    r.applied(run, 40 * kMs, r.third, 3);
    for (std::size_t i = 0; i < 3; ++i) {
      const Nanos at = static_cast<Nanos>(i) * 10 * kMs;
      EXPECT_EQ(run.at(i).decided_ns, mode == CommitMode::kAsync      ? at
                                      : mode == CommitMode::kSemiSync ? 30 * kMs
                                                                      : 40 * kMs);
    }
    EXPECT_EQ(run.counts().commits, 3U);
  }
}

// Applied up to 2 of 3 at 30, to 3 at 35: the third waits for its own position.
TEST(Logs, a_commit_waits_for_its_own_position) {
  Replicated r(CommitMode::kSemiSync);
  r.b.trace(r.op, {0, 10 * kMs, 20 * kMs});
  KernelRun run(r.b, kSecond);
  r.applied(run, 30 * kMs, r.second, 2);
  r.applied(run, 35 * kMs, r.third, 3);
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 30 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 35 * kMs);
}

// Positions, backlog (100 bytes a record) and lag (age of the oldest record that is missing) as procedures read them.
TEST(Logs, sensors_tell_positions_backlog_and_lag) {
  Replicated r(CommitMode::kAsync);
  r.b.trace(r.op, {0, 10 * kMs, 20 * kMs});
  KernelRun run(r.b, kSecond);
  r.applied(run, 25 * kMs, r.second, 1);
  EXPECT_EQ(r.position(run, r.a), 3.0);
  EXPECT_EQ(r.position(run, r.second), 1.0);
  EXPECT_EQ(r.position(run, r.third), 0.0);
  EXPECT_EQ(run.sense(plan::SensorKind::kLogBacklogBytes, r.log.value, r.second), 200.0);
  EXPECT_NEAR(run.sense(plan::SensorKind::kReplicationLagS, r.log.value, r.second), 0.015, 1e-12);
  EXPECT_NEAR(run.sense(plan::SensorKind::kReplicationLagS, r.log.value, r.third), 0.025, 1e-12);
  EXPECT_EQ(run.sense(plan::SensorKind::kReplicationLagS, r.log.value, r.a), 0.0);
  r.applied(run, 30 * kMs, r.second, 3);
  EXPECT_EQ(run.sense(plan::SensorKind::kReplicationLagS, r.log.value, r.second), 0.0);
}

// Five acknowledged records (0..40 ms), b has two when it takes over at 50: three acknowledged ones are lost, the oldest of 20 ms;
// writes go to b from then on (1 ms each way), position 3 is theirs.
TEST(Logs, a_change_of_leader_loses_what_the_new_one_lacks) {
  Replicated r(CommitMode::kAsync);
  r.b.trace(r.op, {0, 10 * kMs, 20 * kMs, 30 * kMs, 40 * kMs, 60 * kMs});
  KernelRun run(r.b, kSecond);
  r.applied(run, 45 * kMs, r.second, 2);
  r.impulse(run, 50 * kMs, plan::Impulse::kLead, r.second);
  EXPECT_EQ(run.sense(plan::SensorKind::kLogLeader, r.log.value), r.second.value);
  EXPECT_EQ(run.sense(plan::SensorKind::kLogEpoch, r.log.value), 1.0);
  EXPECT_EQ(r.position(run, r.second), 2.0);
  // The clients stand at the old leader's place, which still takes itself for the leader until it is fenced.
  r.impulse(run, 55 * kMs, plan::Impulse::kFence);
  EXPECT_EQ(run.latency(5), 2 * kMs);
  const LeftOut lost = r.left_out(run);
  EXPECT_EQ(lost.records, 3U);
  EXPECT_EQ(lost.acknowledged, 3U);
  EXPECT_EQ(lost.oldest_ns, 20 * kMs);
  EXPECT_EQ(r.position(run, r.second), 3.0);
  EXPECT_EQ(run.counts().split_brain, 0U);
}

// Clients at b, 1 ms from the leader: the request of 10 ms is a record of 11 ms, and so old is what a change of leader loses. Its
// caller hears of it at 12 ms.
TEST(Logs, a_record_is_as_old_as_its_commit_not_as_its_request) {
  Replicated r(CommitMode::kAsync);
  const auto far = r.b.operation("far", r.b.program("far").call(r.site).end(), r.second);
  r.b.trace(far, {10 * kMs});
  KernelRun run(r.b, kSecond);
  run.until(15 * kMs);
  run.engine().advance_to(15 * kMs);
  EXPECT_EQ(run.sense(plan::SensorKind::kReplicationLagS, r.log.value, r.second), 0.004);
  r.impulse(run, 50 * kMs, plan::Impulse::kLead, r.second);
  ASSERT_EQ(run.engine().commits().size(), 1U);
  EXPECT_EQ(run.engine().commits()[0].commit_ns, 11 * kMs);
  EXPECT_EQ(run.engine().commits()[0].returned_ns, 11 * kMs);
  EXPECT_EQ(r.left_out(run).oldest_ns, 11 * kMs);
  EXPECT_EQ(run.latency(0), 2 * kMs);
}

// Sync commits that nobody has applied are not acknowledged: two records lost, none that a client was told of.
TEST(Logs, unacknowledged_records_are_counted_apart) {
  Replicated r(CommitMode::kSync);
  r.b.trace(r.op, {0, 10 * kMs});
  r.b.plan.calls[0].timeout_ns = 100 * kMs;
  KernelRun run(r.b, kSecond);
  r.impulse(run, 50 * kMs, plan::Impulse::kLead, r.second);
  run.finish();
  EXPECT_EQ(r.left_out(run).acknowledged, 0U);
  EXPECT_EQ(r.left_out(run).records, 2U);
  EXPECT_EQ(run.cause(0).reason(), Reason::kTimeout);
}

// The record of request 0 (position 1) goes with the old leader at 10 ms: b has nothing. Request 1 arrives at 20 and is
// written at b at 21 (1 ms each way), at position 1 of the next epoch; c and the old leader apply that position at 30 and 31,
// which answers request 1 at 32. Request 0 waits on until its caller gives up at 100; its own record is nowhere, so that
// the frame stays in its wait to the end.
TEST(Logs, a_commit_whose_record_is_lost_is_not_released_by_the_next_epoch) {
  Replicated r(CommitMode::kSync);
  r.b.trace(r.op, {0, 20 * kMs});
  r.b.plan.calls[0].timeout_ns = 100 * kMs;
  KernelRun run(r.b, kSecond);
  r.impulse(run, 10 * kMs, plan::Impulse::kLead, r.second);
  r.impulse(run, 12 * kMs, plan::Impulse::kFence);
  r.applied(run, 30 * kMs, r.third, 1);
  r.applied(run, 31 * kMs, r.a, 1);
  EXPECT_EQ(run.at(1).decided_ns, 32 * kMs);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, r.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 100 * kMs);
  EXPECT_EQ(run.counts().late, 0U);
}

// The same, but b has applied position 1 before it takes over: the record lives on, and the commit ends with the last of the
// followers of the new epoch, c at 30 ms and the old leader, which has it already.
TEST(Logs, a_commit_whose_record_survives_the_change_is_released) {
  Replicated r(CommitMode::kSync);
  r.b.trace(r.op, {0});
  KernelRun run(r.b, kSecond);
  r.applied(run, 5 * kMs, r.second, 1);
  r.impulse(run, 10 * kMs, plan::Impulse::kLead, r.second);
  r.applied(run, 30 * kMs, r.third, 1);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
}

// The caller tries again after 40 ms: the second attempt is written at b at 41 (position 1 of the next epoch), applied
// everywhere at 50 and answered at 51. The first attempt has no part in that record: it waits on and brings no late answer.
TEST(Logs, an_attempt_is_not_released_by_the_record_of_the_next_one) {
  Replicated r(CommitMode::kSync);
  r.b.trace(r.op, {0});
  auto& retries = r.b.plan.calls[0].retries;
  retries.attempts = 1;
  retries.on = plan::kOnTimeout;
  retries.per_try_timeout_ns = 40 * kMs;
  KernelRun run(r.b, kSecond);
  r.impulse(run, 10 * kMs, plan::Impulse::kLead, r.second);
  r.impulse(run, 12 * kMs, plan::Impulse::kFence);
  r.applied(run, 49 * kMs, r.third, 1);
  r.applied(run, 50 * kMs, r.a, 1);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.at(0).decided_ns, 51 * kMs);
  EXPECT_EQ(run.counts().late, 0U);
}

// Reconciled from the surviving old leader: all three that it alone had, of epoch 0; once is enough.
TEST(Logs, a_reconciliation_brings_lost_records_back) {
  Replicated r(CommitMode::kAsync);
  r.b.trace(r.op, {0, 10 * kMs, 20 * kMs});
  KernelRun run(r.b, kSecond);
  r.impulse(run, 50 * kMs, plan::Impulse::kLead, r.third);
  r.impulse(run, 60 * kMs, plan::Impulse::kReconcile);
  r.impulse(run, 70 * kMs, plan::Impulse::kReconcile);
  run.finish();
  EXPECT_EQ(r.left_out(run).acknowledged, 3U);
  EXPECT_THAT(story(run.engine().log_events()),
              ::testing::ElementsAre("50 leads 2/0 1:0", "60 reconciled 0/0 0:3"));
}

// Before the fence the old leader's site writes to the old leader: split brain, twice; after it, to the new one.
TEST(Logs, an_unfenced_old_leader_splits_the_brain) {
  Replicated r(CommitMode::kAsync);
  r.b.trace(r.op, {10 * kMs, 20 * kMs, 40 * kMs});
  KernelRun run(r.b, kSecond);
  r.impulse(run, 5 * kMs, plan::Impulse::kLead, r.second);
  r.impulse(run, 30 * kMs, plan::Impulse::kFence);
  EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 42 * kMs);
  EXPECT_EQ(run.counts().split_brain, 2U);
  EXPECT_EQ(r.position(run, r.second), 1.0);
}

// A call that does not choose the primary may meet a follower: no leader there.
TEST(Logs, a_follower_takes_no_writes) {
  Replicated r(CommitMode::kAsync);
  r.b.site(r.site).balance = plan::Balance::kRoundRobin;
  r.b.trace(r.op, {0, 10 * kMs});
  KernelRun run(r.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kNoLeader, r.db.value));
}

// The same request commits twice: an idempotent log recognises it, another one appends twice.
TEST(Logs, an_idempotent_log_recognises_a_second_write) {
  for (const bool idempotent : {true, false}) {
    Replicated r(CommitMode::kAsync, idempotent, 2);
    r.b.trace(r.op, {0});
    KernelRun run(r.b, kSecond);
    EXPECT_TRUE(run.at(0).succeeded);
    EXPECT_EQ(r.position(run, r.a), idempotent ? 1.0 : 2.0);
    EXPECT_EQ(run.counts().duplicates, 1U);
    EXPECT_EQ(run.counts().commits, 2U);
  }
}

// Two changes of leader: b (with all five) takes over from a and c, which has one, from b: c lacks four of the first epoch, all of
// them acknowledged. Nothing is lost at the first change.
TEST(Logs, a_second_change_of_leader_may_lose_records_of_the_first) {
  Replicated r(CommitMode::kAsync);
  r.b.trace(r.op, {0, 10 * kMs, 20 * kMs, 30 * kMs, 40 * kMs});
  KernelRun run(r.b, kSecond);
  r.applied(run, 45 * kMs, r.second, 5);
  r.applied(run, 46 * kMs, r.third, 1);
  r.impulse(run, 50 * kMs, plan::Impulse::kLead, r.second);
  r.impulse(run, 60 * kMs, plan::Impulse::kLead, r.third);
  run.finish();
  EXPECT_EQ(r.left_out(run).acknowledged, 4U);
  EXPECT_EQ(r.left_out(run).oldest_ns, 10 * kMs);
}

// Initial positions: the leader stands at 10, b at 10, c at 4: c's backlog is six records that belong to nobody.
TEST(Logs, initial_positions_are_backlog_of_nobody) {
  Replicated r(CommitMode::kAsync);
  r.b.trace(r.op, {0});
  r.b.plan.initial.positions = {{r.log, 0, r.a, 10}, {r.log, 0, r.second, 10}, {r.log, 0, r.third, 4}};
  KernelRun run(r.b, kSecond);
  run.until(kMs);
  EXPECT_EQ(r.position(run, r.a), 11.0);
  EXPECT_EQ(run.sense(plan::SensorKind::kLogBacklogBytes, r.log.value, r.third), 700.0);
  r.impulse(run, 2 * kMs, plan::Impulse::kLead, r.second);
  run.finish();
  EXPECT_EQ(r.left_out(run).acknowledged, 1U);
}

}  // namespace
}  // namespace twinvoice::testing
