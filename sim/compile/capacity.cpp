// What is full first, and what is overloaded: read off the traffic of a Plan, with no call hedged and with every one.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/compile/flow.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/compile/traffic_equations.hpp"

namespace twinvoice::compile {
namespace {

/// Peaks of the same plan with every call hedged.
void take_hedged(PlanAnalysis& result, const PlanAnalysis& all) {
  const auto take = [](auto& own, const auto& theirs) {
    for (std::size_t i = 0; i < own.size(); ++i)
      own[i].hedged_utilisation = std::max(own[i].peak_utilisation, theirs[i].peak_utilisation);
  };
  take(result.stations, all.stations);
  take(result.pools, all.pools);
  take(result.links, all.links);
  take(result.limits, all.limits);
}

void find_fullest(const plan::Plan& plan, PlanAnalysis& result) {
  double most = 0.0;
  const auto see = [&](const auto& t, const auto& name) {
    if (t.hedged_utilisation <= most) return;
    most = t.hedged_utilisation;
    result.fullest = name();
  };
  for (const LimitTraffic& t : result.limits) see(t, [&] { return limit_name(plan, t); });
  for (const StationTraffic& t : result.stations)
    see(t, [&] { return placed_name(plan, plan.stations[t.station.index()]); });
  for (const PoolTraffic& t : result.pools)
    see(t, [&] { return placed_name(plan, plan.pools[t.pool.index()]); });
  for (const LinkTraffic& t : result.links) see(t, [&] { return link_name(plan, t); });
  if (most > 0.0) result.scale_to_saturation = 1.0 / most;
}

/// What is asked of a thing beside what it can do.
template <class Traffic>
std::string asked(const Traffic& t) {
  if (t.peak_utilisation < 1.0)
    return fmt::format("{:.0f} % at peak, {:.0f} % if every call is hedged", t.peak_utilisation * 100.0,
                       t.hedged_utilisation * 100.0);
  return fmt::format("{:.0f} % on average, {:.0f} % at peak", t.utilisation * 100.0,
                     t.peak_utilisation * 100.0);
}

/// One sentence for the fullest of the things of one name, replicas of one component at one place.
class Warnings {
 public:
  explicit Warnings(PlanAnalysis& result) : result_(result) {}

  template <class Traffic>
  void add(const std::string& name, const Traffic& t, const std::string& text) {
    if (t.hedged_utilisation < 1.0 || !told_.insert(name).second) return;
    result_.warnings.push_back(text);
  }

 private:
  PlanAnalysis& result_;
  std::set<std::string> told_;
};

void warn(const plan::Plan& plan, PlanAnalysis& result) {
  Warnings warnings(result);
  for (const LimitTraffic& t : result.limits) {
    const double rate_per_s = plan.gates[t.gate.index()].rate_per_s;
    const std::string name = limit_name(plan, t);
    warnings.add(name, t,
                 fmt::format("{} lets through {:.4g}/s: {} of that comes; it turns away {:.4g}/s at peak",
                             name, rate_per_s, asked(t), std::max(0.0, t.peak_per_s - rate_per_s)));
  }
  for (const StationTraffic& t : result.stations) {
    const std::string name = placed_name(plan, plan.stations[t.station.index()]);
    warnings.add(name, t,
                 fmt::format("{} is overloaded: its cores would have to be busy {}; its queue grows without "
                             "end",
                             name, asked(t)));
  }
  for (const PoolTraffic& t : result.pools) {
    const plan::Pool& pool = plan.pools[t.pool.index()];
    const std::string name = placed_name(plan, pool);
    warnings.add(
        name, t,
        fmt::format("{} is too small: at least {:.1f} of its {} tokens are in use on average, "
                    "{:.1f} at peak",
                    name, t.tokens, pool.size, t.hedged_utilisation * static_cast<double>(pool.size)));
  }
  for (const LinkTraffic& t : result.links) {
    const std::string name = link_name(plan, t);
    warnings.add(name, t,
                 fmt::format("{} is too thin: of its bandwidth {} is asked for{}", name, asked(t),
                             t.replicated_per_s > 0.0 ? "; followers fall behind" : ""));
  }
}

}  // namespace

std::string link_name(const plan::Plan& plan, const LinkTraffic& traffic) {
  const plan::Link& link = plan.links[traffic.link.index()];
  return fmt::format("link {} ({} to {})", link.name, traffic.forward ? link.site_a : link.site_b,
                     traffic.forward ? link.site_b : link.site_a);
}

std::string without_ordinal(const std::string& name) {
  const std::size_t mark = name.find('#');
  if (mark == std::string::npos) return name;
  const std::size_t end = name.find_first_not_of("0123456789", mark + 1);
  return name.substr(0, mark) + (end == std::string::npos ? "" : name.substr(end));
}

std::string limit_name(const plan::Plan& plan, const LimitTraffic& traffic) {
  return placed_name(plan, plan.gates[traffic.gate.index()]);
}

PlanAnalysis analyse(const plan::Plan& plan, double ns_per_hop) {
  PlanAnalysis result = solve_traffic(plan, Hedging::kNone, ns_per_hop);
  if (std::any_of(plan.calls.begin(), plan.calls.end(),
                  [](const plan::CallSite& site) { return most_hedges(site) > 0; })) {
    result.hedged = true;
    take_hedged(result, solve_traffic(plan, Hedging::kEveryCall, ns_per_hop));
  } else {
    take_hedged(result, result);
  }
  find_fullest(plan, result);
  warn(plan, result);
  return result;
}

}  // namespace twinvoice::compile
