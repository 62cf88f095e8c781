// The requests of one operation as interruptions are looked for in them: graded, and by their times.
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/fault_span.hpp"
#include "sim/measure/interruption.hpp"
#include "sim/measure/request_times.hpp"

namespace twinvoice::measure {

/// From best to worst.
enum class Grade : std::uint8_t {
  kGood,  ///< answered with success within the bound
  kLate,  ///< answered with success, later than that
  kBad,   ///< failed, or open for longer than the bound
};

struct WalkEntry {
  /// The arrival. Of a bad or late request that faults overtook while it was on its way: the begin of the
  /// last of them that began no later than the bound after the arrival (no bound: than the client waits), for
  /// what that fault broke was not broken before it.
  Nanos time_ns = 0;
  std::uint32_t ordinal = 0;  ///< position of the request in its list
  Grade grade = Grade::kGood;
  bool repeated = false;  ///< stands for what a hung user of a closed load would have sent; in no count
};

/// The order of the walks: by (time, ordinal).
[[nodiscard]] inline bool stands_before(const WalkEntry& a, const WalkEntry& b) {
  return std::tie(a.time_ns, a.ordinal) < std::tie(b.time_ns, b.ordinal);
}

struct WalkEntries {
  std::vector<WalkEntry> walked;  ///< by (time, ordinal)
  std::vector<WalkEntry>
      undecided;  ///< open, but not for longer than the bound: no grade; by (time, ordinal)
};

/// Whether some request is open and not overdue: what walks without it is only one of its fates.
[[nodiscard]] bool has_undecided(std::span<const TimedRequest> requests,
                                 const InterruptionSettings& settings);

/// `requests` by arrival, all before the horizon. In a closed load a request that is open for longer than the
/// bound is entered again, bad, at every cycle after its time until it is decided, its client gives up, or
/// the horizon: a user who hangs sends nothing, and what is not sent cannot fail ("coordinated omission").
[[nodiscard]] WalkEntries walk_entries(std::span<const TimedRequest> requests,
                                       std::span<const FaultSpan> faults,
                                       const InterruptionSettings& settings);

}  // namespace twinvoice::measure
