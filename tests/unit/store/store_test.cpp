#include "sim/store/store.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/base/wire.hpp"
#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

using Mode = Store::Mode;

std::vector<std::byte> bytes(const std::string& text) {
  wire::Writer out;
  for (const char c : text) out.u8(static_cast<std::uint8_t>(c));
  return out.take();
}

SweepRow small_sweep() {
  SweepRow sweep{"demo", "{}", "00ff", {"detection", "approval"}, {}};
  sweep.points = {{0, "a", {{"detection", "5 s"}, {"approval", "standing"}}},
                  {1, "b", {{"detection", "5 s"}, {"approval", "on-call"}}},
                  {2, "c", {{"detection", "15 s"}, {"approval", "standing"}}}};
  return sweep;
}

TEST_F(StoreTest, a_finished_cell_comes_back_as_it_was) {
  Maker maker(1);
  std::vector<CellRow> cells;
  std::vector<std::vector<ReplicationRow>> replications;
  {
    Store store(path(), Mode::kCreate);
    store.begin();
    for (int i = 0; i < 60; ++i) {
      cells.push_back(maker.cell("cell " + std::to_string(i), maker.below(3) == 0 ? "failed" : "complete"));
      replications.push_back(maker.replications(maker.below(6)));
      store.finish(cells.back(), replications.back());
    }
    store.commit();
  }
  const Store store(path(), Mode::kRead);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    EXPECT_EQ(stored(store, cells[i].id), canonical(cells[i], replications[i])) << i;
    const auto back = store.replications(cells[i].id);
    for (std::size_t k = 0; k < back.size(); ++k) EXPECT_EQ(back[k].cpu_s, replications[i][k].cpu_s);
  }
}

TEST_F(StoreTest, every_double_survives_bit_for_bit_but_for_nan_payloads_and_the_sign_of_zero) {
  std::mt19937_64 bits(7);
  CellRow cell = Maker(1).cell("cell");
  ReplicationRow row;
  std::vector<double> values = {0.0,
                                1.0,
                                -1.0,
                                1e300,
                                5e-324,
                                9007199254740993.0,
                                140737488355327.0,
                                140737488355329.0,
                                0.1,
                                std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::max(),
                                std::numeric_limits<double>::quiet_NaN()};
  for (int i = 0; i < 2000; ++i) values.push_back(std::bit_cast<double>(bits()));
  for (const double value : values) row.figures.push_back({"x", value});
  Store store(path(), Mode::kCreate);
  store.finish(cell, {row});
  const auto back = store.replications("cell").at(0).figures;
  ASSERT_EQ(back.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]))
      EXPECT_TRUE(std::isnan(back[i].value)) << i;
    else
      EXPECT_EQ(std::bit_cast<std::uint64_t>(back[i].value), std::bit_cast<std::uint64_t>(values[i])) << i;
  }
}

TEST_F(StoreTest, a_store_at_rest_is_one_file) {
  {
    Store store(path(), Mode::kCreate);
    store.put_pending("a", 0, bytes("record"));
  }
  {
    const Store reader(path(), Mode::kRead);
    EXPECT_EQ(reader.pending("a").size(), 1U);
  }
  EXPECT_EQ(files(), std::vector<std::string>{"results.sqlite"});
}

TEST_F(StoreTest, pending_replications_survive_the_end_of_the_writer) {
  {
    Store store(path(), Mode::kCreate);
    store.begin();
    store.put_pending("a", 7, bytes("seven"));
    store.put_pending("a", 2, bytes("two"));
    store.put_pending("b", 0, {});
    store.commit();
    store.begin();
    store.put_pending("a", 9, bytes("never committed"));
  }
  const Store store(path(), Mode::kRead);
  const auto pending = store.pending("a");
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(pending[0].number, 2U);
  EXPECT_EQ(pending[0].record, bytes("two"));
  EXPECT_EQ(pending[1].number, 7U);
  EXPECT_EQ(pending[1].record, bytes("seven"));
  ASSERT_EQ(store.pending_cells().size(), 2U);
  EXPECT_EQ(store.pending_cells()[1].cell_id, "b");
  EXPECT_TRUE(store.finished().empty());
}

TEST_F(StoreTest, a_duplicate_replication_is_refused_and_changes_nothing) {
  Store store(path(), Mode::kCreate);
  store.begin();
  store.put_pending("a", 1, bytes("first"));
  const std::string message = message_of([&] { store.put_pending("a", 1, bytes("second")); });
  EXPECT_NE(message.find("replication 1 of cell a"), std::string::npos) << message;
  store.put_pending("a", 2, bytes("other"));
  store.commit();
  ASSERT_EQ(store.pending("a").size(), 2U);
  EXPECT_EQ(store.pending("a")[0].record, bytes("first"));
}

TEST_F(StoreTest, a_finished_cell_takes_its_pending_replications_with_it) {
  Maker maker(3);
  Store store(path(), Mode::kCreate);
  store.put_pending("a", 0, bytes("x"));
  store.put_pending("b", 0, bytes("y"));
  store.finish(maker.cell("a"), maker.replications(2));
  EXPECT_TRUE(store.pending("a").empty());
  EXPECT_EQ(store.pending("b").size(), 1U);
  EXPECT_EQ(store.finished(), std::vector<std::string>{"a"});
  EXPECT_FALSE(message_of([&] { store.put_pending("a", 5, bytes("late")); }).empty());
}

