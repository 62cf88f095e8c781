#include "sim/measure/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "sim/measure/distributions.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/measure/mean.hpp"
#include "sim/measure/stopping.hpp"

namespace twinvoice::measure {

namespace {

struct Moments {
  double mean = 0.0;
  double variance_of_mean = 0.0;
};

Moments moments(std::span<const double> values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  m.mean = mean_of(values);
  for (const double v : values) m.variance_of_mean += (v - m.mean) * (v - m.mean) / (n - 1.0) / n;
  return m;
}

}  // namespace

Estimate paired_difference(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() != b.size()) throw std::invalid_argument("paired difference: the two sides differ in length");
  std::vector<double> differences;
  differences.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  Estimate e = student_interval(differences, confidence);
  e.method = fmt::format("{} pairs t", a.size());
  return e;
}

Estimate welch_difference(std::span<const double> a, std::span<const double> b, double confidence) {
  Estimate e;
  e.confidence = confidence;
  e.method = fmt::format("Welch t, {} and {} replications", a.size(), b.size());
  if (a.empty() || b.empty()) return e;
  e.samples = a.size() + b.size();
  e.groups = e.samples;
  if (a.size() < 2 || b.size() < 2) {
    e.value = mean_of(a) - mean_of(b);
    return e;
  }
  const Moments ma = moments(a);
  const Moments mb = moments(b);
  e.value = ma.mean - mb.mean;
  const double variance = ma.variance_of_mean + mb.variance_of_mean;
  e.converged = true;
  if (variance == 0.0) {
    e.low = e.high = e.value;
    return e;
  }
  const double degrees = variance * variance /
                         (ma.variance_of_mean * ma.variance_of_mean / (static_cast<double>(a.size()) - 1.0) +
                          mb.variance_of_mean * mb.variance_of_mean / (static_cast<double>(b.size()) - 1.0));
  const double half = two_sided_student(confidence, degrees) * std::sqrt(variance);
  e.low = e.value - half;
  e.high = e.value + half;
  return e;
}

namespace {

/// Values over their mean. Ratios of such sides are 1, which keeps the arithmetic below exact where they are proportional.
std::vector<double> over_mean(std::span<const double> values, double mean) {
  std::vector<double> scaled_values;
  for (const double v : values) scaled_values.push_back(v / mean);
  return scaled_values;
}

/// All rho >= 0 between these are in the set; `high` infinite where nothing bounds them.
struct RatioSet {
  double low = 0.0;
  double high = std::numeric_limits<double>::infinity();
};

/// {rho >= 0 : |mean(b - rho a)| <= t se(b - rho a)}, both of mean 1. With rho = 1 + x, d = b - a and moments of means:
/// (1 - t^2 var(a)) x^2 + 2 t^2 cov(a, d) x - t^2 var(d) <= 0.
RatioSet fieller(std::span<const double> a, std::span<const double> b, double t) {
  const auto n = static_cast<double>(a.size());
  double var_a = 0.0;
  double var_d = 0.0;
  double cov = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = b[i] - a[i];
    var_a += (a[i] - 1.0) * (a[i] - 1.0) / (n - 1.0) / n;
    var_d += d * d / (n - 1.0) / n;
    cov += (a[i] - 1.0) * d / (n - 1.0) / n;
  }
  const double square = 1.0 - t * t * var_a;
  const double half = t * t * cov;
  const double discriminant = half * half + square * t * t * var_d;
  if (square > 0.0) {
    const double root = std::sqrt(std::max(0.0, discriminant));
    return {std::max(0.0, 1.0 + (-half - root) / square), 1.0 + (-half + root) / square};
  }
  // a is not known to differ from 0, so that no ratio is too large; what is excluded, if anything, is a stretch between two
  // roots. Where that leaves small ratios too, they all belong to the smallest interval around the set.
  if (square == 0.0 || discriminant <= 0.0) return {};
  const double root = std::sqrt(discriminant);
  const double first = (-half + root) / square;
  const double second = (-half - root) / square;
  if (second > 0.0 || first >= -1.0) return {};
  return {std::max(0.0, 1.0 + second), std::numeric_limits<double>::infinity()};
}

}  // namespace

