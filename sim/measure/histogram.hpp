// Latency histogram: fixed memory, error below 1 %, mergeable, and the same bytes for the same content.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"
#include "sim/measure/log_linear.hpp"
#include "sim/measure/zeroed.hpp"

namespace twinvoice::measure {

__extension__ using Int128 = __int128;

/// Counts of values of 0..2^62 ns on the LogLinear grid, with exact count, sum, minimum and maximum beside
/// it. `record` never allocates; all memory (57 KiB, touched lazily) is taken at construction.
class Histogram {
 public:
  Histogram() : counts_(zeroed_counts(LogLinear::kBuckets)) {}
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&&) = default;
  Histogram& operator=(Histogram&&) = default;
  ~Histogram() = default;

  /// Counts one value in ns; negative values count as 0, values above 2^62 as 2^62.
  void record(Nanos ns) {
    ns = std::clamp(ns, Nanos{0}, LogLinear::kLargest);
    ++counts_[LogLinear::index(ns)];
    ++count_;
    sum_ += ns;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
  }

  /// Adds what another histogram holds. Associative and commutative: the order of merging leaves no trace.
  void merge(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Int128 sum_ns() const { return sum_; }
  /// Exact mean in ns; 0 when empty.
  [[nodiscard]] double mean_ns() const;
  /// Exact extremes in ns; 0 when empty.
  [[nodiscard]] Nanos min_ns() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] Nanos max_ns() const { return count_ == 0 ? 0 : max_; }

  /// Value in ns below or at which a share `q` in [0, 1] of the values lies (nearest rank, then linear inside
  /// the bucket, never outside [min, max]). Error below 1/128 of the value. 0 when empty.
  [[nodiscard]] double quantile_ns(double q) const;

  /// How many values are at or below `ns`: the inverse of quantile_ns at the same resolution, hence
  /// fractional.
  [[nodiscard]] double count_at_or_below(double ns) const;

  [[nodiscard]] std::span<const std::uint64_t> counts() const { return {counts_.get(), LogLinear::kBuckets}; }

  /// Rebuilds a histogram from bucket counts and the exact figures kept beside them.
  [[nodiscard]] static Histogram from_counts(std::span<const std::uint64_t> counts, Int128 sum_ns,
                                             Nanos min_ns, Nanos max_ns);

  /// Canonical sparse encoding: equal content gives equal bytes, whatever the order of recording and merging.
  void serialize(wire::Writer& out) const;
  /// Throws wire::Malformed on bytes that serialize cannot have written.
  [[nodiscard]] static Histogram deserialize(wire::Reader& in);

  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  Counts counts_;
  std::uint64_t count_ = 0;
  Int128 sum_ = 0;
  Nanos min_ = std::numeric_limits<Nanos>::max();
  Nanos max_ = 0;
};

/// Writes and reads bucket counts as (gap, count) pairs of the non-empty buckets, in order.
void write_sparse(wire::Writer& out, std::span<const std::uint64_t> counts);
/// Fills `counts` (all zero before); returns the sum of the counts. Throws wire::Malformed.
std::uint64_t read_sparse(wire::Reader& in, std::span<std::uint64_t> counts);

void write_int128(wire::Writer& out, Int128 value);
[[nodiscard]] Int128 read_int128(wire::Reader& in);

/// Cumulative count of `counts` at or below `ns`, linear inside a bucket. Shared by histograms and batch
/// slices.
[[nodiscard]] double count_at_or_below(std::span<const std::uint64_t> counts, double ns);

}  // namespace twinvoice::measure
