// twinvoice sweep plan: what a sweep would run, and what that would cost.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/console.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/sweep_check.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/sweep_estimate.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownCells = 20;
// Bytes in a store, measured on the shipped sweeps.
constexpr double kBytesOfCell = 6000.0;
constexpr double kBytesOfReplication = 2000.0;  ///< beside its latencies
constexpr double kBytesOfLatencies = 16'000.0;  ///< of one operation in one replication

struct Arguments {
  std::string file;
  std::string format = "text";
  std::string store;
  bool cells = false;
};

/// Everything that is printed.
struct SweepPlan {
  const campaign::Cells& cells;
  std::size_t shown = 0;
  OfferedLoad load;
  std::optional<Experience> known;
  spec::ReplicationsSpec replications;

  /// Whether an axis is of the world.
  [[nodiscard]] bool has_worlds() const {
    const auto& axes = cells.design().axes();
    return std::any_of(axes.begin(), axes.end(),
                       [](const campaign::Axis& axis) { return axis.role == spec::AxisRole::kWorld; });
  }
  [[nodiscard]] std::size_t worlds() const { return cells.design().combinations(spec::AxisRole::kWorld); }
  [[nodiscard]] std::size_t designs() const { return cells.design().combinations(spec::AxisRole::kDesign); }
  [[nodiscard]] bool from_store() const { return known && known->replications > 0; }
  [[nodiscard]] std::size_t missing() const { return cells.size() - (known ? known->cells : 0); }
  /// Of one replication, in processor time.
  [[nodiscard]] double seconds() const { return from_store() ? known->seconds : load.seconds; }
  /// Of one replication in the store, with its share of what is kept for each cell.
  [[nodiscard]] double bytes(double replications_a_cell) const {
    if (from_store() && known->bytes > 0.0) return known->bytes;
    const double own = kBytesOfReplication + kBytesOfLatencies * static_cast<double>(load.operations);
    return own + kBytesOfCell / replications_a_cell;
  }
  [[nodiscard]] double total_seconds(std::int64_t n) const {
    return seconds() * static_cast<double>(n) * static_cast<double>(missing());
  }
  [[nodiscard]] double total_bytes(std::int64_t n) const {
    const auto replications_a_cell = static_cast<double>(n);
    return bytes(replications_a_cell) * replications_a_cell * static_cast<double>(missing());
  }
  [[nodiscard]] std::string basis() const {
    if (from_store()) {
      return fmt::format("from {} replications of {} cells that the store already has", known->replications,
                         known->cells);
    }
    return fmt::format(
        "from the offered load at {:.0f} ns a hop and {:.0f} ms a run{}; {}", compile::kNanosPerHop,
        kSecondsOfRun * 1e3,
        load.sampled < cells.size() ? fmt::format(", in {} cells spread over the design", load.sampled) : "",
        on_top());
  }
  [[nodiscard]] std::string on_top() const {
    if (load.overloaded == 0)
      return "retries come on top; what a fault overloads takes several times as much";
    return fmt::format("{} of {} cells {} overloaded and may take several times as much; retries come on top",
                       load.overloaded, load.sampled, load.overloaded == 1 ? "is" : "are");
  }
};

std::string design_name(spec::DesignKind kind) {
  switch (kind) {
    case spec::DesignKind::kCartesian: return "cartesian";
    case spec::DesignKind::kZip: return "zip";
    case spec::DesignKind::kLatinHypercube: return "latin_hypercube";
    case spec::DesignKind::kSobol: return "sobol";
    case spec::DesignKind::kSaltelli: return "saltelli";
  }
  return {};
}

const char* role_word(spec::AxisRole role) { return role == spec::AxisRole::kWorld ? "world" : "design"; }

std::string bytes_text(double bytes) {
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (bytes < 1000.0) break;
    bytes /= 1000.0;
    unit = next;
  }
  return fmt::format("{:.3g} {}", bytes, unit);
}

/// "until" in words.
std::string rule_text(const spec::Sweep& sweep, const spec::ReplicationsSpec& r) {
  if (sweep.select) {
    return fmt::format("{} to {} of each cell, given to those that may be the best in {}", r.least, r.most,
                       sweep.select->figure.figure().text);
  }
  if (r.is_fixed()) return fmt::format("{} of each cell", r.most);
  std::string until;
  for (const spec::PrecisionSpec& p : r.until) {
    until +=
        fmt::format("{}{} is known to {}", until.empty() ? "" : " and ", p.figure.text,
                    p.relative ? spec::format_quantity(*p.relative) : spec::format_quantity(*p.absolute));
  }
  if (r.outages) until += fmt::format("{}{} outages were seen", until.empty() ? "" : " and ", *r.outages);
  return fmt::format("{} to {} of each cell, until {}", r.least, r.most, until);
}

