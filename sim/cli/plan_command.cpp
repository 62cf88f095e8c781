#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <sstream>

#include "models/catalog.hpp"
#include "sim/base/console.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/program_text.hpp"
#include "sim/cli/progress.hpp"
#include "sim/compile/architecture.hpp"
#include "sim/compile/compile.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::cli {
namespace {

using report::left;
using report::right;
using report::Style;

/// Stations or pools that are replicas of one thing: their sums and their fullest replica.
struct Group {
  std::uint32_t replicas = 0;
  double per_s = 0.0;        ///< visits, or tokens in use
  double utilisation = 0.0;  ///< of the fullest replica
  double peak = 0.0;
};

/// "ledger#0/cores" -> "ledger/cores".
std::string group_name(const std::string& name) {
  const std::size_t mark = name.find('#');
  if (mark == std::string::npos) return name;
  const std::size_t end = name.find_first_not_of("0123456789", mark + 1);
  return name.substr(0, mark) + (end == std::string::npos ? "" : name.substr(end));
}

class PlanText {
 public:
  PlanText(const plan::Plan& plan, bool steps, bool colour)
      : plan_(plan), analysis_(compile::analyse(plan)), steps_(steps), style_(colour) {}

  std::string text() {
    header();
    operations();
    stations();
    pools();
    structure();
    cost();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void title(const std::string& text) { line(), line(style_.bold(text)); }

  void header() {
    line(style_.bold(plan_.name));
    line(style_.dim(fmt::format(
        "{} components, {} replicas, {} programs, {} steps; {} {} of {}, seed {}", plan_.components.size(),
        plan_.instances.size(), plan_.programs.size(), plan_.steps.size(), plan_.replications,
        plan_.replications == 1 ? "run" : "replications", format_duration(plan_.horizon_ns), plan_.seed)));
    for (const plan::Fault& fault : plan_.faults) {
      line(fmt::format(
          "  fault {} at {}{}{}", fault.name, format_clock(fault.at_ns),
          fault.until_ns < plan_.horizon_ns ? " until " + format_clock(fault.until_ns) : std::string(),
          fault.begins.valid() ? ", or later: each replication draws its begin" : ""));
    }
    for (const plan::Procedure& procedure : plan_.procedures) {
      line(fmt::format("  procedure {} ({}){}", procedure.name, procedure.model,
                       procedure.implied ? ", implied" : ""));
    }
  }

  void operations() {
    for (const compile::OperationTraffic& traffic : analysis_.operations) {
      const plan::Operation& operation = plan_.operations[traffic.operation.index()];
      title("OPERATION " + operation.name);
      if (!(traffic.peak_per_s > 0.0)) {
        line(style_.dim("  no load in this experiment"));
        continue;
      }
      line(fmt::format("  {:.4g}/s on average, {:.4g}/s at the peak; {:.3g} hops and {:.3g} frames a request",
                       traffic.mean_per_s, traffic.peak_per_s, traffic.hops_per_request,
                       traffic.frames_per_request));
      line(fmt::format("  answers in {} on an idle system: no mean response time can be shorter",
                       report::seconds_text(traffic.unloaded_response_s)));
      if (traffic.success < 1.0)
        line(
            fmt::format("  {} succeed by the stated error rates alone", report::share_text(traffic.success)));
      if (steps_) out_ += operation_text(plan_, traffic.operation);
    }
  }

  std::string load(double utilisation) const {
    const std::string text = right(fmt::format("{:.1f} %", utilisation * 100.0), 10);
    return utilisation >= 1.0 ? style_.red(text) : utilisation >= 0.8 ? style_.yellow(text) : text;
  }

  void table(const std::map<std::string, Group>& groups, const char* what, const char* rate) {
    if (groups.empty()) return;
    title(what);
    line(style_.dim("  " + left("", 34) + right("replicas", 10) + right(rate, 14) + right("on average", 12) +
                    right("at the peak", 13)));
    std::vector<std::pair<std::string, Group>> rows(groups.begin(), groups.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second.peak > b.second.peak; });
    for (const auto& [name, g] : rows) {
      std::string row = "  " + left(report::shortened(name, 34), 34) + right(std::to_string(g.replicas), 10) +
                        right(fmt::format("{:.4g}", g.per_s), 14) + "  " + load(g.utilisation) + "   " +
                        load(g.peak);
      if (g.peak >= 1.0) row += style_.red("  overloaded");
      line(row);
    }
  }

