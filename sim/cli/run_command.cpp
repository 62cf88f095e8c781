#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "models/catalog.hpp"
#include "sim/base/console.hpp"
#include "sim/cli/baseline_file.hpp"
#include "sim/cli/branch_run.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/fact_files.hpp"
#include "sim/cli/first_answer.hpp"
#include "sim/cli/input_differences.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/output_files.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/referee_record.hpp"
#include "sim/cli/replays.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/compile/own_text.hpp"
#include "sim/plan/load_curve.hpp"
#include "sim/report/build.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/render.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/units.hpp"
#include "sim/world/replications.hpp"

namespace twinvoice::cli {
namespace {

struct RunArguments {
  std::string experiment;
  std::string format = "text";
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> replications;
  std::string horizon;
  unsigned workers = 0;
  std::string engine = "kernel";
  std::string junit, csv, baseline;
  std::string branch_at, policies;
  std::string futures = "same";
  bool requests = false;
  std::optional<std::size_t> first_answer_at;
  bool quiet = false;
  bool verbose = false;
};

/// What the engines leave: replications in their order, those that gave a record.
struct Harvest {
  std::vector<measure::RunRecord> records;
  std::vector<std::vector<measure::RequestRecord>> requests;
  world::WorldFacts facts;
  std::vector<std::string> errors;

