#include "tests/support/hostile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <variant>

#include "models/catalog.hpp"
#include "sim/campaign/cell.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/cli/sweep_check.hpp"
#include "sim/compile/architecture.hpp"
#include "sim/compile/compile.hpp"
#include "sim/compile/lints.hpp"
#include "sim/compile/structure.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/kernel/engine.hpp"
#include "sim/report/build.hpp"
#include "sim/report/render.hpp"
#include "sim/spec/document.hpp"
#include "sim/spec/sweep.hpp"
#include "tests/support/plan_problems.hpp"

namespace twinvoice::testing {
namespace {

namespace fs = std::filesystem;

const models::Catalog& all_models() {
  static const models::Catalog catalog;
  return catalog;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The traffic equations promise numbers; an infinite response time is one of their answers.
void check_traffic(const plan::Plan& plan, std::vector<std::string>& faults) {
  const compile::PlanAnalysis analysis = compile::analyse(plan);
  const auto number = [&](double value, const char* what) {
    if (std::isnan(value) || value < 0.0) faults.push_back(fmt::format("traffic: {} = {}", what, value));
  };
  for (const auto& o : analysis.operations) {
    number(o.mean_per_s, "mean rate"), number(o.peak_per_s, "peak rate"), number(o.success, "success");
    number(o.hops_per_request, "hops"), number(o.unloaded_response_s, "unloaded response");
  }
  for (const auto& s : analysis.stations)
    number(s.utilisation, "utilisation"), number(s.peak_utilisation, "peak");
  for (const auto& p : analysis.pools)
    number(p.tokens, "tokens"), number(p.peak_utilisation, "peak of a pool");
  number(analysis.scale_to_saturation, "scale to saturation"), number(analysis.wall_s, "wall time");
}

void check_run(const plan::Plan& plan, report::Scenario scenario, std::vector<std::string>& faults) {
  kernel::RunOptions options;
  options.seed = plan.seed;
  kernel::Engine engine(plan, options);
  const kernel::Stop stop = engine.run_until(plan.horizon_ns);
  engine.close(stop == kernel::Stop::kBound ? plan.horizon_ns : engine.now_ns());
  for (const std::string& breach : engine.audit()) faults.push_back("audit: " + breach);
  std::vector<measure::RunRecord> records;
  records.push_back(engine.record());
  const report::ResultDocument document = report::build(std::move(scenario), records);
  const nlohmann::json json = nlohmann::json::parse(report::render_json(document), nullptr, false);
  if (json.is_discarded()) faults.emplace_back("the result is not JSON");
  static_cast<void>(report::render_terminal(document, {}));
}

void check_plan(const spec::Experiment& experiment, plan::Plan plan, std::uint64_t events, Outcome& outcome) {
  for (const std::string& problem : plan_problems(plan)) outcome.faults.push_back("plan: " + problem);
  if (!outcome.faults.empty()) return;
  check_traffic(plan, outcome.faults);
  const graph::Architecture architecture = compile::architecture(plan);
  static_cast<void>(graph::reachability_problems(architecture));
  static_cast<void>(compile::Structure(plan).single_losses());
  static_cast<void>(compile::lints(plan));
  plan.max_events = std::min(plan.max_events, events);
  plan.max_frames = std::min<std::uint64_t>(plan.max_frames, 100'000);
  check_run(plan, cli::scenario_of(experiment, plan), outcome.faults);
}

/// Bytes that would move a terminal's cursor or colour.
bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\n') || byte == 0x7f;
  });
}

}  // namespace

std::string Outcome::text() const {
  std::string out = accepted ? "accepted" : "refused";
  for (const std::string& fault : faults) out += "\n  " + fault.substr(0, 600);
  return out;
}

std::vector<Inputs> inputs_below(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(TWINVOICE_SOURCE_DIR) / folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json")
      paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Inputs> all;
  for (const std::string& path : paths) {
    Issues issues;
    const std::string text = text_of(path);
    const spec::Experiment experiment = spec::read_experiment(path, text, all_models(), issues);
    if (experiment.topology_path.text.empty()) continue;
    all.push_back({fs::relative(path, TWINVOICE_SOURCE_DIR).string(),
                   text_of(fs::path(path).parent_path() / experiment.topology_path.text), text});
  }
  return all;
}

const std::vector<Inputs>& shipped_inputs() {
  static const std::vector<Inputs> all = inputs_below("experiments");
  return all;
}

