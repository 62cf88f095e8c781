// A run of the kernel alone, as the program plays it.
#pragma once

#include "sim/kernel/engine.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::testing {

/// To the horizon, and from there on until what was open then is decided or has been followed for long enough.
inline void play_whole(kernel::Engine& engine, const plan::Plan& plan) {
  engine.run_until(plan.horizon_ns);
  engine.close(plan.horizon_ns);
  if (engine.follows()) engine.run_until(plan.end_ns());
}

}  // namespace twinvoice::testing
