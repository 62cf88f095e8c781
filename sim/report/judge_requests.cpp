// Figures of requests against their bounds: of the whole run, or of the requests that arrived in a part of it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/measure/batch_estimates.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/measure/unanswered.hpp"
#include "sim/report/judge.hpp"
#include "sim/report/one_run.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

using measure::Verdict;

constexpr double kRunsThatMustHaveIt = 0.95;  ///< of the runs, for a verdict on a part of them

/// [from, until) of one run.
struct Stretch {
  Nanos from_ns = 0;
  Nanos until_ns = 0;
};

/// The part of one replication that is meant, within the measured time; several faults have a stretch each.
std::vector<Stretch> stretches(const RunPart& part, const RunAccount& account, Nanos warm_up_ns) {
  std::vector<Stretch> list;
  const auto add = [&](Nanos from_ns, Nanos until_ns) {
    from_ns = std::max(from_ns, warm_up_ns);
    until_ns = std::min(until_ns, account.end_ns);
    if (from_ns < until_ns) list.push_back({from_ns, until_ns});
  };
  switch (part.kind) {
    case RunPart::Kind::kWhole: add(0, kNever); break;
    case RunPart::Kind::kBetween: add(part.from_ns, part.until_ns); break;
    case RunPart::Kind::kDuring:
      for (const std::size_t f : part.faults) {
        if (account.faults[f]) add(account.faults[f]->span.begin_ns, account.faults[f]->span.end_ns);
      }
      break;
    case RunPart::Kind::kAfter:
      for (const std::size_t f : part.faults) {
        const auto& cost = account.faults[f];
        if (!cost || !cost->worst.recovery.restored) continue;
        Nanos after_ns = cost->span.begin_ns;
        for (const OperationCost& one : cost->operations) {
          const auto& recovery = one.recovery;
          if (recovery.onset && recovery.onset->value_ns && recovery.time.value_ns)
            after_ns =
                std::max(after_ns, cost->span.begin_ns + *recovery.onset->value_ns + *recovery.time.value_ns);
        }
        add(after_ns, kNever);
      }
      break;
  }
  return list;
}

/// Of one replication, whatever became of the unanswered ones.
double figure_of_requests(const measure::Batches& batches, const ExpectationInfo& e) {
  const measure::SliceTotals total = batches.total();
  switch (e.measure) {
    case Measure::kMean: return mean_latency_in_s(total);
    case Measure::kThroughput: return delivered_per_s(batches);
    case Measure::kQuantile:
      return total.success > 0 ? batches.histogram().quantile_ns(e.quantile) / 1e9 : kNotObserved;
    default: return e.of == AvailabilityOf::kVolume ? delivered_volume_share(total) : success_share(total);
  }
}

/// A share of requests lies between what it is if those that are open fail and if they succeed; latencies are open above.
void add_value(std::vector<ReplicationValue>& list, std::uint64_t replication, double value,
               std::uint64_t open, const measure::SliceTotals& total, const ExpectationInfo& e) {
  if (std::isnan(value)) return;
  ReplicationValue one{replication, value, value, value};
  if (open > 0 && (e.measure == Measure::kMean || e.measure == Measure::kQuantile)) {
    one.high = std::numeric_limits<double>::infinity();
  } else if (open > 0 && e.measure != Measure::kThroughput) {
    const auto good = static_cast<double>(total.success);
    const double all = good + static_cast<double>(total.failure + open);
    one.low = good / all;
    one.high = (good + static_cast<double>(open)) / all;
    one.value = kNotObserved;
  }
  list.push_back(one);
}

/// What every replication says of a figure of the whole run.
std::vector<ReplicationValue> whole_values(const Evidence& evidence, const ExpectationInfo& e,
                                           std::size_t op) {
  const Scenario& s = evidence.document.scenario;
  std::vector<ReplicationValue> list;
  for (std::size_t i = 0; i < evidence.runs.size(); ++i) {
    const measure::RunRecord& run = evidence.runs[i];
    const measure::OperationBook& book = run.operations[op];
    if (e.measure == Measure::kThroughput && !run.complete) continue;
    if (e.measure == Measure::kAvailability && e.of == AvailabilityOf::kTime) {
      const auto& interruptions = evidence.document.accounts.runs[i].interruptions[op];
      const double share =
          1.0 - observed_ratio(to_seconds(interrupted_ns(interruptions, s.warm_up_ns, run.end_ns)),
                               to_seconds(run.end_ns - s.warm_up_ns));
      if (!std::isnan(share)) list.push_back({run.replication, share, share, share});
      continue;
    }
    measure::SliceTotals total = book.batches.total();
    std::uint64_t open = book.measured.unanswered();
    double value = figure_of_requests(book.batches, e);
    if (e.of == AvailabilityOf::kCompletion && e.measure == Measure::kAvailability) {
      for (std::size_t w = 0; w < book.windows.size(); ++w) {
        if (static_cast<Nanos>(w) * run.layout.window_ns < s.warm_up_ns) continue;
        total.success -= book.windows[w].undone + book.windows[w].unfinished;
        total.failure += book.windows[w].undone;
        open += book.windows[w].unfinished;
      }
      value = success_share(total);
    }
    add_value(list, run.replication, value, open, total, e);
  }
  return list;
}

