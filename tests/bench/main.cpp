// `make bench`: one table, each row a ratio to something compiled and run beside it, and the same as JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/machine.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/table.hpp"

namespace twinvoice::bench {
namespace {

using Section = std::pair<std::string, std::function<void(Table&, const Options&)>>;

const std::vector<Section>& sections() {
  static const std::vector<Section> all{{"run", add_empty_run_row},    {"tandem", add_tandem_rows},
                                        {"simgrid", add_simgrid_rows}, {"day", add_day_rows},
                                        {"costs", add_cost_rows},      {"growth", add_growth_rows},
                                        {"cliffs", add_cliff_rows},    {"campaign", add_campaign_rows}};
  return all;
}

void run(const Options& options) {
  const Machine machine = this_machine();
  fmt::print("twinvoice {}, {}, {} cores, {}, {}\n", machine.version, machine.processor, machine.cores,
             machine.compiler, machine.build);
  fmt::print("Processor time; medians of interleaved repetitions.\n\n");
  Table table;
  table.print_head();
  for (const auto& [name, add] : sections()) {
    if (options.only.empty() || options.only == name) add(table, options);
  }
  fmt::print("\n");
  table.print_notes();
  if (options.markdown) table.print_markdown();
  write_json(table, options.json);
  fmt::print("\nWritten to {}. {}\n", options.json,
             table.all_met() ? "All targets met." : "Not all targets met.");
}

}  // namespace
}  // namespace twinvoice::bench

int main(int argc, char** argv) {
  twinvoice::bench::Options options;
  CLI::App app("Benchmarks of twinvoice: speed, memory and how they grow");
  app.add_flag("--quick", options.quick, "shorter runs and fewer repetitions: about half a minute");
  app.add_flag("--whole-day", options.whole_day, "play all 24 hours of the national day");
  app.add_flag("--markdown", options.markdown, "print the table once more as Markdown");
  app.add_option("--only", options.only,
                 "one section: run, tandem, simgrid, day, costs, growth, cliffs or campaign")
      ->check(CLI::IsMember({"run", "tandem", "simgrid", "day", "costs", "growth", "cliffs", "campaign"}));
  app.add_option("--json", options.json, "where to write the figures")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    twinvoice::bench::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
