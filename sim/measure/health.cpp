#include "sim/measure/health.hpp"

#include <algorithm>
#include <cmath>

#include "sim/measure/distributions.hpp"

namespace twinvoice::measure {

namespace {

constexpr double kRare = 0.01;

/// The entry with which the test that starts at `at` decides for s; kNoEntry if it has not before `limit`.
std::size_t decided_at(const WaldTest& test, const Walk& walk, std::size_t at, std::size_t limit) {
  std::size_t others = 0;
  for (std::size_t bad = 0; at < limit; ++bad) {
    const std::size_t next_bad = std::min(walk.next_bad(at), limit);
    const std::size_t missing = test.others_needed(bad) - others;
    if (missing <= next_bad - at) return at + missing - 1;
    others += next_bad - at;
    at = next_bad + 1;
  }
  return kNoEntry;
}

}  // namespace

WaldTest::WaldTest(double s, double p) : gain_(std::log((1.0 - s) / (1.0 - p))), loss_(std::log(p / s)) {}

std::size_t WaldTest::others_needed(std::size_t bad) const {
  const double missing = std::log(100.0) + static_cast<double>(bad) * loss_;
  return static_cast<std::size_t>(std::ceil(missing / gain_));
}

bool HealthSearch::Rarity::is_rare(std::size_t bad, std::size_t all) {
  if (bad == 0) return false;
  if (bad >= rare_bad_ && all <= rare_all_) return true;
  const double fewer = binomial_cdf(static_cast<double>(bad - 1), static_cast<double>(all), share_);
  if (1.0 - fewer >= kRare) return false;
  rare_bad_ = bad;
  rare_all_ = all;
  return true;
}

HealthSearch::HealthSearch(const WalkEntries& entries, const Walk& failing, const Walk& late,
                           const InterruptionSettings& settings)
    : entries_(entries),
      failing_(failing),
      late_(late),
      settings_(settings),
      rarely_failing_(failing.share()),
      rarely_late_(late.share()) {}

std::size_t HealthSearch::last_within_hold(std::size_t at) const {
  const std::vector<WalkEntry>& walked = entries_.walked;
  const Nanos until_ns = walked[at].time_ns + settings_.hold_ns;
  const auto after = std::partition_point(walked.begin() + static_cast<std::ptrdiff_t>(at), walked.end(),
                                          [&](const WalkEntry& entry) { return entry.time_ns < until_ns; });
  return static_cast<std::size_t>(after - walked.begin()) - 1;
}

/// The first entry after an undecided request of the window [first, last]; kNoEntry: the window has none.
std::size_t HealthSearch::undecided_in(std::size_t first, std::size_t last) const {
  const std::vector<WalkEntry>& walked = entries_.walked;
  const auto& undecided = entries_.undecided;
  const auto next = std::upper_bound(undecided.begin(), undecided.end(), walked[first], stands_before);
  if (next == undecided.end()) return kNoEntry;
  const bool within_hold = next->time_ns < walked[first].time_ns + settings_.hold_ns;
  if (!within_hold && !stands_before(*next, walked[last])) return kNoEntry;
  const auto after = std::upper_bound(walked.begin(), walked.end(), *next, stands_before);
  return static_cast<std::size_t>(after - walked.begin());
}

bool HealthSearch::has_rarely_many_bad(const Health& window) {
  const std::size_t all = window.last - window.from + 1;
  return rarely_failing_.is_rare(failing_.bad_in(window.from, window.last), all) ||
         rarely_late_.is_rare(late_.bad_in(window.from, window.last), all);
}

/// Entries between two bad or late ones have the same alarms ahead, and their windows end the later the later
/// they are: where the window of one runs into an alarm or beyond the run, those of the others do too.
std::optional<Health> HealthSearch::first_after(std::size_t alarm, const Walk& walk, double p) {
  const std::vector<WalkEntry>& walked = entries_.walked;
  const WaldTest test(walk.share(), p);
  std::size_t at = alarm + 1;
  while (at < walked.size() && walked[at].time_ns + settings_.hold_ns <= settings_.horizon_ns) {
    if (walk.is_bad(at)) {
      ++at;
      continue;
    }
    const std::size_t next_bad = std::min(late_.next_bad(at), walked.size());
    const std::size_t next_alarm = std::min({failing_.alarm_from(at), late_.alarm_from(at), walked.size()});
    const std::size_t held = last_within_hold(at);
    const std::size_t decided = held < next_alarm ? decided_at(test, walk, at, next_alarm) : kNoEntry;
    if (decided == kNoEntry) {
      at = next_bad + 1;
      continue;
    }
    const Health window{at, std::max(held, decided)};
    if (const std::size_t later = undecided_in(window.from, window.last); later != kNoEntry) {
      at = std::clamp(later, at + 1, next_bad + 1);
      continue;
    }
    if (!has_rarely_many_bad(window)) return window;
    ++at;
  }
  return std::nullopt;
}

}  // namespace twinvoice::measure
