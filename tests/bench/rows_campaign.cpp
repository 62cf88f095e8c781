// Campaigns of short cells: what they cost beside the runs alone, and how much faster two workers are than one.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/campaign/coordinator.hpp"
#include "sim/cli/sweep_cells.hpp"
#include "sim/compile/compile.hpp"
#include "sim/world/replications.hpp"
#include "tests/bench/child.hpp"
#include "tests/bench/rows.hpp"

namespace twinvoice::bench {
namespace {

constexpr double kSpeedUpTarget = 1.9;
constexpr double kOverheadTarget = 1.10;

/// `cells` loads of the tandem of queues, one replication each.
campaign::Cells cells_of(long long cells) {
  const std::string text = fmt::format(R"({{"twinvoice": "sweep/1", "name": "bench",
    "experiment": "../teaching/tandem.json", "replications": 1,
    "axes": {{"load": {{"of": "/load/issue-invoice/poisson", "from": "60 tps", "to": "100 tps", "points": {}}}}}}})",
                                       cells);
  Issues issues;
  spec::Sweep sweep = spec::read_sweep(TWINVOICE_SOURCE_DIR "/experiments/sweeps/bench.json", text, issues);
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return campaign::Cells(std::move(sweep));
}

struct Cost {
  double wall_s = 0.0, cpu_s = 0.0;
};

/// In a process of its own, so that the time of its descendants is its own too.
Cost cost_of(const std::function<void()>& work) {
  const auto values = in_child([&] {
                        const auto started = std::chrono::steady_clock::now();
                        work();
                        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
                        return std::vector<double>{wall.count(), cpu_with_children_s()};
                      }).values;
  return {values.at(0), values.at(1)};
}

void run_campaign(long long count, unsigned workers) {
  const cli::SweepCells cells(cells_of(count));
  std::string folder = (std::filesystem::temp_directory_path() / "twinvoice-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for the store");
  campaign::Orders orders;
  orders.store = folder + "/bench.sqlite";
  orders.sweep.name = "bench";
  orders.zygote.workers = workers;
  for (std::size_t i = 0; i < cells.cells().size(); ++i) {
    orders.tasks.push_back({i, cells.cell(i).id});
    orders.sweep.points.push_back({i, cells.cell(i).id, {}});
  }
  const campaign::Summary summary = campaign::run_campaign(orders, cells.tools());
  std::filesystem::remove_all(folder);
  if (summary.complete != cells.cells().size()) throw std::runtime_error("cells of the campaign failed");
}

/// The same runs by the same workers: read, compile, fork, run, send the record. No figures, no store.
void run_bare(long long count) {
  const models::Catalog catalog;
  const campaign::Cells cells = cells_of(count);
  world::PoolOptions options;
  options.workers = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const spec::Experiment experiment = campaign::experiment_of(cells.at(i), catalog);
    const plan::Plan plan = compile::compile(experiment, catalog);
    world::RunSettings settings;
    settings.options.seed = plan.seed;
    settings.procedures = catalog.procedures(experiment.topology, plan);
    const auto replications = world::run_replications(plan, settings, 0, 1, options);
    if (!replications.at(0).error.empty()) throw std::runtime_error(replications.at(0).error);
  }
}

/// The bare runs by two processes at once, half each: what a second worker can bring on this machine at this moment.
void run_bare_by_two(long long count) {
  const auto half = [count] {
    static_cast<void>(in_child([count] {
      run_bare(count / 2);
      return std::vector<double>{};
    }));
  };
  std::future<void> other = std::async(std::launch::async, half);
  half();
  other.get();
}

}  // namespace

void add_campaign_rows(Table& table, const Options& options) {
  // In parts, so that what is compared has run within seconds of each other: this machine's speed wanders by a quarter.
  const int parts = options.repetitions(10);
  const long long count = options.length(2'000) / 10;
  std::vector<double> one_s, two_s, campaign_s, bare_s, bare_wall_s, bare_two_s;
  for (int i = 0; i < parts; ++i) {
    const Cost bare = cost_of([&] { run_bare(count); });
    const Cost one = cost_of([&] { run_campaign(count, 1); });
    const Cost two = cost_of([&] { run_campaign(count, 2); });
    const Cost bare_two = cost_of([&] { run_bare_by_two(count); });
    bare_s.push_back(bare.cpu_s);
    bare_wall_s.push_back(bare.wall_s);
    bare_two_s.push_back(bare_two.wall_s);
    campaign_s.push_back(one.cpu_s);
    one_s.push_back(one.wall_s);
    two_s.push_back(two.wall_s);
  }
  const auto each = static_cast<double>(count);
  Row overhead;
  overhead.id = "campaign-overhead";
  overhead.what = fmt::format("a campaign of {} short cells", count * parts);
  overhead.ours = fmt::format("{:.1f} ms a cell", spread_of(campaign_s).median * 1e3 / each);
  overhead.beside = fmt::format("the bare runs {:.1f} ms", spread_of(bare_s).median * 1e3 / each);
  overhead.ratio = ratio_of(campaign_s, bare_s);
  overhead.target = fmt::format("<= {:.2f}", kOverheadTarget);
  overhead.met = overhead.ratio->median <= kOverheadTarget;
  overhead.figures = {{"campaign_s", spread_of(campaign_s).median}, {"bare_s", spread_of(bare_s).median}};
  overhead.note = fmt::format(
      "in {} campaigns; bare: read, compile, fork, run, send the record; the campaign adds figures, "
      "intervals, store",
      parts);
  table.add(std::move(overhead));
  Row faster;
  faster.id = "campaign-two-workers";
  faster.what = "the same with two workers, wall time";
  faster.ours = fmt::format("{:.1f} s", parts * spread_of(two_s).median);
  faster.beside = fmt::format("with one {:.1f} s", parts * spread_of(one_s).median);
  faster.ratio = ratio_of(one_s, two_s);
  faster.target = fmt::format(">= {:.1f}", kSpeedUpTarget);
  faster.met = faster.ratio->median >= kSpeedUpTarget;
  const Spread machine = ratio_of(bare_wall_s, bare_two_s);
  faster.figures = {{"one_s", spread_of(one_s).median},
                    {"two_s", spread_of(two_s).median},
                    {"bare_speed_up", machine.median}};
  faster.note = fmt::format(
      "wall time: it says something only on a machine with two cores that are free; the bare runs, without "
      "any campaign, are {} times as fast by two processes as by one",
      text(machine, 2));
  table.add(std::move(faster));
}

}  // namespace twinvoice::bench
