// What an engine tells of its logs, by hand: members after changes of leader, who is up and can be called, destroyed places.
#include "tests/support/log_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::CommitMode;
using plan::Impulse;
using plan::Knob;
using ::testing::ElementsAre;

/// Databases in a, b and c, 1 ms apart, led from a. An app in a and b, called from its own place, writes at the primary.
struct Bank {
  PlanBuilder b;
  plan::LocationId first = b.location("a"), second = b.location("b"), third = b.location("c");
  plan::ComponentId app, db;
  plan::LogId log;
  plan::CallSiteId write;
  plan::OperationId at_first, at_second;

  explicit Bank(const plan::Log& rules = {}) {
    for (const auto& [x, y] : {std::pair(first, second), std::pair(first, third), std::pair(second, third)})
      b.link(x, y, kMs);
    app = b.component("app", {first, second});
    db = b.component("db", {first, second, third});
    plan::Log proto = rules;
    proto.leader_location = first;
    proto.followers = {second, third};
    log = b.log(db, proto);
    plan::CallSite policy;
    policy.balance = plan::Balance::kPrimary;
    policy.timeout_ns = 900 * kMs;
    write = b.call("app>db", db, b.program("db/write", db).hop_in().commit(log).reply(), app, policy);
    policy.balance = plan::Balance::kNearest;
    const auto work = b.program("app/work", app).hop_in().call(write).reply();
    const auto entry = b.call("issue>app", app, work, {}, policy);
    at_first = b.operation("issue", b.program("issue").call(entry).end(), first);
    at_second =
        b.operation("ask", b.program("ask").call(b.call("ask>app", app, work, {}, policy)).end(), second);
  }
  [[nodiscard]] std::uint32_t instance(plan::ComponentId c, std::uint32_t ordinal) const {
    return b.plan.components[c.index()].first_instance + ordinal;
  }
  /// An impulse on the log as a timed turn.
  void at(Nanos at_ns, Impulse impulse, plan::LocationId where, std::int64_t position = 0, double value = 0.0,
          std::int64_t after = 0) {
    plan::Turn turn;
    turn.at_ns = at_ns;
    turn.rung = plan::Rung::kControl;
    turn.op = plan::TurnOp::kImpulse;
    turn.impulse = impulse;
    turn.target = log.value;
    turn.location = where;
    turn.position = position;
    turn.value = value;
    turn.after = after;
    b.plan.turns.push_back(turn);
  }
  void lead(Nanos at_ns, plan::LocationId where, bool copy_first = false) {
    at(at_ns, Impulse::kLead, {}, copy_first ? 1 : 0, where.value);
  }
  void cut(Nanos from_ns, Nanos until_ns, plan::LocationId x, plan::LocationId y) {
    const auto fault = b.fault("cut", from_ns, until_ns);
    b.hold(fault, Knob::kPathBlocked, b.path(x, y));
    b.hold(fault, Knob::kPathBlocked, b.path(y, x));
  }
};

plan::Log rules(CommitMode mode, Nanos fallback_ns = kNever) {
  plan::Log log;
  log.mode = mode;
  log.fallback_ns = fallback_ns;
  return log;
}

std::vector<std::string> story_of(KernelRun& run) { return story(run.engine().log_events()); }

TEST(LogFacts, a_log_begins_with_its_members_its_leader_and_what_they_have) {
  Bank bank;
  bank.b.plan.initial.positions = {{bank.log, 0, bank.first, 5}, {bank.log, 0, bank.third, 3}};
  KernelRun run(bank.b, kSecond);
  using Kind = measure::LogEventKind;
  EXPECT_THAT(run.engine().log_events(), ElementsAre(measure::LogEvent{0, 0, Kind::kUp, 0, 0, 0, 0},
                                                     measure::LogEvent{0, 0, Kind::kLeads, 0, 0, 0, 5},
                                                     measure::LogEvent{0, 0, Kind::kApplied, 0, 0, 0, 5},
                                                     measure::LogEvent{0, 0, Kind::kUp, 1, 0, 0, 0},
                                                     measure::LogEvent{0, 0, Kind::kUp, 2, 0, 0, 0},
                                                     measure::LogEvent{0, 0, Kind::kApplied, 2, 0, 0, 3}));
}

