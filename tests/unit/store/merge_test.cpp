#include "sim/store/merge.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "sim/store/export.hpp"
#include "tests/unit/store/faulty_disk.hpp"
#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

using testing::HasSubstr;
using Mode = Store::Mode;

std::string hex(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte b : bytes)
    text += "0123456789abcdef"[std::to_integer<int>(b) / 16],
        text += "0123456789abcdef"[std::to_integer<int>(b) % 16];
  return text;
}

/// All that a store says, but for cpu_s.
std::string dump(const Store& store) {
  std::ostringstream out;
  for (const std::string& name : store.sweeps()) {
    const SweepRow sweep = *store.sweep(name);
    out << "sweep " << name << ' ' << sweep.text << ' ' << sweep.text_sha256 << '\n';
    for (const PointRow& point : sweep.points) {
      out << "  " << point.position << ' ' << point.cell_id;
      for (const auto& [axis, label] : point.levels) out << ' ' << axis << '=' << label;
      out << '\n';
    }
    for (const Table table : {Table::kCells, Table::kReplications, Table::kFailures, Table::kRecoveries})
      export_csv(store, name, out, table);
  }
  for (const CellSummary& cell : store.summaries())
    out << cell.id << ' ' << cell.state << ' ' << hex(stored(store, cell.id)) << '\n';
  for (const PendingSummary& cell : store.pending_cells())
    for (const PendingRow& row : store.pending(cell.cell_id))
      out << cell.cell_id << ' ' << row.number << ' ' << hex(row.record) << '\n';
  return out.str();
}

/// A campaign of which stores hold parts: each cell has one complete result, and several ways to fail.
class World {
 public:
  static constexpr std::uint64_t kCells = 8;

  explicit World(std::uint64_t seed) : seed_(seed) {
    sweep_ = {"sweep", "{\"seed\": " + std::to_string(seed) + "}", "00", {"x", "y"}, {}};
    for (std::uint64_t i = 0; i < kCells; ++i)
      sweep_.points.push_back({i, id(i), {{"x", std::to_string(i)}, {"y", i % 2 == 0 ? "a,b" : "c"}}});
  }

  /// A store of this campaign, or of a part of it.
  void make(const std::string& path, Maker& choice) const {
    Store store(path, Mode::kCreate);
    store.begin();
    SweepRow part = sweep_;
    std::erase_if(part.points, [&](const PointRow&) { return choice.below(3) == 0; });
    if (choice.below(5) != 0) store.put_sweep(part);
    for (std::uint64_t i = 0; i < kCells; ++i) {
      const std::uint64_t what = choice.below(5);
      if (what == 0) finish(store, i, "complete", 0);
      if (what == 1 || what == 2) finish(store, i, "failed", choice.below(3));
      if (what == 2 || what == 3)
        for (std::uint64_t number = 0; number < 4; ++number)
          if (choice.below(2) == 0) store.put_pending(id(i), number, record(i, number, choice.below(2)));
    }
    store.commit();
  }

 private:
  static std::string id(std::uint64_t i) { return "cell-" + std::to_string(i); }

  void finish(Store& store, std::uint64_t i, const std::string& state, std::uint64_t way) const {
    Maker maker(seed_ * 1000 + i * 10 + (state == "failed" ? 1 + way : 0));
    CellRow cell = maker.cell(id(i), state);
    cell.reason += std::to_string(way);
    store.finish(cell, maker.replications(state == "failed" ? way / 2 : 3));
  }

  /// A record carries the times of its run: two plays of one replication differ in them.
  [[nodiscard]] std::vector<std::byte> record(std::uint64_t i, std::uint64_t number,
                                              std::uint64_t play) const {
    std::vector<std::byte> bytes = Maker(seed_ * 1000 + i * 10 + number).record();
    bytes.push_back(static_cast<std::byte>(play));
    return bytes;
  }

  std::uint64_t seed_;
  SweepRow sweep_;
};

class Merging : public StoreTest {
 protected:
  /// A new store of what these hold, in this order; returns what it says.
  std::string merged(const std::vector<std::string>& from, const std::string& into = "") {
    const std::string target = into.empty() ? path("merged-" + std::to_string(++made_)) : into;
    Store store(target, Mode::kCreate);
    merge(store, from);
    return dump(store);
  }
  std::string said(const std::string& file) { return dump(Store(file, Mode::kRead)); }

  FaultyDisk disk_;  // without syncs

 private:
  int made_ = 0;
};

TEST_F(Merging, order_grouping_and_repetition_leave_no_trace) {
  for (std::uint64_t seed = 1; seed <= 6 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Maker choice(seed);
    const World world(seed);
    const auto in = [&](const char* name) { return path(name + std::to_string(seed)); };
    const std::string a = in("a"), b = in("b"), c = in("c");
    for (const std::string& file : {a, b, c}) world.make(file, choice);
    const std::string all = merged({a, b, c});
    for (const auto& order :
         std::vector<std::vector<std::string>>{{a, c, b}, {b, a, c}, {b, c, a}, {c, a, b}, {c, b, a}})
      EXPECT_EQ(merged(order), all);
    const std::string ab = in("ab"), bc = in("bc");
    merged({a, b}, ab);
    merged({b, c}, bc);
    EXPECT_EQ(merged({ab, c}), all);
    EXPECT_EQ(merged({a, bc}), all);
    EXPECT_EQ(merged({ab, bc}), all);
    EXPECT_EQ(merged({a, b, c, a, b, ab}), all);
    EXPECT_EQ(merged({a, a}), said(a));
    EXPECT_EQ(merged({c, b}, a), all) << "into a store that holds something";
    EXPECT_EQ(merged({a, b}, a), all) << "a store into itself";
  }
}

