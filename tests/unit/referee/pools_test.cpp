// Tokens and connections, worked out by hand.
#include <gtest/gtest.h>

#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Cause;
using plan::Reason;

/// A component whose program holds one of its threads for 10 ms.
struct Threads {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here);

  plan::OperationId work(plan::PoolId pool) {
    return OneCall(b, here, db,
                   b.program("db/work", db)
                       .hop_in()
                       .acquire(pool)
                       .delay(b.constant(10 * kMs))
                       .release(pool)
                       .reply())
        .operation;
  }
};

TEST(RefereePools, waiters_get_tokens_in_order) {
  Threads t;
  t.b.trace(t.work(t.b.pool(t.db, 1)), {0, 1 * kMs, 2 * kMs});
  const auto r = judge(t.b, kSecond);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(r.requests[i].decided_ns, static_cast<Nanos>(i + 1) * 10 * kMs);
}

// One waiting place and 5 ms of patience: the second gives up at 6, the third finds the queue full at 2.
TEST(RefereePools, waiting_is_bounded_in_places_and_time) {
  Threads t;
  t.b.trace(t.work(t.b.pool(t.db, 1, 1, t.b.constant(5 * kMs))), {0, 1 * kMs, 2 * kMs, 7 * kMs});
  const auto r = judge(t.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kPoolWait, t.db.value));
  EXPECT_EQ(r.requests[1].decided_ns, 6 * kMs);
  EXPECT_EQ(cause_of(r.requests[2]), Cause(Reason::kPoolFull, t.db.value));
  EXPECT_EQ(r.requests[2].decided_ns, 2 * kMs);
  EXPECT_EQ(r.requests[3].decided_ns, 20 * kMs);
}

// Cap 1 of 2 from 5 to 30 ms: the token that comes back at 10 is not handed on; the one of 11 is. At 30 both
// serve.
TEST(RefereePools, a_cap_never_revokes_and_acts_as_tokens_come_back) {
  Threads t;
  const auto pool = t.b.pool(t.db, 2);
  t.b.trace(t.work(pool), {0, 1 * kMs, 2 * kMs, 22 * kMs, 23 * kMs});
  t.b.hold(t.b.fault("cap", 5 * kMs, 30 * kMs), plan::Knob::kPoolCap, pool.value, 1.0);
  const auto r = judge(t.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 10 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 11 * kMs);
  EXPECT_EQ(r.requests[2].decided_ns, 21 * kMs);
  EXPECT_EQ(r.requests[3].decided_ns, 32 * kMs);
  EXPECT_EQ(r.requests[4].decided_ns, 40 * kMs);
}

// The caller times out at 5 ms; its orphan keeps the token until 10, so the next one ends at 20.
TEST(RefereePools, an_orphan_holds_its_token) {
  Threads t;
  const auto operation = t.work(t.b.pool(t.db, 1));
  t.b.plan.calls[0].timeout_ns = 19 * kMs;
  t.b.plan.calls[0].retries.per_try_timeout_ns = 5 * kMs;
  t.b.trace(operation, {0, 1 * kMs});
  const auto r = judge(t.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 5 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 6 * kMs);
  EXPECT_EQ(r.late, 2U);
  EXPECT_EQ(r.frames_ended, 4U);
}

// A reset gives tokens back and the next waiter, on the same instance, is reset too; a later request finds a
// free token.
TEST(RefereePools, a_failing_frame_gives_its_tokens_back) {
  Threads t;
  t.b.trace(t.work(t.b.pool(t.db, 1)), {0, 1 * kMs, 8 * kMs});
  t.b.impulse(t.b.fault("blip", 4 * kMs), plan::Impulse::kReset, 0);
  const auto r = judge(t.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kReset, t.db.value));
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kReset, t.db.value));
  EXPECT_EQ(r.requests[1].decided_ns, 4 * kMs);
  EXPECT_EQ(r.requests[2].decided_ns, 18 * kMs);
}

