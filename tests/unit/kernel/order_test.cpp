// The same-time ladder: each adjacent pair of rungs by a case in which the wrong order gives another time or outcome.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;
using plan::Rung;

/// Clients 5 ms away from the db; the link can be cut.
struct Far {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link = b.link(home, away, 5 * kMs);
  plan::ComponentId db = b.component("db", away);
  plan::StationId station;
  explicit Far(std::uint32_t queue_places = plan::kUnlimited) : station(b.station(db, 1, queue_places)) {}

  void issue(std::vector<Nanos> times_ns, Nanos demand_ns) {
    const auto work = b.program("db/work", db).hop_in().serve(station, b.constant(demand_ns)).reply();
    const auto op = b.operation("issue", b.program("issue").call(b.call("issue>db", db, work)).end(), home);
    b.trace(op, std::move(times_ns));
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

// The first cut ends at 10 ms, when the second begins. Fault first: the way never opens in between, and the request sent at
// 6 ms leaves at 20, arrives at 25, is served until 26, answers at 31.
TEST(Order, a_fault_comes_before_a_repair) {
  Far far;
  far.issue({6 * kMs}, kMs);
  far.b.hold(far.b.fault("first", 5 * kMs, 10 * kMs), Knob::kPathBlocked, far.b.path(far.home, far.away));
  far.b.hold(far.b.fault("second", 10 * kMs, 20 * kMs), Knob::kPathBlocked, far.b.path(far.home, far.away));
  KernelRun run(far.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 31 * kMs);
}

// The cut ends at 10 ms, when a procedure blocks the way for good. Repair first: the request held since 6 ms leaves at 10 and
// is answered at 10 + 5 + 1 + 5 (the way back is another path).
TEST(Order, a_repair_comes_before_control) {
  Far far;
  far.issue({6 * kMs}, kMs);
  far.b.hold(far.b.fault("cut", 5 * kMs, 10 * kMs), Knob::kPathBlocked, far.b.path(far.home, far.away));
  far.control(10 * kMs, Knob::kPathBlocked, far.b.path(far.home, far.away));
  KernelRun run(far.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 21 * kMs);
}

// Sent at 5 ms, delivered at 10 ms, when a procedure takes the instance down: refused, told at 15 ms.
TEST(Order, control_comes_before_a_delivery) {
  Far far;
  far.issue({5 * kMs}, kMs);
  far.control(10 * kMs, Knob::kInstanceDown, 0);
  KernelRun run(far.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kRefused, far.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 15 * kMs);
}

// No waiting place. The first is served 5..10 ms; the second, sent at 5, is delivered at 10 and finds the server busy.
TEST(Order, a_delivery_comes_before_a_completion) {
  Far far(0);
  far.issue({0, 5 * kMs}, 5 * kMs);
  KernelRun run(far.b, kSecond);
  EXPECT_TRUE(run.at(0).succeeded);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kQueueFull, far.db.value));
  EXPECT_EQ(run.at(1).decided_ns, 15 * kMs);
}

// Service of 10 ms under a timeout of 10 ms succeeds; of 10 ms and 1 ns fails at 10 ms.
TEST(Order, a_completion_comes_before_a_timeout) {
  for (const Nanos demand : {10 * kMs, 10 * kMs + 1}) {
    Shop shop;
    shop.b.trace(shop.visits("issue", shop.b.station(shop.db, 1), shop.b.constant(demand)), {0});
    shop.policy().timeout_ns = 10 * kMs;
    KernelRun run(shop.b, kSecond);
    EXPECT_EQ(run.at(0).succeeded, demand == 10 * kMs);
    EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
  }
}

// One waiting place, patience 8 ms. The second waits from 2 to 10 ms and gives up at 10, when the third arrives: it takes the
// place and is served at 20..40.
TEST(Order, a_timeout_comes_before_an_arrival) {
  Shop shop;
  plan::Station proto;
  proto.queue_places = 1;
  proto.patience = shop.b.constant(8 * kMs);
  shop.b.trace(shop.visits("issue", shop.b.station(shop.db, proto), shop.b.constant(16 * kMs)),
               {0, 2 * kMs, 10 * kMs});
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kQueueWait, shop.db.value));
  EXPECT_EQ(run.at(1).decided_ns, 10 * kMs);
  EXPECT_TRUE(run.at(2).succeeded);
  EXPECT_EQ(run.at(2).decided_ns, 32 * kMs);
}

// No waiting place: an arrival at the instant of the completion finds the server free, one 1 ns earlier does not.
TEST(Order, an_arrival_at_the_completion_instant_finds_a_free_server) {
  Shop shop;
  shop.b.trace(shop.visits("issue", shop.b.station(shop.db, 1, 0), shop.b.constant(10 * kMs)),
               {0, 10 * kMs - 1, 10 * kMs});
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kQueueFull, shop.db.value));
  EXPECT_EQ(run.at(2).decided_ns, 20 * kMs);
}

// The bound (10 ms, probe) includes the arrival at 10 ms, the bound (10 ms, arrive) does not.
TEST(Order, an_arrival_comes_before_a_probe) {
  for (const auto before : {Rung::kArrive, Rung::kProbe}) {
    Shop shop;
    shop.b.trace(shop.visits("issue", shop.b.station(shop.db, 1), shop.b.constant(kMs)), {10 * kMs});
    KernelRun run(shop.b, kSecond);
    run.until(10 * kMs, before);
    EXPECT_EQ(run.sense(plan::SensorKind::kArrived, 0), before == Rung::kProbe ? 1.0 : 0.0);
  }
}

