#include "sim/report/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

measure::Estimate difference_of(const measure::Estimate& then, const measure::Estimate& now) {
  measure::Estimate d;
  d.value = now.value - then.value;
  d.low = d.value - std::hypot(now.value - now.low, then.high - then.value);
  d.high = d.value + std::hypot(now.high - now.value, then.value - then.low);
  d.samples = std::min(then.samples, now.samples);
  d.method = "two independent estimates";
  return d;
}

/// To the last bit: nobody draws the same interval by chance.
bool are_one(const measure::Estimate& a, const measure::Estimate& b) {
  return a.value == b.value && a.low == b.low && a.high == b.high;
}

/// What is not comparable of the figures of one operation.
struct Apart {
  bool arrivals = false;  ///< other requests arrived in a second
  bool time = false;      ///< another time was measured
  bool load = false;      ///< another load was written
};

Against verdict_of(const BaselineFigure& f, const Apart& apart) {
  if (are_one(f.then, f.now)) return Against::kAlike;
  if (apart.arrivals && is_share_of_arrivals(f.name)) return Against::kOther;
  if ((apart.time || apart.load) && is_count_of_requests(f.name)) return Against::kOther;
  if (apart.load && figure_ending(f.name) == "throughput") return Against::kOther;
  const auto sided = [&](bool more) {
    if (f.kind.better == Better::kNeither) return Against::kOther;
    return (f.kind.better == Better::kMore) == more ? Against::kBetter : Against::kWorse;
  };
  if (std::isinf(f.then.value) || std::isinf(f.now.value)) {
    if (f.then.value == f.now.value) return Against::kAlike;
    return sided(f.now.value > f.then.value);
  }
  const double small = indifference(f.kind, f.then.value);
  // A mean with some that have no end is only known to lie above its low end.
  if (std::isnan(f.now.value)) {
    const double least = f.now.low - (has_interval(f.then) ? f.then.high : f.then.value);
    return least > small ? sided(true) : Against::kUndecided;
  }
  if (!has_interval(f.then) && !has_interval(f.now)) {
    if (std::abs(f.difference.value) <= small) return Against::kAlike;
    return sided(f.difference.value > 0.0);
  }
  if (!has_interval(f.then) || !has_interval(f.now) || std::isnan(f.difference.low) ||
      std::isnan(f.difference.high))
    return Against::kUndecided;
  if (f.difference.low > small) return sided(true);
  if (f.difference.high < -small) return sided(false);
  return f.difference.low >= -small && f.difference.high <= small ? Against::kAlike : Against::kUndecided;
}

/// Whether the rates of arrival surely differ: beyond their intervals, and single values by more than the indifference.
bool arrivals_differ(const measure::Estimate& then, double then_s, const measure::Estimate& now,
                     double now_s) {
  const measure::Estimate a = measure::scaled(then, 1.0 / then_s);
  const measure::Estimate b = measure::scaled(now, 1.0 / now_s);
  const measure::Estimate d = difference_of(a, b);
  if (has_interval(a) && has_interval(b)) return d.low > 0.0 || d.high < 0.0;
  return std::abs(d.value) > indifference(kind_of("arrived"), a.value);
}

bool is_of_load(const InputDifference& one) {
  return one.file == "recorded load" || one.where == "load" || one.where.starts_with("load.");
}

}  // namespace

bool BaselineComparison::worse() const {
  return std::any_of(figures.begin(), figures.end(),
                     [](const BaselineFigure& f) { return f.verdict == Against::kWorse; });
}

BaselineComparison against(const Baseline& baseline, const std::vector<store::CellFigure>& now,
                           const RunBasis& basis) {
  BaselineComparison comparison;
  comparison.path = baseline.path;
  comparison.version = baseline.version;
  comparison.seed = baseline.seed;
  comparison.differences = basis.differences;
  comparison.inputs_known = basis.inputs_known;
  Apart apart;
  apart.time = basis.measured_s != baseline.measured_s;
  apart.load = std::any_of(basis.differences.begin(), basis.differences.end(), is_of_load);
  const auto find = [](const std::vector<store::CellFigure>& list,
                       const std::string& name) -> const measure::Estimate* {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const store::CellFigure& f) { return f.name == name; });
    const bool seen =
        found != list.end() && !(std::isnan(found->estimate.value) && std::isnan(found->estimate.low));
    return seen ? &found->estimate : nullptr;
  };
  for (const store::CellFigure& figure : now) {
    const measure::Estimate* then = find(baseline.figures, figure.name);
    if (then == nullptr || std::isnan(then->value) || find(now, figure.name) == nullptr) continue;
    BaselineFigure f{
        figure.name, kind_of(figure.name), *then, figure.estimate, difference_of(*then, figure.estimate), {}};
    const std::string arrived = std::string(figure_of(figure.name)) + ".arrived";
    const measure::Estimate* a = find(baseline.figures, arrived);
    const measure::Estimate* b = find(now, arrived);
    apart.arrivals =
        a != nullptr && b != nullptr && arrivals_differ(*a, baseline.measured_s, *b, basis.measured_s);
    f.verdict = verdict_of(f, apart);
    comparison.figures.push_back(std::move(f));
  }
  for (const store::CellFigure& figure : baseline.figures) {
    if (find(now, figure.name) == nullptr && find(baseline.figures, figure.name) != nullptr)
      comparison.unseen.push_back(figure.name);
  }
  return comparison;
}

}  // namespace twinvoice::report
