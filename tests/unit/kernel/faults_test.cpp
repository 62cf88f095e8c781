// Turns on running work by hand: what they change, what they leave alone, and that each takes its own effect away.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// One server, jobs of 100 ms.
struct Desk : Shop {
  plan::StationId station;
  explicit Desk(std::vector<Nanos> times_ns, std::uint32_t servers = 1, Nanos demand_ns = 100 * kMs)
      : station(b.station(db, servers)) {
    b.trace(visits("issue", station, b.constant(demand_ns)), std::move(times_ns));
  }
  void speed(const std::string& name, double factor, Nanos from_ns, Nanos until_ns = kNever) {
    b.hold(b.fault(name, from_ns, until_ns), Knob::kStationSpeed, station.value, factor);
  }
  void servers(const std::string& name, Knob knob, double value, Nanos from_ns, Nanos until_ns = kNever) {
    b.hold(b.fault(name, from_ns, until_ns), knob, station.value, value);
  }
};

// Full speed 0..40 (40 done), 1/2 in 40..80 (20 done), full again: 40 left, ends at 120.
TEST(Faults, a_change_of_speed_acts_on_the_remaining_demand) {
  Desk d({0});
  d.speed("slow", 0.5, 40 * kMs, 80 * kMs);
  KernelRun run(d.b, 10 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 120 * kMs);
}

// 1/2 in 20..60 and 1/4 in 40..80: speeds 1, 1/2, 1/8, 1/4, 1 in stretches of 20 ms: done 20 + 10 + 2.5 + 5 = 37.5 at 80; 62.5 left:
// 142.5. The end of the first does not undo the second.
TEST(Faults, overlapping_factors_multiply_and_leave_one_by_one) {
  Desk d({0});
  d.speed("half", 0.5, 20 * kMs, 60 * kMs);
  d.speed("quarter", 0.25, 40 * kMs, 80 * kMs);
  KernelRun run(d.b, 10 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 142'500'000);
}

// Speed 1/3 from the start: 100 ms of demand take 300 ms. Speed 0 in 30..50 stops the clock for 20 ms: 320.
TEST(Faults, a_stop_keeps_the_remaining_demand) {
  Desk d({0});
  d.speed("third", 1.0 / 3.0, 0);
  d.speed("stop", 0.0, 30 * kMs, 50 * kMs);
  KernelRun run(d.b, 10 * kSecond);
  EXPECT_NEAR(static_cast<double>(run.at(0).decided_ns), 320e6, 2.0);
}

// A hundred changes between 1 and 1/2 every ms: the rounding of each is at most half a nanosecond of demand.
TEST(Faults, many_changes_of_speed_do_not_drift) {
  Desk d({0});
  for (Nanos k = 0; k < 50; ++k) d.speed("pulse" + std::to_string(k), 0.5, 2 * k * kMs, (2 * k + 1) * kMs);
  KernelRun run(d.b, 10 * kSecond);
  // In 100 ms 50 at half speed: 75 done, 25 left: 125 ms.
  EXPECT_NEAR(static_cast<double>(run.at(0).decided_ns), 125e6, 100.0);
}

// Two servers at work when one is taken away at 50: both end at 100; of the two that wait, one is served at a time.
TEST(Faults, fewer_servers_let_work_in_service_end) {
  Desk d({0, 0, 0, 0}, 2);
  d.servers("loss", Knob::kStationCap, 1.0, 50 * kMs);
  KernelRun run(d.b, 10 * kSecond);
  EXPECT_EQ(run.at(1).decided_ns, 100 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 200 * kMs);
  EXPECT_EQ(run.at(3).decided_ns, 300 * kMs);
}

// Four servers x 0.5 x 0.75 = 1.5, rounded down to 1 during 0..50, then 4 x 0.75 = 3 until 250. Four jobs of 100 at 0: one 0..100, and
// from 50 two more 50..150; the last gets the server freed at 100: 200.
TEST(Faults, factors_on_servers_multiply_and_round_down) {
  Desk d({kMs, kMs, kMs, kMs}, 4);
  d.servers("a", Knob::kStationServers, 0.5, 0, 50 * kMs);
  d.servers("b", Knob::kStationServers, 0.75, 0, 250 * kMs);
  KernelRun run(d.b, 10 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 101 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 150 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 150 * kMs);
  EXPECT_EQ(run.at(3).decided_ns, 201 * kMs);
}

