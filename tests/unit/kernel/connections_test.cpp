// Connection pools by hand. The app stands at home; its database, 5 ms away, needs one round trip to set up a connection.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// A request: connect (10 ms if no connection is idle), call (5 + 2 + 5 ms), release, reply. So 22 ms cold, 12 ms warm.
struct Connected {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link = b.link(home, away, 5 * kMs);
  plan::ComponentId app = b.component("app", home);
  plan::ComponentId db;
  plan::PoolId pool;
  plan::GateId gate;  ///< of the db, before its work; lets everything pass
  plan::CallSiteId site;
  plan::OperationId op;

  explicit Connected(plan::Pool proto = {}, plan::CallSite policy = {}, std::uint32_t replicas = 1,
                     Nanos demand_ns = 2 * kMs)
      : db(b.component("db", away, replicas)) {
    proto.connections = true;
    pool = b.pool(app, proto);
    plan::Step hello;
    hello.kind = plan::StepKind::kHop;
    hello.flags = plan::kEstablish;
    plan::Step answer = hello;
    answer.flags = plan::kEstablish | plan::kToParent;
    plan::Step end;
    const auto establish = b.program("db/establish", db).step(hello).step(answer).step(end).end();
    b.plan.programs[establish.index()].reply = b.plan.programs[establish.index()].first + 1;
    plan::Gate open = broken_gate();
    open.probability = 0.0;
    gate = b.gate(db, open);
    const auto work = b.program("db/work", db).hop_in().gate(gate).delay(b.constant(demand_ns)).reply();
    policy.connection_pool = pool;
    policy.establish = establish;
    site = b.call("app>db", db, work, app, policy);
    const auto serve =
        b.program("app/serve", app).hop_in().connect(pool, site).call(site).release(pool).reply();
    op = b.operation("issue", b.program("issue").call(b.call("issue>app", app, serve)).end(), home);
  }
  static plan::Pool sized(std::uint32_t size, std::uint32_t places = plan::kUnlimited) {
    plan::Pool proto;
    proto.size = size;
    proto.queue_places = places;
    return proto;
  }
};

TEST(Connections, the_first_request_sets_up_and_the_next_one_reuses) {
  Connected c(Connected::sized(2));
  c.b.trace(c.op, {0, 100 * kMs, 200 * kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.latency(0), 22 * kMs);
  EXPECT_EQ(run.latency(1), 12 * kMs);
  EXPECT_EQ(run.latency(2), 12 * kMs);
  EXPECT_EQ(run.pool(c.pool).established, 1U);
  EXPECT_EQ(run.pool(c.pool).idle, 1U);
  EXPECT_EQ(run.pool(c.pool).held, 0U);
}

// Two branches start together. The first gets a connection that needs no setting up and fails behind it before the second has its turn.
TEST(Connections, a_frame_that_need_not_wait_for_its_connection_goes_on_at_once) {
  Connected c(Connected::sized(2));
  c.b.plan.calls[c.site.index()].establish = {};
  const plan::GateId of_app = c.b.gate(c.app, broken_gate());
  const plan::GateId of_db = c.b.gate(c.db, broken_gate());
  const auto one = c.b.program("app/one", c.app).connect(c.pool, c.site).gate(of_app).end();
  const auto two = c.b.program("app/two", c.app).gate(of_db).end();
  const auto both = c.b.program("app/both", c.app).hop_in().fork({one, two}).join(2).reply();
  const auto op =
      c.b.operation("both", c.b.program("both").call(c.b.call("both>app", c.app, both)).end(), c.home);
  c.b.trace(op, {0});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.first_cause(0), plan::Cause(Reason::kError, c.app.value));
}

