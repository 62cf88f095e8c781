// What a caller replica keeps at a call site to protect the callee: circuit breaker and retry budget.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/plan/calls.hpp"

namespace twinvoice::referee {

struct CallGuard {
  enum class Breaker : std::uint8_t { kClosed, kOpen, kHalfOpen };
  Breaker breaker = Breaker::kClosed;
  std::uint32_t era = 0;  ///< counts changes of the breaker: outcomes of attempts of older eras are ignored
  std::uint32_t errors_in_a_row = 0;
  std::uint32_t let_through = 0;  ///< while half open
  std::uint32_t passed = 0;       ///< of those, successes
  Nanos opened_ns = 0;
  double budget = 0.0;

  void turn(Breaker to, Nanos now_ns) {
    breaker = to;
    ++era;
    errors_in_a_row = let_through = passed = 0;
    opened_ns = now_ns;
  }

  /// May one more attempt be launched? Opens the half-open phase when it is time.
  [[nodiscard]] bool lets_through(const plan::Breaker& policy, Nanos now_ns) {
    if (policy.consecutive_errors == 0) return true;
    if (breaker == Breaker::kOpen) {
      if (now_ns - opened_ns < policy.open_for_ns) return false;
      turn(Breaker::kHalfOpen, now_ns);
    }
    if (breaker == Breaker::kHalfOpen) {
      if (let_through >= policy.half_open_requests) return false;
      ++let_through;
    }
    return true;
  }
  /// An attempt that was let through will have no outcome: another may test in its place.
  void take_back(std::uint32_t launched_era) {
    if (breaker == Breaker::kHalfOpen && launched_era == era && let_through > 0) --let_through;
  }
  void outcome(const plan::Breaker& policy, std::uint32_t launched_era, bool success, Nanos now_ns) {
    if (policy.consecutive_errors == 0 || launched_era != era) return;
    if (breaker == Breaker::kHalfOpen) {
      if (!success) {
        turn(Breaker::kOpen, now_ns);
      } else if (++passed >= policy.half_open_requests) {
        turn(Breaker::kClosed, now_ns);
      }
    } else if (success) {
      errors_in_a_row = 0;
    } else if (++errors_in_a_row >= policy.consecutive_errors) {
      turn(Breaker::kOpen, now_ns);
    }
  }

  /// The budget grows with each call.
  void earn(const plan::Retries& policy) {
    if (policy.budget && budget < std::max(policy.budget_burst, 2.0)) budget += policy.budget_ratio;
  }
  [[nodiscard]] bool pays_for_retry(const plan::Retries& policy) {
    if (!policy.budget) return true;
    if (budget < 1.0) return false;
    budget -= 1.0;
    return true;
  }
};

}  // namespace twinvoice::referee
