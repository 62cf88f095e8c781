#include "sim/measure/promise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/measure/intervals.hpp"
#include "sim/measure/mean.hpp"
#include "sim/measure/mixture.hpp"
#include "sim/measure/stopping.hpp"

namespace twinvoice::measure {

namespace {

constexpr std::uint64_t kMostIncidents = 1'000'000'000;

/// Bounds of the share kept; counts may be fractional.
Interval share_bounds(double kept, double broken, double incidents, double confidence) {
  return {clopper_pearson(kept, incidents, confidence).low,
          clopper_pearson(incidents - broken, incidents, confidence).high};
}

Verdict verdict_on(const Interval& bounds, double share) {
  if (bounds.low >= share) return Verdict::met;
  return bounds.high < share ? Verdict::missed : Verdict::undecided;
}

double as_double(std::int64_t value) {
  return value == kNever ? std::numeric_limits<double>::infinity() : static_cast<double>(value);
}

std::vector<double> lows_of(std::span<const Incident> incidents) {
  std::vector<double> lows;
  for (const Incident& i : incidents) lows.push_back(as_double(i.low));
  return lows;
}

std::vector<double> highs_of(std::span<const Incident> incidents) {
  std::vector<double> highs;
  for (const Incident& i : incidents) highs.push_back(as_double(i.high));
  return highs;
}

/// Empty unless all have one.
std::vector<std::int64_t> values_of(std::span<const Incident> incidents) {
  std::vector<std::int64_t> values;
  for (const Incident& i : incidents) {
    if (!i.value) return {};
    values.push_back(*i.value);
  }
  return values;
}

Estimate mean_of_incidents(std::span<const Incident> incidents, double confidence) {
  const std::vector<double> lows = lows_of(incidents);
  const std::vector<double> highs = highs_of(incidents);
  const std::vector<std::int64_t> values = values_of(incidents);
  const Estimate low = student_interval(lows, confidence);
  const Estimate high = student_interval(highs, confidence);
  Estimate mean = with_fates(low, lows);
  const bool open = std::isinf(high.value);
  if (!open) mean.converged = mean.converged && with_fates(high, highs).converged;
  mean.high = open ? std::numeric_limits<double>::infinity() : high.high;
  mean.low = std::max(mean.low, 0.0);
  mean.value = values.empty() ? std::numeric_limits<double>::quiet_NaN()
                              : student_interval(std::vector<double>(values.begin(), values.end())).value;
  return mean;
}

/// Until the means of both ends, which must be on one side of the promise, are shown to be there.
std::optional<std::uint64_t> incidents_for_mean(std::span<const Incident> incidents, const Promise& promise,
                                                double confidence) {
  const double bound = as_double(promise.bound);
  const std::vector<double> lows = lows_of(incidents);
  const std::vector<double> highs = highs_of(incidents);
  const double low = mean_of(lows);
  const double high = mean_of(highs);
  if (side(low, high, promise.relation, bound, as_double(promise.upper)) == Verdict::undecided) return {};
  const std::uint64_t for_low = replications_for_absolute(lows, std::abs(low - bound), confidence);
  const std::uint64_t for_high =
      std::isinf(high) ? for_low : replications_for_absolute(highs, std::abs(high - bound), confidence);
  if (std::min(for_low, for_high) == 0 || std::max(for_low, for_high) > kMostIncidents) return {};
  return std::max({for_low, for_high, std::uint64_t{incidents.size() + 1}});
}

/// The ceil(share * n)-th smallest of lows, highs and values.
Incident incident_at(std::span<const Incident> incidents, double share) {
  const auto n = static_cast<double>(incidents.size());
  const auto rank = static_cast<std::size_t>(std::max(std::ceil(share * n - 1e-9), 1.0));
  const auto nth = [&](std::vector<std::int64_t> list) {
    std::sort(list.begin(), list.end());
    return list[rank - 1];
  };
  std::vector<std::int64_t> lows, highs;
  for (const Incident& i : incidents) {
    lows.push_back(i.low);
    highs.push_back(i.high);
  }
  const std::vector<std::int64_t> values = values_of(incidents);
  Incident at{nth(lows), nth(highs), std::nullopt};
  if (!values.empty()) at.value = nth(values);
  return at;
}

std::optional<std::uint64_t> more(std::optional<std::uint64_t> in_all, std::uint64_t seen) {
  return in_all ? std::optional(*in_all - seen) : std::nullopt;
}

}  // namespace

Incident worst_incident(std::span<const Incident> incidents) { return incident_at(incidents, 1.0); }

Kept judge_incident(const Incident& incident, const Promise& promise) {
  switch (side(incident.low, incident.high, promise.relation, promise.bound, promise.upper)) {
    case Verdict::met: return Kept::kKept;
    case Verdict::missed: return Kept::kBroken;
    default: return Kept::kUnknown;
  }
}

PromiseResult judge_promise(std::span<const Incident> incidents, const Promise& promise, double confidence) {
  PromiseResult result;
  result.confidence = confidence;
  result.incidents = incidents.size();
  if (incidents.empty()) return result;
  for (const Incident& incident : incidents) {
    const Kept kept = judge_incident(incident, promise);
    result.kept += kept == Kept::kKept ? 1 : 0;
    result.broken += kept == Kept::kBroken ? 1 : 0;
  }
  const std::uint64_t n = result.incidents;
  result.share = share_bounds(static_cast<double>(result.kept), static_cast<double>(result.broken),
                              static_cast<double>(n), confidence);
  if (result.kept == n || result.broken == n) result.unseen = unseen_share(n, confidence);
  result.median = incident_at(incidents, 0.5);
  result.p90 = incident_at(incidents, 0.9);
  result.worst = worst_incident(incidents);
  result.mean = mean_of_incidents(incidents, confidence);
  if (promise.of_mean) {
    result.verdict =
        judge(result.mean, {promise.relation, as_double(promise.bound), as_double(promise.upper)});
    if (result.verdict == Verdict::undecided) {
      result.more_to_decide = more(incidents_for_mean(incidents, promise, confidence), n);
    }
    return result;
  }
  result.verdict = verdict_on(result.share, promise.share);
  if (result.verdict == Verdict::undecided) {
    result.more_to_decide =
        more(incidents_to_decide(result.kept, result.broken, n, promise.share, confidence), n);
  }
  return result;
}

std::vector<PromiseResult> judge_each_target(std::span<const std::vector<Incident>> targets,
                                             const Promise& promise, double confidence) {
  const double split = 1.0 - (1.0 - confidence) / static_cast<double>(targets.size());
  std::vector<PromiseResult> results;
  for (const std::vector<Incident>& incidents : targets) {
    results.push_back(judge_promise(incidents, promise, split));
  }
  return results;
}

Verdict verdict_of_all(std::span<const PromiseResult> results) {
  if (results.empty()) return Verdict::no_sample;
  Verdict all = Verdict::met;
  for (const PromiseResult& result : results) all = worse(all, result.verdict);
  return all;
}

std::optional<std::uint64_t> incidents_to_decide(std::uint64_t kept, std::uint64_t broken,
                                                 std::uint64_t incidents, double share, double confidence) {
  // What the bounds close in on is where they lie for ever.
  const auto n = static_cast<double>(incidents);
  const Interval limits{static_cast<double>(kept) / n, static_cast<double>(incidents - broken) / n};
  if (limits.low <= share && limits.high >= share) return std::nullopt;
  const auto decided = [&](std::uint64_t in_all) {
    const auto m = static_cast<double>(in_all);
    const Interval bounds =
        share_bounds(static_cast<double>(kept) * m / n, static_cast<double>(broken) * m / n, m, confidence);
    return verdict_on(bounds, share) != Verdict::undecided;
  };
  std::uint64_t undecided = 0;
  std::uint64_t in_all = incidents;
  while (!decided(in_all)) {
    if (in_all >= kMostIncidents) return std::nullopt;
    undecided = in_all;
    in_all = std::min(2 * in_all, kMostIncidents);
  }
  while (in_all - undecided > 1) {
    const std::uint64_t middle = undecided + (in_all - undecided) / 2;
    (decided(middle) ? in_all : undecided) = middle;
  }
  return in_all;
}

double unseen_share(std::uint64_t alike, double confidence) {
  return clopper_pearson(0.0, static_cast<double>(alike), confidence).high;
}

}  // namespace twinvoice::measure
