// Random plans with everything in them: what whole runs are compared on.
#pragma once

#include "sim/random/draw.hpp"
#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {

/// Fills `b` with three tiers in two sites, drawn policies, drawn faults. Half of all times are whole milliseconds, so that
/// many events share their instant.
inline void random_plan(PlanBuilder& b, std::uint64_t seed) {
  random::Draws draws(random::Stream::of(seed, 0), random::hash_name("random plan"), 0);
  const auto below = [&](std::uint64_t bound) {
    return static_cast<std::uint32_t>(random::to_integer_below(draws.next_bits(), bound));
  };
  const auto ms = [&](std::uint64_t bound) { return static_cast<Nanos>(1 + below(bound)) * kMs; };
  const auto law = [&] {
    return below(2) == 0 ? b.constant(ms(8)) : b.exponential(0.001 * (1.0 + below(6)));
  };

  const auto west = b.location("west", below(2) * kMs);
  const auto east = b.location("east");
  const auto link = b.link(west, east, ms(5), 0.0, below(3) == 0 ? 0.05 : 0.0);
  const auto store = b.component("store", {west, east, east});
  const auto app = b.component("app", {west, west});
  plan::Station desk;
  desk.servers = 1 + below(2);
  desk.discipline = static_cast<plan::Discipline>(below(5));
  desk.queue_places = below(3) == 0 ? 3 : plan::kUnlimited;
  desk.on_full = static_cast<plan::OnFull>(below(3));
  if (below(3) == 0) desk.patience = b.constant(ms(20));
  if (below(3) == 0) desk.speed_by_load = {1.0, 0.75};
  const auto store_desk = b.station(store, desk);
  const auto app_desk = b.station(app, 2);
  plan::Gate bad;
  bad.probability = 0.02 * below(4);
  const auto gate = b.gate(store, bad);
  const auto threads = b.pool(app, 4 + below(8), 40, b.constant(ms(100)));

  const auto read = b.program("store/read", store).hop_in().gate(gate).serve(store_desk, law()).reply();
  const auto page = b.program("store/page", store).delay(law()).serve(store_desk, law(), "page").end();
  const auto wide = b.program("store/wide", store)
                        .hop_in()
                        .fork({page, page, page})
                        .join(static_cast<std::uint16_t>(1 + below(3)), below(2) == 0)
                        .reply();
  const auto policy = [&] {
    plan::CallSite p;
    p.balance = static_cast<plan::Balance>(below(6));
    p.timeout_ns = ms(200);
    p.propagate_deadline = below(2) == 0;
    p.cancel_losers = below(2) == 0;
    p.retries.attempts = below(4);
    p.retries.on = plan::kOnTimeout | plan::kOnReset | plan::kOnRejected | plan::kOnError;
    if (below(2) == 0) p.retries.per_try_timeout_ns = ms(30);
    if (below(2) == 0) p.retries.backoff = law();
    p.retries.jitter = static_cast<plan::Jitter>(below(3));
    if (below(3) == 0) p.hedge = {ms(10), 1 + below(2)};
    if (below(4) == 0) p.breaker = {5, ms(50), 1};
    if (below(4) == 0) p.ejection = {3, ms(100), 0.5};
    return p;
  };
  const auto reads = b.call("app>store/read", store, read, app, policy());
  const auto wides = b.call("app>store/wide", store, wide, app, policy());
  const auto serve = b.program("app/serve", app)
                         .hop_in()
                         .acquire(threads)
                         .serve(app_desk, law())
                         .call(reads)
                         .skip(1, 0.5, "which")
                         .call(wides)
                         .skip(1, 0.9, "rarely")
                         .emit(reads)
                         .release(threads)
                         .reply();
  const auto entry = b.call("issue>app", app, serve, {}, policy());
  const auto op = b.operation("issue", b.program("issue").call(entry).end(), west);
  const auto urgent = b.operation("query", b.program("query").call(entry).end(), east, 1);
  b.poisson(op, 60.0 + below(120));
  b.deterministic(urgent, ms(20));

  const plan::FaultId cut = b.fault("cut", 300 * kMs, 300 * kMs + ms(400));
  b.hold(cut, plan::Knob::kLinkDown, link.value);
  const plan::FaultId slow = b.fault("slow", ms(900), 1500 * kMs);
  b.hold(slow, plan::Knob::kStationSpeed, store_desk.value, 0.5);
  const plan::FaultId kill = b.fault("kill", ms(1500), 1700 * kMs);
  b.hold(kill, plan::Knob::kInstanceDown, b.plan.components[store.index()].first_instance + 1);
  b.impulse(kill, plan::Impulse::kReset, b.plan.components[store.index()].first_instance + 1);
  const plan::FaultId pause = b.fault("pause", 500 * kMs, 500 * kMs + ms(200));
  b.hold(pause, plan::Knob::kInstancePaused, b.plan.components[app.index()].first_instance);
  plan::Life life;
  life.target = b.plan.components[store.index()].first_instance + 2;
  life.fails = b.exponential(0.5);
  life.repairs = b.constant(50 * kMs);
  life.in_service = static_cast<plan::Life::InService>(below(3));
  life.name_key = random::hash_name("store#2");
  b.plan.lives.push_back(life);
}

}  // namespace twinvoice::testing
