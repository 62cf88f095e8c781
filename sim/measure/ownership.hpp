// Which fault an interruption, a loss or an act of a procedure is to be blamed on.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/fault_span.hpp"
#include "sim/measure/interruption.hpp"

namespace twinvoice::measure {

/// Positions in the list of faults, ascending.
using FaultIndices = std::vector<std::size_t>;

/// The faults, all of which began before the horizon, that may be to blame for what began at `begin_ns` and
/// lasted until `end_ns` (kNever: to the end of the run): those in force or ended less than `hold_ns` ago
/// when it began, and those that began while it lasted. For an act of a procedure: the instant at which its
/// condition began to hold, as begin and end.
[[nodiscard]] FaultIndices candidate_faults(Nanos begin_ns, Nanos end_ns, std::span<const FaultSpan> faults,
                                            Nanos hold_ns);

/// What becomes of it when the replication is played again without one of its candidates.
struct Without {
  bool begins = true;            ///< it begins all the same, within the resolution of its begin
  bool ends_at_the_same = true;  ///< and ends at the same time, within the resolution of its end
};

struct Owners {
  FaultIndices faults;  ///< empty: no fault is to blame
  [[nodiscard]] bool shared() const { return faults.size() > 1; }
  friend bool operator==(const Owners&, const Owners&) = default;
};

/// A single candidate that was in force when it began owns it; one that began later only where it ends at another time without
/// that fault: what was broken before is nobody's. Of several: those without which it does not begin, and those that began while
/// it lasted (after `begin_ns`) and without which it ends at another time; where that is nobody, all of them,
/// for each alone would have done it. `without` plays the replication again, with the same draws, without the
/// fault at the position it is given; it is not asked about a single candidate that was in force.
[[nodiscard]] Owners owners_among(const FaultIndices& candidates, Nanos begin_ns,
                                  std::span<const FaultSpan> faults,
                                  const std::function<Without(std::size_t)>& without);

/// The same for an interruption; `interruptions_without` gives those of the same operation and replication,
/// played without a fault. It begins without it when the interval of one of their begins meets that of its begin, and
/// ends at the same time when those of the ends meet, or neither has an end. Each is known as far as its own requests tell: an outage
/// that fails half of them begins with the second or the third request where a total one begins with the first.
[[nodiscard]] Owners owners_of(
    const Interruption& interruption, std::span<const FaultSpan> faults, Nanos hold_ns,
    const std::function<std::vector<Interruption>(std::size_t)>& interruptions_without);

/// An interruption as one of its owners has it: from that fault's begin at the earliest, its interval too.
/// Requests and bad time stay those of the whole.
[[nodiscard]] Interruption as_owned_by(const FaultSpan& fault, Interruption interruption);

}  // namespace twinvoice::measure