// Pool of 1: the second waits for the connection from 1 to 22 ms and needs 12 more.
TEST(Connections, a_full_pool_makes_wait_for_a_connection) {
  Connected c(Connected::sized(1));
  c.b.trace(c.op, {0, kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.at(1).decided_ns, 34 * kMs);
  EXPECT_EQ(run.pool(c.pool).established, 1U);
}

TEST(Connections, a_full_pool_without_places_turns_away) {
  Connected c(Connected::sized(1, 0));
  c.b.trace(c.op, {0, kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kPoolFull, c.app.value));
  EXPECT_EQ(run.at(1).decided_ns, kMs);
}

TEST(Connections, a_preconnected_pool_is_warm_at_the_start) {
  plan::Pool proto = Connected::sized(2);
  proto.preconnected = true;
  Connected c(proto);
  c.b.trace(c.op, {0, 0, 0});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.latency(0), 12 * kMs);
  EXPECT_EQ(run.latency(1), 12 * kMs);
  EXPECT_EQ(run.latency(2), 24 * kMs);
  EXPECT_EQ(run.pool(c.pool).idle, 2U);
}

// Last used at 22 ms, idle timeout 50 ms: usable at exactly 72 ms, stale 1 ns later (22 ms again).
TEST(Connections, an_idle_connection_expires) {
  for (const Nanos late : {Nanos{0}, Nanos{1}}) {
    plan::Pool proto = Connected::sized(2);
    Connected c(proto);
    c.b.plan.pools[c.pool.index()].idle_timeout = c.b.constant(50 * kMs);
    c.b.trace(c.op, {0, 72 * kMs + late});
    KernelRun run(c.b, kSecond);
    EXPECT_EQ(run.latency(1), (late == 0 ? 12 : 22) * kMs);
    EXPECT_EQ(run.pool(c.pool).established, late == 0 ? 1U : 2U);
    EXPECT_EQ(run.pool(c.pool).closed, late == 0 ? 0U : 1U);
  }
}

// Established at 10 ms, at most 100 ms old: usable at 110 ms, too old 1 ns later.
TEST(Connections, an_old_connection_is_replaced) {
  for (const Nanos late : {Nanos{0}, Nanos{1}}) {
    plan::Pool proto = Connected::sized(2);
    Connected c(proto);
    c.b.plan.pools[c.pool.index()].max_age = c.b.constant(100 * kMs);
    c.b.trace(c.op, {0, 60 * kMs, 110 * kMs + late});
    KernelRun run(c.b, kSecond);
    EXPECT_EQ(run.latency(1), 12 * kMs);
    EXPECT_EQ(run.latency(2), (late == 0 ? 12 : 22) * kMs);
  }
}

// The peer was killed and came back between the two requests: its old connections are dead.
TEST(Connections, a_kill_of_the_peer_makes_its_connections_stale) {
  Connected c(Connected::sized(2));
  c.b.trace(c.op, {0, 100 * kMs});
  const auto kill = c.b.fault("kill", 40 * kMs, 50 * kMs);
  c.b.hold(kill, Knob::kInstanceDown, c.b.plan.components[c.db.index()].first_instance);
  c.b.impulse(kill, plan::Impulse::kReset, c.b.plan.components[c.db.index()].first_instance);
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.latency(1), 22 * kMs);
  EXPECT_EQ(run.pool(c.pool).closed, 1U);
}

// Two connections made together (0..22). The newest idle one goes first; with nothing else the pool keeps both.
TEST(Connections, peak_load_opens_as_many_as_the_pool_holds) {
  Connected c(Connected::sized(2));
  c.b.trace(c.op, {0, 0, 0, 100 * kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.latency(0), 22 * kMs);
  EXPECT_EQ(run.latency(1), 22 * kMs);
  EXPECT_EQ(run.latency(2), 34 * kMs);
  EXPECT_EQ(run.latency(3), 12 * kMs);
  EXPECT_EQ(run.pool(c.pool).idle, 2U);
}

// New connections are held from 50 to 150 ms. At 60 one idle connection serves in 12 ms; a second request at 60 must set one up,
// which leaves at 150: 150 + 10 + 12 = 172.
TEST(Connections, a_block_of_new_connections_spares_live_ones) {
  Connected c(Connected::sized(2));
  c.b.trace(c.op, {0, 60 * kMs, 60 * kMs});
  c.b.hold(c.b.fault("firewall", 50 * kMs, 150 * kMs), Knob::kPathBlockedNew, c.b.path(c.home, c.away));
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.at(1).decided_ns, 72 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 172 * kMs);
}

