// Runs that do not start empty, who goes when a queue with classes is full, and kills of what stands still.
#include <gtest/gtest.h>

#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Reason;

struct Desk {
  PlanBuilder b;
  plan::LocationId here = b.location("a");
  plan::ComponentId db = b.component("db", here);

  plan::OperationId visits(const std::string& name, plan::StationId station, std::uint8_t priority = 0) {
    const auto work = b.program("db/" + name, db).hop_in().serve(station, b.constant(10 * kMs)).reply();
    return b.operation(name, b.program(name).call(b.call(name + ">db", db, work)).end(), here, priority);
  }
};

// Three jobs of 10 ms stand at one server; the request that comes at 5 ms starts at 30 and ends at 40.
TEST(RefereeInitial, jobs_at_the_start_are_served_first) {
  Desk d;
  const auto station = d.b.station(d.db, 1);
  d.b.plan.initial.jobs.push_back({station, 3, d.b.constant(10 * kMs), 7});
  d.b.trace(d.visits("issue", station), {5 * kMs});
  const auto r = judge(d.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 40 * kMs);
  EXPECT_EQ(r.arrived, 1U);
  EXPECT_EQ(r.stations[0].completions, 4U);
}

// One of two tokens is gone for good: two requests of 10 ms follow each other.
TEST(RefereeInitial, tokens_held_at_the_start_never_come_back) {
  Desk d;
  const auto pool = d.b.pool(d.db, 2);
  d.b.plan.initial.tokens.push_back({pool, 1});
  const auto work = d.b.program("db/work", d.db).hop_in().acquire(pool).delay(d.b.constant(10 * kMs)).reply();
  d.b.trace(OneCall(d.b, d.here, d.db, work).operation, {0, 0});
  const auto r = judge(d.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 10 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 20 * kMs);
}

// One server, one place, taken by class 1 at 1 ms: class 2 finds no place, class 0 pushes it out.
TEST(RefereeInitial, nobody_goes_for_one_who_is_less_urgent) {
  for (const std::uint8_t newcomer : {std::uint8_t{2}, std::uint8_t{0}}) {
    Desk d;
    const auto station = d.b.station(d.db, 1, 1, plan::Discipline::kPriority, plan::OnFull::kDropOldest);
    d.b.trace(d.visits("usual", station, 1), {0, 1 * kMs});
    d.b.trace(d.visits("newcomer", station, newcomer), {2 * kMs});
    const auto r = judge(d.b, kSecond);
    EXPECT_EQ(cause_of(r.requests[2]).reason(), newcomer == 2 ? Reason::kQueueFull : Reason::kNone);
    EXPECT_EQ(cause_of(r.requests[1]).reason(), newcomer == 2 ? Reason::kNone : Reason::kQueueDropped);
  }
}

// Nobody waits where there are no places: the newcomer is turned away.
TEST(RefereeInitial, without_places_there_is_nobody_to_drop) {
  Desk d;
  const auto station = d.b.station(d.db, 1, 0, plan::Discipline::kFifo, plan::OnFull::kDropOldest);
  d.b.trace(d.visits("issue", station), {0, 1 * kMs});
  const auto r = judge(d.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[1]), plan::Cause(Reason::kQueueFull, d.db.value));
}

// A gate that stands for the component's own errors names the component.
TEST(RefereeInitial, a_gate_may_stand_for_the_components_own_error) {
  Desk d;
  plan::Gate gate;
  gate.probability = 1.0;
  gate.reason = Reason::kError;
  const auto work = d.b.program("db/work", d.db).hop_in().gate(d.b.gate(d.db, gate)).reply();
  d.b.trace(OneCall(d.b, d.here, d.db, work).operation, {0});
  EXPECT_EQ(cause_of(judge(d.b, kSecond).requests[0]), plan::Cause(Reason::kError, d.db.value));
}

// Paused from 10 to 60 ms and killed at 15: what was in service since 5 and what arrived at 12 are reset at 15.
TEST(RefereeInitial, a_kill_reaches_what_stands_still) {
  Desk d;
  const auto station = d.b.station(d.db, 1);
  d.b.trace(d.visits("issue", station), {5 * kMs, 12 * kMs});
  d.b.hold(d.b.fault("pause", 10 * kMs, 60 * kMs), plan::Knob::kInstancePaused, 0);
  d.b.impulse(d.b.fault("kill", 15 * kMs), plan::Impulse::kReset, 0);
  const auto r = judge(d.b, kSecond);
  for (const auto& request : r.requests) {
    EXPECT_EQ(cause_of(request), plan::Cause(Reason::kReset, d.db.value));
    EXPECT_EQ(request.decided_ns, 15 * kMs);
  }
}

}  // namespace
}  // namespace twinvoice::testing
