#include "sim/measure/interruptions.hpp"

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/measure/health.hpp"
#include "sim/measure/likelihood.hpp"
#include "sim/measure/walk.hpp"
#include "sim/measure/walk_entries.hpp"

namespace twinvoice::measure {

namespace {

/// By how much more may be late than may fail.
constexpr ShareNano kLateAllowance = kWholeShare / 100;

/// An interruption as entries; an end of kNoEntry is none.
struct Stretch {
  Symptom symptom = Symptom::kFailing;
  Change begin;
  Change end;
  bool restored = false;
};

/// The share that Wald's test holds against the allowed one: the share of bad ones on the way to the alarm, at
/// least three times the allowed one and at most one half; where that leaves no room, halfway to all.
double broken_share(const Walk& walk, const Alarm& alarm) {
  const double s = walk.share();
  if (3.0 * s > 0.5) return (1.0 + s) / 2.0;
  const auto bad = static_cast<double>(walk.bad_in(alarm.left, alarm.at));
  return std::clamp(bad / static_cast<double>(alarm.at - alarm.left + 1), 3.0 * s, 0.5);
}

class InterruptionSearch {
 public:
  InterruptionSearch(std::span<const TimedRequest> requests, std::span<const FaultSpan> faults,
                     const InterruptionSettings& settings)
      : requests_(requests),
        settings_(settings),
        entries_(walk_entries(requests, faults, settings)),
        failing_(entries_.walked, Grade::kBad, settings.allowed, settings.hold_ns),
        late_(entries_.walked, Grade::kLate, settings.allowed + kLateAllowance, settings.hold_ns),
        health_(entries_, failing_, late_, settings) {}

  std::vector<Interruption> find() {
    std::vector<Interruption> found;
    for (const Stretch& stretch : joined(stretches())) found.push_back(told(stretch));
    return found;
  }

 private:
  std::vector<Stretch> stretches() {
    std::vector<Stretch> found;
    for (std::size_t start = 0; start != kNoEntry;) {
      const std::size_t failing = failing_.alarm_from(start);
      const std::size_t late = late_.alarm_from(start);
      if (std::min(failing, late) == kNoEntry) break;
      const Symptom symptom = failing <= late ? Symptom::kFailing : Symptom::kLate;
      const Walk& walk = symptom == Symptom::kFailing ? failing_ : late_;
      const std::size_t at = std::min(failing, late);
      const Alarm alarm{start, at, walk.left_zero(start, at)};
      const std::optional<Health> health = health_.first_after(at, walk, broken_share(walk, alarm));
      found.push_back(stretch_of(alarm, symptom, health));
      start = health ? health->from : kNoEntry;
    }
    return found;
  }

  Stretch stretch_of(const Alarm& alarm, Symptom symptom, const std::optional<Health>& health) const {
    const Walk& walk = symptom == Symptom::kFailing ? failing_ : late_;
    const std::size_t health_at = health ? health->from : entries_.walked.size();
    Stretch stretch{symptom,
                    find_begin(entries_, walk, alarm, health_at, settings_.hold_ns),
                    {kNoEntry, kNoEntry, kNoEntry},
                    health.has_value()};
    if (health) {
      stretch.end =
          find_end(entries_, failing_, late_, symptom, stretch.begin.at, *health, settings_.hold_ns);
    }
    return stretch;
  }

  /// Those with less than `hold` between them made one.
  std::vector<Stretch> joined(const std::vector<Stretch>& stretches) const {
    std::vector<Stretch> joined;
    for (const Stretch& next : stretches) {
      if (joined.empty() || !is_close(joined.back(), next)) {
        joined.push_back(next);
        continue;
      }
      joined.back().end = next.end;
      joined.back().restored = next.restored;
    }
    return joined;
  }

  [[nodiscard]] bool is_close(const Stretch& before, const Stretch& next) const {
    if (before.end.at == kNoEntry) return true;
    return time_of(next.begin.at) - time_of(before.end.at) < settings_.hold_ns;
  }

  [[nodiscard]] Nanos time_of(std::size_t entry) const { return entries_.walked[entry].time_ns; }
  [[nodiscard]] std::optional<Nanos> time_within(std::size_t entry) const {
    if (entry == kNoEntry) return std::nullopt;
    return time_of(entry);
  }

