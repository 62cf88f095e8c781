#include "sim/cli/plan_input.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/base/nearest.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::cli {
namespace {

constexpr Nanos kDayNs = 24LL * 3600 * kNanosPerSecond;

spec::Experiment day_under_volumes(const std::string& path, const models::Catalog& catalog) {
  spec::Experiment day;
  day.topology = spec::load_topology(path, catalog);
  day.name = day.topology.name;
  day.file = path;
  day.horizon = Duration{kDayNs};
  for (const auto& operation : day.topology.operations) {
    if (!operation.value.volume) continue;
    spec::LoadSpec load;
    load.load = spec::DiurnalLoad{operation.value.volume->shape};
    load.place = operation.value.place;
    spec::Ref<spec::RefKind::kOperation> name;
    name.id = operation.id;
    name.place = operation.value.place;
    day.load.push_back({std::move(name), std::move(load)});
  }
  return day;
}

}  // namespace

PlanInput read_plan_input(const std::string& path, const models::Catalog& catalog) {
  Issues issues;
  const auto format = spec::format_of(path, issues);
  if (!format) throw InvalidInput(std::move(issues));
  if (format->rfind("topology/", 0) == 0) return {day_under_volumes(path, catalog), true};
  return {spec::load_experiment(path, catalog), false};
}

plan::Plan without_locations(plan::Plan plan, const std::vector<bool>& lost) {
  for (plan::Instance& instance : plan.instances) {
    if (lost[instance.location.index()]) instance.weight = 0.0;
  }
  for (plan::Log& log : plan.logs) {
    const auto stays = [&](plan::LocationId l) { return !lost[l.index()]; };
    std::erase_if(log.followers, [&](plan::LocationId l) { return !stays(l); });
    if (stays(log.leader_location) || log.followers.empty()) continue;
    log.leader_location = log.followers.front();
    log.followers.erase(log.followers.begin());
  }
  std::erase_if(plan.sources, [&](const plan::Source& source) {
    return lost[plan.operations[source.operation.index()].from.index()];
  });
  return plan;
}

plan::Plan without_place(plan::Plan plan, std::string_view place) {
  std::vector<bool> lost(plan.locations.size(), false);
  std::vector<std::string_view> names;
  for (std::size_t l = 0; l < plan.locations.size(); ++l) {
    const plan::Location& location = plan.locations[l];
    lost[l] = location.name == place || location.site == place || location.region == place;
    names.insert(names.end(), {location.name, location.site, location.region});
  }
  if (std::find(lost.begin(), lost.end(), true) == lost.end())
    throw std::invalid_argument("there is no zone, site or region \"" + std::string(place) + "\"" +
                                spec::did_you_mean(place, names));
  return without_locations(std::move(plan), lost);
}

}  // namespace twinvoice::cli
