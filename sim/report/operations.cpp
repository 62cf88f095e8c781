// What happened to the requests of each operation.
#include <algorithm>

#include "sim/measure/batch_estimates.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/report/build.hpp"
#include "sim/report/objective.hpp"
#include "sim/report/recovery.hpp"

namespace twinvoice::report {
namespace {

constexpr double kLevel = 0.95;

std::vector<CauseCount> by_count(const std::vector<std::uint64_t>& counts,
                                 const std::vector<std::string>& names) {
  std::vector<CauseCount> causes;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) causes.push_back({i < names.size() ? names[i] : "unnamed", counts[i]});
  }
  std::sort(causes.begin(), causes.end(), [](const CauseCount& a, const CauseCount& b) {
    return a.count != b.count ? a.count > b.count : a.cause < b.cause;
  });
  return causes;
}

void add_counts(std::vector<std::uint64_t>& sum, const std::vector<std::uint64_t>& part) {
  sum.resize(std::max(sum.size(), part.size()), 0);
  for (std::size_t i = 0; i < part.size(); ++i) sum[i] += part[i];
}

void add_timeline(std::vector<TimelinePoint>& timeline, const measure::RunRecord& run,
                  const measure::OperationBook& book) {
  timeline.resize(std::max(timeline.size(), book.windows.size()));
  std::int64_t in_flight = 0;
  for (std::size_t i = 0; i < book.windows.size(); ++i) {
    const measure::Window& window = book.windows[i];
    TimelinePoint& point = timeline[i];
    point.start_ns = static_cast<Nanos>(i) * run.layout.window_ns;
    point.arrived += window.arrived;
    point.succeeded += window.succeeded;
    point.failed += window.failed;
    point.slow += window.slow;
    point.decided += window.decided;
    point.latency_sum_s += to_seconds(window.latency_sum_ns);
    point.latency_max_s = std::max(point.latency_max_s, to_seconds(window.latency_max_ns));
    in_flight += std::int64_t{window.arrived} - std::int64_t{window.decided};
    if (run.end_ns <= point.start_ns) continue;
    point.in_flight += static_cast<double>(in_flight);
    ++point.replications;
  }
}

void estimate(OperationResult& result, std::size_t op, std::span<const measure::RunRecord> runs,
              Nanos warm_up_ns, measure::Faults faults) {
  std::vector<const measure::Batches*> batches;
  std::vector<measure::RatioSeries> missed;
  std::vector<double> in_flight;
  bool whole = true;
  for (const measure::RunRecord& run : runs) {
    const measure::OperationBook& book = run.operations[op];
    batches.push_back(&book.batches);
    missed.push_back(
        missed_windows(judged_windows(run, op, result.info), bounds_of(result.info), warm_up_ns));
    if (run.end_ns > warm_up_ns) {
      in_flight.push_back(static_cast<double>(book.steady_area) /
                          static_cast<double>(run.end_ns - warm_up_ns));
    }
    whole = whole && run.complete;
  }
  if (batches.empty()) return;
  result.availability_request = measure::complement(measure::failure_share(batches, kLevel, faults));
  result.availability_volume = measure::complement(measure::failed_volume_share(batches, kLevel, faults));
  result.availability_time = measure::complement(measure::share_interval(missed, kLevel, faults));
  result.mean_s = measure::mean_latency_s(batches, kLevel, faults);
  result.p50_s = measure::latency_quantile_s(batches, 0.50, kLevel, faults);
  result.p95_s = measure::latency_quantile_s(batches, 0.95, kLevel, faults);
  result.p99_s = measure::latency_quantile_s(batches, 0.99, kLevel, faults);
  result.p999_s = measure::latency_quantile_s(batches, 0.999, kLevel, faults);
  // The batches of a run that ended early are empty at its end: they would lower the rate.
  if (whole) result.throughput_per_s = measure::throughput_per_s(batches, kLevel, faults);
  result.in_flight_mean = over_replications(in_flight);
  // The arms of a delta-method interval may reach below what a duration or a rate can be.
  for (Estimate* e : {&result.mean_s, &result.throughput_per_s}) {
    if (e->samples > 0) e->low = std::max(e->low, 0.0);
  }
}

}  // namespace

std::vector<OperationResult> operation_results(const Scenario& scenario,
                                               std::span<const measure::RunRecord> runs) {
  std::vector<OperationResult> results;
  const auto faults = scenario.faults.empty() ? measure::Faults::kNone : measure::Faults::kPlanned;
  for (std::size_t op = 0; op < scenario.operations.size(); ++op) {
    OperationResult result;
    result.info = scenario.operations[op];
    std::vector<std::uint64_t> causes, first_causes;
    for (const measure::RunRecord& run : runs) {
      const measure::OperationBook& book = run.operations[op];
      result.arrived += book.measured.arrived;
      result.succeeded += book.measured.succeeded;
      result.failed += book.measured.failed;
      result.unanswered += book.measured.unanswered();
      result.in_flight_max = std::max(result.in_flight_max, book.max_in_flight);
      add_counts(causes, book.failed_by_cause);
      add_counts(first_causes, book.first_by_cause);
      add_timeline(result.timeline, run, book);
    }
    for (TimelinePoint& point : result.timeline) {
      if (point.replications > 0) point.in_flight /= static_cast<double>(point.replications);
    }
    result.failed_by_cause = by_count(causes, scenario.causes);
    result.first_by_cause = by_count(first_causes, scenario.causes);
    estimate(result, op, runs, scenario.warm_up_ns, faults);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