  Interruption told(const Stretch& stretch) {
    Interruption i;
    i.begin_ns = time_of(stretch.begin.at);
    i.begin_low_ns = time_within(stretch.begin.low);
    i.begin_high_ns = time_of(stretch.begin.high);
    i.end_ns = time_within(stretch.end.at);
    i.end_low_ns = stretch.restored ? time_of(stretch.end.low) : last_trouble_ns();
    i.end_high_ns = time_within(stretch.end.high);
    i.symptom = stretch.symptom;
    i.before_measured = i.begin_ns < settings_.warm_up_ns;
    count(stretch, i);
    i.answered_again_ns = answered_again(stretch);
    return i;
  }

  /// The time of the last bad or late entry of the run, or the horizon if no good one came after it.
  [[nodiscard]] Nanos last_trouble_ns() const {
    const std::size_t last = late_.last_bad_before(entries_.walked.size());
    return last + 1 == entries_.walked.size() ? settings_.horizon_ns : time_of(last);
  }

  void count(const Stretch& stretch, Interruption& into) const {
    const std::vector<WalkEntry>& walked = entries_.walked;
    const std::size_t end = std::min(stretch.end.at, walked.size());
    const Nanos until_ns = into.end_ns.value_or(settings_.horizon_ns);
    for (std::size_t at = late_.next_bad(stretch.begin.at); at < end; at = late_.next_bad(at + 1)) {
      into.bad_time_ns += std::min(next_request_ns(at), until_ns) - walked[at].time_ns;
      if (walked[at].repeated) continue;
      ++(walked[at].grade == Grade::kBad ? into.bad : into.late);
    }
  }

  /// The time of the next request of the operation, whether it has a grade or is open still; kNever: it is the last.
  [[nodiscard]] Nanos next_request_ns(std::size_t entry) const {
    const auto& open = entries_.undecided;
    const auto next = std::upper_bound(open.begin(), open.end(), entries_.walked[entry], stands_before);
    const Nanos open_ns = next == open.end() ? kNever : next->time_ns;
    return entry + 1 < entries_.walked.size() ? std::min(time_of(entry + 1), open_ns) : open_ns;
  }

  std::optional<Nanos> answered_again(const Stretch& stretch) {
    const Grade bad_from = stretch.symptom == Symptom::kFailing ? Grade::kBad : Grade::kLate;
    const std::size_t end = std::min(stretch.end.at, entries_.walked.size());
    std::optional<Nanos> last_bad_ns;
    for (std::size_t at = stretch.begin.at; at < end; ++at) {
      const Nanos decided_ns = requests_[entries_.walked[at].ordinal].decided_ns;
      if (entries_.walked[at].grade < bad_from || decided_ns == kNever) continue;
      last_bad_ns = std::max(last_bad_ns.value_or(decided_ns), decided_ns);
    }
    if (!last_bad_ns) return std::nullopt;
    const std::vector<Nanos>& answers = stretch.symptom == Symptom::kFailing ? answers_ns() : timely_ns();
    const auto again = std::upper_bound(answers.begin(), answers.end(), *last_bad_ns);
    if (again == answers.end()) return std::nullopt;
    return *again;
  }

  /// When requests were answered with success, in order.
  const std::vector<Nanos>& answers_ns() { return decisions_up_to(Grade::kLate, answers_ns_); }
  /// When they were answered with success and in time, in order.
  const std::vector<Nanos>& timely_ns() { return decisions_up_to(Grade::kGood, timely_ns_); }

  const std::vector<Nanos>& decisions_up_to(Grade worst, std::vector<Nanos>& kept) const {
    if (!kept.empty()) return kept;
    for (const WalkEntry& entry : entries_.walked) {
      const Nanos decided_ns = requests_[entry.ordinal].decided_ns;
      if (entry.grade <= worst && !entry.repeated && decided_ns != kNever) kept.push_back(decided_ns);
    }
    std::sort(kept.begin(), kept.end());
    return kept;
  }

  std::span<const TimedRequest> requests_;
  const InterruptionSettings& settings_;
  WalkEntries entries_;
  Walk failing_;
  Walk late_;
  HealthSearch health_;
  std::vector<Nanos> answers_ns_;
  std::vector<Nanos> timely_ns_;
};

}  // namespace

std::vector<Interruption> find_interruptions(std::span<const TimedRequest> requests,
                                             std::span<const FaultSpan> faults,
                                             const InterruptionSettings& settings) {
  ensure(settings.allowed > 0 && settings.allowed <= kWholeShare / 2, "an allowed share beyond (0, 1/2]");
  return InterruptionSearch(requests, faults, settings).find();
}

}  // namespace twinvoice::measure
