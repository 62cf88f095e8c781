// The state a run starts with where it is not empty: the `initial` of an experiment. Warmth of caches is in Cell::initial.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// Tokens taken at time 0 by nobody in this run and never given back (a leak; connections of a neighbour). They count
/// as held. With connections they are open and in use.
struct InitialTokens {
  PoolId pool;
  std::uint32_t held = 0;
};

/// Jobs at a station at time 0, in the queue or in service as its discipline says, before any arrival. They belong to no
/// request: no frame, no ledger entry; each leaves the station when its demand is done. The demand of job k is drawn
/// from `law` with `purpose`, frame root_frame(hash_name(station name), k). They are of the most urgent class, find a place
/// in any queue, have no patience, and may be dropped for newer work or lost with their instance.
struct InitialJobs {
  StationId station;
  std::uint32_t jobs = 0;
  LawId law;
  std::uint64_t purpose = 0;
};

/// Where a log stands at time 0 at one location: appended there if it leads, else applied there. Absent rows are 0. What a
/// follower lacks was committed at time 0; these records are backlog to be sent and belong to no request.
struct InitialPosition {
  LogId log;
  std::uint32_t shard = 0;
  LocationId location;
  std::int64_t position = 0;
};

struct InitialState {
  std::vector<InitialTokens> tokens;       ///< sorted by pool
  std::vector<InitialJobs> jobs;           ///< sorted by station
  std::vector<InitialPosition> positions;  ///< sorted by (log, shard, location)
};

}  // namespace twinvoice::plan
