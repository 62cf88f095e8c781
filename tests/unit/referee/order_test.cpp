// The same-time ladder in the referee: each adjacent pair of rungs by a case in which the wrong order gives another time or outcome.
// (Nothing in the referee happens at rung probe: sensors belong to the kernel.)
#include <gtest/gtest.h>

#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Cause;
using plan::Knob;
using plan::Reason;
using plan::Rung;

/// Clients 5 ms away from the db, which has one server.
struct FarStation {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link = b.link(home, away, 5 * kMs);
  plan::ComponentId db = b.component("db", away);
  plan::StationId station;
  explicit FarStation(std::uint32_t queue_places = plan::kUnlimited)
      : station(b.station(db, 1, queue_places)) {}

  void issue(std::vector<Nanos> times_ns, Nanos demand_ns) {
    const auto work = b.program("db/work", db).hop_in().serve(station, b.constant(demand_ns)).reply();
    b.trace(OneCall(b, home, db, work).operation, std::move(times_ns));
  }
  void cut(const std::string& name, Nanos from_ns, Nanos until_ns) {
    b.hold(b.fault(name, from_ns, until_ns), Knob::kPathBlocked, b.path(home, away));
  }
  /// Begins an effect at rung control, as a procedure does.
  void control(Nanos at_ns, Knob knob, std::uint32_t target) {
    plan::Turn turn;
    turn.at_ns = at_ns;
    turn.rung = Rung::kControl;
    turn.knob = knob;
    turn.target = target;
    turn.effect = plan::kProcedureEffects;
    turn.value = 1.0;
    b.plan.turns.push_back(turn);
  }
};

/// The db at the clients' own place, network for nothing.
struct Near {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here);

  [[nodiscard]] OneCall visits(plan::StationId station, Nanos demand_ns) {
    return {b, here, db, b.program("db/work", db).hop_in().serve(station, b.constant(demand_ns)).reply()};
  }
};

// The first cut ends at 10 ms, when the second begins: the way never opens in between. The request of 6 ms leaves at 20, is
// served from 25 to 26 and answered at 31.
TEST(RefereeOrder, a_fault_comes_before_a_repair) {
  FarStation far;
  far.issue({6 * kMs}, kMs);
  far.cut("first", 5 * kMs, 10 * kMs);
  far.cut("second", 10 * kMs, 20 * kMs);
  EXPECT_EQ(judge(far.b, kSecond).requests[0].decided_ns, 31 * kMs);
}

// The cut ends at 10 ms, when a procedure blocks the way for good: what was held leaves at 10, and is answered at 10 + 5 + 1 + 5.
TEST(RefereeOrder, a_repair_comes_before_control) {
  FarStation far;
  far.issue({6 * kMs}, kMs);
  far.cut("cut", 5 * kMs, 10 * kMs);
  far.control(10 * kMs, Knob::kPathBlocked, far.b.path(far.home, far.away));
  EXPECT_EQ(judge(far.b, kSecond).requests[0].decided_ns, 21 * kMs);
}

// Sent at 5 ms, delivered at 10, when a procedure takes the instance down: refused, told at 15.
TEST(RefereeOrder, control_comes_before_a_delivery) {
  FarStation far;
  far.issue({5 * kMs}, kMs);
  far.control(10 * kMs, Knob::kInstanceDown, 0);
  const auto r = judge(far.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kRefused, far.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 15 * kMs);
}

// No waiting place. The first is served 5..10 ms; the second, sent at 5, is delivered at 10 and finds the server busy.
TEST(RefereeOrder, a_delivery_comes_before_a_completion) {
  FarStation far(0);
  far.issue({0, 5 * kMs}, 5 * kMs);
  const auto r = judge(far.b, kSecond);
  EXPECT_TRUE(r.requests[0].succeeded);
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kQueueFull, far.db.value));
  EXPECT_EQ(r.requests[1].decided_ns, 15 * kMs);
}

// Service of 10 ms under a timeout of 10 ms succeeds; of 10 ms and 1 ns fails at 10 ms.
TEST(RefereeOrder, a_completion_comes_before_a_timeout) {
  for (const Nanos demand : {10 * kMs, 10 * kMs + 1}) {
    Near near;
    OneCall call = near.visits(near.b.station(near.db, 1), demand);
    call.policy().timeout_ns = 10 * kMs;
    near.b.trace(call.operation, {0});
    const auto r = judge(near.b, kSecond);
    EXPECT_EQ(r.requests[0].succeeded, demand == 10 * kMs);
    EXPECT_EQ(r.requests[0].decided_ns, 10 * kMs);
  }
}

// One waiting place, patience 8 ms. The second waits from 2 to 10 ms and gives up at 10, when the third arrives: it takes the
// place and is served at 16..32.
TEST(RefereeOrder, a_timeout_comes_before_an_arrival) {
  Near near;
  plan::Station proto;
  proto.queue_places = 1;
  proto.patience = near.b.constant(8 * kMs);
  near.b.trace(near.visits(near.b.station(near.db, proto), 16 * kMs).operation, {0, 2 * kMs, 10 * kMs});
  const auto r = judge(near.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kQueueWait, near.db.value));
  EXPECT_EQ(r.requests[1].decided_ns, 10 * kMs);
  EXPECT_TRUE(r.requests[2].succeeded);
  EXPECT_EQ(r.requests[2].decided_ns, 32 * kMs);
}

