// Figures of requests against their bounds: of the whole run, or of the requests that arrived in a part of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/measure/batch_estimates.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/measure/unanswered.hpp"
#include "sim/report/calm_text.hpp"
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

bool is_by_time(const ExpectationInfo& e) {
  return e.measure == Measure::kAvailability && e.of == AvailabilityOf::kTime;
}

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

/// Of one replication, with one fate of the open requests.
measure::RatioSample interrupted(const RunAccount& account, std::size_t op, const std::vector<Stretch>& part,
                                 measure::OpenAs open_as) {
  measure::RatioSample sample;
  for (const Stretch& stretch : part) {
    sample.y +=
        to_seconds(interrupted_ns(interruptions_in(account, op, open_as), stretch.from_ns, stretch.until_ns));
    sample.x += to_seconds(stretch.until_ns - stretch.from_ns);
  }
  return sample;
}

/// Availability by time of one replication: a range where its fates differ.
void add_share_of_time(std::vector<ReplicationValue>& list, const RunAccount& account, std::size_t op,
                       const std::vector<Stretch>& part) {
  std::optional<ReplicationValue> one;
  for (const measure::OpenAs fate : kFates) {
    const measure::RatioSample sample = interrupted(account, op, part, fate);
    if (!(sample.x > 0.0)) return;
    const double share = 1.0 - sample.y / sample.x;
    if (!one) one = ReplicationValue{account.replication, share, share, share};
    if (share != one->value) one->value = kNotObserved;
    one->low = std::min(one->low, share);
    one->high = std::max(one->high, share);
  }
  list.push_back(*one);
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
    if (is_by_time(e)) {
      add_share_of_time(list, evidence.document.accounts.runs[i], op, {{s.warm_up_ns, run.end_ns}});
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

/// Whose share is asked for: of all requests, or of the successes alone, as latencies are.
enum class Population : std::uint8_t { kRequests, kSuccesses };

/// The requests of one operation in the part, replication by replication.
class PartOfRuns {
 public:
  PartOfRuns(const Evidence& evidence, const ExpectationInfo& e, std::size_t op,
             Population population = Population::kRequests)
      : population_(population) {
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
        const measure::RunRecord& run = evidence.runs[i];
        if (counts(r, e, std::max(run.followed_to_ns, run.end_ns))) enter(batches, r, e);
      }
      for (std::size_t fate = 0; fate < std::size(kFates); ++fate)
        interrupted_[fate].push_back({interrupted(accounts.runs[i], op, part, kFates[fate])});
      add_share_of_time(by_time_, accounts.runs[i], op, part);
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
    if (is_by_time(e)) return by_time_;
    std::vector<ReplicationValue> list;
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      const double value =
          e.measure == Measure::kThroughput ? throughput_[i] : figure_of_requests(batches_[i], e);
      add_value(list, replications_[i], value, open_[i], batches_[i].total(), e);
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
    if (is_by_time(e)) {
      const auto with = [&](std::size_t fate) {
        return measure::complement(measure::share_interval(interrupted_[fate], kLevel, faults));
      };
      return measure::over_fates(with(0), with(1), with(2)).joined;
    }
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

  /// Of the successes a failed request is none, and an unanswered one that is older than the limit can be none within it.
  [[nodiscard]] bool counts(const measure::TimedRequest& r, const ExpectationInfo& e,
                            Nanos followed_to_ns) const {
    if (population_ == Population::kRequests) return true;
    return r.decided_ns == kNever ? followed_to_ns - r.arrived_ns <= e.limit_ns : r.succeeded;
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

  const Population population_;
  std::vector<measure::Batches> batches_;
  std::vector<double> throughput_;
  std::array<std::vector<measure::RatioSeries>, std::size(kFates)> interrupted_;  ///< by fate
  std::vector<ReplicationValue> by_time_;
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

/// A quantile q is above a bound exactly when less than the share q of the successes lies within it. Far from the quantile that
/// share is known where the quantile itself has not converged: under a load that no queue bears all are late, and nobody can say
/// how late. Only this side is decided so: that few were late in a short run says nothing of the bad spell it did not see.
void decide_by_share(Judgement& j, const Evidence& evidence, const ExpectationInfo& e, std::size_t op,
                     measure::Faults faults) {
  using measure::Relation;
  const double bound = e.bound.relation == Relation::within ? e.bound.upper : e.bound.value;
  if (e.measure != Measure::kQuantile || j.verdict != Verdict::undecided || j.estimate.groups < 2 ||
      !(j.estimate.low > bound))
    return;
  ExpectationInfo within = e;
  within.measure = Measure::kAnswered;
  within.limit_ns = from_seconds(bound);
  const Estimate share = PartOfRuns(evidence, within, op, Population::kSuccesses).estimate(within, faults);
  if (!share.converged || !(share.high < e.quantile)) return;
  const bool wanted = e.bound.relation == Relation::at_least || e.bound.relation == Relation::above;
  const std::string why = fmt::format("; within {} is at most {} of the successes: it lies beyond",
                                      value_text(e, bound), share_text(share.high));
  j.why = j.name + ": " + estimate_text(j.estimate, seconds_text) + why;
  j.verdict = wanted ? Verdict::met : Verdict::missed;
}

/// Time in interruptions is what comes on top of the calm. It shows no health where the calm shows none: a calm that is late all
/// along, or fails more than the bound allows, is broken all the time before any fault.
void doubt_by_calm(Judgement& j, const Evidence& evidence, const ExpectationInfo& e, std::size_t op) {
  using measure::Relation;
  const bool upwards = e.bound.relation != Relation::at_most && e.bound.relation != Relation::below;
  if (!is_by_time(e) || j.verdict != Verdict::met || !upwards) return;
  const Yardstick& y = evidence.document.accounts.yardsticks[op];
  const double failed = measure::failed_share_of(y.calm);
  if (y.flaw != measure::CalmFlaw::kNone) {
    j.why += "; " + calm_flaw_text(y);
  } else if (failed > 1.0 - e.bound.value) {
    j.why +=
        fmt::format("; {} of the requests fail without any fault: time counts only what is worse than that",
                    share_text(failed));
  } else {
    return;
  }
  j.verdict = Verdict::undecided;
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
      decide_by_share(judgements.back(), evidence, e, op, faults);
      doubt_by_calm(judgements.back(), evidence, e, op);
      judgements.back().replications = whole_values(evidence, e, op);
      continue;
    }
    const PartOfRuns part(evidence, e, op);
    Judgement j = judge_estimate(name, part.estimate(e, faults), e);
    j.replications = part.values(e);
    decide_by_share(j, evidence, e, op, faults);
    doubt_by_calm(j, evidence, e, op);
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
