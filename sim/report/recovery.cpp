#include "sim/report/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/measure/intervals.hpp"
#include "sim/measure/promise.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

using measure::Incident;

constexpr Nanos kLevelNs = 60 * kNanosPerSecond;  ///< before a fault, for the usual number in flight

enum Station : std::size_t {
  kDetected,
  kDecided,
  kApproved,
  kActed,
  kVerified,
  kRestored,
  kDrained,
  kFailedBack,
  kStations
};
constexpr std::array<std::string_view, kStations> kStationNames{
    "detected", "decided", "approved", "acted", "verified", "restored", "backlog drained", "failed back"};

/// Nothing for what is not on the way to recovery.
std::optional<std::size_t> station_of(measure::Phase phase) {
  switch (phase) {
    case measure::Phase::kDetected: return kDetected;
    case measure::Phase::kDecided: return kDecided;
    case measure::Phase::kApproved: return kApproved;
    case measure::Phase::kActed: return kActed;
    case measure::Phase::kVerified: return kVerified;
    case measure::Phase::kFailedBack: return kFailedBack;
    case measure::Phase::kAborted: return std::nullopt;
  }
  return std::nullopt;
}

using Reached = std::array<std::optional<double>, kStations>;  ///< s since the fault

void note(std::optional<double>& station, double at_s, bool latest) {
  station = !station ? at_s : latest ? std::max(*station, at_s) : std::min(*station, at_s);
}

/// When the fault's worst interruption was over, in ns since the fault; nothing without an end.
std::optional<Nanos> restored_after_ns(const measure::RecoveryTime& recovery) {
  if (!recovery.onset || !recovery.onset->value_ns || !recovery.time.value_ns) return std::nullopt;
  return *recovery.onset->value_ns + *recovery.time.value_ns;
}

/// When the act that saved an operation was done: the last mark up to the act that lies between the arrival of the first good request
/// and the instant at which answers came again. That request had arrived before the act and waited for it.
Nanos saved_at_ns(const RunAccount& account, const Reached& stations, const FaultAccount& cost,
                  std::size_t op, Nanos restored_after_ns) {
  Nanos saved_ns = restored_after_ns;
  for (const OwnedInterruption& one : account.interruptions[op]) {
    const measure::Interruption& i = one.interruption;
    if (i.end_ns != cost.span.begin_ns + restored_after_ns || !i.answered_again_ns) continue;
    for (const std::size_t station : {kDetected, kDecided, kApproved, kActed}) {
      if (!stations[station]) continue;
      const Nanos at_ns = from_seconds(*stations[station]);
      if (at_ns <= *i.answered_again_ns - cost.span.begin_ns) saved_ns = std::max(saved_ns, at_ns);
    }
  }
  return saved_ns;
}

Reached reached(const Scenario& scenario, const measure::RunRecord& run, const RunAccount& account,
                std::size_t fault) {
  Reached stations;
  const FaultAccount& cost = *account.faults[fault];
  for (const ProcedureRun& one : account.procedures) {
    if (std::find(one.owners.begin(), one.owners.end(), fault) == one.owners.end()) continue;
    for (const std::size_t m : one.marks) {
      const measure::Mark& mark = run.marks[m];
      const auto station = mark.is_phase ? station_of(mark.phase) : std::nullopt;
      if (station) note(stations[*station], to_seconds(mark.at_ns - cost.span.begin_ns), false);
    }
  }
  bool restored = cost.worst.recovery.restored;
  for (std::size_t op = 0; restored && op < cost.operations.size(); ++op) {
    const auto after_ns = restored_after_ns(cost.operations[op].recovery);
    if (!scenario.operations[op].loaded || !after_ns) continue;
    note(stations[kRestored], to_seconds(saved_at_ns(account, stations, cost, op, *after_ns)), true);
    const auto drained = backlog_drained(run, op, cost.span.begin_ns, cost.span.begin_ns + *after_ns);
    if (drained) note(stations[kDrained], to_seconds(*drained - cost.span.begin_ns), true);
  }
  return stations;
}

/// Shares are of the mean time to "restored" over the same replications; none where one of them was not.
std::vector<PhaseResult> phases_of(std::span<const Reached> incidents, bool with_shares) {
  std::vector<PhaseResult> phases;
  std::optional<double> restored_s;
  for (std::size_t station = 0; station < kStations; ++station) {
    double sum = 0.0;
    PhaseResult phase;
    phase.name = std::string(kStationNames[station]);
    for (const Reached& one : incidents) {
      if (!one[station]) continue;
      sum += *one[station];
      ++phase.replications;
    }
    if (phase.replications == 0) continue;
    phase.at_s = sum / static_cast<double>(phase.replications);
    if (station == kRestored && phase.replications == incidents.size()) restored_s = phase.at_s;
    phases.push_back(phase);
  }
  std::stable_sort(phases.begin(), phases.end(),
                   [](const auto& a, const auto& b) { return a.at_s < b.at_s; });
  double before_s = 0.0;
  for (PhaseResult& phase : phases) {
    phase.took_s = phase.at_s - before_s;
    before_s = phase.at_s;
    if (with_shares && restored_s && *restored_s > 0.0 && phase.at_s <= *restored_s * (1.0 + 1e-9))
      phase.share = phase.took_s / *restored_s;
  }
  return phases;
}

