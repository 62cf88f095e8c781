// Call sites: who is called, under which policy. Field meanings follow Istio where Istio has the field.
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/time.hpp"
#include "sim/plan/ids.hpp"
#include "sim/plan/resources.hpp"

namespace twinvoice::plan {

enum class Balance : std::uint8_t {
  kRoundRobin,
  kRandom,
  kLeastRequest,  ///< fewest calls of this call site in flight; ties to the lowest ordinal
  kPowerOfTwo,    ///< the less loaded of two drawn at random; of equals the one drawn first
  kWeighted,      ///< drawn in proportion to the weights
  kNearest,       ///< same location, else same site, else lowest route latency; round robin among equals
  kPrimary,       ///< the replica(s) at the log's leader location; round robin among them
};
enum class OnFailure : std::uint8_t { kFail, kFallback, kIgnore };
enum class Jitter : std::uint8_t { kNone, kFull, kEqual };

struct Retries {
  std::uint32_t attempts = 0;         ///< retries after the first try
  Nanos per_try_timeout_ns = kNever;  ///< kNever: only the call's timeout bounds a try
  LawId backoff;                      ///< invalid: retry at once
  std::uint64_t backoff_purpose = 0;
  double multiplier = 2.0;        ///< the drawn backoff is multiplied by multiplier^(retry number - 1) ...
  Nanos max_backoff_ns = kNever;  ///< ... and capped here
  Jitter jitter = Jitter::kNone;  ///< full: uniform in (0, b); equal: b/2 + uniform in (0, b/2)
  std::uint64_t jitter_purpose = 0;
  std::uint8_t on = 0;        ///< RetryOn bits
  bool budget = false;        ///< every call adds `budget_ratio` to a bucket, a retry takes 1 from it
  double budget_ratio = 0.0;  ///< 0: no retries at all
  double budget_burst = 10.0;  ///< the bucket starts with so much, and earns while it holds less than budget_room()
  bool avoid_tried =
      false;  ///< a further attempt goes to a replica that is not among the last kTriedKept tried, if one is left

  /// What the bucket holds at the start.
  [[nodiscard]] double budget_at_start() const { return budget_ratio > 0.0 ? budget_burst : 0.0; }
  /// Room for two retries at least, whatever the burst: calls come in clumps, and what those of one add must not be lost before
  /// the first of them fails.
  [[nodiscard]] double budget_room() const { return budget_burst < 2.0 ? 2.0 : budget_burst; }
  /// What the bucket holds after one more call. It may hold a fraction more than its room: what a call adds is never lost.
  [[nodiscard]] double budget_after_call(double held) const {
    return held < budget_room() ? held + budget_ratio : held;
  }
};
inline constexpr std::uint32_t kTriedKept = 8;

struct Hedge {
  Nanos after_ns = kNever;  ///< kNever: no hedging
  std::uint32_t max = 0;    ///< extra attempts, each `after_ns` after the one before
};

struct Breaker {
  std::uint32_t consecutive_errors = 0;  ///< 0: no breaker
  Nanos open_for_ns = 0;
  std::uint32_t half_open_requests = 1;  ///< calls let through to test; all must succeed to close
};

struct Ejection {
  std::uint32_t consecutive_errors =
      0;                       ///< 0: no ejection; the count starts anew even when max_fraction forbids it
  Nanos base_ejection_ns = 0;  ///< multiplied by how often the replica has been ejected
  double max_fraction = 0.5;   ///< of the replicas in balancing, rounded down
};

/// One place in a program from which a component is called. What a caller remembers of a call (round robin position,
/// breaker, retry budget, calls in flight, ejections) belongs to the call by its name, whichever programs pass it: it exists
/// once per replica of the caller, index state_base + caller ordinal, and the places of one call share their bases.
struct CallSite {
  std::string name;            ///< "caller/endpoint>callee/endpoint" (+"#n" if repeated): its key in draws
  std::uint64_t name_key = 0;  ///< hash of the name
  std::string call;    ///< whose state it uses: "caller>callee/endpoint", or "caller.NAME" of a named call
  ComponentId caller;  ///< invalid: the client of an operation
  ComponentId target;
  ProgramId program;  ///< what the callee runs
  Balance balance = Balance::kNearest;
  std::uint64_t balance_purpose = 0;
  Nanos timeout_ns = kNever;  ///< of the whole call, retries included
  bool propagate_deadline = false;
  bool cancel_losers = false;  ///< `cancellation: propagate`
  Retries retries;
  Hedge hedge;
  Breaker breaker;
  Ejection ejection;
  OnFailure on_failure = OnFailure::kFail;
  std::uint32_t fallback = 0;  ///< absolute step index, when on_failure is kFallback
  PoolId
      connection_pool;  ///< of replica 0 of the caller: an attempt goes over a connection of it to its peer
  std::uint32_t request_bytes = 2048;
  std::uint32_t response_bytes = 2048;
  std::uint32_t state_base = 0;  ///< first of its caller-replica states
  std::uint32_t peer_base = 0;   ///< first of its (caller replica x callee replica) states
  ProgramId establish;           ///< run on the peer to set up a connection; invalid without connection pool
};

}  // namespace twinvoice::plan
