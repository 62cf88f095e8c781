#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "sim/base/console.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/sweep_points.hpp"
#include "sim/store/merge.hpp"

namespace twinvoice::cli {
namespace {

struct MergeArguments {
  std::string out;
  std::vector<std::string> stores;
};

/// ", 3 of 12 cells of demo are missing" for each sweep that lacks some.
std::string missing_text(const store::Store& store) {
  const CellsById cells = cells_by_id(store);
  std::string text;
  for (const std::string& name : store.sweeps()) {
    const SweepCounts counts = count_cells(cells, store.sweep(name).value());
    if (counts.missing > 0)
      text += fmt::format(", {} of {} cells of {} are missing", counts.missing, counts.total, name);
  }
  return text;
}

void merge_into(store::Store& into, const MergeArguments& arguments) {
  store::merge(into, arguments.stores);
  std::uint64_t pending = 0;
  for (const store::PendingSummary& cell : into.pending_cells()) pending += cell.replications;
  tell(fmt::format(
      "twinvoice: {} holds {} complete cells, {} failed ones and {} replications of unfinished cells{}\n",
      arguments.out, into.finished().size(), into.failed().size(), pending, missing_text(into)));
}

int merge(const MergeArguments& arguments) {
  std::error_code problem;
  const bool there = std::filesystem::exists(arguments.out, problem);
  // Without the lock it is not ours: nothing is caught here.
  auto into = std::make_unique<store::Store>(arguments.out, store::Store::Mode::kCreate);
  try {
    merge_into(*into, arguments);
  } catch (const store::StoreError&) {
    into.reset();
    // An empty store would only look like a result.
    if (!there) std::filesystem::remove(arguments.out, problem);
    throw;
  }
  return kOk;
}

}  // namespace

void add_sweep_merge(CLI::App& sweep, Session& session) {
  CLI::App* command = sweep.add_subcommand("merge", "Put the results of several stores into one");
  const auto a = std::make_shared<MergeArguments>();
  command->add_option("out", a->out, "store that takes the results; made when it is not there")->required();
  command->add_option("stores", a->stores, "stores whose results it takes; they stay as they are")
      ->required();
  command->footer(
      "Shards of one campaign, or campaigns that share cells. The order of the stores does not matter, and "
      "taking one\n"
      "twice does no harm. Complete cells win over failed ones; replications of unfinished cells are carried "
      "along. Two\n"
      "different results of one cell are an error that names it; then nothing is changed. Cells of a sweep "
      "that "
      "none of the\n"
      "stores has are told as missing and are no error: the exit code is 0 (\"sweep status\" tells as "
      "much).\n\n"
      "Example:\n"
      "  twinvoice sweep merge all.sqlite shard-1.sqlite shard-2.sqlite shard-3.sqlite");
  command->callback([&session, a] { session.action = [a] { return merge(*a); }; });
}

}  // namespace twinvoice::cli
