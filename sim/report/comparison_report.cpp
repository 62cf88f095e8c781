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

ComparisonVerdict verdict_of(const FigureComparison& c) {
  using measure::Order;
  if (c.pairs.missing > 0) return ComparisonVerdict::kNotObserved;
  const measure::Estimate& d = c.pairs.difference;
  switch (c.pairs.order) {
    case Order::kSame: return ComparisonVerdict::kSame;
    case Order::kUndecided:
      return c.tolerated && d.low >= -*c.tolerated && d.high <= *c.tolerated ? ComparisonVerdict::kWithin
                                                                             : ComparisonVerdict::kUndecided;
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
  const bool no_mean = c.pairs.infinite_a + c.pairs.infinite_b > 0 || !std::isfinite(c.a.value);
  // Without a scale to be precise on, the order is all that can be asked for.
  if (no_mean || !c.tolerated || *c.tolerated == 0.0) return c.pairs.order != Order::kUndecided;
  return d.half_width() <= *c.tolerated;
}

}  // namespace

FigureComparison compare_figure(const FigurePairs& pairs, std::optional<double> tolerance) {
  FigureComparison c;
  c.name = pairs.name;
  c.kind = kind_of(pairs.name);
  c.a = mean_estimate(c.kind, pairs.a);
  c.b = mean_estimate(c.kind, pairs.b);
  c.pairs = measure::compare_pairs(pairs.a, pairs.b);
  if (c.kind.availability) {
    const std::vector<double> a = missing_to_one(pairs.a);
    const std::vector<double> b = missing_to_one(pairs.b);
    const measure::Estimate ratio = measure::paired_ratio(a, b);
    if (ratio.samples > 0) c.ratio = ratio;
  }
  if (tolerance) c.tolerated = *tolerance * std::abs(c.kind.availability ? 1.0 - c.a.value : c.a.value);
  c.verdict = verdict_of(c);
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
