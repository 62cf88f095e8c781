#include "sim/report/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/measure/intervals.hpp"
#include "sim/measure/mean.hpp"

namespace twinvoice::report {
namespace {

enum Station : std::size_t {
  kDetected,
  kDecided,
  kApproved,
  kActed,
  kVerified,
  kRestored,
  kDrained,
  kFailedBack
};
constexpr std::array<std::string_view, 8> kStationNames{
    "detected", "decided", "approved", "acted", "verified", "restored", "backlog drained", "failed back"};

std::size_t station_of(measure::Phase phase) {
  switch (phase) {
    case measure::Phase::kDetected: return kDetected;
    case measure::Phase::kDecided: return kDecided;
    case measure::Phase::kApproved: return kApproved;
    case measure::Phase::kActed: return kActed;
    case measure::Phase::kVerified: return kVerified;
    case measure::Phase::kFailedBack: return kFailedBack;
  }
  return kDetected;
}

/// Whether the objective holds from window `i` on.
bool holds_from(std::span<const JudgedWindow> windows, const ObjectiveBounds& bounds, std::size_t i,
                Nanos until_ns) {
  std::uint64_t arrived = 0;
  std::uint64_t bad = 0;
  std::uint64_t slow = 0;
  const Nanos end_ns = std::min(windows[i].start_ns + kHoldNs, until_ns);
  for (; i < windows.size() && windows[i].start_ns < end_ns; ++i) {
    const JudgedWindow& w = windows[i];
    if (!keeps(bounds, w.arrived, w.bad, w.slow)) return false;
    arrived += w.arrived;
    bad += w.bad;
    slow += w.slow;
  }
  return keeps(bounds, arrived, bad, slow);
}

/// What one replication says about one disruption.
struct Episode {
  std::array<std::optional<double>, kStationNames.size()> reached_s;  ///< since the fault
  std::vector<Interruption> operations;
  double rpo_s = 0.0;
  std::uint64_t acknowledged = 0, unacknowledged = 0, reconciled = 0;
};

void note(std::optional<double>& station, Nanos at_ns, Nanos fault_ns, bool latest) {
  const double s = to_seconds(at_ns - fault_ns);
  if (!station)
    station = s;
  else
    station = latest ? std::max(*station, s) : std::min(*station, s);
}

/// A disruption reaches from its fault to the next later one.
struct Stretch {
  std::size_t fault = 0;
  Nanos at_ns = 0;
  Nanos next_ns = kNever;
};

std::vector<Stretch> stretches(const Scenario& scenario) {
  std::vector<Stretch> list;
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    if (scenario.faults[i].disrupts) list.push_back({i, scenario.faults[i].at_ns, kNever});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Stretch& a, const Stretch& b) { return a.at_ns < b.at_ns; });
  for (Stretch& stretch : list) {
    for (const Stretch& other : list) {
      if (other.at_ns > stretch.at_ns) stretch.next_ns = std::min(stretch.next_ns, other.at_ns);
    }
  }
  return list;
}

void add_losses(const measure::RunRecord& run, const Stretch& stretch, Episode& episode) {
  for (const measure::LossRecord& loss : run.losses) {
    if (loss.at_ns < stretch.at_ns || loss.at_ns >= stretch.next_ns) continue;
    episode.acknowledged += loss.acknowledged;
    episode.unacknowledged += loss.unacknowledged;
    episode.reconciled += loss.reconciled;
    if (loss.acknowledged > 0) {
      episode.rpo_s =
          std::max(episode.rpo_s, to_seconds(std::max<Nanos>(stretch.at_ns - loss.oldest_commit_ns, 0)));
    }
  }
}