Estimate paired_ratio(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() != b.size()) throw std::invalid_argument("paired ratio: the two sides differ in length");
  Estimate e;
  e.confidence = confidence;
  e.method = fmt::format("{} pairs, Fieller t", a.size());
  const double mean_a = mean_of(a);
  const double mean_b = mean_of(b);
  if (!(mean_a > 0.0) || !(mean_b > 0.0) || !std::isfinite(mean_a) || !std::isfinite(mean_b)) return e;
  e.samples = e.groups = a.size();
  e.value = mean_b / mean_a;
  if (a.size() < 2) return e;
  const double t = two_sided_student(confidence, static_cast<double>(a.size()) - 1.0);
  const RatioSet set = fieller(over_mean(a, mean_a), over_mean(b, mean_b), t);
  e.low = e.value * set.low;
  e.high = e.value * set.high;
  e.converged = std::isfinite(set.high);
  return e;
}

namespace {

double variance_of(std::span<const double> values) {
  return moments(values).variance_of_mean * static_cast<double>(values.size());
}

/// The order of how often each side is infinite, by the replications in which one side alone is.
Order order_of_infinite(std::uint64_t a_alone, std::uint64_t b_alone, double confidence) {
  const std::uint64_t fewer = std::min(a_alone, b_alone);
  const double tail = binomial_cdf(static_cast<double>(fewer), static_cast<double>(a_alone + b_alone), 0.5);
  if (a_alone == b_alone || 2.0 * tail > 1.0 - confidence) return Order::kUndecided;
  return a_alone > b_alone ? Order::kLess : Order::kGreater;
}

}  // namespace

PairedComparison compare_pairs(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() != b.size()) throw std::invalid_argument("paired comparison: the two sides differ in length");
  PairedComparison c;
  c.correlation = c.variance_ratio = std::numeric_limits<double>::quiet_NaN();
  c.difference.confidence = confidence;
  bool infinite = false;
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool inf_a = std::isinf(a[i]);
    const bool inf_b = std::isinf(b[i]);
    c.missing += std::isnan(a[i]) || std::isnan(b[i]) ? 1 : 0;
    c.infinite_a += inf_a && std::isfinite(b[i]) ? 1 : 0;
    c.infinite_b += inf_b && std::isfinite(a[i]) ? 1 : 0;
    infinite = infinite || inf_a || inf_b;
    differences.push_back(b[i] - a[i]);
  }
  if (c.missing > 0) return c;
  if (infinite) {
    c.order = order_of_infinite(c.infinite_a, c.infinite_b, confidence);
    return c;
  }
  c.difference = paired_difference(b, a, confidence);
  if (a.size() < 2) return c;
  const double of_a = variance_of(a);
  const double of_b = variance_of(b);
  const double of_difference = variance_of(differences);
  if (of_a + of_b > 0.0) c.variance_ratio = (of_a + of_b) / of_difference;
  if (varies(mean_of(a), std::sqrt(of_a)) && varies(mean_of(b), std::sqrt(of_b)))
    c.correlation = std::clamp((of_a + of_b - of_difference) / 2.0 / std::sqrt(of_a * of_b), -1.0, 1.0);
  // Two differences may be alike by chance, which would pass for certainty; constants are alike by their nature.
  const bool enough = a.size() > 2 || (of_a == 0.0 && of_b == 0.0);
  if (enough && c.difference.low > 0.0) c.order = Order::kGreater;
  if (enough && c.difference.high < 0.0) c.order = Order::kLess;
  if (std::all_of(differences.begin(), differences.end(), [](double d) { return d == 0.0; })) {
    c.order = Order::kSame;
  } else {
    c.needed = replications_for_absolute(differences, std::abs(c.difference.value), confidence);
  }
  return c;
}

std::uint64_t fewest_infinite_pairs(double confidence) {
  std::uint64_t pairs = 1;
  while (order_of_infinite(0, pairs, confidence) == Order::kUndecided) ++pairs;
  return pairs;
}

}  // namespace twinvoice::measure
