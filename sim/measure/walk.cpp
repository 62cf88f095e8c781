#include "sim/measure/walk.hpp"

#include <algorithm>
#include <cmath>

namespace twinvoice::measure {

namespace {

constexpr std::size_t kEntriesBackToZero = 50;

ShareNano fast_alarm(double share) {
  const double height = std::max(4.0, 7.0 / std::log10(1.0 / share));
  return static_cast<ShareNano>(std::llround(height * static_cast<double>(kWholeShare)));
}

}  // namespace

Walk::Walk(std::span<const WalkEntry> entries, Grade bad_from, ShareNano share, Nanos hold_ns)
    : entries_(entries), share_(share), hold_ns_(hold_ns) {
  bad_before_.reserve(entries.size() + 1);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    bad_before_.push_back(static_cast<std::uint32_t>(bad_at_.size()));
    if (entries[i].grade >= bad_from) bad_at_.push_back(static_cast<std::uint32_t>(i));
  }
  bad_before_.push_back(static_cast<std::uint32_t>(bad_at_.size()));
  alarm_.assign(bad_at_.size(), kNoEntry);
  find_alarms({10 * share, fast_alarm(this->share())});
  find_alarms({2 * share, 12 * kWholeShare});
}

std::size_t Walk::next_bad(std::size_t at) const {
  const std::size_t rank = bad_before_[at];
  return rank < bad_at_.size() ? bad_at_[rank] : kNoEntry;
}

std::size_t Walk::last_bad_before(std::size_t at) const {
  const std::size_t rank = bad_before_[at];
  return rank > 0 ? bad_at_[rank - 1] : kNoEntry;
}

std::size_t Walk::alarm_from(std::size_t at) const {
  const std::size_t rank = bad_before_[at];
  return rank < alarm_.size() ? alarm_[rank] : kNoEntry;
}

/// Sum of all steps of a score up to and with the bad entry of this rank, as if it could fall below 0.
ShareNano Walk::rise_until(std::size_t rank, ShareNano fall) const {
  const std::size_t others = bad_at_[rank] - rank;
  return static_cast<ShareNano>(rank + 1) * kWholeShare - static_cast<ShareNano>(others) * fall;
}

/// Whether an entry between this bad one and the next brings the scores back to 0. If any does, the last does.
bool Walk::back_to_zero_after(std::size_t rank) const {
  const std::size_t bad = bad_at_[rank];
  const std::size_t last = bad_at_[rank + 1] - 1;
  return last >= bad + kEntriesBackToZero && entries_[last].time_ns - entries_[bad].time_ns >= hold_ns_;
}

/// From the last bad entry to the first. `peaks` are those after the current one, in the stretch before the
/// scores go back to 0, that rise above all between; the first to be met is the last in the list.
void Walk::find_alarms(const Score& score) {
  std::vector<std::uint32_t> peaks;
  const auto height = [&](std::uint32_t rank) { return rise_until(rank, score.fall); };
  for (std::size_t rank = bad_at_.size(); rank-- > 0;) {
    const bool last = rank + 1 == bad_at_.size();
    if (!last) alarm_[rank] = std::min(alarm_[rank], alarm_[rank + 1]);
    if (!last && back_to_zero_after(rank)) peaks.clear();
    const auto current = static_cast<std::uint32_t>(rank);
    while (!peaks.empty() && height(peaks.back()) <= height(current)) peaks.pop_back();
    peaks.push_back(current);
    const ShareNano wanted = height(current) - kWholeShare + score.alarm;
    const auto reached = std::partition_point(peaks.rbegin(), peaks.rend(),
                                              [&](std::uint32_t peak) { return height(peak) < wanted; });
    if (reached != peaks.rend()) alarm_[rank] = std::min<std::size_t>(alarm_[rank], bad_at_[*reached]);
  }
}

std::size_t Walk::left_zero(std::size_t start, std::size_t alarm) const {
  const std::size_t first = bad_before_[start];
  const std::size_t last = bad_before_[alarm];
  ShareNano slow = 0;
  std::size_t left = bad_at_[first];
  for (std::size_t rank = first; rank < last; ++rank) {
    const auto others = static_cast<ShareNano>(bad_at_[rank + 1] - bad_at_[rank] - 1);
    slow = back_to_zero_after(rank) ? 0 : std::max<ShareNano>(0, slow + kWholeShare - others * 2 * share_);
    if (slow == 0) left = bad_at_[rank + 1];
  }
  return left;
}

}  // namespace twinvoice::measure
