// When a campaign has run enough replications: pure functions of the estimates so far.
#pragma once

#include <cstdint>
#include <span>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// How narrow an interval has to be; a target of 0 is not asked for. Both asked for: either suffices (an
/// absolute floor keeps values near 0 from running for ever).
struct Precision {
  double relative_half_width = 0.0;
  double absolute_half_width = 0.0;
};

/// Whether a converged estimate is as narrow as asked. A precision without any target is met by any converged
/// one.
[[nodiscard]] bool precise_enough(const Estimate& estimate, const Precision& wanted);

enum class Stop { go_on, precise, budget };

/// Sequential rule: stop at `most` replications (budget), or from `least` on once precise enough. Looking
/// after every replication stops on lucky narrow intervals and loses coverage; `least` >= 10 keeps that loss
/// under a percent.
[[nodiscard]] Stop should_stop(const Estimate& estimate, const Precision& wanted, std::uint64_t done,
                               std::uint64_t least, std::uint64_t most);

/// Replications for a wanted relative half-width, from a pilot: ceil((t s / (wanted |mean|))^2) with the
/// pilot's t (two-stage rule, Law 9.4.1); never fewer than the pilot. 0 when the pilot cannot tell: fewer
/// than two values or mean 0.
[[nodiscard]] std::uint64_t replications_for_relative(std::span<const double> pilot, double wanted,
                                                      double confidence = 0.95);
/// The same for an absolute half-width, in the unit of the values.
[[nodiscard]] std::uint64_t replications_for_absolute(std::span<const double> pilot, double wanted,
                                                      double confidence = 0.95);

}  // namespace twinvoice::measure
