#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "sim/base/check.hpp"
#include "sim/base/issues.hpp"
#include "sim/base/version.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/usage_problem.hpp"
#include "sim/store/store_error.hpp"

namespace twinvoice::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  twinvoice init demo                                  a small topology and experiment to start from
  twinvoice validate demo/topologies/*.json            every mistake, with file, line and column
  twinvoice plan demo/experiments/zone-down.json       what would run, and how loaded it would be
  twinvoice run demo/experiments/zone-down.json        play it and read the verdicts
  twinvoice compare a.json b.json --figure rto         which of two designs is better, under the same luck
  twinvoice sweep run my-sweep.json                    play it in many variants, and keep the results

Exit codes: 0 ok, 1 engine error, 2 invalid input or usage, 3 objective missed, 4 undecided, 5 cells of a sweep
failed, 130 interrupted.
Results go to stdout, progress and messages to stderr. NO_COLOR turns colours off.)";

std::string quoted(const std::string& argument) {
  if (!argument.empty() && argument.find_first_of(" \t\"'$&|;<>()*?\\") == std::string::npos) return argument;
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void print_issues(const Issues& issues) {
  for (const Issue& issue : issues.all()) fmt::print(stderr, "{}\n", format_issue(issue));
  const std::size_t n = issues.all().size();
  print_error(fmt::format("invalid input: {} {}", n, n == 1 ? "issue" : "issues"));
}

int act(const Session& session) {
  try {
    return session.action();
  } catch (const InvalidInput& e) {
    print_issues(e.issues());
    return kInvalidInput;
  } catch (const CLI::Error& e) {
    print_error(e.what());
    return kInvalidInput;
  } catch (const store::StoreError& e) {
    print_error(e.what());
    return e.kind() == store::StoreError::Kind::kInput ? kInvalidInput : kEngineError;
  } catch (const EngineError& e) {
    print_error(fmt::format("engine: {}", e.what()));
    return kEngineError;
  } catch (const std::exception& e) {
    print_error(e.what());
    return kEngineError;
  }
}

}  // namespace

void print_error(std::string_view message) {
  std::fflush(stdout);
  fmt::print(stderr, "twinvoice: error: {}\n", message);
}

void print_data(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("cannot write to standard output");
  }
}

int run_command_line(int argc, const char* const* argv) {
  Session session;
  session.command_line = "twinvoice";
  for (int i = 1; i < argc; ++i) session.command_line += " " + quoted(argv[i]);

  CLI::App app(
      "Twinvoice: a digital twin of multi-datacentre invoice services. Says what would happen before anyone "
      "touches "
      "production.",
      "twinvoice");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("twinvoice {} ({})", version(), commit()));
  add_init(app, session);
  add_validate(app, session);
  add_plan(app, session);
  add_run(app, session);
  add_compare(app, session);
  add_sweep(app, session);
  add_schema(app, session);
  add_version(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const std::string problem = usage_problem(app, e);
    if (problem.empty()) return app.exit(e) == 0 ? kOk : kInvalidInput;
    print_error(problem + "\nRun with --help for more information.");
    return kInvalidInput;
  }
  return act(session);
}

}  // namespace twinvoice::cli
