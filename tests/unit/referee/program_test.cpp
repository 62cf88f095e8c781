// Programs: tandems, forks, jobs, commits, branches, repetition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/random/draw.hpp"
#include "tests/support/log_facts.hpp"
#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Cause;
using plan::Reason;

// edge -> app -> db, 2 ms between sites, 1, 3 and 5 ms of work: 2+1+(0+3+(0+5+0)+0)+2 with app and db in one
// place.
TEST(RefereeProgram, nested_calls_add_up) {
  PlanBuilder b;
  const auto clients = b.location("a");
  const auto centre = b.location("b");
  b.link(clients, centre, 2 * kMs);
  const auto edge = b.component("edge", clients);
  const auto app = b.component("app", centre);
  const auto db = b.component("db", centre);
  const auto edge_cpu = b.station(edge, 1);
  const auto app_cpu = b.station(app, 1);
  const auto db_cpu = b.station(db, 1);
  const auto query = b.program("db/q", db).hop_in().serve(db_cpu, b.constant(5 * kMs)).reply();
  const auto to_db = b.call("app>db", db, query, app);
  const auto work = b.program("app/w", app).hop_in().serve(app_cpu, b.constant(3 * kMs)).call(to_db).reply();
  const auto to_app = b.call("edge>app", app, work, edge);
  const auto route =
      b.program("edge/r", edge).hop_in().serve(edge_cpu, b.constant(1 * kMs)).call(to_app).reply();
  const auto root = b.program("issue").call(b.call("issue>edge", edge, route)).end();
  b.trace(b.operation("issue", root, clients), {0});
  const auto plan = b.horizon(kSecond).build();
  const auto r = referee::run_in_child(plan, 0);
  EXPECT_EQ(r.requests[0].decided_ns, 13 * kMs);
  EXPECT_EQ(r.requests[0].attempts, 3U);

  // The path, by its definition.
  const auto root_hash = random::root_frame(random::hash_name("issue"), 0);
  const auto at_edge = random::child_frame(root_hash, random::hash_name("issue>edge"), 0);
  const auto at_app = random::child_frame(at_edge, random::hash_name("edge>app"), 0);
  const auto at_db = random::child_frame(at_app, random::hash_name("app>db"), 0);
  EXPECT_EQ(r.requests[0].path_hash,
            random::mix(at_edge, 1) + random::mix(at_app, 2) + random::mix(at_db, 3));
}

/// A component that forks into branches of 5, 10 and 20 ms; `fail_first` lets the first one fail at its gate.
struct Forks {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId app = b.component("app", here);
  plan::GateId gate;

  explicit Forks(double fail_first = 0.0) {
    plan::Gate proto;
    proto.name = "gate";
    proto.probability = fail_first;
    gate = b.gate(app, proto);
  }
  referee::RefereeResult run(std::uint16_t needed, bool cancel = false) {
    const auto branch = [&](const std::string& name, Nanos ns) {
      return b.program(name, app).delay(b.constant(ns)).gate(gate).delay(b.constant(1 * kMs)).end();
    };
    const auto other = [&](const std::string& name, Nanos ns) {
      return b.program(name, app).delay(b.constant(ns)).delay(b.constant(1 * kMs)).end();
    };
    const auto work = b.program("app/w", app)
                          .hop_in()
                          .fork({branch("one", 5 * kMs), other("two", 10 * kMs), other("three", 20 * kMs)})
                          .join(needed, cancel)
                          .reply();
    b.trace(OneCall(b, here, app, work).operation, {0});
    return judge(b, kSecond);
  }
};

TEST(RefereeProgram, a_join_waits_for_k_branches) {
  for (const auto& [k, ends_ns] : {std::pair{1, 6 * kMs}, std::pair{2, 11 * kMs}, std::pair{3, 21 * kMs}}) {
    const auto r = Forks().run(static_cast<std::uint16_t>(k));
    EXPECT_EQ(r.requests[0].decided_ns, ends_ns);
    EXPECT_EQ(r.frames_ended, 5U);
    EXPECT_EQ(r.late, static_cast<std::uint64_t>(3 - k));
  }
}