// Sync, b leads from 100 with all of two records. Acknowledged at 150 is only what the first leader has as well, which is fenced and
// follows: then a leads again and lacks nothing that a client was told of.
TEST(LogFacts, a_deposed_leader_is_a_member_that_the_next_one_waits_for) {
  Bank bank(rules(CommitMode::kSync));
  bank.b.trace(bank.at_second, {120 * kMs, 300 * kMs});
  bank.lead(100 * kMs, bank.second);
  bank.at(110 * kMs, Impulse::kFence, {});
  for (const auto where : {bank.first, bank.third}) {
    const Nanos at_ns = (where == bank.first ? 150 : 130) * kMs;
    bank.at(at_ns, Impulse::kApply, where, 1);
    bank.at(at_ns, Impulse::kHear, where, 1);
  }
  bank.lead(400 * kMs, bank.first);
  KernelRun run(bank.b, 2 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 150 * kMs);
  EXPECT_FALSE(run.at(1).succeeded);
  ASSERT_EQ(run.engine().commits().size(), 2U);
  EXPECT_EQ(run.engine().commits()[0].returned_ns, 150 * kMs);
  EXPECT_EQ(run.engine().commits()[1].returned_ns, kNever);
  const LeftOut lost = left_out(run.engine().commits(), run.engine().log_events());
  EXPECT_EQ(lost.records, 1U);
  EXPECT_EQ(lost.acknowledged, 0U);
}

// a is cut off from the others at 50 and deposed at 100. Its own clients go on writing there: positions 2 and 3 of epoch 0, beside
// position 2 of epoch 1. Sync: nobody is told so. The order to fence reaches it when the way is open.
TEST(LogFacts, a_deposed_writer_goes_on_with_its_own_positions_until_it_can_be_fenced) {
  for (const CommitMode mode : {CommitMode::kAsync, CommitMode::kSync}) {
    Bank bank(rules(mode));
    bank.b.trace(bank.at_first, {10 * kMs, 120 * kMs, 140 * kMs, 300 * kMs});
    bank.b.trace(bank.at_second, {160 * kMs});
    bank.at(20 * kMs, Impulse::kApply, bank.second, 1);
    bank.cut(50 * kMs, 200 * kMs, bank.first, bank.second);
    bank.cut(50 * kMs, 200 * kMs, bank.first, bank.third);
    bank.lead(100 * kMs, bank.second);
    bank.at(110 * kMs, Impulse::kFence, bank.third);
    KernelRun run(bank.b, kSecond);
    run.finish();
    EXPECT_EQ(run.counts().split_brain, 2U);
    const auto commits = run.engine().commits();
    ASSERT_EQ(commits.size(), 5U);
    const bool told = mode == CommitMode::kAsync;
    for (const std::size_t i : {1U, 2U}) {
      EXPECT_EQ(commits[i].place, bank.first.value);
      EXPECT_EQ(commits[i].epoch, 0U);
      EXPECT_EQ(commits[i].position, static_cast<std::int64_t>(i) + 1);
      EXPECT_EQ(commits[i].returned_ns, told ? commits[i].commit_ns : kNever);
    }
    EXPECT_EQ(commits[3].place, bank.second.value);
    EXPECT_EQ(commits[3].epoch, 1U);
    EXPECT_EQ(commits[3].position, 2);
    EXPECT_EQ(commits[3].operation, bank.at_second.value);
    EXPECT_EQ(commits[3].sequence, 3U);
    EXPECT_EQ(commits[4].place, bank.second.value);
    EXPECT_THAT(story_of(run), ElementsAre("20 received 1/0 0:1", "20 applied 1/0 0:1", "100 leads 1/0 1:1",
                                           "200 fenced 0/0 1:0"));
  }
}

// The app in a goes down at 100 and that in b is shifted away at 200 and is back at 300: nobody has work for any place in between. A
// cut between a and b leaves b to the app in b alone.
TEST(LogFacts, places_are_cut_off_when_no_caller_with_work_reaches_them) {
  Bank bank;
  bank.b.hold(bank.b.fault("kill", 100 * kMs), Knob::kInstanceDown, bank.instance(bank.app, 0));
  bank.b.hold(bank.b.fault("shift", 200 * kMs, 300 * kMs), Knob::kSiteWeight,
              bank.app.value * 3 + bank.second.value, 0.0);
  bank.cut(400 * kMs, 500 * kMs, bank.second, bank.first);
  KernelRun run(bank.b, kSecond);
  run.finish();
  EXPECT_THAT(story_of(run),
              ElementsAre("200 cut_off 0/0 0:0", "200 cut_off 1/0 0:0", "200 cut_off 2/0 0:0",
                          "300 reachable 0/0 0:0", "300 reachable 1/0 0:0", "300 reachable 2/0 0:0",
                          "400 cut_off 0/0 0:0", "500 reachable 0/0 0:0"));
}

