#include "sim/report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sim/base/nearest.hpp"
#include "sim/report/build.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/report/one_run.hpp"
#include "sim/report/recovery.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kMostNamesInMessage = 12;

/// Adds figures of one thing under its name.
class Adder {
 public:
  Adder(std::vector<store::Figure>& list, const std::string& of) : list_(list), of_(of) {}
  void operator()(const char* ending, double value) { list_.push_back({of_ + "." + ending, value}); }

 private:
  std::vector<store::Figure>& list_;
  const std::string& of_;
};

/// The instant after which nothing is counted, less the warm-up.
double observed_s(const Scenario& scenario, const measure::RunRecord& run) {
  return to_seconds(run.end_ns - scenario.warm_up_ns);
}

void add_operation(store::ReplicationRow& row, const Scenario& scenario, const measure::RunRecord& run,
                   const RunAccount& account, std::size_t op) {
  const OperationInfo& info = scenario.operations[op];
  const measure::OperationBook& book = run.operations[op];
  const measure::SliceTotals total = book.batches.total();
  const double interrupted_s =
      to_seconds(interrupted_ns(account.interruptions[op], scenario.warm_up_ns, run.end_ns));
  store::LatencyRow latencies{info.name, book.batches.histogram()};
  const auto quantile = [&](double q) {
    return total.success > 0 ? latencies.histogram.quantile_ns(q) / 1e9 : kNotObserved;
  };
  Adder add(row.figures, info.name);
  add("arrived", static_cast<double>(book.measured.arrived));
  add("served", static_cast<double>(book.measured.succeeded));
  add("availability", success_share(total));
  add("availability_time", 1.0 - observed_ratio(interrupted_s, observed_s(scenario, run)));
  add("availability_volume", delivered_volume_share(total));
  add("mean", mean_latency_in_s(total));
  add("p50", quantile(0.50));
  add("p95", quantile(0.95));
  add("p99", quantile(0.99));
  add("p999", quantile(0.999));
  add("throughput", run.complete ? delivered_per_s(book.batches) : kNotObserved);
  add("in_flight", observed_ratio(static_cast<double>(book.steady_area) / 1e9, observed_s(scenario, run)));
  std::map<std::string, std::uint64_t> causes;  // the gates of a component's replicas have one name
  for (std::size_t i = 0; i < book.failed_by_cause.size(); ++i) {
    if (book.failed_by_cause[i] == 0) continue;
    causes[i < scenario.causes.size() ? scenario.causes[i] : "unnamed"] += book.failed_by_cause[i];
  }
  for (const auto& [cause, count] : causes) row.failures.push_back({info.name, cause, count});
  row.latencies.push_back(std::move(latencies));
}

/// Of one replication: infinite when it was not restored, or its loss is anything up to all; not observed when nothing met it.
double of_one(const IncidentFigure& figure) {
  if (figure.incidents > 0 && std::isnan(figure.mean.value) && std::isinf(figure.worst)) return figure.worst;
  return figure.incidents > 0 ? figure.mean.value : kNotObserved;
}

void add_disruption(store::ReplicationRow& row, const DisruptionResult& disruption) {
  Adder add(row.figures, disruption.fault.name);
  add("rto", of_one(disruption.rto_s));
  add("rpo", of_one(disruption.rpo_s));
  add("rpo_invoices", of_one(disruption.acknowledged_lost));
  store::RecoveryRow recovery;
  recovery.fault = disruption.fault.name;
  recovery.rto_s = of_one(disruption.rto_s);
  recovery.rpo_s = of_one(disruption.rpo_s);
  recovery.acknowledged_lost = of_one(disruption.acknowledged_lost);
  for (const PhaseResult& phase : disruption.phases) {
    recovery.phases.push_back({phase.name, phase.at_s});
  }
  row.recoveries.push_back(std::move(recovery));
}

void add_component(store::ReplicationRow& row, const ComponentResult& component) {
  Adder add(row.figures, component.info.name);
  if (component.utilisation) add("utilisation", component.utilisation->value);
  add("queue", component.queue.value);
  add("down", component.down_share.value);
  add("any_down", component.any_down_share.value);
}

double replica_count(const Scenario& scenario) {
  double sum = 0.0;
  for (const ComponentInfo& component : scenario.components) sum += component.replicas;
  return sum;
}

Estimate exactly(double value) {
  Estimate e;
  e.value = e.low = e.high = value;
  e.method = "given";
  e.samples = 1;
  e.converged = true;
  return e;
}

}  // namespace

