// Messages: bandwidth, shared links, loss, cuts of every kind, and what is held at them.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// Requests of some kilobytes over links that lose, slow down and queue.
void links(Scene& s) {
  s.at_rate(80.0);
  auto& b = s.b;
  b.plan.network.resend_timeout_ns = 30 * kMs;
  b.plan.network.max_resends = 2;
  const auto west = b.location("west/1", 300'000, 1e8);
  const auto west_two = b.location("west/2", 300'000, 1e8);
  const auto hub = b.location("hub", 100'000);
  const auto east = b.location("east", 200'000);
  const auto first = b.link(west, hub, 3 * kMs, 1e6, 0.03, true);
  const auto second = b.link(hub, east, 5 * kMs, 2e6, 0.05);
  const auto app = b.component("app", {west, west_two, hub});
  const auto store = b.component("store", {east, hub});
  const auto cpu = b.station(store, 3);
  const auto read = b.program("store/read", store).hop_in(6'000).serve(cpu, s.ms(9)).reply(9'000);
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  policy.retries.attempts = 1;
  policy.retries.on = plan::kOnReset;
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .delay(s.ms(3))
                        .call(b.call("app>store", store, read, app, policy))
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRandom;
  entry.request_bytes = 1'500;
  entry.response_bytes = 700;
  b.poisson(s.operation("issue", west, b.call("issue>app", app, work, {}, entry)), 80.0);
  b.hold(s.fault("detour", 0.2, 0.4), Knob::kLinkLatency, first.value, 2e6);
  b.hold(s.fault("longer detour", 0.3, 0.5), Knob::kLinkLatency, first.value, 7e6);
  b.hold(s.fault("noise", 0.45, 0.6), Knob::kLinkLoss, second.value, 0.2);
  b.hold(s.fault("more noise", 0.5, 0.55), Knob::kLinkLoss, second.value, 0.3);
}

/// Cuts of links, of paths in one direction, of new connections and of whole places; some longer than messages are held.
void cuts(Scene& s) {
  s.at_rate(80.0);
  auto& b = s.b;
  b.plan.network.user_timeout_ns = 1'500 * kMs;
  const auto west = b.location("west", 300'000);
  const auto east = b.location("east", 200'000);
  const auto south = b.location("south", 200'000);
  const auto nowhere = b.location("nowhere");
  const auto wan = b.link(west, east, 4 * kMs);
  b.link(east, south, 6 * kMs);
  const auto app = b.component("app", {west, east});
  const auto store = b.component("store", {east, south});
  const auto lost = b.component("lost", nowhere);
  const auto cpu = b.station(store, 6);
  const auto threads = b.pool(app, 60, 400);
  const auto read = b.program("store/read", store).hop_in().serve(cpu, s.ms(9)).reply();
  const auto never = b.program("lost/never", lost).hop_in().reply();
  plan::CallSite policy;
  policy.balance = plan::Balance::kRoundRobin;
  plan::CallSite impatient = policy;
  impatient.timeout_ns = 300 * kMs;
  impatient.on_failure = plan::OnFailure::kIgnore;
  plan::CallSite hopeless;
  hopeless.on_failure = plan::OnFailure::kIgnore;
  hopeless.cancel_losers = true;
  hopeless.hedge = {100 * kMs, 1};
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .acquire(threads)
                        .call(b.call("app>store", store, read, app, policy))
                        .call(b.call("app>store/impatient", store, read, app, impatient))
                        .skip(1, 0.99, "hopeless")
                        .call(b.call("app>lost", lost, never, app, hopeless))
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRoundRobin;
  b.poisson(s.operation("issue", west, b.call("issue>app", app, work, {}, entry)), 80.0);
  const double second = 1e9 / static_cast<double>(b.plan.horizon_ns);
  b.hold(s.fault("short cut", 0.1, 0.1 + 0.8 * second), Knob::kLinkDown, wan.value);
  b.hold(s.fault("overlapping", 0.1 + 0.5 * second, 0.1 + 1.1 * second), Knob::kPathBlocked,
         b.path(west, east));
  b.hold(s.fault("one way", 0.3, 0.3 + 0.7 * second), Knob::kPathBlocked, b.path(east, west));
  b.hold(s.fault("long cut", 0.5, 0.5 + 2.5 * second), Knob::kPathBlocked, b.path(east, south));
  b.hold(s.fault("place down", 0.7, 0.7 + 1.2 * second), Knob::kLocationDown, south.value);
  const auto kill = s.fault("kill", 0.7 + 0.4 * second, 0.7 + 0.9 * second);
  b.hold(kill, Knob::kInstanceDown, s.instance(store, 1));
  b.impulse(kill, plan::Impulse::kReset, s.instance(store, 1));
  b.hold(s.fault("new ones", 0.85, 0.85 + second), Knob::kPathBlockedNew, b.path(west, east));
}

}  // namespace

std::vector<SceneCase> network_scenes() {
  return {{"links", links, {Reason::kLost}}, {"cuts", cuts, {Reason::kUnreachable, Reason::kTimeout}}};
}

}  // namespace twinvoice::testing
