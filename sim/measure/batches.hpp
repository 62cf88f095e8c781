// What a run collects per time slice so that error bars can be made afterwards: counts, sums and a histogram
// per slice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"
#include "sim/measure/groups.hpp"
#include "sim/measure/histogram.hpp"
#include "sim/measure/quantile_interval.hpp"

namespace twinvoice::measure {

/// Slices of a run unless told otherwise; a power of two, so that neighbours merge to 32, 16, 8.
inline constexpr std::size_t kSlices = 64;

/// The window [from, to] cut into equal slices, half-open but the last one, and the way from an instant to
/// its slice.
class SliceClock {
 public:
  /// Throws EngineError unless 0 <= from < to and 1 <= slices <= to - from.
  SliceClock(Nanos from_ns, Nanos to_ns, std::size_t slices);

  [[nodiscard]] Nanos from_ns() const { return from_; }
  [[nodiscard]] Nanos to_ns() const { return to_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// First instant of slice i; slice_start(size()) is the end of the window. Slices differ by at most 1 ns in
  /// length.
  [[nodiscard]] Nanos slice_start(std::size_t i) const {
    return from_ + static_cast<Nanos>(static_cast<Int128>(to_ - from_) * static_cast<Nanos>(i) /
                                      static_cast<Nanos>(size_));
  }
  [[nodiscard]] bool inside(Nanos now_ns) const { return now_ns >= from_ && now_ns <= to_; }

  /// Slice of an instant of the window. One compare while time moves inside a slice; any order is correct.
  [[nodiscard]] std::size_t slice(Nanos now_ns) {
    if (now_ns < start_ || now_ns >= end_) locate(now_ns);
    return current_;
  }

 private:
  void locate(Nanos now_ns);

  Nanos from_;
  Nanos to_;
  std::size_t size_;
  std::size_t current_ = 0;
  Nanos start_ = 0;
  Nanos end_ = 0;
};

/// Totals of one slice. Volume is what an invoice weighs (an amount, lines, bytes) for volume-weighted
/// availability.
struct SliceTotals {
  std::uint64_t success = 0;    ///< of the requests that arrived in it
  std::uint64_t failure = 0;    ///< likewise
  std::uint64_t delivered = 0;  ///< successes that were decided in it, whenever they arrived
  std::int64_t volume = 0;
  std::int64_t failed_volume = 0;
  /// Of the successes; exact.
  Int128 latency_sum_ns = 0;
  friend bool operator==(const SliceTotals&, const SliceTotals&) = default;
};

/// Outcomes and latencies of one operation in one run. All memory is taken at construction (57 KiB of address
/// space a slice, touched only where latencies fall); the record functions never allocate.
class Batches {
 public:
  Batches(Nanos from_ns, Nanos to_ns, std::size_t slices = kSlices);
  Batches(Batches&&) = default;
  Batches& operator=(Batches&&) = default;

  /// A request that arrived at `arrived_ns` succeeded after `latency_ns`. Outside the window nothing is counted.
  void succeed(Nanos arrived_ns, Nanos latency_ns, std::int64_t volume = 1) {
    if (!clock_.inside(arrived_ns)) return;
    latency_ns = std::clamp(latency_ns, Nanos{0}, LogLinear::kLargest);
    const std::size_t i = clock_.slice(arrived_ns);
    SliceTotals& t = totals_[i];
    ++t.success;
    t.volume += volume;
    t.latency_sum_ns += latency_ns;
    ++counts_[i * LogLinear::kBuckets + LogLinear::index(latency_ns)];
    min_ = std::min(min_, latency_ns);
    max_ = std::max(max_, latency_ns);
  }
  /// A success was decided at `decided_ns`, whenever it arrived: what throughput counts.
  void deliver(Nanos decided_ns) {
    if (deliveries_.inside(decided_ns)) ++totals_[deliveries_.slice(decided_ns)].delivered;
  }
  /// A request that arrived at `arrived_ns` failed. Its latency is no response time and is not recorded.
  void fail(Nanos arrived_ns, std::int64_t volume = 1) {
    if (!clock_.inside(arrived_ns)) return;
    SliceTotals& t = totals_[clock_.slice(arrived_ns)];
    ++t.failure;
    t.volume += volume;
    t.failed_volume += volume;
  }

  [[nodiscard]] const SliceClock& clock() const { return clock_; }
  [[nodiscard]] std::size_t slices() const { return totals_.size(); }
  [[nodiscard]] const SliceTotals& totals(std::size_t i) const { return totals_[i]; }
  [[nodiscard]] SliceTotals total() const;
  [[nodiscard]] std::span<const std::uint64_t> counts(std::size_t i) const {
    return {counts_.get() + i * LogLinear::kBuckets, LogLinear::kBuckets};
  }
  [[nodiscard]] SliceCounts slice_counts() const;
  /// Latencies of the whole window.
  [[nodiscard]] Histogram histogram() const;
  /// Neighbouring slices added up, down to `slices`, which must divide the present number (else EngineError).
  [[nodiscard]] Batches merged(std::size_t slices) const;

  /// failure of (success + failure), failed volume of volume, latency sum (in ns) of successes,
  /// deliveries over time (in seconds): one sample a slice, for the interval functions.
  [[nodiscard]] RatioSeries failures() const;
  [[nodiscard]] RatioSeries failed_volumes() const;
  [[nodiscard]] RatioSeries latencies_ns() const;
  [[nodiscard]] RatioSeries throughput_per_s() const;

  /// Canonical sparse encoding.
  void serialize(wire::Writer& out) const;
  /// Throws wire::Malformed on bytes that serialize cannot have written.
  [[nodiscard]] static Batches deserialize(wire::Reader& in);

  friend bool operator==(const Batches& a, const Batches& b);

 private:
  SliceClock clock_;       ///< of arrivals
  SliceClock deliveries_;  ///< the same slices, of decisions
  std::vector<SliceTotals> totals_;
  Counts counts_;
  Nanos min_ = std::numeric_limits<Nanos>::max();
  Nanos max_ = 0;
};

/// Time integral of a step function per slice: error bars for utilisation and mean queue length.
class TimeSlices {
 public:
  TimeSlices(Nanos from_ns, Nanos to_ns, std::int64_t initial = 0, std::size_t slices = kSlices);

  /// The quantity takes the value `value` at `now_ns`; `now_ns` must not decrease from call to call.
  void set(Nanos now_ns, std::int64_t value) {
    if (now_ns > last_) advance(now_ns);
    value_ = value;
  }
  /// (area in value x s, length in s) of each slice; call after `set` or `finish` has reached the end of the
  /// window.
  [[nodiscard]] RatioSeries series() const;
  /// Accounts for the time up to `now_ns` at the present value.
  void finish(Nanos now_ns) { set(now_ns, value_); }

  void serialize(wire::Writer& out) const;
  [[nodiscard]] static TimeSlices deserialize(wire::Reader& in);

 private:
  void advance(Nanos now_ns);

  SliceClock clock_;
  std::vector<Int128> area_;
  std::size_t current_ = 0;
  Nanos current_end_ = 0;
  Nanos last_;
  std::int64_t value_;
};

}  // namespace twinvoice::measure
