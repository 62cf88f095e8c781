// The rules of interruptions followed step by step, however slowly: the quick search is checked by them.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "sim/measure/distributions.hpp"
#include "sim/measure/interruptions.hpp"
#include "sim/measure/walk_entries.hpp"

namespace twinvoice::measure {

class NaiveInterruptions {
 public:
  /// Positions of begin and end with their intervals; -1: outside of the run.
  struct Found {
    Symptom symptom = Symptom::kFailing;
    int begin = -1, begin_low = -1, begin_high = -1;
    int end = -1, end_low = -1, end_high = -1;
  };

  NaiveInterruptions(const std::vector<TimedRequest>& requests, const InterruptionSettings& settings)
      : settings_(settings), entries_(walk_entries(requests, {}, settings)), count_(count_of(entries_)) {}

  [[nodiscard]] const WalkEntry& entry(int at) const { return entries_.walked[static_cast<std::size_t>(at)]; }

  std::vector<Found> find() const {
    std::vector<Found> all;
    for (int start = 0;;) {
      const int failing = alarm(start, count_ - 1, Grade::kBad);
      const int late = alarm(start, count_ - 1, Grade::kLate);
      if (failing < 0 && late < 0) break;
      const bool fails = failing >= 0 && (late < 0 || failing <= late);
      const Grade bad_from = fails ? Grade::kBad : Grade::kLate;
      const int at = fails ? failing : late;
      const int left = left_zero(start, at, bad_from);
      const auto [health, last] = first_healthy(at, left, bad_from);
      Found found = begin_of(start, left, at, health < 0 ? count_ : health, bad_from);
      found.symptom = fails ? Symptom::kFailing : Symptom::kLate;
      if (health >= 0) set_end(found, health, last, bad_from);
      add(all, found);
      if (health < 0) break;
      start = health;
    }
    return all;
  }

 private:
  static int count_of(const WalkEntries& entries) { return static_cast<int>(entries.walked.size()); }
  [[nodiscard]] bool bad(int at, Grade from) const { return entry(at).grade >= from; }
  [[nodiscard]] ShareNano share(Grade from) const {
    return settings_.allowed + (from == Grade::kLate ? kWholeShare / 100 : 0);
  }
  [[nodiscard]] double s(Grade from) const { return static_cast<double>(share(from)) * 1e-9; }

  /// Scores of a fresh walk after each step, told to `see(at, fast, slow)` until it returns true.
  template <typename See>
  void walk(int start, int last, Grade from, See see) const {
    ShareNano fast = 0, slow = 0;
    int last_bad = -1;
    for (int at = start; at <= last; ++at) {
      if (bad(at, from)) {
        fast += kWholeShare;
        slow += kWholeShare;
        last_bad = at;
      } else {
        fast = std::max<ShareNano>(0, fast - 10 * share(from));
        slow = std::max<ShareNano>(0, slow - 2 * share(from));
        const bool held = last_bad >= 0 && at - last_bad >= 50 &&
                          entry(at).time_ns - entry(last_bad).time_ns >= settings_.hold_ns;
        if (held) fast = slow = 0;
      }
      if (see(at, fast, slow)) return;
    }
  }
  [[nodiscard]] int alarm(int start, int last, Grade from) const {
    const double high = std::max(4.0, 7.0 / std::log10(1.0 / s(from))) * 1e9;
    int found = -1;
    walk(start, last, from, [&](int at, ShareNano fast, ShareNano slow) {
      const bool alarmed = static_cast<double>(fast) >= high || slow >= 12 * kWholeShare;
      if (alarmed) found = at;
      return alarmed;
    });
    return found;
  }
  [[nodiscard]] bool quiet(int first, int last) const {
    return alarm(first, last, Grade::kBad) < 0 && alarm(first, last, Grade::kLate) < 0;
  }
  /// The earlier of the entries with which the two scores last left 0.
  [[nodiscard]] int left_zero(int start, int alarm_at, Grade from) const {
    int fast_left = start, slow_left = start;
    ShareNano fast_before = 0, slow_before = 0;
    walk(start, alarm_at, from, [&](int at, ShareNano fast, ShareNano slow) {
      if (fast_before == 0 && fast > 0) fast_left = at;
      if (slow_before == 0 && slow > 0) slow_left = at;
      fast_before = fast;
      slow_before = slow;
      return false;
    });
    return std::min(fast_left, slow_left);
  }

  [[nodiscard]] int bad_in(int first, int last, Grade from) const {
    int k = 0;
    for (int at = first; at <= last; ++at) k += bad(at, from) ? 1 : 0;
    return k;
  }
  [[nodiscard]] double evidence_of(int first, int last, Grade from) const {
    const double k = bad_in(first, last, from), n = last - first + 1;
    if (k / n <= s(from)) return 0.0;
    return k * std::log(k / (n * s(from))) +
           (k < n ? (n - k) * std::log((1.0 - k / n) / (1.0 - s(from))) : 0.0);
  }

