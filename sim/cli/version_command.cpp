#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sim/base/version.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"

namespace twinvoice::cli {

void add_version(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("version", "Print version and commit");
  command->footer("Example:\n  twinvoice version");
  command->callback([&session] {
    session.action = [] {
      print_data(fmt::format("twinvoice {} ({})\n", version(), commit()));
      return static_cast<int>(kOk);
    };
  });
}

}  // namespace twinvoice::cli
