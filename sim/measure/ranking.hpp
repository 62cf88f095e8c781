// The order of many designs after the runs, and which of them may still be the best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// Values of one figure: [design][replication]; the same replication of two designs shares its random numbers or is independent.
using DesignValues = std::span<const std::vector<double>>;

struct Rank {
  std::size_t design = 0;
  double mean = 0.0;           ///< infinite or NaN as the values make it
  std::uint64_t infinite = 0;  ///< replications whose value is infinite
  Estimate behind;             ///< worse than the first of the ranking by so much; 0 for the first itself
  std::optional<std::size_t>
      beaten_by;  ///< a design that is better, as sure as the ranking says; absent: may be the best
};

struct Ranking {
  /// Best mean first; then infinite ones, by the share of infinite replications and by the mean of the others; then missing ones.
  std::vector<Rank> order;
  std::optional<std::size_t> winner;  ///< the only one that may be the best; absent when there are several
  double each = 0.95;                 ///< confidence of the single intervals
};

/// Orders by mean and keeps as possibly best whoever no other one beats: paired differences, one-sided at (1 - confidence) / (k - 1),
/// so that the true best is kept with probability >= confidence (screening of Nelson, Swann, Goldsman & Song, Operations
/// Research 49, 2001). Two designs are compared over the replications that both have; infinite values as in compare_pairs; a
/// design with a missing value stays possible.
[[nodiscard]] Ranking rank_designs(DesignValues values, bool minimise, double confidence = 0.95);

}  // namespace twinvoice::measure
