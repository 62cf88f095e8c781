#include "sim/measure/comparison.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "sim/measure/distributions.hpp"
#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

namespace {

struct Moments {
  double mean = 0.0;
  double variance_of_mean = 0.0;
};

Moments moments(std::span<const double> values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) m.mean += v / n;
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
    double difference = 0.0;
    for (const double v : a) difference += v / static_cast<double>(a.size());
    for (const double v : b) difference -= v / static_cast<double>(b.size());
    e.value = difference;
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

}  // namespace twinvoice::measure
