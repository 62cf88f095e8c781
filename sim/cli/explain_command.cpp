// `twinvoice explain`: what a word of the inputs or of the results means.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/explain.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::cli {
namespace {

int explain(const std::string& what) {
  const models::Catalog catalog;
  if (what.empty()) {
    print_text(explainable(catalog));
    return kOk;
  }
  const std::string text = explanation(catalog, what);
  if (!text.empty()) {
    print_text(text);
    return kOk;
  }
  const std::vector<std::string> names = explained_names(catalog);
  print_error(fmt::format("nothing is called {}{}\n  \"twinvoice explain\" lists what there is",
                          spec::quote(what), spec::did_you_mean(what, {names.begin(), names.end()})));
  return kInvalidInput;
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("explain", "Tell what a part, fault, procedure, field, figure or cause is");
  const auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "its name, or the path of a field; absent: what there is");
  command->footer(
      "Models come with their card, fields and an example.\n\n"
      "Examples:\n"
      "  twinvoice explain database\n"
      "  twinvoice explain retries.attempts\n"
      "  twinvoice explain rto\n"
      "  twinvoice explain mysql.no_leader");
  command->callback([&session, what] { session.action = [what] { return explain(*what); }; });
}

}  // namespace twinvoice::cli