// The first branch fails at 5 ms: two of three are still possible, three are not.
TEST(RefereeProgram, a_join_fails_when_too_few_branches_are_left) {
  const auto two = Forks(1.0).run(2);
  EXPECT_TRUE(two.requests[0].succeeded);
  EXPECT_EQ(two.requests[0].decided_ns, 21 * kMs);
  const auto three = Forks(1.0).run(3);
  EXPECT_EQ(cause_of(three.requests[0]), Cause(Reason::kGate, 0));
  EXPECT_EQ(three.requests[0].decided_ns, 5 * kMs);
}

// Cancelled branches end at their next step boundary without an answer.
TEST(RefereeProgram, a_join_may_cancel_the_losers) {
  const auto r = Forks().run(1, true);
  EXPECT_EQ(r.requests[0].decided_ns, 6 * kMs);
  EXPECT_EQ(r.late, 0U);
  EXPECT_EQ(r.frames_ended, 5U);
}

// A job emitted at 5 ms runs after the request is decided; its visit is not in the record's attempts.
TEST(RefereeProgram, an_emitted_job_outlives_the_request) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto app = b.component("app", here);
  const auto mail = b.component("mail", here);
  const auto cpu = b.station(mail, 1);
  const auto job =
      b.call("app>mail", mail, b.program("mail/send", mail).serve(cpu, b.constant(50 * kMs)).end(), app);
  const auto work = b.program("app/w", app).hop_in().delay(b.constant(5 * kMs)).emit(job).reply();
  b.trace(OneCall(b, here, app, work).operation, {0});
  const auto r = judge(b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 5 * kMs);
  EXPECT_EQ(r.requests[0].attempts, 1U);
  EXPECT_EQ(r.stations[0].completions, 1U);
  EXPECT_EQ(r.late, 0U);
}

TEST(RefereeProgram, a_repeat_runs_its_steps_so_often) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto app = b.component("app", here);
  const auto work =
      b.program("app/w", app).delay(b.constant(2 * kMs)).repeat(1, 5).delay(b.constant(1 * kMs)).end();
  b.trace(OneCall(b, here, app, work).operation, {0});
  EXPECT_EQ(judge(b, kSecond).requests[0].decided_ns, 11 * kMs);
}

// Each round of a repeat draws anew: with one fixed draw the total would be 3 times a single exponential.
TEST(RefereeProgram, rounds_of_a_repeat_draw_independently) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto app = b.component("app", here);
  const auto work = b.program("app/w", app).delay(b.exponential(0.010)).repeat(1, 2).end();
  b.trace(OneCall(b, here, app, work).operation, {0});
  const auto plan = b.horizon(kSecond).build();
  const auto total = latency_of(referee::run_in_child(plan, 0).requests[0]);
  const auto root = random::root_frame(random::hash_name("issue"), 0);
  const auto frame = random::child_frame(root, random::hash_name("issue>callee"), 0);
  Nanos expected = 0;
  for (const std::uint64_t index : {0ULL, 65536ULL}) {
    random::Draws draws(random::Stream::of(plan.seed, 0), random::purpose_of("app", "delay"), frame, index);
    expected += random::sample_ns(plan.laws[0], plan.law_tables, draws);
  }
  EXPECT_EQ(total, expected);
}

// A cell set to 1 makes the scaled branch certain; after one half-life (40 ms) it would be one half; flushed
// it is never.
TEST(RefereeProgram, a_branch_may_follow_a_cell) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto app = b.component("app", here);
  plan::Cell proto;
  const auto cell = b.cell(app, proto);
  const auto work = b.program("app/w", app)
                        .skip(1, 1.0, "hit", cell)
                        .delay(b.constant(10 * kMs))
                        .update(cell, plan::UpdateOp::kSet, 5.0)
                        .end();
  b.impulse(b.fault("flush", 50 * kMs), plan::Impulse::kFlush, cell.value);
  b.trace(OneCall(b, here, app, work).operation, {0, 20 * kMs, 60 * kMs});
  const auto r = judge(b, kSecond);
  EXPECT_EQ(latency_of(r.requests[0]), 10 * kMs);
  EXPECT_EQ(latency_of(r.requests[1]), 0);
  EXPECT_EQ(latency_of(r.requests[2]), 10 * kMs);
}

