// The results of campaigns in one SQLite file: what is written is durable when commit returns, and a cell is there with
// everything or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/histogram.hpp"
#include "sim/store/rows.hpp"
#include "sim/store/store_error.hpp"

namespace twinvoice::store {

class Database;
struct OpenFile;

/// One connection to a store. Every failure throws StoreError; a change that fails leaves nothing behind. After a failure of the
/// medium the object refuses further changes: what is on the disk is right, what SQLite holds in memory may not be.
class Store {
 public:
  enum class Mode {
    kCreate,  ///< read and write; an absent or empty file becomes a store
    kWrite,   ///< read and write
    kRead,    ///< read, also while another process writes
  };

  /// Writers hold an exclusive lock (PATH.lock) until they end, so that two campaigns never share a store. A file that is
  /// not a store, or a newer one, or for writing an older one, is refused and stays as it is.
  Store(const std::string& path, Mode mode);
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Of its schema: older ones hold results of another meaning, and are read only.
  [[nodiscard]] std::int64_t version() const;

  /// Opens a transaction. Without one, each change below is a transaction of its own.
  void begin();
  /// What was changed since begin() is durable when this returns.
  void commit();
  /// Takes back what was changed since begin().
  void rollback();

  /// Adds a sweep, or replaces the one of that name. Cells stay.
  void put_sweep(const SweepRow& sweep);
  /// Acknowledges a replication of a cell that is not complete. The same number twice is an error.
  void put_pending(const std::string& cell_id, std::uint64_t number, std::span<const std::byte> record);
  /// Adds a finished cell and removes its pending records. A failed cell of that id is replaced; a complete one is an error.
  void finish(const CellRow& cell, const std::vector<ReplicationRow>& replications);
  /// The same, also in the place of a complete cell of that id.
  void replace(const CellRow& cell, const std::vector<ReplicationRow>& replications);
  /// Removes the pending records of a cell.
  void drop_pending(const std::string& cell_id);

  /// Ids of the complete and of the failed cells, sorted.
  [[nodiscard]] std::vector<std::string> finished() const;
  [[nodiscard]] std::vector<std::string> failed() const;
  /// All finished cells, sorted by id.
  [[nodiscard]] std::vector<CellSummary> summaries() const;
  /// Acknowledged replications of a cell that is not complete, by number.
  [[nodiscard]] std::vector<PendingRow> pending(const std::string& cell_id) const;
  /// The cells that have pending records, sorted by id.
  [[nodiscard]] std::vector<PendingSummary> pending_cells() const;

  /// Names of the sweeps, sorted.
  [[nodiscard]] std::vector<std::string> sweeps() const;
  /// Points by position.
  [[nodiscard]] std::optional<SweepRow> sweep(const std::string& name) const;
  [[nodiscard]] std::optional<CellRow> cell(const std::string& id) const;
  /// Replications of a finished cell, by number. Latencies are most of their bytes: without them `latencies` is empty.
  enum class Detail { kAll, kWithoutLatencies };
  [[nodiscard]] std::vector<ReplicationRow> replications(const std::string& id,
                                                         Detail detail = Detail::kAll) const;
  /// Latencies of an operation over all replications of a cell; empty when there are none.
  [[nodiscard]] measure::Histogram latency(const std::string& id, const std::string& operation) const;

 private:
  friend class Snapshot;
  template <class Change>
  void change(const char* what, const Change& body);
  void check_writable(const char* what) const;
  void write(const CellRow& cell, const std::vector<ReplicationRow>& replications);
  [[nodiscard]] Database& database() const;

  std::string path_;
  Mode mode_;
  std::unique_ptr<OpenFile> file_;
  bool broken_ = false;
};

/// While it lives, all reads of a store see one moment of it.
class Snapshot {
 public:
  explicit Snapshot(const Store& store);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  const Store& store_;
  bool own_;
};

}  // namespace twinvoice::store
