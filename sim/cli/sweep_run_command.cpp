// `twinvoice sweep run`: runs the cells of a sweep that are missing in its store.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "sim/base/console.hpp"
#include "sim/base/sha256.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/shard.hpp"
#include "sim/cli/sweep_cells.hpp"
#include "sim/cli/sweep_check.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/sweep_progress.hpp"
#include "sim/cli/sweep_summary.hpp"

namespace twinvoice::cli {
namespace {

struct SweepRunArguments {
  std::string sweep;
  std::string store;
  std::string shard;
  std::string format = "text";
  unsigned workers = 0;
  bool retry_failed = false;
  bool quiet = false;
};

std::string default_store(const std::string& sweep, const Shard& shard) {
  const std::string part = shard.is_whole() ? "" : fmt::format(".{}-of-{}", shard.number, shard.count);
  return fmt::format("{}{}.twinvoice.sqlite", sweep, part);
}

/// The sweep as the store keeps it, and the cells of this shard, each once.
void add_cells(campaign::Orders& orders, const SweepCells& cells, const Shard& shard) {
  const spec::Sweep& sweep = cells.cells().sweep();
  orders.sweep.name = sweep.name.text;
  orders.sweep.text = sweep.source;
  orders.sweep.text_sha256 = sha256(sweep.source);
  for (const campaign::Axis& axis : cells.cells().design().axes()) orders.sweep.axes.push_back(axis.name);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < cells.cells().size(); ++i) {
    const campaign::Cell& cell = cells.cell(i);
    store::PointRow point{i, cell.id, {}};
    for (const campaign::Level& level : cell.levels) point.levels.emplace_back(level.axis, level.label);
    orders.sweep.points.push_back(std::move(point));
    if (campaign::in_shard(i, shard.number, shard.count) && seen.insert(cell.id).second)
      orders.tasks.push_back({i, cell.id});
  }
}

std::string world_of(const campaign::Design& design, std::size_t position) {
  std::vector<campaign::AxisLevel> levels = design.at(position).levels;
  std::vector<campaign::AxisLevel> of_world;
  for (std::size_t a = 0; a < levels.size(); ++a) {
    if (design.axes()[a].role == spec::AxisRole::kWorld) of_world.push_back(std::move(levels[a]));
  }
  return campaign::label_of(of_world);
}

campaign::RaceRule race_of(const spec::SelectSpec& select, const Shard& shard) {
  if (!shard.is_whole()) {
    Issues issues;
    issues.error(select.place, "\"select\" compares all cells with each other: such a sweep has no shards");
    throw InvalidInput(std::move(issues));
  }
  campaign::RaceRule race;
  race.figure = select.figure.figure().text;
  race.goal.indifference = select.indifference.base_value();
  race.goal.confidence = select.confidence.value;
  race.goal.minimise = select.figure.minimise.has_value();
  return race;
}

int run(const SweepRunArguments& arguments) {
  const Shard shard = choose_shard(arguments.shard);
  const SweepCells cells(campaign::Cells(spec::load_sweep(arguments.sweep)));
  const spec::Sweep& sweep = cells.cells().sweep();
  Issues issues;
  check_figures(cells, issues);
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  campaign::Orders orders;
  add_cells(orders, cells, shard);
  orders.store = arguments.store.empty() ? default_store(sweep.name.text, shard) : arguments.store;
  orders.rule = campaign::rule_of(cells.cells().replications());
  if (sweep.select) orders.race = race_of(*sweep.select, shard);
  orders.zygote.workers = arguments.workers;
  if (sweep.limits.time) orders.zygote.limits.time_ns = sweep.limits.time->ns;
  if (sweep.limits.memory)
    orders.zygote.limits.memory_bytes = static_cast<std::uint64_t>(sweep.limits.memory->count);
  orders.retry_failed = arguments.retry_failed;
  orders.stop_flag = &stop_flag();
  if (!arguments.quiet) {
    tell(fmt::format("twinvoice: {}: {} cells{}, seed {}, store {}\n", sweep.name.text, orders.tasks.size(),
                     shard.is_whole()
                         ? ""
                         : fmt::format(" (shard {} of {}, from {})", shard.number, shard.count, shard.source),
                     cells.cell(0).seed, orders.store));
  }
  watch_signals();
  SweepProgress progress(arguments.quiet);
  campaign::Tools tools = cells.tools();
  tools.progress = [&](const campaign::Status& status) { progress.update(status); };
  SweepSummary summary;
  summary.campaign = campaign::run_campaign(orders, tools);
  progress.finish();
  summary.sweep = sweep.name.text;
  summary.store = orders.store;
  summary.shard = shard;
  if (orders.race) summary.race = orders.race->figure;
  summary.best = best_cells(orders.store, orders.tasks, sweep.objectives,
                            [&](std::size_t position) { return world_of(cells.cells().design(), position); });
  summary.verdicts = verdicts_of(orders.store, orders.tasks);
  if (arguments.format == "json")
    print_data(summary_json(summary));
  else
    print_text(summary_text(summary));
  if (summary.campaign.interrupted) return kInterrupted;
  return summary.campaign.failed.empty() ? kOk : kIncomplete;
}

}  // namespace

void add_sweep_run(CLI::App& sweep, Session& session) {
  CLI::App* command = sweep.add_subcommand("run", "Run the cells that are missing in the store");
  const auto a = std::make_shared<SweepRunArguments>();
  command->add_option("sweep", a->sweep, "sweep file (sweep/1)")->required();
  command->add_option("--store", a->store,
                      "results (SQLite); SWEEP.twinvoice.sqlite in this folder when absent");
  command->add_option("--workers", a->workers, "processes at a time (0: one for each core)")
      ->check(CLI::Range(0U, 1024U));
  command->add_option(
      "--shard", a->shard,
      "i/n: every n-th cell, from the i-th; absent: as the job array of Slurm says, else all");
  command->add_flag("--retry-failed", a->retry_failed, "run failed cells again");
  command->add_flag("--quiet,-q", a->quiet, "no progress and no messages but errors");
  command->add_option("--format", a->format, "text or json")
      ->check(one_of({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "Running it again goes on where it stopped: complete cells are skipped, acknowledged replications are "
      "used.\n"
      "Exit codes: 0 every cell complete, 5 cells failed, 2 invalid input, 1 engine error, 130 interrupted.\n"
      "Ctrl-C ends it within 2 s; the store keeps what is done.\n\n"
      "Examples:\n"
      "  twinvoice sweep run experiments/sweeps/failover-design.json\n"
      "  twinvoice sweep run experiments/sweeps/failover-design.json --workers 8 --store results.sqlite\n"
      "  twinvoice sweep run experiments/sweeps/failover-design.json --shard 3/8");
  command->callback([&session, a] { session.action = [a] { return run(*a); }; });
}

}  // namespace twinvoice::cli
