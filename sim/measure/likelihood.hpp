// When something broke and when it was mended: the likeliest instants, and how far others are as good.
#pragma once

#include <optional>

#include "sim/base/time.hpp"
#include "sim/measure/health.hpp"
#include "sim/measure/walk.hpp"
#include "sim/measure/walk_entries.hpp"

namespace twinvoice::measure {

/// How much better the share k / n that was seen explains k bad of n entries than the allowed share s does:
/// the logarithm of the likelihood ratio,
///   k ln(k / (n s)) + (n - k) ln((1 - k / n) / (1 - s)),  0 where k / n <= s.
/// 0 <= bad <= all, all > 0, 0 < s < 1.
[[nodiscard]] double evidence(std::size_t bad, std::size_t all, double s);

/// A change between two entries: the likeliest entry to be the first after it, and the two between which it
/// lies as far as the evidence tells: wherever that is at most 3 below its best. kNoEntry: outside of the run.
struct Change {
  std::size_t at = 0;
  std::size_t low = 0;
  std::size_t high = 0;
};

/// What an alarm tells.
struct Alarm {
  std::size_t start = 0;  ///< where the walk had started fresh
  std::size_t at = 0;     ///< the bad entry that gave it
  std::size_t left = 0;   ///< the bad entry with which the walk left 0
};

/// Where it began: the bad entry from `left` to the alarm whose evidence up to `hold` (or ten entries) after
/// the alarm is largest, of equal ones the latest. Nothing from `health_at` on is looked at (the number of
/// entries where health never shows). Low ends go back to `hold` before `left`, not beyond the start.
[[nodiscard]] Change find_begin(const WalkEntries& entries, const Walk& walk, const Alarm& alarm,
                                std::size_t health_at, Nanos hold_ns);

/// Where an interruption that began with entry `begin` ended: after the bad entry up to which the evidence,
/// taken from `hold` (or ten entries) before health shows and not from before the begin, is largest, of equal
/// ones the latest; only such count after which neither walk gives an alarm before health's window ends. `at`
/// is the first entry after it that is not bad. Where the failing walk gave the alarm and answers were late
/// between its end and health, they belong to it: the end is then the late walk's.
[[nodiscard]] Change find_end(const WalkEntries& entries, const Walk& failing, const Walk& late,
                              Symptom symptom, std::size_t begin, const Health& health, Nanos hold_ns);

}  // namespace twinvoice::measure
