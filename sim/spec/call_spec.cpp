#include "sim/spec/call_spec.hpp"

#include <fmt/format.h>

#include <cmath>

namespace twinvoice::spec {
namespace {

constexpr Origin kIstio{"Istio DestinationRule"};
constexpr Range kPolicyCount{1, 1e6};
constexpr Range kCores{0.001, 1e6};  ///< Kubernetes counts thousandths
constexpr Range kMessage{0, 4e9};
constexpr std::string_view kNobodyWaits =
    "with no waiting place nobody waits: leave it out, or allow more places";

}  // namespace

void RetryBudget::describe(Fields& f) {
  f.required("ratio", ratio, "retries allowed per call, on average; 0 %: none at all");
  f.optional("burst", burst, "retries allowed beyond the ratio before it bites; 0: none beyond it",
             Range{0, 1e9}, Origin{"assumed: as gRPC retryThrottling maxTokens"});
}

void RetrySpec::describe(Fields& f) {
  f.required("attempts", attempts, "retries after the first attempt", Range{0, 100});
  f.optional("per_try_timeout", per_try_timeout, "longest wait for one attempt", kPositive);
  f.optional("backoff", backoff, "wait before the first retry", Origin{"Envoy retry_back_off base_interval"});
  f.optional("multiplier", multiplier, "of the backoff from one retry to the next", Range{1.0, 100.0},
             Origin{"Envoy: exponential, base 2"});
  f.optional("max_backoff", max_backoff, "longest backoff; absent: 10 times the mean of `backoff`", kPositive,
             Origin{"Envoy retry_back_off max_interval"});
  f.optional("jitter", jitter,
             "none: the backoff; full: uniform in [0, backoff]; equal: uniform in [backoff/2, backoff]");
  f.optional("on", on, "causes that are retried; absent: all");
  f.optional("budget", budget, "limit on retries against retry storms");
  f.optional("avoid_tried", avoid_tried,
             "not to one of the last 8 replicas tried while another is in balancing",
             Origin{"Istio: previous_hosts; plain Envoy: false"});
  f.rule("on", !on || !on->empty(), "an empty list would never retry; leave \"on\" out for all causes");
}

void HedgeSpec::describe(Fields& f) {
  f.required("after", after, "a second attempt is sent when the first has not answered by then", kPositive);
  f.optional("max", max, "hedges beside the first attempt", Range{1, 10});
}

void BreakerSpec::describe(Fields& f) {
  f.optional("consecutive_errors", consecutive_errors, "failures in a row that open the breaker",
             kPolicyCount, kIstio);
  f.optional("open_for", open_for, "time until the breaker lets trial requests through", kPositive, kIstio);
  f.optional("half_open_requests", half_open_requests, "trial requests at once while half open", kPolicyCount,
             Origin{"Resilience4j permittedNumberOfCallsInHalfOpenState, smallest"});
}

void EjectionSpec::describe(Fields& f) {
  f.optional("consecutive_errors", consecutive_errors, "failures in a row that eject a replica", kPolicyCount,
             kIstio);
  f.optional("base_ejection_time", base_ejection_time,
             "time out of the balancing, times the number of ejections", kPositive, kIstio);
  f.optional("max_ejection_percent", max_ejection_percent,
             "largest share of the replicas that may be ejected", Origin{"assumed: half; Istio says 10 %"});
}

void FallbackSpec::describe(Fields& f) {
  f.required("to", to, "component that answers instead");
  f.optional("endpoint", endpoint, "its endpoint");
}

void EstablishSpec::describe(Fields& f) {
  f.optional("round_trips", round_trips, "on the route, before the connection can be used", Range{0, 20},
             Origin{"TCP handshake: 1; with TLS 1.3: 2"});
  f.optional("message", message, "size of each message of these round trips", kMessage,
             Origin{"assumed: a TLS 1.3 flight without client certificate has 0.3-3 KB"});
  f.optional("demand", demand, "CPU time at the target");
}

void PoolSpec::describe(Fields& f) {
  f.required("max", max, "tokens in the pool", kCount);
  f.optional("wait", wait, "longest wait for a token; absent: unbounded");
  f.optional("queue", queue, "waiting places; absent: unbounded", kCountOrZero);
  f.optional(
      "idle_timeout", idle_timeout,
      "a connection unused for longer is not used again; a law is drawn for each connection; absent: never");
  f.optional("max_age", max_age,
             "an older connection is not used again; a law is drawn for each connection; absent: never");
  f.optional("establish", establish, "cost of a new connection");
  f.optional("preconnected", preconnected, "connections exist at the start");
  f.rule("wait", !wait || !queue || *queue > 0, kNobodyWaits);
  f.rule("idle_timeout", !idle_timeout || !idle_timeout->is_zero(), "no connection could be used twice");
  f.rule("max_age", !max_age || !max_age->is_zero(), "no connection could be used twice");
}

void Codec<CallPool>::decode(Decoder& d, const Node& node, CallPool& v, const Range& range) {
  if (node.kind == NodeKind::kString) {
    Codec<Name>::decode(d, node, v.shared, range);
  } else {
    Codec<PoolSpec>::decode(d, node, v.own.emplace(), range);
  }
}
Type Codec<CallPool>::type() {
  Type t = detail::plain(Type::Kind::kEither, "pool or name of one under \"pools\"");
  t.parts.push_back(Codec<PoolSpec>::type());
  t.parts.push_back(Codec<Name>::type());
  return t;
}
std::string Codec<CallPool>::text(const CallPool& v) {
  return v.own ? Codec<PoolSpec>::text(*v.own) : Codec<Name>::text(v.shared);
}

void ThreadsSpec::describe_fields(Fields& f) {
  f.required("max", max, "requests inside at the same time", kCount);
  f.optional("wait", wait, "longest wait for a thread; absent: unbounded");
  f.optional("queue", queue, "waiting places; absent: unbounded", kCountOrZero);
  f.rule("wait", !wait || !queue || *queue > 0, kNobodyWaits);
}

void Codec<ThreadsSpec>::decode(Decoder& d, const Node& node, ThreadsSpec& v, const Range&) {
  v.place = d.place(node);
  if (node.kind == NodeKind::kNumber) {
    Codec<std::int64_t>::decode(d, node, v.max, kCount);
  } else if (node.kind == NodeKind::kObject) {
    d.object(node, [&v](Fields& f) { v.describe_fields(f); });
  } else {
    d.error(node, fmt::format("need a number of threads or an object with \"max\", found {}",
                              kind_name(node.kind)));
  }
}
Type Codec<ThreadsSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "count or threads");
  t.parts.push_back(detail::count_type(kCount));
  Type object = detail::plain(Type::Kind::kObject, "Threads");
  object.definition = "Threads";
  object.describe = [](Fields& f) { ThreadsSpec{}.describe_fields(f); };
  t.parts.push_back(std::move(object));
  return t;
}
std::string Codec<ThreadsSpec>::text(const ThreadsSpec& v) { return std::to_string(v.max); }

