// Where the start-up of a run ends: MSER-5.
#pragma once

#include <cstddef>
#include <span>

namespace twinvoice::measure {

/// Result of MSER-5 on a series of observations.
struct WarmUp {
  /// Observations to drop from the front (a multiple of 5).
  std::size_t observations = 0;
  /// The same in batches of 5.
  std::size_t batches = 0;
  /// Mean of the observations kept; 0 for an empty series.
  double mean = 0.0;
  /// Minimum of the statistic: sum of squared deviations of the kept batch means over the square of their
  /// number.
  double statistic = 0.0;
  /// False when the minimum lies in the last tenth of the search range or the series has fewer than 50
  /// observations: the run is too short to tell its start from its steady state.
  bool reliable = false;
};

/// Truncation point by White 1997 and White, Cobb & Spratt 2000: batches of 5, smallest statistic over the
/// first half of the batches, the earliest one among equals. A trailing incomplete batch takes no part in the
/// search.
[[nodiscard]] WarmUp mser5(std::span<const double> series);

}  // namespace twinvoice::measure