// The handshake is bounded by the call's timeout: held at a cut, the first fails at 30 ms; its place is free again, and the request
// at 40 ms, after the repair at 35, sets up a connection of its own.
TEST(Connections, a_failed_setup_frees_the_place) {
  plan::CallSite policy;
  policy.timeout_ns = 30 * kMs;
  Connected c(Connected::sized(1), policy);
  c.b.trace(c.op, {0, 40 * kMs});
  c.b.hold(c.b.fault("cut", 0, 35 * kMs), Knob::kPathBlocked, c.b.path(c.home, c.away));
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, c.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 62 * kMs);
  EXPECT_EQ(run.pool(c.pool).established, 1U);
}

// The peer is down: the setup is refused (10 ms), and a waiter gets the free place.
TEST(Connections, a_refused_setup_passes_the_place_on) {
  Connected c(Connected::sized(1));
  c.b.trace(c.op, {0, kMs});
  c.b.hold(c.b.fault("down", 0, 8 * kMs), Knob::kInstanceDown,
           c.b.plan.components[c.db.index()].first_instance);
  KernelRun run(c.b, kSecond);
  // Delivered at 5 to a dead peer, told at 10; the waiter's setup 10..20, call 20..32.
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kRefused, c.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 32 * kMs);
}

// The call has 11 ms, the setup takes 10 of them: it ends at 11, the connection is closed, the next request sets up a new one.
TEST(Connections, a_call_that_timed_out_breaks_its_connection) {
  plan::CallSite policy;
  policy.timeout_ns = 11 * kMs;
  Connected c(Connected::sized(1), policy);
  c.b.trace(c.op, {0, 100 * kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, c.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 11 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 111 * kMs);
  EXPECT_EQ(run.pool(c.pool).established, 2U);
  EXPECT_EQ(run.pool(c.pool).closed, 2U);
  EXPECT_EQ(run.pool(c.pool).idle, 0U);
}

// The attempt, sent at 10, is told at 20 that the db failed. The call's 30 ms end in the backoff: nothing is out on the
// connection, and the next request finds it warm.
TEST(Connections, a_timeout_during_a_backoff_leaves_the_connection) {
  Connected c(Connected::sized(1));
  plan::CallSite& policy = c.b.site(c.site);
  policy.timeout_ns = 30 * kMs;
  policy.retries.attempts = 1;
  policy.retries.on = plan::kOnError;
  policy.retries.backoff = c.b.constant(50 * kMs);
  c.b.hold(c.b.fault("broken", 0, 50 * kMs), Knob::kGateProbability, c.gate.value, 1.0);
  c.b.trace(c.op, {0, 100 * kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, c.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 30 * kMs);
  EXPECT_EQ(run.latency(1), 12 * kMs);
  EXPECT_EQ(run.pool(c.pool).established, 1U);
}

// Two replicas in turn: request 0 connects to replica 0, request 1 (at the same time) to replica 1. The call goes where the
// connection goes: each replica works on one.
TEST(Connections, the_call_goes_to_the_peer_of_the_connection) {
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  Connected c(Connected::sized(2), policy, 2);
  c.b.trace(c.op, {0, 0, 100 * kMs});
  const auto kill = c.b.fault("down", 11 * kMs);
  // Replica 1 is killed at 11: its connection had been established at 10, the call to it was on its way and is refused at 15.
  const std::uint32_t second = c.b.plan.components[c.db.index()].first_instance + 1;
  c.b.hold(kill, Knob::kInstanceDown, second);
  c.b.impulse(kill, plan::Impulse::kReset, second);
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 22 * kMs);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kRefused, c.db.value));
  EXPECT_EQ(run.at(1).decided_ns, 20 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 112 * kMs);
}

// Two replicas in turn, one request at a time: the second finds the idle connection of the first and sets up its own (10 ms more),
// for it goes to the other replica. From then on each has one.
TEST(Connections, an_idle_connection_serves_its_own_peer_alone) {
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  Connected c(Connected::sized(2), policy, 2);
  c.b.trace(c.op, {0, 100 * kMs, 200 * kMs, 300 * kMs});
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 22 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 122 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 212 * kMs);
  EXPECT_EQ(run.at(3).decided_ns, 312 * kMs);
}