// Ten tokens a second, three at once: of 6 at once 3 pass; 100 ms later one more, then none.
TEST(RefereeProgram, a_rate_limit_is_a_token_bucket) {
  PlanBuilder b;
  const auto here = b.location("a");
  const auto app = b.component("app", here);
  plan::Gate proto;
  proto.kind = plan::GateKind::kRateLimit;
  proto.rate_per_s = 10.0;
  proto.burst = 3.0;
  const auto gate = b.gate(app, proto);
  b.trace(OneCall(b, here, app, b.program("app/w", app).gate(gate).end()).operation,
          {0, 0, 0, 0, 0, 0, 101 * kMs, 102 * kMs});
  const auto r = judge(b, kSecond);
  const std::vector<bool> expected{true, true, true, false, false, false, true, false};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(r.requests[i].succeeded, expected[i]) << i;
}

/// A log led at a, followed at b; its component has one replica at each, and one at c.
struct Replicated {
  PlanBuilder b;
  plan::LocationId a = b.location("a");
  plan::LocationId z = b.location("b");
  plan::LinkId link = b.link(a, z, 10 * kMs);
  plan::LocationId c = b.location("c");
  plan::ComponentId db = b.component("db", {a, z, c});
  plan::LogId log;
  OneCall call;

  explicit Replicated(plan::CommitMode mode)
      : log(b.log(db, proto(mode))),
        call(b, a, db, b.program("db/w", db).hop_in().delay(b.constant(1 * kMs)).commit(log).reply()) {}
  plan::Log proto(plan::CommitMode mode) const {
    plan::Log l;
    l.mode = mode;
    l.leader_location = a;
    l.followers = {z};
    return l;
  }
  plan::Turn hear(Nanos at_ns, std::int64_t position) const {
    plan::Turn t = apply(at_ns, position);
    t.impulse = plan::Impulse::kHear;
    return t;
  }
  plan::Turn apply(Nanos at_ns, std::int64_t position) const {
    plan::Turn t;
    t.at_ns = at_ns;
    t.rung = plan::Rung::kControl;
    t.op = plan::TurnOp::kImpulse;
    t.impulse = plan::Impulse::kApply;
    t.target = log.value;
    t.effect = plan::kProcedureEffects;
    t.location = z;
    t.position = position;
    return t;
  }
};

TEST(RefereeProgram, an_asynchronous_commit_does_not_wait) {
  Replicated p(plan::CommitMode::kAsync);
  p.b.trace(p.call.operation, {0});
  EXPECT_EQ(judge(p.b, kSecond).requests[0].decided_ns, 1 * kMs);
}

// The followers' progress is a recorded turn: record 1 applied at 30 ms, record 2 at 50.
TEST(RefereeProgram, a_synchronous_commit_waits_for_its_position) {
  Replicated p(plan::CommitMode::kSync);
  p.b.trace(p.call.operation, {0, 2 * kMs});
  const auto plan = p.b.horizon(kSecond).build();
  const auto r = referee::run_in_child(
      plan, 0, {}, {p.apply(30 * kMs, 1), p.hear(30 * kMs, 1), p.apply(50 * kMs, 2), p.hear(50 * kMs, 2)});
  EXPECT_EQ(r.requests[0].decided_ns, 30 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 50 * kMs);
}

// With the leader moved to b and the old one fenced, calls to the primary cross the link; a replica that is not the leader
// refuses to write.
TEST(RefereeProgram, writes_follow_the_leader) {
  for (const auto balance : {plan::Balance::kPrimary, plan::Balance::kNearest}) {
    Replicated p(plan::CommitMode::kAsync);
    p.call.policy().balance = balance;
    p.b.impulse(p.b.fault("promote", 100 * kMs), plan::Impulse::kLead, p.log.value, 1.0);
    p.b.impulse(p.b.fault("fence", 150 * kMs), plan::Impulse::kFence, p.log.value);
    p.b.trace(p.call.operation, {0, 200 * kMs});
    const auto r = judge(p.b, kSecond);
    EXPECT_EQ(r.requests[0].decided_ns, 1 * kMs);
    if (balance == plan::Balance::kPrimary) {
      EXPECT_EQ(latency_of(r.requests[1]), 21 * kMs);
    } else {
      EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kNoLeader, p.db.value));
    }
  }
}

