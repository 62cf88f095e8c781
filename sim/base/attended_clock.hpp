// Time as it passes for a process that watches others: while it was stopped or busy elsewhere, nobody's limit ran out.
#pragma once

#include <algorithm>
#include <chrono>

namespace twinvoice {

class AttendedClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Of a gap between two looks that is longer than `longest_gap`, so much counts.
  explicit AttendedClock(std::chrono::nanoseconds longest_gap) : longest_gap_(longest_gap) {}

  /// Looks at the time; gives what has passed since the first look. `now` never goes back.
  std::chrono::nanoseconds look(Time now) {
    if (seen_) passed_ += std::min<std::chrono::nanoseconds>(now - last_, longest_gap_);
    seen_ = true;
    last_ = now;
    return passed_;
  }

 private:
  std::chrono::nanoseconds longest_gap_;
  std::chrono::nanoseconds passed_{0};
  Time last_;
  bool seen_ = false;
};

}  // namespace twinvoice
