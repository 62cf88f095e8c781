// The readers of Store.
#include "sim/store/database.hpp"
#include "sim/store/histogram_text.hpp"
#include "sim/store/open.hpp"
#include "sim/store/schema.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::store {
namespace {

std::vector<std::string> texts(Query& query) {
  std::vector<std::string> list;
  while (query.step()) list.push_back(query.text(0));
  return list;
}

std::optional<std::int64_t> cell_number(Database& db, const std::string& id) {
  Query query(db, "SELECT number FROM cell WHERE id = ?", id);
  return query.step() ? std::optional(query.integer(0)) : std::nullopt;
}

std::vector<CellFigure> cell_figures(Database& db, std::int64_t cell) {
  std::vector<CellFigure> figures;
  Query query(
      db,
      "SELECT name, value, low, high, confidence, method, samples, group_count, converged FROM cell_figure "
      "WHERE cell = ? ORDER BY position",
      cell);
  while (query.step()) {
    measure::Estimate e;
    e.value = query.real(1);
    e.low = query.real(2);
    e.high = query.real(3);
    e.confidence = query.real(4);
    e.method = query.text(5);
    e.samples = query.natural(6);
    e.groups = query.natural(7);
    e.converged = query.integer(8) != 0;
    figures.push_back({query.text(0), std::move(e)});
  }
  return figures;
}

std::vector<ExpectationRow> expectations_of(Database& db, std::int64_t cell) {
  std::vector<ExpectationRow> list;
  Query query(db,
              "SELECT text, verdict, why, more_to_decide IS NULL, more_to_decide FROM expectation "
              "WHERE cell = ? ORDER BY position",
              cell);
  while (query.step()) {
    ExpectationRow row{query.text(0), query.text(1), query.text(2), std::nullopt};
    if (query.integer(3) == 0) row.more_to_decide = query.natural(4);
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<RecoveryRow> recoveries_of(Database& db, std::int64_t cell, std::uint64_t replication) {
  std::vector<RecoveryRow> recoveries;
  Query query(db,
              "SELECT position, fault, rto_s, rpo_s, acknowledged_lost FROM recovery "
              "WHERE cell = ? AND replication = ? ORDER BY position",
              cell, replication);
  while (query.step()) {
    RecoveryRow recovery{query.text(1), query.real(2), query.real(3), query.real(4), {}};
    Query phase(
        db,
        "SELECT name, at_s FROM phase WHERE cell = ? AND replication = ? AND recovery = ? ORDER BY position",
        cell, replication, query.integer(0));
    while (phase.step()) recovery.phases.push_back({phase.text(0), phase.real(1)});
    recoveries.push_back(std::move(recovery));
  }
  return recoveries;
}

measure::Histogram histogram_at(Database& db, const Query& query, int column) {
  return histogram_of(db, query.text(column), query.text(column + 1), query.integer(column + 2),
                      query.integer(column + 3));
}

void read_lists(Database& db, std::int64_t cell, ReplicationRow& row) {
  Query figure(
      db, "SELECT name, value FROM replication_figure WHERE cell = ? AND replication = ? ORDER BY position",
      cell, row.number);
  while (figure.step()) row.figures.push_back({figure.text(0), figure.real(1)});
  Query failure(
      db, "SELECT operation, cause, count FROM failure WHERE cell = ? AND replication = ? ORDER BY position",
      cell, row.number);
  while (failure.step()) row.failures.push_back({failure.text(0), failure.text(1), failure.natural(2)});
  row.recoveries = recoveries_of(db, cell, row.number);
}

void read_latencies(Database& db, std::int64_t cell, ReplicationRow& row) {
  Query latency(db,
                "SELECT operation, buckets, sum_ns, min_ns, max_ns FROM histogram "
                "WHERE cell = ? AND replication = ? ORDER BY position",
                cell, row.number);
  while (latency.step()) row.latencies.push_back({latency.text(0), histogram_at(db, latency, 1)});
}

}  // namespace

std::vector<std::string> Store::finished() const {
  Query query(database(), "SELECT id FROM cell WHERE state = 'complete' ORDER BY id");
  return texts(query);
}

std::vector<std::string> Store::failed() const {
  Query query(database(), "SELECT id FROM cell WHERE state = 'failed' ORDER BY id");
  return texts(query);
}

std::vector<CellSummary> Store::summaries() const {
  std::vector<CellSummary> list;
  Query query(
      database(),
      version() < kVersionOfVerdicts
          ? "SELECT id, state, reason, '', (SELECT count(*) FROM replication WHERE cell = cell.number) "
            "FROM cell ORDER BY id"
          : "SELECT id, state, reason, coalesce(verdict, ''), "
            "(SELECT count(*) FROM replication WHERE cell = cell.number) FROM cell ORDER BY id");
  while (query.step())
    list.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.natural(4)});
  return list;
}

