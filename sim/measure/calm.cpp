#include "sim/measure/calm.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace twinvoice::measure {

namespace {

__extension__ using WideSpan = unsigned __int128;

constexpr ShareNano kAssumedShare = kWholeShare / 100;
constexpr ShareNano kLeastShare = kWholeShare / 100'000;
constexpr ShareNano kMostShare = kWholeShare / 2;

Nanos first_fault_of(std::span<const FaultSpan> faults) {
  Nanos first = kNever;
  for (const FaultSpan& fault : faults) first = std::min(first, fault.begin_ns);
  return first;
}

Nanos p99_of(std::vector<Nanos>& values) {
  if (values.empty()) return 0;
  const std::size_t rank = (99 * values.size() + 99) / 100;  // ceil(0.99 n), exactly
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

ShareNano failed_share(const Calm& calm) {
  const std::uint64_t decided = calm.succeeded + calm.failed;
  const auto whole = static_cast<WideSpan>(kWholeShare);
  return static_cast<ShareNano>((calm.failed * whole + decided / 2) / decided);
}

}  // namespace

Calm calm_of(std::span<const TimedRequest> requests, std::span<const FaultSpan> faults, Nanos warm_up_ns,
             Nanos horizon_ns) {
  const Nanos first_fault_ns = first_fault_of(faults);
  const Nanos quiet_until_ns = std::min(first_fault_ns, horizon_ns);
  Calm calm;
  calm.length_ns = std::max<Nanos>(0, quiet_until_ns - warm_up_ns);
  std::vector<Nanos> response_times;
  for (const TimedRequest& request : requests) {
    if (request.arrived_ns < warm_up_ns || request.arrived_ns >= quiet_until_ns) continue;
    ++calm.arrived;
    if (request.decided_ns == kNever) ++calm.unanswered;
    if (request.decided_ns >= first_fault_ns) continue;  // kNever is never before anything
    if (request.succeeded) {
      response_times.push_back(request.decided_ns - request.arrived_ns);
    } else {
      ++calm.failed;
    }
  }
  calm.succeeded = response_times.size();
  calm.p99_ns = p99_of(response_times);
  return calm;
}

LateBound late_bound(const Calm& calm, std::optional<Nanos> stated_p99_ns) {
  if (!stated_p99_ns) {
    if (!calm.known()) return {};
    return {10 * calm.p99_ns, LateOrigin::kTenTimesCalm};
  }
  if (!calm.known()) return {3 * *stated_p99_ns, LateOrigin::kThreeTimesStated};
  if (3 * calm.p99_ns > *stated_p99_ns) return {3 * calm.p99_ns, LateOrigin::kThreeTimesCalm};
  return {*stated_p99_ns, LateOrigin::kStated};
}

std::string_view words(LateOrigin origin) {
  switch (origin) {
    case LateOrigin::kStated: return "stated p99";
    case LateOrigin::kThreeTimesCalm: return "three times the calm p99";
    case LateOrigin::kTenTimesCalm: return "ten times the calm p99";
    case LateOrigin::kThreeTimesStated: return "three times the stated p99 (calm unknown)";
    case LateOrigin::kNone: return "none";
  }
  return "";
}

AllowedShare allowed_share(const Calm& calm, std::optional<double> stated_availability) {
  AllowedShare allowed{kAssumedShare, AllowedOrigin::kAssumed};
  if (stated_availability) {
    const double failing = (1.0 - *stated_availability) * static_cast<double>(kWholeShare);
    allowed = {static_cast<ShareNano>(std::llround(failing)), AllowedOrigin::kStated};
  }
  if (allowed.share < kLeastShare) allowed = {kLeastShare, AllowedOrigin::kLeast};
  if (calm.known() && failed_share(calm) > allowed.share) {
    allowed = {failed_share(calm), AllowedOrigin::kCalm};
  }
  if (allowed.share > kMostShare) allowed = {kMostShare, AllowedOrigin::kMost};
  return allowed;
}

std::string_view words(AllowedOrigin origin) {
  switch (origin) {
    case AllowedOrigin::kStated: return "stated availability";
    case AllowedOrigin::kAssumed: return "assumed";
    case AllowedOrigin::kLeast: return "raised to the least that can be told";
    case AllowedOrigin::kCalm: return "raised to what fails without a fault";
    case AllowedOrigin::kMost: return "lowered to one half";
  }
  return "";
}

CalmFlaw flaw_of(const Calm& calm, std::optional<Nanos> stated_p99_ns) {
  if (!calm.known()) return CalmFlaw::kNone;
  if (calm.unanswered * 100 > calm.arrived) return CalmFlaw::kUnanswered;
  return stated_p99_ns && calm.p99_ns > 3 * *stated_p99_ns ? CalmFlaw::kLate : CalmFlaw::kNone;
}

double failed_share_of(const Calm& calm) {
  if (!calm.known()) return 0.0;
  return static_cast<double>(failed_share(calm)) / static_cast<double>(kWholeShare);
}

std::optional<Nanos> calm_cycle_ns(const Calm& calm, std::uint64_t users) {
  if (calm.arrived == 0 || calm.length_ns <= 0) return std::nullopt;
  const WideSpan cycle = static_cast<WideSpan>(calm.length_ns) * users / calm.arrived;
  return static_cast<Nanos>(std::clamp<WideSpan>(cycle, 1, static_cast<WideSpan>(kLongestSpan)));
}

}  // namespace twinvoice::measure
