// The faults of one replication: when each of them begins, and the turns that this gives.
//
//   a fault whose target is "each" is one fault a target, and a replication plays one of them (Plan::variants)
//   begin of a fault = a draw from its law, once, keyed by the fault's name and nothing else; without a law its at_ns
//   every turn of a fault = as it stands in Plan::turns, as much later as the fault begins after its at_ns
//
// Both engines read the turns here: what must be independent in them is what a turn does.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/plan.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::plan {

/// By fault. What begins at or after the horizon does not happen; kNever: the replication does not play it.
[[nodiscard]] std::vector<Nanos> fault_begins(const Plan& plan, random::Stream stream,
                                              std::uint64_t replication);

/// The end of a fault that begins at `begin_ns`; kNever: for good.
[[nodiscard]] Nanos fault_end(const Fault& fault, Nanos begin_ns);

/// Whether the turns of two replications may differ.
[[nodiscard]] bool draws_faults(const Plan& plan);

/// Plan::turns with the faults beginning at `begins_ns`, sorted like those: by time, rung and fault, then as written. Turns of
/// no fault stay where they are.
[[nodiscard]] std::vector<Turn> turns_of(const Plan& plan, const std::vector<Nanos>& begins_ns);

}  // namespace twinvoice::plan
