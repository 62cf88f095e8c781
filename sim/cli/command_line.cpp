#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <sstream>

#include "sim/base/check.hpp"
#include "sim/base/console.hpp"
#include "sim/base/issues.hpp"
#include "sim/base/version.hpp"
#include "sim/base/visible.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/progress.hpp"
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
  twinvoice explain database                           what a word of the inputs or results means

Exit codes: 0 ok, 1 engine error, 2 invalid input or usage, 3 objective missed, 4 undecided, 5 cells of a sweep
failed, 6 done, but some of the output is lost (stdout, stderr or a file took it not), 130 interrupted.
Results go to stdout, progress and messages to stderr. NO_COLOR turns colours off.)";

std::string quoted(const std::string& argument) {
  if (!argument.empty() && argument.find_first_of(" \t\"'$&|;<>()*?\\") == std::string::npos) return argument;
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void print_issues(const Issues& issues) {
  for (const Issue& issue : issues.all()) tell(format_issue(issue) + "\n");
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
    print_error(visible(e.what()));
    return kInvalidInput;
  } catch (const store::StoreError& e) {
    print_error(visible(e.what()));
    return e.kind() == store::StoreError::Kind::kInput ? kInvalidInput : kEngineError;
  } catch (const EngineError& e) {
    print_error(visible(fmt::format("engine: {}", e.what())));
    return kEngineError;
  } catch (const std::exception& e) {
    print_error(visible(e.what()));
    return kEngineError;
  }
}

/// What went wrong stands before what could not be told; what went well, or was judged, does not.
int with_lost_output(int code) {
  const bool hides = code == kOk || code == kMissed || code == kUndecided || code == kIncomplete;
  return output_lost() && hides ? kOutputLost : code;
}

int parse_and_act(CLI::App& app, const Session& session, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {  // help or version was asked for
      std::ostringstream out;
      static_cast<void>(app.exit(e, out, out));
      print_data(out.str());
      return kOk;
    }
    const std::string problem = usage_problem(app, e);
    print_error((problem.empty() ? visible(e.what()) : problem) + "\nRun with --help for more information.");
    return kInvalidInput;
  }
  return act(session);
}

}  // namespace

void print_error(std::string_view message) { tell(fmt::format("twinvoice: error: {}\n", message)); }

void print_data(std::string_view text) { static_cast<void>(give(text)); }

void print_text(std::string_view text) {
  print_data(may_colour(STDOUT_FILENO) ? visible_styled(text) : visible_lines(text));
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
  add_explain(app, session);
  add_help(app, session);
  add_completion(app, session);
  add_version(app, session);
  return with_lost_output(parse_and_act(app, session, argc, argv));
}

}  // namespace twinvoice::cli
