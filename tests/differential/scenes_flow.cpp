// What programs can do by themselves: forks, emitted jobs, cells, branches, repeats, gates.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Reason;

/// Joins of all, of any and of two in three; branches call, fail and are cancelled; one join can never be satisfied.
void forks(Scene& s) {
  s.at_rate(60.0);
  auto& b = s.b;
  const auto here = b.location("here", 150'000);
  const auto store = b.component("store", here, 2);
  const auto app = b.component("app", here, 2);
  plan::Gate error;
  error.probability = 0.12;
  error.reason = Reason::kError;
  const auto bad = b.gate(app, error);
  const auto cpu = b.station(store, 3, 8);
  const auto own = b.station(app, 2);
  const auto slots = b.pool(app, 4);
  const auto read = b.program("store/read", store).hop_in().serve(cpu, s.ms(12)).reply();
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  policy.timeout_ns = 120 * kMs;
  policy.cancel_losers = true;
  policy.hedge = {40 * kMs, 1};
  const auto reads = b.call("app>store", store, read, app, policy);
  const auto remote = b.program("app/remote", app).delay(s.ms(2)).call(reads).end();
  const auto local = b.program("app/local", app).acquire(slots).serve(own, s.ms(8)).gate(bad).end();
  const auto timer = b.program("app/timer", app).delay(s.ms(20)).end();
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .fork({remote, local, timer}, "any")
                        .join(1, true)
                        .fork({remote, remote, local}, "two")
                        .join(2, true)
                        .fork({remote, local, timer}, "rest")
                        .serve(own, s.ms(3), "between")
                        .join(2)
                        .skip(2, 0.5, "whether")
                        .fork({remote, local}, "all")
                        .join(2)
                        .skip(2, 0.98, "hopeless")
                        .fork({timer, timer}, "hopeless")
                        .join(3)
                        .reply();
  plan::CallSite entry;
  entry.timeout_ns = 110 * kMs;
  entry.balance = plan::Balance::kRoundRobin;
  entry.hedge = {60 * kMs, 1};
  entry.cancel_losers = true;
  b.poisson(s.operation("issue", here, b.call("issue>app", app, work, {}, entry)), 60.0);
  const auto kill = s.fault("kill", 0.5, 0.51);
  b.hold(kill, plan::Knob::kInstanceDown, s.instance(app, 0));
  b.impulse(kill, plan::Impulse::kReset, s.instance(app, 0));
  b.hold(s.fault("stands still", 0.7, 0.703), plan::Knob::kInstancePaused, s.instance(app, 1));
}

/// Jobs that outlive their request, gates of every kind, cells that steer branches, steps that repeat.
void programs(Scene& s) {
  s.at_rate(100.0);
  auto& b = s.b;
  const auto here = b.location("here", 100'000);
  const auto app = b.component("app", here, 2);
  const auto mill = b.component("mill", here);
  const auto grind = b.station(mill, 2, 10, plan::Discipline::kFifo, plan::OnFull::kDropOldest);
  const auto cpu = b.station(app, 2);
  plan::Gate proto;
  proto.name = "bad luck";
  proto.probability = 0.02;
  proto.by_request = true;
  const auto luck = b.gate(app, proto);
  proto.by_request = false;
  proto.name = "limit";
  proto.kind = plan::GateKind::kRateLimit;
  proto.rate_per_s = 48.0;
  proto.burst = 6.0;
  const auto limit = b.gate(app, proto);
  proto.name = "certificate";
  proto.kind = plan::GateKind::kValidity;
  proto.probability = 0.0;
  const auto certificate = b.gate(app, proto);
  proto = {};
  proto.probability = 0.01;
  proto.reason = Reason::kError;
  const auto bug = b.gate(app, proto);
  for (plan::Gate& gate : b.plan.gates) gate.purpose = random::purpose_of("app", gate.name);
  plan::Cell cell;
  cell.half_life_ns = 700 * kMs;
  cell.lost_in_kill = true;
  const auto warmth = b.cell(app, cell);
  cell = {};
  cell.initial = 0.3;
  cell.low = 0.1;
  cell.high = 0.9;
  const auto level = b.cell(app, cell);
  const auto job = b.program("mill/job", mill).hop_in().serve(grind, s.ms(14)).reply();
  const auto jobs = b.call("app>mill", mill, job, app);
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .gate(certificate)
                        .gate(limit)
                        .gate(luck)
                        .skip(2, 1.0, "warm", warmth)
                        .serve(cpu, s.ms(8), "cold")
                        .update(warmth, plan::UpdateOp::kAdd, 0.05)
                        .serve(cpu, s.ms(2), "warm")
                        .delay(s.ms(1))
                        .repeat(2, 3)
                        .skip(1, 0.5, "level", level)
                        .update(level, plan::UpdateOp::kMax, 0.6)
                        .skip(1, 0.95, "reset")
                        .update(level, plan::UpdateOp::kSet, 0.0)
                        .gate(bug)
                        .skip(1, 0.4, "emits")
                        .emit(jobs)
                        .repeat(2, 2)
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRoundRobin;
  b.poisson(s.operation("issue", here, b.call("issue>app", app, work, {}, entry)), 100.0);
  const auto expired = s.fault("expired", 0.3, 0.31);
  for (std::uint32_t i = 0; i < 2; ++i) b.hold(expired, plan::Knob::kGateProbability, certificate.value + i);
  b.hold(s.fault("unlucky", 0.4, 0.5), plan::Knob::kGateProbability, luck.value, 0.2);
  b.impulse(s.moment("killed", 0.55), plan::Impulse::kReset, s.instance(app, 1));
  b.impulse(s.moment("flush", 0.6), plan::Impulse::kFlush, warmth.value);
  b.impulse(s.moment("flush the other", 0.65), plan::Impulse::kFlush, level.value + 1);
}

}  // namespace

std::vector<SceneCase> flow_scenes() {
  return {{"forks", forks, {Reason::kError, Reason::kJoin, Reason::kRefused, Reason::kTimeout}},
          {"programs", programs, {Reason::kGate, Reason::kError}}};
}

}  // namespace twinvoice::testing
