// Small campaigns for tests that run the program: a sweep over what `init` writes, and everything that its store holds.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/store/export.hpp"
#include "sim/store/merge.hpp"
#include "sim/store/store.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice::testing {

class CampaignTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    (void)demo();
  }

  /// A sweep of the demo with these axes (the insides of JSON) and replications.
  [[nodiscard]] std::string sweep(const std::string& axes, const std::string& replications,
                                  const std::string& more = "") const {
    const std::string file = path("demo/sweep.json");
    write(file, fmt::format(R"({{"twinvoice": "sweep/1", "name": "demo",
      "experiment": "experiments/zone-down.json", "set": {{"/horizon": "140 s", "/hold": "10 s"}},
      "axes": {{{}}}, "replications": {}{}}})",
                            axes, replications, more));
    return file;
  }
  /// So many loads times two widths of windows.
  [[nodiscard]] static std::string grid(int loads) {
    return fmt::format(R"("load": {{"of": "/load/issue-invoice/poisson", "from": "20 tps", "to": "60 tps",
      "points": {}}}, "window": {{"of": "/window", "values": ["1 s", "2 s"]}})",
                       loads);
  }

  [[nodiscard]] Printed run_sweep(const std::string& file, const std::string& store,
                                  std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"sweep", "run", file, "--store", store, "--quiet", "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  /// Every table of the store, as text.
  [[nodiscard]] static std::string tables(const std::string& file) {
    const store::Store store(file, store::Store::Mode::kRead);
    std::ostringstream out;
    for (const auto table : {store::Table::kCells, store::Table::kReplications, store::Table::kFailures,
                             store::Table::kRecoveries}) {
      store::export_csv(store, "demo", out, table);
      out << '\n';
    }
    return out.str();
  }

  /// What is acknowledged: replications of finished cells and pending ones.
  using Acknowledged = std::set<std::pair<std::string, std::uint64_t>>;
  [[nodiscard]] static Acknowledged acknowledged(const std::string& file) {
    Acknowledged all;
    if (!std::filesystem::exists(file)) return all;
    const store::Store store(file, store::Store::Mode::kRead);
    const store::Snapshot moment(store);
    for (const store::CellSummary& cell : store.summaries()) {
      for (const store::ReplicationRow& row : store.replications(cell.id))
        EXPECT_TRUE(all.emplace(cell.id, row.number).second) << "twice: " << cell.id << " " << row.number;
    }
    for (const store::PendingSummary& cell : store.pending_cells()) {
      for (const store::PendingRow& row : store.pending(cell.cell_id))
        EXPECT_TRUE(all.emplace(cell.cell_id, row.number).second)
            << "twice: " << cell.cell_id << " " << row.number;
    }
    return all;
  }
  /// The same for a store that may be in the making: nothing is acknowledged before it can be read.
  [[nodiscard]] static std::size_t acknowledged_so_far(const std::string& file) {
    try {
      return acknowledged(file).size();
    } catch (const store::StoreError&) {
      return 0;
    }
  }
};

}  // namespace twinvoice::testing
