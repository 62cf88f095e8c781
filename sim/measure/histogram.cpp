#include "sim/measure/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace twinvoice::measure {

Histogram::Histogram(const Histogram& other) : Histogram() { merge(other); }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this != &other) *this = Histogram(other);
  return *this;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  // Only the occupied range is touched, so that an empty page stays untouched in the copy as well.
  const std::size_t last = LogLinear::index(other.max_);
  for (std::size_t i = LogLinear::index(other.min_); i <= last; ++i) {
    if (other.counts_[i] != 0) counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

double Histogram::mean_ns() const {
  return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

double Histogram::quantile_ns(double q) const {
  if (count_ == 0) return 0.0;
  const double n = static_cast<double>(count_);
  const double wanted = std::clamp(q, 0.0, 1.0) * n;
  // The slack keeps 0.07 * 100 = 7.000000000000001 at rank 7.
  const double rank = std::clamp(std::ceil(wanted - 1e-12 * n), 1.0, n);
  double below = 0.0;
  const std::size_t last = LogLinear::index(max_);
  for (std::size_t i = LogLinear::index(min_); i <= last; ++i) {
    const double here = static_cast<double>(counts_[i]);
    if (below + here >= rank) {
      const double inside = (rank - below - 0.5) / here;
      const double width = static_cast<double>(LogLinear::width(i) - 1);
      const double value = static_cast<double>(LogLinear::lower(i)) + inside * width;
      return std::clamp(value, static_cast<double>(min_), static_cast<double>(max_));
    }
    below += here;
  }
  return static_cast<double>(max_);
}

double Histogram::count_at_or_below(double ns) const {
  if (count_ == 0 || ns < static_cast<double>(min_)) return 0.0;
  if (ns >= static_cast<double>(max_)) return static_cast<double>(count_);
  return measure::count_at_or_below(counts(), ns);
}

double count_at_or_below(std::span<const std::uint64_t> counts, double ns) {
  if (ns < 0.0) return 0.0;
  const double capped = std::min(ns, static_cast<double>(LogLinear::kLargest));
  const std::size_t at = LogLinear::index(static_cast<Nanos>(capped));
  double below = 0.0;
  for (std::size_t i = 0; i < at; ++i) below += static_cast<double>(counts[i]);
  const double width = static_cast<double>(LogLinear::width(at));
  const double offset = std::floor(capped) - static_cast<double>(LogLinear::lower(at));
  return below + static_cast<double>(counts[at]) * std::min(1.0, (offset + 1.0) / width);
}

Histogram Histogram::from_counts(std::span<const std::uint64_t> counts, Int128 sum_ns, Nanos min_ns,
                                 Nanos max_ns) {
  ensure(counts.size() == LogLinear::kBuckets, "histogram: wrong number of buckets");
  Histogram h;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    h.counts_[i] = counts[i];
    h.count_ += counts[i];
  }
  if (h.count_ == 0) return h;
  h.sum_ = sum_ns;
  h.min_ = min_ns;
  h.max_ = max_ns;
  return h;
}

void write_sparse(wire::Writer& out, std::span<const std::uint64_t> counts) {
  const auto used = std::count_if(counts.begin(), counts.end(), [](std::uint64_t c) { return c != 0; });
  out.u64(static_cast<std::uint64_t>(used));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    out.u32(static_cast<std::uint32_t>(i));
    out.u64(counts[i]);
  }
}

std::uint64_t read_sparse(wire::Reader& in, std::span<std::uint64_t> counts) {
  const std::size_t used = in.count(12);
  std::uint64_t total = 0;
  std::int64_t previous = -1;
  for (std::size_t k = 0; k < used; ++k) {
    const std::uint32_t i = in.u32();
    const std::uint64_t c = in.u64();
    if (i >= counts.size() || static_cast<std::int64_t>(i) <= previous || c == 0) {
      throw wire::Malformed("histogram: buckets out of order or empty");
    }
    if (total + c < total) throw wire::Malformed("histogram: counts overflow");
    previous = i;
    counts[i] = c;
    total += c;
  }
  return total;
}

void write_int128(wire::Writer& out, Int128 value) {
  out.u64(static_cast<std::uint64_t>(value & ~std::uint64_t{0}));
  out.u64(static_cast<std::uint64_t>((value >> 64) & ~std::uint64_t{0}));
}

Int128 read_int128(wire::Reader& in) {
  const std::uint64_t low = in.u64();
  const auto high = static_cast<std::int64_t>(in.u64());
  return (static_cast<Int128>(high) * (Int128{1} << 64)) + static_cast<Int128>(low);
}

void Histogram::serialize(wire::Writer& out) const {
  write_sparse(out, counts());
  write_int128(out, sum_);
  out.i64(min_ns());
  out.i64(max_ns());
}

Histogram Histogram::deserialize(wire::Reader& in) {
  Histogram h;
  h.count_ = read_sparse(in, {h.counts_.get(), LogLinear::kBuckets});
  h.sum_ = read_int128(in);
  const Nanos low = in.i64();
  const Nanos high = in.i64();
  if (h.count_ == 0) {
    if (h.sum_ != 0 || low != 0 || high != 0) throw wire::Malformed("histogram: figures without counts");
    return h;
  }
  if (low < 0 || low > high || high > LogLinear::kLargest || h.counts_[LogLinear::index(low)] == 0 ||
      h.counts_[LogLinear::index(high)] == 0) {
    throw wire::Malformed("histogram: extremes outside the counts");
  }
  const auto n = static_cast<Int128>(h.count_);
  if (h.sum_ < n * low || h.sum_ > n * high) throw wire::Malformed("histogram: sum outside the extremes");
  for (std::size_t i = 0; i < LogLinear::index(low); ++i) {
    if (h.counts_[i] != 0) throw wire::Malformed("histogram: counts below the minimum");
  }
  for (std::size_t i = LogLinear::index(high) + 1; i < LogLinear::kBuckets; ++i) {
    if (h.counts_[i] != 0) throw wire::Malformed("histogram: counts above the maximum");
  }
  h.min_ = low;
  h.max_ = high;
  return h;
}

bool operator==(const Histogram& a, const Histogram& b) {
  return a.count_ == b.count_ && a.sum_ == b.sum_ && a.min_ns() == b.min_ns() && a.max_ns() == b.max_ns() &&
         std::equal(a.counts().begin(), a.counts().end(), b.counts().begin());
}

}  // namespace twinvoice::measure
