// Load balancing: which replica gets the next attempt, as this caller replica sees them.
#include <algorithm>

#include "sim/kernel/engine.hpp"

namespace twinvoice::kernel {

bool Engine::candidate(std::uint32_t instance, std::uint32_t peer_state) const {
  const InstanceState& state = instances_[instance];
  return !state.out && state.weight > 0.0 && peers_[peer_state].ejected_until_ns <= now_;
}

std::uint32_t Engine::choose(std::uint32_t ordinal, std::uint32_t location, const plan::CallSite& site,
                             std::uint64_t child_hash) {
  const plan::Component& component = plan_.components[site.target.index()];
  const std::uint32_t peers = site.peer_base + ordinal * component.replicas;
  CallerState& caller = callers_[site.state_base + ordinal];
  const auto usable = [&](std::uint32_t i) { return candidate(component.first_instance + i, peers + i); };
  switch (site.balance) {
    case plan::Balance::kRoundRobin: return next_in_turn(caller, component.replicas, usable);
    case plan::Balance::kNearest: return nearest(location, component, caller, usable);
    case plan::Balance::kPrimary: {
      std::uint32_t leader = location;
      if (component.log.valid()) leader = logs_[component.log.index()].view[leader];
      return next_in_turn(caller, component.replicas, [&](std::uint32_t i) {
        return usable(i) && instances_[component.first_instance + i].location == leader;
      });
    }
    case plan::Balance::kLeastRequest: {
      std::uint32_t best = kNil;
      for (std::uint32_t i = 0; i < component.replicas; ++i) {
        if (usable(i) && (best == kNil || peers_[peers + i].in_flight < peers_[peers + best].in_flight))
          best = i;
      }
      return best;
    }
    case plan::Balance::kRandom:
    case plan::Balance::kPowerOfTwo:
    case plan::Balance::kWeighted: return drawn(component, site, peers, child_hash);
  }
  return kNil;
}

template <class Usable>
std::uint32_t Engine::next_in_turn(CallerState& caller, std::uint32_t replicas, const Usable& usable) {
  balance_scratch_.clear();
  for (std::uint32_t i = 0; i < replicas; ++i) {
    if (usable(i)) balance_scratch_.push_back(i);
  }
  if (balance_scratch_.empty()) return kNil;
  return balance_scratch_[caller.round_robin++ % balance_scratch_.size()];
}

template <class Usable>
std::uint32_t Engine::nearest(std::uint32_t from, const plan::Component& component, CallerState& caller,
                              const Usable& usable) {
  Nanos best_ns = kNever;
  std::uint32_t any = kNil;
  for (std::uint32_t i = 0; i < component.replicas; ++i) {
    if (!usable(i)) continue;
    const Nanos ns = distance_ns(from, instances_[component.first_instance + i].location);
    if (any == kNil || ns < best_ns) {
      best_ns = ns;
      any = i;
    }
  }
  if (any == kNil) return kNil;
  return next_in_turn(caller, component.replicas, [&](std::uint32_t i) {
    return usable(i) && distance_ns(from, instances_[component.first_instance + i].location) == best_ns;
  });
}

Nanos Engine::distance_ns(std::uint32_t from, std::uint32_t to) const {
  // Same location before same site before the declared latency of the route (faults do not change who is near).
  if (from == to) return -2;
  if (plan_.locations[from].site == plan_.locations[to].site) return -1;
  const plan::Route& route = plan_.routes[from * plan_.locations.size() + to];
  return route.exists ? route.latency_ns : kNever;
}

std::uint32_t Engine::drawn(const plan::Component& component, const plan::CallSite& site, std::uint32_t peers,
                            std::uint64_t child_hash) {
  std::vector<std::uint32_t>& usable = balance_scratch_;
  usable.clear();
  double total = 0.0;
  for (std::uint32_t i = 0; i < component.replicas; ++i) {
    if (!candidate(component.first_instance + i, peers + i)) continue;
    usable.push_back(i);
    total += instances_[component.first_instance + i].weight;
  }
  if (usable.empty()) return kNil;
  random::Draws source(stream_, site.balance_purpose, child_hash);
  if (site.balance == plan::Balance::kWeighted) {
    double left = source.next_uniform() * total;
    for (const std::uint32_t i : usable) {
      left -= instances_[component.first_instance + i].weight;
      if (left < 0.0) return i;
    }
    return usable.back();
  }
  const auto first = static_cast<std::size_t>(random::to_integer_below(source.next_bits(), usable.size()));
  if (site.balance == plan::Balance::kRandom || usable.size() == 1) return usable[first];
  auto second = static_cast<std::size_t>(random::to_integer_below(source.next_bits(), usable.size() - 1));
  if (second >= first) ++second;
  const std::uint32_t a = usable[std::min(first, second)];
  const std::uint32_t b = usable[std::max(first, second)];
  return peers_[peers + b].in_flight < peers_[peers + a].in_flight ? b : a;
}

void Engine::eject(std::uint32_t peer_state, const plan::CallSite& site) {
  const plan::Component& component = plan_.components[site.target.index()];
  const std::uint32_t group =
      site.peer_base + (peer_state - site.peer_base) / component.replicas * component.replicas;
  std::uint32_t in_balancing = 0;
  std::uint32_t ejected = 0;
  for (std::uint32_t i = 0; i < component.replicas; ++i) {
    const InstanceState& instance = instances_[component.first_instance + i];
    if (instance.out || instance.weight <= 0.0) continue;
    ++in_balancing;
    ejected += peers_[group + i].ejected_until_ns > now_ ? 1U : 0U;
  }
  PeerState& peer = peers_[peer_state];
  peer.errors_in_row = 0;
  const auto allowed =
      static_cast<std::uint32_t>(site.ejection.max_fraction * static_cast<double>(in_balancing));
  if (peer.ejected_until_ns > now_ || ejected + 1 > allowed) return;
  ++peer.ejections;
  peer.ejected_until_ns = now_ + site.ejection.base_ejection_ns * peer.ejections;
}

std::uint32_t Engine::newest_connection(std::uint32_t f, const plan::CallSite& site) const {
  if (!site.connection_pool.valid()) return kNil;
  const std::uint32_t pool = site.connection_pool.value + caller_ordinal(f);
  for (std::uint32_t t = frames_[f].tokens; t != kNil; t = tokens_[t].next) {
    if (tokens_[t].pool == pool && tokens_[t].connection != kNil) return tokens_[t].connection;
  }
  return kNil;
}

std::uint32_t Engine::peer_for(std::uint32_t f, const plan::CallSite& site, std::uint64_t child_hash) {
  const std::uint32_t c = newest_connection(f, site);
  if (c != kNil) return plan_.instances[connections_[c].peer].ordinal;
  return choose(caller_ordinal(f), location_of(f), site, child_hash);
}

void Engine::break_connection(std::uint32_t f, const plan::CallSite& site) {
  const std::uint32_t c = newest_connection(f, site);
  if (c != kNil) connections_[c].broken = true;
}

}  // namespace twinvoice::kernel
