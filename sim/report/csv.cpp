// CSV tables (RFC 4180 with \n): one header line, an empty cell for what is not known.
#include "sim/base/csv.hpp"

#include <fmt/format.h>

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

std::string operations(const ResultDocument& d) {
  std::string text = "operation,arrived,succeeded,failed,unanswered";
  for (const char* name : {"availability_request", "availability_time", "availability_volume", "mean_s",
                           "p50_s", "p95_s", "p99_s", "p999_s", "throughput_per_s", "in_flight_mean"}) {
    text += "," + three(name);
  }
  text += "\n";
  for (const OperationResult& op : d.operations) {
    text +=
        fmt::format("{},{},{},{},{}", cell(op.info.name), op.arrived, op.succeeded, op.failed, op.unanswered);
    for (const Estimate* e :
         {&op.availability_request, &op.availability_time, &op.availability_volume, &op.mean_s, &op.p50_s,
          &op.p95_s, &op.p99_s, &op.p999_s, &op.throughput_per_s, &op.in_flight_mean}) {
      text += "," + cells(*e);
    }
    text += "\n";
  }
  return text;
}

std::string components(const ResultDocument& d) {
  std::string text =
      "component,model,replicas," + three("utilisation") +
      ",queue,max_queue,wait_s,visits,rejected,expired,blocked,down_share,pool,pool_active,pool_max,"
      "pool_waiting,pool_idle,pool_wait_s,pool_rejected,pool_expired\n";
  for (const ComponentResult& c : d.components) {
    const std::string head = fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{}", cell(c.info.name), cell(c.info.model), c.info.replicas,
        c.utilisation ? cells(*c.utilisation) : ",,", cell(c.queue.value), c.max_queue, cell(c.wait_s),
        c.visits, c.rejected, c.expired, c.blocked, cell(c.down_share.value));
    if (c.pools.empty()) text += head + ",,,,,,,,\n";
    for (const PoolResult& p : c.pools) {
      text += fmt::format("{},{},{},{},{},{},{},{},{}\n", head, cell(p.name), cell(p.active),
                          p.max ? fmt::format("{}", *p.max) : "", cell(p.waiting), cell(p.idle),
                          cell(p.wait_s), p.rejected, p.expired);
    }
  }
  return text;
}

std::string timeline(const ResultDocument& d) {
  std::string text =
      "operation,start_s,arrived,succeeded,failed,slow,decided,latency_mean_s,latency_max_s,in_flight,"
      "replications\n";
  for (const OperationResult& op : d.operations) {
    for (const TimelinePoint& p : op.timeline) {
      const double mean = p.succeeded > 0 ? p.latency_sum_s / static_cast<double>(p.succeeded) : std::nan("");
      text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", cell(op.info.name),
                          cell(to_seconds(p.start_ns)), p.arrived, p.succeeded, p.failed, p.slow, p.decided,
                          cell(mean), cell(p.latency_max_s), cell(p.in_flight), p.replications);
    }
  }
  return text;
}

std::string causes(const ResultDocument& d) {
  std::string text = "operation,kind,cause,count\n";
  for (const OperationResult& op : d.operations) {
    for (const CauseCount& c : op.failed_by_cause)
      text += fmt::format("{},final,{},{}\n", cell(op.info.name), cell(c.cause), c.count);
    for (const CauseCount& c : op.first_by_cause)
      text += fmt::format("{},first,{},{}\n", cell(op.info.name), cell(c.cause), c.count);
  }
  return text;
}

std::string disruptions(const ResultDocument& d) {
  std::string text = "fault,kind,at_s,until_s," + three("rto_s") + ",not_restored," + three("rpo_s") + "," +
                     three("acknowledged_lost") + ",phase,phase_at_s,phase_took_s,share_of_rto\n";
  for (const DisruptionResult& r : d.disruptions) {
    const std::string head = fmt::format(
        "{},{},{},{},{},{},{},{}", cell(r.fault.name), cell(r.fault.kind), cell(to_seconds(r.fault.at_ns)),
        r.fault.until_ns == kNever ? "" : cell(to_seconds(r.fault.until_ns)), cells(r.rto_s), r.not_restored,
        cells(r.rpo_s), cells(r.acknowledged_lost));
    if (r.phases.empty()) text += head + ",,,,\n";
    for (const PhaseResult& p : r.phases) {
      text += fmt::format("{},{},{},{},{}\n", head, cell(p.name), cell(p.at_s), cell(p.took_s),
                          p.share_of_rto ? cell(*p.share_of_rto) : "");
    }
  }
  return text;
}

}  // namespace

std::vector<CsvFile> render_csv(const ResultDocument& d) {
  return {{"operations.csv", operations(d)},
          {"components.csv", components(d)},
          {"timeline.csv", timeline(d)},
          {"causes.csv", causes(d)},
          {"disruptions.csv", disruptions(d)}};
}

}  // namespace twinvoice::report
