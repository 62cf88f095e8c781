// A Bernoulli CUSUM (Page 1954) over the requests of an operation: says that more fail than may.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/calm.hpp"
#include "sim/measure/walk_entries.hpp"

namespace twinvoice::measure {

/// No entry: a walk that never gives an alarm, a request that does not exist.
inline constexpr std::size_t kNoEntry = std::numeric_limits<std::size_t>::max();

/// One walk over entries, which it refers to and which must outlive it. `s` is the share that may be bad.
///
///   two scores, never below 0:
///     fast: +1 for a bad entry, -10 s for another; alarm at max(4, 7 / log10(1 / s))
///     slow: +1 for a bad entry, -2 s for another; alarm at 12
///   both go back to 0 at an entry that is not bad, at least `hold` and 50 entries after the last bad one
///
/// Scores are integers of 1e-9. All alarms of walks that start fresh at any entry are found when it is made,
/// in B log B for B bad entries: a score that starts at 0 and never falls below it is the largest sum of a
/// run of steps up to here, so its alarm is the first rise by the threshold within what follows.
class Walk {
 public:
  /// Bad are the entries of grade `bad_from` and worse; 0 < share < 1e9.
  Walk(std::span<const WalkEntry> entries, Grade bad_from, ShareNano share, Nanos hold_ns);

  [[nodiscard]] double share() const {
    return static_cast<double>(share_) / static_cast<double>(kWholeShare);
  }
  [[nodiscard]] bool is_bad(std::size_t at) const { return bad_before_[at + 1] != bad_before_[at]; }
  /// Bad entries in [first, last].
  [[nodiscard]] std::size_t bad_in(std::size_t first, std::size_t last) const {
    return bad_before_[last + 1] - bad_before_[first];
  }
  /// The first bad entry at or after `at` <= the number of entries; kNoEntry: none.
  [[nodiscard]] std::size_t next_bad(std::size_t at) const;
  /// The last bad entry before `at`; kNoEntry: none.
  [[nodiscard]] std::size_t last_bad_before(std::size_t at) const;
  /// Where a walk that starts fresh at `at` <= the number of entries gives its alarm; kNoEntry: nowhere.
  [[nodiscard]] std::size_t alarm_from(std::size_t at) const;
  /// In a walk that starts fresh at `start`: the bad entry with which the slow score last left 0 up to `alarm`,
  /// itself bad. The fast score falls quicker and never stands above it, so it left no earlier.
  [[nodiscard]] std::size_t left_zero(std::size_t start, std::size_t alarm) const;

 private:
  struct Score {
    ShareNano fall;   ///< by each entry that is not bad
    ShareNano alarm;  ///< height
  };
  [[nodiscard]] ShareNano rise_until(std::size_t rank, ShareNano fall) const;
  [[nodiscard]] bool back_to_zero_after(std::size_t rank) const;
  void find_alarms(const Score& score);

  std::span<const WalkEntry> entries_;
  ShareNano share_;
  Nanos hold_ns_;
  std::vector<std::uint32_t> bad_at_;      ///< by rank among the bad entries
  std::vector<std::uint32_t> bad_before_;  ///< by entry, and one more: the rank of the next bad one
  std::vector<std::size_t> alarm_;         ///< by rank of the first bad entry of a fresh walk
};

}  // namespace twinvoice::measure