/// The same with a second follower c, 10 ms from both.
struct TwoFollowers : Replicated {
  explicit TwoFollowers() : Replicated(plan::CommitMode::kSync) {
    b.link(a, c, 10 * kMs);
    b.link(z, c, 10 * kMs);
    b.plan.logs[log.index()].followers = {z, c};
    call.policy().balance = plan::Balance::kPrimary;
    call.policy().timeout_ns = 300 * kMs;
    b.impulse(b.fault("promote", 20 * kMs), plan::Impulse::kLead, log.value, z.value);
    b.impulse(b.fault("fence", 25 * kMs), plan::Impulse::kFence, log.value);
  }
  /// It has applied all up to there, and the leader knows it.
  std::vector<plan::Turn> has(Nanos at_ns, plan::LocationId where, std::int64_t position) const {
    std::vector<plan::Turn> turns{apply(at_ns, position), hear(at_ns, position)};
    for (plan::Turn& t : turns) t.location = where;
    return turns;
  }
  static std::vector<plan::Turn> both(std::vector<plan::Turn> first, const std::vector<plan::Turn>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  }
};

// Request 0 commits at 1 ms at a (position 1), which nobody has applied when b leads from 20: lost. Request 1, of 30 ms, commits
// at b at 41 (10 ms, 1 ms of work): position 1 of the next epoch, applied by c at 50 and by a at 60, answered at 70. Request 0
// waits until its caller gives up at 300.
TEST(RefereeProgram, a_commit_whose_record_is_lost_is_not_released_by_the_next_epoch) {
  TwoFollowers p;
  p.b.trace(p.call.operation, {0, 30 * kMs});
  const auto plan = p.b.horizon(kSecond).build();
  const auto r = referee::run_in_child(plan, 0, {}, p.both(p.has(50 * kMs, p.c, 1), p.has(60 * kMs, p.a, 1)));
  EXPECT_EQ(r.requests[1].decided_ns, 70 * kMs);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kTimeout, p.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 300 * kMs);
}

// b has applied the record at 10 ms, before it leads: it lives on, and c, the last of the followers, applies it at 50.
TEST(RefereeProgram, a_commit_whose_record_survives_the_change_is_released) {
  TwoFollowers p;
  p.b.trace(p.call.operation, {0});
  const auto plan = p.b.horizon(kSecond).build();
  const auto r = referee::run_in_child(plan, 0, {}, p.both(p.has(10 * kMs, p.z, 1), p.has(50 * kMs, p.c, 1)));
  EXPECT_TRUE(r.requests[0].succeeded);
  EXPECT_EQ(r.requests[0].decided_ns, 50 * kMs);
}

// The leader's place burns at 50 ms and comes back empty at 60: the write of 100 ms finds nobody who takes it, that of 200 goes to b, which
// leads from 150. What a wrote is in nobody's log.
TEST(RefereeProgram, it_tells_what_happened_to_its_logs) {
  Replicated p(plan::CommitMode::kAsync);
  p.call.policy().balance = plan::Balance::kPrimary;
  p.b.hold(p.b.fault("fire", 50 * kMs, 60 * kMs), plan::Knob::kInstanceDown, 0);
  plan::Turn burns = p.apply(50 * kMs, 0);
  burns.impulse = plan::Impulse::kDestroy;
  burns.location = p.a;
  p.b.impulse(p.b.fault("promote", 150 * kMs), plan::Impulse::kLead, p.log.value, 1.0);
  p.b.impulse(p.b.fault("fence", 160 * kMs), plan::Impulse::kFence, p.log.value);
  p.b.trace(p.call.operation, {0, 100 * kMs, 200 * kMs});
  const auto plan = p.b.horizon(kSecond).build();
  const auto r = referee::run_in_child(plan, 0, {}, {burns});
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kNoLeader, p.db.value));
  ASSERT_EQ(r.commits.size(), 2U);
  EXPECT_EQ(r.commits[0], (measure::CommitFact{0, 0, 0, 0, 1, 0, 0, 1 * kMs, 1 * kMs}));
  EXPECT_EQ(r.commits[1], (measure::CommitFact{0, 1, 1, 0, 1, 0, 2, 211 * kMs, 211 * kMs}));
  EXPECT_TRUE(left_out(r.commits[0], r.log_events));
  EXPECT_THAT(story(r.log_events),
              ::testing::ElementsAre("50 down 0/0 0:0", "50 destroyed 0/0 0:0", "60 up 0/0 0:0",
                                     "150 leads 1/0 1:0", "160 fenced 0/0 1:0"));
}

}  // namespace
}  // namespace twinvoice::testing
