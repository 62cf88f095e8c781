// Rules of topology/1 that need more than one entity.
#include <fmt/format.h>

#include <map>
#include <string>

#include "sim/spec/document.hpp"
#include "sim/spec/reference_check.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::spec {
namespace {

void check_sites(const Topology& topology, Issues& issues) {
  for (const auto& site : topology.sites) {
    std::map<std::string_view, const Name*> seen;
    for (const Name& zone : site.value.zones) {
      if (!zone.text.empty() && !seen.emplace(zone.text, &zone).second) {
        issues.error(zone.place, fmt::format("the zone {} stands here twice", quote(zone.text)));
      }
    }
  }
}

void check_links(const Topology& topology, Issues& issues) {
  for (const auto& link : topology.links) {
    const auto& ends = link.value.between;
    if (ends.size() == 2 && !ends[1].id.empty() && ends[0].id == ends[1].id) {
      issues.error(ends[1].place,
                   fmt::format("both ends of the link are {}; a site's own network is its \"lan\"",
                               quote(ends[1].id)));
    }
  }
}

/// A component or site that a share or a balance rule names must not be two things at once.
void check_shared_names(const Topology& topology, Issues& issues) {
  std::map<std::string_view, std::string_view> seen;
  const auto claim = [&](const auto& map, std::string_view what) {
    for (const auto& entry : map) {
      const auto [at, fresh] = seen.emplace(entry.id, what);
      if (!fresh && at->second != what) {
        issues.error(entry.place,
                     fmt::format("{} is already the name of a {}; sites, links and components share one "
                                 "name space",
                                 quote(entry.id), at->second));
      }
    }
  };
  claim(topology.sites, "site");
  claim(topology.links, "link");
  claim(topology.components, "component");
}

void check_weights(const Named<ComponentSpec>& entry, const NameIndex& index, Issues& issues) {
  for (const auto& weight : entry.value.weights) {
    const std::string where = entry.id + "@" + weight.key.id;
    if (index.has_site(weight.key.id) && !index.has_replica(where)) {
      issues.error(weight.key.place,
                   fmt::format("{} has no replica at {}", quote(entry.id), quote(weight.key.id)));
    }
  }
}

}  // namespace

void check_topology(const Topology& topology, Issues& issues) {
  NameIndex index(topology);
  index.seal();
  check_references(topology.references, index, issues);
  check_sites(topology, issues);
  check_links(topology, issues);
  check_shared_names(topology, issues);
  check_shares(topology, issues);
  for (const auto& component : topology.components) {
    if (issues.all().size() > 2 * kMaxIssues) return;
    check_weights(component, index, issues);
  }
}

}  // namespace twinvoice::spec
