// What happened to the requests of each operation.
#include <algorithm>
#include <array>
#include <map>

#include "sim/measure/batch_estimates.hpp"
#include "sim/measure/batches.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/measure/unanswered.hpp"
#include "sim/report/build.hpp"
#include "sim/report/recovery.hpp"

namespace twinvoice::report {
namespace {

/// Most first; the gates of a component's replicas have one name and are one cause.
std::vector<CauseCount> by_count(const std::vector<std::uint64_t>& counts,
                                 const std::vector<std::string>& names) {
  std::map<std::string, std::uint64_t> by_name;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) by_name[i < names.size() ? names[i] : "unnamed"] += counts[i];
  }
  std::vector<CauseCount> causes;
  for (const auto& [name, count] : by_name) causes.push_back({name, count});
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
    point.late_answers += window.late_answers;
    point.latency_sum_s += to_seconds(window.latency_sum_ns);
    point.latency_max_s = std::max(point.latency_max_s, to_seconds(window.latency_max_ns));
    in_flight += std::int64_t{window.arrived} - std::int64_t{window.decided};
    if (run.end_ns <= point.start_ns) continue;
    point.in_flight += static_cast<double>(in_flight);
    ++point.replications;
  }
}

SuccessBand band_of(std::vector<double> shares) {
  SuccessBand band;
  band.replications = shares.size();
  if (shares.empty()) return band;
  std::sort(shares.begin(), shares.end());
  const auto ranked = [&](std::size_t tenths) { return shares[(tenths * shares.size() + 9) / 10 - 1]; };
  band.worst_tenth = ranked(1);
  band.median = ranked(5);
  band.best_tenth = ranked(9);
  return band;
}

void add_bands(std::vector<TimelinePoint>& timeline, std::size_t op,
               std::span<const measure::RunRecord> runs) {
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    std::vector<double> shares;
    for (const measure::RunRecord& run : runs) {
      const std::vector<measure::Window>& windows = run.operations[op].windows;
      if (i >= windows.size()) continue;
      const std::uint32_t known = windows[i].succeeded + windows[i].failed;
      if (known > 0) shares.push_back(static_cast<double>(windows[i].succeeded) / known);
    }
    timeline[i].success = band_of(std::move(shares));
  }
}

/// Time in interruptions of the measured time, a sample a slice of the run.
measure::RatioSeries interrupted_series(const RunAccount& account, std::size_t op, Nanos from_ns,
                                        measure::OpenAs open_as) {
  measure::RatioSeries series;
  if (account.end_ns <= from_ns) return series;
  const auto slices =
      std::min<std::size_t>(measure::kSlices, static_cast<std::size_t>(account.end_ns - from_ns));
  const measure::SliceClock clock(from_ns, account.end_ns, slices);
  for (std::size_t i = 0; i < slices; ++i) {
    const Nanos start_ns = clock.slice_start(i);
    const Nanos until_ns = clock.slice_start(i + 1);
    series.push_back({to_seconds(interrupted_ns(interruptions_in(account, op, open_as), start_ns, until_ns)),
                      to_seconds(until_ns - start_ns)});
  }
  return series;
}

/// Requests that failed or whose jobs did, of those of which that is known, by the window of their arrival.
/// Adds to `unfinished` those of which it is not.
measure::RatioSeries undone_series(const measure::RunRecord& run, const measure::OperationBook& book,
                                   Nanos from_ns, std::uint64_t& unfinished) {
  measure::RatioSeries series;
  for (std::size_t i = 0; i < book.windows.size(); ++i) {
    const measure::Window& w = book.windows[i];
    if (static_cast<Nanos>(i) * run.layout.window_ns < from_ns) continue;
    unfinished += w.unfinished;
    series.push_back({static_cast<double>(w.failed + w.undone),
                      static_cast<double>(w.failed + w.succeeded - w.unfinished)});
  }
  return series;
}

