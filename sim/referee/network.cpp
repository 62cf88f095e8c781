#include "sim/referee/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

Nanos wire_time_ns(std::uint32_t bytes, double bytes_per_s) {
  if (bytes_per_s <= 0.0) return 0;
  return static_cast<Nanos>(std::ceil(static_cast<double>(bytes) * 1e9 / bytes_per_s));
}

std::uint32_t message_bytes(const World& w, const Frame& f, const plan::Step& step, bool back) {
  if (step.size_bytes != 0 || !f.via.valid()) return step.size_bytes;
  const plan::CallSite& site = w.plan.calls[f.via.index()];
  return back ? site.response_bytes : site.request_bytes;
}

/// The message stands in line at each shared link of its way, in the direction it goes; returns the time
/// spent in line.
Nanos queue_at_shared_links(World& w, plan::LocationId from, plan::LocationId to, std::uint32_t bytes) {
  std::string at = w.plan.locations[from.index()].site;
  Nanos waited_ns = 0;
  for (const plan::LinkId id : w.plan.route(from, to).links) {
    const plan::Link& link = w.plan.links[id.index()];
    const bool forward = link.site_a == at;
    at = forward ? link.site_b : link.site_a;
    if (!link.shared) continue;
    Nanos& free_at_ns = w.network.free_at_ns[{id.value, forward}];
    const Nanos starts_ns = std::max(w.now() + waited_ns, free_at_ns);
    free_at_ns = starts_ns + wire_time_ns(bytes, link.bytes_per_s);
    waited_ns = starts_ns - w.now();
  }
  return waited_ns;
}

double loss_probability(const World& w, plan::LocationId from, plan::LocationId to) {
  double survives = 1.0;
  for (const plan::LinkId id : w.plan.route(from, to).links) {
    survives =
        w.effects.survival(plan::Knob::kLinkLoss, id.value, survives * (1.0 - w.plan.links[id.index()].loss));
  }
  return 1.0 - survives;
}

/// resend_timeout x (2^n - 1).
Nanos resend_time_ns(const World& w, int losses) {
  return w.plan.network.resend_timeout_ns * ((Nanos{1} << losses) - 1);
}

/// Waits until the path is open. Throws Undeliverable when that takes too long. Returns whether the request that waited is
/// worked on by nobody: its caller has given up, and its peer was dead when it left or died since.
bool pass_cuts(World& w, Frame& f, HeldMessage message) {
  if (passes(w, message.from, message.to, message.establishes)) return false;
  const bool has_peer = !f.replying && f.instance.valid();
  const bool dead_at_start = has_peer && w.down(f.instance);
  const std::uint64_t kills = has_peer ? w.instances[f.instance.index()].kills : 0;
  const Nanos until_ns = World::later(w.now(), w.plan.network.user_timeout_ns);
  struct Place {
    World& w;
    HeldMessage& message;
    Place(World& world, HeldMessage& m) : w(world), message(m) { w.network.held.push_back(&m); }
    ~Place() {
      if (!w.stopping) w.network.held.remove(&message);
    }
  } const place(w, message);
  while (!passes(w, message.from, message.to, message.establishes)) {
    if (w.wait(f, Activity::kHeld, until_ns, plan::Rung::kTimeout)) {
      throw Undeliverable{w.here(f, plan::Reason::kUnreachable)};
    }
  }
  if (!has_peer || f.reply_to) return false;
  return dead_at_start || w.instances[f.instance.index()].kills != kills;
}

/// Losses in a row before the message gets through. Throws Undeliverable when there are too many.
int losses(World& w, Frame& f, const HeldMessage& message, const plan::Step& step) {
  const double p = loss_probability(w, message.from, message.to);
  if (p <= 0.0) return 0;
  const random::Key purpose = random::mix(step.purpose, random::hash_name("loss"));
  int n = 0;
  while (n <= w.plan.network.max_resends &&
         w.uniform(purpose, f.hash, index_base(f) + static_cast<std::uint64_t>(n)) < p) {
    ++n;
  }
  if (n <= w.plan.network.max_resends) return n;
  const Nanos given_up_ns = w.now() + resend_time_ns(w, w.plan.network.max_resends);
  while (w.now() < given_up_ns) w.wait(f, Activity::kLost, given_up_ns, plan::Rung::kTimeout);
  throw Undeliverable{w.here(f, plan::Reason::kLost)};
}

}  // namespace

bool passes(const World& w, plan::LocationId from, plan::LocationId to, bool establishes) {
  const plan::Route& route = w.plan.route(from, to);
  const auto pair = static_cast<std::uint32_t>(w.plan.route_index(from, to));
  if (!route.exists || w.effects.any(plan::Knob::kPathBlocked, pair)) return false;
  if (establishes && w.effects.any(plan::Knob::kPathBlockedNew, pair)) return false;
  if (w.effects.any(plan::Knob::kLocationDown, from.value) ||
      w.effects.any(plan::Knob::kLocationDown, to.value)) {
    return false;
  }
  return std::none_of(route.links.begin(), route.links.end(),
                      [&](plan::LinkId link) { return w.effects.any(plan::Knob::kLinkDown, link.value); });
}

Nanos latency_ns(const World& w, plan::LocationId from, plan::LocationId to) {
  const plan::Route& route = w.plan.route(from, to);
  Nanos latency = route.latency_ns;
  for (const plan::LinkId link : route.links) {
    latency += std::llround(w.effects.sum(plan::Knob::kLinkLatency, link.value));
  }
  return latency;
}

void paths_changed(World& w) {
  for (const HeldMessage* message : w.network.held) {
    if (passes(w, message->from, message->to, message->establishes)) w.arbiter.make_ready(*message->frame);
  }
}

void hop(World& w, Frame& f, const plan::Step& step) {
  if (f.is_root) return;
  const bool back = (step.flags & plan::kToParent) != 0;
  const bool establishes = (step.flags & plan::kEstablish) != 0;
  const HeldMessage message{&f, back ? f.location : f.parent_location, back ? f.parent_location : f.location,
                            establishes};
  f.replying = back;
  if (!back) f.arrived = false;  // the next round trip of a connection being set up
  const bool broken = pass_cuts(w, f, message);
  const Nanos resends_ns = resend_time_ns(w, losses(w, f, message, step));
  const std::uint32_t bytes = message_bytes(w, f, step, back);
  const Nanos due_ns = w.now() + resends_ns + latency_ns(w, message.from, message.to) +
                       wire_time_ns(bytes, w.plan.route(message.from, message.to).bytes_per_s) +
                       queue_at_shared_links(w, message.from, message.to, bytes);
  while (w.now() < due_ns) w.wait(f, Activity::kTransit, due_ns, plan::Rung::kDeliver);
  if (back) {
    w.arrived_at_caller(f);
  } else {
    w.arrived_at_instance(f);
    if (broken) throw Failure{w.here(f, plan::Reason::kReset)};
  }
}

}  // namespace twinvoice::referee
