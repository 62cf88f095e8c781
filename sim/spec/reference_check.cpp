#include "sim/spec/reference_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {

void NameSet::seal() {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

std::string NameSet::hint(std::string_view word) const {
  if (names_.size() > 2000) return {};
  return did_you_mean(word, {names_.begin(), names_.end()});
}

bool NameSet::has(std::string_view name) const {
  return std::binary_search(names_.begin(), names_.end(), name);
}

NameIndex::NameIndex(const Topology& topology) {
  const auto add_ids = [](NameSet& set, const auto& map) {
    for (const auto& entry : map) set.add(entry.id);
  };
  add_ids(components_, topology.components);
  add_ids(links_, topology.links);
  add_ids(operations_, topology.operations);
  add_ids(procedures_, topology.procedures);
  add_ids(crews_, topology.crews);
  add_ids(shares_, topology.shares);
  for (const auto& site : topology.sites) {
    sites_.add(site.id);
    locations_.add(site.id);
    regions_.add(site.value.region);
    for (const Name& zone : site.value.zones) {
      const std::string name = site.id + "/" + zone.text;
      zones_.add(name);
      locations_.add(name);
    }
  }
  for (const auto& component : topology.components) {
    for (const auto& entry : component.value.replicas) {
      if (entry.value <= 0) continue;
      replicas_.add(component.id + "@" + entry.key.id);
      replicas_.add(component.id + "@" + std::string(split_location(entry.key.id).site));
    }
  }
  for (const NameSet* set : {&components_, &locations_, &links_}) {
    for (const std::string& name : set->names()) members_.add(name);
  }
  for (NameSet* set : {&components_, &replicas_, &sites_, &locations_, &zones_, &regions_, &links_,
                       &operations_, &procedures_, &crews_, &shares_, &faults_, &members_}) {
    set->seal();
  }
}

const NameSet& NameIndex::names_of(RefKind kind) const {
  switch (kind) {
    case RefKind::kComponent:
    case RefKind::kInstances: return components_;
    case RefKind::kSite: return sites_;
    case RefKind::kLocation: return locations_;
    case RefKind::kZone: return zones_;
    case RefKind::kRegion: return regions_;
    case RefKind::kLink: return links_;
    case RefKind::kOperation: return operations_;
    case RefKind::kProcedure: return procedures_;
    case RefKind::kCrew: return crews_;
    case RefKind::kShare: return shares_;
    case RefKind::kFault: return faults_;
    case RefKind::kMember: return members_;
  }
  return components_;
}

std::string NameIndex::problem(const Reference& reference) const {
  if (reference.kind == RefKind::kInstances) return instances_problem(reference.id);
  const NameSet& names = names_of(reference.kind);
  if (names.has(reference.id)) return {};
  return fmt::format("there is no {} {}{}", ref_kind_name(reference.kind), quote(reference.id),
                     names.hint(reference.id));
}

std::string NameIndex::instances_problem(std::string_view text) const {
  const InstancesParts parts = split_instances(text);
  const std::string component(parts.component);
  if (!components_.has(component)) {
    return fmt::format("there is no component {}{}", quote(component), components_.hint(component));
  }
  if (component.size() == text.size()) return {};
  const std::string location(parts.location);
  if (!locations_.has(location)) {
    return fmt::format("there is no site or site/zone {}{}", quote(location), locations_.hint(location));
  }
  if (!replicas_.has(text)) {
    return fmt::format("{} has no replica at {}", quote(component), quote(location));
  }
  return {};
}

void NameIndex::check(const Reference& reference, Issues& issues) const {
  std::string what = problem(reference);
  if (!what.empty()) issues.error(reference.place, std::move(what));
}

void check_references(const std::vector<Reference>& references, const NameIndex& index, Issues& issues) {
  const std::size_t before = issues.all().size();
  for (const Reference& reference : references) {
    if (issues.all().size() - before >= kMaxIssues) return;
    index.check(reference, issues);
  }
}

}  // namespace twinvoice::spec
