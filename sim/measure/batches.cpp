#include "sim/measure/batches.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace twinvoice::measure {

namespace {

/// More slices than this serve no interval, and a corrupt record must not take gigabytes.
constexpr std::uint64_t kMostSlices = 4096;

SliceClock read_clock(wire::Reader& in) {
  const Nanos from = in.i64();
  const Nanos to = in.i64();
  const std::uint64_t slices = in.u64();
  if (from < 0 || from >= to || slices == 0 || slices > kMostSlices ||
      static_cast<Nanos>(slices) > to - from) {
    throw wire::Malformed("batches: impossible window");
  }
  return {from, to, static_cast<std::size_t>(slices)};
}

void write_clock(wire::Writer& out, const SliceClock& clock) {
  out.i64(clock.from_ns());
  out.i64(clock.to_ns());
  out.u64(clock.size());
}

}  // namespace

SliceClock::SliceClock(Nanos from_ns, Nanos to_ns, std::size_t slices)
    : from_(from_ns), to_(to_ns), size_(slices) {
  ensure(from_ns >= 0 && from_ns < to_ns, "batches: the window is empty");
  ensure(slices >= 1 && static_cast<Nanos>(slices) <= to_ns - from_ns,
         "batches: more slices than nanoseconds");
}

void SliceClock::locate(Nanos now_ns) {
  const auto guess = static_cast<Int128>(now_ns - from_) * static_cast<Nanos>(size_) / (to_ - from_);
  current_ = std::min(static_cast<std::size_t>(guess), size_ - 1);
  // The start of a slice is rounded down, so that the guess may be one short.
  if (current_ + 1 < size_ && now_ns >= slice_start(current_ + 1)) ++current_;
  start_ = slice_start(current_);
  end_ = current_ + 1 == size_ ? to_ + 1 : slice_start(current_ + 1);
}

Batches::Batches(Nanos from_ns, Nanos to_ns, std::size_t slices)
    : clock_(from_ns, to_ns, slices),
      deliveries_(clock_),
      totals_(slices),
      counts_(zeroed_counts(slices * LogLinear::kBuckets)) {}

SliceTotals Batches::total() const {
  SliceTotals sum;
  for (const SliceTotals& t : totals_) {
    sum.success += t.success;
    sum.failure += t.failure;
    sum.delivered += t.delivered;
    sum.volume += t.volume;
    sum.failed_volume += t.failed_volume;
    sum.latency_sum_ns += t.latency_sum_ns;
  }
  return sum;
}

SliceCounts Batches::slice_counts() const {
  SliceCounts all;
  all.reserve(slices());
  for (std::size_t i = 0; i < slices(); ++i) all.push_back(counts(i));
  return all;
}

Histogram Batches::histogram() const {
  if (max_ < min_) return {};
  std::vector<std::uint64_t> sum(LogLinear::kBuckets, 0);
  const std::size_t first = LogLinear::index(min_);
  const std::size_t last = LogLinear::index(max_);
  for (std::size_t s = 0; s < slices(); ++s) {
    const auto part = counts(s);
    for (std::size_t i = first; i <= last; ++i) sum[i] += part[i];
  }
  return Histogram::from_counts(sum, total().latency_sum_ns, min_, max_);
}

Batches Batches::merged(std::size_t slices_wanted) const {
  ensure(slices_wanted >= 1 && slices() % slices_wanted == 0, "batches: slices merge by a whole factor only");
  const std::size_t factor = slices() / slices_wanted;
  Batches out(clock_.from_ns(), clock_.to_ns(), slices_wanted);
  out.min_ = min_;
  out.max_ = max_;
  for (std::size_t s = 0; s < slices(); ++s) {
    SliceTotals& t = out.totals_[s / factor];
    t.success += totals_[s].success;
    t.failure += totals_[s].failure;
    t.delivered += totals_[s].delivered;
    t.volume += totals_[s].volume;
    t.failed_volume += totals_[s].failed_volume;
    t.latency_sum_ns += totals_[s].latency_sum_ns;
    if (max_ < min_) continue;
    const auto part = counts(s);
    for (std::size_t i = LogLinear::index(min_); i <= LogLinear::index(max_); ++i) {
      if (part[i] != 0) out.counts_[s / factor * LogLinear::kBuckets + i] += part[i];
    }
  }
  return out;
}

RatioSeries Batches::failures() const {
  RatioSeries series;
  for (const SliceTotals& t : totals_) {
    series.push_back({static_cast<double>(t.failure), static_cast<double>(t.success + t.failure)});
  }
  return series;
}

RatioSeries Batches::failed_volumes() const {
  RatioSeries series;
  for (const SliceTotals& t : totals_) {
    series.push_back({static_cast<double>(t.failed_volume), static_cast<double>(t.volume)});
  }
  return series;
}

RatioSeries Batches::latencies_ns() const {
  RatioSeries series;
  for (const SliceTotals& t : totals_) {
    series.push_back({static_cast<double>(t.latency_sum_ns), static_cast<double>(t.success)});
  }
  return series;
}