// No waiting place: an arrival at the instant of the completion finds the server free, one 1 ns earlier does not.
TEST(RefereeOrder, an_arrival_at_the_completion_instant_finds_a_free_server) {
  Near near;
  near.b.trace(near.visits(near.b.station(near.db, 1, 0), 10 * kMs).operation, {0, 10 * kMs - 1, 10 * kMs});
  const auto r = judge(near.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kQueueFull, near.db.value));
  EXPECT_EQ(r.requests[2].decided_ns, 20 * kMs);
}

// Half speed from 2 to 12 ms, half again from 4 to 8. Work done: 2 ms by 2, 3 by 4, 4 by 8, 6 by 12; the last 4 of 10 by 16.
TEST(RefereeOverlap, factors_multiply_and_leave_one_by_one) {
  Near near;
  const auto station = near.b.station(near.db, 1);
  near.b.trace(near.visits(station, 10 * kMs).operation, {0});
  near.b.hold(near.b.fault("long", 2 * kMs, 12 * kMs), Knob::kStationSpeed, station.value, 0.5);
  near.b.hold(near.b.fault("short", 4 * kMs, 8 * kMs), Knob::kStationSpeed, station.value, 0.5);
  EXPECT_EQ(judge(near.b, kSecond).requests[0].decided_ns, 16 * kMs);
}

// Three servers, a cap of 2 until 40 ms and of 1 from 5 to 25. Jobs of 10 ms: two at 0, at 10 one, at 20 one; at 25, the cap
// being 2 again, the last: 10, 10, 20, 30, 35.
TEST(RefereeOverlap, the_smallest_cap_holds) {
  Near near;
  const auto station = near.b.station(near.db, 3);
  near.b.trace(near.visits(station, 10 * kMs).operation, {0, 0, 0, 0, 0});
  near.b.hold(near.b.fault("wide", 0, 40 * kMs), Knob::kStationCap, station.value, 2.0);
  near.b.hold(near.b.fault("narrow", 5 * kMs, 25 * kMs), Knob::kStationCap, station.value, 1.0);
  const auto r = judge(near.b, kSecond);
  const std::vector<Nanos> ends{10 * kMs, 10 * kMs, 20 * kMs, 30 * kMs, 35 * kMs};
  for (std::size_t i = 0; i < ends.size(); ++i) EXPECT_EQ(r.requests[i].decided_ns, ends[i]) << i;
}

// 20 ms more until 40 and 7 ms more until 80. At 10: there 5 + 27 = 32, at 42; work until 43; back 5 + 7, at 55. At 50: 12 + 1 +
// 12. At 90: 5 + 1 + 5.
TEST(RefereeOverlap, latencies_sum_and_leave_one_by_one) {
  FarStation far;
  far.issue({10 * kMs, 50 * kMs, 90 * kMs}, kMs);
  far.b.hold(far.b.fault("a", 0, 40 * kMs), Knob::kLinkLatency, far.link.value, 20e6);
  far.b.hold(far.b.fault("b", 0, 80 * kMs), Knob::kLinkLatency, far.link.value, 7e6);
  const auto r = judge(far.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 55 * kMs);
  EXPECT_EQ(latency_of(r.requests[1]), 25 * kMs);
  EXPECT_EQ(latency_of(r.requests[2]), 11 * kMs);
}

// Down from 0 to 20 ms by one fault and from 10 to 30 by another: refused at 25, served from 31 on.
TEST(RefereeOverlap, an_instance_is_up_when_the_last_of_its_faults_has_gone) {
  Near near;
  near.b.trace(near.visits(near.b.station(near.db, 1), kMs).operation, {25 * kMs, 31 * kMs});
  near.b.hold(near.b.fault("first", 0, 20 * kMs), Knob::kInstanceDown, 0);
  near.b.hold(near.b.fault("second", 10 * kMs, 30 * kMs), Knob::kInstanceDown, 0);
  const auto r = judge(near.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kRefused, near.db.value));
  EXPECT_EQ(r.requests[1].decided_ns, 32 * kMs);
}

// Paused from 4 to 15 ms and from 10 to 25: a service of 10 ms from 0 has 6 left at 25.
TEST(RefereeOverlap, pauses_end_with_the_last) {
  Near near;
  near.b.trace(near.visits(near.b.station(near.db, 1), 10 * kMs).operation, {0});
  near.b.hold(near.b.fault("first", 4 * kMs, 15 * kMs), Knob::kInstancePaused, 0);
  near.b.hold(near.b.fault("second", 10 * kMs, 25 * kMs), Knob::kInstancePaused, 0);
  EXPECT_EQ(judge(near.b, kSecond).requests[0].decided_ns, 31 * kMs);
}

}  // namespace
}  // namespace twinvoice::testing
