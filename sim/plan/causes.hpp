// Why a frame, and in the end a request, failed: one closed list of reasons, and the place where it happened.
#pragma once

#include <cstdint>
#include <string_view>

namespace twinvoice::plan {

/// The reason that ended a frame. The order is part of the result format: append only.
enum class Reason : std::uint8_t {
  kNone = 0,
  kTimeout,       ///< the caller's timeout (of the call or of one try) ran out
  kDeadline,      ///< the propagated deadline had passed when the work was about to start
  kReset,         ///< the instance that worked on it was killed
  kRefused,       ///< the instance was down when the message reached it
  kUnreachable,   ///< held at a cut for longer than the connection's user timeout
  kLost,          ///< every resend of the message was lost
  kQueueFull,     ///< a bounded queue rejected it
  kQueueDropped,  ///< dropped from a full queue to make room for a newer one
  kQueueWait,     ///< waited longer than the queue's patience
  kPoolFull,      ///< no place left to wait for a pool token
  kPoolWait,      ///< waited longer for a pool token than allowed
  kGate,          ///< turned away by a named gate (rate limit, validity, authorisation, false positive)
  kError,         ///< the component's own error
  kBreakerOpen,   ///< the caller's circuit breaker was open
  kNoReplica,     ///< no replica in balancing was left to call
  kNoLeader,      ///< a write found no leader of its replicated log
  kJoin,          ///< a join could no longer be satisfied (only when no branch names a better cause)
  kCancelled,     ///< cancelled because its result was no longer wanted
};
inline constexpr int kReasons = 19;

/// Classes of reasons that a retry policy can name (`retries.on`), as bits.
enum RetryOn : std::uint8_t { kOnTimeout = 1, kOnReset = 2, kOnRejected = 4, kOnError = 8 };

[[nodiscard]] std::string_view reason_name(Reason reason);
/// The retry class of a reason; 0 when it is never retried (cancelled).
[[nodiscard]] std::uint8_t retry_class(Reason reason);

/// Reason and place in one word. `where` is a component id, or for Reason::kGate a gate id.
struct Cause {
  std::uint32_t packed = 0;

  constexpr Cause() = default;
  constexpr Cause(Reason reason, std::uint32_t where)
      : packed((static_cast<std::uint32_t>(reason) << 24) | (where & 0xffffffU)) {}
  /// The cause whose one word is `packed`, as records keep it.
  [[nodiscard]] static constexpr Cause of_packed(std::uint32_t packed) {
    Cause cause;
    cause.packed = packed;
    return cause;
  }
  [[nodiscard]] constexpr Reason reason() const { return static_cast<Reason>(packed >> 24); }
  [[nodiscard]] constexpr std::uint32_t where() const { return packed & 0xffffffU; }
  [[nodiscard]] constexpr bool none() const { return packed == 0; }
  friend constexpr auto operator<=>(Cause, Cause) = default;
};

}  // namespace twinvoice::plan
