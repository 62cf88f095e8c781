// What became of one request, told the same way by every engine, so that two engines can be compared line by
// line.
#pragma once

#include <compare>
#include <cstdint>

#include "sim/base/time.hpp"

namespace twinvoice::measure {

/// One request. Engines list those that arrived before the horizon, sorted by (source, ordinal); those still
/// in flight at the end are listed too.
///
/// Causes are the packed words of plan::Cause (reason and place), 0 for none.
struct RequestRecord {
  std::uint32_t source = 0;
  std::uint64_t ordinal = 0;   ///< within its source, from 0
  std::uint64_t sequence = 0;  ///< among all arrivals of the run, from 0
  Nanos arrived_ns = 0;
  Nanos decided_ns = kNever;  ///< when the root frame ended; kNever: in flight when the run ended
  bool succeeded = false;
  std::uint32_t cause = 0;  ///< why the root frame failed; 0 when it succeeded or is in flight
  /// Cause of the first attempt (in time) of any Call of this request that failed in the eyes of its caller,
  /// a timeout of the attempt or of the call included. A request that failed without any such attempt repeats
  /// `cause`.
  std::uint32_t first_cause = 0;
  /// Frames that Calls launched for it (first tries, retries and hedges at every depth). Attempts that failed
  /// without a frame (breaker open, no replica), emitted jobs, fork branches and establishments are not
  /// counted.
  std::uint32_t attempts = 0;
  /// Where it went: the sum, modulo 2^64, of random::mix(frame hash, instance id + 1) over every frame of the
  /// request that runs on an instance (attempts, fork branches, emitted jobs, establishments). A sum, so the
  /// order of siblings is irrelevant.
  std::uint64_t path_hash = 0;

  friend auto operator<=>(const RequestRecord&, const RequestRecord&) = default;
};
// `first_cause`, `attempts` and `path_hash` stand still when the request is decided: what orphans and emitted
// jobs do later is not part of the record.

}  // namespace twinvoice::measure