// The smaller of two caps holds: 3 servers, caps 0 (0..20) and 2 (0..60). Nothing starts before 20.
TEST(Faults, the_smallest_cap_holds) {
  Desk d({kMs, kMs, kMs}, 3);
  d.servers("none", Knob::kStationCap, 0.0, 0, 20 * kMs);
  d.servers("two", Knob::kStationCap, 2.0, 0, 60 * kMs);
  KernelRun run(d.b, 10 * kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 120 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 120 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 160 * kMs);
}

// A kill at 50 ms resets what is in service and what waits; what comes at 60 finds the server free.
TEST(Faults, a_kill_resets_everything_on_the_instance) {
  Desk d({0, 10 * kMs, 60 * kMs});
  d.b.impulse(d.b.fault("kill", 50 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(d.b, 10 * kSecond);
  const plan::Cause reset(Reason::kReset, d.db.value);
  EXPECT_EQ(run.cause(0), reset);
  EXPECT_EQ(run.cause(1), reset);
  EXPECT_EQ(run.at(1).decided_ns, 50 * kMs);
  EXPECT_EQ(run.at(2).decided_ns, 160 * kMs);
}

// Over a link of 5 ms: killed and down at 20..30. In service (sent 0, served 5..105): reset, told at 25. Request in transit (sent 17,
// arrives 22): refused, told at 27. Reply in transit (sent 0 for 12 ms of work, left at 17): arrives at 22 untouched.
TEST(Faults, a_kill_spares_messages_under_way) {
  PlanBuilder b;
  const auto home = b.location("home"), away = b.location("away");
  b.link(home, away, 5 * kMs);
  const auto db = b.component("db", away);
  const auto add = [&](const std::string& name, Nanos at_ns, Nanos work_ns) {
    const auto site =
        b.call(name + ">db", db, b.program(name, db).hop_in().delay(b.constant(work_ns)).reply());
    b.trace(b.operation(name, b.program(name + " root").call(site).end(), home), {at_ns});
  };
  add("long", 0, 100 * kMs);
  add("coming", 17 * kMs, kMs);
  add("leaving", 0, 12 * kMs);
  const auto kill = b.fault("kill", 20 * kMs, 30 * kMs);
  b.hold(kill, Knob::kInstanceDown, 0);
  b.impulse(kill, plan::Impulse::kReset, 0);
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kReset, db.value));
  EXPECT_EQ(run.at(0).decided_ns, 25 * kMs);
  EXPECT_EQ(run.cause(1), plan::Cause(Reason::kRefused, db.value));
  EXPECT_EQ(run.at(1).decided_ns, 27 * kMs);
  EXPECT_TRUE(run.at(2).succeeded);
  EXPECT_EQ(run.at(2).decided_ns, 22 * kMs);
}

// The way back is cut when the work ends at 6; the machine that holds the answer dies at 10: what is sent at 30 is a failure.
TEST(Faults, an_answer_held_by_a_machine_that_dies_becomes_a_failure) {
  PlanBuilder b;
  const auto home = b.location("home"), away = b.location("away");
  b.link(home, away, 5 * kMs);
  const auto db = b.component("db", away);
  const auto site = b.call("issue>db", db, b.program("work", db).hop_in().delay(b.constant(kMs)).reply());
  b.trace(b.operation("issue", b.program("issue").call(site).end(), home), {0});
  b.hold(b.fault("cut", 0, 30 * kMs), Knob::kPathBlocked, b.path(away, home));
  b.impulse(b.fault("kill", 10 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kReset, db.value));
  EXPECT_EQ(run.at(0).decided_ns, 35 * kMs);
}

