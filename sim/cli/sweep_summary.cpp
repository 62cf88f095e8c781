#include "sim/cli/sweep_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/cli/sweep_jobs.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::cli {
namespace {

constexpr std::size_t kWidth = 100;  ///< columns of a line
constexpr std::size_t kBest = 5;
constexpr std::size_t kMostLists = 6;
constexpr std::size_t kMostTold = 10;

std::string counted(std::size_t n, const char* one) {
  return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s");
}

/// "5.58 min [5.1 min, 6.06 min]"; the value alone where it has no interval.
std::string interval(const report::FigureKind& kind, const measure::Estimate& e) {
  std::string value = report::figure_text(kind, e.value);
  if (!report::has_interval(e)) return value;
  return fmt::format("{} [{}, {}]", value, report::figure_text(kind, e.low),
                     report::figure_text(kind, e.high));
}

void add_failures(std::string& text, const std::vector<campaign::FailedCell>& failed) {
  if (failed.empty()) return;
  text += "\nFAILED\n";
  for (std::size_t i = 0; i < std::min(failed.size(), kMostTold); ++i) {
    text +=
        fmt::format("  {}: {}\n", failed[i].label.empty() ? failed[i].id : failed[i].label, failed[i].reason);
  }
  if (failed.size() > kMostTold) text += fmt::format("  and {} more\n", failed.size() - kMostTold);
  text += "  They are tried again with --retry-failed.\n";
}

void add_best(std::string& text, const BestCells& best) {
  const report::FigureKind kind = report::kind_of(best.figure);
  const std::string world = best.world.empty() ? "" : " in " + report::shortened(best.world, 40);
  text += fmt::format("\n{} {}{} (each cell alone, 95 % intervals)\n", best.minimise ? "LEAST" : "MOST",
                      report::shortened(best.figure, 30), world);
  std::vector<std::string> values;
  std::size_t room = kWidth;
  for (const BestCells::One& one : best.cells) {
    values.push_back(interval(kind, one.estimate));
    room = std::min(room, kWidth - 4 - report::columns(values.back()));
  }
  std::size_t widest = 0;
  for (const BestCells::One& one : best.cells)
    widest = std::max(widest, std::min(room, report::columns(one.label)));
  for (std::size_t i = 0; i < values.size(); ++i)
    text += fmt::format("  {}  {}\n", report::left(report::shortened(best.cells[i].label, room), widest),
                        values[i]);
}

/// Intervals of cells that share their luck say little about their difference: pairs of replications do.
void add_best(std::string& text, const SweepSummary& summary) {
  std::size_t told = 0;
  for (const BestCells& best : summary.best) {
    if (best.cells.empty() || ++told > kMostLists) continue;
    add_best(text, best);
  }
  if (told > kMostLists) text += fmt::format("\nand {} more such lists\n", told - kMostLists);
  if (told > 0)
    text += "\nWho is better is told by comparing the cells replication by replication:\n";
  else if (summary.verdicts.any())
    text += "\nWhich design meets what is expected is told by\n";
  if (told > 0 || summary.verdicts.any())
    text += fmt::format("  twinvoice sweep report {}\n", shell_word(summary.store));
}

nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

std::vector<BestCells> best_cells(const std::string& store, const std::vector<campaign::Task>& tasks,
                                  const std::vector<spec::ObjectiveFigure>& objectives,
                                  const WorldOf& world_of) {
  std::vector<BestCells> list;
  if (objectives.empty()) return list;
  std::vector<std::string> worlds;
  for (const campaign::Task& task : tasks) {
    std::string world = world_of(task.position);
    if (std::find(worlds.begin(), worlds.end(), world) == worlds.end()) worlds.push_back(std::move(world));
  }
  for (const std::string& world : worlds) {
    for (const spec::ObjectiveFigure& objective : objectives)
      list.push_back({objective.figure().text, objective.minimise.has_value(), world, {}});
  }
  const store::Store reader(store, store::Store::Mode::kRead);
  for (const campaign::Task& task : tasks) {
    const auto cell = reader.cell(task.id);
    if (!cell || cell->state != "complete") continue;
    std::vector<std::string> names;
    for (const store::CellFigure& figure : cell->figures) names.push_back(figure.name);
    const std::string world = world_of(task.position);
    for (BestCells& best : list) {
      if (best.world != world) continue;
      std::string problem;
      const auto name = report::full_name(names, best.figure, problem);
      if (!name) continue;
      const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), *name) - names.begin());
      if (std::isfinite(cell->figures[at].estimate.value))
        best.cells.push_back({cell->label, cell->figures[at].estimate});
    }
  }
  for (BestCells& best : list) {
    std::stable_sort(best.cells.begin(), best.cells.end(), [&](const auto& a, const auto& b) {
      return best.minimise ? a.estimate.value < b.estimate.value : a.estimate.value > b.estimate.value;
    });
    if (best.cells.size() > kBest) best.cells.erase(best.cells.begin() + kBest, best.cells.end());
  }
  return list;
}