std::vector<PendingRow> Store::pending(const std::string& cell_id) const {
  std::vector<PendingRow> list;
  Query query(database(), "SELECT number, record FROM pending WHERE cell_id = ? ORDER BY number", cell_id);
  while (query.step()) {
    const std::span<const std::byte> record = query.blob(1);
    list.push_back({query.natural(0), {record.begin(), record.end()}});
  }
  return list;
}

std::vector<PendingSummary> Store::pending_cells() const {
  std::vector<PendingSummary> list;
  Query query(database(), "SELECT cell_id, count(*) FROM pending GROUP BY cell_id ORDER BY cell_id");
  while (query.step()) list.push_back({query.text(0), query.natural(1)});
  return list;
}

std::vector<std::string> Store::sweeps() const {
  Query query(database(), "SELECT name FROM sweep ORDER BY name");
  return texts(query);
}

std::optional<SweepRow> Store::sweep(const std::string& name) const {
  Database& db = database();
  Query query(db, "SELECT text, text_sha256 FROM sweep WHERE name = ?", name);
  if (!query.step()) return std::nullopt;
  SweepRow sweep{name, query.text(0), query.text(1), {}, {}};
  Query axis(db, "SELECT name FROM axis WHERE sweep = ? ORDER BY position", name);
  sweep.axes = texts(axis);
  Query point(db, "SELECT position, cell_id FROM point WHERE sweep = ? ORDER BY position", name);
  while (point.step()) {
    PointRow row{point.natural(0), point.text(1), {}};
    Query level(db, "SELECT axis, label FROM level WHERE sweep = ? AND point = ? ORDER BY position", name,
                point.integer(0));
    while (level.step()) row.levels.emplace_back(level.text(0), level.text(1));
    sweep.points.push_back(std::move(row));
  }
  return sweep;
}

std::optional<CellRow> Store::cell(const std::string& id) const {
  Database& db = database();
  Query query(
      db,
      "SELECT c.number, c.label, c.seed, c.tool_version, c.experiment_text, t.text, c.state, c.reason "
      "FROM cell c JOIN topology t ON t.number = c.topology WHERE c.id = ?",
      id);
  if (!query.step()) return std::nullopt;
  CellRow cell{id,
               query.text(1),
               query.natural(2),
               query.text(3),
               query.text(4),
               query.text(5),
               query.text(6),
               query.text(7),
               {},
               {},
               {}};
  const std::int64_t number = query.integer(0);
  cell.figures = cell_figures(db, number);
  if (version() < kVersionOfVerdicts) return cell;
  Query verdict(db, "SELECT coalesce(verdict, '') FROM cell WHERE number = ?", number);
  if (verdict.step()) cell.verdict = verdict.text(0);
  cell.expectations = expectations_of(db, number);
  return cell;
}

std::vector<ReplicationRow> Store::replications(const std::string& id, Detail detail) const {
  Database& db = database();
  std::vector<ReplicationRow> list;
  const std::optional<std::int64_t> cell = cell_number(db, id);
  if (!cell) return list;
  Query query(
      db, "SELECT number, fingerprint, events, hops, cpu_s FROM replication WHERE cell = ? ORDER BY number",
      *cell);
  while (query.step()) {
    ReplicationRow row;
    row.number = query.natural(0);
    row.fingerprint = query.natural(1);
    row.events = query.natural(2);
    row.hops = query.natural(3);
    row.cpu_s = query.real(4);
    read_lists(db, *cell, row);
    if (detail == Detail::kAll) read_latencies(db, *cell, row);
    list.push_back(std::move(row));
  }
  return list;
}

measure::Histogram Store::latency(const std::string& id, const std::string& operation) const {
  Database& db = database();
  measure::Histogram all;
  const std::optional<std::int64_t> cell = cell_number(db, id);
  if (!cell) return all;
  Query query(db,
              "SELECT buckets, sum_ns, min_ns, max_ns FROM histogram WHERE cell = ? AND operation = ? "
              "ORDER BY replication, position",
              *cell, operation);
  while (query.step()) all.merge(histogram_at(db, query, 0));
  return all;
}

}  // namespace twinvoice::store
