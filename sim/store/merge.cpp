#include "sim/store/merge.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "sim/store/canonical.hpp"

namespace twinvoice::store {
namespace {

/// Pending records of one cell, by number.
using Records = std::map<std::uint64_t, std::vector<std::byte>>;

class Merger {
 public:
  Merger(Store& into, const Store& from) : into_(into), from_(from) {}

  void run() {
    if (from_.version() != into_.version())
      conflict(fmt::format("results mean what they did in version {} there and in version {} here",
                           from_.version(), into_.version()),
               "run that sweep into a new store");
    for (const std::string& name : from_.sweeps()) merge_sweep(*from_.sweep(name));
    std::set<std::string> ids;
    for (const CellSummary& cell : from_.summaries()) ids.insert(cell.id);
    for (const PendingSummary& cell : from_.pending_cells()) ids.insert(cell.cell_id);
    for (const std::string& id : ids) merge_cell(id);
  }

 private:
  [[noreturn]] void conflict(const std::string& said, const std::string& advice) const {
    throw StoreError(StoreError::Kind::kInput, into_.path(), "merge " + from_.path() + " into it", said,
                     advice);
  }

  void merge_sweep(SweepRow theirs) {
    std::optional<SweepRow> mine = into_.sweep(theirs.name);
    if (!mine) return into_.put_sweep(theirs);
    if (mine->text != theirs.text || mine->text_sha256 != theirs.text_sha256 || mine->axes != theirs.axes)
      conflict(fmt::format("the sweep \"{}\" comes from another file there", theirs.name),
               "give one of the two sweeps another name");
    std::map<std::size_t, PointRow> points;
    for (PointRow& point : mine->points) points.emplace(point.position, std::move(point));
    const std::size_t before = points.size();
    for (PointRow& point : theirs.points) {
      const auto [at, added] = points.emplace(point.position, point);
      if (!added && (at->second.cell_id != point.cell_id || at->second.levels != point.levels))
        conflict(fmt::format("point {} of the sweep \"{}\" is cell {} there and cell {} here", point.position,
                             theirs.name, point.cell_id, at->second.cell_id),
                 "its topology, experiment or program has changed in between: run one of the two anew");
    }
    if (points.size() == before) return;
    mine->points.clear();
    for (auto& [position, point] : points) mine->points.push_back(std::move(point));
    into_.put_sweep(*mine);
  }

  void merge_cell(const std::string& id) {
    const std::optional<CellRow> mine = into_.cell(id);
    const std::optional<CellRow> theirs = from_.cell(id);
    if (mine && mine->state == "complete") {
      if (theirs && theirs->state == "complete") merge_complete(*mine, *theirs);
      return;
    }
    Records pending = records(into_, id);
    const bool taken = theirs && (!mine || further(*theirs, *mine));
    if (taken) into_.finish(*theirs, from_.replications(id));
    if (theirs && theirs->state == "complete") return;
    put_pending(id, std::move(pending), taken);
  }

  /// The one with more replications stays. Label and reason are of the sweep that asked for the cell, not of its results: of two
  /// equal cells the first in order stays, whichever store is merged into the other.
  void merge_complete(const CellRow& mine, const CellRow& theirs) {
    const auto here = into_.replications(mine.id);
    const auto there = from_.replications(theirs.id);
    if (!results_agree(mine, here, theirs, there)) {
      conflict(fmt::format("cell {} ({}) has other results there", mine.id, mine.label),
               "equal cells have equal results on every machine: keep the two stores apart and report this");
    }
    const bool before = std::tie(theirs.label, theirs.reason) < std::tie(mine.label, mine.reason);
    if (there.size() > here.size() || (there.size() == here.size() && before)) into_.replace(theirs, there);
  }

  /// Whether `theirs` is to stand instead of `mine`, which is failed.
  bool further(const CellRow& theirs, const CellRow& mine) const {
    if (theirs.state == "complete") return true;
    const auto here = into_.replications(mine.id);
    const auto there = from_.replications(theirs.id);
    if (there.size() != here.size()) return there.size() > here.size();
    return canonical(theirs, there) < canonical(mine, here);
  }

  static Records records(const Store& store, const std::string& id) {
    Records records;
    for (PendingRow& row : store.pending(id)) records.emplace(row.number, std::move(row.record));
    return records;
  }

  /// Unites `mine` with the pending records of the other store. `emptied`: `into` holds none of them any more.
  void put_pending(const std::string& id, Records mine, bool emptied) {
    bool changed = emptied;
    for (auto& [number, record] : records(from_, id)) {
      const auto [at, added] = mine.emplace(number, record);
      if (!added && !(record < at->second)) continue;
      at->second = record;
      changed = true;
    }
    if (!changed) return;
    into_.drop_pending(id);
    for (const auto& [number, record] : mine) into_.put_pending(id, number, record);
  }

  Store& into_;
  const Store& from_;
};

}  // namespace

void merge(Store& into, const std::vector<std::string>& from) {
  into.begin();
  try {
    for (const std::string& path : from) {
      const Store store(path, Store::Mode::kRead);
      const Snapshot snapshot(store);
      Merger(into, store).run();
    }
    into.commit();
  } catch (...) {
    into.rollback();
    throw;
  }
}

}  // namespace twinvoice::store
