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
      return static_cast<double>(log_position(t, sensor.location.value, sensor.extra, true));
    case plan::SensorKind::kLogReceived:
      return static_cast<double>(log_position(t, sensor.location.value, sensor.extra, false));
    case plan::SensorKind::kLogBacklogBytes: {
      const std::int64_t has = log_position(t, sensor.location.value, sensor.extra, false);
      return static_cast<double>(logs_[t].shards[sensor.extra].appended() - has) * plan_.logs[t].record_bytes;
    }
    case plan::SensorKind::kLogTakesPart: {
      const LogState& log = logs_[t];
      const LogPlace& place = log.places[sensor.location.index()];
      const bool ships = sensor.location.value == log.leader && place.up && !place.empty;
      return ships || follows(log, sensor.location.value) ? 1.0 : 0.0;
    }
    case plan::SensorKind::kLogLeader: return logs_[t].leader;
    case plan::SensorKind::kLogEpoch: return logs_[t].epoch;
    case plan::SensorKind::kLogPaused: return logs_[t].paused ? 1.0 : 0.0;
    case plan::SensorKind::kReachable: return path_open(plan::LocationId(t), sensor.location) ? 1.0 : 0.0;
  }
  return 0.0;
}

}  // namespace twinvoice::kernel