TEST_F(StoreTest, a_complete_cell_is_final_and_a_failed_one_is_replaced) {
  Maker maker(4);
  Store store(path(), Mode::kCreate);
  store.finish(maker.cell("a", "failed"), maker.replications(3));
  EXPECT_TRUE(store.finished().empty());
  EXPECT_EQ(store.failed(), std::vector<std::string>{"a"});
  const CellRow complete = maker.cell("a");
  const auto replications = maker.replications(1);
  store.finish(complete, replications);
  EXPECT_EQ(stored(store, "a"), canonical(complete, replications));
  const std::string message = message_of([&] { store.finish(maker.cell("a"), {}); });
  EXPECT_NE(message.find("cell a is complete already"), std::string::npos) << message;
  EXPECT_EQ(stored(store, "a"), canonical(complete, replications));
}

TEST_F(StoreTest, a_cell_is_complete_or_absent_when_its_transaction_is_not_committed) {
  Maker maker(5);
  const CellRow cell = maker.cell("a");
  const auto replications = maker.replications(4);
  {
    Store store(path(), Mode::kCreate);
    store.begin();
    store.finish(cell, replications);
  }
  Store store(path(), Mode::kWrite);
  EXPECT_FALSE(store.cell("a").has_value());
  EXPECT_TRUE(store.replications("a").empty());
  store.begin();
  store.finish(cell, replications);
  store.rollback();
  EXPECT_FALSE(store.cell("a").has_value());
}

TEST_F(StoreTest, a_cell_that_cannot_be_written_leaves_nothing_of_itself) {
  Maker maker(6);
  Store store(path(), Mode::kCreate);
  store.begin();
  store.finish(maker.cell("good"), maker.replications(1));
  auto twice = maker.replications(3);
  twice[2].number = twice[0].number;
  EXPECT_THROW(store.finish(maker.cell("bad"), twice), StoreError);
  EXPECT_THROW(store.finish(maker.cell("worse", "half done"), {}), StoreError);
  store.commit();
  EXPECT_EQ(store.finished(), std::vector<std::string>{"good"});
  EXPECT_TRUE(store.replications("bad").empty());
}

TEST_F(StoreTest, a_sweep_comes_back_and_is_replaced_by_name) {
  Store store(path(), Mode::kCreate);
  store.put_sweep(small_sweep());
  SweepRow other = small_sweep();
  other.name = "another";
  store.put_sweep(other);
  SweepRow changed = small_sweep();
  changed.points.pop_back();
  changed.points[0].levels[0].second = "60 s";
  store.put_sweep(changed);
  EXPECT_EQ(store.sweeps(), (std::vector<std::string>{"another", "demo"}));
  const auto back = store.sweep("demo");
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->axes, changed.axes);
  ASSERT_EQ(back->points.size(), 2U);
  EXPECT_EQ(back->points[0].levels, changed.points[0].levels);
  EXPECT_EQ(back->points[1].cell_id, "b");
  EXPECT_EQ(store.sweep("another")->points.size(), 3U);
  EXPECT_FALSE(store.sweep("none").has_value());
}

TEST_F(StoreTest, latencies_are_merged_over_replications) {
  Maker maker(8);
  measure::Histogram all;
  std::vector<ReplicationRow> replications(5);
  for (std::uint64_t i = 0; i < 5; ++i) {
    replications[i].number = i;
    replications[i].latencies = {{"issue", maker.histogram()}, {"query", maker.histogram()}};
    all.merge(replications[i].latencies[0].histogram);
  }
  Store store(path(), Mode::kCreate);
  store.finish(maker.cell("a"), replications);
  EXPECT_EQ(store.latency("a", "issue"), all);
  EXPECT_EQ(store.latency("a", "none").count(), 0U);
  EXPECT_EQ(store.latency("none", "issue").count(), 0U);
}

TEST_F(StoreTest, readers_see_the_last_commit_while_a_writer_is_at_work) {
  Maker maker(9);
  Store writer(path(), Mode::kCreate);
  writer.finish(maker.cell("a"), maker.replications(1));
  const Store reader(path(), Mode::kRead);
  writer.begin();
  writer.finish(maker.cell("b"), maker.replications(1));
  EXPECT_EQ(reader.finished().size(), 1U);
  writer.commit();
  EXPECT_EQ(reader.finished().size(), 2U);
  const Snapshot snapshot(reader);
  EXPECT_EQ(reader.finished().size(), 2U);
  writer.finish(maker.cell("c"), maker.replications(1));
  EXPECT_EQ(reader.finished().size(), 2U);
}

TEST_F(StoreTest, readers_cannot_change_anything) {
  { Store(path(), Mode::kCreate).put_pending("a", 0, bytes("x")); }
  const std::string before = read(path());
  {
    Store reader(path(), Mode::kRead);
    EXPECT_NE(message_of([&] { reader.put_pending("a", 1, bytes("y")); }).find("reading only"),
              std::string::npos);
    EXPECT_THROW(reader.begin(), StoreError);
  }
  EXPECT_EQ(read(path()), before);
}

}  // namespace
}  // namespace twinvoice::store