RatioSeries Batches::throughput_per_s() const {
  RatioSeries series;
  for (std::size_t i = 0; i < slices(); ++i) {
    series.push_back({static_cast<double>(totals_[i].delivered),
                      to_seconds(clock_.slice_start(i + 1) - clock_.slice_start(i))});
  }
  return series;
}

void Batches::serialize(wire::Writer& out) const {
  write_clock(out, clock_);
  out.i64(max_ < min_ ? 0 : min_);
  out.i64(max_);
  for (std::size_t i = 0; i < slices(); ++i) {
    const SliceTotals& t = totals_[i];
    out.u64(t.failure);
    out.u64(t.delivered);
    out.i64(t.volume);
    out.i64(t.failed_volume);
    write_int128(out, t.latency_sum_ns);
    // A slice without successes has touched none of its memory, and reading it would; nor is there anything above max_.
    write_sparse(
        out, t.success > 0 ? counts(i).first(LogLinear::index(max_) + 1) : std::span<const std::uint64_t>{});
  }
}

Batches Batches::deserialize(wire::Reader& in) {
  const SliceClock clock = read_clock(in);
  Batches b(clock.from_ns(), clock.to_ns(), clock.size());
  const Nanos low = in.i64();
  const Nanos high = in.i64();
  bool any = false;
  Nanos first = 0;
  Nanos last = 0;
  for (std::size_t i = 0; i < b.slices(); ++i) {
    SliceTotals& t = b.totals_[i];
    t.failure = in.u64();
    t.delivered = in.u64();
    t.volume = in.i64();
    t.failed_volume = in.i64();
    t.latency_sum_ns = read_int128(in);
    const std::span<std::uint64_t> counts{b.counts_.get() + i * LogLinear::kBuckets, LogLinear::kBuckets};
    t.success = read_sparse(in, counts);
    if (t.success == 0) continue;
    const auto filled = [](std::uint64_t c) { return c != 0; };
    const auto front =
        static_cast<std::size_t>(std::find_if(counts.begin(), counts.end(), filled) - counts.begin());
    // Nothing may be above `high`, or the sum of what is up to it is not all.
    const std::size_t top = LogLinear::index(std::clamp(high, Nanos{0}, LogLinear::kLargest));
    std::size_t back = top;
    while (back > 0 && counts[back] == 0) --back;
    std::uint64_t seen = 0;
    for (std::size_t k = front; k <= back; ++k) seen += counts[k];
    if (seen != t.success) throw wire::Malformed("batches: counts above the maximum");
    first = any ? std::min(first, LogLinear::lower(front)) : LogLinear::lower(front);
    last = std::max(last, LogLinear::lower(back));
    any = true;
  }
  if (!any) {
    if (low != 0 || high != 0) throw wire::Malformed("batches: extremes without latencies");
    return b;
  }
  if (low < 0 || low > high || high > LogLinear::kLargest ||
      LogLinear::index(low) != LogLinear::index(first) || LogLinear::index(high) != LogLinear::index(last)) {
    throw wire::Malformed("batches: extremes outside the counts");
  }
  b.min_ = low;
  b.max_ = high;
  return b;
}

bool operator==(const Batches& a, const Batches& b) {
  wire::Writer wa;
  wire::Writer wb;
  a.serialize(wa);
  b.serialize(wb);
  return wa.bytes() == wb.bytes();
}

TimeSlices::TimeSlices(Nanos from_ns, Nanos to_ns, std::int64_t initial, std::size_t slices)
    : clock_(from_ns, to_ns, slices), area_(slices, 0), last_(from_ns), value_(initial) {
  current_end_ = clock_.slice_start(1);
}

void TimeSlices::advance(Nanos now_ns) {
  const Nanos until = std::min(now_ns, clock_.to_ns());
  while (last_ < until) {
    const Nanos step_end = std::min(until, current_end_);
    area_[current_] += static_cast<Int128>(value_) * (step_end - last_);
    last_ = step_end;
    if (last_ == current_end_ && current_ + 1 < area_.size()) {
      ++current_;
      current_end_ = clock_.slice_start(current_ + 1);
    }
  }
}

RatioSeries TimeSlices::series() const {
  RatioSeries series;
  for (std::size_t i = 0; i < area_.size(); ++i) {
    series.push_back(
        {static_cast<double>(area_[i]) / 1e9, to_seconds(clock_.slice_start(i + 1) - clock_.slice_start(i))});
  }
  return series;
}

void TimeSlices::serialize(wire::Writer& out) const {
  write_clock(out, clock_);
  out.i64(last_);
  out.i64(value_);
  for (const Int128 area : area_) write_int128(out, area);
}

TimeSlices TimeSlices::deserialize(wire::Reader& in) {
  const SliceClock clock = read_clock(in);
  TimeSlices t(clock.from_ns(), clock.to_ns(), 0, clock.size());
  const Nanos last = in.i64();
  if (last < clock.from_ns() || last > clock.to_ns())
    throw wire::Malformed("time slices: instant outside the window");
  t.advance(last);
  t.value_ = in.i64();
  for (Int128& area : t.area_) area = read_int128(in);
  return t;
}

}  // namespace twinvoice::measure
