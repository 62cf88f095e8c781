// What a healthy run looks like: the yardsticks by which a request is late and a failure one too many.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sim/base/time.hpp"
#include "sim/measure/fault_span.hpp"
#include "sim/measure/request_times.hpp"

namespace twinvoice::measure {

/// Shares of requests as integers of 1e-9, so that sums of them are exact and the same everywhere.
using ShareNano = std::int64_t;
inline constexpr ShareNano kWholeShare = 1'000'000'000;

/// The quiet part of one replication, for one operation: the requests that arrived in the measured time and
/// were decided before the first fault. The figures that follow from it are taken from the first replication
/// (in a comparison, of the first design), so that a bound does not move when replications are added.
struct Calm {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  /// That arrived in the quiet part of the measured time, whatever became of them.
  std::uint64_t arrived = 0;
  /// Of these: never decided, however long the run looked after them.
  std::uint64_t unanswered = 0;
  /// From the warm-up to the first fault or the horizon; 0 where a fault comes before the measured time.
  Nanos length_ns = 0;
  /// The ceil(0.99 n)-th smallest response time of the n that succeeded; 0 when there is none.
  Nanos p99_ns = 0;

  /// Whether it says anything: at least 100 successes.
  [[nodiscard]] bool known() const { return succeeded >= kFewestSuccesses; }
  static constexpr std::uint64_t kFewestSuccesses = 100;
};

/// `requests` by arrival; measured are those that arrive in [warm_up_ns, horizon_ns).
[[nodiscard]] Calm calm_of(std::span<const TimedRequest> requests, std::span<const FaultSpan> faults,
                           Nanos warm_up_ns, Nanos horizon_ns);

/// Where a bound comes from.
enum class LateOrigin : std::uint8_t {
  kStated,            ///< the p99 that the operation promises
  kThreeTimesCalm,    ///< that promise is closer to the calm p99 than bursts of a healthy queue allow
  kTenTimesCalm,      ///< no p99 is promised
  kThreeTimesStated,  ///< too few requests before the first fault to know the calm
  kNone,              ///< neither promise nor calm: late does not exist
};

/// Response time beyond which an answer is late.
struct LateBound {
  Nanos bound_ns = kNever;  ///< kNever: none
  LateOrigin origin = LateOrigin::kNone;
  friend bool operator==(const LateBound&, const LateBound&) = default;
};

/// Three times the calm p99 at least, because queueing makes late requests come in bursts: a healthy M/M/1 at
/// 80 % load would be "interrupted" two hundred times an hour by its own p99, and never by three times it.
[[nodiscard]] LateBound late_bound(const Calm& calm, std::optional<Nanos> stated_p99_ns);

/// "stated p99", "three times the calm p99", "ten times the calm p99", "three times the stated p99 (calm
/// unknown)", "none".
[[nodiscard]] std::string_view words(LateOrigin origin);

/// What set the allowed share of failures.
enum class AllowedOrigin : std::uint8_t {
  kStated,   ///< 1 - the availability that the operation promises
  kAssumed,  ///< 1 %, as none is promised
  kLeast,    ///< raised to 1e-5: fewer cannot be told from none in any run
  kCalm,     ///< raised to what failed before the first fault: a fault is judged by what it adds
  kMost,     ///< lowered to 1/2: beyond it failing is the rule
};

/// Share of failures that an operation may have without being interrupted, in [1e-5, 1/2].
struct AllowedShare {
  ShareNano share = 0;
  AllowedOrigin origin = AllowedOrigin::kStated;
  friend bool operator==(const AllowedShare&, const AllowedShare&) = default;
};

/// `stated_availability` in [0, 1]. Shares are rounded to the nearest 1e-9.
[[nodiscard]] AllowedShare allowed_share(const Calm& calm, std::optional<double> stated_availability);

/// "stated availability", "assumed", "raised to the least that can be told", "raised to what fails without a
/// fault", "lowered to one half".
[[nodiscard]] std::string_view words(AllowedOrigin origin);

/// Why a calm is none: what is late by it was late all along, so that it says nothing of health.
enum class CalmFlaw : std::uint8_t {
  kNone,        ///< it is a calm, or too few requests say so, and then nothing is learnt from it
  kUnanswered,  ///< more than 1 % of its requests were never answered: the load exceeds what the design can do
  kLate,  ///< its p99 is above three times the stated one, which is the widest bound that a kept promise gives
};
[[nodiscard]] CalmFlaw flaw_of(const Calm& calm, std::optional<Nanos> stated_p99_ns);

/// Share of the decided requests of the calm that failed; 0 where it is not known.
[[nodiscard]] double failed_share_of(const Calm& calm);

/// How often a user of a closed load who is never kept waiting sends: users x length of the calm / arrivals
/// in it, rounded down, at least 1 ns; absent when nothing arrived.
[[nodiscard]] std::optional<Nanos> calm_cycle_ns(const Calm& calm, std::uint64_t users);

}  // namespace twinvoice::measure