/// The requests of one operation in the part, replication by replication.
class PartOfRuns {
 public:
  PartOfRuns(const Evidence& evidence, const ExpectationInfo& e, std::size_t op) {
    const Scenario& s = evidence.document.scenario;
    const Accounts& accounts = evidence.document.accounts;
    for (std::size_t i = 0; i < accounts.runs.size(); ++i) {
      open_in_run_ = 0;
      const std::vector<Stretch> part = stretches(e.part, accounts.runs[i], s.warm_up_ns);
      std::uint64_t arrived = 0;
      measure::Batches batches = empty_batches(e.part, s.warm_up_ns, accounts.runs[i].end_ns);
      Nanos length_ns = 0;
      for (const Stretch& stretch : part) length_ns += stretch.until_ns - stretch.from_ns;
      std::uint64_t delivered = 0;
      for (const measure::TimedRequest& r : evidence.runs[i].operations[op].times.sorted()) {
        const auto inside = [&](Nanos at_ns) {
          return std::any_of(part.begin(), part.end(), [at_ns](const Stretch& stretch) {
            return at_ns >= stretch.from_ns && at_ns < stretch.until_ns;
          });
        };
        if (r.succeeded && inside(r.decided_ns)) ++delivered;
        if (!inside(r.arrived_ns)) continue;
        ++arrived;
        enter(batches, r, e);
      }
      all_.push_back(accounts.runs[i].replication);
      interrupted_.push_back(interrupted(accounts.runs[i].interruptions[op], part));
      if (arrived == 0) continue;
      open_.push_back(open_in_run_);
      ++runs_with_it_;
      replications_.push_back(accounts.runs[i].replication);
      batches_.push_back(std::move(batches));
      throughput_.push_back(static_cast<double>(delivered) / to_seconds(std::max<Nanos>(1, length_ns)));
    }
    runs_ = accounts.runs.size();
  }

  [[nodiscard]] double share_of_runs() const {
    return runs_ > 0 ? static_cast<double>(runs_with_it_) / static_cast<double>(runs_) : 0.0;
  }

  [[nodiscard]] std::vector<ReplicationValue> values(const ExpectationInfo& e) const {
    std::vector<ReplicationValue> list;
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      double value = kNotObserved;
      if (e.measure == Measure::kThroughput) {
        value = throughput_[i];
      } else if (e.measure != Measure::kAvailability || e.of != AvailabilityOf::kTime) {
        value = figure_of_requests(batches_[i], e);
      }
      add_value(list, replications_[i], value, open_[i], batches_[i].total(), e);
    }
    if (e.measure != Measure::kAvailability || e.of != AvailabilityOf::kTime) return list;
    list.clear();
    for (std::size_t i = 0; i < interrupted_.size(); ++i) {
      const measure::RatioSample& sample = interrupted_[i].front();
      if (!(sample.x > 0.0)) continue;
      const double share = 1.0 - sample.y / sample.x;
      list.push_back({all_[i], share, share, share});
    }
    return list;
  }

  [[nodiscard]] Estimate estimate(const ExpectationInfo& e, measure::Faults faults) const {
    std::vector<const measure::Batches*> list;
    for (const measure::Batches& b : batches_) list.push_back(&b);
    if (list.empty()) return {};
    switch (e.measure) {
      case Measure::kQuantile:
        return measure::latency_quantile_with_unanswered_s(list, e.quantile, unanswered_, kLevel, faults);
      case Measure::kMean:
        return measure::mean_with_unanswered(measure::mean_latency_s(list, kLevel, faults), unanswered_);
      case Measure::kThroughput: return measure::student_interval(throughput_, kLevel);
      default: break;
    }
    if (e.measure == Measure::kAvailability && e.of == AvailabilityOf::kTime)
      return measure::complement(measure::share_interval(interrupted_, kLevel, faults));
    return measure::with_unanswered(measure::complement(measure::failure_share(list, kLevel, faults)),
                                    decided_, unanswered_)
        .joined;
  }

 private:
  /// The slices of a whole run may be the samples; of a part of it the run is the sample.
  static measure::Batches empty_batches(const RunPart& part, Nanos warm_up_ns, Nanos end_ns) {
    end_ns = std::max(end_ns, warm_up_ns + 1);
    const bool sliced =
        part.kind == RunPart::Kind::kWhole && end_ns - warm_up_ns >= static_cast<Nanos>(measure::kSlices);
    return {warm_up_ns, end_ns, sliced ? measure::kSlices : 1};
  }

  void enter(measure::Batches& batches, const measure::TimedRequest& r, const ExpectationInfo& e) {
    if (r.decided_ns == kNever) {
      ++unanswered_;
      ++open_in_run_;
      return;
    }
    ++decided_;
    const Nanos latency_ns = r.decided_ns - r.arrived_ns;
    const bool good = r.succeeded && (e.measure != Measure::kAnswered || latency_ns <= e.limit_ns);
    good ? batches.succeed(r.arrived_ns, latency_ns) : batches.fail(r.arrived_ns);
  }

  static measure::RatioSeries interrupted(std::span<const OwnedInterruption> list,
                                          const std::vector<Stretch>& part) {
    measure::RatioSample sample;
    for (const Stretch& stretch : part) {
      sample.y += to_seconds(interrupted_ns(list, stretch.from_ns, stretch.until_ns));
      sample.x += to_seconds(stretch.until_ns - stretch.from_ns);
    }
    return {sample};
  }

  std::vector<measure::Batches> batches_;
  std::vector<double> throughput_;
  std::vector<measure::RatioSeries> interrupted_;
  std::vector<std::uint64_t> all_;                  ///< numbers of the replications of `interrupted_`
  std::vector<std::uint64_t> replications_, open_;  ///< of the batches: number, and unanswered requests
  std::uint64_t decided_ = 0, unanswered_ = 0, open_in_run_ = 0;
  std::size_t runs_ = 0, runs_with_it_ = 0;
};