std::string critical_path(const std::vector<PhaseResult>& phases) {
  std::string text;
  const PhaseResult* longest = nullptr;
  for (const PhaseResult& phase : phases) {
    if (!phase.share) continue;
    text += fmt::format("{}{} {} ({:.0f} %)", text.empty() ? "" : ", then ", phase.name,
                        format_duration(from_seconds(phase.took_s)), *phase.share * 100.0);
    if (longest == nullptr || phase.took_s > longest->took_s) longest = &phase;
  }
  if (longest == nullptr) return {};
  return fmt::format("{}; longest: until {}", text, longest->name);
}

/// Phases of the incidents that interrupted something; where none did, of all, without shares.
void add_phases(DisruptionResult& result, const Scenario& scenario, const Accounts& accounts,
                std::span<const measure::RunRecord> runs) {
  std::vector<Reached> incidents;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& cost = accounts.runs[i].faults[result.fault_index];
    if (!cost || (result.interrupted && !cost->worst.recovery.onset)) continue;
    incidents.push_back(reached(scenario, runs[i], accounts.runs[i], result.fault_index));
  }
  result.phases = phases_of(incidents, result.interrupted);
  result.critical_path = critical_path(result.phases);
}

/// Of all replications.
std::vector<const FaultAccount*> all_accounts(const Accounts& accounts, const DisruptionResult& result) {
  std::vector<const FaultAccount*> all;
  for (const RunAccount& run : accounts.runs) {
    const auto in_run = accounts_in(run, result);
    all.insert(all.end(), in_run.begin(), in_run.end());
  }
  return all;
}

template <class Figure>
std::vector<Incident> incidents_of(const std::vector<const FaultAccount*>& costs, const Figure& figure) {
  std::vector<Incident> incidents;
  for (const FaultAccount* cost : costs) incidents.push_back(figure(*cost));
  return incidents;
}

void add_sharers(DisruptionResult& result, const Scenario& scenario, const Accounts& accounts) {
  std::vector<std::size_t> all;
  for (const RunAccount& run : accounts.runs) {
    const auto& cost = run.faults[result.fault_index];
    if (cost) all.insert(all.end(), cost->shared_with.begin(), cost->shared_with.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const std::size_t fault : all) result.shared_with.push_back(scenario.faults[fault].name);
}

void add_operations(DisruptionResult& result, const Scenario& scenario,
                    const std::vector<const FaultAccount*>& costs) {
  for (std::size_t op = 0; op < scenario.operations.size(); ++op) {
    if (!scenario.operations[op].loaded) continue;
    OperationRecovery recovery;
    recovery.operation = op;
    recovery.rto_s = figure_of(
        incidents_of(costs,
                     [op](const FaultAccount& a) { return incident_of(a.operations[op].recovery.time); }),
        1e-9);
    for (const FaultAccount* cost : costs) {
      recovery.interrupted |= cost->operations[op].recovery.onset.has_value();
      recovery.not_restored += cost->operations[op].recovery.restored ? 0U : 1U;
      result.later += cost->operations[op].recovery.later.size();
    }
    result.operations.push_back(std::move(recovery));
  }
}

/// All but phases and sharers.
void add_figures(DisruptionResult& result, const Scenario& scenario, const Accounts& accounts) {
  const std::vector<const FaultAccount*> costs = all_accounts(accounts, result);
  const auto of = [&](auto figure) { return incidents_of(costs, figure); };
  result.rto_s =
      figure_of(of([](const FaultAccount& a) { return incident_of(a.worst.recovery.time); }), 1e-9);
  result.rpo_s = figure_of(of([](const FaultAccount& a) { return a.rpo_ns; }), 1e-9);
  result.acknowledged_lost = figure_of(of([](const FaultAccount& a) { return a.acknowledged_lost; }), 1.0);
  std::vector<Incident> onsets;
  for (const FaultAccount* cost : costs) {
    const measure::RecoveryTime& worst = cost->worst.recovery;
    if (worst.onset) onsets.push_back(incident_of(*worst.onset));
    result.interrupted |= worst.onset.has_value();
    result.not_restored += worst.restored ? 0U : 1U;
    result.not_seen += worst.seen ? 0U : 1U;
    result.before_measured += cost->span.begin_ns < scenario.calm_from_ns ? 1U : 0U;
  }
  result.onset_s = figure_of(onsets, 1e-9);
  add_operations(result, scenario, costs);
}

DisruptionResult disruption(const Scenario& scenario, const Accounts& accounts,
                            std::span<const measure::RunRecord> runs, std::size_t fault) {
  DisruptionResult result;
  result.fault = scenario.faults[fault];
  result.fault_index = fault;
  add_figures(result, scenario, accounts);
  add_sharers(result, scenario, accounts);
  add_phases(result, scenario, accounts, runs);
  return result;
}

}  // namespace