TEST_F(Merging, complete_wins_over_failed_and_both_over_pending) {
  Maker maker(1);
  const CellRow complete = maker.cell("x");
  {
    Store a(path("a"), Mode::kCreate);
    a.put_pending("x", 0, maker.record());
    a.finish(maker.cell("y", "failed"), maker.replications(1));
    Store b(path("b"), Mode::kCreate);
    b.finish(complete, {});
    b.finish(maker.cell("y", "failed"), maker.replications(2));
    b.put_pending("y", 0, maker.record());
  }
  merged({path("a"), path("b")}, path("c"));
  const Store c(path("c"), Mode::kRead);
  EXPECT_EQ(c.finished(), std::vector<std::string>{"x"});
  EXPECT_TRUE(c.pending("x").empty());
  EXPECT_EQ(c.failed(), std::vector<std::string>{"y"});
  EXPECT_EQ(c.replications("y").size(), 2U) << "the one that got further";
  EXPECT_EQ(c.pending("y").size(), 1U);
}

TEST_F(Merging, processor_time_is_no_difference) {
  Maker maker(2);
  const CellRow cell = maker.cell("x");
  auto replications = maker.replications(2);
  Store(path("a"), Mode::kCreate).finish(cell, replications);
  replications[1].cpu_s += 1.0;
  Store(path("b"), Mode::kCreate).finish(cell, replications);
  EXPECT_EQ(merged({path("a"), path("b")}), said(path("a")));
}

TEST_F(Merging, label_reason_and_number_of_replications_are_of_the_sweep_that_asked) {
  Maker maker(4);
  CellRow cell = maker.cell("x");
  const auto replications = maker.replications(3);
  cell.label = "size=ten";
  cell.reason = "fixed";
  Store(path("a"), Mode::kCreate).finish(cell, replications);
  cell.label = "size=default";
  Store(path("b"), Mode::kCreate).finish(cell, replications);
  EXPECT_EQ(merged({path("a"), path("b")}), said(path("b"))) << "the first label in order";
  EXPECT_EQ(merged({path("b"), path("a")}), said(path("b")));
  cell.figures.clear();
  cell.reason = "eliminated";
  Store(path("c"), Mode::kCreate).finish(cell, {replications.begin(), replications.begin() + 2});
  EXPECT_EQ(merged({path("a"), path("c")}), said(path("a"))) << "the one with more replications";
  EXPECT_EQ(merged({path("c"), path("a")}), said(path("a")));
}

TEST_F(Merging, two_results_of_one_cell_are_an_error_that_names_it_and_changes_nothing) {
  Maker maker(3);
  CellRow cell = maker.cell("x");
  cell.label = "detection=5 s";
  auto replications = maker.replications(2);
  Store(path("a"), Mode::kCreate).finish(cell, replications);
  ++replications[1].fingerprint;
  {
    Store b(path("b"), Mode::kCreate);
    b.finish(maker.cell("before"), {});
    b.finish(cell, replications);
  }
  const std::string before = said(path("a"));
  const std::string message = message_of([&] { merged({path("b")}, path("a")); });
  EXPECT_THAT(message, HasSubstr("cell x (detection=5 s) has other results there"));
  EXPECT_THAT(message, HasSubstr(path("b")));
  EXPECT_EQ(said(path("a")), before);
  EXPECT_FALSE(message_of([&] { merged({path("a")}, path("b")); }).empty());
}

TEST_F(Merging, two_sweeps_of_one_name_must_be_one_sweep) {
  const SweepRow sweep{"s", "{}", "00", {"x"}, {{0, "a", {{"x", "1"}}}}};
  SweepRow other_text = sweep;
  other_text.text = "{ }";
  SweepRow other_cell = sweep;
  other_cell.points[0].cell_id = "b";
  Store(path("a"), Mode::kCreate).put_sweep(sweep);
  Store(path("text"), Mode::kCreate).put_sweep(other_text);
  Store(path("cell"), Mode::kCreate).put_sweep(other_cell);
  EXPECT_THAT(message_of([&] {
                merged({path("a"), path("text")});
              }),
              HasSubstr("the sweep \"s\" comes from another file"));
  EXPECT_THAT(message_of([&] {
                merged({path("a"), path("cell")});
              }),
              HasSubstr("point 0 of the sweep \"s\" is cell b"));
}

TEST_F(Merging, results_of_another_meaning_are_not_mixed) {
  Maker maker(5);
  Store(path("a"), Mode::kCreate).finish(maker.cell("x"), {});
  Store(path("old"), Mode::kCreate).finish(maker.cell("y"), {});
  std::string bytes = read(path("old"));
  bytes[63] = 1;  // SQLite's user_version, big-endian from byte 60 on
  write(path("old"), bytes);
  EXPECT_THAT(message_of([&] { merged({path("old")}, path("a")); }),
              HasSubstr("mean what they did in version 1 there and in version 3 here"));
  EXPECT_EQ(Store(path("a"), Mode::kRead).finished(), std::vector<std::string>{"x"});
  EXPECT_EQ(Store(path("old"), Mode::kRead).finished(), std::vector<std::string>{"y"});
}

TEST_F(Merging, what_is_no_store_stops_it_before_anything_changes) {
  Maker maker(4);
  Store(path("a"), Mode::kCreate).finish(maker.cell("x"), {});
  write(path("text"), "no store");
  const std::string message = message_of([&] { merged({path("a"), path("text")}, path("out")); });
  EXPECT_THAT(message, HasSubstr(path("text") + ": cannot"));
  EXPECT_TRUE(Store(path("out"), Mode::kRead).finished().empty());
}

}  // namespace
}  // namespace twinvoice::store
