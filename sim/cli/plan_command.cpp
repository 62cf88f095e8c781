#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "models/catalog.hpp"
#include "sim/base/console.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/plan_input.hpp"
#include "sim/cli/plan_structure.hpp"
#include "sim/cli/program_text.hpp"
#include "sim/cli/progress.hpp"
#include "sim/compile/compile.hpp"
#include "sim/compile/own_text.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"

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

/// What is asked of a Plan.
struct View {
  bool steps = false;           ///< of each operation
  bool topology_alone = false;  ///< nothing is to be run: a day under the stated volumes
  std::string without;          ///< a lost place; empty: none
};

class PlanText {
 public:
  PlanText(const plan::Plan& plan, const spec::Topology& topology, const View& view, bool colour)
      : plan_(plan), topology_(topology), analysis_(compile::analyse(plan)), view_(view), style_(colour) {}

  std::string text() {
    header();
    if (view_.without.empty()) operations();
    if (std::any_of(analysis_.operations.begin(), analysis_.operations.end(),
                    [](const compile::OperationTraffic& t) { return t.peak_per_s > 0.0; })) {
      stations();
      pools();
      links();
    }
    if (view_.without.empty()) {
      out_ += place_loads_text(plan_, style_);
      out_ += structure_text(plan_, style_);
      out_ += advice_text(plan_, topology_, style_);
    }
    capacity();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void title(const std::string& text) { line(), line(style_.bold(text)); }

  void header() {
    line(style_.bold(plan_.name + (view_.without.empty() ? "" : ", without " + view_.without)));
    const std::string size =
        fmt::format("{} components, {} replicas, {} programs, {} steps", plan_.components.size(),
                    plan_.instances.size(), plan_.programs.size(), plan_.steps.size());
    const std::string runs = fmt::format("{} {} of {}, seed {}", plan_.replications,
                                         plan_.replications == 1 ? "run" : "replications",
                                         format_duration(plan_.horizon_ns), plan_.seed);
    line(style_.dim(size + "; " + (view_.topology_alone ? "under the volumes of its operations" : runs)));
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
        line(style_.dim(view_.topology_alone
                            ? "  no \"volume\" is stated (operations." + operation.name +
                                  ".volume: \"500000 per day\"): load and capacity are not judged"
                            : "  no load in this experiment"));
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
      if (view_.steps) out_ += operation_text(plan_, traffic.operation);
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

  void links() {
    std::map<std::string, Group> groups;
    for (const compile::LinkTraffic& t : analysis_.links) {
      if (!(t.bytes_per_s > 0.0)) continue;
      add(groups[compile::link_name(plan_, t).substr(5)], t, t.bytes_per_s / 125'000.0);
    }
    table(groups, "LINKS: requests, answers and replication", "Mbit/s");
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

  void capacity() {
    title(view_.topology_alone ? "CAPACITY" : "COST OF THE RUN");
    if (!view_.topology_alone) {
      line(fmt::format("  about {} hops a replication, {} of computing for all {} (at {:.0f} ns a hop)",
                       report::count_text(static_cast<std::uint64_t>(std::max(analysis_.hops, 0.0))),
                       report::seconds_text(analysis_.wall_s), plan_.replications, compile::kNanosPerHop));
    }
    if (std::isfinite(analysis_.scale_to_saturation) && analysis_.scale_to_saturation > 0.0) {
      line(fmt::format("  the load may grow by the factor {:.3g} before {} is full",
                       analysis_.scale_to_saturation, analysis_.fullest));
    } else {
      line(style_.dim("  no load: nothing is said of it"));
    }
    for (const std::string& warning : analysis_.warnings)
      line("  " + style_.yellow("warning: " + report::wrapped(warning, 88, "    ")));
  }

  const plan::Plan& plan_;
  const spec::Topology& topology_;
  compile::PlanAnalysis analysis_;
  const View& view_;
  Style style_;
  std::string out_;
};

int show_plan(const std::string& path, View view, bool dump) {
  const models::Catalog catalog;
  const PlanInput input = read_plan_input(path, catalog);
  view.topology_alone = input.topology_alone;
  Issues warnings;
  plan::Plan plan = compile::compile_own_text(input.experiment, catalog, warnings);
  if (!view.without.empty()) {
    try {
      plan = without_place(std::move(plan), view.without);
    } catch (const std::invalid_argument& wrong) {
      throw CLI::ValidationError("--without", wrong.what());
    }
  }
  for (const Issue& warning : warnings.all()) tell(fmt::format("{}\n", format_issue(warning)));
  if (dump) {
    std::ostringstream out;
    plan::dump(plan, out);
    print_data(out.str());
  } else {
    print_text(PlanText(plan, input.experiment.topology, view, may_colour(STDOUT_FILENO)).text());
  }
  return kOk;
}

}  // namespace

void add_plan(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "plan", "Show what would run: steps, offered load, capacity, single points of failure, cost");
  struct Arguments {
    std::string file;
    std::string without;
    bool brief = false;
    bool dump = false;
  };
  const auto a = std::make_shared<Arguments>();
  command->add_option("file", a->file, "experiment (experiment/1), or a topology alone (topology/1)")
      ->required();
  command->add_option("--without", a->without,
                      "the load while this zone, site or region is lost and everything has moved");
  command->add_flag("--brief", a->brief, "without the steps of each operation");
  command->add_flag("--dump", a->dump, "every column of the compiled plan instead");
  command->footer(
      "Nothing is simulated: utilisations come from the traffic equations, losses from the rules by which "
      "the engines "
      "choose replicas. A topology alone is judged under the volumes that its operations state.\n\n"
      "Examples:\n"
      "  twinvoice plan experiments/drills/shanghai-region-down.json\n"
      "  twinvoice plan topologies/two-sites-three-centres.json\n"
      "  twinvoice plan topologies/two-sites-three-centres.json --without shanghai-a");
  command->callback([&session, a] {
    session.action = [a] { return show_plan(a->file, View{!a->brief, false, a->without}, a->dump); };
  });
}

}  // namespace twinvoice::cli
