#include "sim/referee/balance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/random/draw.hpp"
#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using plan::Balance;

struct Candidate {
  plan::InstanceId instance;
  double weight = 0.0;
};

/// Smaller is nearer: same location, same site, then by latency of the undisturbed route.
std::pair<int, Nanos> distance(const World& w, plan::LocationId from, plan::LocationId to) {
  if (from == to) return {0, 0};
  if (w.plan.locations[from.index()].site == w.plan.locations[to.index()].site) return {1, 0};
  const plan::Route& route = w.plan.route(from, to);
  return route.exists ? std::pair{2, route.latency_ns} : std::pair{3, Nanos{0}};
}

void keep_nearest(const World& w, plan::LocationId from, std::vector<Candidate>& candidates) {
  const auto far = [&](const Candidate& c) {
    return distance(w, from, w.plan.instances[c.instance.index()].location);
  };
  auto least = far(candidates.front());
  for (const Candidate& c : candidates) least = std::min(least, far(c));
  std::erase_if(candidates, [&](const Candidate& c) { return far(c) != least; });
}

const Candidate& by_weight(const std::vector<Candidate>& candidates, double uniform) {
  double total = 0.0;
  for (const Candidate& c : candidates) total += c.weight;
  double left = uniform * total;
  for (const Candidate& c : candidates) {
    if (left < c.weight) return c;
    left -= c.weight;
  }
  return candidates.back();
}

}  // namespace

double weight_of(const World& w, const plan::Instance& instance) {
  const auto pair = static_cast<std::uint32_t>(instance.component.index() * w.plan.locations.size() +
                                               instance.location.index());
  return instance.weight * w.effects.product(plan::Knob::kSiteWeight, pair);
}

Balancers::Balancers(const plan::Plan& plan) : turns_(plan.call_states, 0), peers_(plan.peer_states) {}

Peer& Balancers::peer(const plan::Plan& plan, plan::CallSiteId id, std::uint32_t caller,
                      plan::InstanceId callee) {
  const plan::CallSite& site = plan.calls[id.index()];
  const plan::Component& target = plan.components[site.target.index()];
  return peers_[site.peer_base + caller * target.replicas + (callee.value - target.first_instance)];
}

plan::InstanceId Balancers::choose(World& w, plan::LocationId from, std::uint32_t caller, plan::CallSiteId id,
                                   random::Key hash, const std::deque<plan::InstanceId>& tried) {
  const plan::CallSite& site = w.plan.calls[id.index()];
  const plan::Component& target = w.plan.components[site.target.index()];
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < target.replicas; ++i) {
    const plan::InstanceId instance(target.first_instance + i);
    const double weight = weight_of(w, w.plan.instances[instance.index()]);
    if (!(weight > 0.0) || w.effects.any(plan::Knob::kInstanceOut, instance.value)) continue;
    if (peer(w.plan, id, caller, instance).ejected_until_ns > w.now()) continue;
    candidates.push_back({instance, weight});
  }
  if (site.balance == Balance::kPrimary && target.log.valid()) {
    const plan::LocationId leader = w.logs.leader_seen_from(target.log, from);
    std::erase_if(candidates, [&](const Candidate& c) {
      return w.plan.instances[c.instance.index()].location != leader;
    });
  }
  if (candidates.empty()) return {};
  if (site.balance == Balance::kNearest) keep_nearest(w, from, candidates);
  const std::vector<Candidate> all = candidates;
  const auto is_tried = [&](const Candidate& c) {
    return std::find(tried.begin(), tried.end(), c.instance) != tried.end();
  };
  std::erase_if(candidates, is_tried);
  if (candidates.empty()) candidates = all;

  const auto n = candidates.size();
  const auto below = [&](std::uint64_t index, std::uint64_t bound) {
    return random::to_integer_below(random::bits(w.stream.run_key, site.balance_purpose, hash, index), bound);
  };
  const auto load = [&](const Candidate& c) { return peer(w.plan, id, caller, c.instance).in_flight; };
  switch (site.balance) {
    case Balance::kRandom: return candidates[below(0, n)].instance;
    case Balance::kWeighted: return by_weight(candidates, w.uniform(site.balance_purpose, hash, 0)).instance;
    case Balance::kLeastRequest:
      return std::min_element(candidates.begin(), candidates.end(),
                              [&](const Candidate& a, const Candidate& b) { return load(a) < load(b); })
          ->instance;
    case Balance::kPowerOfTwo: {
      if (n == 1) return candidates.front().instance;
      const std::uint64_t first = below(0, n);
      const std::uint64_t other = below(1, n - 1);
      const std::uint64_t second = other >= first ? other + 1 : other;
      return candidates[load(candidates[second]) < load(candidates[first]) ? second : first].instance;
    }
    case Balance::kRoundRobin:
    case Balance::kNearest:
    case Balance::kPrimary: break;
  }
  // Replicas to avoid lose their turn, unless there are no others.
  std::uint64_t& turn = turns_[site.state_base + caller];
  while (n < all.size() && is_tried(all[turn % all.size()])) ++turn;
  return all[turn++ % all.size()].instance;
}

void Balancers::outcome(World& w, plan::CallSiteId id, std::uint32_t caller, plan::InstanceId callee,
                        bool success) {
  const plan::CallSite& site = w.plan.calls[id.index()];
  Peer& p = peer(w.plan, id, caller, callee);
  if (success) {
    p.errors_in_a_row = 0;
    return;
  }
  if (site.ejection.consecutive_errors == 0 || ++p.errors_in_a_row < site.ejection.consecutive_errors) return;
  const plan::Component& target = w.plan.components[site.target.index()];
  std::uint32_t out = 0;
  std::uint32_t in_balancing = 0;
  for (std::uint32_t i = 0; i < target.replicas; ++i) {
    const plan::InstanceId other(target.first_instance + i);
    if (!(weight_of(w, w.plan.instances[other.index()]) > 0.0) ||
        w.effects.any(plan::Knob::kInstanceOut, other.value))
      continue;
    ++in_balancing;
    if (peer(w.plan, id, caller, other).ejected_until_ns > w.now()) ++out;
  }
  p.errors_in_a_row = 0;
  if (p.ejected_until_ns > w.now()) return;
  if (out + 1 > static_cast<std::uint32_t>(std::floor(site.ejection.max_fraction * in_balancing))) return;
  ++p.ejections;
  w.count(id, &measure::CallCounts::ejections);
  p.ejected_until_ns = World::later(w.now(), site.ejection.base_ejection_ns * p.ejections);
}

}  // namespace twinvoice::referee