std::vector<std::string> faults_of(const Issues& issues) {
  std::vector<std::string> faults;
  if (issues.all().size() > 6 * spec::kMaxIssues)
    faults.push_back(fmt::format("{} issues", issues.all().size()));
  for (const Issue& issue : issues.all()) {
    const std::string text = format_issue(issue);
    const std::string& pointer = issue.place.pointer;
    const auto fault = [&](const char* what) {
      faults.push_back(fmt::format("{}: {}", what, text.substr(0, 300)));
    };
    if (issue.place.file.empty()) fault("no file");
    if (issue.place.line < 1 || issue.place.column < 1) fault("no line and column");
    if (!pointer.empty() && pointer.front() != '/') fault("no JSON pointer");
    if (issue.message.empty()) fault("no words");
    if (text.size() > 20'000) fault("too long");
    if (has_control_bytes(text)) fault("control bytes");
  }
  return faults;
}

Outcome judge(const Inputs& inputs, std::uint64_t events) {
  Outcome outcome;
  Issues issues;
  try {
    spec::Experiment experiment =
        spec::read_experiment("experiment.json", inputs.experiment, all_models(), issues);
    experiment.topology = spec::read_topology("topology.json", inputs.topology, all_models(), issues);
    if (experiment.topology.place.line > 0) spec::check_experiment(experiment, experiment.topology, issues);
    if (!issues.has_errors()) {
      plan::Plan plan = compile::compile(experiment, all_models(), &issues);
      static_cast<void>(cli::scenario_of(experiment, plan));
      outcome.accepted = true;
      check_plan(experiment, std::move(plan), events, outcome);
    }
  } catch (const InvalidInput& invalid) {
    issues.append(invalid.issues());
    if (outcome.accepted) outcome.faults.emplace_back("refused after it had been accepted");
  } catch (const std::exception& e) {
    outcome.faults.push_back(fmt::format("an exception that is no refusal: {}", e.what()));
  }
  if (!outcome.accepted && !issues.has_errors()) outcome.faults.emplace_back("refused without a word");
  for (std::string& fault : faults_of(issues)) outcome.faults.push_back(std::move(fault));
  return outcome;
}

Outcome judge_file(const std::string& experiment_path, const std::string& secret) {
  Outcome outcome;
  Issues issues;
  try {
    const spec::Experiment experiment = spec::load_experiment(experiment_path, all_models());
    outcome.accepted = true;
    if (experiment.topology.name == secret)
      outcome.faults.emplace_back("read a file outside of the workspace");
  } catch (const InvalidInput& invalid) {
    issues = invalid.issues();
    if (!issues.has_errors()) outcome.faults.emplace_back("refused without a word");
  } catch (const std::exception& e) {
    outcome.faults.push_back(fmt::format("an exception that is no refusal: {}", e.what()));
  }
  for (std::string& fault : faults_of(issues)) outcome.faults.push_back(std::move(fault));
  for (const Issue& issue : issues.all()) {
    if (format_issue(issue).find(secret) != std::string::npos)
      outcome.faults.emplace_back("told what stands outside");
  }
  return outcome;
}

const std::vector<SweepInput>& shipped_sweeps() {
  static const std::vector<SweepInput> all = [] {
    std::vector<SweepInput> out;
    for (const auto& entry : fs::directory_iterator(fs::path(TWINVOICE_SOURCE_DIR) / "experiments/sweeps"))
      out.push_back({entry.path().string(), text_of(entry.path())});
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
    return out;
  }();
  return all;
}

Outcome judge_sweep(const SweepInput& input) {
  Outcome outcome;
  Issues issues;
  try {
    spec::Sweep sweep = spec::read_sweep(input.file, input.text, issues);
    if (!issues.has_errors()) {
      const campaign::Cells cells(std::move(sweep));
      cli::check_sweep(cells, all_models(), issues);
      outcome.accepted = !issues.has_errors();
    }
  } catch (const InvalidInput& invalid) {
    issues.append(invalid.issues());
  } catch (const std::exception& e) {
    outcome.faults.push_back(fmt::format("an exception that is no refusal: {}", e.what()));
  }
  if (!outcome.accepted && !issues.has_errors()) outcome.faults.emplace_back("refused without a word");
  for (std::string& fault : faults_of(issues)) outcome.faults.push_back(std::move(fault));
  return outcome;
}

}  // namespace twinvoice::testing
