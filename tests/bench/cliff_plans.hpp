// Inputs on which an engine falls off a cliff when something in it is quadratic, in a size that is chosen.
#pragma once

#include <cstdint>

#include "sim/plan/plan.hpp"

namespace twinvoice::bench {

/// `requests` that are all served when the way back is cut, so that their answers are held and come at one instant.
[[nodiscard]] plan::Plan plan_of_answers_held(std::uint32_t requests);

/// A component of so many replicas, all of which die in one instant and come back in another. No requests.
[[nodiscard]] plan::Plan plan_of_dying_replicas(std::uint32_t replicas);

}  // namespace twinvoice::bench