/// app calls db through a connection pool; establishing takes 1 ms there, 4 ms of work, 1 ms back.
struct Connections {
  PlanBuilder b;
  plan::LocationId here = b.location("a", 1 * kMs);
  plan::ComponentId app = b.component("app", here);
  plan::ComponentId db;
  plan::PoolId pool;
  plan::CallSiteId site;
  plan::OperationId operation;

  explicit Connections(plan::Pool proto, std::size_t replicas = 1) : db(b.component("db", here, replicas)) {
    proto.connections = true;
    pool = b.pool(app, proto);
    site = b.call("app>db", db, b.program("db/work", db).hop_in().delay(b.constant(10 * kMs)).reply(), app);
    b.site(site).establish = b.program("db/establish", db).hop_in().delay(b.constant(4 * kMs)).reply();
    b.site(site).connection_pool = pool;
    b.site(site).balance = plan::Balance::kRoundRobin;
    const auto run = b.program("app/issue", app).connect(pool, site).call(site).release(pool).end();
    operation = b.operation("issue", b.program("issue").call(b.call("issue>app", app, run)).end(), here);
  }
};

plan::Pool of_size(std::uint32_t size) {
  plan::Pool proto;
  proto.size = size;
  return proto;
}

// The first pays 6 ms to connect and 12 for the call; the second finds the connection; after 50 ms idle it
// has expired.
TEST(RefereePools, an_idle_connection_is_used_again_until_it_expires) {
  Connections c(of_size(2));
  c.b.plan.pools[c.pool.index()].idle_timeout = c.b.constant(50 * kMs);
  c.b.trace(c.operation, {0, 30 * kMs, 200 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(latency_of(r.requests[0]), 18 * kMs);
  EXPECT_EQ(latency_of(r.requests[1]), 12 * kMs);
  EXPECT_EQ(latency_of(r.requests[2]), 18 * kMs);
}

// One place: the second waits for the connection (18 ms) and takes it.
TEST(RefereePools, a_full_connection_pool_makes_callers_wait) {
  Connections c(of_size(1));
  c.b.trace(c.operation, {0, 1 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 18 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 30 * kMs);
}

// The peer is killed while the connection is idle: the next request connects anew, to the other replica in
// turn.
TEST(RefereePools, a_connection_to_a_killed_peer_is_stale) {
  Connections c(of_size(1), 2);
  const auto kill = c.b.fault("kill", 50 * kMs, kNever);
  c.b.hold(kill, plan::Knob::kInstanceDown, 1);
  c.b.impulse(kill, plan::Impulse::kReset, 1);
  c.b.trace(c.operation, {0, 100 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_TRUE(r.requests[0].succeeded);
  EXPECT_EQ(latency_of(r.requests[1]), 18 * kMs);
  EXPECT_TRUE(r.requests[1].succeeded);
}

// Establishing is bounded by the call's timeout; the place is free again for the next one.
TEST(RefereePools, a_failed_establishment_frees_its_place) {
  Connections c(of_size(1));
  c.b.site(c.site).timeout_ns = 19 * kMs;
  c.b.hold(c.b.fault("pause", 0, 20 * kMs), plan::Knob::kInstancePaused, 1);
  c.b.trace(c.operation, {0, 30 * kMs});
  const auto r = judge(c.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kTimeout, c.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 19 * kMs);
  EXPECT_EQ(latency_of(r.requests[1]), 18 * kMs);
}

TEST(RefereePools, a_preconnected_pool_needs_no_establishment) {
  plan::Pool proto = of_size(3);
  proto.preconnected = true;
  Connections c(proto);
  c.b.trace(c.operation, {0, 0, 0});
  const auto r = judge(c.b, kSecond);
  for (const auto& request : r.requests) EXPECT_EQ(latency_of(request), 12 * kMs);
}

}  // namespace
}  // namespace twinvoice::testing