class PlanText {
 public:
  PlanText(const SweepPlan& plan, bool colour) : plan_(plan), style_(colour) {}

  std::string text() {
    const spec::Sweep& sweep = plan_.cells.sweep();
    line(style_.bold(sweep.name.text));
    if (!sweep.description.empty()) line(style_.dim(report::wrapped(sweep.description, 100, "")));
    axes();
    table();
    cost();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }

  void axes() {
    const campaign::Design& design = plan_.cells.design();
    line();
    line(fmt::format("{} cells of {} ({}{})", report::count_text(plan_.cells.size()),
                     plan_.cells.sweep().experiment_path.text, design_name(plan_.cells.sweep().design.kind),
                     design.skipped() > 0 ? fmt::format(", {} skipped", design.skipped()) : ""));
    if (const std::size_t worlds = plan_.worlds(); plan_.has_worlds()) {
      const std::size_t designs = plan_.designs();
      line(fmt::format("{} world{}, {} design{}: each cell is a design in a world",
                       report::count_text(worlds), worlds == 1 ? "" : "s", report::count_text(designs),
                       designs == 1 ? "" : "s"));
    }
    for (const campaign::Axis& axis : design.axes()) {
      std::string levels;
      if (axis.is_continuous()) {
        levels = fmt::format("all from {} to {}", axis.at(0.0).level.label, axis.at(1.0).level.label);
      }
      for (std::size_t i = 0; i < axis.levels.size() && i < 12; ++i)
        levels += (i == 0 ? "" : ", ") + axis.levels[i].level.label;
      if (axis.levels.size() > 12) levels += fmt::format(", ... ({} in all)", axis.levels.size());
      if (plan_.has_worlds()) levels = fmt::format("({}) {}", role_word(axis.role), levels);
      line("  " + report::left(axis.name, 18) + report::wrapped(levels, 80, "                    "));
    }
    line("  " + report::left("replications", 18) + rule_text(plan_.cells.sweep(), plan_.replications));
  }

  void table() {
    std::vector<std::vector<std::string>> rows{{"cell"}};
    for (const campaign::Axis& axis : plan_.cells.design().axes()) rows[0].push_back(axis.name);
    rows[0].push_back("a replication");
    for (std::size_t i = 0; i < plan_.shown; ++i) {
      const campaign::Point point = plan_.cells.design().at(i);
      std::vector<std::string> row{fmt::format("{}", i)};
      for (const campaign::AxisLevel& level : point.levels)
        row.push_back(report::shortened(level.level.label, 24));
      const auto known = plan_.load.cells.find(i);
      row.push_back(known == plan_.load.cells.end() ? "" : report::seconds_text(known->second));
      rows.push_back(std::move(row));
    }
    std::vector<std::size_t> widths(rows[0].size());
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], report::columns(row[i]));
    }
    line();
    for (const auto& row : rows) {
      std::string text;
      for (std::size_t i = 0; i < row.size(); ++i) text += "  " + report::right(row[i], widths[i]);
      line(&row == &rows.front() ? style_.dim(text) : text);
    }
    const std::size_t more = plan_.cells.size() - plan_.shown;
    if (more > 0)
      line(style_.dim(fmt::format("  ... and {} more; --cells shows all of them", report::count_text(more))));
  }

  void cost() {
    const spec::ReplicationsSpec& r = plan_.replications;
    line();
    line(style_.bold("COST"));
    if (plan_.known) {
      line(fmt::format("  {} of the {} cells are in the store already", plan_.known->cells,
                       plan_.cells.size()));
    }
    if (!std::isfinite(plan_.seconds())) {
      line("  processor time unknown: the offered load of a cell has no finite number of hops");
      return;
    }
    const auto both = [&](const std::string& least, const std::string& most) {
      return r.is_fixed() || least == most ? most : fmt::format("{} to {}", least, most);
    };
    line(fmt::format("  about {} of processor time, {} a replication",
                     both(report::seconds_text(plan_.total_seconds(r.least)),
                          report::seconds_text(plan_.total_seconds(r.most))),
                     report::seconds_text(plan_.seconds())));
    line("    " + report::wrapped(plan_.basis(), 96, "    "));
    line(fmt::format("  about {} on disk",
                     both(bytes_text(plan_.total_bytes(r.least)), bytes_text(plan_.total_bytes(r.most)))));
  }

  const SweepPlan& plan_;
  report::Style style_;
  std::string out_;
};

