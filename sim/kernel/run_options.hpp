// What a run of the kernel is told, why it comes back, and what it counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "sim/kernel/event_list.hpp"

namespace twinvoice::kernel {

/// What a run may be told beside its Plan.
struct RunOptions {
  std::uint64_t seed = 1;
  std::uint64_t replication = 0;
  EventListMode event_list = EventListMode::kFast;
  bool request_log = false;                      ///< keep one record per decided request
  const std::atomic<bool>* stop_flag = nullptr;  ///< set by a signal handler: end early, marked incomplete
};

/// Why run_until came back.
enum class Stop : std::uint8_t {
  kBound,     ///< everything before the bound has happened
  kFlag,      ///< the stop flag was set
  kEvents,    ///< the budget of events is used up
  kFrames,    ///< too many frames in flight (overload): the memory budget is used up
  kInstant,   ///< a million events in one instant: a loop that takes no time
  kNetwork,   ///< a path was cut or mended at this instant and watch_network is on
  kLog,       ///< something happened to a log that is watched (watch_log)
  kAnswered,  ///< the measured time is over and the last of its requests has been decided
};
[[nodiscard]] std::string stop_text(Stop stop);

/// Totals that must balance when a run ends.
struct Counts {
  std::uint64_t events = 0, hops = 0;
  std::uint64_t arrived = 0, succeeded = 0, failed = 0;
  std::uint64_t frames_created = 0, frames_returned = 0, frames_failed = 0, frames_cancelled = 0,
                frames_orphaned = 0;
  std::uint64_t jobs_emitted = 0, jobs_completed = 0, jobs_dead = 0;
  std::uint64_t tokens_acquired = 0, tokens_released = 0;
  std::uint64_t late = 0;    ///< replies that nobody waited for any more
  std::uint64_t resent = 0;  ///< messages lost and sent again
  std::uint64_t commits = 0, duplicates = 0, split_brain = 0;
};

}  // namespace twinvoice::kernel
