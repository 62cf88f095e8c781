// Where a sensor is read: what a procedure must be able to reach to see its value.
#pragma once

#include "sim/plan/plan.hpp"

namespace twinvoice::world {

/// Place of a sensor. Invalid: it is known everywhere (the kernel's own answer tells about reachability, or it is
/// configuration).
///
///   operation figures       where its clients are
///   pools and stations      the location of their replica
///   log position and lag    the location asked about, which is where they are measured
///   log backlog             the leader's location (`leader`)
///   instance up, reachable  known everywhere: the value itself is what a probe finds out
///   leader, epoch, paused   known everywhere: configuration
[[nodiscard]] plan::LocationId place_of(const plan::Plan& plan, const plan::Sensor& sensor,
                                        plan::LocationId leader);

}  // namespace twinvoice::world
