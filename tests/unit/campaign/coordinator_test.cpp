// Campaigns of made-up cells: what reaches the store when cells are fine, throw, hang, crash or are killed.
#include "sim/campaign/coordinator.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "sim/base/issues.hpp"
#include "tests/support/few_descriptors.hpp"

namespace twinvoice::campaign {
namespace {

/// A cell's name decides what becomes of it.
class Campaign : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "twinvoice-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    orders_.store = (folder_ / "store.sqlite").string();
    orders_.rule.least = orders_.rule.most = 3;
    orders_.zygote.workers = 2;
    tools_.prepare = [this](std::size_t cell) { return program(cell); };
    tools_.row = [this](std::size_t cell) {
      store::CellRow row;
      row.id = id(cell);
      row.label = names_[cell];
      return row;
    };
    tools_.evaluate = [](std::size_t, std::span<const measure::RunRecord> records) {
      Evaluation seen;
      std::vector<double> values;
      for (const measure::RunRecord& r : records) values.push_back(static_cast<double>(r.fingerprint));
      seen.figures.push_back({"x.value", {}});
      seen.figures[0].estimate.value = values.back();
      seen.figures[0].estimate.low = values.back() - 8.0 / static_cast<double>(values.size());
      seen.figures[0].estimate.high = values.back() + 8.0 / static_cast<double>(values.size());
      seen.figures[0].estimate.samples = values.size();
      seen.figures[0].estimate.converged = true;
      return seen;
    };
    tools_.full_name = [](std::span<const std::string> names, std::string_view written,
                          std::string& problem) {
      for (const std::string& name : names) {
        if (name == written) return std::optional(name);
      }
      problem = "there is no figure " + std::string(written);
      return std::optional<std::string>();
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string id(std::size_t cell) const { return "id-" + names_[cell]; }
  /// True the first time anybody asks, also in another process.
  [[nodiscard]] bool first_time(const std::string& what) const {
    return std::filesystem::create_directory(folder_ / what);
  }

  Program program(std::size_t cell) {
    const std::string name = names_[cell];
    if (name == "invalid") {
      Issues issues;
      issues.error({"cell.json", 3, 4, "/load"}, "cannot be");
      throw InvalidInput(std::move(issues));
    }
    if (name == "unlucky" && first_time("unlucky")) raise(SIGKILL);
    if (name == "poison") raise(SIGABRT);
    if (name == "doomed") raise(SIGKILL);
    return [this, name, cell](std::uint64_t replication, const world::Seat&) {
      play(name, replication);
      store::ReplicationRow row;
      row.number = replication;
      row.figures = {{name == "another figure" ? "y.value" : "x.value", 10.0 * static_cast<double>(cell)}};
      measure::RunRecord record;
      record.replication = replication;
      record.fingerprint = 100 * cell + replication;
      return encode_replication(row, record);
    };
  }

  void play(const std::string& name, std::uint64_t replication) const {
    if (name == "throws" && replication >= 1) throw std::runtime_error("nothing works");
    if (name == "crashes") raise(SIGABRT);
    if (name == "killed once" && first_time("killed" + std::to_string(replication))) raise(SIGKILL);
    if (name == "killed always") raise(SIGKILL);
    if (name == "zygote killed" && first_time("zygote")) kill(getppid(), SIGKILL);
    while (name == "hangs") pause();
  }

  Summary run(std::vector<std::string> names) {
    names_ = std::move(names);
    orders_.tasks.clear();
    orders_.sweep = {};
    orders_.sweep.name = "made-up";
    orders_.sweep.axes = {"name"};
    for (std::size_t i = 0; i < names_.size(); ++i) {
      orders_.tasks.push_back({i, id(i)});
      orders_.sweep.points.push_back({i, id(i), {{"name", names_[i]}}});
    }
    return run_campaign(orders_, tools_);
  }
  [[nodiscard]] store::Store stored() const { return {orders_.store, store::Store::Mode::kRead}; }

  std::filesystem::path folder_;
  std::vector<std::string> names_;
  Orders orders_;
  Tools tools_;
};

TEST_F(Campaign, every_cell_comes_into_the_store_with_all_its_replications) {
  const Summary s = run({"a", "b", "c", "d", "e", "f", "g"});
  EXPECT_EQ(s.complete, 7U);
  EXPECT_EQ(s.replications, 21U);
  EXPECT_TRUE(s.failed.empty());
  EXPECT_FALSE(s.interrupted);
  const store::Store store = stored();
  for (std::size_t i = 0; i < 7; ++i) {
    const auto cell = store.cell(id(i));
    ASSERT_TRUE(cell);
    EXPECT_EQ(cell->state, "complete");
    EXPECT_EQ(cell->reason, "fixed");
    EXPECT_EQ(cell->figures.at(0).estimate.value, 100.0 * static_cast<double>(i) + 2.0);
    const auto rows = store.replications(id(i));
    ASSERT_EQ(rows.size(), 3U);
    for (std::size_t n = 0; n < 3; ++n) EXPECT_EQ(rows[n].number, n);
  }
  EXPECT_TRUE(store.pending_cells().empty());
}

TEST_F(Campaign, what_is_finished_is_not_run_again) {
  EXPECT_EQ(run({"a", "b"}).replications, 6U);
  const Summary s = run({"a", "b", "c"});
  EXPECT_EQ(s.replications, 3U);
  EXPECT_EQ(s.already, 2U);
  EXPECT_EQ(s.complete, 3U);
}

TEST_F(Campaign, acknowledged_replications_are_used) {
  names_ = {"a"};
  {
    store::Store store(orders_.store, store::Store::Mode::kCreate);
    store::ReplicationRow row;
    measure::RunRecord record;
    row.number = record.replication = 1;
    record.fingerprint = 1;
    store.put_pending(id(0), 1, encode_replication(row, record));
  }
  const Summary s = run({"a"});
  EXPECT_EQ(s.replications, 2U);
  EXPECT_EQ(s.found, 1U);
  EXPECT_EQ(stored().replications(id(0)).size(), 3U);
}

TEST_F(Campaign, cells_that_fail_do_not_stop_the_others) {
  orders_.zygote.limits.time_ns = 300'000'000;
  const Summary s = run({"a", "invalid", "throws", "crashes", "hangs", "killed always", "b"});
  EXPECT_EQ(s.complete, 2U);
  ASSERT_EQ(s.failed.size(), 5U);
  EXPECT_EQ(s.failed[0].reason, "cell.json:3:4: /load: cannot be");
  EXPECT_EQ(s.failed[1].reason, "replication 1: nothing works");
  EXPECT_EQ(s.failed[2].reason, "the worker of replication 0 was killed by signal 6 (Aborted)");
  EXPECT_EQ(s.failed[3].reason, "replication 0 takes longer than its limit of 300 ms");
  EXPECT_EQ(s.failed[4].reason, "the worker of replication 0 was killed by signal 9 (Killed)");
  const store::Store store = stored();
  EXPECT_EQ(store.cell(id(1))->state, "failed");
  EXPECT_TRUE(store.replications(id(2)).empty());
  EXPECT_EQ(store.cell(id(6))->state, "complete");
  EXPECT_TRUE(store.pending_cells().empty());
}

TEST_F(Campaign, failed_cells_are_tried_again_only_when_asked) {
  EXPECT_EQ(run({"throws", "b"}).failed.size(), 1U);
  Summary s = run({"throws", "b"});
  EXPECT_EQ(s.replications, 0U);
  EXPECT_EQ(s.failed.size(), 1U);
  orders_.retry_failed = true;
  tools_.prepare = [this](std::size_t cell) {
    names_[cell] = "mended";
    return program(cell);
  };
  s = run({"throws", "b"});
  EXPECT_EQ(s.replications, 3U);
  EXPECT_EQ(s.complete, 2U);
}

TEST_F(Campaign, work_that_is_killed_from_outside_is_done_again) {
  const Summary s = run({"killed once", "zygote killed", "unlucky", "b"});
  EXPECT_EQ(s.complete, 4U);
  EXPECT_TRUE(s.failed.empty());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(stored().replications(id(i)).size(), 3U);
}

TEST_F(Campaign, a_cell_that_ends_the_zygote_fails_alone) {
  const Summary s = run({"a", "poison", "b", "doomed", "c"});
  EXPECT_EQ(s.complete, 3U);
  ASSERT_EQ(s.failed.size(), 2U);
  EXPECT_EQ(s.failed[0].reason, "the process that prepared it was killed by signal 6 (Aborted)");
  EXPECT_EQ(s.failed[1].reason, "the process that prepared it was killed by signal 9 (Killed)");
}

TEST_F(Campaign, workers_that_cannot_be_started_beside_the_others_wait_for_them) {
  orders_.zygote.workers = 6;
  tools_.prepare = [this](std::size_t cell) {
    static const testing::FewDescriptors pipes_of_two_workers(3);  // in the zygote, as long as it lives
    return program(cell);
  };
  const Summary s = run({"a", "b", "c"});
  EXPECT_EQ(s.complete, 3U);
  EXPECT_EQ(s.replications, 9U);
}

TEST_F(Campaign, a_stop_leaves_a_store_that_goes_on) {
  std::atomic<bool> stop{false};
  orders_.stop_flag = &stop;
  orders_.zygote.workers = 1;
  tools_.progress = [&](const Status& status) { stop = status.replications >= 2; };
  const Summary first = run({"a", "b", "hangs"});
  EXPECT_TRUE(first.interrupted);
  stop = false;
  tools_.progress = {};
  orders_.stop_flag = nullptr;
  orders_.zygote.limits.time_ns = 200'000'000;
  const Summary second = run({"a", "b", "hangs"});
  EXPECT_EQ(first.replications + second.replications, 6U);
  EXPECT_EQ(second.complete, 2U);
}

TEST_F(Campaign, a_sequential_cell_stops_at_the_look_that_is_precise) {
  orders_.rule.least = 4;
  orders_.rule.most = 20;
  orders_.rule.until = {{"x.value", {0.0, 1.0}}};  // half-width 8 / n: 8 replications
  const Summary s = run({"a", "b"});
  EXPECT_EQ(s.complete, 2U);
  EXPECT_EQ(stored().replications(id(0)).size(), 8U);
  EXPECT_EQ(stored().cell(id(1))->reason, "precise");
}

TEST_F(Campaign, a_race_gives_the_far_cells_no_more_than_the_first_round) {
  // The value of cell i is 10 i, without any luck.
  orders_.rule.least = 4;
  orders_.rule.most = 40;
  orders_.race.emplace();
  orders_.race->figure = "x.value";
  orders_.race->goal.indifference = 1.0;
  Summary s = run({"a", "b", "throws", "c"});
  EXPECT_EQ(s.complete, 3U);
  EXPECT_FALSE(s.selected) << "a cell that failed might have been the best";
  std::filesystem::remove(orders_.store);
  s = run({"a", "b", "c"});
  EXPECT_EQ(s.selected, "a");
  EXPECT_EQ(stored().cell(id(0))->reason, "precise");
  EXPECT_EQ(stored().cell(id(1))->reason, "eliminated");
  EXPECT_EQ(stored().replications(id(2)).size(), 4U);
  EXPECT_EQ(run({"a", "b", "c"}).selected, "a") << "known again from the store";
}

TEST_F(Campaign, a_cell_that_cannot_race_fails_alone_and_nobody_is_chosen) {
  orders_.rule.least = orders_.rule.most = 4;
  orders_.race.emplace();
  orders_.race->figure = "x.value";
  for (int time = 0; time < 2; ++time) {
    const Summary s = run({"a", "another figure", "throws", "b"});
    EXPECT_EQ(s.complete, 2U);
    ASSERT_EQ(s.failed.size(), 2U);
    EXPECT_EQ(s.failed[0].reason, "there is no figure x.value");
    EXPECT_FALSE(s.selected);
  }
  EXPECT_EQ(stored().replications(id(2)).size(), 1U) << "what it gave the race before it failed";
}

TEST_F(Campaign, a_target_that_is_no_figure_fails_the_cell) {
  orders_.rule.most = 20;
  orders_.rule.until = {{"y", {0.0, 1.0}}};
  const Summary s = run({"a"});
  ASSERT_EQ(s.failed.size(), 1U);
  EXPECT_EQ(s.failed[0].reason, "there is no figure y");
}

}  // namespace
}  // namespace twinvoice::campaign