  void take(std::uint64_t number, world::Replication replication) {
    if (!replication.error.empty()) {
      errors.push_back(fmt::format("replication {}: {}", number, replication.error));
      return;
    }
    facts = replication.result.facts;
    records.push_back(std::move(replication.result.record));
    requests.push_back(std::move(replication.result.requests));
  }
};

constexpr std::uint64_t kMostReplications = 100'000;

Clipped override_experiment(spec::Experiment& experiment, const RunArguments& arguments) {
  if (arguments.seed) experiment.seed = static_cast<std::int64_t>(*arguments.seed);
  if (arguments.replications) experiment.replications = static_cast<std::int64_t>(*arguments.replications);
  if (arguments.horizon.empty()) return {};
  const spec::Parsed<Duration> horizon = spec::parse_duration(arguments.horizon);
  if (!horizon.ok()) {
    Issues issues;
    issues.error({"--horizon", 0, 0, ""}, horizon.problem);
    throw InvalidInput(std::move(issues));
  }
  return clip(experiment, horizon.value.ns);
}

/// Replications [first, first + count); `first_answer` (may be null) looks at them as they end.
Harvest run_kernel(const plan::Plan& plan, const spec::Topology& topology, const models::Catalog& catalog,
                   const RunArguments& arguments, std::uint64_t first, std::uint64_t count, bool log,
                   FirstAnswer* first_answer) {
  world::RunSettings settings;
  settings.options.seed = plan.seed;
  settings.options.request_log = log;
  settings.procedures = catalog.procedures(topology, plan);
  Progress progress(
      count, [&plan](Nanos at_ns) { return plan::expected_share(plan, at_ns); }, arguments.quiet);
  Harvest harvest;
  const auto look = [&] {
    if (first_answer != nullptr) first_answer->look(harvest.records, progress);
  };
  world::PoolOptions pool;
  pool.workers = arguments.workers;
  pool.stop_flag = &stop_flag();
  pool.progress = [&](std::size_t job, const world::ProgressCell& cell) {
    progress.update(job - first, cell.now_ns.load(std::memory_order_relaxed),
                    cell.events.load(std::memory_order_relaxed));
    look();
  };
  std::map<std::uint64_t, world::Replication> ahead;  // ended before one of a lower number
  std::uint64_t next = first;
  world::run_replications(plan, settings, first, count, pool,
                          [&](std::uint64_t number, world::Replication replication) {
                            progress.ended(number - first);
                            ahead.emplace(number, std::move(replication));
                            for (; !ahead.empty() && ahead.begin()->first == next; ++next) {
                              harvest.take(next, std::move(ahead.begin()->second));
                              ahead.erase(ahead.begin());
                              look();
                            }
                          });
  progress.finish();
  // After a Ctrl-C replications are missing, which is no news; those beyond them count.
  for (auto& [number, replication] : ahead) harvest.take(number, std::move(replication));
  if (stop_flag().load(std::memory_order_relaxed)) harvest.errors.clear();
  return harvest;
}

Harvest run_referee(const plan::Plan& plan, std::uint64_t first, std::uint64_t count) {
  Harvest harvest;
  for (std::uint64_t i = first; i < first + count && !stop_flag().load(std::memory_order_relaxed); ++i) {
    RefereeRun run = referee_run(plan, i);
    harvest.records.push_back(std::move(run.record));
    harvest.requests.push_back(std::move(run.requests));
  }
  return harvest;
}

/// Plays the replications in stretches of consecutive ones, with the engine that was asked for.
Player player_of(const spec::Experiment& experiment, const models::Catalog& catalog,
                 const RunArguments& arguments) {
  return [&](const plan::Plan& plan, const std::vector<std::uint64_t>& replications) {
    std::vector<std::optional<measure::RunRecord>> records(replications.size());
    for (std::size_t i = 0; i < replications.size();) {
      std::size_t n = 1;
      while (i + n < replications.size() && replications[i + n] == replications[i] + n) ++n;
      Harvest part = arguments.engine == "referee" ? run_referee(plan, replications[i], n)
                                                   : run_kernel(plan, experiment.topology, catalog, arguments,
                                                                replications[i], n, false, nullptr);
      for (measure::RunRecord& record : part.records)
        records[i + (record.replication - replications[i])] = std::move(record);
      i += n;
    }
    return records;
  };
}

/// The replays that tell whose an interruption is; none when the user has stopped the run.
report::Replays replays_of(const spec::Experiment& experiment, const plan::Plan& plan,
                           const models::Catalog& catalog, const RunArguments& arguments,
                           const report::Scenario& scenario, const std::vector<measure::RunRecord>& records) {
  if (scenario.interrupted) return {};
  const auto wanted = report::accounts_of(scenario, records, scenario.hold_ns).wanted;
  if (wanted.empty()) return {};
  if (!arguments.quiet) {
    tell(fmt::format(
        "twinvoice: several faults may be to blame: {} replays, each without one of them, tell whose an "
        "interruption is\n",
        wanted.size()));
  }
  return play_without(experiment, plan, catalog, records, wanted, player_of(experiment, catalog, arguments));
}

/// What the referee does not see stays undecided: it has busy times of whole runs only.
void excuse_referee(report::Scenario& scenario) {
  for (report::ExpectationInfo& e : scenario.expectations) {
    if (e.measure == report::Measure::kUtilisation && scenario.warm_up_ns > 0)
      e.cannot_judge = "the referee measures utilisation over whole runs only, without a warm-up";
    if (e.measure == report::Measure::kWait || e.measure == report::Measure::kWaits ||
        e.measure == report::Measure::kWaitQuantile)
      e.cannot_judge = "the referee measures no waits";
  }
}

void print_log(const RunArguments& arguments, const std::string& line) {
  if (!arguments.quiet) tell(fmt::format("twinvoice: {}\n", line));
}

int exit_code(const report::ResultDocument& document) {
  if (document.scenario.interrupted) return kInterrupted;
  if (!document.engine.breaches.empty() || !document.scenario.errors.empty()) return kEngineError;
  const measure::Verdict verdict = report::overall(document);
  if (verdict != measure::Verdict::no_sample && document.baseline && document.baseline->worse())
    return kMissed;
  switch (verdict) {
    case measure::Verdict::no_sample: return kEngineError;
    case measure::Verdict::missed: return kMissed;
    case measure::Verdict::undecided: return kUndecided;
    case measure::Verdict::met: break;
  }
  return document.complete ? kOk : kUndecided;
}

void print_problems(const report::ResultDocument& document) {
  for (const std::string& breach : document.engine.breaches) print_error("engine: conservation: " + breach);
  for (const std::string& error : document.scenario.errors) print_error("engine: " + error);
  for (const report::ExpectationResult& e : document.expectations) {
    if (e.verdict == measure::Verdict::no_sample) print_error(fmt::format("\"{}\": {}", e.text, e.why));
  }
}

/// With --branch-at: problems of the experiment and of the policies are told together.
int branch(const RunArguments& arguments, const models::Catalog& catalog, const std::string& command_line) {
  Issues issues;
  spec::Experiment experiment;
  try {
    experiment = spec::load_experiment(arguments.experiment, catalog);
  } catch (const InvalidInput& invalid) {
    issues = invalid.issues();
  }
  const spec::Policies policies = read_policies_file(arguments.policies, catalog, std::move(issues));
  const Clipped clipped = override_experiment(experiment, arguments);
  const BranchRequest request{arguments.branch_at,
                              arguments.policies,
                              arguments.futures == "fresh",
                              arguments.format == "json",
                              arguments.workers,
                              arguments.quiet,
                              command_line};
  return run_branches(experiment, clipped, policies, catalog, request);
}

/// An output that cannot be written is known before the run, not after it.
void try_outputs(const RunArguments& arguments) {
  Issues issues;
  if (!arguments.junit.empty()) try_file(arguments.junit, issues);
  if (!arguments.csv.empty()) {
    std::vector<std::string> names = report::csv_names();
    if (arguments.requests) {
      for (std::string& name : fact_names()) names.push_back(std::move(name));
    }
    try_folder(arguments.csv, names, issues);
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
}

void leave_tables(const std::string& folder, const std::vector<report::CsvFile>& files) {
  for (const report::CsvFile& file : files) leave_file(folder + "/" + file.name, file.text);
}

int run(const RunArguments& arguments, const std::string& command_line) {
  const models::Catalog catalog;
  if (!arguments.branch_at.empty()) return branch(arguments, catalog, command_line);
  spec::Experiment experiment = spec::load_experiment(arguments.experiment, catalog);
  const Clipped clipped = override_experiment(experiment, arguments);
  std::optional<report::Baseline> baseline;
  if (!arguments.baseline.empty()) baseline = read_baseline(arguments.baseline);
  Issues warnings;
  const plan::Plan plan = compile::compile_own_text(experiment, catalog, warnings);
  report::Scenario scenario = scenario_of(experiment, plan, clipped);
  for (const Issue& warning : warnings.all()) scenario.warnings.push_back(format_issue(warning));
  for (const std::string& warning : scenario.warnings) print_log(arguments, "warning: " + warning);
  try_outputs(arguments);
  const InputTexts contents = contents_of(experiment);
  scenario.manifest.inputs[0].content = contents.experiment;
  scenario.manifest.inputs[1].content = contents.topology;
  scenario.manifest.command = command_line;
  scenario.manifest.engine = arguments.engine;
  print_log(arguments,
            fmt::format("{}: {} of {}, seed {}", scenario.name,
                        scenario.replications == 1 ? "one run"
                                                   : fmt::format("{} replications", scenario.replications),
                        format_duration(scenario.horizon_ns), scenario.seed));
  const bool by_referee = arguments.engine == "referee";
  if (by_referee) {
    excuse_referee(scenario);
    refuse_procedures(plan);
  }
  watch_signals();
  FirstAnswer first_answer(scenario, arguments.quiet, arguments.first_answer_at);
  Harvest harvest = by_referee ? run_referee(plan, 0, plan.replications)
                               : run_kernel(plan, experiment.topology, catalog, arguments, 0,
                                            plan.replications, arguments.requests, &first_answer);
  scenario.interrupted = stop_flag().load(std::memory_order_relaxed);
  scenario.errors = std::move(harvest.errors);
  scenario.manifest.simgrid_version = harvest.facts.simgrid_version;
  scenario.manifest.network = harvest.facts.settings;
  if (!harvest.facts.simgrid_version.empty()) scenario.manifest.epoch_ns = harvest.facts.epoch_ns;
  const report::Replays replays = replays_of(experiment, plan, catalog, arguments, scenario, harvest.records);
  report::ResultDocument document = report::build(std::move(scenario), harvest.records, replays);
  if (baseline)
    document.baseline =
        report::against(*baseline, report::figures(document), basis_of(document.scenario, *baseline));

  if (arguments.format == "json") {
    print_data(report::render_json(document));
  } else {
    print_text(report::render_terminal(
        document, {may_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO), arguments.verbose}));
  }
  print_problems(document);
  if (!arguments.junit.empty()) leave_file(arguments.junit, report::render_junit(document));
  if (!arguments.csv.empty()) {
    leave_tables(arguments.csv, report::render_csv(document));
    if (arguments.requests)
      leave_tables(arguments.csv, fact_files({plan, harvest.records, harvest.requests, document.accounts}));
  }
  return exit_code(document);
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("run", "Play an experiment and judge its expectations");
  const auto a = std::make_shared<RunArguments>();
  command->add_option("experiment", a->experiment, "experiment file (experiment/1)")->required();
  command->add_option("--format", a->format, "text or json")
      ->check(one_of({"text", "json"}))
      ->capture_default_str();
  command->add_option("--seed", a->seed, "seed of all draws, instead of the experiment's")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}));
  command->add_option("--replications", a->replications, "independent runs, instead of the experiment's")
      ->check(CLI::Range(std::uint64_t{1}, kMostReplications));
  command->add_option("--horizon", a->horizon, "simulated time, e.g. \"4 min\"; later faults are left out");
  command->add_option("--workers", a->workers, "processes at a time (0: one for each core)")
      ->check(CLI::Range(0U, 1024U));
  CLI::Option* engine =
      command
          ->add_option("--engine", a->engine,
                       "kernel, or referee: slow and independent, for small experiments without procedures")
          ->check(one_of({"kernel", "referee"}))
          ->capture_default_str();
  CLI::Option* junit =
      command->add_option("--junit", a->junit, "write the verdicts as JUnit XML to this file");
  CLI::Option* baseline = command->add_option(
      "--baseline", a->baseline,
      "a kept result (run --format json): what is worse now by more than 1 % is exit code 3");
  CLI::Option* csv = command->add_option("--csv", a->csv, "write CSV tables into this folder");
  command
      ->add_flag("--requests", a->requests,
                 "with --csv: the facts of every replication: requests.csv, commits.csv, log.csv, "
                 "faults.csv, audit.csv")
      ->needs(csv);
  // For tests, and in no help: the first answer comes when so many replications have ended, whatever the clock says.
  command->add_option("--first-answer-at", a->first_answer_at)->group("");
  CLI::Option* branch_at =
      command->add_option("--branch-at", a->branch_at,
                          "one history up to this instant, e.g. \"12 min\", then a future for each policy");
  CLI::Option* policies =
      command->add_option("--policies", a->policies, "with --branch-at: file of the policies (policies/1)");
  branch_at->needs(policies)->excludes(engine)->excludes(junit)->excludes(csv)->excludes(baseline);
  policies->needs(branch_at);
  command
      ->add_option(
          "--futures", a->futures,
          "same: each replication is a history that goes on with its draws; fresh: the replications are "
          "futures of the first history with new draws")
      ->check(one_of({"same", "fresh"}))
      ->capture_default_str()
      ->needs(branch_at);
  command->add_flag("--quiet,-q", a->quiet, "no progress and no messages but errors");
  command->add_flag("--verbose,-v", a->verbose, "all components, and the audit log");
  command->footer(
      "Exit codes: 0 every expectation met, 3 one missed or a figure worse than the baseline, 4 one "
      "undecided, 2 invalid input, 1 engine error, "
      "130 interrupted.\n"
      "With --branch-at nothing is judged: 0 is all that is said when it ends well.\n"
      "Ctrl-C ends the run within 2 s; what was seen so far is printed and marked incomplete.\n\n"
      "Examples:\n"
      "  twinvoice run experiments/drills/shanghai-region-down.json\n"
      "  twinvoice run experiments/drills/shanghai-region-down.json --replications 20 --workers 8 --junit "
      "verdicts.xml\n"
      "  twinvoice run experiments/drills/shanghai-region-down.json --format json --quiet | jq "
      ".expectations\n"
      "  twinvoice run experiments/drills/shanghai-region-down.json --branch-at \"12 min\" --policies "
      "experiments/policies/region-down.json");
  command->callback(
      [&session, a] { session.action = [&session, a] { return run(*a, session.command_line); }; });
}

}  // namespace twinvoice::cli