Episode episode_of(const Scenario& scenario, const measure::RunRecord& run, const Stretch& stretch) {
  Episode episode;
  for (const measure::Mark& mark : run.marks) {
    if (!mark.is_phase || mark.at_ns < stretch.at_ns || mark.at_ns >= stretch.next_ns) continue;
    note(episode.reached_s[station_of(mark.phase)], mark.at_ns, stretch.at_ns, false);
  }
  bool restored = true;
  for (std::size_t op = 0; op < scenario.operations.size(); ++op) {
    const OperationInfo& info = scenario.operations[op];
    Interruption one = find_interruption(judged_windows(run, op, info), bounds_of(info), stretch.at_ns,
                                         stretch.next_ns, run.end_ns);
    if (one.broken) {
      if (one.restored) one.drained_ns = backlog_drained(run, op, stretch.at_ns, one.restored_ns);
      restored = restored && one.restored;
      if (one.restored) note(episode.reached_s[kRestored], one.restored_ns, stretch.at_ns, true);
      if (one.drained_ns) note(episode.reached_s[kDrained], *one.drained_ns, stretch.at_ns, true);
    }
    episode.operations.push_back(one);
  }
  if (!restored) {
    episode.reached_s[kRestored].reset();
    episode.reached_s[kDrained].reset();
  }
  add_losses(run, stretch, episode);
  return episode;
}

double rto_of(const Interruption& one, const Stretch& stretch, Nanos end_ns) {
  if (!one.broken) return 0.0;
  return to_seconds((one.restored ? one.restored_ns : end_ns) - stretch.at_ns);
}

/// `episodes`: of one kind, interrupted or not, since shares of a mean make sense among the runs that it is of.
std::vector<PhaseResult> phases_of(std::span<const Episode> episodes, Nanos fault_ns, double rto_s) {
  std::vector<PhaseResult> phases;
  for (std::size_t station = 0; station < kStationNames.size(); ++station) {
    double sum = 0.0;
    std::uint64_t n = 0;
    for (const Episode& episode : episodes) {
      if (!episode.reached_s[station]) continue;
      sum += *episode.reached_s[station];
      ++n;
    }
    if (n > 0) {
      PhaseResult phase;
      phase.name = std::string(kStationNames[station]);
      phase.at_s = sum / static_cast<double>(n);
      phase.replications = n;
      phases.push_back(phase);
    }
  }
  std::stable_sort(phases.begin(), phases.end(),
                   [](const auto& a, const auto& b) { return a.at_s < b.at_s; });
  double before = 0.0;
  for (PhaseResult& phase : phases) {
    phase.took_s = phase.at_s - before;
    before = phase.at_s;
    if (rto_s > 0.0 && phase.at_s <= rto_s * (1.0 + 1e-9)) phase.share_of_rto = phase.took_s / rto_s;
    phase.at_s += to_seconds(fault_ns);
  }
  return phases;
}

bool interrupted(const Episode& episode) {
  return std::any_of(episode.operations.begin(), episode.operations.end(),
                     [](const Interruption& one) { return one.broken; });
}

/// Phases of the runs that were interrupted, over their mean RTO; where none was, of all runs, without shares.
std::vector<PhaseResult> recovery_phases(std::span<const Episode> episodes, std::span<const double> rto_s,
                                         const DisruptionResult& result) {
  if (!result.interrupted) return phases_of(episodes, result.fault.at_ns, 0.0);
  std::vector<Episode> hit;
  std::vector<double> took;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    if (!interrupted(episodes[i])) continue;
    hit.push_back(episodes[i]);
    took.push_back(rto_s[i]);
  }
  // What was not over by the end took longer than is known.
  return phases_of(hit, result.fault.at_ns, result.not_restored > 0 ? 0.0 : measure::mean_of(took));
}

std::string critical_path(const std::vector<PhaseResult>& phases) {
  std::string text;
  const PhaseResult* longest = nullptr;
  for (const PhaseResult& phase : phases) {
    if (!phase.share_of_rto) continue;
    text += fmt::format("{}{} {} ({:.0f} %)", text.empty() ? "" : ", then ", phase.name,
                        format_duration(from_seconds(phase.took_s)), *phase.share_of_rto * 100.0);
    if (longest == nullptr || phase.took_s > longest->took_s) longest = &phase;
  }
  if (longest == nullptr) return {};
  return fmt::format("{}; longest: until {}", text, longest->name);
}

}  // namespace

std::string_view recovery_rule() {
  return "restored: start of the first window from which on the objective holds for 60 s (success share as "
         "stated, else "
         "99 %; at most 1 % above a stated p99; worse by more than chance explains counts as broken)";
}