  /// Last entry of the hold window; -1: it does not end within the run.
  [[nodiscard]] int window_end(int x, double p, Grade from) const {
    double sum = 0.0;
    bool decided = false;
    for (int at = x; at < count_; ++at) {
      if (entry(at).time_ns >= entry(x).time_ns + settings_.hold_ns && decided) return at - 1;
      sum += bad(at, from) ? std::log(s(from) / p) : std::log((1.0 - s(from)) / (1.0 - p));
      decided = decided || sum >= std::log(100.0);
    }
    return decided ? count_ - 1 : -1;
  }
  [[nodiscard]] bool common(int first, int last, Grade from) const {
    const int k = bad_in(first, last, from);
    return k == 0 || 1.0 - binomial_cdf(k - 1, last - first + 1, s(from)) >= 0.01;
  }
  [[nodiscard]] bool has_undecided(int x, int last) const {
    for (const WalkEntry& u : entries_.undecided) {
      const auto after = [&](int at) {
        return std::pair(u.time_ns, u.ordinal) > std::pair(entry(at).time_ns, entry(at).ordinal);
      };
      if (after(x) && (u.time_ns < entry(x).time_ns + settings_.hold_ns || !after(last))) return true;
    }
    return false;
  }
  [[nodiscard]] std::pair<int, int> first_healthy(int alarm_at, int left, Grade from) const {
    double p = static_cast<double>(bad_in(left, alarm_at, from)) / (alarm_at - left + 1);
    p = s(from) > 1.0 / 6.0 ? (1.0 + s(from)) / 2.0 : std::min(0.5, std::max(p, 3.0 * s(from)));
    for (int x = alarm_at + 1; x < count_; ++x) {
      if (bad(x, from) || entry(x).time_ns + settings_.hold_ns > settings_.horizon_ns) continue;
      const int last = window_end(x, p, from);
      if (last < 0 || has_undecided(x, last) || !quiet(x, last)) continue;
      if (common(x, last, Grade::kBad) && common(x, last, Grade::kLate)) return {x, last};
    }
    return {-1, -1};
  }

  [[nodiscard]] Found begin_of(int start, int left, int alarm_at, int health, Grade from) const {
    int v = alarm_at + 9;
    for (int at = alarm_at; at < count_; ++at) {
      if (entry(at).time_ns < entry(alarm_at).time_ns + settings_.hold_ns) v = std::max(v, at);
    }
    v = std::min(v, health - 1);
    Found found;
    double most = -1.0;
    for (int at = left; at <= alarm_at; ++at) {
      if (!bad(at, from) || evidence_of(at, v, from) < most) continue;
      most = evidence_of(at, v, from);
      found.begin = at;
    }
    bool first = true;
    for (int at = start; at <= alarm_at; ++at) {
      if (entry(at).time_ns < entry(left).time_ns - settings_.hold_ns) continue;
      if (evidence_of(at, v, from) < most - 3.0) continue;
      if (std::exchange(first, false)) found.begin_low = at - 1;
      found.begin_high = at;
    }
    return found;
  }

  [[nodiscard]] int end_search_start(const Found& found, int health) const {
    int u = std::max(0, health - 10);
    for (int at = 0; at < u; ++at) {
      if (entry(at).time_ns >= entry(health).time_ns - settings_.hold_ns) u = at;
    }
    return std::max(u, found.begin);
  }
  void set_end(Found& found, int health, int last, Grade from) const {
    int u = end_search_start(found, health);
    int m = -1;
    double most = -1.0;
    for (int at = u; at <= last; ++at) {
      if (!bad(at, from) || !quiet(at + 1, last) || evidence_of(u, at, from) < most) continue;
      most = evidence_of(u, at, from);
      m = at;
    }
    if (m < 0) {
      m = health - 1;
      while (!bad(m, from)) --m;
      u = m;
    }
    for (int at = u; at < health && from == Grade::kBad; ++at) {
      if (entry(at).grade == Grade::kLate) return set_end(found, health, last, Grade::kLate);
    }
    most = evidence_of(u, m, from);
    found.end = m + 1;
    while (found.end < count_ && bad(found.end, from)) ++found.end;
    found.end_low = found.end_high = m;
    for (int y = u; y <= last; ++y) {
      if (!quiet(y + 1, last) || evidence_of(u, y, from) < most - 3.0) continue;
      found.end_low = std::min(found.end_low, y);
      found.end_high = std::max(found.end_high, y);
    }
    found.end_high = std::max(found.end_high + 1, found.end);
    if (found.end >= count_) found.end = -1;
    if (found.end_high >= count_) found.end_high = -1;
  }
  void add(std::vector<Found>& all, const Found& found) const {
    const bool close =
        !all.empty() && (all.back().end < 0 ||
                         entry(found.begin).time_ns - entry(all.back().end).time_ns < settings_.hold_ns);
    if (!close) {
      all.push_back(found);
      return;
    }
    all.back().end = found.end;
    all.back().end_low = found.end_low;
    all.back().end_high = found.end_high;
  }

  const InterruptionSettings& settings_;
  WalkEntries entries_;
  int count_;
};

}  // namespace twinvoice::measure
