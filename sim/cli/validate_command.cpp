#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "models/catalog.hpp"
#include "sim/base/console.hpp"
#include "sim/base/visible.hpp"
#include "sim/cli/branch_run.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/plan_input.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/cli/sweep_check.hpp"
#include "sim/compile/own_text.hpp"
#include "sim/spec/document.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::cli {
namespace {

void validate_one(const std::string& path, const models::Catalog& catalog, Issues& all) {
  Issues reading;
  const std::optional<std::string> format = spec::format_of(path, reading);
  if (!format) {
    all.append(reading);
    return;
  }
  try {
    if (format->rfind("topology/", 0) == 0) {
      const PlanInput input = read_plan_input(path, catalog);
      static_cast<void>(compile::compile(input.experiment, catalog, &all));
    } else if (format->rfind("experiment/", 0) == 0) {
      const spec::Experiment experiment = spec::load_experiment(path, catalog);
      const plan::Plan plan = compile::compile_own_text(experiment, catalog, all);
      static_cast<void>(scenario_of(experiment, plan));
    } else if (format->rfind("sweep/", 0) == 0) {
      const SweepCells cells(campaign::Cells(spec::load_sweep(path)));
      check_sweep(cells.cells(), catalog, all);
      check_figures(cells, all);
    } else if (format->rfind("policies/", 0) == 0) {
      static_cast<void>(read_policies_file(path, catalog, {}));
    } else {
      all.error(
          {path, 1, 1, "/twinvoice"},
          "the file does not say what it is; a topology has \"twinvoice\": \"topology/1\", an experiment "
          "\"experiment/1\", a sweep \"sweep/1\", policies \"policies/1\"");
    }
  } catch (const InvalidInput& e) {
    all.append(e.issues());
  }
}

int validate(const std::vector<std::string>& files) {
  const models::Catalog catalog;
  bool bad = false;
  std::size_t count = 0;
  for (const std::string& file : files) {
    Issues issues;
    validate_one(file, catalog, issues);
    issues.sort();
    count += issues.all().size();
    bad = bad || issues.has_errors();
    std::string text;
    for (const Issue& issue : issues.all()) text += format_issue(issue) + "\n";
    if (!issues.has_errors()) text += fmt::format("{}: ok\n", visible(file));
    print_data(text);
  }
  if (bad)
    tell(fmt::format("twinvoice: {} {} in {} {}\n", count, count == 1 ? "issue" : "issues", files.size(),
                     files.size() == 1 ? "file" : "files"));
  return bad ? kInvalidInput : kOk;
}

}  // namespace

void add_validate(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("validate", "Check topologies, experiments and sweeps; list every issue");
  const auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("file", *files, "topology, experiment, sweep or policies files")->required();
  command->footer(
      "Each issue is one line on stdout: file:line:column: /json/pointer: what is wrong, what is accepted.\n"
      "Of a sweep every level of every axis is checked in one cell. Names in policies are those of an\n"
      "experiment: run --branch-at checks them. Exit code 2 when there is an "
      "error.\n\nExample:\n  twinvoice validate topologies/*.json "
      "experiments/*/*.json");
  command->callback([&session, files] { session.action = [files] { return validate(*files); }; });
}

}  // namespace twinvoice::cli