// What arrives where nobody is up is not there, nor what comes after a gap; a paused replica is not up.
TEST(LogFacts, a_dead_member_receives_nothing_and_gaps_are_not_filled) {
  Bank bank;
  bank.b.trace(bank.at_first, {0, 10 * kMs, 20 * kMs, 30 * kMs});
  bank.b.hold(bank.b.fault("kill", 90 * kMs, 150 * kMs), Knob::kInstanceDown, bank.instance(bank.db, 1));
  bank.b.hold(bank.b.fault("freeze", 90 * kMs, 150 * kMs), Knob::kInstancePaused, bank.instance(bank.db, 2));
  for (const auto where : {bank.second, bank.third}) {
    bank.at(50 * kMs, Impulse::kReceive, where, 1);
    bank.at(100 * kMs, Impulse::kReceive, where, 2, 0.0, 1);
    bank.at(160 * kMs, Impulse::kReceive, where, 3, 0.0, 2);
    bank.at(170 * kMs, Impulse::kApply, where, 3, 0.0, 1);
  }
  bank.at(200 * kMs, Impulse::kApply, bank.second, 9);
  KernelRun run(bank.b, kSecond);
  run.finish();
  EXPECT_THAT(story_of(run),
              ElementsAre("50 received 1/0 0:1", "50 received 2/0 0:1", "90 down 1/0 0:0", "90 down 2/0 0:0",
                          "150 up 1/0 0:0", "150 up 2/0 0:0", "170 received 1/0 0:3", "170 applied 1/0 0:3",
                          "170 received 2/0 0:3", "170 applied 2/0 0:3", "200 received 1/0 0:4",
                          "200 applied 1/0 0:4"));
}

TEST(LogFacts, a_place_that_is_down_does_not_lead) {
  Bank bank;
  bank.b.hold(bank.b.fault("region", 50 * kMs, 200 * kMs), Knob::kLocationDown, bank.second.value);
  bank.lead(100 * kMs, bank.second);
  KernelRun run(bank.b, kSecond);
  run.until(300 * kMs);
  EXPECT_EQ(run.sense(plan::SensorKind::kLogLeader, bank.log.value), bank.first.value);
  EXPECT_EQ(run.sense(plan::SensorKind::kLogEpoch, bank.log.value), 0.0);
}

// The leader with two records burns at 50 and is back at 60: it takes no writes and ships nothing. b, which has the first record,
// leads from 100. a has nothing; at 200 it has a copy of what the log had when it burned and b took over, the first record.
TEST(LogFacts, a_destroyed_leader_comes_back_empty) {
  Bank bank;
  bank.b.trace(bank.at_first, {0, 10 * kMs, 70 * kMs, 120 * kMs});
  bank.at(20 * kMs, Impulse::kApply, bank.second, 1);
  bank.b.hold(bank.b.fault("fire", 50 * kMs, 60 * kMs), Knob::kInstanceDown, bank.instance(bank.db, 0));
  bank.at(50 * kMs, Impulse::kDestroy, bank.first);
  bank.at(80 * kMs, Impulse::kApply, bank.third, 2);
  bank.lead(100 * kMs, bank.second);
  bank.at(110 * kMs, Impulse::kFence, {});
  bank.at(150 * kMs, Impulse::kApply, bank.first, 0);
  bank.at(200 * kMs, Impulse::kApply, bank.first, 1);
  KernelRun run(bank.b, kSecond);
  EXPECT_EQ(run.cause(2), plan::Cause(plan::Reason::kNoLeader, bank.db.value));
  EXPECT_TRUE(run.at(3).succeeded);
  EXPECT_THAT(story_of(run),
              ElementsAre("20 received 1/0 0:1", "20 applied 1/0 0:1", "50 down 0/0 0:0",
                          "50 destroyed 0/0 0:0", "60 up 0/0 0:0", "100 leads 1/0 1:1", "110 fenced 0/0 1:0",
                          "200 received 0/0 1:1", "200 applied 0/0 1:1"));
}

