#include "sim/compile/structure.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "sim/compile/outage.hpp"

namespace twinvoice::compile {
namespace {

/// An element with what dies in it.
struct Case {
  SingleLoss loss;
  Outage outage;
};

class Cases {
 public:
  explicit Cases(const plan::Plan& plan) : plan_(plan) {}

  std::vector<Case> all() {
    replicas();
    for (const PlaceExtent& place : place_extents(plan_))
      add(place.element, place.name).outage.locations = place.locations;
    for (std::size_t l = 0; l < plan_.links.size(); ++l) {
      Case& added = add(Element::kLink, plan_.links[l].name);
      added.outage.links.assign(plan_.links.size(), false);
      added.outage.links[l] = true;
    }
    return std::move(cases_);
  }

 private:
  Case& add(Element element, std::string name) {
    Case added;
    added.loss.element = element;
    added.loss.name = std::move(name);
    cases_.push_back(std::move(added));
    return cases_.back();
  }

  void replicas() {
    for (std::size_t c = 0; c < plan_.components.size(); ++c) {
      const plan::Component& component = plan_.components[c];
      std::map<std::uint32_t, std::vector<std::uint32_t>> at;
      for (std::uint32_t i = component.first_instance; i < component.first_instance + component.replicas; ++i)
        at[plan_.instances[i].location.value].push_back(i);
      for (const auto& [location, instances] : at) {
        kill(c, location, {instances.front()}, Element::kReplica);
        if (instances.size() > 1) kill(c, location, instances, Element::kReplicas);
      }
    }
  }
  void kill(std::size_t component, std::uint32_t location, const std::vector<std::uint32_t>& instances,
            Element element) {
    Case& added = add(element, plan_.components[component].name + " at " + plan_.locations[location].name);
    added.loss.component = plan::ComponentId(component);
    added.loss.dead = static_cast<std::uint32_t>(instances.size());
    added.loss.of = plan_.components[component].replicas;
    added.outage.instances.assign(plan_.instances.size(), false);
    for (const std::uint32_t i : instances) added.outage.instances[i] = true;
  }

  const plan::Plan& plan_;
  std::vector<Case> cases_;
};

}  // namespace

const char* element_name(Element element) {
  switch (element) {
    case Element::kReplica: return "replica";
    case Element::kReplicas: return "replicas";
    case Element::kZone: return "zone";
    case Element::kSite: return "site";
    case Element::kRegion: return "region";
    case Element::kLink: return "link";
  }
  return "";
}

std::vector<PlaceExtent> place_extents(const plan::Plan& plan) {
  std::vector<PlaceExtent> list;
  std::set<std::vector<bool>> seen;
  const auto add = [&](Element element, const auto& name_of) {
    std::map<std::string, std::vector<bool>> by_name;
    for (std::size_t l = 0; l < plan.locations.size(); ++l) {
      std::vector<bool>& extent = by_name[name_of(plan.locations[l])];
      extent.resize(plan.locations.size(), false);
      extent[l] = true;
    }
    for (const auto& [name, extent] : by_name) {
      if (!seen.insert(extent).second) continue;
      const bool whole_site = element == Element::kZone && name.find('/') == std::string::npos;
      list.push_back({whole_site ? Element::kSite : element, name, extent});
    }
  };
  add(Element::kZone, [](const plan::Location& l) { return l.name; });
  add(Element::kSite, [](const plan::Location& l) { return l.site; });
  add(Element::kRegion, [](const plan::Location& l) { return l.region; });
  return list;
}

std::string caller_name(const plan::Plan& plan, const plan::CallSite& site) {
  return site.caller.valid() ? plan.components[site.caller.index()].name
                             : site.name.substr(0, site.name.find('>'));
}

Structure::Structure(const plan::Plan& plan)
    : plan_(plan), noticed_by_(plan.components.size()), noticed_(plan.components.size(), false) {
  find_notices();
}

void Structure::find_notices() {
  for (std::size_t c = 0; c < plan_.components.size(); ++c) {
    for (const plan::Procedure& procedure : plan_.procedures) {
      if (procedure.takes_out && procedure.subject == plan_.components[c].name)
        noticed_by_[c].push_back(procedure.name);
    }
    std::set<std::string> with, without;
    for (const plan::CallSite& site : plan_.calls) {
      if (site.target.index() != c) continue;
      const std::string caller = caller_name(plan_, site);
      (may_eject(plan_, site) ? with : without).insert(caller);
    }
    if (!with.empty() && without.empty()) noticed_by_[c].push_back("ejection");
    if (!with.empty() && !without.empty()) {
      for (const std::string& caller : with) noticed_by_[c].push_back("ejection of " + caller);
    }
    const bool probed = !noticed_by_[c].empty() && noticed_by_[c].front().rfind("ejection", 0) != 0;
    noticed_[c] = probed || (!with.empty() && without.empty());
  }
}

std::vector<Lost> Structure::lost(const Outage& outage) const { return OutageWalk(plan_, outage).lost(); }

std::vector<SingleLoss> Structure::single_losses() const {
  std::vector<SingleLoss> losses;
  for (const Case& one : Cases(plan_).all()) {
    const std::vector<Lost> lost = this->lost(one.outage);
    for (std::size_t o = 0; o < lost.size(); ++o) {
      if (lost[o].share <= 1e-9) continue;
      SingleLoss loss = one.loss;
      loss.operation = plan::OperationId(o);
      loss.lost = lost[o];
      const auto& down = one.outage.locations;
      loss.holds_clients = !down.empty() && down[plan_.operations[o].from.index()];
      losses.push_back(std::move(loss));
    }
  }
  std::stable_sort(losses.begin(), losses.end(), [](const SingleLoss& a, const SingleLoss& b) {
    return std::tuple(a.operation, -a.lost.share) < std::tuple(b.operation, -b.lost.share);
  });
  return losses;
}

}  // namespace twinvoice::compile
