// Many runs of one Plan: replications side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/world/run.hpp"
#include "sim/world/workers.hpp"

namespace twinvoice::world {

/// The error of what was not begun before a stop.
inline constexpr const char* kNotStarted = "not started";

/// One replication, or why there is none.
struct Replication {
  std::string error;  ///< empty: `result` is there
  RunResult result;
};

/// The bytes in which a worker sends a result, and back. decode throws wire::Malformed.
[[nodiscard]] std::vector<std::byte> encode_result(const RunResult& result);
[[nodiscard]] RunResult decode_result(std::span<const std::byte> bytes);

/// The settings with stop flag and progress of a worker.
[[nodiscard]] RunSettings seated(RunSettings settings, const Seat& seat);

/// Starts replication `settings.options.replication` in `pool` as its job of that number, as WorkerPool::start does. Stop flag
/// and progress of the settings are replaced by the worker's own.
bool start_replication(WorkerPool& pool, const plan::Plan& plan, const RunSettings& settings);
/// What an Outcome of start_replication holds.
[[nodiscard]] Replication to_replication(const Outcome& outcome);

/// Takes a replication as soon as it has ended.
using Ended = std::function<void(std::uint64_t replication, Replication)>;

/// Runs replications [first, first + count) in workers and hands each over when it has ended, in the order in which they end. After
/// a stop those under way come incomplete, those not begun do not come.
void run_replications(const plan::Plan& plan, const RunSettings& settings, std::uint64_t first,
                      std::uint64_t count, const PoolOptions& options, const Ended& ended);

/// Runs replications [first, first + count) in workers; results in their order, whichever ends first. After a stop those
/// under way come back incomplete, those not begun with the error kNotStarted.
[[nodiscard]] std::vector<Replication> run_replications(const plan::Plan& plan, const RunSettings& settings,
                                                        std::uint64_t first, std::uint64_t count,
                                                        const PoolOptions& options);

}  // namespace twinvoice::world
