// From the batches of one or more replications to the estimates of a report.
#pragma once

#include <span>

#include "sim/measure/batches.hpp"
#include "sim/measure/estimate.hpp"
#include "sim/measure/groups.hpp"

namespace twinvoice::measure {

/// The batches of one operation, one entry a replication. Replications count as independent; fewer than 10 of
/// them pool their batches, unless there are planned faults (see choose_groups).
using Replications = std::span<const Batches* const>;

/// Share of requests that failed, over requests decided in the window: request-level unavailability.
[[nodiscard]] Estimate failure_share(Replications runs, double confidence = 0.95,
                                     Faults faults = Faults::kNone);
/// Share of the volume that failed: volume-weighted unavailability.
[[nodiscard]] Estimate failed_volume_share(Replications runs, double confidence = 0.95,
                                           Faults faults = Faults::kNone);
/// Mean latency of successful requests, in seconds. Made of integer nanoseconds, so that equal latencies give just theirs: touching a
/// bound is exact while all of them together are below 2^53 ns (104 days).
[[nodiscard]] Estimate mean_latency_s(Replications runs, double confidence = 0.95,
                                      Faults faults = Faults::kNone);
/// Latency quantile of successful requests, q in (0, 1), in seconds.
[[nodiscard]] Estimate latency_quantile_s(Replications runs, double q, double confidence = 0.95,
                                          Faults faults = Faults::kNone);
/// Successful requests a second.
[[nodiscard]] Estimate throughput_per_s(Replications runs, double confidence = 0.95,
                                        Faults faults = Faults::kNone);
/// Time average of a step function (utilisation, queue length), in its own unit.
[[nodiscard]] Estimate time_mean(std::span<const TimeSlices* const> runs, double confidence = 0.95,
                                 Faults faults = Faults::kNone);

}  // namespace twinvoice::measure