// The app is killed at 6 ms in the middle of the handshake (0..10): the half-made connection is no connection, and the request at 20
// sets up its own.
TEST(Connections, a_half_made_connection_is_never_used) {
  Connected c(Connected::sized(1));
  c.b.trace(c.op, {0, 20 * kMs});
  c.b.impulse(c.b.fault("kill", 6 * kMs), plan::Impulse::kReset,
              c.b.plan.components[c.app.index()].first_instance);
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.cause(0).reason(), Reason::kReset);
  EXPECT_EQ(run.latency(1), 22 * kMs);
  EXPECT_EQ(run.pool(c.pool).established, 1U);
  EXPECT_EQ(run.pool(c.pool).closed, 1U);
}

// Two pools: the call over the first connection times out (ignored), the second one is fine. Only the first is closed at the end.
TEST(Connections, only_the_connection_of_the_failed_call_breaks) {
  plan::CallSite policy;
  policy.timeout_ns = 11 * kMs;
  policy.on_failure = plan::OnFailure::kIgnore;
  Connected c(Connected::sized(1), policy);
  plan::Pool proto = Connected::sized(1);
  proto.connections = true;
  const auto other_pool = c.b.pool(c.app, proto);
  plan::CallSite good = c.b.site(c.site);
  good.timeout_ns = kNever;
  good.connection_pool = other_pool;
  const auto other = c.b.call("app>db#2", c.db, good.program, c.app, good);
  const auto serve = c.b.program("app/both", c.app)
                         .hop_in()
                         .connect(c.pool, c.site)
                         .connect(other_pool, other)
                         .call(c.site)
                         .call(other)
                         .release(other_pool)
                         .release(c.pool)
                         .reply();
  c.b.trace(c.b.operation("both", c.b.program("both").call(c.b.call("both>app", c.app, serve)).end(), c.home),
            {0});
  KernelRun run(c.b, kSecond);
  // 11 until the timeout of the first call, 10 to connect and 12 for the good one.
  EXPECT_EQ(run.latency(0), 33 * kMs);
  EXPECT_EQ(run.pool(c.pool).idle, 0U);
  EXPECT_EQ(run.pool(c.pool).closed, 1U);
  EXPECT_EQ(run.pool(other_pool).idle, 1U);
}

// A connection to the primary belongs to a writer epoch: after a change of leader it is stale.
TEST(Connections, a_change_of_leader_makes_connections_to_the_primary_stale) {
  plan::CallSite policy;
  policy.balance = plan::Balance::kPrimary;
  Connected c(Connected::sized(1), policy);
  const auto standby = c.b.location("standby");
  c.b.link(c.home, standby, 7 * kMs);
  c.b.plan.instances.push_back({c.db, 1, standby, 1.0, random::hash_name("db#1")});
  c.b.plan.components[c.db.index()].replicas = 2;
  c.b.plan.gates.push_back(c.b.plan.gates[c.gate.index()]);  // one for each replica
  plan::Log proto;
  proto.leader_location = c.away;
  proto.followers = {standby};
  const auto log = c.b.log(c.db, proto);
  c.b.trace(c.op, {0, 100 * kMs, 200 * kMs});
  c.b.impulse(c.b.fault("failover", 150 * kMs), plan::Impulse::kLead, log.value, standby.value);
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.latency(0), 22 * kMs);
  EXPECT_EQ(run.latency(1), 12 * kMs);
  // 14 to connect, 7 + 2 + 7 for the call.
  EXPECT_EQ(run.latency(2), 30 * kMs);
  EXPECT_EQ(run.pool(c.pool).closed, 1U);
}

// The balancer chooses, then the connection: one after another they go to 0, 1, 2, 0, 1, 2 of three replicas, of which the first
// three must be connected to; the newest idle connection never leads them to the same replica.
TEST(Connections, the_replica_is_chosen_before_the_connection) {
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  Connected c(Connected::sized(10), policy, 3);
  c.b.deterministic(c.op, 100 * kMs, 6);
  KernelRun run(c.b, kSecond);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(run.latency(i), (i < 3 ? 22 : 12) * kMs) << i;
  EXPECT_EQ(run.pool(c.pool).established, 3U);
  EXPECT_EQ(run.pool(c.pool).idle, 3U);
}

