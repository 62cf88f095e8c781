#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "models/catalog.hpp"
#include "sim/base/console.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/plan_facts.hpp"
#include "sim/cli/plan_input.hpp"
#include "sim/cli/plan_json.hpp"
#include "sim/cli/plan_text.hpp"
#include "sim/cli/progress.hpp"
#include "sim/compile/compile.hpp"
#include "sim/compile/own_text.hpp"

namespace twinvoice::cli {
namespace {

enum class Output : std::uint8_t { kText, kJson, kDump };

int show_plan(const std::string& path, PlanView view, Output output) {
  const models::Catalog catalog;
  const PlanInput input = read_plan_input(path, catalog);
  view.topology_alone = input.topology_alone;
  Issues warnings;
  plan::Plan plan = compile::compile_own_text(input.experiment, catalog, warnings);
  if (!view.without.empty()) {
    try {
      plan = without_place(std::move(plan), view.without);
    } catch (const std::invalid_argument& wrong) {
      throw CLI::ValidationError("--without", wrong.what());
    }
  }
  for (const Issue& warning : warnings.all()) tell(fmt::format("{}\n", format_issue(warning)));
  if (output == Output::kDump) {
    std::ostringstream out;
    plan::dump(plan, out);
    print_data(out.str());
    return kOk;
  }
  const PlanFacts facts = plan_facts(plan, input.experiment.topology, view.without.empty());
  if (output == Output::kJson) {
    print_data(plan_json(plan, facts, view));
  } else {
    print_text(plan_text(plan, facts, view, report::Style(may_colour(STDOUT_FILENO)),
                         terminal_width(STDOUT_FILENO)));
  }
  return kOk;
}

}  // namespace

void add_plan(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "plan", "Show what would run: steps, offered load, capacity, single points of failure, cost");
  struct Arguments {
    std::string file;
    std::string without;
    std::string format = "text";
    bool brief = false;
    bool dump = false;
  };
  const auto a = std::make_shared<Arguments>();
  command->add_option("file", a->file, "experiment (experiment/1), or a topology alone (topology/1)")
      ->required();
  command->add_option("--without", a->without,
                      "the load while this zone, site or region is lost and everything has moved");
  command->add_flag("--brief", a->brief, "without the steps of each operation");
  command->add_option("--format", a->format, "text or json")->check(one_of({"text", "json"}));
  command->add_flag("--dump", a->dump, "every column of the compiled plan instead");
  command->footer(
      "Nothing is simulated: utilisations come from the traffic equations, losses from the rules by which "
      "the engines "
      "choose replicas. A topology alone is judged under the volumes that its operations state.\n\n"
      "Examples:\n"
      "  twinvoice plan experiments/drills/shanghai-region-down.json\n"
      "  twinvoice plan topologies/two-sites-three-centres.json\n"
      "  twinvoice plan topologies/two-sites-three-centres.json --without shanghai-a");
  command->callback([&session, a] {
    session.action = [a] {
      const Output output = a->dump ? Output::kDump : a->format == "json" ? Output::kJson : Output::kText;
      return show_plan(a->file, PlanView{!a->brief, false, a->without}, output);
    };
  });
}

}  // namespace twinvoice::cli
