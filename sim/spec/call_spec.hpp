// Calls between components as written in the input: policy, pools, queues. Field names follow Istio and Kubernetes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/spec/fields.hpp"
#include "sim/spec/law_spec.hpp"

namespace twinvoice::spec {

enum class DeadlineMode { kNone, kPropagate };
enum class CancellationMode { kNone, kPropagate };
enum class JitterMode { kNone, kFull, kEqual };
enum class RetryCause { kTimeout, kReset, kRejected, kError };
enum class BalanceMode { kRoundRobin, kRandom, kLeastRequest, kPowerOfTwo, kWeighted, kNearest, kPrimary };
enum class OnFailure { kFail, kFallback, kIgnore };
enum class OnFull { kReject, kBlock, kDropOldest };
enum class Discipline { kFifo, kLifo, kPriority, kPriorityPreemptive, kProcessorSharing };
enum class JoinMode { kAll, kAny, kCount };

/// At most `ratio` of the calls of one caller replica may be retries, with a reserve of `burst` retries; none at ratio 0.
struct RetryBudget {
  Probability ratio;
  std::int64_t burst = 10;
  void describe(Fields& f);
};

/// Repetition after a failed attempt.
struct RetrySpec {
  std::int64_t attempts = 0;                ///< retries after the first attempt, as in Istio
  std::optional<Duration> per_try_timeout;  ///< absent: only the call's timeout bounds an attempt
  LawSpec backoff{Duration{25'000'000}};    ///< before the first retry
  double multiplier = 2.0;                  ///< of the backoff from one retry to the next
  std::optional<Duration> max_backoff;      ///< absent: 10 times the mean of `backoff`, as in Envoy
  JitterMode jitter = JitterMode::kNone;
  std::optional<std::vector<RetryCause>> on;  ///< absent: all causes
  std::optional<RetryBudget> budget;
  bool avoid_tried = true;  ///< not to a replica already tried while another is left, as in Istio
  Place place;
  void describe(Fields& f);
};

/// A second attempt sent while the first is still out.
struct HedgeSpec {
  Duration after;
  std::int64_t max = 1;  ///< hedges beside the first attempt
  void describe(Fields& f);
};

/// Circuit breaker of one caller replica towards one target.
struct BreakerSpec {
  std::int64_t consecutive_errors = 5;
  Duration open_for{30 * kNanosPerSecond};
  std::int64_t half_open_requests = 1;
  void describe(Fields& f);
};

/// Outlier ejection of target replicas, as in Istio's outlierDetection.
struct EjectionSpec {
  std::int64_t consecutive_errors = 5;
  Duration base_ejection_time{30 * kNanosPerSecond};
  Probability max_ejection_percent{0.5};
  void describe(Fields& f);
};

/// Where to go when the call has failed for good.
struct FallbackSpec {
  ComponentRef to;
  Name endpoint{"default", {}};
  void describe(Fields& f);
};

/// Work for opening a connection: round trips on the route and CPU demand at the target.
struct EstablishSpec {
  std::int64_t round_trips = 1;
  Bytes message{512};
  LawSpec demand;
  void describe(Fields& f);
};

/// A pool of tokens; with idle_timeout, max_age or establish its tokens are connections.
struct PoolSpec {
  static constexpr std::string_view kDefinition = "Pool";
  std::int64_t max = 1;
  std::optional<LawSpec> wait;          ///< longest wait for a token; absent: unbounded
  std::optional<std::int64_t> queue;    ///< waiting places; absent: unbounded
  std::optional<LawSpec> idle_timeout;  ///< of each connection; absent: idle connections stay
  std::optional<LawSpec> max_age;       ///< of each connection; absent: no age limit
  std::optional<EstablishSpec> establish;
  bool preconnected = false;  ///< connections exist at the start
  Place place;
  [[nodiscard]] bool has_connections() const { return idle_timeout || max_age || establish; }
  void describe(Fields& f);
};

/// The pool of a call: its own, or by name one that the component declares under "pools".
struct CallPool {
  std::optional<PoolSpec> own;
  Name shared;  ///< text empty: `own`
};
template <>
struct Codec<CallPool> {
  static void decode(Decoder& d, const Node& node, CallPool& v, const Range& range);
  static Type type();
  static std::string text(const CallPool& v);
};

/// Tokens held from admission to reply: {"max": n, "wait"?: L, "queue"?: n} or a bare n.
struct ThreadsSpec {
  std::int64_t max = 1;
  std::optional<LawSpec> wait;
  std::optional<std::int64_t> queue;
  Place place;
  void describe_fields(Fields& f);
};
template <>
struct Codec<ThreadsSpec> {
  static void decode(Decoder& d, const Node& node, ThreadsSpec& v, const Range& range);
  static Type type();
  static std::string text(const ThreadsSpec& v);
};

/// The waiting line in front of a station.
struct QueueSpec {
  static constexpr std::string_view kDefinition = "Queue";
  std::optional<std::int64_t> max;  ///< waiting places; absent: unbounded
  OnFull on_full = OnFull::kReject;
  Discipline discipline = Discipline::kFifo;
  std::optional<LawSpec> wait;  ///< patience; absent: unbounded
  Place place;
  void describe(Fields& f);
};

/// Servers of a station: a count, a share such as 0.5, 1.5 or "500m", or "unlimited".
struct Cores {
  std::int64_t count = 4;  ///< whole ones; the next higher number for a share
  double share = 4.0;      ///< what they do together when all are at work: below `count` for a share
  bool unlimited = false;
};
template <>
struct Codec<Cores> {
  static void decode(Decoder& d, const Node& node, Cores& v, const Range& range);
  static Type type();
  static std::string text(const Cores& v);
};

/// How a call is made, whatever its target: shared by calls, operation clients and load balancers. describe() declares
/// the fields flat, so that an owner includes them among its own.
struct CallPolicy {
  Bytes request{2048};
  Bytes response{2048};
  std::optional<Duration> timeout;  ///< whole call, retries included; absent: none
  DeadlineMode deadline = DeadlineMode::kNone;
  std::optional<RetrySpec> retries;
  std::optional<HedgeSpec> hedge;
  CancellationMode cancellation = CancellationMode::kNone;
  std::optional<BreakerSpec> breaker;
  BalanceMode balance = BalanceMode::kNearest;
  std::optional<EjectionSpec> ejection;
  OnFailure on_failure = OnFailure::kFail;
  std::optional<FallbackSpec> fallback;
  std::optional<CallPool> pool;  ///< of this caller replica towards the target
  Place place;
  void describe(Fields& f);
};

/// One call to another component.
struct CallSpec {
  static constexpr std::string_view kDefinition = "Call";
  /// Calls of a component with one name are one call: they share breaker, retry budget, ejections, balancing and pool.
  /// Without names those to the same endpoint of the same target do.
  std::optional<Name> name;
  ComponentRef to;
  Name endpoint{"default", {}};
  std::optional<std::vector<OperationRef>> operations;  ///< only for these; absent: all
  Probability probability{1.0};
  std::int64_t times = 1;  ///< one after another
  CallPolicy policy;
  Place place;
  /// True when the text names an endpoint (a target may have another default than "default").
  [[nodiscard]] bool names_endpoint() const { return endpoint.place.line > 0; }
  void describe(Fields& f);
};

/// "all", "any" or a number of branches that must succeed.
struct JoinRule {
  JoinMode mode = JoinMode::kAll;
  std::int64_t count = 0;  ///< of kCount
};
template <>
struct Codec<JoinRule> {
  static void decode(Decoder& d, const Node& node, JoinRule& v, const Range& range);
  static Type type();
  static std::string text(const JoinRule& v);
};

/// {"parallel": [CallSpec...], "join": ..., "cancellation": ...}.
struct ParallelSpec {
  std::vector<CallSpec> parallel;
  JoinRule join;
  CancellationMode cancellation = CancellationMode::kNone;
  Place place;
  void describe(Fields& f);
};

/// One step of a list of calls: a single call, or several at once.
struct CallItem {
  std::variant<CallSpec, ParallelSpec> item;
  Place place;
};
template <>
struct Codec<CallItem> {
  static void decode(Decoder& d, const Node& node, CallItem& v, const Range& range);
  static Type type();
  static std::string text(const CallItem& v);
};

/// A child job handed over without waiting for it.
struct EmitSpec {
  static constexpr std::string_view kDefinition = "Emit";
  ComponentRef to;
  Name endpoint{"default", {}};
  Probability probability{1.0};
  Place place;
  [[nodiscard]] bool names_endpoint() const { return endpoint.place.line > 0; }
  void describe(Fields& f);
};

template <>
struct Words<DeadlineMode> {
  static const std::vector<std::pair<std::string_view, DeadlineMode>>& table();
};
template <>
struct Words<CancellationMode> {
  static const std::vector<std::pair<std::string_view, CancellationMode>>& table();
};
template <>
struct Words<JitterMode> {
  static const std::vector<std::pair<std::string_view, JitterMode>>& table();
};
template <>
struct Words<RetryCause> {
  static const std::vector<std::pair<std::string_view, RetryCause>>& table();
};
template <>
struct Words<BalanceMode> {
  static const std::vector<std::pair<std::string_view, BalanceMode>>& table();
};
template <>
struct Words<OnFailure> {
  static const std::vector<std::pair<std::string_view, OnFailure>>& table();
};
template <>
struct Words<OnFull> {
  static const std::vector<std::pair<std::string_view, OnFull>>& table();
};
template <>
struct Words<Discipline> {
  static const std::vector<std::pair<std::string_view, Discipline>>& table();
};

}  // namespace twinvoice::spec
