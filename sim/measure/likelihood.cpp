#include "sim/measure/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace twinvoice::measure {

namespace {

/// Evidence by which an instant may fall short of the likeliest one and still be the true one.
constexpr double kMargin = 3.0;
constexpr std::size_t kFewestAround = 10;

/// The first entry with this time or later.
std::size_t first_from(const std::vector<WalkEntry>& walked, Nanos time_ns) {
  const auto at = std::partition_point(walked.begin(), walked.end(),
                                       [&](const WalkEntry& entry) { return entry.time_ns < time_ns; });
  return static_cast<std::size_t>(at - walked.begin());
}

/// Evidence of the entries [first, last].
double evidence_in(const Walk& walk, std::size_t first, std::size_t last) {
  return evidence(walk.bad_in(first, last), last - first + 1, walk.share());
}

/// The stretch before health in which an end is looked for.
struct EndSearch {
  const Walk& walk;
  const Walk& other;
  std::size_t first = 0;
  Health health;

  /// Whether nothing happens any more after this entry.
  [[nodiscard]] bool is_quiet_after(std::size_t at) const {
    return std::min(walk.alarm_from(at + 1), other.alarm_from(at + 1)) > health.last;
  }

  /// The likeliest last bad entry. Where none is in the stretch, the last one before health is, and the
  /// stretch begins with it.
  std::size_t find_last_bad() {
    std::size_t best = kNoEntry;
    double most = 0.0;
    for (std::size_t at = walk.next_bad(first); at <= health.last; at = walk.next_bad(at + 1)) {
      if (!is_quiet_after(at)) continue;
      const double found = evidence_in(walk, first, at);
      if (best != kNoEntry && found < most) continue;
      best = at;
      most = found;
    }
    if (best == kNoEntry) best = first = walk.last_bad_before(health.from);
    return best;
  }

  [[nodiscard]] Change change_after(std::size_t last_bad, std::size_t entry_count) const {
    Change end{last_bad + 1, last_bad, last_bad};
    while (end.at < entry_count && walk.is_bad(end.at)) ++end.at;
    const double enough = evidence_in(walk, first, last_bad) - kMargin;
    for (std::size_t at = first; at <= health.last; ++at) {
      if (!is_quiet_after(at) || evidence_in(walk, first, at) < enough) continue;
      end.low = std::min(end.low, at);
      end.high = std::max(end.high, at);
    }
    end.high = std::max(end.high + 1, end.at);
    if (end.at >= entry_count) end.at = kNoEntry;
    if (end.high >= entry_count) end.high = kNoEntry;
    return end;
  }
};

}  // namespace

double evidence(std::size_t bad, std::size_t all, double s) {
  const auto k = static_cast<double>(bad);
  const auto n = static_cast<double>(all);
  if (k <= n * s) return 0.0;
  const double for_bad = k * std::log(k / (n * s));
  if (bad == all) return for_bad;
  return for_bad + (n - k) * std::log((1.0 - k / n) / (1.0 - s));
}

Change find_begin(const WalkEntries& entries, const Walk& walk, const Alarm& alarm, std::size_t health_at,
                  Nanos hold_ns) {
  const std::vector<WalkEntry>& walked = entries.walked;
  const std::size_t held = first_from(walked, walked[alarm.at].time_ns + hold_ns) - 1;
  const std::size_t last = std::min(std::max(held, alarm.at + kFewestAround - 1), health_at - 1);
  Change begin{alarm.at, 0, 0};
  double most = 0.0;
  for (std::size_t at = alarm.left; at <= alarm.at; at = walk.next_bad(at + 1)) {
    const double found = evidence_in(walk, at, last);
    if (found < most) continue;
    begin.at = at;
    most = found;
  }
  const std::size_t first = std::max(alarm.start, first_from(walked, walked[alarm.left].time_ns - hold_ns));
  std::size_t earliest = begin.at;
  begin.high = begin.at;
  for (std::size_t at = first; at <= alarm.at; ++at) {
    if (evidence_in(walk, at, last) < most - kMargin) continue;
    earliest = std::min(earliest, at);
    begin.high = std::max(begin.high, at);
  }
  begin.low = earliest > 0 ? earliest - 1 : kNoEntry;
  return begin;
}

Change find_end(const WalkEntries& entries, const Walk& failing, const Walk& late, Symptom symptom,
                std::size_t begin, const Health& health, Nanos hold_ns) {
  const std::vector<WalkEntry>& walked = entries.walked;
  const std::size_t held = first_from(walked, walked[health.from].time_ns - hold_ns);
  const std::size_t tenth = health.from - std::min(health.from, kFewestAround);
  const std::size_t first = std::max(begin, std::min(held, tenth));
  EndSearch late_end{late, failing, first, health};
  if (symptom == Symptom::kFailing) {
    EndSearch failing_end{failing, late, first, health};
    const std::size_t last_bad = failing_end.find_last_bad();
    const auto is_late = [](const WalkEntry& entry) { return entry.grade == Grade::kLate; };
    const auto from = walked.begin() + static_cast<std::ptrdiff_t>(failing_end.first);
    const auto until = walked.begin() + static_cast<std::ptrdiff_t>(health.from);
    if (std::none_of(from, until, is_late)) return failing_end.change_after(last_bad, walked.size());
  }
  return late_end.change_after(late_end.find_last_bad(), walked.size());
}

}  // namespace twinvoice::measure
