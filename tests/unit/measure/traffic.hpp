// Requests of one operation as a test wants them: when they come and what becomes of them.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/interruptions.hpp"
#include "sim/measure/recovery_time.hpp"
#include "sim/measure/request_times.hpp"
#include "tests/unit/measure/reference_models.hpp"

namespace twinvoice::measure {

inline constexpr Nanos kMs = 1'000'000;
inline constexpr Nanos kS = kNanosPerSecond;
inline constexpr Nanos kMin = 60 * kS;
inline constexpr Nanos kHour = 60 * kMin;

/// What became of a request that arrived then.
using Fate = std::function<TimedRequest(Nanos)>;

inline TimedRequest answered(Nanos arrived_ns, Nanos after_ns = 10 * kMs) {
  return {arrived_ns, arrived_ns + after_ns, 0, true};
}
inline TimedRequest failed(Nanos arrived_ns, Nanos after_ns = 10 * kMs) {
  return {arrived_ns, arrived_ns + after_ns, 0, false};
}
inline TimedRequest unanswered(Nanos arrived_ns) { return {arrived_ns, kNever, 0, false}; }

inline bool within(Nanos at_ns, Nanos from_ns, Nanos until_ns) {
  return at_ns >= from_ns && at_ns < until_ns;
}

/// Fails in [from, until), answers otherwise.
inline Fate down(Nanos from_ns, Nanos until_ns) {
  return [=](Nanos at) { return within(at, from_ns, until_ns) ? failed(at) : answered(at); };
}

/// One request every `gap`, from 0.
inline std::vector<TimedRequest> steady(Nanos gap_ns, Nanos horizon_ns, const Fate& fate) {
  std::vector<TimedRequest> requests;
  for (Nanos at = 0; at < horizon_ns; at += gap_ns) requests.push_back(fate(at));
  return requests;
}

/// Poisson arrivals.
inline std::vector<TimedRequest> poisson(Reference& random, double per_s, Nanos horizon_ns,
                                         const Fate& fate) {
  std::vector<TimedRequest> requests;
  for (double at = random.exponential(1.0 / per_s); from_seconds(at) < horizon_ns;
       at += random.exponential(1.0 / per_s)) {
    requests.push_back(fate(from_seconds(at)));
  }
  return requests;
}

/// An objective as an allowed share.
inline ShareNano allowed_at(double availability) { return allowed_share({}, availability).share; }

inline InterruptionSettings settings_for(Nanos horizon_ns, double availability = 0.99,
                                         Nanos bound_ns = 800 * kMs) {
  InterruptionSettings settings;
  settings.bound_ns = bound_ns;
  settings.client_wait_ns = 10 * kS;
  settings.allowed = allowed_at(availability);
  settings.horizon_ns = horizon_ns;
  settings.ended_ns = horizon_ns;
  return settings;
}

/// From the begin to the end with its interval.
inline SpanRange length_of(const Interruption& i) {
  SpanRange length{std::max<Nanos>(0, i.end_low_ns - i.begin_high_ns), std::nullopt, kNever};
  if (i.end_ns) length.value_ns = *i.end_ns - i.begin_ns;
  if (i.end_high_ns && i.begin_low_ns) length.high_ns = *i.end_high_ns - *i.begin_low_ns;
  return length;
}

inline bool holds(const SpanRange& range, Nanos value_ns) {
  return range.low_ns <= value_ns && value_ns <= range.high_ns;
}

}  // namespace twinvoice::measure