std::string_view recovery_rule() {
  return "recovery time: from the first request that the fault made fail (or be late) to the first good one "
         "after which health "
         "was shown; interruptions are told from the requests' own times, by a CUSUM against the share that "
         "may fail, and end "
         "where likelihood says so; what is not shown to be restored is not counted as restored";
}

std::optional<Nanos> backlog_drained(const measure::RunRecord& run, std::size_t operation, Nanos at_ns,
                                     Nanos restored_ns) {
  const std::vector<measure::Window>& windows = run.operations[operation].windows;
  const Nanos width = run.layout.window_ns;
  double sum = 0.0;
  double samples = 0.0;
  std::int64_t in_flight = 0;
  bool grown = false;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    in_flight += std::int64_t{windows[i].arrived} - std::int64_t{windows[i].decided};
    const Nanos end_ns = static_cast<Nanos>(i + 1) * width;
    if (end_ns > run.end_ns) break;
    if (end_ns <= at_ns) {
      if (end_ns > at_ns - kLevelNs) {
        sum += static_cast<double>(in_flight);
        samples += 1.0;
      }
      continue;
    }
    // Three standard deviations of a Poisson number above the level before: the usual fluctuation is no backlog.
    const double level = samples > 0.0 ? sum / samples : 0.0;
    const bool above = static_cast<double>(in_flight) > level + 3.0 * std::sqrt(level) + 1.0;
    if (grown && !above && end_ns > restored_ns) return end_ns;
    grown = grown || (above && end_ns <= restored_ns);
  }
  return std::nullopt;
}

Estimate over_replications(std::span<const double> values) {
  Estimate e;
  if (values.empty()) return e;
  if (values.size() > 1) {
    e = measure::student_interval(values);
    e.low = std::max(e.low, 0.0);
    return e;
  }
  e.value = e.low = e.high = values.front();
  e.samples = e.groups = 1;
  e.method = "single run";
  e.converged = false;
  return e;
}

std::vector<const FaultAccount*> accounts_in(const RunAccount& run, const DisruptionResult& disruption) {
  std::vector<const FaultAccount*> accounts;
  if (!disruption.planned) {
    const auto& cost = run.faults[disruption.fault_index];
    if (cost) accounts.push_back(&*cost);
    return accounts;
  }
  for (const PlannedChange& change : run.planned) {
    if (change.procedure == disruption.fault.name) accounts.push_back(&change.account);
  }
  return accounts;
}

Incident incident_of(const measure::SpanRange& span) { return {span.low_ns, span.high_ns, span.value_ns}; }

IncidentFigure figure_of(std::span<const Incident> incidents, double scale) {
  IncidentFigure figure;
  figure.incidents = incidents.size();
  if (incidents.empty()) return figure;
  const measure::PromiseResult all = measure::judge_promise(incidents, {});
  const auto scaled = [scale](double v) { return std::isfinite(v) ? v * scale : v; };
  figure.mean = all.mean;
  for (double* end : {&figure.mean.value, &figure.mean.low, &figure.mean.high}) *end = scaled(*end);
  const auto told = [scale](const Incident& i) {
    const std::int64_t v = i.value.value_or(i.high);
    return v == kNever ? std::numeric_limits<double>::infinity() : static_cast<double>(v) * scale;
  };
  figure.median = told(all.median);
  figure.p90 = told(all.p90);
  figure.worst = told(all.worst);
  const auto is_end = [](const Incident& i) { return !i.value && i.low < i.high; };
  figure.median_is_end = is_end(all.median);
  figure.p90_is_end = is_end(all.p90);
  figure.worst_is_end = is_end(all.worst);
  return figure;
}

std::vector<DisruptionResult> recoveries(const Scenario& scenario, const Accounts& accounts,
                                         std::span<const measure::RunRecord> runs) {
  std::vector<DisruptionResult> results;
  for (std::size_t fault = 0; fault < scenario.faults.size(); ++fault) {
    if (scenario.faults[fault].at_ns < scenario.horizon_ns)
      results.push_back(disruption(scenario, accounts, runs, fault));
  }
  std::stable_sort(results.begin(), results.end(), [](const DisruptionResult& a, const DisruptionResult& b) {
    return a.fault.at_ns < b.fault.at_ns;
  });
  return results;
}

std::vector<DisruptionResult> planned_changes(const Scenario& scenario, const Accounts& accounts) {
  std::vector<DisruptionResult> results;
  for (const RunAccount& run : accounts.runs) {
    for (const PlannedChange& change : run.planned) {
      const bool known = std::any_of(results.begin(), results.end(), [&](const DisruptionResult& r) {
        return r.fault.name == change.procedure;
      });
      if (known) continue;
      DisruptionResult result;
      result.fault.name = change.procedure;
      result.fault.kind = "planned";
      result.fault.at_ns = change.account.span.begin_ns;
      result.fault.until_ns = change.account.span.end_ns;
      result.planned = true;
      add_figures(result, scenario, accounts);
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace twinvoice::report
