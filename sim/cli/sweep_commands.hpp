// The subcommands of `twinvoice sweep`, one file each.
#pragma once

#include "sim/cli/commands.hpp"

namespace twinvoice::cli {

void add_sweep_plan(CLI::App& sweep, Session& session);
void add_sweep_run(CLI::App& sweep, Session& session);
void add_sweep_report(CLI::App& sweep, Session& session);
void add_sweep_emit(CLI::App& sweep, Session& session);
void add_sweep_status(CLI::App& sweep, Session& session);
void add_sweep_export(CLI::App& sweep, Session& session);
void add_sweep_merge(CLI::App& sweep, Session& session);

}  // namespace twinvoice::cli
