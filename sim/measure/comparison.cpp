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

Estimate paired_ratio(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() != b.size()) throw std::invalid_argument("paired ratio: the two sides differ in length");
  Estimate e;
  e.confidence = confidence;
  e.method = fmt::format("{} pairs, jackknife of the logarithm t", a.size());
  double sum_a = 0.0;
  double sum_b = 0.0;
  for (const double v : a) sum_a += v;
  for (const double v : b) sum_b += v;
  if (!(sum_a > 0.0) || !(sum_b > 0.0) || !std::isfinite(sum_a) || !std::isfinite(sum_b)) return e;
  e.samples = e.groups = a.size();
  e.value = sum_b / sum_a;
  if (a.size() < 2) return e;
  const auto n = static_cast<double>(a.size());
  const double whole = std::log(e.value);
  std::vector<double> pseudo;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double without_a = sum_a - a[i];
    const double without_b = sum_b - b[i];
    // One replication holds everything that was seen of a side: nothing bounds the ratio.
    if (!(without_a > 0.0) || !(without_b > 0.0)) return e;
    pseudo.push_back(n * whole - (n - 1.0) * std::log(without_b / without_a));
  }
  const Estimate log_ratio = student_interval(pseudo, confidence);
  e.value = std::exp(log_ratio.value);
  e.low = std::exp(log_ratio.low);
  e.high = std::exp(log_ratio.high);
  e.converged = true;
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

}  // namespace twinvoice::measure