/// Estimates of one operation from what its replications left.
class Estimates {
 public:
  Estimates(OperationResult& result, std::size_t op, std::span<const measure::RunRecord> runs,
            const Accounts& accounts, Nanos warm_up_ns, measure::Faults faults)
      : result_(result), faults_(faults) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const measure::RunRecord& run = runs[i];
      const measure::OperationBook& book = run.operations[op];
      batches_.push_back(&book.batches);
      arrived_.push_back(static_cast<double>(book.measured.arrived));
      served_.push_back(static_cast<double>(book.measured.succeeded));
      for (std::size_t fate = 0; fate < std::size(kFates); ++fate)
        interrupted_[fate].push_back(interrupted_series(accounts.runs[i], op, warm_up_ns, kFates[fate]));
      undone_.push_back(undone_series(run, book, warm_up_ns, unfinished_));
      if (run.end_ns > warm_up_ns) {
        in_flight_.push_back(static_cast<double>(book.steady_area) /
                             static_cast<double>(run.end_ns - warm_up_ns));
      }
      whole_ = whole_ && run.complete;
    }
  }

  void write() {
    if (batches_.empty()) return;
    result_.arrived_a_run = over_replications(arrived_);
    result_.served_a_run = over_replications(served_);
    shares();
    latencies();
    // The batches of a run that ended early are empty at its end: they would lower the rate.
    if (whole_) result_.throughput_per_s = measure::throughput_per_s(batches_, kLevel, faults_);
    result_.in_flight_mean = over_replications(in_flight_);
    // The arms of a delta-method interval may reach below what a duration or a rate can be.
    for (Estimate* e : {&result_.mean_s, &result_.throughput_per_s}) {
      if (e->samples > 0) e->low = std::max(e->low, 0.0);
    }
  }

 private:
  void shares() {
    const std::uint64_t decided = result_.succeeded + result_.failed;
    const measure::ShareRange by_request = measure::with_unanswered(
        measure::complement(measure::failure_share(batches_, kLevel, faults_)), decided, result_.unanswered);
    result_.availability_request = by_request.joined;
    result_.if_all_fail = by_request.if_all_fail;
    result_.if_all_succeed = by_request.if_all_succeed;
    result_.availability_volume =
        measure::with_unanswered(measure::complement(measure::failed_volume_share(batches_, kLevel, faults_)),
                                 decided, result_.unanswered)
            .joined;
    completion(by_request.joined);
    const auto by_time = [this](std::size_t fate) {
      return measure::complement(measure::share_interval(interrupted_[fate], kLevel, faults_));
    };
    const measure::ShareRange time = measure::over_fates(by_time(0), by_time(1), by_time(2));
    result_.availability_time = time.joined;
    result_.time_if_all_fail = time.if_all_fail;
    result_.time_if_all_succeed = time.if_all_succeed;
  }

  void completion(const Estimate& acceptance) {
    if (result_.jobs.emitted == 0) {
      result_.availability_completion = acceptance;
      return;
    }
    double known = 0.0;
    for (const measure::RatioSeries& series : undone_) {
      for (const measure::RatioSample& window : series) known += window.x;
    }
    result_.availability_completion =
        measure::with_unanswered(measure::complement(measure::share_interval(undone_, kLevel, faults_)),
                                 static_cast<std::uint64_t>(known), result_.unanswered + unfinished_)
            .joined;
  }

  void latencies() {
    const std::uint64_t open = result_.unanswered;
    result_.mean_s = measure::mean_with_unanswered(measure::mean_latency_s(batches_, kLevel, faults_), open);
    for (const auto& [e, q] : {std::pair{&result_.p50_s, 0.50},
                               {&result_.p95_s, 0.95},
                               {&result_.p99_s, 0.99},
                               {&result_.p999_s, 0.999}}) {
      *e = measure::latency_quantile_with_unanswered_s(batches_, q, open, kLevel, faults_);
    }
  }

  OperationResult& result_;
  const measure::Faults faults_;
  std::vector<const measure::Batches*> batches_;
  std::array<std::vector<measure::RatioSeries>, std::size(kFates)> interrupted_;  ///< by fate
  std::vector<measure::RatioSeries> undone_;
  std::uint64_t unfinished_ = 0;  ///< acknowledged, with jobs that are open
  std::vector<double> arrived_, served_, in_flight_;
  bool whole_ = true;
};

void add(InvoiceTotals& sum, const measure::InvoiceCounts& one) {
  sum.acknowledged += one.acknowledged;
  sum.acknowledged_lost += one.acknowledged_lost;
  sum.stranded += one.stranded;
  sum.out_of_reach += one.out_of_reach;
  sum.reconciled += one.reconciled;
  sum.voided += one.voided;
  sum.unacknowledged_durable += one.unacknowledged_durable;
  sum.duplicates_written += one.duplicates_written;
  sum.lost_known_inside += one.lost_known_inside;
}

void add_interruptions(const std::vector<OwnedInterruption>& list, Nanos end_ns, double& longest_s,
                       double& bad_time_s) {
  for (const OwnedInterruption& one : list) {
    const measure::Interruption& i = one.interruption;
    longest_s = std::max(longest_s, to_seconds(i.end_ns.value_or(end_ns) - i.begin_ns));
    bad_time_s += to_seconds(i.bad_time_ns);
  }
}

void add_account(OperationResult& result, std::size_t op, const RunAccount& account) {
  const auto& if_bad = interruptions_in(account, op, measure::OpenAs::kBad);
  add_interruptions(account.interruptions[op], account.end_ns, result.longest_interruption_s,
                    result.bad_time_s);
  add_interruptions(if_bad, account.end_ns, result.longest_interruption_if_all_fail_s,
                    result.bad_time_if_all_fail_s);
  result.interruptions_if_all_fail += if_bad.size();
  for (const measure::InvoiceCounts& counts : account.durability.counts) {
    if (counts.operation == op) add(result.invoices, counts);
  }
}

}  // namespace

std::vector<OperationResult> operation_results(const Scenario& scenario, const Accounts& accounts,
                                               std::span<const measure::RunRecord> runs) {
  std::vector<OperationResult> results;
  const auto faults = scenario.faults.empty() ? measure::Faults::kNone : measure::Faults::kPlanned;
  for (std::size_t op = 0; op < scenario.operations.size(); ++op) {
    OperationResult result;
    result.info = scenario.operations[op];
    std::vector<std::uint64_t> causes, first_causes;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const measure::RunRecord& run = runs[i];
      const measure::OperationBook& book = run.operations[op];
      add_account(result, op, accounts.runs[i]);
      result.arrived += book.measured.arrived;
      result.succeeded += book.measured.succeeded;
      result.failed += book.measured.failed;
      result.unanswered += book.measured.unanswered();
      result.jobs.emitted += book.jobs.emitted;
      result.jobs.completed += book.jobs.completed;
      result.jobs.dead += book.jobs.dead;
      result.late_answers += book.late_answers;
      result.in_flight_max = std::max(result.in_flight_max, book.max_in_flight);
      add_counts(causes, book.failed_by_cause);
      add_counts(first_causes, book.first_by_cause);
      add_timeline(result.timeline, run, book);
    }
    for (TimelinePoint& point : result.timeline) {
      if (point.replications > 0) point.in_flight /= static_cast<double>(point.replications);
    }
    add_bands(result.timeline, op, runs);
    result.failed_by_cause = by_count(causes, scenario.causes);
    result.first_by_cause = by_count(first_causes, scenario.causes);
    Estimates(result, op, runs, accounts, scenario.warm_up_ns, faults).write();
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
