// Sensors: reading the present instant without changing it.
#include "sim/kernel/engine.hpp"

namespace twinvoice::kernel {

double Engine::sense(const plan::Sensor& sensor) const {
  const std::uint32_t t = sensor.target;
  switch (sensor.kind) {
    case plan::SensorKind::kArrived: return static_cast<double>(ledger_.seen(t).all.arrived);
    case plan::SensorKind::kSucceeded: return static_cast<double>(ledger_.seen(t).all.succeeded);
    case plan::SensorKind::kFailed: return static_cast<double>(ledger_.seen(t).all.failed);
    case plan::SensorKind::kInFlight: return static_cast<double>(ledger_.seen(t).all.unanswered());
    case plan::SensorKind::kLatencySumS: return static_cast<double>(ledger_.seen(t).latency_sum_ns) * 1e-9;
    case plan::SensorKind::kInstanceUp: {
      const InstanceState& instance = instances_[t];
      const bool reached =
          !sensor.location.valid() || (path_open(sensor.location, plan::LocationId(instance.location)) &&
                                       path_open(plan::LocationId(instance.location), sensor.location));
      return reached && !instance.down && !instance.paused ? 1.0 : 0.0;
    }
    case plan::SensorKind::kPoolHeld: return pools_[t].held;
    case plan::SensorKind::kPoolWaiting: return pools_[t].waiting;
    case plan::SensorKind::kStationBusy: return stations_[t].busy;
    case plan::SensorKind::kStationQueue: return stations_[t].queued;
    case plan::SensorKind::kReplicationLagS: return replication_lag_s(t, sensor.location);
    case plan::SensorKind::kLogPosition:
    case plan::SensorKind::kLogBacklogBytes: {
      const LogState& log = logs_[t];
      const LogShard& shard = log.shards[sensor.extra];
      const bool leads = sensor.location.value == log.leader;
      const std::int64_t position = leads ? shard.appended : shard.applied[sensor.location.index()];
      if (sensor.kind == plan::SensorKind::kLogPosition) return static_cast<double>(position);
      return static_cast<double>(shard.appended - position) * plan_.logs[t].record_bytes;
    }
    case plan::SensorKind::kLogLeader: return logs_[t].leader;
    case plan::SensorKind::kLogEpoch: return logs_[t].epoch;
    case plan::SensorKind::kLogPaused: return any_of(plan::Knob::kLogPaused, t) ? 1.0 : 0.0;
    case plan::SensorKind::kReachable: return path_open(plan::LocationId(t), sensor.location) ? 1.0 : 0.0;
  }
  return 0.0;
}

double Engine::replication_lag_s(std::uint32_t l, plan::LocationId location) const {
  Nanos oldest = kNever;
  for (const LogShard& shard : logs_[l].shards) {
    const std::int64_t next = shard.applied[location.index()] + 1 - shard.first;
    if (location.value == logs_[l].leader || next < 0 || next >= static_cast<std::int64_t>(shard.count))
      continue;
    const LogEntry& entry =
        shard.ring[(shard.head + static_cast<std::size_t>(next)) & (shard.ring.size() - 1)];
    oldest = std::min(oldest, entry.commit_ns);
  }
  return oldest == kNever ? 0.0 : to_seconds(now_ - oldest);
}

}  // namespace twinvoice::kernel
