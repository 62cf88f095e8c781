#include "sim/store/store.hpp"

#include <fmt/format.h>

#include "sim/base/check.hpp"
#include "sim/base/sha256.hpp"
#include "sim/store/database.hpp"
#include "sim/store/histogram_text.hpp"
#include "sim/store/open.hpp"

namespace twinvoice::store {
namespace {

/// A change inside a change: what fails is taken back alone. Outside a transaction it is one.
class Savepoint {
 public:
  explicit Savepoint(Database& database) : database_(database) {
    database.execute("SAVEPOINT change", "write to the store");
  }
  ~Savepoint() {
    if (done_ || !database_.in_transaction()) return;
    try {
      database_.execute("ROLLBACK TO change; RELEASE change", "take back a change");
    } catch (const StoreError&) {
      // The error under way says more; the file forgets what was not committed.
    }
  }
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  void release() {
    database_.execute("RELEASE change", "write to the store");
    done_ = true;
  }

 private:
  Database& database_;
  bool done_ = false;
};

/// Where rows of a replication belong.
struct Owner {
  std::int64_t cell;
  std::uint64_t replication;
};

void insert_figures(Database& db, std::int64_t cell, const std::vector<CellFigure>& figures) {
  std::int64_t position = 0;
  for (const CellFigure& figure : figures) {
    const measure::Estimate& e = figure.estimate;
    Query(db, "INSERT INTO cell_figure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", cell, position++,
          figure.name, e.value, e.low, e.high, e.confidence, e.method, e.samples, e.groups,
          std::int64_t{e.converged})
        .run();
  }
}

void insert_expectations(Database& db, std::int64_t cell, const std::vector<ExpectationRow>& expectations) {
  std::int64_t position = 0;
  for (const ExpectationRow& e : expectations) {
    const auto more = e.more_to_decide ? static_cast<std::int64_t>(*e.more_to_decide) : std::int64_t{-1};
    Query(db, "INSERT INTO expectation VALUES (?, ?, ?, ?, ?, nullif(?, -1))", cell, position++, e.text,
          e.verdict, e.why, more)
        .run();
  }
}

void insert_recoveries(Database& db, const Owner& owner, const std::vector<RecoveryRow>& recoveries) {
  std::int64_t position = 0;
  for (const RecoveryRow& recovery : recoveries) {
    Query(db, "INSERT INTO recovery VALUES (?, ?, ?, ?, ?, ?, ?)", owner.cell, owner.replication, position,
          recovery.fault, recovery.rto_s, recovery.rpo_s, recovery.acknowledged_lost)
        .run();
    std::int64_t place = 0;
    for (const PhaseRow& phase : recovery.phases)
      Query(db, "INSERT INTO phase VALUES (?, ?, ?, ?, ?, ?)", owner.cell, owner.replication, position,
            place++, phase.name, phase.at_s)
          .run();
    ++position;
  }
}

void insert_replication(Database& db, std::int64_t cell, const ReplicationRow& replication) {
  const Owner owner{cell, replication.number};
  Query(db, "INSERT INTO replication VALUES (?, ?, ?, ?, ?, ?)", cell, replication.number,
        replication.fingerprint, replication.events, replication.hops, replication.cpu_s)
      .run();
  std::int64_t position = 0;
  for (const Figure& figure : replication.figures)
    Query(db, "INSERT INTO replication_figure VALUES (?, ?, ?, ?, ?)", owner.cell, owner.replication,
          position++, figure.name, figure.value)
        .run();
  position = 0;
  for (const CauseRow& failure : replication.failures)
    Query(db, "INSERT INTO failure VALUES (?, ?, ?, ?, ?, ?)", owner.cell, owner.replication, position++,
          failure.operation, failure.cause, failure.count)
        .run();
  insert_recoveries(db, owner, replication.recoveries);
  position = 0;
  for (const LatencyRow& latency : replication.latencies)
    Query(db, "INSERT INTO histogram VALUES (?, ?, ?, ?, ?, ?, ?, ?)", owner.cell, owner.replication,
          position++, latency.operation, decimal(latency.histogram.sum_ns()), latency.histogram.min_ns(),
          latency.histogram.max_ns(), buckets_text(latency.histogram))
        .run();
}

/// "complete", "failed", or nothing.
std::string state_of(Database& db, const std::string& cell_id) {
  Query query(db, "SELECT state FROM cell WHERE id = ?", cell_id);
  return query.step() ? query.text(0) : std::string();
}

std::int64_t topology_number(Database& db, const std::string& text) {
  const std::string hash = sha256(text);
  Query(db, "INSERT INTO topology (sha256, text) VALUES (?, ?) ON CONFLICT DO NOTHING", hash, text).run();
  Query query(db, "SELECT number FROM topology WHERE sha256 = ?", hash);
  ensure(query.step(), "store: a topology that was just written is not there");
  return query.integer(0);
}

[[noreturn]] void refuse(const Database& db, const char* what, const std::string& said) {
  throw StoreError(StoreError::Kind::kInput, db.shown(), what, said, "");
}

}  // namespace

std::string verdict_of(const std::vector<ExpectationRow>& expectations) {
  if (expectations.empty()) return {};
  bool all_met = true;
  for (const ExpectationRow& e : expectations) {
    if (e.verdict == "missed") return "missed";
    all_met = all_met && e.verdict == "met";
  }
  return all_met ? "met" : "undecided";
}

Store::Store(const std::string& path, Mode mode)
    : path_(path), mode_(mode), file_(std::make_unique<OpenFile>(open_file(path, mode))) {}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

std::int64_t Store::version() const { return file_->version; }

Database& Store::database() const { return *file_->database; }

void Store::check_writable(const char* what) const {
  if (mode_ == Mode::kRead) refuse(database(), what, "it is open for reading only");
  if (broken_)
    throw StoreError(StoreError::Kind::kMedium, path_, what, "an earlier change has failed",
                     "open the store again");
}

/// Runs one change; a failure of the medium makes it the last one.
template <class Change>
void Store::change(const char* what, const Change& body) {
  check_writable(what);
  try {
    body();
  } catch (const StoreError& e) {
    broken_ = broken_ || e.kind() == StoreError::Kind::kMedium;
    throw;
  }
}

void Store::begin() {
  change("begin a transaction", [&] {
    ensure(!database().in_transaction(), "store: begin inside a transaction");
    database().execute("BEGIN IMMEDIATE", "write to the store");
  });
}

void Store::commit() {
  change("commit", [&] {
    ensure(database().in_transaction(), "store: commit without begin");
    try {
      database().execute("COMMIT", "write to the store");
    } catch (const StoreError&) {
      broken_ = true;
      throw;
    }
  });
}

void Store::rollback() {
  if (database().in_transaction()) database().execute("ROLLBACK", "take back a change");
}

void Store::put_sweep(const SweepRow& sweep) {
  change("write a sweep", [&] {
    Database& db = database();
    Savepoint savepoint(db);
    Query(db, "DELETE FROM sweep WHERE name = ?", sweep.name).run();
    Query(db, "INSERT INTO sweep VALUES (?, ?, ?)", sweep.name, sweep.text, sweep.text_sha256).run();
    std::int64_t place = 0;
    for (const std::string& axis : sweep.axes)
      Query(db, "INSERT INTO axis VALUES (?, ?, ?)", sweep.name, place++, axis).run();
    for (const PointRow& point : sweep.points) {
      Query(db, "INSERT INTO point VALUES (?, ?, ?)", sweep.name, std::uint64_t{point.position},
            point.cell_id)
          .run();
      place = 0;
      for (const auto& [axis, label] : point.levels)
        Query(db, "INSERT INTO level VALUES (?, ?, ?, ?, ?)", sweep.name, std::uint64_t{point.position},
              place++, axis, label)
            .run();
    }
    savepoint.release();
  });
}

void Store::put_pending(const std::string& cell_id, std::uint64_t number, std::span<const std::byte> record) {
  change("write a replication", [&] {
    Database& db = database();
    Savepoint savepoint(db);
    if (state_of(db, cell_id) == "complete")
      refuse(db, "write a replication", fmt::format("cell {} is complete", cell_id));
    Query(db, "INSERT INTO pending VALUES (?, ?, ?) ON CONFLICT DO NOTHING", cell_id, number, record).run();
    if (db.changes() == 0)
      refuse(db, "write a replication",
             fmt::format("replication {} of cell {} is there already", number, cell_id));
    savepoint.release();
  });
}

void Store::drop_pending(const std::string& cell_id) {
  change("remove replications",
         [&] { Query(database(), "DELETE FROM pending WHERE cell_id = ?", cell_id).run(); });
}

void Store::finish(const CellRow& cell, const std::vector<ReplicationRow>& replications) {
  change("write a cell", [&] {
    if (state_of(database(), cell.id) == "complete")
      refuse(database(), "write a cell", fmt::format("cell {} is complete already", cell.id));
    write(cell, replications);
  });
}

void Store::replace(const CellRow& cell, const std::vector<ReplicationRow>& replications) {
  change("write a cell", [&] { write(cell, replications); });
}

void Store::write(const CellRow& cell, const std::vector<ReplicationRow>& replications) {
  Database& db = database();
  Savepoint savepoint(db);
  Query(db, "DELETE FROM cell WHERE id = ?", cell.id).run();
  Query(db,
        "INSERT INTO cell (id, label, seed, tool_version, experiment_text, topology, state, reason, verdict) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''))",
        cell.id, cell.label, cell.seed, cell.tool_version, cell.experiment_text,
        topology_number(db, cell.topology_text), cell.state, cell.reason, cell.verdict)
      .run();
  const std::int64_t number = db.last_row();
  insert_figures(db, number, cell.figures);
  insert_expectations(db, number, cell.expectations);
  for (const ReplicationRow& replication : replications) insert_replication(db, number, replication);
  Query(db, "DELETE FROM pending WHERE cell_id = ?", cell.id).run();
  savepoint.release();
}

Snapshot::Snapshot(const Store& store) : store_(store), own_(!store.database().in_transaction()) {
  if (own_) store.database().execute("BEGIN", "read the store");
}

Snapshot::~Snapshot() {
  if (!own_ || !store_.database().in_transaction()) return;
  try {
    store_.database().execute("ROLLBACK", "read the store");
  } catch (const StoreError&) {
    // Nothing was changed; the end of the connection ends it as well.
  }
}

}  // namespace twinvoice::store
