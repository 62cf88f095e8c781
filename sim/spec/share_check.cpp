// Fate groups: a share divides failures that its members have, so all of them have one and the same life.
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "sim/spec/document.hpp"
#include "sim/spec/reference_check.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::spec {
namespace {

/// What a member brings into its group.
struct Member {
  const LifeSpec* life = nullptr;
  std::int64_t things = 0;  ///< replicas, or one link
};

Member find_member(const Topology& topology, std::string_view id) {
  if (const ComponentSpec* c = topology.components.find(id); c != nullptr)
    return {c->life ? &*c->life : nullptr, c->replica_count()};
  if (const LinkSpec* l = topology.links.find(id); l != nullptr) return {l->life ? &*l->life : nullptr, 1};
  return {};
}

bool stands_for_something(const Topology& topology, std::string_view id) {
  const LocationParts place = split_location(id);
  return topology.components.find(id) != nullptr || topology.links.find(id) != nullptr ||
         topology.sites.find(place.site) != nullptr;
}

std::string text_of(const LifeSpec& life) {
  return fmt::format("{}; {}; {}", format_law(life.fails), format_law(life.repairs),
                     life.crew ? life.crew->id : "");
}

/// Whether the law has a constant failure rate, which alone can be divided.
bool divisible(const LawSpec& law) { return std::holds_alternative<ExponentialLaw>(law.law); }

}  // namespace

void check_shares(const Topology& topology, Issues& issues) {
  std::map<std::string_view, double>
      common;  // share of the failures of a member that is common, over all its groups
  for (const auto& share : topology.shares) {
    std::set<std::string_view> seen;
    const MemberRef* first = nullptr;
    std::int64_t things = 0;
    bool whole = true;
    for (const MemberRef& member : share.value.members) {
      const Member found = find_member(topology, member.id);
      const bool fresh = seen.insert(member.id).second;
      whole = whole && found.life != nullptr && fresh;
      if (!fresh) {
        issues.error(member.place, fmt::format("{} stands here twice", quote(member.id)));
      } else if (found.life == nullptr && !stands_for_something(topology, member.id)) {
        continue;  // a dangling reference, told as such
      } else if (found.life == nullptr) {
        issues.error(
            member.place,
            fmt::format("{} has no \"life\", so it has no failures that could be common: name components "
                        "and links that have one",
                        quote(member.id)));
      } else if (first != nullptr &&
                 text_of(*find_member(topology, first->id).life) != text_of(*found.life)) {
        issues.error(member.place, fmt::format("{} and {} have different lives: \"beta\" is a share of the "
                                               "failures of each member, so these "
                                               "have the same \"fails\", \"repairs\" and \"crew\"",
                                               quote(first->id), quote(member.id)));
      } else if (!divisible(found.life->fails) && share.value.beta.value < 1.0) {
        issues.error(
            member.place,
            fmt::format(
                "less than all failures of {} can be common only when their rate is constant: \"fails\": "
                "{{\"exponential\": ...}}",
                quote(member.id)));
      }
      if (found.life == nullptr) continue;
      if (first == nullptr) first = &member;
      things += found.things;
      double& sum = common[member.id];
      sum += share.value.beta.value;
      if (fresh && sum > 1.0 + 1e-12) {
        issues.error(member.place,
                     fmt::format("the groups of {} share more than 100 % of its failures", quote(member.id)));
      }
    }
    if (whole && things == 1) {
      issues.error(share.value.place,
                   "one replica or link alone fails together with nothing: name another member");
    }
  }
}

}  // namespace twinvoice::spec