/// What the result holds already; nothing for other figures.
const Estimate* held(const OperationResult& op, const ExpectationInfo& e) {
  if (e.part.kind != RunPart::Kind::kWhole) return nullptr;
  switch (e.measure) {
    case Measure::kMean: return &op.mean_s;
    case Measure::kThroughput: return &op.throughput_per_s;
    case Measure::kSuccessRate: return &op.availability_request;
    case Measure::kAvailability:
      switch (e.of) {
        case AvailabilityOf::kRequest: return &op.availability_request;
        case AvailabilityOf::kTime: return &op.availability_time;
        case AvailabilityOf::kVolume: return &op.availability_volume;
        case AvailabilityOf::kCompletion: return &op.availability_completion;
      }
      return nullptr;
    case Measure::kQuantile:
      for (const auto& [q, figure] :
           {std::pair{0.5, &op.p50_s}, {0.95, &op.p95_s}, {0.99, &op.p99_s}, {0.999, &op.p999_s}}) {
        if (e.quantile == q) return figure;
      }
      return nullptr;
    default: return nullptr;
  }
}

/// "99.99 % needs 37 000 requests without a failure": how long a run must be for a share that has seen no failure yet.
std::string length_that_decides(const Evidence& evidence, const OperationResult& op, const ExpectationInfo& e,
                                const Judgement& j) {
  const bool share = e.measure == Measure::kAvailability || e.measure == Measure::kSuccessRate;
  if (j.verdict != Verdict::undecided || !share || op.failed > 0 || e.bound.value >= 1.0) return {};
  const double needed = std::log((1.0 - kLevel) / 2.0) / std::log(e.bound.value);
  const auto seen = static_cast<double>(op.succeeded);
  if (!(seen > 0.0) || needed <= seen) return {};
  const Scenario& s = evidence.document.scenario;
  const double measured_s =
      to_seconds(s.horizon_ns - s.warm_up_ns) * static_cast<double>(evidence.runs.size());
  return fmt::format(
      "; it needs {} requests without a failure: {} of measured time at this load, over all replications",
      count_text(static_cast<std::uint64_t>(std::ceil(needed))),
      format_duration(from_seconds(measured_s * needed / seen)));
}

}  // namespace

std::vector<Judgement> judge_requests(const Evidence& evidence, const ExpectationInfo& e) {
  const ResultDocument& d = evidence.document;
  const auto faults = d.scenario.faults.empty() ? measure::Faults::kNone : measure::Faults::kPlanned;
  std::vector<Judgement> judgements;
  for (std::size_t op = 0; op < d.operations.size(); ++op) {
    const OperationResult& operation = d.operations[op];
    if (e.operation ? *e.operation != op : !operation.info.loaded) continue;
    const std::string& name = operation.info.name;
    if (const Estimate* whole = held(operation, e)) {
      judgements.push_back(judge_estimate(name, *whole, e));
      judgements.back().why += length_that_decides(evidence, operation, e, judgements.back());
      judgements.back().replications = whole_values(evidence, e, op);
      continue;
    }
    const PartOfRuns part(evidence, e, op);
    Judgement j = judge_estimate(name, part.estimate(e, faults), e);
    j.replications = part.values(e);
    if (e.part.kind != RunPart::Kind::kWhole && part.share_of_runs() < 1.0) {
      j.why += part.share_of_runs() > 0.0
                   ? fmt::format("; {} of the replications have that part", share_text(part.share_of_runs()))
                   : std::string("; no replication has that part, or no request arrives in it");
      if (part.share_of_runs() < kRunsThatMustHaveIt) j.verdict = Verdict::undecided;
    }
    judgements.push_back(std::move(j));
  }
  return judgements;
}

}  // namespace twinvoice::report
