#include "sim/measure/recovery_time.hpp"

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/measure/ownership.hpp"

namespace twinvoice::measure {

namespace {

/// After the fault is over its effects may still begin for so long.
Nanos reach_ns(const FaultSpan& fault, Nanos hold_ns) {
  return fault.end_ns == kNever ? kNever : fault.end_ns + hold_ns;
}

bool meets(const Interruption& interruption, const FaultSpan& fault, Nanos hold_ns) {
  return interruption.begin_ns < reach_ns(fault, hold_ns) &&
         interruption.end_ns.value_or(kNever) > fault.begin_ns;
}

/// From the begin of one interruption, as the fault owns it, to the end of another or of the same.
SpanRange span_between(const Interruption& first, const Interruption& last) {
  SpanRange span;
  span.low_ns = std::max<Nanos>(0, last.end_low_ns - first.begin_high_ns);
  span.value_ns = std::nullopt;
  if (last.end_ns) span.value_ns = *last.end_ns - first.begin_ns;
  span.high_ns = last.end_high_ns ? *last.end_high_ns - first.begin_low_ns.value_or(0) : kNever;
  return span;
}

SpanRange onset_of(const Interruption& first, const FaultSpan& fault) {
  const Nanos begin_ns = fault.begin_ns;
  return {first.begin_low_ns.value_or(begin_ns) - begin_ns, first.begin_ns - begin_ns,
          first.begin_high_ns - begin_ns};
}

/// The larger at each end; without a value where either has none.
SpanRange larger(const SpanRange& a, const SpanRange& b) {
  SpanRange both{std::max(a.low_ns, b.low_ns), std::nullopt, std::max(a.high_ns, b.high_ns)};
  if (a.value_ns && b.value_ns) both.value_ns = std::max(*a.value_ns, *b.value_ns);
  return both;
}

/// The smaller at each end; an absent one does not count.
std::optional<SpanRange> earlier(const std::optional<SpanRange>& a, const std::optional<SpanRange>& b) {
  if (!a || !b) return a ? a : b;
  return SpanRange{std::min(a->low_ns, b->low_ns), std::min(*a->value_ns, *b->value_ns),
                   std::min(a->high_ns, b->high_ns)};
}

bool was_met_by_a_request(const FaultSpan& fault, std::span<const TimedRequest> requests, Nanos hold_ns) {
  const bool impulse = fault.end_ns == fault.begin_ns;
  const Nanos until_ns = impulse ? fault.begin_ns + hold_ns : fault.end_ns;
  return std::any_of(requests.begin(), requests.end(), [&](const TimedRequest& request) {
    return request.arrived_ns < until_ns && request.decided_ns >= fault.begin_ns;
  });
}

/// Nothing is known of an outage that nobody met, but that the next good request found none.
SpanRange until_next_good_arrival(const FaultSpan& fault, std::span<const TimedRequest> requests,
                                  Nanos bound_ns) {
  for (const TimedRequest& request : requests) {
    if (request.arrived_ns < fault.begin_ns || !request.succeeded) continue;
    if (request.decided_ns - request.arrived_ns > bound_ns) continue;
    return {0, std::nullopt, request.arrived_ns - fault.begin_ns};
  }
  return {0, std::nullopt, kNever};
}

}  // namespace

RecoveryTime recovery_time(std::span<const TimedRequest> requests, const FaultSpan& fault,
                           std::span<const Interruption> owned, const RecoverySettings& settings) {
  RecoveryTime result;
  std::vector<Interruption> mine;
  for (const Interruption& interruption : owned) {
    mine.push_back(as_owned_by(fault, interruption));
    result.longest = larger(result.longest, span_between(mine.back(), mine.back()));
    result.bad_time_ns += interruption.bad_time_ns;
  }
  const auto first = std::find_if(owned.begin(), owned.end(), [&](const Interruption& interruption) {
    return meets(interruption, fault, settings.hold_ns);
  });
  if (first == owned.end()) {
    result.later = std::move(mine);
    result.seen = was_met_by_a_request(fault, requests, settings.hold_ns);
    if (!result.seen) result.time = until_next_good_arrival(fault, requests, settings.bound_ns);
    return result;
  }
  const auto start = mine.begin() + (first - owned.begin());
  const auto later = std::find_if(start + 1, mine.end(), [&](const Interruption& interruption) {
    return !settings.last_act_ns || interruption.begin_ns >= *settings.last_act_ns;
  });
  result.time = span_between(*start, *(later - 1));
  result.onset = onset_of(*start, fault);
  result.restored = (later - 1)->end_ns.has_value();
  result.later.assign(later, mine.end());
  return result;
}

void widen(RecoveryTime& known, const RecoveryTime& other) {
  const auto join = [](SpanRange& a, const SpanRange& b) {
    if (a.value_ns != b.value_ns) a.value_ns.reset();
    a.low_ns = std::min(a.low_ns, b.low_ns);
    a.high_ns = std::max(a.high_ns, b.high_ns);
  };
  join(known.time, other.time);
  join(known.longest, other.longest);
}

WorstRecovery worst_recovery(std::span<const OperationRecovery> operations) {
  ensure(!operations.empty(), "the worst of no operation");
  const bool anybody_saw = std::any_of(operations.begin(), operations.end(),
                                       [](const OperationRecovery& o) { return o.recovery.seen; });
  WorstRecovery worst;
  worst.recovery.seen = anybody_saw;
  for (const OperationRecovery& o : operations) {
    if (anybody_saw && !o.recovery.seen) {
      worst.not_seen_by.push_back(o.operation);
      continue;
    }
    worst.recovery.time = larger(worst.recovery.time, o.recovery.time);
    worst.recovery.onset = earlier(worst.recovery.onset, o.recovery.onset);
    worst.recovery.restored = worst.recovery.restored && o.recovery.restored;
    worst.recovery.longest = larger(worst.recovery.longest, o.recovery.longest);
    worst.recovery.bad_time_ns = std::max(worst.recovery.bad_time_ns, o.recovery.bad_time_ns);
  }
  return worst;
}

}  // namespace twinvoice::measure
