#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/report/json_values.hpp"
#include "sim/store/export.hpp"

namespace twinvoice::cli {
namespace {

using Json = nlohmann::ordered_json;
using store::PointRow;
using store::ReplicationRow;
using store::Store;
using store::Table;

const std::map<std::string, Table> kTables = {{"cells", Table::kCells},
                                              {"replications", Table::kReplications},
                                              {"failures", Table::kFailures},
                                              {"recoveries", Table::kRecoveries}};

struct ExportArguments {
  std::string store, sweep;
  std::string format = "csv";
  std::string what = "cells";
};

Json head(const PointRow& point) {
  Json j;
  j["position"] = point.position;
  j["cell"] = point.cell_id;
  j["levels"] = Json::object();
  for (const auto& [axis, label] : point.levels) j["levels"][axis] = label;
  return j;
}

Json head(const PointRow& point, const ReplicationRow& replication) {
  Json j = head(point);
  j["replication"] = replication.number;
  return j;
}

Json estimate(const measure::Estimate& e) {
  Json j;
  j["value"] = report::figure_number(e.value);
  j["low"] = report::figure_number(e.low);
  j["high"] = report::figure_number(e.high);
  j["confidence"] = report::figure_number(e.confidence);
  j["method"] = e.method;
  j["samples"] = e.samples;
  j["groups"] = e.groups;
  j["converged"] = e.converged;
  return j;
}

/// One row a line, so that line tools can look at large ones as well.
class JsonRows {
 public:
  JsonRows(const Store& store, const std::string& sweep, std::string what)
      : store_(store), sweep_(store::find_sweep(store, sweep)), what_(std::move(what)) {}

  std::string text(Table table) {
    Json axes = sweep_.axes;
    out_ = fmt::format("{{\"twinvoice\": \"sweep-{}/1\", \"sweep\": {}, \"axes\": {}, \"{}\": [", what_,
                       written(sweep_.name), written(axes), what_);
    for (const PointRow& point : sweep_.points) {
      if (table == Table::kCells) {
        cell(point);
        continue;
      }
      for (const ReplicationRow& row : store_.replications(point.cell_id, Store::Detail::kWithoutLatencies)) {
        if (table == Table::kReplications) replication(point, row);
        if (table == Table::kFailures) failures(point, row);
        if (table == Table::kRecoveries) recoveries(point, row);
      }
    }
    return std::move(out_) + "\n]}\n";
  }

 private:
  static std::string written(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

  void add(const Json& row) {
    out_ += first_ ? "\n" : ",\n";
    out_ += written(row);
    first_ = false;
  }

  void cell(const PointRow& point) {
    Json j = head(point);
    const auto cell = store_.cell(point.cell_id);
    j["state"] = cell ? cell->state : "missing";
    if (cell) {
      j["reason"] = cell->reason;
      j["verdict"] = cell->verdict.empty() ? Json(nullptr) : Json(cell->verdict);
      j["expectations"] = Json::array();
      for (const store::ExpectationRow& e : cell->expectations)
        j["expectations"].push_back(report::expectation_row(e));
      j["seed"] = cell->seed;
      j["tool_version"] = cell->tool_version;
      j["replications"] = store_.replications(point.cell_id, Store::Detail::kWithoutLatencies).size();
      j["figures"] = Json::object();
      for (const store::CellFigure& figure : cell->figures)
        j["figures"][figure.name] = estimate(figure.estimate);
    }
    add(j);
  }

  void replication(const PointRow& point, const ReplicationRow& row) {
    Json j = head(point, row);
    j["fingerprint"] = fmt::format("{:016x}", row.fingerprint);
    j["events"] = row.events;
    j["hops"] = row.hops;
    j["figures"] = Json::object();
    for (const store::Figure& figure : row.figures)
      j["figures"][figure.name] = report::figure_number(figure.value);
    add(j);
  }

  void failures(const PointRow& point, const ReplicationRow& row) {
    for (const store::CauseRow& failure : row.failures) {
      Json j = head(point, row);
      j["operation"] = failure.operation;
      j["cause"] = failure.cause;
      j["count"] = failure.count;
      add(j);
    }
  }

  void recoveries(const PointRow& point, const ReplicationRow& row) {
    for (const store::RecoveryRow& recovery : row.recoveries) {
      Json j = head(point, row);
      j["fault"] = recovery.fault;
      j["rto_s"] = report::figure_number(recovery.rto_s);
      j["rpo_s"] = report::figure_number(recovery.rpo_s);
      j["acknowledged_lost"] = report::figure_number(recovery.acknowledged_lost);
      j["phases"] = Json::object();
      for (const store::PhaseRow& phase : recovery.phases)
        j["phases"][phase.name] = report::figure_number(phase.at_s);
      add(j);
    }
  }

  const Store& store_;
  store::SweepRow sweep_;
  std::string what_;
  std::string out_;
  bool first_ = true;
};

std::string table_text(const ExportArguments& arguments) {
  const Store store(arguments.store, Store::Mode::kRead);
  const store::Snapshot snapshot(store);
  const Table table = kTables.at(arguments.what);
  if (arguments.format == "json") return JsonRows(store, arguments.sweep, arguments.what).text(table);
  std::ostringstream out;
  store::export_csv(store, arguments.sweep, out, table);
  return std::move(out).str();
}

/// The store is closed before a reader of the output can end this program.
int export_sweep(const ExportArguments& arguments) {
  print_data(table_text(arguments));
  return kOk;
}

}  // namespace

void add_sweep_export(CLI::App& sweep, Session& session) {
  CLI::App* command = sweep.add_subcommand("export", "Print the results of a sweep as a table");
  const auto a = std::make_shared<ExportArguments>();
  command->add_option("store", a->store, "store of a campaign")->required();
  command->add_option("--sweep", a->sweep, "name of the sweep, where the store holds several");
  command->add_option("--format", a->format, "csv or json")
      ->check(one_of({"csv", "json"}))
      ->capture_default_str();
  command->add_option("--what", a->what, "cells, replications, failures or recoveries")
      ->check(one_of({"cells", "replications", "failures", "recoveries"}))
      ->capture_default_str();
  command->footer(
      "Rows stand in the order of the design. What was not observed is empty (JSON: null); infinity, as of "
      "an outage that is\n"
      "not restored by the horizon or of an interval that the data bound on one side, is inf (JSON: "
      "\"infinity\"). Nothing that a\n"
      "clock has measured is printed: the same campaign gives the same bytes, with any number of processes, "
      "shards and\n"
      "restarts. Works while the campaign runs.\n\n"
      "Examples:\n"
      "  twinvoice sweep export failover-design.twinvoice.sqlite > cells.csv\n"
      "  twinvoice sweep export all.sqlite --sweep failover-design --what recoveries --format json | jq "
      ".recoveries[0]");
  command->callback([&session, a] { session.action = [a] { return export_sweep(*a); }; });
}

}  // namespace twinvoice::cli
