// Sensors: the observables that procedures and expectations may read while the world runs.
#pragma once

#include <cstdint>

#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// Values are instantaneous or cumulative; a procedure forms rates by reading twice.
enum class SensorKind : std::uint8_t {
  kArrived,       ///< operation: requests submitted so far
  kSucceeded,     ///< operation: requests decided as success so far
  kFailed,        ///< operation: requests decided as failure so far
  kInFlight,      ///< operation: requests not yet decided
  kLatencySumS,   ///< operation: sum of the latencies of successful requests so far, in seconds
  kInstanceUp,    ///< instance: 1 when a probe sent from `location` now would be answered, else 0
  kPoolHeld,      ///< pool: tokens in use
  kPoolWaiting,   ///< pool: frames waiting for a token
  kStationBusy,   ///< station: jobs in service
  kStationQueue,  ///< station: jobs waiting
  kReplicationLagS,  ///< log, `location`: age of the oldest record not applied there, 0 when it has all, in seconds
  kLogPosition,  ///< log, `location`: applied position (the leader's own location: appended position), shard `extra`
  kLogReceived,      ///< log, `location`: as kLogPosition, but received, applied or not
  kLogBacklogBytes,  ///< log, `location`: bytes appended and not yet received there, shard `extra`
  kLogTakesPart,  ///< log, `location`: 1 while its leader there can ship, or what is shipped there is written down
  kLogLeader,        ///< log: location id of the current leader
  kLogEpoch,         ///< log: writer epoch
  kLogPaused,        ///< log: 1 while a fault has paused its replication stream
  kReachable,        ///< location pair (`target` from, `location` to): 1 when a message would pass now
};

struct Sensor {
  SensorKind kind = SensorKind::kArrived;
  std::uint32_t target = 0;
  LocationId location;
  std::uint32_t extra = 0;
  friend constexpr auto operator<=>(const Sensor&, const Sensor&) = default;
};

}  // namespace twinvoice::plan
