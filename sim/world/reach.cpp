#include "sim/world/reach.hpp"

namespace twinvoice::world {

plan::LocationId place_of(const plan::Plan& plan, const plan::Sensor& sensor, plan::LocationId leader) {
  switch (sensor.kind) {
    case plan::SensorKind::kArrived:
    case plan::SensorKind::kSucceeded:
    case plan::SensorKind::kFailed:
    case plan::SensorKind::kInFlight:
    case plan::SensorKind::kLatencySumS: return plan.operations[sensor.target].from;
    case plan::SensorKind::kPoolHeld:
    case plan::SensorKind::kPoolWaiting:
      return plan.instances[plan.pools[sensor.target].instance.index()].location;
    case plan::SensorKind::kStationBusy:
    case plan::SensorKind::kStationQueue:
      return plan.instances[plan.stations[sensor.target].instance.index()].location;
    case plan::SensorKind::kReplicationLagS:
    case plan::SensorKind::kLogPosition:
    case plan::SensorKind::kLogReceived: return sensor.location;
    case plan::SensorKind::kLogBacklogBytes: return leader;
    case plan::SensorKind::kInstanceUp:
    case plan::SensorKind::kLogTakesPart:
    case plan::SensorKind::kLogLeader:
    case plan::SensorKind::kLogEpoch:
    case plan::SensorKind::kLogPaused:
    case plan::SensorKind::kReachable: return {};
  }
  return {};
}

}  // namespace twinvoice::world
