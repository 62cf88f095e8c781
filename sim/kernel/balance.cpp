// Load balancing: which replica gets the next attempt, as this caller replica sees them.
#include <algorithm>
#include <iterator>
#include <span>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

std::uint32_t Engine::choose(std::uint32_t ordinal, std::uint32_t location, std::uint32_t site,
                             std::uint64_t child_hash, std::span<const std::uint32_t> tried) {
  const SiteRules& rules = sites_[site];
  const std::uint32_t peers = rules.peer_base + ordinal * rules.replicas;
  CallerState& caller = callers_[rules.state_base + ordinal];
  if (caller.listed_era != balance_era_ || caller.listed_until_ns <= now_) [[unlikely]]
    list_candidates(caller, peers, location, plan_.calls[site]);
  const std::span<const std::uint32_t> all(candidates_.data() + peers, caller.candidates);
  if (all.empty()) return kNil;
  std::span<const std::uint32_t> candidates = all;
  const auto is_tried = [&](std::uint32_t i) {
    return std::find(tried.begin(), tried.end(), i) != tried.end();
  };
  if (!tried.empty()) [[unlikely]] {
    untried_.clear();
    std::remove_copy_if(all.begin(), all.end(), std::back_inserter(untried_), is_tried);
    if (!untried_.empty()) candidates = untried_;
  }
  switch (rules.balance) {
    case plan::Balance::kRoundRobin:
    case plan::Balance::kNearest:
    case plan::Balance::kPrimary: {
      std::uint32_t next = all[caller.round_robin++ % all.size()];
      // Its turn is passed over; where none is left untried, it is not.
      while (candidates.size() < all.size() && is_tried(next)) next = all[caller.round_robin++ % all.size()];
      return next;
    }
    case plan::Balance::kLeastRequest:
      return *std::min_element(candidates.begin(), candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
        return peers_[peers + a].in_flight < peers_[peers + b].in_flight;
      });
    case plan::Balance::kRandom:
    case plan::Balance::kPowerOfTwo:
    case plan::Balance::kWeighted: return drawn(candidates, plan_.calls[site], peers, child_hash);
  }
  return kNil;
}

/// Replicas in balancing and not ejected, by ordinal; for nearest and primary only those that the policy takes turns among.
void Engine::list_candidates(CallerState& caller, std::uint32_t peers, std::uint32_t location,
                             const plan::CallSite& site) {
  const plan::Component& component = plan_.components[site.target.index()];
  std::uint32_t leader = location;
  if (component.log.valid()) leader = logs_[component.log.index()].places[location].view;
  Nanos nearest_ns = kNever;
  caller.listed_era = balance_era_;
  caller.listed_until_ns = kNever;
  caller.candidates = 0;
  for (std::uint32_t i = 0; i < component.replicas; ++i) {
    const InstanceState& instance = instances_[component.first_instance + i];
    if (instance.out || instance.weight <= 0.0) continue;
    if (peers_[peers + i].ejected_until_ns > now_) {
      caller.listed_until_ns = std::min(caller.listed_until_ns, peers_[peers + i].ejected_until_ns);
      continue;
    }
    if (site.balance == plan::Balance::kPrimary && instance.location != leader) continue;
    if (site.balance == plan::Balance::kNearest) {
      const Nanos ns = distance_ns(location, instance.location);
      if (caller.candidates > 0 && ns > nearest_ns) continue;
      if (ns < nearest_ns) caller.candidates = 0;
      nearest_ns = ns;
    }
    candidates_[peers + caller.candidates++] = i;
  }
}

Nanos Engine::distance_ns(std::uint32_t from, std::uint32_t to) const {
  // Same location before same site before the declared latency of the route (faults do not change who is near).
  if (from == to) return -2;
  if (plan_.locations[from].site == plan_.locations[to].site) return -1;
  const plan::Route& route = plan_.routes[from * plan_.locations.size() + to];
  return route.exists ? route.latency_ns : kNever;
}

std::uint32_t Engine::drawn(std::span<const std::uint32_t> candidates, const plan::CallSite& site,
                            std::uint32_t peers, std::uint64_t child_hash) const {
  const std::uint32_t first_instance = plan_.components[site.target.index()].first_instance;
  random::Draws source(stream_, site.balance_purpose, child_hash);
  if (site.balance == plan::Balance::kWeighted) {
    double total = 0.0;
    for (const std::uint32_t i : candidates) total += instances_[first_instance + i].weight;
    double left = source.next_uniform() * total;
    for (const std::uint32_t i : candidates) {
      left -= instances_[first_instance + i].weight;
      if (left < 0.0) return i;
    }
    return candidates.back();
  }
  const auto first =
      static_cast<std::size_t>(random::to_integer_below(source.next_bits(), candidates.size()));
  if (site.balance == plan::Balance::kRandom || candidates.size() == 1) return candidates[first];
  auto second = static_cast<std::size_t>(random::to_integer_below(source.next_bits(), candidates.size() - 1));
  if (second >= first) ++second;
  // Equal loads go to the one drawn first: a rule by ordinal would send an idle system's calls to the low ordinals.
  const std::uint32_t a = candidates[first];
  const std::uint32_t b = candidates[second];
  return peers_[peers + b].in_flight < peers_[peers + a].in_flight ? b : a;
}

void Engine::eject(std::uint32_t peer_state, std::uint32_t site_index) {
  const plan::CallSite& site = plan_.calls[site_index];
  const plan::Component& component = plan_.components[site.target.index()];
  const std::uint32_t ordinal = (peer_state - site.peer_base) / component.replicas;
  const std::uint32_t group = site.peer_base + ordinal * component.replicas;
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
  ++counted(site_index).ejections;
  peer.ejected_until_ns = now_ + site.ejection.base_ejection_ns * peer.ejections;
  callers_[site.state_base + ordinal].listed_era = 0;
}

}  // namespace twinvoice::kernel
