#include <CLI/CLI.hpp>
#include <memory>

#include "models/catalog.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/spec/schema.hpp"

namespace twinvoice::cli {

void add_schema(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "schema", "Print the JSON Schema of an input format, for editors, or the reference of all");
  const auto kind = std::make_shared<std::string>();
  command
      ->add_option(
          "format", *kind,
          "topology, experiment, sweep or policies; reference: all fields of all formats as Markdown")
      ->required()
      ->check(one_of({"topology", "experiment", "sweep", "policies", "reference"}));
  command->footer("Example:\n  twinvoice schema topology > topology.schema.json");
  command->callback([&session, kind] {
    session.action = [kind] {
      const models::Catalog catalog;
      if (*kind == "topology") print_data(spec::json_schema_topology(catalog));
      if (*kind == "experiment") print_data(spec::json_schema_experiment(catalog));
      if (*kind == "sweep") print_data(spec::json_schema_sweep(catalog));
      if (*kind == "policies") print_data(spec::json_schema_policies(catalog));
      if (*kind == "reference") print_data(spec::reference_markdown(catalog));
      return static_cast<int>(kOk);
    };
  });
}

}  // namespace twinvoice::cli
