// Confidence intervals for quantiles: from histograms per slice, from replications, from independent values.
#pragma once

#include <span>
#include <vector>

#include "sim/measure/estimate.hpp"
#include "sim/measure/histogram.hpp"

namespace twinvoice::measure {

/// Bucket counts of the consecutive slices of one replication, on the LogLinear grid.
using SliceCounts = std::vector<std::span<const std::uint64_t>>;

/// Quantile `q` in (0, 1) of correlated values, in ns, by inversion (Woodruff 1952): the share of values
/// above the pooled quantile has a known error from the groups (choose_groups), and the quantiles at the ends
/// of that share's interval (share_interval's beta law) are the ends here. No bias from short batches, unlike
/// batch quantiles, and the two arms differ as the density does. When the data cannot bound the quantile
/// above (fewer than 5 effective values beyond it) `high` is infinite and `converged` false; likewise `low`
/// is 0 below. `pooled` holds all the slices together.
[[nodiscard]] Estimate quantile_interval_ns(const Histogram& pooled,
                                            std::span<const SliceCounts> replications, double q,
                                            double confidence = 0.95);

/// Quantile of independent values by order statistics, distribution-free (David & Nagaraja 2003, 7.1); sorts
/// a copy. An end that no order statistic can hold at this confidence is infinite.
[[nodiscard]] Estimate order_statistic_interval(std::vector<double> values, double q,
                                                double confidence = 0.95);

}  // namespace twinvoice::measure
