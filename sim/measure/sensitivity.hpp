// Which uncertain input a figure owes its spread to: variance-based sensitivity indices.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// One row of a Saltelli design: two independent points A and B of the space of the axes, and for each axis the point A with
/// that axis taken from B. Each is the figure over the replications of that cell, at least one; the same replication of all the
/// cells may share its random numbers.
struct SaltelliRow {
  std::span<const double> a, b;
  std::vector<std::span<const double>> mixed;  ///< [axis]
};

/// Shares of the variance of the expected figure, between 0 and 1.
struct SobolIndex {
  Estimate first;  ///< through this axis alone: what fixing it would take away
  Estimate total;  ///< with all its interactions: what is left when everything else is fixed
};

struct Sensitivity {
  std::vector<SobolIndex> axes;
  double variance = 0.0;       ///< of the expected figure over the design; NaN when it cannot be told
  std::size_t not_finite = 0;  ///< rows with a value that is not finite: then there are no indices
};

/// First-order indices by Saltelli et al. 2010 (table 2, b), total ones by Jansen 1999 (their f), with values centred within
/// each replication:
///
///   first_i = mean(B (AB_i - A)) / V       total_i = mean((A - AB_i)^2) / 2 / V       V = variance over the points A and B
///
/// Products of means carry the noise of the replications, which counts as if it were spread between cells; with two
/// replications or more it is taken out of every product, mean(x) mean(y) - sum(e_x e_y) / (n (n - 1)), whether the cells share
/// their random numbers or not. All cells use the number of replications that each has. Intervals: Student's t with the variance
/// of the jackknife over the rows plus that of the jackknife over the replications (cells that share random numbers share what
/// is peculiar to these replications, which no number of rows averages out), degrees of freedom by Satterthwaite. Of one
/// replication alone the second is not known: the intervals then hold for the figure with these very random numbers. Where a variance
/// cannot be told, or nothing varied, the interval is [0, 1], not converged. For rows
/// of a low-discrepancy sequence they are wider than needed.
/// Throws std::invalid_argument when rows have different numbers of axes.
[[nodiscard]] Sensitivity sobol_indices(std::span<const SaltelliRow> rows, double confidence = 0.95);

}  // namespace twinvoice::measure
