// One interruption of an operation, and what must be known to find it.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/time.hpp"
#include "sim/measure/calm.hpp"

namespace twinvoice::measure {

/// What is taken of requests that are open when the run ends and not overdue, whose fate nobody knows: they are in no walk; or, for
/// the ends of a range, all of them turn out good, or bad.
enum class OpenAs : std::uint8_t { kUndecided, kGood, kBad };

struct InterruptionSettings {
  /// An answer that took longer is late, what is open for longer is bad; kNever: late does not exist, and
  /// open requests are bad once they are older than the client waits.
  Nanos bound_ns = kNever;
  Nanos client_wait_ns = kNever;  ///< after which the client gives up; kNever: it never does
  /// As long as open requests are followed: without a bound, silence of a client that never gives up is no
  /// health beyond it.
  Nanos follow_ns = kNever;
  ShareNano allowed = 0;  ///< share that may fail, in (0, 1/2]
  /// How long health must show before an interruption is over; also what separates two of them.
  Nanos hold_ns = 60 * kNanosPerSecond;
  Nanos warm_up_ns = 0;
  Nanos horizon_ns = 0;  ///< all requests arrive before it; faults from it on move nothing
  /// Until when requests were followed, >= horizon_ns: the age of those still open is counted to here.
  Nanos ended_ns = 0;
  /// Of the users of a closed load (calm_cycle_ns), >= 1; absent: an open load.
  std::optional<Nanos> cycle_ns;
  OpenAs open_as = OpenAs::kUndecided;
};

enum class Symptom : std::uint8_t {
  kFailing,  ///< more failed, or were never answered, than is allowed
  kLate,     ///< more failed or came late than is allowed and a hundredth
};

/// Instants are times of requests: a bad or late one that a fault overtook counts from that fault.
struct Interruption {
  Nanos begin_ns = 0;  ///< the bad request with which failures became denser than allowed
  /// The good request after the last bad one; absent: health never showed again.
  std::optional<Nanos> end_ns;
  std::optional<Nanos> begin_low_ns;  ///< after this request; absent: no request of the run came before
  Nanos begin_high_ns = 0;            ///< and not after this one
  /// Not before this request. Without an end: the last bad or late one, the horizon if no good one followed.
  Nanos end_low_ns = 0;
  std::optional<Nanos> end_high_ns;  ///< and by this one; absent: no request of the run came after
  Symptom symptom = Symptom::kFailing;
  bool before_measured = false;  ///< it begins within the warm-up
  std::uint64_t bad = 0;         ///< requests in it that failed or were never answered
  std::uint64_t late = 0;        ///< requests in it that were answered with success, but late
  /// Sum over its bad and late ones of the time to the next request (open ones too), at most to its end or the horizon: ten
  /// outages of 5 s, a minute apart, are one interruption of 9 min with 50 s of it.
  Nanos bad_time_ns = 0;
  /// The first success (where requests were late: in time) decided after the last bad decision in it: a request
  /// that waits through the end of an outage arrives before it. Absent when nothing bad was decided, or nothing succeeded afterwards.
  std::optional<Nanos> answered_again_ns;
  friend bool operator==(const Interruption&, const Interruption&) = default;
};

}  // namespace twinvoice::measure