Interruption find_interruption(std::span<const JudgedWindow> windows, const ObjectiveBounds& bounds,
                               Nanos at_ns, Nanos next_ns, Nanos end_ns) {
  Interruption found;
  std::size_t i = 0;
  while (i < windows.size() && windows[i].end_ns <= at_ns) ++i;
  const Nanos until = std::min(next_ns, end_ns);
  while (i < windows.size() && windows[i].start_ns < until && holds_from(windows, bounds, i, until)) ++i;
  if (i >= windows.size() || windows[i].start_ns >= until) return found;
  found.broken = true;
  found.restored = false;
  for (; i < windows.size(); ++i) {
    const Nanos start_ns = std::max(windows[i].start_ns, at_ns);
    const Nanos limit = start_ns < next_ns ? until : end_ns;
    if (limit - start_ns < kShortestHoldNs) continue;
    if (!holds_from(windows, bounds, i, limit)) continue;
    found.restored = true;
    found.restored_ns = start_ns;
    break;
  }
  return found;
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
      if (end_ns > at_ns - kHoldNs) {
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

Estimate over_replications(std::span<const double> values, std::uint64_t censored) {
  Estimate e;
  if (values.empty()) return e;
  if (values.size() == 1) {
    e.value = e.low = e.high = values.front();
    e.samples = e.groups = 1;
    e.method = "single run";
    e.converged = false;
  } else {
    e = measure::student_interval(values);
    e.low = std::max(e.low, 0.0);
  }
  if (censored > 0) {
    e.value = std::numeric_limits<double>::quiet_NaN();
    e.high = std::numeric_limits<double>::infinity();
    e.method += values.size() == 1 ? ", not restored by the end" : ", not restored by the end in some";
  }
  return e;
}

std::vector<DisruptionResult> recoveries(const Scenario& scenario, std::span<const measure::RunRecord> runs) {
  std::vector<DisruptionResult> results;
  const std::vector<Stretch> all = stretches(scenario);
  for (const Stretch& stretch : all) {
    DisruptionResult result;
    result.fault = scenario.faults[stretch.fault];
    result.fault_index = stretch.fault;
    std::vector<Episode> episodes;
    std::vector<double> worst, rpo, lost, duplicates;
    std::vector<std::vector<double>> rto(scenario.operations.size());
    std::vector<OperationRecovery> operations(scenario.operations.size());
    for (const measure::RunRecord& run : runs) {
      if (run.end_ns <= stretch.at_ns) continue;
      episodes.push_back(episode_of(scenario, run, stretch));
      const Episode& episode = episodes.back();
      double longest = 0.0;
      bool restored = true;
      for (std::size_t op = 0; op < operations.size(); ++op) {
        const Interruption& one = episode.operations[op];
        rto[op].push_back(rto_of(one, stretch, run.end_ns));
        operations[op].interrupted |= one.broken;
        operations[op].not_restored += one.broken && !one.restored ? 1U : 0U;
        longest = std::max(longest, rto[op].back());
        restored = restored && (!one.broken || one.restored);
        result.interrupted |= one.broken;
      }
      result.not_restored += restored ? 0U : 1U;
      result.watched_s = std::max(result.watched_s, to_seconds(run.end_ns - stretch.at_ns));
      worst.push_back(longest);
      rpo.push_back(episode.rpo_s);
      lost.push_back(static_cast<double>(episode.acknowledged));
      const double n = static_cast<double>(runs.size());
      result.unacknowledged_lost += static_cast<double>(episode.unacknowledged) / n;
      result.reconciled += static_cast<double>(episode.reconciled) / n;
      duplicates.push_back(static_cast<double>(run.duplicates));
    }
    result.rto_s = over_replications(worst, result.not_restored);
    for (std::size_t op = 0; op < operations.size(); ++op) {
      operations[op].operation = op;
      operations[op].rto_s = over_replications(rto[op], operations[op].not_restored);
    }
    result.operations = std::move(operations);
    result.rpo_s = over_replications(rpo);
    result.acknowledged_lost = over_replications(lost);
    if (all.size() == 1 && !duplicates.empty()) result.duplicates = over_replications(duplicates).value;
    result.phases = recovery_phases(episodes, worst, result);
    result.critical_path = critical_path(result.phases);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
