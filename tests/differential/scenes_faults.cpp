// Instances that are killed, paused and break down by themselves, and effects that overlap.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// Three tiers under breakdowns of every kind, two crews for five machines and a link, with kills and pauses that overlap
/// them.
void breakdowns(Scene& s) {
  s.at_rate(90.0);
  auto& b = s.b;
  const auto west = b.location("west", 200'000);
  const auto east = b.location("east", 200'000);
  const auto wan = b.link(west, east, 2 * kMs);
  const auto app = b.component("app", {west, west, east});
  const auto store = b.component("store", {west, east, east});
  const auto cpu = b.station(app, 4);
  const auto disk = b.station(store, 2, 200);
  const auto shared = b.station(store, 3, plan::kUnlimited, plan::Discipline::kProcessorSharing);
  const auto threads = b.pool(app, 40, 200, s.ms(900));
  const auto read = b.program("store/read", store)
                        .hop_in()
                        .serve(disk, s.ms(10), "disk")
                        .delay(s.ms(3))
                        .serve(shared, s.ms(6), "cpu")
                        .reply();
  plan::CallSite policy;
  policy.timeout_ns = 600 * kMs;
  policy.balance = plan::Balance::kRoundRobin;
  policy.retries.attempts = 2;
  policy.retries.per_try_timeout_ns = 250 * kMs;
  policy.retries.backoff = s.ms(20);
  policy.retries.on = plan::kOnTimeout | plan::kOnReset | plan::kOnRejected;
  const auto reads = b.call("app>store", store, read, app, policy);
  const auto part = b.program("app/part", app).serve(cpu, s.ms(4), "part").end();
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .acquire(threads)
                        .serve(cpu, s.ms(8), "before")
                        .fork({part, part}, "parts")
                        .call(reads)
                        .join(2)
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRoundRobin;
  entry.timeout_ns = 1'500 * kMs;
  b.poisson(s.operation("issue", west, b.call("issue>app", app, work, {}, entry)), 90.0);
  b.plan.initial.jobs.push_back(
      {plan::StationId(disk.value + 1), 6, s.ms(40), random::purpose_of("store", "initial")});

  b.plan.crews.push_back({"night shift", 2});
  const auto life = [&](std::uint32_t target, bool is_link, plan::Life::InService in_service, bool crew) {
    plan::Life l;
    l.is_link = is_link;
    l.target = target;
    l.fails = s.ms(9'000);
    l.repairs = s.ms(350);
    l.in_service = in_service;
    if (crew) l.crew = 0;
    l.name_key = random::mix(random::hash_name(is_link ? "link" : "instance"), target);
    b.plan.lives.push_back(l);
  };
  using enum plan::Life::InService;
  life(s.instance(app, 0), false, kResume, true);
  life(s.instance(app, 2), false, kLose, true);
  life(s.instance(store, 0), false, kRestart, true);
  life(s.instance(store, 1), false, kResume, true);
  life(s.instance(store, 2), false, kLose, false);
  life(wan.value, true, kResume, true);
  // What fails together: two replicas that stand still, one that loses its work, and the line between them.
  life(s.instance(app, 1), false, kResume, true);
  plan::Life& common = b.plan.lives.back();
  common.name_key = random::hash_name("shares/rack");
  common.with = {{false, s.instance(store, 0), kRestart},
                 {false, s.instance(app, 0), kResume},
                 {false, s.instance(store, 2), kLose},
                 {true, wan.value, kResume}};

  const double second = 1e9 / static_cast<double>(b.plan.horizon_ns);
  const auto kill = s.fault("kill", 0.3, 0.3 + 2 * second);
  b.hold(kill, Knob::kInstanceDown, s.instance(store, 1));
  b.impulse(kill, plan::Impulse::kReset, s.instance(store, 1));
  b.hold(s.fault("again", 0.3 + second, 0.3 + 3 * second), Knob::kInstanceDown, s.instance(store, 1));
  b.hold(s.fault("pause", 0.5, 0.5 + 0.7 * second), Knob::kInstancePaused, s.instance(app, 1));
  b.hold(s.fault("and again", 0.5 + 0.4 * second, 0.5 + second), Knob::kInstancePaused, s.instance(app, 1));
  b.impulse(s.moment("restart", 0.6), plan::Impulse::kRestart, s.instance(store, 0));
  b.impulse(s.moment("reset alone", 0.65), plan::Impulse::kReset, s.instance(app, 2));
  const auto pause = s.fault("pause and kill", 0.8, 0.8 + 0.6 * second);
  b.hold(pause, Knob::kInstancePaused, s.instance(store, 0));
  b.impulse(s.moment("kill in a pause", 0.8 + 0.3 * second), plan::Impulse::kReset, s.instance(store, 0));
}

/// Effects on one target that begin and end inside each other, in steps of a ramp, and are taken back in another order;
/// also by procedures, on the rung of control.
void overlaps(Scene& s) {
  s.at_rate(100.0);
  auto& b = s.b;
  const auto west = b.location("west", 100'000);
  const auto east = b.location("east", 100'000);
  const auto wan = b.link(west, east, 2 * kMs);
  const auto app = b.component("app", {west, west});
  const auto store = b.component("store", {east, east});
  const auto cpu = b.station(app, 3);
  const auto disk = b.station(store, 2);
  const auto threads = b.pool(app, 4, 6);
  plan::Gate proto;
  proto.probability = 0.01;
  const auto gate = b.gate(app, proto);
  const auto read = b.program("store/read", store).hop_in().serve(disk, s.ms(12)).reply();
  plan::CallSite policy;
  policy.balance = plan::Balance::kLeastRequest;
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .gate(gate)
                        .acquire(threads)
                        .serve(cpu, s.ms(12))
                        .call(b.call("app>store", store, read, app, policy))
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRoundRobin;
  const auto op = s.operation("issue", west, b.call("issue>app", app, work, {}, entry));
  b.poisson(op, 100.0);
  const double step = 0.03;
  const auto overlap = [&](Knob knob, std::uint32_t target, double first, double second, double third,
                           double when) {
    b.hold(s.fault("first", when, when + 3 * step), knob, target, first);
    b.hold(s.fault("second", when + step, when + 2 * step), knob, target, second);
    b.hold(s.fault("third", when + 1.5 * step, when + 4 * step), knob, target, third);
  };
  overlap(Knob::kStationSpeed, cpu.value, 0.8, 1.4, 0.9, 0.05);
  overlap(Knob::kStationServers, disk.value, 0.5, 2.0, 1.5, 0.1);
  overlap(Knob::kStationCap, cpu.value + 1, 2.0, 1.0, 2.0, 0.2);
  overlap(Knob::kPoolCap, threads.value, 9.0, 3.0, 6.0, 0.3);
  overlap(Knob::kGateProbability, gate.value, 0.05, 0.3, 0.1, 0.35);
  overlap(Knob::kLinkLatency, wan.value, 1e6, 4e6, 2.5e6, 0.4);
  overlap(Knob::kLinkLoss, wan.value, 0.01, 0.05, 0.02, 0.45);
  overlap(Knob::kSourceRate, 0, 1.2, 0.5, 0.9, 0.55);
  // Each of the three begins when its own draw says, up to 300 ms later: their order may change.
  for (plan::Fault& fault : b.plan.faults) {
    if (fault.at_ns >= s.at(0.45))
      fault.begins = b.law(random::Law::uniform(to_seconds(fault.at_ns), to_seconds(fault.at_ns) + 0.3));
  }
  overlap(Knob::kSiteWeight, s.at_site(store, east), 0.5, 0.0, 2.0, 0.7);
  const auto ramp = s.fault("ramp", 0.8, 0.95);
  for (int i = 0; i < 6; ++i) {
    plan::Turn t;
    t.at_ns = s.at(0.8 + 0.025 * i);
    t.knob = Knob::kStationSpeed;
    t.target = disk.value + 1;
    t.effect = ramp.value;
    t.value = 1.0 - 0.1 * i;
    t.op = plan::TurnOp::kEnd;
    if (i > 0) b.plan.turns.push_back(t);
    t.op = plan::TurnOp::kBegin;
    if (i < 5) b.plan.turns.push_back(t);
  }
  plan::Turn posted;
  posted.at_ns = s.at(0.85);
  posted.rung = plan::Rung::kControl;
  posted.knob = Knob::kInstanceOut;
  posted.target = s.instance(app, 0);
  posted.effect = plan::kProcedureEffects;
  b.plan.turns.push_back(posted);
  posted.at_ns = s.at(0.9);
  posted.op = plan::TurnOp::kEnd;
  b.plan.turns.push_back(posted);
}

}  // namespace

std::vector<SceneCase> fault_scenes() {
  return {{"breakdowns", breakdowns, {Reason::kReset, Reason::kRefused, Reason::kTimeout}, true},
          {"overlaps", overlaps, {Reason::kGate, Reason::kPoolFull, Reason::kNoReplica}}};
}

}  // namespace twinvoice::testing