void QueueSpec::describe(Fields& f) {
  f.optional("max", max, "waiting places; absent: unbounded", kCountOrZero);
  f.optional("on_full", on_full, "what happens to work that finds no place");
  f.optional("discipline", discipline, "who is served next");
  f.optional("wait", wait, "longest wait for service; absent: unbounded");
  f.rule("on_full", max.has_value() || on_full == OnFull::kReject,
         "without \"max\" the queue is never full: state \"max\", or leave \"on_full\" out");
  f.rule("wait", !wait || !max || *max > 0, kNobodyWaits);
}

void Codec<Cores>::decode(Decoder& d, const Node& node, Cores& v, const Range&) {
  v.unlimited = node.kind == NodeKind::kString && node.text == "unlimited";
  if (v.unlimited) return;
  const bool number = node.kind == NodeKind::kNumber;
  if (!number && !d.is(node, NodeKind::kString, "cores such as 4, 0.5, \"500m\" or \"unlimited\"")) return;
  const Parsed<Cpu> parsed = parse_cpu(node.text);
  if (!parsed.ok()) return d.error(node, parsed.problem);
  if (!d.within(node, kCores, parsed.value.cores, &detail::number_text)) return;
  constexpr double kMostShared = 1'000.0;
  if (parsed.value.cores > kMostShared && parsed.value.cores != std::floor(parsed.value.cores))
    return d.error(node, fmt::format("{}: beyond 1000 cores only whole numbers are taken", quote(node.text)));
  v.share = parsed.value.cores;
  v.count = static_cast<std::int64_t>(std::ceil(v.share));
}
Type Codec<Cores>::type() {
  Type t = detail::plain(Type::Kind::kEither, "cores or \"unlimited\"");
  t.parts.push_back(detail::plain(Type::Kind::kNumber, "number"));
  t.parts.back().range = kCores;
  t.parts.push_back(detail::text_type("cores", "^[0-9]+([.][0-9]+)? *m?$"));
  t.parts.push_back(detail::plain(Type::Kind::kWord, "word"));
  t.parts.back().words = {"unlimited"};
  return t;
}
std::string Codec<Cores>::text(const Cores& v) {
  return v.unlimited ? "\"unlimited\"" : detail::number_text(v.share);
}

