// What the kernel knows of a replicated log: shards, places, the epochs that are over. logs.cpp and log_places.cpp change it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/kernel/state.hpp"

namespace twinvoice::kernel {

/// One shard of the log that leads, and how far its members are with it: of each, what it has is a beginning of it.
struct LogShard {
  std::int64_t initial = 0;                     ///< records that were there at the start: nobody's
  std::vector<std::uint32_t> facts;             ///< index in commits_ of the record at initial + 1 + i
  std::vector<std::int64_t> received, applied;  ///< per location; of the leader nothing is said
  std::vector<std::int64_t> heard;              ///< per location: what the leader knows that it has

  [[nodiscard]] std::int64_t appended() const { return initial + static_cast<std::int64_t>(facts.size()); }
};
/// A location as a log knows it.
struct LogPlace {
  std::uint32_t view = 0;  ///< who is taken for the leader here
  std::uint32_t led = 0;   ///< the last epoch that was led from here
  bool member = false;
  bool up = true;                        ///< a replica of the component is up here
  bool reachable = true;                 ///< for a caller that has work
  bool fencing = false;                  ///< ordered to be turned to the present leader, by fence_from
  bool empty = false;                    ///< what it had was destroyed, and it has no new copy yet
  bool copy_first = false;               ///< does not follow while it alone has records
  bool asynchronous = false;             ///< as a writer: does not wait for others any more
  std::uint32_t fence_from = kNil;       ///< location of who ordered it
  std::vector<std::int64_t> copy_until;  ///< per shard, while it is empty: a new copy reaches to here
};
/// An epoch that is over: who led it, and per shard how much of it survived and how far its leader has written.
struct LogBranch {
  std::uint32_t leader = 0;  ///< location
  std::vector<std::int64_t> kept;
  std::vector<std::int64_t> own;     ///< last position that only `leader` may have; kept: nothing
  std::vector<std::int64_t> merged;  ///< up to where that has been merged into the log
};
struct LogState {
  std::uint32_t leader = 0;  ///< location
  std::uint32_t epoch = 0;
  bool read_only = false;
  bool paused = false;                  ///< nothing is shipped
  bool watched = false, moved = false;  ///< see Engine::watch_log
  std::vector<LogShard> shards;
  std::vector<LogPlace> places;                                     ///< per location
  std::vector<std::uint32_t> members;                               ///< locations
  std::vector<LogBranch> branches;                                  ///< per ended epoch
  std::vector<std::uint32_t> calling_instances, calling_locations;  ///< who calls the component
  List waiters;                                                     ///< frames in kCommitting, oldest first
};

}  // namespace twinvoice::kernel
