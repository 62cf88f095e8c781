// From the batches of one or more replications to the estimates of a report.
#pragma once

#include <span>

#include "sim/measure/batches.hpp"
#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// The batches of one operation, one entry a replication. Replications count as independent; fewer than 10 of
/// them pool their batches (see choose_groups).
using Replications = std::span<const Batches* const>;

/// Share of requests that failed, over requests decided in the window: request-level unavailability.
[[nodiscard]] Estimate failure_share(Replications runs, double confidence = 0.95);
/// Share of the volume that failed: volume-weighted unavailability.
[[nodiscard]] Estimate failed_volume_share(Replications runs, double confidence = 0.95);
/// Mean latency of successful requests, in seconds.
[[nodiscard]] Estimate mean_latency_s(Replications runs, double confidence = 0.95);
/// Latency quantile of successful requests, q in (0, 1), in seconds.
[[nodiscard]] Estimate latency_quantile_s(Replications runs, double q, double confidence = 0.95);
/// Successful requests a second.
[[nodiscard]] Estimate throughput_per_s(Replications runs, double confidence = 0.95);
/// Time average of a step function (utilisation, queue length), in its own unit.
[[nodiscard]] Estimate time_mean(std::span<const TimeSlices* const> runs, double confidence = 0.95);

}  // namespace twinvoice::measure
