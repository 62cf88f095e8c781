// Several futures of one history: a run goes to an instant once, and from there on in as many copies as there are futures.
//
//   for each history (a replication), in a worker: run to the instant
//     for each future: fork; the copy takes its new draws, turns and orders, runs to the horizon and sends its result
//     the history itself ends there
//
//   Failure policy: as that of WorkerPool. When a history fails before the instant, all its futures have that error. Errors
//   call a future "the future of history 3" (kSame) or "future 2 of history 0" (kFresh), after its branch, from 0. A stop ends
//   the futures that run; those not begun have the error kNotStarted.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/plan/turns.hpp"
#include "sim/world/replications.hpp"

namespace twinvoice::world {

/// How a future goes on from the fork.
enum class FutureMode {
  kSame,   ///< with the draws of the history: policies compared under one future
  kFresh,  ///< with new draws: another future of the same history
};
struct Future {
  FutureMode mode = FutureMode::kSame;
  std::uint64_t branch = 0;       ///< kFresh: which one, from 1
  std::vector<plan::Turn> turns;  ///< what is done differently, at their own times from the fork on
  std::vector<Order> orders;      ///< procedures that are told to begin, likewise
};

/// The futures of replications [first, first + count): result [i][j] is future j of replication first + i. Workers are spread
/// over the histories, and what is left over the futures of each. The progress of a history runs to
/// at_ns + futures x (horizon - at_ns). Under AddressSanitizer each future is run from the start.
/// cpu_s and wall_s of a future are of its history and of itself.
[[nodiscard]] std::vector<std::vector<Replication>> run_futures(const plan::Plan& plan,
                                                                const RunSettings& settings, Nanos at_ns,
                                                                const std::vector<Future>& futures,
                                                                std::uint64_t first, std::uint64_t count,
                                                                const PoolOptions& options);

}  // namespace twinvoice::world
