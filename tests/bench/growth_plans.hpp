// Plans that differ in one size alone.
#pragma once

#include <cstdint>

#include "sim/base/time.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::bench {

/// So many requests in flight on average, in services of 1 s on average at a station where nobody waits; each request has
/// sixteen of them, one after the other.
[[nodiscard]] plan::Plan plan_in_flight(std::uint32_t requests, Nanos horizon_ns);

/// So many components (a multiple of ten that divides 2 000), shared out among ten operations. Whatever their number, a
/// request makes 200 calls, to the components of its operation in turn, and there are 10 000 calls a second.
[[nodiscard]] plan::Plan plan_of_components(std::uint32_t components, Nanos horizon_ns);

/// Processor time per event of a Plan in the kernel, in ns, after `warm_up_ns`.
[[nodiscard]] double ns_per_event(const plan::Plan& plan, Nanos warm_up_ns);

}  // namespace twinvoice::bench