// A turn at rung fault acts before everything else of its instant, although the run began with it pending.
TEST(Order, a_bound_splits_an_instant_between_rungs) {
  Far far;
  far.issue({5 * kMs}, kMs);
  far.control(10 * kMs, Knob::kInstanceDown, 0);
  KernelRun run(far.b, kSecond);
  run.until(10 * kMs, Rung::kControl);
  EXPECT_EQ(run.sense(plan::SensorKind::kInstanceUp, 0, far.home), 1.0);
  run.until(10 * kMs, Rung::kDeliver);
  EXPECT_EQ(run.sense(plan::SensorKind::kInstanceUp, 0, far.home), 0.0);
  EXPECT_EQ(run.sense(plan::SensorKind::kFailed, 0), 0.0);
}

/// Two requests that end a delay of 10 ms, each at its component, at one instant, then queue for one server of 4 ms.
std::vector<Nanos> meet(std::uint32_t component_of_first, std::uint32_t component_of_second) {
  PlanBuilder b;
  const auto here = b.location("a");
  const plan::ComponentId tier[2] = {b.component("low", here), b.component("high", here)};
  const auto db = b.component("db", here);
  const auto station = b.station(db, 1);
  const auto work = b.program("db/work", db).hop_in().serve(station, b.constant(4 * kMs)).reply();
  std::uint32_t k = 0;
  for (const std::uint32_t which : {component_of_first, component_of_second}) {
    const std::string name = "op" + std::to_string(k++);
    const auto c = tier[which];
    const auto inner = b.call(name + ">db", db, work, c);
    const auto wait = b.program("wait/" + name, c).hop_in().delay(b.constant(10 * kMs)).call(inner).reply();
    b.trace(b.operation(name, b.program(name).call(b.call(name + ">tier", c, wait)).end(), here), {0});
  }
  KernelRun run(b, kSecond);
  return {run.at(0).decided_ns, run.at(1).decided_ns};
}

// Same component: request 0 is first. Different components: the lower component id is first, whatever the request.
TEST(Order, within_a_rung_the_component_decides_before_the_request) {
  EXPECT_EQ(meet(0, 0), (std::vector<Nanos>{14 * kMs, 18 * kMs}));
  EXPECT_EQ(meet(0, 1), (std::vector<Nanos>{14 * kMs, 18 * kMs}));
  EXPECT_EQ(meet(1, 0), (std::vector<Nanos>{18 * kMs, 14 * kMs}));
}

// The branch with the smallest hash is served first. The hashes are child_frame(frame, purpose of the fork, number); the frame is
// child_frame(root_frame(issue, 0), call, 0).
TEST(Order, the_smallest_hash_is_first) {
  for (const char* name : {"issue", "query", "batch", "report", "audit", "export"}) {
    Shop shop;
    PlanBuilder& b = shop.b;
    const auto station = b.station(shop.db, 1);
    const Nanos demand[] = {1 * kMs, 2 * kMs, 4 * kMs};
    std::vector<plan::ProgramId> branches;
    for (const Nanos d : demand) {
      branches.push_back(
          b.program("branch", shop.db).delay(b.constant(10 * kMs)).serve(station, b.constant(d)).end());
    }
    const auto work =
        b.program("db/fork", shop.db).hop_in().fork({branches[0], branches[1], branches[2]}).join(1).reply();
    b.trace(shop.calls(name, shop.db, work), {0});
    const random::Key frame = random::child_frame(random::root_frame(random::hash_name(name), 0),
                                                  random::hash_name(std::string(name) + ">db"), 0);
    const random::Key purpose = random::purpose_of("db", "fork");
    std::size_t first = 0;
    for (std::size_t i = 1; i < 3; ++i) {
      if (random::child_frame(frame, purpose, i) < random::child_frame(frame, purpose, first)) first = i;
    }
    KernelRun run(b, kSecond);
    EXPECT_EQ(run.at(0).decided_ns, 10 * kMs + demand[first]) << name;
  }
}

// Three branches of one request end a delay together; which is served first depends on their hashes alone, so the order is the
// same when the frames' slots are different (an earlier request has shuffled the free list).
TEST(Order, frames_of_one_request_are_ordered_by_their_hash) {
  const auto order = [](bool shuffled) {
    Shop shop;
    PlanBuilder& b = shop.b;
    const auto station = b.station(shop.db, 1);
    std::vector<plan::ProgramId> branches;
    for (const Nanos demand : {1 * kMs, 2 * kMs, 4 * kMs}) {
      branches.push_back(
          b.program("branch", shop.db).delay(b.constant(10 * kMs)).serve(station, b.constant(demand)).end());
    }
    const auto work =
        b.program("db/fork", shop.db).hop_in().fork({branches[0], branches[1], branches[2]}).join(1).reply();
    const auto op = shop.calls("issue", shop.db, work);
    b.trace(op, {kSecond});
    if (shuffled) {
      b.trace(b.operation("noise", b.plan.operations[op.index()].program, shop.here), {0, 1 * kMs, 3 * kMs});
    }
    KernelRun run(b, 2 * kSecond);
    return run.at(0).decided_ns;
  };
  EXPECT_EQ(order(false), order(true));
}

}  // namespace
}  // namespace twinvoice::testing
