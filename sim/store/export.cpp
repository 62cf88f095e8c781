#include "sim/store/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/base/csv.hpp"

namespace twinvoice::store {
namespace {

/// Column names in the order in which they were first seen, and the place of each.
class Columns {
 public:
  void add(const std::string& name) {
    if (places_.emplace(name, names_.size()).second) names_.push_back(name);
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::size_t place(const std::string& name) const { return places_.at(name); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> places_;
};

std::string number(double value) {
  if (std::isnan(value)) return {};
  return fmt::format("{}", value);
}

/// "backlog drained" -> "backlog_drained_at_s".
std::string column_of_phase(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name + "_at_s";
}

/// What was expected and is not shown to be met, in one cell.
std::string not_met(const CellRow& cell) {
  std::string list;
  for (const ExpectationRow& e : cell.expectations) {
    if (e.verdict != "met") list += fmt::format("{}{}: {}", list.empty() ? "" : "; ", e.verdict, e.text);
  }
  return list;
}

class Exporter {
 public:
  Exporter(const Store& store, const std::string& sweep, std::ostream& out)
      : store_(store), sweep_(find_sweep(store, sweep)), out_(out) {}

  void cells() {
    Columns figures;
    for (const PointRow& point : sweep_.points) {
      const std::optional<CellRow> cell = store_.cell(point.cell_id);
      if (!cell) continue;
      for (const CellFigure& figure : cell->figures) figures.add(figure.name);
    }
    head("state,reason,verdict,not_met,replications");
    for (const std::string& name : figures.names())
      out_ << ',' << csv_cell(name) << ',' << csv_cell(name + "_low") << ',' << csv_cell(name + "_high");
    out_ << '\n';
    std::map<std::string, std::uint64_t> replications;
    for (const CellSummary& cell : store_.summaries()) replications[cell.id] = cell.replications;
    for (const PointRow& point : sweep_.points) {
      const std::optional<CellRow> cell = store_.cell(point.cell_id);
      start(point);
      out_ << (cell ? cell->state : "missing") << ',' << (cell ? csv_cell(cell->reason) : "") << ','
           << (cell ? cell->verdict : "") << ',' << (cell ? csv_cell(not_met(*cell)) : "") << ','
           << replications[point.cell_id];
      std::vector<std::string> values(figures.size(), ",,");
      if (cell) {
        for (const CellFigure& figure : cell->figures) {
          const measure::Estimate& e = figure.estimate;
          values[figures.place(figure.name)] =
              fmt::format("{},{},{}", number(e.value), number(e.low), number(e.high));
        }
      }
      finish(values);
    }
  }

  void replications() {
    Columns figures;
    each_replication([&](const PointRow&, const ReplicationRow& row) {
      for (const Figure& figure : row.figures) figures.add(figure.name);
    });
    head("replication,fingerprint,events,hops");
    for (const std::string& name : figures.names()) out_ << ',' << csv_cell(name);
    out_ << '\n';
    each_replication([&](const PointRow& point, const ReplicationRow& row) {
      start(point);
      out_ << fmt::format("{},{:016x},{},{}", row.number, row.fingerprint, row.events, row.hops);
      std::vector<std::string> values(figures.size());
      for (const Figure& figure : row.figures) values[figures.place(figure.name)] = number(figure.value);
      finish(values);
    });
  }

  void failures() {
    head("replication,operation,cause,count");
    out_ << '\n';
    each_replication([&](const PointRow& point, const ReplicationRow& row) {
      for (const CauseRow& failure : row.failures) {
        start(point);
        out_ << row.number << ',' << csv_cell(failure.operation) << ',' << csv_cell(failure.cause) << ','
             << failure.count << '\n';
      }
    });
  }

  void recoveries() {
    Columns phases;
    each_replication([&](const PointRow&, const ReplicationRow& row) {
      for (const RecoveryRow& recovery : row.recoveries)
        for (const PhaseRow& phase : recovery.phases) phases.add(phase.name);
    });
    head("replication,fault,rto_s,rpo_s,acknowledged_lost");
    for (const std::string& name : phases.names()) out_ << ',' << csv_cell(column_of_phase(name));
    out_ << '\n';
    each_replication([&](const PointRow& point, const ReplicationRow& row) {
      for (const RecoveryRow& recovery : row.recoveries) {
        start(point);
        out_ << row.number << ',' << csv_cell(recovery.fault) << ',' << number(recovery.rto_s) << ','
             << number(recovery.rpo_s) << ',' << number(recovery.acknowledged_lost);
        std::vector<std::string> values(phases.size());
        for (const PhaseRow& phase : recovery.phases) values[phases.place(phase.name)] = number(phase.at_s);
        finish(values);
      }
    });
  }

 private:
  void head(const char* rest) {
    out_ << "position,cell";
    for (const std::string& axis : sweep_.axes) out_ << ',' << csv_cell(axis);
    out_ << ',' << rest;
  }

  /// Position, cell and the level on each axis.
  void start(const PointRow& point) {
    out_ << point.position << ',' << csv_cell(point.cell_id) << ',';
    for (const std::string& axis : sweep_.axes) {
      for (const auto& [name, label] : point.levels)
        if (name == axis) out_ << csv_cell(label);
      out_ << ',';
    }
  }

  void finish(const std::vector<std::string>& values) {
    for (const std::string& value : values) out_ << ',' << value;
    out_ << '\n';
  }

  template <class Visit>
  void each_replication(const Visit& visit) {
    for (const PointRow& point : sweep_.points)
      for (const ReplicationRow& row : store_.replications(point.cell_id, Store::Detail::kWithoutLatencies))
        visit(point, row);
  }

  const Store& store_;
  SweepRow sweep_;
  std::ostream& out_;
};

}  // namespace

SweepRow find_sweep(const Store& store, const std::string& name) {
  const std::vector<std::string> names = store.sweeps();
  std::string list;
  for (const std::string& n : names) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", n);
  const auto refuse = [&](const std::string& said) {
    throw StoreError(StoreError::Kind::kInput, store.path(), "choose a sweep", said,
                     names.empty() ? "run a sweep with this store first" : "it holds " + list);
  };
  if (name.empty() && names.size() != 1)
    refuse(fmt::format("it holds {} sweeps, and none is named", names.size()));
  std::optional<SweepRow> sweep = store.sweep(name.empty() ? names.front() : name);
  if (!sweep) refuse(fmt::format("it holds no sweep \"{}\"", name));
  return *std::move(sweep);
}

void export_csv(const Store& store, const std::string& sweep, std::ostream& out, Table table) {
  const Snapshot snapshot(store);
  Exporter exporter(store, sweep, out);
  switch (table) {
    case Table::kCells: return exporter.cells();
    case Table::kReplications: return exporter.replications();
    case Table::kFailures: return exporter.failures();
    case Table::kRecoveries: return exporter.recoveries();
  }
}

}  // namespace twinvoice::store
