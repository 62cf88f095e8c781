// Whatever the disk does: what was acknowledged is there, and nothing is there by halves.
#include "tests/unit/store/faulty_disk.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <map>
#include <set>

#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

using Mode = Store::Mode;

/// The little campaign that every test here plays: transactions, each with pending replications and finished cells, on a
/// store that is closed and opened again in between.
class Campaign {
 public:
  static constexpr std::size_t kSteps = 6;

  Campaign() {
    Maker maker(11);
    for (std::size_t i = 0; i < kSteps; ++i) {
      cells_.push_back(maker.cell("cell " + std::to_string(i), i % 3 == 2 ? "failed" : "complete"));
      replications_.push_back(maker.replications(2));
      records_.push_back(maker.record());
      // Enough for the file to grow at every checkpoint.
      records_.back().resize(12'000);
    }
  }

  /// Plays the steps from `first` on; `acknowledge` hears of every step whose commit has returned.
  template <class Acknowledge>
  void play(const std::string& path, const Acknowledge& acknowledge) const {
    std::size_t step = 0;
    while (step < kSteps) {
      Store store(path, Mode::kCreate);
      for (const std::size_t end = step + kSteps / 2; step < end; ++step) {
        store.begin();
        act(store, step);
        store.commit();
        acknowledge(step);
      }
    }
  }

  /// What a store holds must be the result of the first k steps, k at least `acknowledged`. Returns k.
  std::size_t check(const Store& store, std::size_t acknowledged) const {
    std::size_t found = 0;
    while (found < kSteps && !store.sweeps().empty() && holds(store, found)) ++found;
    EXPECT_GE(found, acknowledged);
    EXPECT_EQ(store.summaries().size(), found);
    for (const CellSummary& cell : store.summaries()) {
      const std::size_t i = static_cast<std::size_t>(cell.id.back() - '0');
      EXPECT_EQ(stored(store, cell.id), canonical(cells_[i], replications_[i])) << cell.id;
      EXPECT_TRUE(store.pending(cell.id).empty()) << cell.id;
    }
    return found;
  }

 private:
  void act(Store& store, std::size_t step) const {
    if (step == 0) store.put_sweep({"sweep", "{}", "00", {"x"}, {{0, "cell 0", {{"x", "1"}}}}});
    store.put_pending("open", step, records_[step]);
    store.put_pending(cells_[step].id, 1, records_[step]);
    store.finish(cells_[step], replications_[step]);
  }

  bool holds(const Store& store, std::size_t step) const {
    if (!store.cell(cells_[step].id)) return false;
    for (const PendingRow& row : store.pending("open")) {
      if (row.number == step) return row.record == records_[step];
    }
    ADD_FAILURE() << "half of step " << step;
    return false;
  }

  std::vector<CellRow> cells_;
  std::vector<std::vector<ReplicationRow>> replications_;
  std::vector<std::vector<std::byte>> records_;
};

std::string integrity(const std::string& path) {
  sqlite3* handle = nullptr;
  sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  std::string answer;
  const auto collect = [](void* to, int n, char** values, char**) {
    for (int i = 0; i < n; ++i) *static_cast<std::string*>(to) += values[i] == nullptr ? "NULL" : values[i];
    return 0;
  };
  sqlite3_exec(handle, "PRAGMA integrity_check; PRAGMA foreign_key_check", collect, &answer, nullptr);
  sqlite3_close(handle);
  return answer;
}

class FaultyDiskTest : public StoreTest {
 protected:
  /// Plays the campaign with the fault at every call in turn, until it gets through. Returns the number of calls.
  std::uint64_t sweep(DiskFault fault, bool kind_shows) {
    const Campaign campaign;
    FaultyDisk disk;
    for (std::uint64_t n = 0;; ++n) {
      SCOPED_TRACE(n);
      const std::string file = path(std::to_string(n) + ".sqlite");
      std::size_t acknowledged = 0;
      disk.fail(fault, n);
      try {
        campaign.play(file, [&](std::size_t step) { acknowledged = step + 1; });
      } catch (const StoreError& e) {
        EXPECT_TRUE(disk.struck()) << e.what();
        EXPECT_TRUE(!kind_shows || e.kind() == StoreError::Kind::kMedium) << e.what();
        EXPECT_THAT(e.what(), testing::HasSubstr(file + ": cannot ")) << e.what();
      }
      const bool through = !disk.struck();
      disk.fail(DiskFault::kNone, 0);
      if (std::filesystem::exists(file)) {
        campaign.check(Store(file, n % 2 == 0 ? Mode::kWrite : Mode::kRead), acknowledged);
        EXPECT_EQ(integrity(file), "ok");
      } else {
        EXPECT_EQ(acknowledged, 0U);
      }
      EXPECT_TRUE(acknowledged == Campaign::kSteps || !through);
      if (through || HasFailure()) return n;
      std::filesystem::remove(file);
    }
  }
};

TEST_F(FaultyDiskTest, a_full_disk_at_any_write_loses_nothing) {
  EXPECT_GT(sweep(DiskFault::kFull, true), 100U);
}

TEST_F(FaultyDiskTest, a_sync_that_fails_at_any_time_loses_nothing) {
  EXPECT_GT(sweep(DiskFault::kSync, true), 10U);
}

TEST_F(FaultyDiskTest, a_torn_write_at_any_time_loses_nothing) {
  EXPECT_GT(sweep(DiskFault::kTorn, true), 100U);
}

TEST_F(FaultyDiskTest, a_hiccup_at_any_change_loses_nothing) {
  EXPECT_GT(sweep(DiskFault::kHiccup, true), 100U);
}

TEST_F(FaultyDiskTest, after_a_failure_of_the_disk_the_store_takes_nothing_more) {
  FaultyDisk disk;
  Store store(path(), Mode::kCreate);
  store.put_pending("a", 0, {});
  disk.fail(DiskFault::kHiccup, 0);
  EXPECT_THROW(store.put_pending("a", 1, {}), StoreError);
  EXPECT_THAT(message_of([&] { store.put_pending("a", 2, {}); }), testing::HasSubstr("open the store again"));
  EXPECT_EQ(store.pending("a").size(), 1U);
}

/// A folder after a loss of power: of each file the synced changes are there, and of the later ones any.
class Platter {
 public:
  explicit Platter(std::map<std::string, std::vector<std::byte>> files) : durable_(std::move(files)) {}