void CallPolicy::describe(Fields& f) {
  place = f.here();
  f.optional("request", request, "size of a request", kMessage, Origin{"assumed: an invoice as JSON"});
  f.optional("response", response, "size of a response", kMessage, Origin{"assumed: an invoice as JSON"});
  f.optional("timeout", timeout, "longest wait for the whole call, retries included; absent: none",
             kPositive);
  f.optional("deadline", deadline,
             "propagate: the callee gives up when the time of the call, or of this attempt, is over");
  f.optional("retries", retries, "repetition after a failure");
  f.optional("hedge", hedge, "a second attempt while the first is still out");
  f.optional("cancellation", cancellation, "propagate: losers and timed-out attempts are told to stop");
  f.optional("breaker", breaker, "circuit breaker of each caller replica");
  f.optional("balance", balance,
             "how a replica is chosen; nearest: same location, same site, lowest latency");
  f.optional("ejection", ejection, "failing replicas are left out for a while");
  f.optional("on_failure", on_failure, "what a final failure means for the caller");
  f.optional("fallback", fallback, "where to go instead");
  f.optional("pool", pool,
             "tokens or connections of each caller replica to the target; a name: one that the component "
             "declares under \"pools\", shared with its other calls");
  f.rule("hedge", !hedge || !timeout || hedge->after < *timeout,
         "never sent: \"after\" is not below the call's \"timeout\", by which the call is over; make it "
         "shorter");
  f.rule("retries", !retries || !retries->per_try_timeout || !timeout || *retries->per_try_timeout < *timeout,
         "\"per_try_timeout\" is not below the call's \"timeout\", which ends the attempt first: make it "
         "shorter, or leave it out");
  f.rule("on_failure", on_failure != OnFailure::kFallback || fallback.has_value(),
         "\"on_failure\": \"fallback\" needs a \"fallback\"");
  f.rule("fallback", !fallback || on_failure == OnFailure::kFallback,
         "a \"fallback\" is only used with \"on_failure\": \"fallback\"");
}

void CallSpec::describe(Fields& f) {
  f.optional("name", name,
             "calls of one name share breaker, budget, ejections, balancing and pool; absent: those to one "
             "endpoint do");
  f.required("to", to, "component that is called");
  f.optional("endpoint", endpoint, "its endpoint; absent: the target's default");
  f.optional("operations", operations, "only for requests of these operations; absent: all");
  f.optional("probability", probability, "share of the requests that make this call");
  f.optional("times", times, "calls one after another", Range{1, 1000});
  policy.describe(f);
}

void Codec<JoinRule>::decode(Decoder& d, const Node& node, JoinRule& v, const Range&) {
  if (node.kind == NodeKind::kNumber) {
    v.mode = JoinMode::kCount;
    Codec<std::int64_t>::decode(d, node, v.count, Range{1, 1000});
    return;
  }
  std::size_t index = 0;
  if (node.kind != NodeKind::kString) {
    d.error(node,
            fmt::format("need \"all\", \"any\" or a number of branches, found {}", kind_name(node.kind)));
  } else if (d.word(node, {"all", "any"}, index)) {
    v.mode = index == 0 ? JoinMode::kAll : JoinMode::kAny;
  }
}
Type Codec<JoinRule>::type() {
  Type t = detail::plain(Type::Kind::kEither, "\"all\", \"any\" or count");
  t.parts.push_back(detail::plain(Type::Kind::kWord, "word"));
  t.parts.back().words = {"all", "any"};
  t.parts.push_back(detail::count_type(Range{1, 1000}));
  return t;
}
std::string Codec<JoinRule>::text(const JoinRule& v) {
  if (v.mode == JoinMode::kCount) return std::to_string(v.count);
  return v.mode == JoinMode::kAll ? "\"all\"" : "\"any\"";
}

void ParallelSpec::describe(Fields& f) {
  f.required("parallel", parallel, "calls made at the same time");
  f.optional("join", join, "how many must succeed");
  f.optional("cancellation", cancellation,
             "propagate: the others are told to stop once the outcome is clear");
  f.rule("parallel", !parallel.empty(), "\"parallel\" needs at least one call");
  f.rule("parallel", parallel.size() <= 1000, "\"parallel\" has more than 1000 branches");
  f.rule("join", join.mode != JoinMode::kCount || join.count <= static_cast<std::int64_t>(parallel.size()),
         "\"join\" asks for more branches than there are");
}