// b burns with one of two records; it cannot lead before it has both again, though it is up.
TEST(LogFacts, a_destroyed_member_leads_only_with_a_new_copy) {
  Bank bank;
  bank.b.trace(bank.at_first, {0, 10 * kMs});
  bank.at(20 * kMs, Impulse::kApply, bank.second, 1);
  bank.at(50 * kMs, Impulse::kDestroy, bank.second);
  bank.at(60 * kMs, Impulse::kApply, bank.second, 1);
  bank.lead(70 * kMs, bank.second);
  bank.at(80 * kMs, Impulse::kApply, bank.second, 2, 0.0, 1);
  bank.lead(90 * kMs, bank.second);
  KernelRun run(bank.b, kSecond);
  run.finish();
  EXPECT_THAT(story_of(run), ElementsAre("20 received 1/0 0:1", "20 applied 1/0 0:1", "50 destroyed 1/0 0:0",
                                         "60 received 1/0 0:1", "60 applied 1/0 0:1", "80 received 1/0 0:2",
                                         "80 applied 1/0 0:2", "90 leads 1/0 1:2"));
}

// a is deposed with a record that b lacks, and needs a new copy before it follows: from 150 on, where its record is gone.
TEST(LogFacts, a_deposed_source_with_records_of_its_own_may_need_a_new_copy) {
  Bank bank;
  bank.b.trace(bank.at_first, {0});
  bank.b.trace(bank.at_second, {60 * kMs, 155 * kMs});
  bank.lead(50 * kMs, bank.second, true);
  bank.at(55 * kMs, Impulse::kFence, {});
  bank.at(100 * kMs, Impulse::kApply, bank.first, 2);
  bank.at(150 * kMs, Impulse::kReseed, bank.first);
  bank.at(160 * kMs, Impulse::kApply, bank.first, 2, 0.0, 1);
  bank.at(170 * kMs, Impulse::kReconcile, {});
  KernelRun run(bank.b, kSecond);
  run.finish();
  EXPECT_THAT(story_of(run), ElementsAre("50 leads 1/0 1:0", "55 fenced 0/0 1:0", "150 reseeded 0/0 1:1",
                                         "160 received 0/0 1:2", "160 applied 0/0 1:2"));
}

// Records of 0 and 40 ms; b and c are cut off. At 100 the first has waited for 100 ms: both go on, and that of 110 waits for nobody. At
// 150 b has all there was: the next one waits again, until b has it at 190.
TEST(LogFacts, semi_sync_falls_back_when_a_commit_has_waited_too_long) {
  Bank bank(rules(CommitMode::kSemiSync, 100 * kMs));
  bank.b.trace(bank.at_first, {0, 40 * kMs, 110 * kMs, 160 * kMs});
  bank.at(150 * kMs, Impulse::kApply, bank.second, 3);
  bank.at(150 * kMs, Impulse::kHear, bank.second, 3);
  bank.at(150 * kMs, Impulse::kInStep, bank.second, 3);
  bank.at(190 * kMs, Impulse::kApply, bank.second, 4);
  bank.at(190 * kMs, Impulse::kHear, bank.second, 4);
  KernelRun run(bank.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 100 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 100 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 110 * kMs);
  EXPECT_EQ(run.at(3).decided_ns, 190 * kMs);
}

TEST(LogFacts, a_read_only_log_takes_no_writes) {
  Bank bank;
  bank.b.trace(bank.at_first, {0, 50 * kMs, 100 * kMs});
  bank.b.hold(bank.b.fault("closed", 40 * kMs, 60 * kMs), Knob::kLogReadOnly, bank.log.value);
  KernelRun run(bank.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.cause(1), plan::Cause(plan::Reason::kNoLeader, bank.db.value));
  EXPECT_TRUE(run.at(2).succeeded);
}

TEST(LogFacts, a_pause_is_told_of_the_leader) {
  Bank bank;
  for (const Nanos from : {100 * kMs, 150 * kMs})
    bank.b.hold(bank.b.fault("pause", from, from + 100 * kMs), Knob::kLogPaused, bank.log.value);
  KernelRun run(bank.b, kSecond);
  run.finish();
  EXPECT_THAT(story_of(run), ElementsAre("100 paused 0/0 0:0", "250 resumed 0/0 0:0"));
}

}  // namespace
}  // namespace twinvoice::testing
