#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/sweep_points.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"
#include "sim/store/export.hpp"

namespace twinvoice::cli {
namespace {

using Json = nlohmann::ordered_json;
using report::left;
using report::right;
using report::Style;
using store::PointRow;
using store::Store;

constexpr std::size_t kMostFigures = 15;  // in the text; JSON has all

/// Its levels; the cell's id when it has none.
std::string name_of(const PointRow& point) {
  const std::string text = levels_text(point);
  return text.empty() ? point.cell_id : text;
}

struct Failure {
  std::size_t position = 0;
  std::string cell, label, reason;
};

/// Relative half widths of a figure over the complete cells of a sweep.
struct Precision {
  std::string figure;
  std::size_t cells = 0;
  double median = 0.0, widest = 0.0;
  std::string widest_at;
};

struct SweepStatus {
  std::string name;
  SweepCounts cells;
  std::size_t begun = 0;
  std::uint64_t replications = 0, pending = 0;
  std::map<std::string, std::size_t> reasons;
  std::vector<Failure> failures;
  std::vector<Precision> precision;
};

/// Relative half widths of the figures, each with the point at which it is so wide.
using Widths = std::map<std::string, std::vector<std::pair<double, std::string>>>;

void add_widths(const store::CellRow& cell, const PointRow& point, Widths& widths) {
  for (const store::CellFigure& figure : cell.figures) {
    const measure::Estimate& e = figure.estimate;
    // Nothing is relative to 0, and what is given exactly has no precision to reach.
    if (!std::isfinite(e.value) || e.value == 0.0 || e.low == e.high || !report::has_interval(e)) continue;
    const double width = e.relative_half_width();
    if (!std::isnan(width)) widths[figure.name].emplace_back(width, name_of(point));
  }
}

std::vector<Precision> precision_of(const Widths& widths) {
  std::vector<Precision> list;
  for (const auto& [figure, found] : widths) {
    auto w = found;
    std::stable_sort(w.begin(), w.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    list.push_back({figure, w.size(), w[(w.size() - 1) / 2].first, w.back().first, w.back().second});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Precision& a, const Precision& b) { return a.widest > b.widest; });
  return list;
}

SweepStatus status_of(const Store& store, const std::string& name) {
  const store::SweepRow sweep = store::find_sweep(store, name);
  SweepStatus status;
  status.name = sweep.name;
  const CellsById cells = cells_by_id(store);
  status.cells = count_cells(cells, sweep);
  std::map<std::string, std::uint64_t> pending;
  for (const store::PendingSummary& cell : store.pending_cells()) pending[cell.cell_id] = cell.replications;
  Widths widths;
  for (const PointRow& point : sweep.points) {
    if (const auto waiting = pending.find(point.cell_id); waiting != pending.end()) {
      ++status.begun;
      status.pending += waiting->second;
    }
    const auto found = cells.find(point.cell_id);
    if (found == cells.end()) continue;
    if (found->second.state == "failed") {
      status.failures.push_back({point.position, point.cell_id, name_of(point), found->second.reason});
    } else {
      ++status.reasons[found->second.reason];
      status.replications += found->second.replications;
      const std::optional<store::CellRow> cell = store.cell(point.cell_id);
      if (cell) add_widths(*cell, point, widths);
    }
  }
  status.precision = precision_of(widths);
  return status;
}

std::string percent(double share) {
  return std::isinf(share) ? "unbounded" : fmt::format("{:.3g} %", share * 100.0);
}

std::string precision_text(const SweepStatus& status, const Style& style) {
  if (status.precision.empty()) return {};
  std::string text =
      "\n" + style.bold("PRECISION: half of the interval's width over the value, in complete cells") + "\n";
  text += style.dim("  " + left("", 36) + right("cells", 8) + right("median", 12) + right("widest", 12) +
                    "  at") +
          "\n";
  const std::size_t shown = std::min(status.precision.size(), kMostFigures);
  for (std::size_t i = 0; i < shown; ++i) {
    const Precision& p = status.precision[i];
    text += "  " + left(report::shortened(p.figure, 36), 36) + right(std::to_string(p.cells), 8) +
            right(percent(p.median), 12) + right(percent(p.widest), 12) + "  " + p.widest_at + "\n";
  }
  if (status.precision.size() > shown)
    text += style.dim(
        fmt::format("  {} figures that are more precise: --format json\n", status.precision.size() - shown));
  return text;
}

std::string text_of(const SweepStatus& status, const Style& style) {
  std::string why;
  for (const auto& [reason, cells] : status.reasons)
    why += fmt::format("{}{} {}", why.empty() ? "" : ", ", cells, reason);
  std::string text = style.bold(fmt::format("SWEEP {}: {} cells", status.name, status.cells.total)) + "\n";
  text += fmt::format(
      "  {}{}\n", left("complete", 10),
      right(std::to_string(status.cells.complete), 8) +
          (status.cells.complete == 0
               ? ""
               : fmt::format("   {} replications; {}", report::count_text(status.replications), why)));
  if (status.cells.verdicts.any())
    text += fmt::format("  {}{}\n", left("expected", 10), "   " + status.cells.verdicts.text());
  const std::string failed = right(std::to_string(status.cells.failed), 8);
  text += "  " + left("failed", 10) + (status.failures.empty() ? failed : style.red(failed)) + "\n";
  text += "  " + left("missing", 10) + right(std::to_string(status.cells.missing), 8) + "\n";
  if (status.begun > 0)
    text += fmt::format("  {}{}   {} replications are acknowledged\n", left("begun", 10),
                        right(std::to_string(status.begun), 8), report::count_text(status.pending));
  if (!status.failures.empty()) text += "\n" + style.bold("FAILED CELLS") + "\n";
  for (const Failure& failure : status.failures) text += "  " + failure.label + ": " + failure.reason + "\n";
  return text + precision_text(status, style);
}

Json json_of(const SweepStatus& status) {
  Json j;
  j["name"] = status.name;
  j["done"] = status.cells.complete == status.cells.total;
  j["cells"] = {{"total", status.cells.total},
                {"complete", status.cells.complete},
                {"failed", status.cells.failed},
                {"missing", status.cells.missing}};
  j["verdicts"] = {{"met", status.cells.verdicts.met},
                   {"missed", status.cells.verdicts.missed},
                   {"undecided", status.cells.verdicts.undecided}};
  j["replications"] = status.replications;
  j["reasons"] = status.reasons;
  j["pending"] = {{"cells", status.begun}, {"replications", status.pending}};
  j["failures"] = Json::array();
  for (const Failure& f : status.failures)
    j["failures"].push_back(
        {{"position", f.position}, {"cell", f.cell}, {"label", f.label}, {"reason", f.reason}});
  j["precision"] = Json::array();
  for (const Precision& p : status.precision)
    j["precision"].push_back({{"figure", p.figure},
                              {"cells", p.cells},
                              {"median", report::figure_number(p.median)},
                              {"widest", report::figure_number(p.widest)},
                              {"widest_at", p.widest_at}});
  return j;
}

struct StatusArguments {
  std::string store, sweep;
  std::string format = "text";
};

std::string status_text(const StatusArguments& arguments) {
  const Store store(arguments.store, Store::Mode::kRead);
  const store::Snapshot snapshot(store);
  std::vector<std::string> names = store.sweeps();
  if (!arguments.sweep.empty() || names.empty()) names = {store::find_sweep(store, arguments.sweep).name};
  Json document = {{"twinvoice", "sweep-status/1"}, {"store", arguments.store}, {"sweeps", Json::array()}};
  std::string text;
  for (const std::string& name : names) {
    const SweepStatus status = status_of(store, name);
    document["sweeps"].push_back(json_of(status));
    text += (text.empty() ? "" : "\n") + text_of(status, Style(may_colour(STDOUT_FILENO)));
  }
  return arguments.format == "json" ? report::document_text(document) : text;
}

/// The store is closed before a reader of the output can end this program.
int show_status(const StatusArguments& arguments) {
  const std::string text = status_text(arguments);
  arguments.format == "json" ? print_data(text) : print_text(text);
  return kOk;
}

}  // namespace

void add_sweep_status(CLI::App& sweep, Session& session) {
  CLI::App* command =
      sweep.add_subcommand("status", "How far a campaign is: cells, verdicts, failures, precision");
  const auto a = std::make_shared<StatusArguments>();
  command->add_option("store", a->store, "store of a campaign")->required();
  command->add_option("--sweep", a->sweep, "name of the sweep, instead of all");
  command->add_option("--format", a->format, "text or json")
      ->check(one_of({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "Works while the campaign runs.\n\n"
      "Examples:\n"
      "  twinvoice sweep status failover-design.twinvoice.sqlite\n"
      "  twinvoice sweep status all.sqlite --format json | jq '.sweeps[] | .cells'");
  command->callback([&session, a] { session.action = [a] { return show_status(*a); }; });
}

}  // namespace twinvoice::cli
