// Confidence intervals for quantiles: from histograms per slice, from replications, from independent values.
#pragma once

#include <span>
#include <vector>

#include "sim/measure/estimate.hpp"
#include "sim/measure/groups.hpp"
#include "sim/measure/histogram.hpp"

namespace twinvoice::measure {

/// Bucket counts of the consecutive slices of one replication, on the LogLinear grid.
using SliceCounts = std::vector<std::span<const std::uint64_t>>;

/// Quantile `q` in (0, 1) of correlated values, in ns, by inversion (Francisco & Fuller 1991): a value is in
/// while the interval of the share above it, made from that share's own groups (choose_groups) by the beta
/// law of share_interval, holds 1 - q. Far out fewer bad spells make it; both ends reckon with that. No bias
/// from short batches, unlike batch quantiles, and the two arms differ as the density does. `high` is
/// infinite, or `low` 0, when even the outermost values are in; `converged` asks for 10 effective values
/// beyond the quantile. `pooled` holds all the slices together.
[[nodiscard]] Estimate quantile_interval_ns(const Histogram& pooled,
                                            std::span<const SliceCounts> replications, double q,
                                            double confidence = 0.95, Faults faults = Faults::kNone);

/// Quantile of independent values by order statistics, distribution-free (David & Nagaraja 2003, 7.1); sorts
/// a copy. An end that no order statistic can hold at this confidence is infinite.
[[nodiscard]] Estimate order_statistic_interval(std::vector<double> values, double q,
                                                double confidence = 0.95);

}  // namespace twinvoice::measure
