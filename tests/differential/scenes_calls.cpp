// Call policies: retries, budgets, breakers, ejection, hedges, deadlines, balancing, what follows a failure.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Balance;
using plan::Knob;
using plan::Reason;

constexpr auto kOnAll =
    static_cast<std::uint8_t>(plan::kOnTimeout | plan::kOnReset | plan::kOnRejected | plan::kOnError);

plan::Gate failing(double probability, plan::Reason reason = plan::Reason::kError) {
  plan::Gate gate;
  gate.probability = probability;
  gate.reason = reason;
  return gate;
}

/// Four ways to try again towards a component that fails by itself, with limits on tries, calls and budgets.
void retries(Scene& s) {
  s.at_rate(100.0);
  auto& b = s.b;
  const auto here = b.location("here", 100'000);
  const auto store = b.component("store", here, 3);
  const auto app = b.component("app", here);
  const auto bad = b.gate(store, failing(0.15));
  const auto cpu = b.station(store, 2, 4);
  const auto read = b.program("store/read", store).hop_in().gate(bad).serve(cpu, s.ms(12)).reply();
  plan::CallSite plain;
  plain.balance = Balance::kRoundRobin;
  plain.retries.attempts = 1;
  plain.retries.on = plan::kOnError;
  plan::CallSite capped = plain;
  capped.timeout_ns = 200 * kMs;
  capped.retries.attempts = 4;
  capped.retries.per_try_timeout_ns = 25 * kMs;
  capped.retries.on = kOnAll;
  capped.retries.backoff = s.ms(10);
  capped.retries.multiplier = 3.0;
  capped.retries.max_backoff_ns = 40 * kMs;
  capped.retries.jitter = plan::Jitter::kFull;
  plan::CallSite thrifty = capped;
  thrifty.timeout_ns = 60 * kMs;
  thrifty.retries.jitter = plan::Jitter::kEqual;
  thrifty.retries.budget = true;
  thrifty.retries.budget_ratio = 0.1;
  thrifty.retries.budget_burst = 3.0;
  plan::CallSite rejected = plain;
  rejected.retries.attempts = 3;
  rejected.retries.avoid_tried = true;
  rejected.retries.on = plan::kOnRejected;
  rejected.retries.backoff = s.ms(5);
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .call(b.call("app>store/plain", store, read, app, plain))
                        .call(b.call("app>store/capped", store, read, app, capped))
                        .skip(1, 0.4, "which")
                        .call(b.call("app>store/thrifty", store, read, app, thrifty))
                        .skip(1, 0.6, "other")
                        .call(b.call("app>store/rejected", store, read, app, rejected))
                        .reply();
  plan::CallSite entry;
  entry.timeout_ns = 250 * kMs;
  entry.retries.attempts = 1;
  entry.retries.on = plan::kOnTimeout;
  b.poisson(s.operation("issue", here, b.call("issue>app", app, work, {}, entry)), 100.0);
  const auto kill = s.fault("kill", 0.4, 0.45);
  b.hold(kill, Knob::kInstanceDown, s.instance(store, 1));
  b.impulse(kill, plan::Impulse::kReset, s.instance(store, 1));
  b.hold(s.fault("worse", 0.6, 0.7), Knob::kGateProbability, bad.value + 2, 0.6);
}

/// Breakers per caller replica and ejection per pair of replicas, under bouts of errors; failures fail, are ignored or
/// go to the fallback.
void guards(Scene& s) {
  s.at_rate(120.0);
  auto& b = s.b;
  const auto here = b.location("here", 100'000);
  const auto store = b.component("store", here, 4);
  const auto app = b.component("app", here, 2);
  const auto bad = b.gate(store, failing(0.05));
  const auto cpu = b.station(store, 2);
  const auto read = b.program("store/read", store).hop_in().gate(bad).serve(cpu, s.ms(9)).reply();
  const auto spare = b.program("store/spare", store).hop_in().delay(s.ms(15)).reply();
  plan::CallSite guarded;
  guarded.balance = Balance::kRoundRobin;
  guarded.timeout_ns = 120 * kMs;
  guarded.breaker = {4, 200 * kMs, 2};
  guarded.on_failure = plan::OnFailure::kFallback;
  plan::CallSite ejecting;
  ejecting.balance = Balance::kRandom;
  ejecting.timeout_ns = 90 * kMs;
  ejecting.ejection = {2, 300 * kMs, 0.5};
  ejecting.retries.attempts = 1;
  ejecting.retries.on = kOnAll;
  plan::CallSite careless = ejecting;
  careless.on_failure = plan::OnFailure::kIgnore;
  careless.ejection = {1, 100 * kMs, 1.0};
  plan::CallSite strict;
  strict.balance = Balance::kLeastRequest;
  strict.breaker = {3, 50 * kMs, 1};
  const auto main_call = b.call("app>store/main", store, read, app, guarded);
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .call(main_call)
                        .skip(1, 2.0, "done")
                        .call(b.call("app>store/spare", store, spare, app))
                        .call(b.call("app>store/ejecting", store, read, app, ejecting))
                        .call(b.call("app>store/careless", store, read, app, careless))
                        .skip(1, 0.5, "which")
                        .call(b.call("app>store/strict", store, read, app, strict))
                        .reply();
  b.plan.calls[main_call.index()].fallback = b.plan.programs[work.index()].first + 3;
  plan::CallSite entry;
  entry.balance = Balance::kRoundRobin;
  b.poisson(s.operation("issue", here, b.call("issue>app", app, work, {}, entry)), 120.0);
  for (std::uint32_t i = 0; i < 4; ++i) {
    b.hold(s.fault("bout", 0.2 + 0.1 * i, 0.35 + 0.1 * i), Knob::kGateProbability, bad.value + i, 0.7);
  }
  const auto out = s.fault("out", 0.8, 0.85);
  for (std::uint32_t i = 0; i < 3; ++i) b.hold(out, Knob::kInstanceOut, s.instance(store, i));
}

/// A second and a third try while the first is under way; losers go on or are cancelled, also in their queues and with
/// their own calls.
void hedges(Scene& s) {
  s.at_rate(60.0);
  auto& b = s.b;
  const auto west = b.location("west", 100'000);
  const auto east = b.location("east", 100'000);
  b.link(west, east, 3 * kMs);
  const auto disk = b.component("disk", {west, east});
  const auto store = b.component("store", {west, west, east});
  const auto app = b.component("app", {west, west});
  const auto spindle = b.station(disk, 2);
  const auto cpu = b.station(store, 2, 4);
  const auto locks = b.pool(store, 3, 6);
  const auto bad = b.gate(store, failing(0.05));
  const auto seek = b.program("disk/seek", disk).hop_in().serve(spindle, s.ms(9)).reply();
  plan::CallSite seeks;
  seeks.balance = Balance::kPowerOfTwo;
  seeks.cancel_losers = true;
  const auto read = b.program("store/read", store)
                        .hop_in()
                        .acquire(locks)
                        .serve(cpu, b.law(random::Law::lognormal(0.012, 2.0)))
                        .gate(bad)
                        .call(b.call("store>disk", disk, seek, store, seeks))
                        .delay(s.ms(2))
                        .reply();
  plan::CallSite keeping;
  keeping.balance = Balance::kLeastRequest;
  keeping.hedge = {15 * kMs, 2};
  keeping.timeout_ns = 70 * kMs;
  plan::CallSite cancelling = keeping;
  cancelling.balance = Balance::kPowerOfTwo;
  cancelling.cancel_losers = true;
  cancelling.hedge = {10 * kMs, 1};
  cancelling.retries.attempts = 2;
  cancelling.retries.on = kOnAll;
  cancelling.retries.per_try_timeout_ns = 60 * kMs;
  cancelling.retries.backoff = s.ms(3);
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .call(b.call("app>store/keeping", store, read, app, keeping))
                        .call(b.call("app>store/cancelling", store, read, app, cancelling))
                        .reply();
  plan::CallSite entry;
  entry.balance = Balance::kRoundRobin;
  entry.cancel_losers = true;
  entry.hedge = {120 * kMs, 1};
  b.poisson(s.operation("issue", west, b.call("issue>app", app, work, {}, entry)), 60.0);
  b.hold(s.fault("slow", 0.3, 0.4), Knob::kStationSpeed, cpu.value, 0.6);
  b.hold(s.fault("stands still", 0.5, 0.502), Knob::kInstancePaused, s.instance(store, 1));
}

/// Deadlines that travel with the calls: work past them does not start; what is under way goes on unwanted.
void deadlines(Scene& s) {
  s.at_rate(110.0);
  auto& b = s.b;
  const auto here = b.location("here", 200'000);
  const auto app = b.component("app", here);
  const auto store = b.component("store", here, 2);
  const auto disk = b.component("disk", here);
  const auto cpu = b.station(store, 2);
  const auto spindle = b.station(disk, 1, plan::kUnlimited, plan::Discipline::kPriorityPreemptive);
  plan::CallSite bound;
  bound.propagate_deadline = true;
  bound.timeout_ns = 50 * kMs;
  bound.balance = Balance::kRoundRobin;
  const auto seek = b.program("disk/seek", disk).hop_in().serve(spindle, s.ms(8)).reply();
  const auto seeks = b.call("store>disk", disk, seek, store, bound);
  const auto read = b.program("store/read", store).hop_in().serve(cpu, s.ms(14)).call(seeks).reply();
  bound.timeout_ns = 60 * kMs;
  bound.retries.attempts = 1;
  bound.retries.on = plan::kOnTimeout;
  bound.retries.per_try_timeout_ns = 45 * kMs;
  const auto reads = b.call("app>store", store, read, app, bound);
  const auto work = b.program("app/work", app).hop_in().delay(s.ms(5)).call(reads).call(seeks).reply();
  plan::CallSite entry;
  entry.propagate_deadline = true;
  entry.timeout_ns = 100 * kMs;
  const auto call = b.call("issue>app", app, work, {}, entry);
  entry.timeout_ns = 2000 * kMs;
  const auto slow_call = b.call("query>app", app, work, {}, entry);
  b.poisson(s.operation("issue", here, call, 2), 70.0);
  b.poisson(s.operation("query", here, slow_call, 0), 40.0);
  b.hold(s.fault("slow", 0.4, 0.6), Knob::kStationSpeed, spindle.value, 0.85);
}

/// Every way to choose a replica, while weights, sites and replicas come and go.
void balancing(Scene& s) {
  s.at_rate(100.0);
  auto& b = s.b;
  const auto west = b.location("west/1", 200'000);
  const auto west_two = b.location("west/2", 200'000);
  const auto east = b.location("east", 100'000);
  const auto south = b.location("south", 100'000);
  b.link(west, east, 4 * kMs);
  b.link(east, south, 3 * kMs);
  const auto app = b.component("app", {west, west_two, east});
  const auto store = b.component("store", {west, west_two, east, east, south});
  for (std::uint32_t i = 0; i < 5; ++i) {
    b.plan.instances[s.instance(store, i)].weight = i == 3 ? 0.0 : 1.0 + 0.5 * i;
  }
  const auto cpu = b.station(store, 2);
  const auto read = b.program("store/read", store).hop_in().serve(cpu, s.ms(7)).reply();
  plan::Log log;
  log.leader_location = east;
  log.followers = {west};
  const auto journal = b.log(store, log);
  plan::CallSite policy;
  const auto through = [&](const std::string& name, Balance balance) {
    policy.balance = balance;
    return b.call("app>store/" + name, store, read, app, policy);
  };
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .call(through("robin", Balance::kRoundRobin))
                        .call(through("random", Balance::kRandom))
                        .call(through("least", Balance::kLeastRequest))
                        .call(through("two", Balance::kPowerOfTwo))
                        .call(through("weighted", Balance::kWeighted))
                        .call(through("nearest", Balance::kNearest))
                        .call(through("primary", Balance::kPrimary))
                        .reply();
  policy.balance = Balance::kWeighted;
  const auto entry = b.call("issue>app", app, work, {}, policy);
  b.poisson(s.operation("issue", west, entry), 60.0);
  b.poisson(s.operation("query", east, b.call("query>app", app, work)), 40.0);
  b.hold(s.fault("drain", 0.2, 0.4), Knob::kInstanceOut, s.instance(store, 0));
  b.hold(s.fault("drain again", 0.3, 0.35), Knob::kInstanceOut, s.instance(store, 0));
  b.hold(s.fault("away", 0.3, 0.5), Knob::kSiteWeight, s.at_site(store, east), 0.25);
  b.hold(s.fault("far away", 0.45, 0.6), Knob::kSiteWeight, s.at_site(store, east), 0.0);
  b.hold(s.fault("callers", 0.55, 0.7), Knob::kSiteWeight, s.at_site(app, west), 3.0);
  b.impulse(s.moment("lead", 0.65), plan::Impulse::kLead, journal.value, static_cast<double>(west.value));
  b.impulse(s.moment("fence", 0.7), plan::Impulse::kFence, journal.value);
}

}  // namespace

std::vector<SceneCase> call_scenes() {
  return {{"retries",
           retries,
           {Reason::kError, Reason::kTimeout, Reason::kReset, Reason::kRefused, Reason::kQueueFull}},
          {"guards", guards, {Reason::kError, Reason::kBreakerOpen, Reason::kNoReplica, Reason::kTimeout}},
          {"hedges", hedges, {Reason::kError, Reason::kTimeout, Reason::kPoolFull}},
          {"deadlines", deadlines, {Reason::kTimeout}},
          {"balancing", balancing, {Reason::kNoReplica}}};
}

}  // namespace twinvoice::testing
