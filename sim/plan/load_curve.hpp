// How the work of a run is spread over its time, known before it is played: its expected arrivals.
#pragma once

#include "sim/base/time.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::plan {

/// Requests that the sources of the Plan are expected to submit before `at_ns`, as their loads say: without what faults do to rates. A
/// closed load counts as its users, each with a request for each mean time to think (1 ms at least).
[[nodiscard]] double expected_arrivals(const Plan& plan, Nanos at_ns);

/// Share of the arrivals up to the horizon that are expected before `at_ns`, in [0, 1]; of the time where none are expected.
[[nodiscard]] double expected_share(const Plan& plan, Nanos at_ns);

}  // namespace twinvoice::plan
