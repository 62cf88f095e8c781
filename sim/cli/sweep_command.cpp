// `twinvoice sweep`: what is done with campaigns, one subcommand each.
#include <CLI/CLI.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/sweep_commands.hpp"

namespace twinvoice::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  twinvoice sweep plan experiments/sweeps/surviving-site.json     the cells, and what they would cost
  twinvoice sweep run experiments/sweeps/surviving-site.json      play those that are missing in the store
  twinvoice sweep status surviving-site.twinvoice.sqlite          how far it is
  twinvoice sweep report surviving-site.twinvoice.sqlite          what it means
  twinvoice sweep run experiments/sweeps/whichever-zone.json      which design does, whatever happens to it?
  twinvoice sweep export surviving-site.twinvoice.sqlite > cells.csv
  twinvoice sweep emit slurm experiments/sweeps/surviving-site.json --shards 8 > surviving-site.sh
  twinvoice sweep merge all.sqlite shard-1.sqlite shard-2.sqlite)";

}  // namespace

void add_sweep(CLI::App& app, Session& session) {
  CLI::App* sweep = app.add_subcommand("sweep", "Many runs of one experiment: campaigns over axes");
  sweep->require_subcommand(1);
  sweep->footer(kFooter);
  add_sweep_plan(*sweep, session);
  add_sweep_run(*sweep, session);
  add_sweep_report(*sweep, session);
  add_sweep_emit(*sweep, session);
  add_sweep_status(*sweep, session);
  add_sweep_export(*sweep, session);
  add_sweep_merge(*sweep, session);
}

}  // namespace twinvoice::cli