// Two faults keep the instance down, 0..20 and 10..40: it refuses at 15 and at 30, and answers at 40.
TEST(Faults, an_instance_is_up_when_the_last_of_its_faults_has_gone) {
  Desk d({15 * kMs, 30 * kMs, 40 * kMs}, 1, kMs);
  d.b.hold(d.b.fault("a", 0, 20 * kMs), Knob::kInstanceDown, 0);
  d.b.hold(d.b.fault("b", 10 * kMs, 40 * kMs), Knob::kInstanceDown, 0);
  KernelRun run(d.b, kSecond);
  EXPECT_EQ(run.cause(0).reason(), Reason::kRefused);
  EXPECT_EQ(run.cause(1).reason(), Reason::kRefused);
  EXPECT_TRUE(run.at(2).succeeded);
}

// Gate probability: the largest of base 0, 1 (0..20) and 0.0 (10..40) counts.
TEST(Faults, the_largest_gate_probability_holds) {
  Shop shop;
  plan::Gate open;
  const auto gate = shop.b.gate(shop.db, open);
  shop.b.trace(shop.calls("issue", shop.db, shop.b.program("w", shop.db).hop_in().gate(gate).reply()),
               {15 * kMs, 30 * kMs});
  shop.b.hold(shop.b.fault("a", 0, 20 * kMs), Knob::kGateProbability, gate.value, 1.0);
  shop.b.hold(shop.b.fault("b", 10 * kMs, 40 * kMs), Knob::kGateProbability, gate.value, 0.0);
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kGate, gate.value));
  EXPECT_TRUE(run.at(1).succeeded);
}

// A token bucket of 2 refilled at 100/s: of five at 0 two pass; at 10 ms one token is there again, at 15 only a half.
TEST(Faults, a_rate_limit_lets_its_burst_and_its_rate_through) {
  Shop shop;
  plan::Gate limit;
  limit.kind = plan::GateKind::kRateLimit;
  limit.rate_per_s = 100.0;
  limit.burst = 2.0;
  const auto gate = shop.b.gate(shop.db, limit);
  shop.b.trace(shop.calls("issue", shop.db, shop.b.program("w", shop.db).hop_in().gate(gate).reply()),
               {0, 0, 0, 10 * kMs, 15 * kMs, 20 * kMs, 100 * kMs, 100 * kMs, 100 * kMs});
  KernelRun run(shop.b, kSecond);
  std::string passed;
  for (std::size_t i = 0; i < 9; ++i) passed += run.at(i).succeeded ? 'p' : '-';
  EXPECT_EQ(passed, "pp-p-ppp-");
}

// kSiteWeight 0 at a location takes its replicas out of balancing; 0.5 x 0 stays 0 until the zero goes.
TEST(Faults, site_weights_multiply) {
  PlanBuilder b;
  const auto here = b.location("a"), there = b.location("b");
  b.link(here, there, kMs);
  const auto db = b.component("db", {here, there});
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  const auto station = b.station(db, 1);
  const auto site =
      b.call("issue>db", db, b.program("w", db).hop_in().serve(station, b.constant(kMs)).reply(), {}, policy);
  b.deterministic(b.operation("issue", b.program("issue").call(site).end(), here), 10 * kMs, 30);
  const std::uint32_t pair = db.value * 2 + there.value;
  b.hold(b.fault("half", 0, 250 * kMs), Knob::kSiteWeight, pair, 0.5);
  b.hold(b.fault("drain", 100 * kMs, 200 * kMs), Knob::kSiteWeight, pair, 0.0);
  KernelRun run(b, kSecond);
  // 0..90: five each; 100..190: ten to the first; 200..290: five each.
  EXPECT_EQ(run.station(station, 0).completions, 20U);
  EXPECT_EQ(run.station(station, 1).completions, 10U);
}

// A fault that never ends and one unknown effect's end: ending what never began changes nothing.
TEST(Faults, ending_an_effect_that_never_began_changes_nothing) {
  Desk d({0});
  KernelRun run(d.b, kSecond);
  run.until(10 * kMs);
  plan::Turn turn;
  turn.op = plan::TurnOp::kEnd;
  turn.knob = Knob::kStationSpeed;
  turn.target = d.station.value;
  turn.effect = 77;
  run.engine().apply(turn);
  run.engine().settle();
  EXPECT_EQ(run.at(0).decided_ns, 100 * kMs);
}

}  // namespace
}  // namespace twinvoice::testing
