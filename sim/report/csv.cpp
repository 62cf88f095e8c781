// CSV tables (RFC 4180 with \n): one header line, an empty cell for what is not known.
#include "sim/base/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/render.hpp"

namespace twinvoice::report {
namespace {

std::string cell(const std::string& text) { return csv_cell(text); }

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : std::string(); }

std::string cells(const Estimate& e) {
  return fmt::format("{},{},{}", cell(e.value), cell(e.low), cell(e.high));
}

std::string three(const char* name) { return fmt::format("{0},{0}_low,{0}_high", name); }

/// A count for each replication, from the sum over them.
std::string a_run(std::uint64_t sum, const ResultDocument& d) {
  return cell(static_cast<double>(sum) / static_cast<double>(std::max<std::uint64_t>(1, d.replications)));
}

std::string operations(const ResultDocument& d) {
  std::string text = "operation,replications,arrived,succeeded,failed,unanswered";
  for (const char* name : {"availability_request", "availability_time", "availability_volume", "mean_s",
                           "p50_s", "p95_s", "p99_s", "p999_s", "throughput_per_s", "in_flight_mean"}) {
    text += "," + three(name);
  }
  text += "\n";
  for (const OperationResult& op : d.operations) {
    text += fmt::format("{},{}", cell(op.info.name), d.replications);
    for (const std::uint64_t sum : {op.arrived, op.succeeded, op.failed, op.unanswered})
      text += "," + a_run(sum, d);
    for (const Estimate* e :
         {&op.availability_request, &op.availability_time, &op.availability_volume, &op.mean_s, &op.p50_s,
          &op.p95_s, &op.p99_s, &op.p999_s, &op.throughput_per_s, &op.in_flight_mean}) {
      text += "," + cells(*e);
    }
    text += "\n";
  }
  return text;
}

std::string load_titles() {
  return three("utilisation") + ",queue,max_queue,wait_s,visits,rejected,expired,blocked";
}
constexpr const char* kPoolTitles =
    ",pool,pool_active,pool_max,pool_waiting,pool_idle,pool_wait_s,pool_rejected,pool_expired\n";

std::string load_cells(const LoadResult& load) {
  return fmt::format("{},{},{},{},{},{},{},{}", load.utilisation ? cells(*load.utilisation) : ",,",
                     cell(load.queue.value), load.max_queue, cell(load.wait_s), load.visits, load.rejected,
                     load.expired, load.blocked);
}

/// A line for each pool; one with empty cells where there is none.
std::string pool_lines(const std::string& head, const std::vector<PoolResult>& pools) {
  if (pools.empty()) return head + ",,,,,,,,\n";
  std::string text;
  for (const PoolResult& p : pools) {
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", head, cell(p.name), cell(p.active),
                        p.max ? fmt::format("{}", *p.max) : "", cell(p.waiting), cell(p.idle), cell(p.wait_s),
                        p.rejected, p.expired);
  }
  return text;
}

std::string components(const ResultDocument& d) {
  std::string text = "component,model,replicas," + load_titles() + ",down_share,any_down_share" + kPoolTitles;
  for (const ComponentResult& c : d.components) {
    const std::string head =
        fmt::format("{},{},{},{},{},{}", cell(c.info.name), cell(c.info.model), c.info.replicas,
                    load_cells(c), cell(c.down_share.value), cell(c.any_down_share.value));
    text += pool_lines(head, c.pools);
  }
  return text;
}

std::string places(const ResultDocument& d) {
  std::string text = "component,place,replicas," + load_titles() + kPoolTitles;
  for (const ComponentResult& c : d.components) {
    for (const PlaceResult& p : c.places) {
      const std::string head =
          fmt::format("{},{},{},{}", cell(c.info.name), cell(p.name), p.replicas, load_cells(p));
      text += pool_lines(head, p.pools);
    }
  }
  return text;
}

std::string timeline(const ResultDocument& d) {
  std::string text =
      "operation,start_s,arrived,succeeded,failed,slow,decided,latency_mean_s,latency_max_s,in_flight,"
      "late_answers,replications,success_worst_tenth,success_median,success_best_tenth\n";
  for (const OperationResult& op : d.operations) {
    for (const TimelinePoint& p : op.timeline) {
      const double mean = p.succeeded > 0 ? p.latency_sum_s / static_cast<double>(p.succeeded) : std::nan("");
      const auto share = [&](double s) { return cell(p.success.replications > 0 ? s : std::nan("")); };
      text +=
          fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", cell(op.info.name),
                      cell(to_seconds(p.start_ns)), p.arrived, p.succeeded, p.failed, p.slow, p.decided,
                      cell(mean), cell(p.latency_max_s), cell(p.in_flight), p.late_answers, p.replications,
                      share(p.success.worst_tenth), share(p.success.median), share(p.success.best_tenth));
    }
  }
  return text;
}

constexpr const char* kCallTitles =
    "attempts,first_attempts,retries,hedges,ejections,breaker_openings,breaker_rejections,late_answers";

std::string call_cells(const CallTotals& t) {
  return fmt::format("{},{},{},{},{},{},{},{}", t.attempts, t.attempts - t.further, t.retries, t.hedges,
                     t.ejections, t.openings, t.rejections, t.late);
}