  void add(const DiskChange& change) {
    if (change.kind == DiskChange::Kind::kSync) {
      for (const DiskChange& c : later_[change.file]) apply(durable_, c);
      later_[change.file].clear();
    } else if (change.kind == DiskChange::Kind::kDelete && change.durable) {
      durable_.erase(change.file);
      later_[change.file].clear();
    } else if (change.kind != DiskChange::Kind::kMark) {
      later_[change.file].push_back(change);
    }
  }

  enum class Loss { kNothing, kEverything, kSome };
  [[nodiscard]] std::map<std::string, std::vector<std::byte>> after(Loss loss, std::mt19937_64& bits) const {
    auto files = durable_;
    for (const auto& [name, changes] : later_) {
      for (DiskChange change : changes) {
        if (loss == Loss::kEverything || (loss == Loss::kSome && bits() % 2 == 0)) continue;
        if (loss == Loss::kSome && bits() % 4 == 0) change.bytes.resize(change.bytes.size() / 2);
        apply(files, change);
      }
    }
    return files;
  }

 private:
  static void apply(std::map<std::string, std::vector<std::byte>>& files, const DiskChange& change) {
    if (change.kind == DiskChange::Kind::kDelete) {
      files.erase(change.file);
      return;
    }
    std::vector<std::byte>& file = files[change.file];
    const auto at = static_cast<std::size_t>(change.offset);
    if (change.kind == DiskChange::Kind::kTruncate) {
      file.resize(at);
      return;
    }
    if (file.size() < at + change.bytes.size()) file.resize(at + change.bytes.size());
    std::copy(change.bytes.begin(), change.bytes.end(), file.begin() + change.offset);
  }

  std::map<std::string, std::vector<std::byte>> durable_;
  std::map<std::string, std::vector<DiskChange>> later_;
};

TEST_F(FaultyDiskTest, a_loss_of_power_at_any_change_loses_nothing_that_was_acknowledged) {
  const Campaign campaign;
  FaultyDisk disk;
  { const Store made(path(), Mode::kCreate); }
  std::vector<std::byte> empty;
  for (const char c : read(path())) empty.push_back(static_cast<std::byte>(c));
  disk.record();
  campaign.play(path(), [&](std::size_t step) { disk.mark(step + 1); });
  const std::vector<DiskChange> log = disk.log();
  Platter platter({{"results.sqlite", empty}});
  std::mt19937_64 bits(5);
  std::size_t acknowledged = 0;
  std::set<std::size_t> seen;
  for (std::size_t k = 0; k < log.size() && !HasFailure(); ++k) {
    SCOPED_TRACE(k);
    platter.add(log[k]);
    if (log[k].kind == DiskChange::Kind::kMark) acknowledged = log[k].mark;
    for (const Platter::Loss loss :
         {Platter::Loss::kNothing, Platter::Loss::kEverything, Platter::Loss::kSome}) {
      std::filesystem::create_directory(path("after"));
      for (const auto& [name, bytes] : platter.after(loss, bits))
        write(path("after/" + name), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      seen.insert(campaign.check(Store(path("after/results.sqlite"), Mode::kWrite), acknowledged));
      EXPECT_EQ(integrity(path("after/results.sqlite")), "ok");
      std::filesystem::remove_all(path("after"));
    }
  }
  EXPECT_EQ(acknowledged, Campaign::kSteps);
  EXPECT_EQ(seen.size(), Campaign::kSteps + 1);
}

}  // namespace
}  // namespace twinvoice::store