VerdictCounts verdicts_of(const std::string& store, const std::vector<campaign::Task>& tasks) {
  const store::Store reader(store, store::Store::Mode::kRead);
  const CellsById cells = cells_by_id(reader);
  VerdictCounts counts;
  for (const campaign::Task& task : tasks) {
    const auto found = cells.find(task.id);
    if (found != cells.end()) counts.add(found->second);
  }
  return counts;
}

std::string summary_text(const SweepSummary& summary) {
  const campaign::Summary& c = summary.campaign;
  std::string text = fmt::format(
      "SWEEP {}{}\n", summary.sweep,
      summary.shard.is_whole() ? ""
                               : fmt::format(", shard {} of {}", summary.shard.number, summary.shard.count));
  text += fmt::format("  cells         {} of {} complete{}{}\n", c.complete, c.cells,
                      c.failed.empty() ? "" : fmt::format(", {} failed", c.failed.size()),
                      c.already > 0 ? fmt::format(" ({} from before)", c.already) : "");
  text += fmt::format("  replications  {} run{}, {:.3g} events, {:.3g} s of processor time\n", c.replications,
                      c.found > 0 ? fmt::format(", {} from before", c.found) : "",
                      static_cast<double>(c.events), c.cpu_s);
  if (summary.verdicts.any()) text += fmt::format("  expected      {}\n", summary.verdicts.text());
  text += fmt::format("  store         {}\n", summary.store);
  if (!c.shorter.empty()) {
    text += fmt::format(
        "  {} complete with fewer replications than the sweep asks for now: kept as they are; another store "
        "starts anew\n",
        counted(c.shorter.size(), "cell"));
  }
  if (c.interrupted) text += "  interrupted: the same command goes on where this one stopped\n";
  if (!summary.race.empty() && !c.interrupted) {
    text += fmt::format("  selected      {}\n", c.selected
                                                    ? fmt::format("{} (best {})", *c.selected, summary.race)
                                                    : "none: the evidence names no best cell");
  }
  add_failures(text, c.failed);
  add_best(text, summary);
  return text;
}

std::string summary_json(const SweepSummary& summary) {
  const campaign::Summary& c = summary.campaign;
  nlohmann::ordered_json j;
  j["twinvoice"] = "sweep-run/1";
  j["sweep"] = summary.sweep;
  j["store"] = summary.store;
  j["shard"] = {{"number", summary.shard.number}, {"count", summary.shard.count}};
  j["cells"] = {
      {"all", c.cells}, {"complete", c.complete}, {"failed", c.failed.size()}, {"before", c.already}};
  j["replications"] = {{"run", c.replications}, {"before", c.found}};
  j["verdicts"] = {{"met", summary.verdicts.met},
                   {"missed", summary.verdicts.missed},
                   {"undecided", summary.verdicts.undecided}};
  j["events"] = c.events;
  j["cpu_s"] = c.cpu_s;
  j["interrupted"] = c.interrupted;
  if (!summary.race.empty())
    j["selected"] = c.selected ? nlohmann::ordered_json(*c.selected) : nlohmann::ordered_json(nullptr);
  j["failures"] = nlohmann::ordered_json::array();
  for (const campaign::FailedCell& cell : c.failed)
    j["failures"].push_back({{"cell", cell.id}, {"label", cell.label}, {"reason", cell.reason}});
  j["shorter"] = c.shorter;
  j["best"] = nlohmann::ordered_json::array();
  for (const BestCells& best : summary.best) {
    nlohmann::ordered_json one{{best.minimise ? "minimise" : "maximise", best.figure}};
    if (!best.world.empty()) one["world"] = best.world;
    one["cells"] = nlohmann::ordered_json::array();
    for (const BestCells::One& cell : best.cells) {
      one["cells"].push_back({{"label", cell.label},
                              {"value", number(cell.estimate.value)},
                              {"low", number(cell.estimate.low)},
                              {"high", number(cell.estimate.high)}});
    }
    j["best"].push_back(std::move(one));
  }
  return report::document_text(j);
}

}  // namespace twinvoice::cli
