// `twinvoice sweep`: what is done with campaigns, one subcommand each.
#include <CLI/CLI.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/sweep_commands.hpp"

namespace twinvoice::cli {

void add_sweep(CLI::App& app, Session& session) {
  CLI::App* sweep = app.add_subcommand("sweep", "Many runs of one experiment: campaigns over axes");
  sweep->require_subcommand(1);
  add_sweep_plan(*sweep, session);
  add_sweep_run(*sweep, session);
  add_sweep_report(*sweep, session);
  add_sweep_emit(*sweep, session);
  add_sweep_status(*sweep, session);
  add_sweep_export(*sweep, session);
  add_sweep_merge(*sweep, session);
}

}  // namespace twinvoice::cli
