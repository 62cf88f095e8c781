#include "sim/report/comparison_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/measure/intervals.hpp"

namespace twinvoice::report {

namespace {

std::vector<double> missing_to_one(const std::vector<double>& values) {
  std::vector<double> out;
  out.reserve(values.size());
  for (const double v : values) out.push_back(1.0 - v);
  return out;
}

Estimate mean_estimate(const FigureKind& kind, const std::vector<double>& values) {
  Estimate e = measure::student_interval(values);
  // A mean of infinite values has no interval; subtracting them has left rubbish.
  if (!std::isfinite(e.value)) {
    e.low = -std::numeric_limits<double>::infinity();
    e.high = std::numeric_limits<double>::infinity();
    e.converged = false;
  }
  return within_range(kind, e);
}

/// Whether means can be subtracted at all: an outage without end has none.
bool has_means(const FigureComparison& c) {
  return c.pairs.infinite_a + c.pairs.infinite_b == 0 && std::isfinite(c.a.value);
}

ComparisonVerdict verdict_of(const FigureComparison& c) {
  using measure::Order;
  if (c.pairs.missing > 0) return ComparisonVerdict::kNotObserved;
  if (c.pairs.order == Order::kSame) return ComparisonVerdict::kSame;
  const measure::Estimate& d = c.pairs.difference;
  if (has_means(c)) {
    const double small = std::max(c.indifferent, c.tolerated.value_or(0.0));
    if (d.low >= -small && d.high <= small) return ComparisonVerdict::kWithin;
    if (d.low <= c.indifferent && d.high >= -c.indifferent) return ComparisonVerdict::kUndecided;
  }
  switch (c.pairs.order) {
    case Order::kSame: return ComparisonVerdict::kSame;
    case Order::kUndecided: return ComparisonVerdict::kUndecided;
    case Order::kLess:
      if (c.kind.better == Better::kNeither) return ComparisonVerdict::kBLess;
      return c.kind.better == Better::kLess ? ComparisonVerdict::kBBetter : ComparisonVerdict::kABetter;
    case Order::kGreater: break;
  }
  if (c.kind.better == Better::kNeither) return ComparisonVerdict::kALess;
  return c.kind.better == Better::kLess ? ComparisonVerdict::kABetter : ComparisonVerdict::kBBetter;
}

bool is_settled(const FigureComparison& c) {
  using measure::Order;
  const measure::Estimate& d = c.pairs.difference;
  if (c.pairs.missing > 0 || c.pairs.order == Order::kSame) return true;
  // Without a scale to be precise on, the order is all that can be asked for.
  if (!has_means(c) || !c.tolerated || *c.tolerated == 0.0) return c.pairs.order != Order::kUndecided;
  return d.half_width() <= *c.tolerated;
}

}  // namespace

FigureComparison compare_figure(const FigurePairs& pairs, const ComparisonRule& rule) {
  FigureComparison c;
  c.name = pairs.name;
  c.kind = kind_of(pairs.name);
  if (pairs.a.empty()) {
    c.a.value = c.b.value = c.pairs.difference.value = std::numeric_limits<double>::quiet_NaN();
    c.verdict = ComparisonVerdict::kNotObserved;
    c.settled = true;
    return c;
  }
  c.a = mean_estimate(c.kind, pairs.a);
  c.b = mean_estimate(c.kind, pairs.b);
  c.pairs = measure::compare_pairs(pairs.a, pairs.b);
  if (c.kind.availability) {
    const std::vector<double> a = missing_to_one(pairs.a);
    const std::vector<double> b = missing_to_one(pairs.b);
    const measure::Estimate ratio = measure::paired_ratio(a, b);
    if (ratio.samples > 0) c.ratio = ratio;
  }
  c.indifferent = indifference(c.kind, c.a.value, rule.indifference);
  if (rule.tolerance) c.tolerated = indifference(c.kind, c.a.value, *rule.tolerance);
  c.verdict = verdict_of(c);
  if (rule.arrivals_differ && is_share_of_arrivals(c.name)) c.verdict = ComparisonVerdict::kArrivalsDiffer;
  if (rule.times_differ && is_count_of_requests(c.name)) c.verdict = ComparisonVerdict::kTimesDiffer;
  c.settled = is_settled(c);
  return c;
}

bool decided(const ComparisonDocument& d) {
  return !d.interrupted && d.a.problems.empty() && d.b.problems.empty() && !d.figures.empty() &&
         std::none_of(d.figures.begin(), d.figures.end(), [](const FigureComparison& c) {
           return c.verdict == ComparisonVerdict::kUndecided || c.verdict == ComparisonVerdict::kNotObserved;
         });
}

}  // namespace twinvoice::report