  template <class Traffic>
  static void add(Group& group, const Traffic& traffic, double per_s) {
    ++group.replicas;
    group.per_s += per_s;
    group.utilisation = std::max(group.utilisation, traffic.utilisation);
    group.peak = std::max(group.peak, traffic.peak_utilisation);
  }

  void stations() {
    std::map<std::string, Group> groups;
    for (const compile::StationTraffic& s : analysis_.stations) {
      add(groups[group_name(plan_.stations[s.station.index()].name)], s, s.visits_per_s);
    }
    table(groups, "STATIONS: offered load of the fullest replica", "visits/s");
  }

  void pools() {
    std::map<std::string, Group> groups;
    for (const compile::PoolTraffic& p : analysis_.pools)
      add(groups[group_name(plan_.pools[p.pool.index()].name)], p, p.tokens);
    table(groups, "POOLS: tokens in use without any waiting", "tokens");
  }

  void structure() {
    const graph::Architecture architecture = compile::architecture(plan_);
    title("STRUCTURE");
    const auto problems = graph::reachability_problems(architecture);
    for (const std::string& problem : problems) line("  " + style_.red("cannot work: " + problem));
    std::map<std::string, std::vector<std::string>> points;
    for (const graph::SinglePoint& point : graph::single_points(architecture)) {
      if (point.holds_clients) continue;
      points[point.operation].push_back(fmt::format("{} {}", graph::element_name(point.element), point.name));
    }
    if (points.empty()) line("  no single point of failure");
    for (const auto& [operation, names] : points) {
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
      line("  " +
           report::wrapped(fmt::format("single points of failure of {}: {}", operation, list), 98, "    "));
    }
  }

  void cost() {
    title("COST OF THE RUN");
    line(fmt::format("  about {} hops a replication, {} of computing for all {} (at {:.0f} ns a hop)",
                     report::count_text(static_cast<std::uint64_t>(std::max(analysis_.hops, 0.0))),
                     report::seconds_text(analysis_.wall_s), plan_.replications, compile::kNanosPerHop));
    if (std::isfinite(analysis_.scale_to_saturation) && analysis_.scale_to_saturation > 0.0) {
      const std::string where =
          analysis_.bottleneck.valid() ? plan_.stations[analysis_.bottleneck.index()].name : "a pool";
      line(fmt::format(
          "  the load may grow by the factor {:.3g} before something is full; the busiest station is {}",
          analysis_.scale_to_saturation, where));
    }
    for (const std::string& warning : analysis_.warnings)
      line("  " + style_.yellow("warning: " + report::wrapped(warning, 88, "    ")));
  }

  const plan::Plan& plan_;
  compile::PlanAnalysis analysis_;
  bool steps_;
  Style style_;
  std::string out_;
};

int show_plan(const std::string& path, bool steps, bool dump) {
  const models::Catalog catalog;
  const spec::Experiment experiment = spec::load_experiment(path, catalog);
  Issues warnings;
  const plan::Plan plan = compile::compile(experiment, catalog, &warnings);
  for (const Issue& warning : warnings.all()) tell(fmt::format("{}\n", format_issue(warning)));
  if (dump) {
    std::ostringstream out;
    plan::dump(plan, out);
    print_data(out.str());
  } else {
    print_text(PlanText(plan, steps, may_colour(STDOUT_FILENO)).text());
  }
  return kOk;
}

}  // namespace

void add_plan(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("plan", "Show what would run: steps, offered load, weak points, cost");
  struct Arguments {
    std::string experiment;
    bool brief = false;
    bool dump = false;
  };
  const auto a = std::make_shared<Arguments>();
  command->add_option("experiment", a->experiment, "experiment file (experiment/1)")->required();
  command->add_flag("--brief", a->brief, "without the steps of each operation");
  command->add_flag("--dump", a->dump, "every column of the compiled plan instead");
  command->footer(
      "Nothing is simulated: utilisations come from the traffic equations, weak points from the "
      "structure.\n\n"
      "Example:\n  twinvoice plan experiments/drills/shanghai-region-down.json");
  command->callback(
      [&session, a] { session.action = [a] { return show_plan(a->experiment, !a->brief, a->dump); }; });
}

}  // namespace twinvoice::cli
