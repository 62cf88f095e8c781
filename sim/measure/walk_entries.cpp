#include "sim/measure/walk_entries.hpp"

#include <algorithm>
#include <optional>

namespace twinvoice::measure {

namespace {

/// kNever stays kNever.
Nanos later_by(Nanos at_ns, Nanos span_ns) { return span_ns == kNever ? kNever : at_ns + span_ns; }

/// What a request may take before it is overdue.
Nanos patience_ns(const InterruptionSettings& settings) {
  if (settings.bound_ns != kNever) return settings.bound_ns;
  return std::min(settings.client_wait_ns, settings.follow_ns);
}

bool is_undecided(const TimedRequest& request, const InterruptionSettings& settings) {
  return request.decided_ns == kNever && settings.ended_ns - request.arrived_ns <= patience_ns(settings);
}

std::optional<Grade> grade_of(const TimedRequest& request, const InterruptionSettings& settings) {
  if (is_undecided(request, settings)) {
    if (settings.open_as == OpenAs::kUndecided) return std::nullopt;
    return settings.open_as == OpenAs::kGood ? Grade::kGood : Grade::kBad;
  }
  if (!request.succeeded) return Grade::kBad;
  return request.decided_ns - request.arrived_ns > settings.bound_ns ? Grade::kLate : Grade::kGood;
}

std::vector<Nanos> begins_before(std::span<const FaultSpan> faults, Nanos horizon_ns) {
  std::vector<Nanos> begins;
  for (const FaultSpan& fault : faults) {
    if (fault.begin_ns < horizon_ns) begins.push_back(fault.begin_ns);
  }
  std::sort(begins.begin(), begins.end());
  return begins;
}

Nanos time_when_bad(const TimedRequest& request, const std::vector<Nanos>& fault_begins, Nanos patience) {
  const Nanos until_ns = std::min(request.decided_ns, later_by(request.arrived_ns, patience));
  const auto after = std::upper_bound(fault_begins.begin(), fault_begins.end(), until_ns);
  if (after == fault_begins.begin()) return request.arrived_ns;
  return std::max(request.arrived_ns, *std::prev(after));
}

void repeat_while_open(const TimedRequest& request, const WalkEntry& entry,
                       const InterruptionSettings& settings, std::vector<WalkEntry>& into) {
  const Nanos open_until_ns = std::min(request.decided_ns, settings.ended_ns);
  if (!settings.cycle_ns || open_until_ns - request.arrived_ns <= settings.bound_ns) return;
  const Nanos hung_until_ns = std::min(
      {request.decided_ns, later_by(request.arrived_ns, settings.client_wait_ns), settings.horizon_ns});
  for (Nanos at = entry.time_ns + *settings.cycle_ns; at < hung_until_ns; at += *settings.cycle_ns) {
    into.push_back({at, entry.ordinal, Grade::kBad, true});
  }
}

void order_by_time(std::vector<WalkEntry>& entries) {
  const auto earlier = [](const WalkEntry& a, const WalkEntry& b) { return a.time_ns < b.time_ns; };
  if (std::is_sorted(entries.begin(), entries.end(), earlier)) return;
  std::stable_sort(entries.begin(), entries.end(), earlier);  // entered by ordinal: equal times stay so
}

}  // namespace

bool has_undecided(std::span<const TimedRequest> requests, const InterruptionSettings& settings) {
  return std::any_of(requests.begin(), requests.end(),
                     [&](const TimedRequest& request) { return is_undecided(request, settings); });
}

WalkEntries walk_entries(std::span<const TimedRequest> requests, std::span<const FaultSpan> faults,
                         const InterruptionSettings& settings) {
  const std::vector<Nanos> fault_begins = begins_before(faults, settings.horizon_ns);
  const Nanos patience = patience_ns(settings);
  WalkEntries entries;
  entries.walked.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const TimedRequest& request = requests[i];
    WalkEntry entry{request.arrived_ns, static_cast<std::uint32_t>(i), Grade::kGood, false};
    const std::optional<Grade> grade = grade_of(request, settings);
    if (!grade) {
      entries.undecided.push_back(entry);
      continue;
    }
    entry.grade = *grade;
    if (*grade != Grade::kGood) entry.time_ns = time_when_bad(request, fault_begins, patience);
    entries.walked.push_back(entry);
    if (*grade != Grade::kGood) repeat_while_open(request, entry, settings, entries.walked);
  }
  order_by_time(entries.walked);
  return entries;
}

}  // namespace twinvoice::measure
