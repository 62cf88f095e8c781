#include "sim/cli/plan_structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "sim/base/visible.hpp"
#include "sim/cli/plan_input.hpp"
#include "sim/compile/architecture.hpp"
#include "sim/compile/lints.hpp"
#include "sim/compile/structure.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::cli {
namespace {

using compile::Element;
using report::left;
using report::right;

/// From here on an operation is said to fail: what is left is rounding.
constexpr double kAll = 0.9995;
/// A loss that costs less is not told.
constexpr double kTold = 0.0005;
constexpr std::size_t kMostRows = 12;

class StructureText {
 public:
  StructureText(const plan::Plan& plan, const report::Style& style)
      : plan_(plan), style_(style), structure_(plan), losses_(structure_.single_losses()) {}

  std::string text() {
    line(), line(style_.bold("STRUCTURE"));
    for (const std::string& problem : graph::reachability_problems(compile::architecture(plan_)))
      line("  " + style_.red("cannot work: " + problem));
    for (std::size_t o = 0; o < plan_.operations.size(); ++o) operation(plan::OperationId(o));
    unnoticed();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void paragraph(const std::string& text) { line("  " + report::wrapped(text, 98, "    ")); }

  /// "all 2 replicas of ceph at beijing", "one of 2 replicas of waf, at shanghai-a", "region shanghai".
  [[nodiscard]] std::string what(const compile::SingleLoss& loss) const {
    if (loss.element == Element::kReplica) return fmt::format("one of {} {}", loss.of, loss.name);
    if (loss.element == Element::kReplicas)
      return fmt::format("the {} of {} {}", loss.dead, loss.of, loss.name);
    return fmt::format("{} {}", compile::element_name(loss.element), loss.name);
  }

  [[nodiscard]] static std::string share(const compile::Lost& lost) {
    const char* doubt = lost.at_least && lost.at_most ? "about "
                        : lost.at_least               ? "at least "
                        : lost.at_most                ? "at most "
                                                      : "";
    return doubt + report::share_text(lost.share);
  }

  void operation(plan::OperationId id) {
    const std::string& name = plan_.operations[id.index()].name;
    std::string points;
    std::vector<const compile::SingleLoss*> partial;
    for (const compile::SingleLoss& loss : losses_) {
      if (loss.operation != id || loss.holds_clients || loss.lost.share < kTold) continue;
      if (loss.lost.share < kAll) {
        partial.push_back(&loss);
      } else {
        points += (points.empty() ? "" : ", ") + what(loss);
      }
    }
    paragraph(points.empty() ? "no single point of failure of " + name
                             : fmt::format("single points of failure of {}: {}", name, points));
    if (partial.empty()) return;
    line(style_.dim(fmt::format("  what one loss costs {}, while it lasts and no runbook has acted", name)));
    for (std::size_t i = 0; i < partial.size() && i < kMostRows; ++i) {
      const compile::SingleLoss& loss = *partial[i];
      line("    " + left(report::shortened(what(loss), 44), 44) + right(share(loss.lost), 18));
    }
    if (partial.size() > kMostRows)
      line(style_.dim(fmt::format("    and {} more", partial.size() - kMostRows)));
  }

  /// Components of several replicas that are called and whose dead replicas go on being chosen.
  void unnoticed() {
    std::set<std::uint32_t> called;
    for (const plan::CallSite& site : plan_.calls) called.insert(site.target.value);
    std::string retried;
    for (const std::uint32_t c : called) {
      const plan::ComponentId id(c);
      const plan::Component& component = plan_.components[c];
      if (component.replicas < 2 || structure_.noticed_by_all(id)) continue;
      const std::string cost = cost_of_one(id);
      const auto& some = structure_.noticed_by(id);
      if (cost.empty()) {
        retried += (retried.empty() ? "" : ", ") + component.name;
        continue;
      }
      const std::string who =
          some.empty()
              ? fmt::format("nobody takes a dead replica of {} out (no probe, no ejection)", component.name)
              : fmt::format("a dead replica of {} is taken out by {} alone", component.name,
                            fmt::join(some, ", "));
      line("  " + style_.yellow(report::wrapped(who + ": that costs " + cost, 98, "    ")));
    }
    if (!retried.empty())
      paragraph("nobody takes dead replicas out of " + retried +
                ", but retries of their callers make up for one");
  }

  /// What one dead replica costs, place by place; "" where it costs nothing.
  [[nodiscard]] std::string cost_of_one(plan::ComponentId id) const {
    std::string cost;
    for (const compile::SingleLoss& loss : losses_) {
      if (loss.component != id || loss.element != Element::kReplica || loss.lost.share < kTold) continue;
      cost += fmt::format("{}{} of {} for one of {}", cost.empty() ? "" : ", ", share(loss.lost),
                          plan_.operations[loss.operation.index()].name, loss.name);
    }
    return cost;
  }

  const plan::Plan& plan_;
  const report::Style& style_;
  compile::Structure structure_;
  std::vector<compile::SingleLoss> losses_;
  std::string out_;
};

/// Utilisation of the fullest replica of each component, at peak rates.
std::map<std::string, double> fullest(const plan::Plan& plan) {
  std::map<std::string, double> of;
  const auto see = [&](plan::InstanceId instance, double utilisation) {
    double& most = of[plan.components[plan.instances[instance.index()].component.index()].name];
    most = std::max(most, utilisation);
  };
  const compile::PlanAnalysis analysis = compile::analyse(plan);
  for (const compile::StationTraffic& s : analysis.stations)
    see(plan.stations[s.station.index()].instance, s.peak_utilisation);
  for (const compile::PoolTraffic& p : analysis.pools)
    see(plan.pools[p.pool.index()].instance, p.peak_utilisation);
  return of;
}

/// Names of places, each once; a site that is its region is not told twice.
std::vector<std::string> places_of(const plan::Plan& plan) {
  std::map<std::vector<bool>, std::string> by_extent;
  for (const bool whole : {false, true}) {
    for (const plan::Location& of : plan.locations) {
      for (const std::string& name : whole ? std::vector{of.region} : std::vector{of.name, of.site}) {
        std::vector<bool> extent;
        for (const plan::Location& l : plan.locations)
          extent.push_back(l.name == name || l.site == name || l.region == name);
        if (std::find(extent.begin(), extent.end(), false) != extent.end()) by_extent.emplace(extent, name);
      }
    }
  }
  std::vector<std::string> names;
  for (const auto& [extent, name] : by_extent) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string structure_text(const plan::Plan& plan, const report::Style& style) {
  return StructureText(plan, style).text();
}

std::string advice_text(const plan::Plan& plan, const spec::Topology& topology, const report::Style& style) {
  std::string out;
  const auto place_in = [](const auto& map, const std::string& name) {
    const auto* entry = map.find(name);
    return entry != nullptr ? entry->place : Place{};
  };
  for (const compile::Advice& advice : compile::lints(plan)) {
    Place place;
    switch (advice.subject) {
      case compile::Subject::kComponent: place = place_in(topology.components, advice.name); break;
      case compile::Subject::kOperation: place = place_in(topology.operations, advice.name); break;
      case compile::Subject::kProcedure: place = place_in(topology.procedures, advice.name); break;
    }
    out += "  " + style.yellow(report::wrapped(advice.name + ": " + advice.text, 98, "    ")) + "\n";
    if (place.line > 0)
      out += style.dim(fmt::format("    {}:{}: {}", visible(place.file), place.line, place.pointer)) + "\n";
  }
  return out.empty() ? out : "\n" + style.bold("ADVICE") + "\n" + out;
}

std::string place_loads_text(const plan::Plan& plan, const report::Style& style) {
  if (plan.sources.empty()) return {};
  struct Worst {
    double utilisation = 0.0;
    std::string without;
  };
  std::map<std::string, Worst> worst;
  const std::vector<std::string> places = places_of(plan);
  for (const std::string& place : places) {
    const plan::Plan left_over = without_place(plan, place);
    if (left_over.sources.empty()) continue;
    for (const auto& [name, utilisation] : fullest(left_over)) {
      if (utilisation > worst[name].utilisation) worst[name] = {utilisation, place};
    }
  }
  std::vector<std::pair<std::string, double>> rows;
  for (const auto& [name, calm] : fullest(plan)) {
    if (std::max(calm, worst[name].utilisation) > 0.0) rows.emplace_back(name, calm);
  }
  if (rows.empty() || places.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return worst[a.first].utilisation > worst[b.first].utilisation;
  });
  const auto load = [&](double utilisation) {
    const std::string text = right(fmt::format("{:.1f} %", utilisation * 100.0), 10);
    return utilisation >= 1.0 ? style.red(text) : utilisation >= 0.8 ? style.yellow(text) : text;
  };
  std::string out =
      "\n" + style.bold("LOAD WITH ONE PLACE LOST: fullest replica or pool, everything has moved") + "\n" +
      style.dim("  " + left("", 34) + right("in calm", 10) + right("at worst", 12) + "  without") + "\n";
  for (const auto& [name, calm] : rows) {
    const Worst& w = worst[name];
    out += "  " + left(report::shortened(name, 34), 34) + load(calm) + "  " + load(w.utilisation) + "  " +
           w.without + (w.utilisation >= 1.0 ? style.red("  overloaded") : "") + "\n";
  }
  return out;
}

}  // namespace twinvoice::cli
