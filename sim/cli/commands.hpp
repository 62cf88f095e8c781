// The subcommands. Each file adds its own to the parser and does its work there.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace twinvoice::cli {

/// What a parsed command line asks for: run `action` and leave with what it returns.
struct Session {
  std::string command_line;  ///< as typed, for the manifest
  std::function<int()> action;
};

void add_run(CLI::App& app, Session& session);
void add_compare(CLI::App& app, Session& session);
void add_validate(CLI::App& app, Session& session);
void add_plan(CLI::App& app, Session& session);
void add_init(CLI::App& app, Session& session);
void add_sweep(CLI::App& app, Session& session);
void add_schema(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_help(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);
void add_version(CLI::App& app, Session& session);

/// Parses, runs one subcommand, and turns exceptions into messages on stderr and exit codes.
[[nodiscard]] int run_command_line(int argc, const char* const* argv);

/// Prints an error the way all commands do: "twinvoice: error: ...".
void print_error(std::string_view message);

/// Writes a document to stdout. What stdout does not take is lost, and the exit code says so.
void print_data(std::string_view text);
/// The same for text that is made for people: of names in it nothing acts on the terminal.
void print_text(std::string_view text);

}  // namespace twinvoice::cli
