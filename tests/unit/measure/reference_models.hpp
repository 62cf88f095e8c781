// Small independent models with known answers, for coverage tests of intervals. They share nothing with the
// engine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace twinvoice::measure {

/// Variates from mt19937_64 bits by inversion and Box-Muller, the same on every platform up to libm's last
/// digit.
class Reference {
 public:
  explicit Reference(std::uint64_t seed) : bits_(seed) {}
  /// In (0, 1), 53 bits.
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; }
  double exponential(double mean) { return -mean * std::log(uniform()); }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()); }

 private:
  std::mt19937_64 bits_;
};

/// M/M/1 with service rate 1 started empty: sojourn times of the first customers by Lindley's recursion, with
/// their arrival times.
struct Queue {
  std::vector<double> arrival;
  std::vector<double> sojourn;
};
inline Queue mm1(Reference& r, double rho, std::size_t customers) {
  Queue q;
  q.arrival.reserve(customers);
  q.sojourn.reserve(customers);
  double at = 0.0;
  double sojourn = 0.0;
  for (std::size_t i = 0; i < customers; ++i) {
    const double gap = r.exponential(1.0 / rho);
    at += gap;
    sojourn = std::max(0.0, sojourn - gap) + r.exponential(1.0);
    q.arrival.push_back(at);
    q.sojourn.push_back(sojourn);
  }
  return q;
}

/// Counts how many intervals hold the truth.
struct Coverage {
  explicit Coverage(double true_value) : truth(true_value) {}
  double truth;
  int hits = 0;
  int runs = 0;
  template <typename Estimate>
  void add(const Estimate& e) {
    ++runs;
    hits += e.low <= truth && truth <= e.high ? 1 : 0;
  }
  [[nodiscard]] double share() const { return static_cast<double>(hits) / runs; }
};

}  // namespace twinvoice::measure
