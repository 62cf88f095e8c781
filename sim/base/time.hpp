// Simulated time: integer nanoseconds since the start of the run, and strong types for the quantities of the input.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace twinvoice {

/// A point in simulated time or a span of it, in integer nanoseconds. The hot path works on this bare integer; names
/// carry the unit (`timeout_ns`). Range: [0, 2^62), about 146 years, so that sums of two never overflow.
using Nanos = std::int64_t;

inline constexpr Nanos kNanosPerSecond = 1'000'000'000;
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
/// Largest span an input may state (100 years); keeps now + span far from overflow.
inline constexpr Nanos kLongestSpan = 100LL * 366 * 86'400 * kNanosPerSecond;

/// A span of time as read from the input.
struct Duration {
  Nanos ns = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

/// The double next to so many seconds, for reports and laws only; never fed back into event times.
[[nodiscard]] constexpr double to_seconds(Nanos ns) { return static_cast<double>(ns) / 1e9; }

/// Nearest nanosecond of a non-negative number of seconds, saturated at kLongestSpan. NaN and negatives give 0.
[[nodiscard]] constexpr Nanos from_seconds(double seconds) {
  if (!(seconds > 0.0)) return 0;
  const double ns = seconds * 1e9 + 0.5;
  if (ns >= static_cast<double>(kLongestSpan)) return kLongestSpan;
  return static_cast<Nanos>(ns);
}

/// Human text of a span with three significant digits and the natural unit: "1.50 ms", "25.0 min".
[[nodiscard]] std::string format_duration(Nanos ns);

/// Clock text of a point in time: "00:30:05" or "00:30:05.250", with days in front when needed ("2d 03:00:00").
[[nodiscard]] std::string format_clock(Nanos ns);

}  // namespace twinvoice