Json axes_json(const campaign::Design& design) {
  Json axes = Json::array();
  for (const campaign::Axis& axis : design.axes()) {
    Json one{{"name", axis.name}, {"role", role_word(axis.role)}};
    if (axis.is_continuous()) {
      one["from"] = axis.at(0.0).level.label;
      one["to"] = axis.at(1.0).level.label;
    } else {
      one["levels"] = Json::array();
      for (const campaign::AxisLevel& level : axis.levels) one["levels"].push_back(level.level.label);
    }
    axes.push_back(std::move(one));
  }
  return axes;
}

std::string plan_json(const SweepPlan& plan) {
  const spec::Sweep& sweep = plan.cells.sweep();
  Json out{{"twinvoice", "sweep-plan/1"},
           {"name", sweep.name.text},
           {"experiment", sweep.experiment_path.text},
           {"design", design_name(sweep.design.kind)}};
  out["axes"] = axes_json(plan.cells.design());
  out["cells"] = plan.cells.size();
  out["worlds"] = plan.worlds();
  out["designs"] = plan.designs();
  out["skipped"] = plan.cells.design().skipped();
  out["finished"] = plan.known ? plan.known->cells : 0;
  out["replications"] = {{"least", plan.replications.least}, {"most", plan.replications.most}};
  out["estimate"] = {
      {"basis", plan.basis()},
      {"cpu_s_per_replication", report::number(plan.seconds())},
      {"cpu_s_least", report::number(plan.total_seconds(plan.replications.least))},
      {"cpu_s_most", report::number(plan.total_seconds(plan.replications.most))},
      {"disk_bytes_least", report::number(std::round(plan.total_bytes(plan.replications.least)))},
      {"disk_bytes_most", report::number(std::round(plan.total_bytes(plan.replications.most)))}};
  out["table"] = Json::array();
  for (std::size_t i = 0; i < plan.shown; ++i) {
    const campaign::Cell cell = plan.cells.at(i);
    Json row{{"position", i}, {"id", cell.id}, {"seed", cell.seed}, {"levels", Json::object()}};
    for (const campaign::Level& level : cell.levels) row["levels"][level.axis] = level.label;
    const auto known = plan.load.cells.find(i);
    if (known != plan.load.cells.end()) row["cpu_s"] = report::number(known->second);
    out["table"].push_back(std::move(row));
  }
  return report::document_text(out);
}

int show(const Arguments& a) {
  const models::Catalog catalog;
  const SweepCells made(campaign::Cells(spec::load_sweep(a.file)));
  const campaign::Cells& cells = made.cells();
  Issues issues;
  check_sweep(cells, catalog, issues);
  check_figures(made, issues);
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  for (const Issue& warning : issues.all()) tell(fmt::format("{}\n", format_issue(warning)));
  SweepPlan plan{cells,
                 a.cells ? cells.size() : std::min(cells.size(), kShownCells),
                 offered_load(cells, catalog),
                 {},
                 cells.replications()};
  if (!a.store.empty()) plan.known = experience(cells, a.store);
  if (a.format == "json")
    print_data(plan_json(plan));
  else
    print_text(PlanText(plan, may_colour(STDOUT_FILENO)).text());
  return kOk;
}

}  // namespace

void add_sweep_plan(CLI::App& sweep, Session& session) {
  CLI::App* command = sweep.add_subcommand("plan", "Show the cells of a sweep and what they would cost");
  const auto a = std::make_shared<Arguments>();
  command->add_option("sweep", a->file, "sweep file (sweep/1)")->required();
  command->add_option("--format", a->format, "text or json")->check(one_of({"text", "json"}));
  command->add_flag("--cells", a->cells, "all cells; otherwise the first 20");
  command->add_option("--store", a->store, "estimate from the cells that this store already has");
  command->footer(
      "Nothing is simulated. The processor time comes from the offered load of the cells, or from the "
      "finished cells of a\n"
      "store. Axes with \"role\": \"world\" make worlds, the others designs.\n\nExamples:\n"
      "  twinvoice sweep plan experiments/sweeps/surviving-site.json\n"
      "  twinvoice sweep plan experiments/sweeps/whichever-zone.json\n"
      "  twinvoice sweep plan experiments/sweeps/surviving-site.json --cells --format json");
  command->callback([&session, a] { session.action = [a] { return show(*a); }; });
}

}  // namespace twinvoice::cli
