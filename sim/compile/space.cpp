// Sites to locations, links, routes, components to instances, lives.
//
// A replica count at a site with zones is spread round robin over its zones in their order. The latency of a
// route is the sum of its links between two sites, and the LAN of the site within one, also between its
// zones: it is never both.
#include <fmt/format.h>

#include <algorithm>

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

plan::Life lower_life(Draft& draft, const spec::LifeSpec& spec) {
  plan::Life life;
  life.fails = draft.law(spec.fails);
  life.repairs = draft.law(spec.repairs);
  life.crew = crew_index(draft, spec.crew);
  return life;
}

plan::Life::InService lower(spec::InService word) {
  switch (word) {
    case spec::InService::kResume: return plan::Life::InService::kResume;
    case spec::InService::kRestart: return plan::Life::InService::kRestart;
    case spec::InService::kLose: break;
  }
  return plan::Life::InService::kLose;
}

void lower_lives(Draft& draft) {
  plan::Plan& plan = draft.plan;
  for (std::size_t c = 0; c < draft.topology.components.size(); ++c) {
    const spec::ComponentSpec& spec = draft.topology.components[c].value;
    if (!spec.life) continue;
    plan::Life life = lower_life(draft, *spec.life);
    life.in_service = lower(spec.life->in_service);
    for (std::uint32_t i = 0; i < plan.components[c].replicas; ++i) {
      life.target = plan.components[c].first_instance + i;
      life.name_key = plan.instances[life.target].name_key;
      plan.lives.push_back(life);
    }
  }
  for (std::size_t l = 0; l < draft.topology.links.size(); ++l) {
    const auto& entry = draft.topology.links[l];
    if (!entry.value.life) continue;
    plan::Life life = lower_life(draft, *entry.value.life);
    life.is_link = true;
    life.target = static_cast<std::uint32_t>(l);
    life.name_key = random::hash_name(entry.id);
    plan.lives.push_back(life);
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
  lower_components(draft);
  for (const auto& crew : draft.topology.crews) {
    draft.plan.crews.push_back({crew.id, static_cast<std::uint32_t>(crew.value.size)});
  }
  lower_lives(draft);
  const spec::NetworkSpec& n = draft.topology.network;
  draft.plan.network.user_timeout_ns = n.user_timeout.ns;
  draft.plan.network.resend_timeout_ns = n.resend_timeout.ns;
  draft.plan.network.epoch_ns = n.epoch.ns;
  draft.plan.network.crosstraffic = n.crosstraffic;
  draft.plan.network.tcp_gamma_bytes = n.tcp_gamma.count;
}

}  // namespace twinvoice::compile
