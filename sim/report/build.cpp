#include "sim/report/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/fingerprint.hpp"
#include "sim/report/judge.hpp"
#include "sim/report/recovery.hpp"

namespace twinvoice::report {
namespace {

std::string name_of(const Scenario& scenario, const measure::RunRecord& run) {
  return fmt::format("{} {}", scenario.run_name, run.replication);
}

EngineResult engine_result(const Scenario& scenario, std::span<const measure::RunRecord> runs) {
  EngineResult engine;
  Fingerprint fingerprint;
  for (const measure::RunRecord& run : runs) {
    engine.hops += run.hops;
    engine.events += run.events;
    engine.frames += run.frames;
    engine.orphaned += run.orphaned;
    engine.cancelled += run.cancelled;
    engine.late += run.late;
    engine.resent += run.resent;
    engine.commits += run.commit_steps;
    engine.duplicates += run.duplicates;
    engine.split_brain += run.split_brain;
    engine.world_syncs += run.world_syncs;
    engine.wall_s += run.wall_s;
    engine.cpu_s += run.cpu_s;
    engine.peak_rss_bytes = std::max(engine.peak_rss_bytes, run.peak_rss_bytes);
    fingerprint.add(run.fingerprint);
    for (const std::string& breach : run.breaches) {
      engine.breaches.push_back(fmt::format("{}: {}", name_of(scenario, run), breach));
    }
  }
  engine.fingerprint = fmt::format("{:016x}", fingerprint.value());
  return engine;
}

void check(const Scenario& scenario, std::span<const measure::RunRecord> runs) {
  for (const measure::RunRecord& run : runs) {
    ensure(run.operations.size() == scenario.operations.size(),
           "report: the record has other operations than the names");
    for (const measure::StationRecord& s : run.stations) {
      ensure(s.id < scenario.stations.size(), "report: a station without a name");
    }
    for (const measure::PoolRecord& p : run.pools)
      ensure(p.id < scenario.pools.size(), "report: a pool without a name");
    ensure(run.calls.size() <= scenario.calls.size(), "report: a call without a name");
  }
}

}  // namespace

ResultDocument build(Scenario scenario, std::span<const measure::RunRecord> runs, const Replays& replays,
                     const std::vector<Yardstick>* yardsticks) {
  check(scenario, runs);
  ResultDocument document;
  document.scenario = std::move(scenario);
  const Scenario& s = document.scenario;
  document.replications = runs.size();
  document.complete = !s.interrupted && s.errors.empty() && runs.size() >= s.replications;
  for (const measure::RunRecord& run : runs) {
    document.end_ns = std::max(document.end_ns, run.end_ns);
    if (run.complete) continue;
    document.complete = false;
    document.stops.push_back(fmt::format("{}: ended at {} of {}: {}", name_of(s, run),
                                         format_clock(run.end_ns), format_clock(s.horizon_ns), run.stop));
  }
  document.accounts = accounts_of(s, runs, s.hold_ns, replays, yardsticks);
  document.operations = operation_results(s, document.accounts, runs);
  document.components = component_results(s, runs);
  document.calls = call_results(s, runs);
  document.disruptions = recoveries(s, document.accounts, runs);
  document.planned = planned_changes(s, document.accounts);
  if (!runs.empty()) {
    for (const measure::Mark& mark : runs.front().marks) {
      const std::string phase = mark.is_phase ? measure::phase_name(mark.phase) + ": " : "";
      document.audit.push_back({mark.at_ns, mark.procedure, phase + mark.text});
    }
  }
  document.engine = engine_result(s, runs);
  const Evidence evidence{document, runs, replays};
  std::vector<ExpectationResult> objectives = expectation_results(evidence, objectives_of(s));
  document.from_objectives = s.expectations.empty();
  if (document.from_objectives) {
    document.expectations = std::move(objectives);
  } else {
    document.objectives = std::move(objectives);
    document.expectations = expectation_results(evidence, s.expectations);
  }
  document.caveats = caveats(document);
  return document;
}

measure::Verdict overall(const ResultDocument& document) {
  measure::Verdict worst = measure::Verdict::met;
  for (const ExpectationResult& e : document.expectations) worst = measure::worse(worst, e.verdict);
  return worst;
}

}  // namespace twinvoice::report
