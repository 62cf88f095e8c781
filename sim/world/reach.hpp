// Where a sensor is read: what a procedure must be able to reach to see its value.
#pragma once

#include "sim/plan/plan.hpp"

namespace twinvoice::world {

/// Place of a sensor, by its row in sim/plan/vocabulary/sensors.def; `leader` is where the log's leader is. Invalid: it is known
/// everywhere (the kernel's own answer tells about reachability, or it is configuration).
[[nodiscard]] plan::LocationId place_of(const plan::Plan& plan, const plan::Sensor& sensor,
                                        plan::LocationId leader);

}  // namespace twinvoice::world
