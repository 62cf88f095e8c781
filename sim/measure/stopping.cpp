#include "sim/measure/stopping.hpp"

#include <algorithm>
#include <cmath>

#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

bool precise_enough(const Estimate& estimate, const Precision& wanted) {
  if (!estimate.converged || estimate.samples == 0) return false;
  if (wanted.relative_half_width <= 0.0 && wanted.absolute_half_width <= 0.0) return true;
  if (wanted.relative_half_width > 0.0 && estimate.relative_half_width() <= wanted.relative_half_width)
    return true;
  return wanted.absolute_half_width > 0.0 && estimate.half_width() <= wanted.absolute_half_width;
}

Stop should_stop(const Estimate& estimate, const Precision& wanted, std::uint64_t done, std::uint64_t least,
                 std::uint64_t most) {
  if (done >= least && precise_enough(estimate, wanted)) return Stop::precise;
  return done >= most ? Stop::budget : Stop::go_on;
}

std::uint64_t replications_for_absolute(std::span<const double> pilot, double wanted, double confidence) {
  if (pilot.size() < 2 || !(wanted > 0.0)) return 0;
  const Estimate e = student_interval(pilot, confidence);
  const double ratio = e.half_width() / wanted;
  const double needed = std::ceil(static_cast<double>(pilot.size()) * ratio * ratio - 1e-9);
  constexpr double kMost = 1e15;
  return std::max<std::uint64_t>(pilot.size(), static_cast<std::uint64_t>(std::min(needed, kMost)));
}

std::uint64_t replications_for_relative(std::span<const double> pilot, double wanted, double confidence) {
  if (pilot.size() < 2) return 0;
  return replications_for_absolute(pilot, wanted * std::abs(student_interval(pilot, confidence).value),
                                   confidence);
}

}  // namespace twinvoice::measure