// Two of three replicas are cut off: exactly the calls whose turn is theirs fail, 4 of 6, whatever connections are idle.
TEST(Connections, a_cut_fails_the_share_of_the_replicas_behind_it) {
  PlanBuilder b;
  const auto home = b.location("home");
  const auto away = b.location("away");
  b.link(home, away, kMs);
  const auto app = b.component("app", home);
  const auto db = b.component("db", {home, away, away});
  plan::Pool proto = Connected::sized(10);
  proto.connections = true;
  proto.preconnected = true;
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  policy.timeout_ns = 20 * kMs;
  policy.connection_pool = b.pool(app, proto);
  const auto site = b.call("app>db", db, b.program("db/work", db).hop_in().reply(), app, policy);
  const auto serve = b.program("app/serve", app)
                         .hop_in()
                         .connect(policy.connection_pool, site)
                         .call(site)
                         .release(policy.connection_pool)
                         .reply();
  b.deterministic(b.operation("issue", b.program("issue").call(b.call("issue>app", app, serve)).end(), home),
                  100 * kMs, 6);
  b.hold(b.fault("cut", 0), Knob::kPathBlocked, b.path(home, away));
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.counts().failed, 4U);
  EXPECT_EQ(run.counts().succeeded, 2U);
}

// A pool of one: every change of replica closes the idle connection to the other one.
TEST(Connections, in_a_full_pool_the_longest_unused_connection_makes_room) {
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  Connected c(Connected::sized(1), policy, 2);
  c.b.deterministic(c.op, 100 * kMs, 3);
  KernelRun run(c.b, kSecond);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(run.latency(i), 22 * kMs) << i;
  EXPECT_EQ(run.pool(c.pool).established, 3U);
  EXPECT_EQ(run.pool(c.pool).closed, 2U);
}

// Replica 0 is down: its connection is refused at 10 ms, which is a failed attempt. The retry connects to replica 1: 10 + 22.
TEST(Connections, a_retry_connects_to_another_replica) {
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  policy.retries.attempts = 1;
  policy.retries.on = plan::kOnReset;
  Connected c(Connected::sized(1), policy, 2);
  c.b.hold(c.b.fault("down", 0), Knob::kInstanceDown, c.b.plan.components[c.db.index()].first_instance);
  c.b.trace(c.op, {0});
  KernelRun run(c.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.latency(0), 32 * kMs);
  EXPECT_EQ(run.first_cause(0), plan::Cause(Reason::kRefused, c.db.value));
  EXPECT_EQ(run.pool(c.pool).established, 1U);
  EXPECT_EQ(run.pool(c.pool).closed, 1U);
}

// 200 connections of one instant. At 500 ms all 200 are wanted at once: with one age of 400 ms all are too old; with ages uniform
// in 0 to 1 s about half are: standard deviation sqrt(200) / 2 = 7.1, bound 36: false alarm 4e-7.
TEST(Connections, ages_drawn_by_a_law_do_not_end_together) {
  for (const bool one_age : {true, false}) {
    plan::Pool proto = Connected::sized(200);
    proto.preconnected = true;
    Connected c(proto);
    plan::Pool& pool = c.b.plan.pools[c.pool.index()];
    pool.max_age = one_age ? c.b.constant(400 * kMs) : c.b.law(random::Law::uniform(0.0, 1.0));
    pool.age_key = random::purpose_of("app", "age");
    c.b.trace(c.op, std::vector<Nanos>(200, 500 * kMs));
    KernelRun run(c.b, kSecond);
    const auto established = static_cast<double>(run.pool(c.pool).established);
    if (one_age) {
      EXPECT_EQ(established, 200.0);
    } else {
      EXPECT_NEAR(established, 100.0, 36.0);
    }
  }
}

// Nobody to connect to: both replicas are out of balancing.
TEST(Connections, without_a_replica_in_balancing_nothing_is_set_up) {
  Connected c(Connected::sized(1));
  c.b.trace(c.op, {0, kMs});
  c.b.hold(c.b.fault("drain", 0), Knob::kInstanceOut, c.b.plan.components[c.db.index()].first_instance);
  KernelRun run(c.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kNoReplica, c.db.value));
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kNoReplica, c.db.value));
  EXPECT_EQ(run.pool(c.pool).held, 0U);
}

}  // namespace
}  // namespace twinvoice::testing