std::string calls(const ResultDocument& d) {
  std::string text =
      fmt::format("call,caller,target,replications,{},{}\n", kCallTitles, three("amplification"));
  for (const CallResult& c : d.calls) {
    text += fmt::format("{},{},{},{},{},{}\n", cell(c.info.name), cell(c.info.caller), cell(c.info.target),
                        d.replications, call_cells(c.measured), cells(c.amplification));
  }
  return text;
}

std::string call_timeline(const ResultDocument& d) {
  std::string text = fmt::format("call,start_s,{}\n", kCallTitles);
  for (const CallResult& c : d.calls) {
    for (std::size_t w = 0; w < c.timeline.size(); ++w) {
      text += fmt::format("{},{},{}\n", cell(c.info.name),
                          cell(to_seconds(static_cast<Nanos>(w) * d.scenario.call_window_ns)),
                          call_cells(c.timeline[w]));
    }
  }
  return text;
}

std::string causes(const ResultDocument& d) {
  std::string text = "operation,kind,cause,count\n";
  for (const OperationResult& op : d.operations) {
    for (const CauseCount& c : op.failed_by_cause)
      text += fmt::format("{},final,{},{}\n", cell(op.info.name), cell(c.cause), a_run(c.count, d));
    for (const CauseCount& c : op.first_by_cause)
      text += fmt::format("{},first,{},{}\n", cell(op.info.name), cell(c.cause), a_run(c.count, d));
  }
  return text;
}

std::string cells(const IncidentFigure& f) {
  return fmt::format("{},{},{},{}", cells(f.mean), cell(f.median), cell(f.p90), cell(f.worst));
}

std::string six(const char* name) {
  return fmt::format("{1},{0}_median,{0}_p90,{0}_worst", name, three(name));
}

std::string disruptions(const ResultDocument& d) {
  std::string text = "fault,kind,at_s,until_s,incidents," + six("rto_s") + ",not_restored,not_seen," +
                     six("rpo_s") + "," + six("acknowledged_lost") +
                     ",phase,phase_after_s,phase_took_s,phase_share\n";
  for (const DisruptionResult& r : d.disruptions) {
    const std::string head =
        fmt::format("{},{},{},{},{},{},{},{},{},{}", cell(r.fault.name), cell(r.fault.kind),
                    cell(to_seconds(r.fault.at_ns)),
                    r.fault.until_ns == kNever ? "" : cell(to_seconds(r.fault.until_ns)), r.rto_s.incidents,
                    cells(r.rto_s), r.not_restored, r.not_seen, cells(r.rpo_s), cells(r.acknowledged_lost));
    if (r.phases.empty()) text += head + ",,,,\n";
    for (const PhaseResult& p : r.phases) {
      text += fmt::format("{},{},{},{},{}\n", head, cell(p.name), cell(p.at_s), cell(p.took_s),
                          p.share ? cell(*p.share) : "");
    }
  }
  return text;
}

std::string time(Nanos ns) { return fmt::format("{}.{:09}", ns / kNanosPerSecond, ns % kNanosPerSecond); }
std::string time(const std::optional<Nanos>& ns) { return ns ? time(*ns) : std::string(); }

std::string interruptions(const ResultDocument& d) {
  std::string text =
      "replication,operation,begin_s,end_s,begin_low_s,begin_high_s,end_low_s,end_high_s,walk,bad,late,"
      "bad_time_s,answered_again_s,faults\n";
  for (const RunAccount& run : d.accounts.runs) {
    for (std::size_t op = 0; op < run.interruptions.size(); ++op) {
      for (const OwnedInterruption& one : run.interruptions[op]) {
        const measure::Interruption& i = one.interruption;
        std::string faults;
        for (const std::size_t f : one.owners)
          faults += (faults.empty() ? "" : ";") + d.scenario.faults[f].name;
        text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", run.replication,
                            cell(d.scenario.operations[op].name), time(i.begin_ns), time(i.end_ns),
                            time(i.begin_low_ns), time(i.begin_high_ns), time(i.end_low_ns),
                            time(i.end_high_ns), i.symptom == measure::Symptom::kFailing ? "failing" : "late",
                            i.bad, i.late, time(i.bad_time_ns), time(i.answered_again_ns), cell(faults));
      }
    }
  }
  return text;
}

struct Table {
  const char* name;
  std::string (*text)(const ResultDocument&);
};
constexpr Table kTables[] = {{"operations.csv", &operations},
                             {"components.csv", &components},
                             {"places.csv", &places},
                             {"timeline.csv", &timeline},
                             {"calls.csv", &calls},
                             {"call_timeline.csv", &call_timeline},
                             {"causes.csv", &causes},
                             {"disruptions.csv", &disruptions},
                             {"interruptions.csv", &interruptions}};

}  // namespace

std::vector<CsvFile> render_csv(const ResultDocument& d) {
  std::vector<CsvFile> files;
  for (const Table& table : kTables) files.push_back({table.name, table.text(d)});
  return files;
}

std::vector<std::string> csv_names() {
  std::vector<std::string> names;
  for (const Table& table : kTables) names.emplace_back(table.name);
  return names;
}

}  // namespace twinvoice::report
