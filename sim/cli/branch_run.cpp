#include "sim/cli/branch_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sim/base/console.hpp"
#include "sim/base/sha256.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/progress.hpp"
#include "sim/compile/own_text.hpp"
#include "sim/plan/load_curve.hpp"
#include "sim/report/branching.hpp"
#include "sim/spec/document.hpp"
#include "sim/spec/units.hpp"
#include "sim/world/futures.hpp"

namespace twinvoice::cli {
namespace {

/// What the policies come to: the Plan with the faults of the experiment alone in its turns, and for each policy what it adds.
struct Branching {
  plan::Plan plan;
  std::vector<world::Future> policies;
};

Nanos branch_instant(const spec::Experiment& experiment, const BranchRequest& request, Issues& issues) {
  const Place place{"--branch-at", 0, 0, ""};
  const spec::Parsed<Duration> at = spec::parse_duration(request.at);
  if (!at.ok()) {
    issues.error(place, at.problem);
    return 0;
  }
  if (at.value.ns <= 0 || at.value.ns >= experiment.horizon.ns) {
    issues.error(place,
                 fmt::format("{} is not within the run: need more than 0 s and less than the horizon of {}",
                             format_duration(at.value.ns), format_duration(experiment.horizon.ns)));
  }
  return at.value.ns;
}

/// Only procedures that heed orders may be started.
void check_starts(const spec::Policies& policies, const spec::Topology& topology,
                  const models::Catalog& catalog, Issues& issues) {
  const auto heeds = [&](const spec::ProcedureSpec& p) {
    const compile::ProcedureModel* model = catalog.procedure(p.model.name);
    return model != nullptr && model->by_order;
  };
  std::string able;
  for (const auto& p : topology.procedures) {
    if (heeds(p.value)) able += (able.empty() ? "" : ", ") + spec::quote(p.id);
  }
  for (const spec::Policy& policy : policies.policies) {
    for (const spec::StartSpec& start : policy.spec.start) {
      const spec::ProcedureSpec* procedure = topology.procedures.find(start.procedure.id);
      if (procedure == nullptr || heeds(*procedure)) continue;
      issues.error(
          start.procedure.place,
          fmt::format("{} is a {}, which takes no orders; procedures of this topology that do: {}",
                      spec::quote(start.procedure.id), procedure->model.name, able.empty() ? "none" : able));
    }
  }
}

/// `own`: number of faults of the experiment itself, which come first.
void refuse_each(const plan::Plan& plan, const spec::Experiment& experiment, std::size_t own) {
  Issues issues;
  for (const plan::Fault& fault : plan.faults) {
    if (fault.variant == 0U && fault.declared >= own) {
      issues.error(experiment.faults[fault.declared].place,
                   "what a policy does is the same in every replication: name one target, not \"each\"");
    }
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
}

/// Compiles the experiment with the faults of all policies, and takes their turns out of the Plan again.
Branching compile_policies(spec::Experiment experiment, const spec::Policies& policies, Nanos at_ns,
                           const models::Catalog& catalog, Issues& warnings) {
  const std::size_t own = experiment.faults.size();
  std::vector<std::size_t> policy_of(own, policies.policies.size());  ///< by fault
  for (std::size_t i = 0; i < policies.policies.size(); ++i) {
    for (spec::FaultSpec fault : policies.policies[i].spec.faults) {
      fault.at = spec::LawSpec(Duration{spec::range_of(fault.at).low.ns + at_ns});
      experiment.faults.push_back(std::move(fault));
      policy_of.push_back(i);
    }
  }
  Branching branching;
  plan::Plan& plan = branching.plan = compile::compile_own_text(experiment, catalog, warnings);
  refuse_each(plan, experiment, own);
  // Figures are of requests from the branch on. The warm-up decides what is counted, never what happens.
  plan.warm_up_ns = std::max(plan.warm_up_ns, at_ns);
  branching.policies.resize(policies.policies.size());
  std::vector<plan::Turn> kept;
  for (const plan::Turn& turn : plan.turns) {
    const std::size_t policy = policy_of.at(plan.faults[turn.effect].declared);
    (policy < policies.policies.size() ? branching.policies[policy].turns : kept).push_back(turn);
  }
  plan.turns = std::move(kept);
  // What policies do is no disruption to recover from.
  std::erase_if(plan.faults, [&](const plan::Fault& fault) { return fault.declared >= own; });
  for (std::size_t i = 0; i < policies.policies.size(); ++i) {
    for (const spec::StartSpec& start : policies.policies[i].spec.start) {
      for (std::uint32_t p = 0; p < plan.procedures.size(); ++p) {
        if (plan.procedures[p].name == start.procedure.id)
          branching.policies[i].orders.push_back({p, at_ns + start.at.ns});
      }
    }
  }
  return branching;
}

std::vector<std::string> actions_of(const spec::PolicySpec& policy) {
  std::vector<std::string> actions;
  const auto when = [](Duration at) {
    return at.ns == 0 ? std::string("at once") : fmt::format("after {}", format_duration(at.ns));
  };
  for (const spec::StartSpec& s : policy.start)
    actions.push_back(fmt::format("{} begins {}", s.procedure.id, when(s.at)));
  for (const spec::FaultSpec& f : policy.faults) {
    std::string text = fmt::format("{} {}", f.id, when(spec::range_of(f.at).low));
    if (f.duration) text += fmt::format(" for {}", format_duration(f.duration->ns));
    actions.push_back(std::move(text));
  }
  return actions;
}

struct Played {
  std::vector<report::PolicyRuns> policies;
  world::WorldFacts facts;
};

/// Where a future belongs.
struct Slot {
  std::size_t policy = 0, pair = 0;
  std::string pair_name;  ///< "history 3"
};

/// What went wrong is told also after a stop; that the rest was not begun or was cut short is no news then, and no result.
void collect(Played& played, const Slot& slot, world::Replication& future, bool stopped) {
  report::PolicyRuns& runs = played.policies[slot.policy];
  if (!future.error.empty()) {
    const bool not_begun = future.error == world::kNotStarted;
    if (not_begun && stopped) return;
    const std::string error = not_begun ? slot.pair_name + ": " + future.error : future.error;
    // One history with many futures of a policy that fails does so once.
    if (runs.errors.empty() || runs.errors.back() != error) runs.errors.push_back(error);
    return;
  }
  played.facts = future.result.facts;
  if (stopped && !future.result.record.complete) return;
  runs.futures[slot.pair] = std::move(future.result.record);
}

Played play(const Branching& branching, const spec::Experiment& experiment, const spec::Policies& policies,
            const models::Catalog& catalog, Nanos at_ns, const BranchRequest& request) {
  const std::size_t pairs = branching.plan.replications;
  const std::size_t count = policies.policies.size();
  std::vector<world::Future> futures;
  for (std::size_t pair = 0; pair < (request.fresh ? pairs : 1); ++pair) {
    for (world::Future future : branching.policies) {
      if (request.fresh) {
        future.mode = world::FutureMode::kFresh;
        future.branch = pair + 1;
      }
      futures.push_back(std::move(future));
    }
  }
  const std::size_t histories = request.fresh ? 1 : pairs;
  world::RunSettings settings;
  settings.options.seed = branching.plan.seed;
  settings.procedures = catalog.procedures(experiment.topology, branching.plan);
  // What a history tells is the time of all its futures together.
  const auto work_share = [&plan = branching.plan, at_ns,
                           n = static_cast<double>(futures.size())](Nanos now_ns) {
    const double before = plan::expected_share(plan, at_ns);
    const double futures_done =
        to_seconds(std::max<Nanos>(0, now_ns - at_ns)) / to_seconds(plan.horizon_ns - at_ns);
    return (plan::expected_share(plan, std::min(now_ns, at_ns)) + futures_done * (1.0 - before)) /
           (before + n * (1.0 - before));
  };
  Progress progress(histories, work_share, request.quiet);
  world::PoolOptions pool;
  pool.workers = request.workers;
  pool.stop_flag = &stop_flag();
  pool.progress = [&](std::size_t job, const world::ProgressCell& cell) {
    progress.update(job, cell.now_ns.load(std::memory_order_relaxed),
                    cell.events.load(std::memory_order_relaxed));
  };
  auto results = world::run_futures(branching.plan, settings, at_ns, futures, 0, histories, pool);
  progress.finish();
  Played played;
  for (const spec::Policy& policy : policies.policies)
    played.policies.push_back({policy.name, actions_of(policy.spec), {}, {}});
  for (report::PolicyRuns& runs : played.policies) runs.futures.resize(pairs);
  const bool stopped = stop_flag().load(std::memory_order_relaxed);
  for (std::size_t history = 0; history < histories; ++history) {
    for (std::size_t f = 0; f < futures.size(); ++f) {
      const std::size_t pair = request.fresh ? f / count : history;
      collect(played, {f % count, pair, report::pair_name(request.fresh, pair)}, results[history][f],
              stopped);
    }
  }
  return played;
}

report::Scenario branch_scenario(const spec::Experiment& experiment, const Branching& branching,
                                 const Clipped& clipped, const Issues& warnings,
                                 const spec::Policies& policies, const BranchRequest& request) {
  report::Scenario scenario = scenario_of(experiment, branching.plan, clipped);
  scenario.expectations.clear();
  for (const Issue& warning : warnings.all()) scenario.warnings.push_back(format_issue(warning));
  scenario.manifest.inputs.push_back({policies.file, sha256(policies.source)});
  scenario.manifest.command = request.command_line;
  return scenario;
}

int exit_code(const report::BranchDocument& document) {
  int code = kOk;
  for (const report::PolicyResult& policy : document.policies) {
    for (const std::string& breach : policy.document.engine.breaches)
      print_error("engine: conservation: " + policy.name + ": " + breach);
    for (const std::string& error : policy.document.scenario.errors)
      print_error("engine: " + policy.name + ": " + error);
    if (!policy.document.engine.breaches.empty() || !policy.document.scenario.errors.empty())
      code = kEngineError;
  }
  if (document.scenario().interrupted) return kInterrupted;
  return code == kOk && !document.complete() ? static_cast<int>(kUndecided) : code;
}

}  // namespace

spec::Policies read_policies_file(const std::string& path, const models::Catalog& catalog,
                                  Issues experiment_issues) {
  Issues issues = std::move(experiment_issues);
  spec::Policies policies;
  if (auto text = spec::read_file(path, issues))
    policies = spec::read_policies(path, std::move(*text), catalog, issues);
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return policies;
}

int run_branches(const spec::Experiment& experiment, const Clipped& clipped, const spec::Policies& policies,
                 const models::Catalog& catalog, const BranchRequest& request) {
  Issues issues;
  const Nanos at_ns = branch_instant(experiment, request, issues);
  if (!issues.has_errors()) spec::check_policies(policies, experiment, at_ns, issues);
  check_starts(policies, experiment.topology, catalog, issues);
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  Issues warnings;
  const Branching branching = compile_policies(experiment, policies, at_ns, catalog, warnings);
  report::Scenario scenario = branch_scenario(experiment, branching, clipped, warnings, policies, request);
  if (!request.quiet) {
    for (const std::string& warning : scenario.warnings)
      tell(fmt::format("twinvoice: warning: {}\n", warning));
    tell(fmt::format("twinvoice: {}: {} policies from {} on, seed {}\n", scenario.name,
                     policies.policies.size(), format_duration(at_ns), scenario.seed));
  }
  watch_signals();
  Played played = play(branching, experiment, policies, catalog, at_ns, request);
  scenario.interrupted = stop_flag().load(std::memory_order_relaxed);
  scenario.manifest.simgrid_version = played.facts.simgrid_version;
  scenario.manifest.network = played.facts.settings;
  if (!played.facts.simgrid_version.empty()) scenario.manifest.epoch_ns = played.facts.epoch_ns;
  const report::BranchDocument document =
      report::compare_policies(scenario, at_ns, request.fresh, std::move(played.policies));
  if (request.json)
    print_data(report::render_json(document));
  else
    print_text(
        report::render_terminal(document, {may_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO), false}));
  return exit_code(document);
}

}  // namespace twinvoice::cli
