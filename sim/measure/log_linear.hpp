// The bucket grid shared by every latency histogram: linear inside each power of two, so that any value and
// the bucket it falls in differ by less than 1/128 of the value. The idea is that of HdrHistogram (G. Tene).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "sim/base/time.hpp"

namespace twinvoice::measure {

/// The fixed grid: values 0..255 ns have a bucket each; above, every power of two is cut into 128 equal
/// buckets.
struct LogLinear {
  static constexpr int kSubBucketBits = 7;
  static constexpr std::uint64_t kSubBuckets = 1ULL << kSubBucketBits;
  /// Largest value told apart; larger ones are counted in the last bucket, negative ones in the first.
  static constexpr Nanos kLargest = Nanos{1} << 62;

  /// Bucket of a value. A few instructions: two clamps (conditional moves), a leading-zero count, shifts.
  [[nodiscard]] static constexpr std::size_t index(Nanos ns) {
    const auto v = static_cast<std::uint64_t>(std::clamp(ns, Nanos{0}, kLargest));
    const int octave = 64 - kSubBucketBits - 1 - std::countl_zero(v | (2 * kSubBuckets - 1));
    return (static_cast<std::size_t>(octave) << kSubBucketBits) + static_cast<std::size_t>(v >> octave);
  }

  /// Smallest value of a bucket, in ns.
  [[nodiscard]] static constexpr Nanos lower(std::size_t index) {
    if (index < 2 * kSubBuckets) return static_cast<Nanos>(index);
    const std::size_t octave = (index >> kSubBucketBits) - 1;
    return static_cast<Nanos>((index - (octave << kSubBucketBits)) << octave);
  }

  /// Number of integer values of a bucket, in ns.
  [[nodiscard]] static constexpr Nanos width(std::size_t index) {
    return index < 2 * kSubBuckets ? 1 : Nanos{1} << ((index >> kSubBucketBits) - 1);
  }

  static constexpr std::size_t kBuckets = (std::size_t{55} << kSubBucketBits) + kSubBuckets + 1;
};

static_assert(LogLinear::index(LogLinear::kLargest) + 1 == LogLinear::kBuckets);

}  // namespace twinvoice::measure
