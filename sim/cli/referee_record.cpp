#include "sim/cli/referee_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "sim/base/fingerprint.hpp"
#include "sim/base/issues.hpp"
#include "sim/base/usage.hpp"
#include "sim/referee/referee.hpp"

namespace twinvoice::cli {
namespace {

/// An arrival or a decision, in the order in which the ledger wants them.
struct Entry {
  Nanos at_ns = 0;
  bool arrival = false;
  const measure::RequestRecord* request = nullptr;
};

std::vector<Entry> entries(const referee::RefereeResult& result) {
  std::vector<Entry> list;
  for (const measure::RequestRecord& r : result.requests) {
    list.push_back({r.arrived_ns, true, &r});
    if (r.decided_ns != kNever) list.push_back({r.decided_ns, false, &r});
  }
  // A request that is decided in the instant of its arrival arrives first.
  std::stable_sort(list.begin(), list.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.at_ns, !a.arrival, a.request->sequence) <
           std::tuple(b.at_ns, !b.arrival, b.request->sequence);
  });
  return list;
}

std::size_t cause_index(const plan::Plan& plan, std::uint32_t packed) {
  // Clients stand behind the last component in the table of causes.
  const plan::Cause cause = plan::Cause::of_packed(packed);
  if (cause.reason() != plan::Reason::kGate && cause.where() > plan.components.size()) {
    return plan::cause_index(plan,
                             plan::Cause(cause.reason(), static_cast<std::uint32_t>(plan.components.size())));
  }
  return plan::cause_index(plan, cause);
}

measure::LedgerLayout layout_of(const plan::Plan& plan) {
  measure::LedgerLayout layout;
  for (const plan::Operation& operation : plan.operations)
    layout.slow_above_ns.push_back(operation.objective.p99_ns);
  layout.causes = plan::cause_count(plan);
  layout.horizon_ns = plan.horizon_ns;
  layout.warm_up_ns = plan.warm_up_ns;
  layout.window_ns = plan.window_ns;
  return layout;
}

std::size_t operation_of(const plan::Plan& plan, const measure::RequestRecord& r) {
  return plan.sources[r.source].operation.index();
}

measure::TimedRequest times_of(const measure::RequestRecord& r) {
  return {r.arrived_ns, r.decided_ns, r.sequence, r.succeeded};
}

void enter(measure::Ledger& ledger, const plan::Plan& plan, const Entry& entry) {
  const measure::RequestRecord& r = *entry.request;
  const std::size_t operation = operation_of(plan, r);
  if (entry.arrival) {
    ledger.arrive(operation, r.arrived_ns);
  } else if (r.succeeded) {
    ledger.succeed(operation, times_of(r));
  } else {
    ledger.fail(operation, times_of(r), cause_index(plan, r.cause), cause_index(plan, r.first_cause));
  }
}

measure::RunRecord record_of(const plan::Plan& plan, std::uint64_t replication,
                             const referee::RefereeResult& result) {
  measure::RunRecord record;
  record.replication = replication;
  record.seed = plan.seed;
  record.end_ns = std::min(result.ended_ns, plan.horizon_ns);
  record.complete = record.end_ns >= plan.horizon_ns;
  if (!record.complete) record.stop = "the referee's limit of requests is reached";
  record.followed_to_ns = result.followed_to_ns;
  record.faults = result.faults;
  record.commits = result.commits;
  record.log_events = result.log_events;
  record.layout = layout_of(plan);
  record.calls = result.calls;
  measure::Ledger ledger(record.layout);
  for (const referee::LateAnswer& late : result.late_answers) ledger.late_answer(late.operation, late.at_ns);
  for (const Entry& entry : entries(result)) {
    if (entry.at_ns >= record.end_ns) ledger.close(record.end_ns);
    enter(ledger, plan, entry);
  }
  ledger.close(record.end_ns);
  for (const measure::RequestRecord& r : result.requests) {
    if (r.decided_ns == kNever) ledger.leave_open(operation_of(plan, r), times_of(r));
  }
  for (const referee::RequestJobs& j : result.jobs)
    ledger.finish_jobs(j.operation, j.arrived_ns, j.succeeded, j.jobs);
  record.operations = ledger.take_books();
  for (std::size_t s = 0; plan.warm_up_ns == 0 && s < result.stations.size(); ++s) {
    measure::StationRecord station;
    station.id = static_cast<std::uint32_t>(s);
    station.arrivals = station.started = result.stations[s].arrivals;
    station.completions = result.stations[s].completions;
    const referee::StationRecord& seen = result.stations[s];
    const auto spare = [&](Nanos full_ns) {
      return static_cast<Nanos>(plan.stations[s].spare * static_cast<double>(full_ns));
    };
    station.busy_ns = seen.busy_ns - spare(seen.full_ns);
    station.stuck_ns =
        seen.busy_ns - seen.present_busy_ns - spare(seen.full_ns) + spare(seen.present_full_ns);
    const std::uint32_t servers = plan.stations[s].servers;
    if (servers != plan::kUnlimited)
      station.missing_ns = measure::Int128{servers} * record.end_ns - seen.present_ns + spare(seen.whole_ns);
    record.stations.push_back(station);
  }
  Fingerprint fingerprint;
  for (const measure::RequestRecord& r : result.requests) {
    for (const std::uint64_t word :
         {std::uint64_t{r.source}, r.ordinal, static_cast<std::uint64_t>(r.arrived_ns),
          static_cast<std::uint64_t>(r.decided_ns), std::uint64_t{r.cause}, r.path_hash}) {
      fingerprint.add(word);
    }
  }
  for (const referee::StationRecord& s : result.stations) record.hops += s.arrivals;
  record.fingerprint = fingerprint.value();
  record.events = result.events;
  record.frames = result.frames_created;
  record.late = result.late;
  return record;
}

}  // namespace

void refuse_procedures(const plan::Plan& plan) {
  if (plan.procedures.empty()) return;
  Issues issues;
  issues.error(
      {"--engine", 0, 0, ""},
      fmt::format("the referee runs no procedures, and this experiment has {}, the first being \"{}\"",
                  plan.procedures.size(), plan.procedures.front().name));
  throw InvalidInput(std::move(issues));
}

RefereeRun referee_run(const plan::Plan& plan, std::uint64_t replication) {
  const auto start = std::chrono::steady_clock::now();
  const double cpu_before_s = usage_of_children().cpu_s;
  referee::RefereeResult result = referee::run_in_child(plan, replication);
  RefereeRun run{record_of(plan, replication, result), std::move(result.requests)};
  run.record.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.record.cpu_s = usage_of_children().cpu_s - cpu_before_s;
  return run;
}

}  // namespace twinvoice::cli
