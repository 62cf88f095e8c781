// Pools of tokens and of connections.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// Threads held over nested calls, a pool that all replicas share, bounded waits and places, caps that come and go.
void tokens(Scene& s) {
  s.at_rate(120.0);
  auto& b = s.b;
  const auto here = b.location("here", 150'000);
  const auto app = b.component("app", here, 2);
  const auto store = b.component("store", here);
  const auto threads = b.pool(app, 4, 3, s.ms(120));
  const auto licences = b.pool(app, 5, 40, s.ms(80));
  const auto sessions = b.pool(store, 6, 4, s.ms(60));
  const auto endless = b.pool(store, plan::kUnlimited);
  const auto cpu = b.station(store, 3);
  const auto read = b.program("store/read", store)
                        .hop_in()
                        .acquire(sessions)
                        .acquire(endless)
                        .serve(cpu, s.ms(18))
                        .release(sessions)
                        .delay(s.ms(2))
                        .reply();
  auto licensed = b.program("app/work", app).hop_in().acquire(threads);
  plan::Step take;
  take.kind = plan::StepKind::kAcquire;
  take.flags = plan::kPerRequest;
  take.target = licences.value;
  take.purpose = random::purpose_of("app", "licence");
  licensed.step(take).call(b.call("app>store", store, read, app)).delay(s.ms(4));
  take.kind = plan::StepKind::kRelease;
  const auto work = licensed.step(take).delay(s.ms(3)).reply();
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  policy.timeout_ns = 150 * kMs;
  b.poisson(s.operation("issue", here, b.call("issue>app", app, work, {}, policy)), 120.0);
  b.plan.initial.tokens.push_back({sessions, 1});
  b.hold(s.fault("shrunk", 0.3, 0.5), Knob::kPoolCap, threads.value, 3.0);
  b.hold(s.fault("shrunk more", 0.4, 0.45), Knob::kPoolCap, threads.value, 1.0);
  b.hold(s.fault("drained", 0.6, 0.601), Knob::kPoolCap, sessions.value, 0.0);
}

/// A client-side pool of connections that are set up over messages, expire, age and break with their peers.
void connections(Scene& s) {
  s.at_rate(100.0);
  auto& b = s.b;
  const auto west = b.location("west", 200'000);
  const auto east = b.location("east", 300'000);
  const auto wan = b.link(west, east, 2 * kMs, 12.5e6, 0.002);
  const auto app = b.component("app", {west, west});
  const auto store = b.component("store", {east, east, west});
  const auto cpu = b.station(store, 2);
  plan::Pool proto;
  proto.size = 5;
  proto.queue_places = 6;
  proto.wait = s.ms(150);
  proto.wait_purpose = random::purpose_of("app", "wait");
  proto.connections = true;
  proto.idle_timeout = s.ms(400);
  proto.max_age = s.ms(3000);
  proto.age_key = random::purpose_of("app", "age");
  const auto pool = b.pool(app, proto);
  proto.preconnected = true;
  proto.idle_timeout = {};
  proto.size = 8;
  const auto warm = b.pool(app, proto);

  plan::Step greet;
  greet.kind = plan::StepKind::kHop;
  greet.flags = plan::kEstablish;
  greet.purpose = random::purpose_of("store", "greet");
  greet.size_bytes = 300;
  plan::Step welcome = greet;
  welcome.flags = plan::kEstablish | plan::kToParent;
  auto handshake =
      b.program("store/establish", store).step(greet).serve(cpu, s.ms(3), "handshake").step(welcome);
  const auto establish = handshake.end();
  b.plan.programs[establish.index()].reply -= 1;
  const auto read = b.program("store/read", store).hop_in().serve(cpu, s.ms(16)).reply();

  plan::CallSite policy;
  policy.timeout_ns = 150 * kMs;
  policy.balance = plan::Balance::kRoundRobin;
  policy.establish = establish;
  policy.connection_pool = pool;
  policy.call = "app>store";
  const auto reads = b.call("app>store/read", store, read, app, policy);
  policy.connection_pool = warm;
  policy.balance = plan::Balance::kRandom;
  policy.establish = {};
  const auto warm_reads = b.call("app>store/warm", store, read, app, policy);
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .connect(pool, reads)
                        .call(reads)
                        .release(pool)
                        .skip(2, 0.7, "which")
                        .connect(warm, warm_reads)
                        .call(warm_reads)
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRoundRobin;
  b.poisson(s.operation("issue", west, b.call("issue>app", app, work, {}, entry)), 100.0);

  b.hold(s.fault("no new ones", 0.15, 0.2), Knob::kPathBlockedNew, b.path(west, east));
  const auto kill = s.fault("kill", 0.3, 0.35);
  b.hold(kill, Knob::kInstanceDown, s.instance(store, 0));
  b.impulse(kill, plan::Impulse::kReset, s.instance(store, 0));
  b.hold(s.fault("narrow", 0.45, 0.55), Knob::kPoolCap, pool.value, 2.0);
  b.hold(s.fault("cut", 0.6, 0.602), Knob::kLinkDown, wan.value);
  const auto all_out = s.fault("all out", 0.7, 0.71);
  for (std::uint32_t i = 0; i < 3; ++i) b.hold(all_out, Knob::kInstanceOut, s.instance(store, i));
  b.hold(s.fault("caller stands still", 0.8, 0.805), Knob::kInstancePaused, s.instance(app, 0));
}

}  // namespace

std::vector<SceneCase> pool_scenes() {
  return {{"tokens", tokens, {Reason::kPoolFull, Reason::kPoolWait, Reason::kTimeout}},
          {"connections",
           connections,
           {Reason::kPoolFull, Reason::kPoolWait, Reason::kTimeout, Reason::kRefused}}};
}

}  // namespace twinvoice::testing
