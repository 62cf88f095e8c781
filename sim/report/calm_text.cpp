#include "sim/report/calm_text.hpp"

#include <fmt/format.h>

#include "sim/report/text.hpp"

namespace twinvoice::report {

std::string calm_flaw_text(const Yardstick& y) {
  switch (y.flaw) {
    case measure::CalmFlaw::kNone: return {};
    case measure::CalmFlaw::kUnanswered:
      return fmt::format(
          "the calm is no calm: {} of the {} requests in it were never answered, and what is late is "
          "measured by "
          "the others",
          count_text(y.calm.unanswered), count_text(y.calm.arrived));
    case measure::CalmFlaw::kLate:
      return fmt::format(
          "the calm is no calm: its p99 is {}, more than three times the stated one; it was late all along, "
          "and only "
          "what is later than {} counts as such",
          seconds_text(to_seconds(y.calm.p99_ns)), seconds_text(to_seconds(y.bound.bound_ns)));
  }
  return {};
}

double share_that_always_fails(const Yardstick& y) {
  const bool of_calm =
      y.allowed.origin == measure::AllowedOrigin::kCalm ||
      (y.allowed.origin == measure::AllowedOrigin::kMost && measure::failed_share_of(y.calm) > 0.5);
  return of_calm ? static_cast<double>(y.allowed.share) / 1e9 : 0.0;
}

}  // namespace twinvoice::report
