#include "sim/world/reach.hpp"

namespace twinvoice::world {

plan::LocationId place_of(const plan::Plan& plan, const plan::Sensor& sensor, plan::LocationId leader) {
  switch (plan::row_of(sensor.kind).stands_at) {
    case plan::SensorPlace::kClients: return plan.operations[sensor.target].from;
    case plan::SensorPlace::kInstanceOfPool:
      return plan.instances[plan.pools[sensor.target].instance.index()].location;
    case plan::SensorPlace::kInstanceOfStation:
      return plan.instances[plan.stations[sensor.target].instance.index()].location;
    case plan::SensorPlace::kLocation: return sensor.location;
    case plan::SensorPlace::kLeader: return leader;
    case plan::SensorPlace::kAnywhere: return {};
  }
  return {};
}

}  // namespace twinvoice::world
