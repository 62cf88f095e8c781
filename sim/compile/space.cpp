// Sites to locations, links, routes, components to instances, lives.
//
// A replica count at a site with zones is spread round robin over its zones in their order. The latency of a
// route is the sum of its links between two sites, and the LAN of the site within one, also between its
// zones: it is never both.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"
#include "sim/graph/routes.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::compile {
namespace {

double bytes_per_s(const spec::Bandwidth& b) { return b.bits_per_s / 8.0; }

void lower_sites(Draft& draft) {
  for (const auto& site : draft.topology.sites) {
    plan::Location l;
    l.name = l.site = site.id;
    l.region = site.value.region;
    l.lan_latency_ns = site.value.lan.latency.ns;
    l.lan_bytes_per_s = bytes_per_s(site.value.lan.bandwidth);
    if (site.value.zones.empty()) draft.plan.locations.push_back(l);
    for (const spec::Name& zone : site.value.zones) {
      l.zone = zone.text;
      l.name = site.id + "/" + zone.text;
      draft.plan.locations.push_back(l);
    }
    draft.bound(draft.plan.locations.size(), kMostLocations, site.value.place, "sites and zones");
  }
}

void lower_links(Draft& draft) {
  for (const auto& entry : draft.topology.links) {
    const spec::LinkSpec& spec = entry.value;
    plan::Link link;
    link.name = entry.id;
    if (spec.between.size() == 2) {
      link.site_a = spec.between[0].id;
      link.site_b = spec.between[1].id;
    } else {
      draft.issues.error(spec.place, "a link stands between two sites");
    }
    const LinkModel* model = draft.catalog.link(spec.model.name);
    if (model == nullptr || spec.model.params == nullptr) {
      draft.issues.error(spec.place, fmt::format("there is no link model \"{}\"", spec.model.name));
    } else {
      model->lower(*spec.model.params, spec, link);
    }
    draft.plan.links.push_back(std::move(link));
  }
}

double narrower(double a, double b) { return a == 0.0 ? b : b == 0.0 ? a : std::min(a, b); }

void lower_routes(Draft& draft) {
  const graph::SiteRoutes ways(draft.topology);
  plan::Plan& plan = draft.plan;
  for (const plan::Location& from : plan.locations) {
    for (const plan::Location& to : plan.locations) {
      plan::Route route;
      if (from.site == to.site) {
        route = {true, from.lan_latency_ns, from.lan_bytes_per_s, {}};
      } else if (const graph::Way& way = ways.way(ways.site(from.site), ways.site(to.site)); way.exists) {
        route.exists = true;
        for (const std::size_t i : way.links) {
          route.latency_ns += plan.links[i].latency_ns;
          route.bytes_per_s = narrower(route.bytes_per_s, plan.links[i].bytes_per_s);
          route.links.emplace_back(i);
        }
      }
      plan.routes.push_back(std::move(route));
    }
  }
}

/// Routes are fixed, the fastest way between two sites: a link that none of them takes is never used, whatever fails.
void look_for_idle_links(Draft& draft) {
  std::vector<bool> used(draft.plan.links.size(), false);
  for (const plan::Route& route : draft.plan.routes) {
    for (const plan::LinkId link : route.links) used[link.index()] = true;
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto& link = draft.topology.links[i];
    if (used[i] || link.value.between.size() != 2) continue;
    draft.issues.warning(
        link.value.place,
        fmt::format("no message ever takes the link \"{}\": between any two sites another way is faster, and "
                    "ways do not change when a link fails",
                    link.id));
  }
}

void lower_instances(Draft& draft, const spec::ComponentSpec& spec, plan::ComponentId id) {
  plan::Plan& plan = draft.plan;
  plan::Component& c = plan.components[id.index()];
  for (const auto& entry : spec.replicas) {
    const std::vector<plan::LocationId> at = draft.find_locations(entry.key.id);
    if (at.empty()) {
      draft.issues.error(entry.key.place, fmt::format("there is no site or zone \"{}\"", entry.key.id));
      continue;
    }
    for (std::int64_t i = 0; i < entry.value; ++i) {
      plan::Instance instance;
      instance.component = id;
      instance.ordinal = c.replicas++;
      instance.location = at[static_cast<std::size_t>(i) % at.size()];
      const double* weight = spec.weights.find(plan.locations[instance.location.index()].site);
      instance.weight = weight != nullptr ? *weight : 1.0;
      instance.name_key = random::hash_name(fmt::format("{}#{}", c.name, instance.ordinal));
      plan.instances.push_back(instance);
    }
  }
}

std::uint32_t crew_index(const Draft& draft, const std::optional<spec::CrewRef>& crew) {
  for (std::size_t i = 0; crew && i < draft.plan.crews.size(); ++i) {
    if (draft.plan.crews[i].name == crew->id) return static_cast<std::uint32_t>(i);
  }
  return Id<void>::kNone;
}

/// The clock of that share of the failures. A group asks for less than all of them only where their rate is constant.
spec::LawSpec thinned(spec::LawSpec fails, double share) {
  if (auto* law = std::get_if<spec::ExponentialLaw>(&fails.law); law != nullptr && share < 1.0)
    law->mean.ns = from_seconds(to_seconds(law->mean.ns) / share);
  return fails;
}

/// Share of the failures of a component or link that its fate groups have in common.
double common_share(const Draft& draft, std::string_view id) {
  double sum = 0.0;
  for (const auto& share : draft.topology.shares) {
    for (const spec::MemberRef& member : share.value.members)
      sum += member.id == id ? share.value.beta.value : 0.0;
  }
  return sum;
}
/// Below this nothing is left of the failures of its own.
constexpr double kLeastShare = 1e-9;

plan::Life lower_life(Draft& draft, const spec::LifeSpec& spec, double share) {
  plan::Life life;
  life.fails = draft.law(thinned(spec.fails, share));
  life.repairs = draft.law(spec.repairs);
  life.crew = crew_index(draft, spec.crew);
  return life;
}

plan::InService lower(spec::InService word) {
  switch (word) {
    case spec::InService::kResume: return plan::InService::kResume;
    case spec::InService::kRestart: return plan::InService::kRestart;
    case spec::InService::kLose: break;
  }
  return plan::InService::kLose;
}

void lower_lives(Draft& draft) {
  plan::Plan& plan = draft.plan;
  for (std::size_t c = 0; c < draft.topology.components.size(); ++c) {
    const spec::ComponentSpec& spec = draft.topology.components[c].value;
    const double own = 1.0 - common_share(draft, draft.topology.components[c].id);
    if (!spec.life || own < kLeastShare) continue;
    plan::Life life = lower_life(draft, *spec.life, own);
    life.in_service = lower(spec.life->in_service);
    for (std::uint32_t i = 0; i < plan.components[c].replicas; ++i) {
      life.target = plan.components[c].first_instance + i;
      life.name_key = plan.instances[life.target].name_key;
      plan.lives.push_back(life);
    }
  }
  for (std::size_t l = 0; l < draft.topology.links.size(); ++l) {
    const auto& entry = draft.topology.links[l];
    const double own = 1.0 - common_share(draft, entry.id);
    if (!entry.value.life || own < kLeastShare) continue;
    plan::Life life = lower_life(draft, *entry.value.life, own);
    life.is_link = true;
    life.target = static_cast<std::uint32_t>(l);
    life.name_key = random::hash_name(entry.id);
    plan.lives.push_back(life);
  }
}

/// The failures that the members of a fate group have in common: one clock and one repair for all of them.
void lower_shares(Draft& draft) {
  plan::Plan& plan = draft.plan;
  for (const auto& share : draft.topology.shares) {
    std::vector<plan::LifeTarget> targets;
    std::optional<plan::Life> life;
    for (const spec::MemberRef& member : share.value.members) {
      const spec::ComponentSpec* part = draft.topology.components.find(member.id);
      const spec::LinkSpec* line = draft.topology.links.find(member.id);
      const spec::LifeSpec* lives = part != nullptr && part->life   ? &*part->life
                                    : line != nullptr && line->life ? &*line->life
                                                                    : nullptr;
      if (lives == nullptr) continue;
      if (!life) life = lower_life(draft, *lives, share.value.beta.value);
      if (line != nullptr) targets.push_back({true, draft.find_link(member.id).value, {}});
      if (part == nullptr) continue;
      const plan::Component& c = draft.component(draft.find_component(member.id));
      for (std::uint32_t i = 0; i < c.replicas; ++i)
        targets.push_back({false, c.first_instance + i, lower(part->life->in_service)});
    }
    if (!life || targets.empty()) continue;
    life->is_link = targets.front().is_link;
    life->target = targets.front().target;
    life->in_service = targets.front().in_service;
    life->with.assign(targets.begin() + 1, targets.end());
    life->name_key = random::hash_name("shares/" + share.id);
    plan.lives.push_back(std::move(*life));
  }
}

void lower_components(Draft& draft) {
  plan::Plan& plan = draft.plan;
  draft.bound(draft.topology.components.size(), kMostComponents, draft.topology.place, "components");
  draft.bound(draft.topology.operations.size(), kMostOperations, draft.topology.place, "operations");
  draft.bound(draft.topology.procedures.size(), kMostProcedures, draft.topology.place, "procedures");
  for (const auto& entry : draft.topology.components) {
    const spec::ComponentSpec& spec = entry.value;
    const plan::ComponentId id(plan.components.size());
    draft.bound(plan.instances.size() + static_cast<std::size_t>(spec.replica_count()), kMostInstances,
                spec.place, "replicas of all components so far");
    plan::Component c;
    c.name = entry.id;
    c.model = spec.model.name;
    c.first_instance = static_cast<std::uint32_t>(plan.instances.size());
    plan.components.push_back(c);
    if (draft.catalog.part(spec.model.name) == nullptr || spec.model.params == nullptr) {
      draft.issues.error(spec.place, fmt::format("there is no component model \"{}\"", spec.model.name));
    }
    lower_instances(draft, spec, id);
    plan::Component& made = plan.components.back();
    if (made.replicas == 0) draft.issues.error(spec.place, "a component has at least one replica");
    if (spec.needs && !spec.needs->by_load) {
      made.needs_at_least = static_cast<std::uint32_t>(spec.needs->at_least);
      if (made.needs_at_least > made.replicas) {
        draft.issues.error(spec.needs->place, fmt::format("needs at least {} replicas but has {}",
                                                          made.needs_at_least, made.replicas));
      }
    }
  }
  draft.facts.resize(plan.components.size());
}

}  // namespace

void lower_space(Draft& draft) {
  lower_sites(draft);
  lower_links(draft);
  lower_routes(draft);
  look_for_idle_links(draft);
  lower_components(draft);
  for (const auto& crew : draft.topology.crews) {
    draft.plan.crews.push_back({crew.id, static_cast<std::uint32_t>(crew.value.size)});
  }
  lower_lives(draft);
  lower_shares(draft);
  const spec::NetworkSpec& n = draft.topology.network;
  draft.plan.network.user_timeout_ns = n.user_timeout.ns;
  draft.plan.network.resend_timeout_ns = n.resend_timeout.ns;
  draft.plan.network.epoch_ns = n.epoch.ns;
  draft.plan.network.crosstraffic = n.crosstraffic;
  draft.plan.network.tcp_gamma_bytes = n.tcp_gamma.count;
}

}  // namespace twinvoice::compile