void Codec<CallItem>::decode(Decoder& d, const Node& node, CallItem& v, const Range& range) {
  v.place = d.place(node);
  const bool parallel = node.kind == NodeKind::kObject && d.document().member(node, "parallel") != nullptr;
  if (parallel) {
    Codec<ParallelSpec>::decode(d, node, v.item.emplace<ParallelSpec>(), range);
  } else {
    Codec<CallSpec>::decode(d, node, v.item.emplace<CallSpec>(), range);
  }
}
Type Codec<CallItem>::type() {
  Type t = detail::plain(Type::Kind::kEither, "call or parallel calls");
  t.definition = "CallItem";
  t.parts.push_back(Codec<CallSpec>::type());
  t.parts.push_back(Codec<ParallelSpec>::type());
  t.parts.back().definition = "ParallelCalls";
  t.parts.back().name = "ParallelCalls";
  return t;
}
std::string Codec<CallItem>::text(const CallItem&) { return {}; }

void EmitSpec::describe(Fields& f) {
  f.required("to", to, "component that gets the job");
  f.optional("endpoint", endpoint, "its endpoint; absent: the target's default");
  f.optional("probability", probability, "share of the requests that emit");
}

const std::vector<std::pair<std::string_view, DeadlineMode>>& Words<DeadlineMode>::table() {
  static const std::vector<std::pair<std::string_view, DeadlineMode>> words{
      {"none", DeadlineMode::kNone}, {"propagate", DeadlineMode::kPropagate}};
  return words;
}
const std::vector<std::pair<std::string_view, CancellationMode>>& Words<CancellationMode>::table() {
  static const std::vector<std::pair<std::string_view, CancellationMode>> words{
      {"none", CancellationMode::kNone}, {"propagate", CancellationMode::kPropagate}};
  return words;
}
const std::vector<std::pair<std::string_view, JitterMode>>& Words<JitterMode>::table() {
  static const std::vector<std::pair<std::string_view, JitterMode>> words{
      {"none", JitterMode::kNone}, {"full", JitterMode::kFull}, {"equal", JitterMode::kEqual}};
  return words;
}
const std::vector<std::pair<std::string_view, RetryCause>>& Words<RetryCause>::table() {
  static const std::vector<std::pair<std::string_view, RetryCause>> words{{"timeout", RetryCause::kTimeout},
                                                                          {"reset", RetryCause::kReset},
                                                                          {"rejected", RetryCause::kRejected},
                                                                          {"error", RetryCause::kError}};
  return words;
}
const std::vector<std::pair<std::string_view, BalanceMode>>& Words<BalanceMode>::table() {
  static const std::vector<std::pair<std::string_view, BalanceMode>> words{
      {"round_robin", BalanceMode::kRoundRobin},
      {"random", BalanceMode::kRandom},
      {"least_request", BalanceMode::kLeastRequest},
      {"power_of_two", BalanceMode::kPowerOfTwo},
      {"weighted", BalanceMode::kWeighted},
      {"nearest", BalanceMode::kNearest},
      {"primary", BalanceMode::kPrimary}};
  return words;
}
const std::vector<std::pair<std::string_view, OnFailure>>& Words<OnFailure>::table() {
  static const std::vector<std::pair<std::string_view, OnFailure>> words{
      {"fail", OnFailure::kFail}, {"fallback", OnFailure::kFallback}, {"ignore", OnFailure::kIgnore}};
  return words;
}
const std::vector<std::pair<std::string_view, OnFull>>& Words<OnFull>::table() {
  static const std::vector<std::pair<std::string_view, OnFull>> words{
      {"reject", OnFull::kReject}, {"block", OnFull::kBlock}, {"drop_oldest", OnFull::kDropOldest}};
  return words;
}
const std::vector<std::pair<std::string_view, Discipline>>& Words<Discipline>::table() {
  static const std::vector<std::pair<std::string_view, Discipline>> words{
      {"fifo", Discipline::kFifo},
      {"lifo", Discipline::kLifo},
      {"priority", Discipline::kPriority},
      {"priority_preemptive", Discipline::kPriorityPreemptive},
      {"processor_sharing", Discipline::kProcessorSharing}};
  return words;
}

}  // namespace twinvoice::spec