std::vector<store::CellFigure> figures(const ResultDocument& document) {
  std::vector<store::CellFigure> list;
  for (const OperationResult& operation : document.operations) {
    const std::string of = operation.info.name + ".";
    list.push_back({of + "arrived", operation.arrived_a_run});
    list.push_back({of + "served", operation.served_a_run});
    list.push_back({of + "availability", operation.availability_request});
    list.push_back({of + "availability_time", operation.availability_time});
    list.push_back({of + "availability_volume", operation.availability_volume});
    list.push_back({of + "mean", operation.mean_s});
    list.push_back({of + "p50", operation.p50_s});
    list.push_back({of + "p95", operation.p95_s});
    list.push_back({of + "p99", operation.p99_s});
    list.push_back({of + "p999", operation.p999_s});
    list.push_back({of + "throughput", operation.throughput_per_s});
    list.push_back({of + "in_flight", operation.in_flight_mean});
  }
  for (const DisruptionResult& disruption : document.disruptions) {
    const std::string of = disruption.fault.name + ".";
    list.push_back({of + "rto", disruption.rto_s.mean});
    list.push_back({of + "rpo", disruption.rpo_s.mean});
    list.push_back({of + "rpo_invoices", disruption.acknowledged_lost.mean});
  }
  for (const ComponentResult& component : document.components) {
    const std::string of = component.info.name + ".";
    if (component.utilisation) list.push_back({of + "utilisation", *component.utilisation});
    list.push_back({of + "queue", component.queue});
    list.push_back({of + "down", component.down_share});
    list.push_back({of + "any_down", component.any_down_share});
  }
  list.push_back({"replicas", exactly(replica_count(document.scenario))});
  if (document.scenario.cost) list.push_back({"cost", exactly(*document.scenario.cost)});
  return list;
}

std::vector<std::string> figure_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const store::CellFigure& figure : figures(build(scenario, {}))) names.push_back(figure.name);
  // Only records tell the utilisation of a component; that it will have one is known from its limited servers.
  for (std::size_t c = 0; c < scenario.components.size(); ++c) {
    const bool limited = std::any_of(scenario.stations.begin(), scenario.stations.end(),
                                     [&](const StationInfo& s) { return s.component == c && s.servers > 0; });
    if (limited) names.push_back(scenario.components[c].name + ".utilisation");
  }
  return names;
}

store::ReplicationRow digest(const Scenario& scenario, const measure::RunRecord& run,
                             const std::vector<Yardstick>* yardsticks) {
  store::ReplicationRow row;
  row.number = run.replication;
  row.fingerprint = run.fingerprint;
  row.events = run.events;
  row.hops = run.hops;
  row.cpu_s = run.cpu_s;
  const std::span<const measure::RunRecord> one(&run, 1);
  const Accounts accounts = accounts_of(scenario, one, scenario.hold_ns, {}, yardsticks);
  for (std::size_t op = 0; op < scenario.operations.size(); ++op)
    add_operation(row, scenario, run, accounts.runs[0], op);
  for (const DisruptionResult& disruption : recoveries(scenario, accounts, one))
    add_disruption(row, disruption);
  for (const ComponentResult& component : component_results(scenario, one)) add_component(row, component);
  row.figures.push_back({"replicas", replica_count(scenario)});
  if (scenario.cost) row.figures.push_back({"cost", *scenario.cost});
  return row;
}

std::uint64_t outages(const Scenario& scenario, const measure::RunRecord& run) {
  std::uint64_t count = 0;
  const Accounts accounts = accounts_of(scenario, {&run, 1}, scenario.hold_ns);
  for (const std::vector<OwnedInterruption>& list : accounts.runs[0].interruptions) {
    for (const OwnedInterruption& one : list) {
      if (one.interruption.begin_ns >= scenario.warm_up_ns) ++count;
    }
  }
  return count;
}

std::optional<std::string> full_name(std::span<const std::string> names, std::string_view written,
                                     std::string& problem) {
  std::vector<std::string> fitting;
  const std::string ending = "." + std::string(written);
  for (const std::string& name : names) {
    if (name == written) return name;
    if (name.size() > ending.size() && name.ends_with(ending)) fitting.push_back(name);
  }
  if (fitting.size() == 1) return fitting.front();
  const bool several = fitting.size() > 1;
  // Without a fitting one, those of the same thing or with the same ending are the likely slips of the pen.
  const std::string_view of = written.substr(0, written.rfind('.') + 1);
  const std::string_view last = written.substr(written.rfind('.') + 1);
  for (const std::string& name : names) {
    if (several) break;
    if ((!of.empty() && name.starts_with(of)) || (!last.empty() && name.ends_with("." + std::string(last))))
      fitting.push_back(name);
  }
  if (fitting.empty()) {
    std::vector<std::string_view> endings;
    for (const std::string& name : names) endings.push_back(figure_ending(name));
    const std::string meant(nearest(last, endings));
    fitting.assign(names.begin(), names.end());
    std::stable_partition(fitting.begin(), fitting.end(),
                          [&](const std::string& name) { return figure_ending(name) == meant; });
  }
  const std::size_t shown = std::min(fitting.size(), kMostNamesInMessage);
  problem =
      fmt::format("{} \"{}\"; {} {}{}", several ? "several figures end in" : "there is no figure", written,
                  several ? "write one of" : "did you mean one of",
                  fmt::join(fitting.begin(), fitting.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  fitting.size() > shown ? fmt::format(" and {} more", fitting.size() - shown) : "");
  return std::nullopt;
}

}  // namespace twinvoice::report
