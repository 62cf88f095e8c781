// Time-weighted averages in exact integer arithmetic: queue lengths, busy servers, held tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/histogram.hpp"

namespace twinvoice::measure {

/// Integral over time of a step function, restricted to a window [from, to]. Changes outside the window set
/// the value that is in force at its start and add nothing else. `now_ns` must not decrease from call to
/// call.
class TimeAverage {
 public:
  TimeAverage() = default;
  TimeAverage(Nanos from_ns, Nanos to_ns, std::int64_t initial = 0)
      : from_(from_ns), to_(to_ns), last_(from_ns), value_(initial), max_(initial) {}

  /// The quantity takes the value `value` at `now_ns`.
  void set(Nanos now_ns, std::int64_t value) {
    const Nanos at = std::clamp(now_ns, from_, to_);
    area_ += static_cast<Int128>(value_) * (at - last_);
    last_ = at;
    value_ = value;
    if (now_ns <= to_) max_ = now_ns > from_ ? std::max(max_, value) : value;
  }
  void add(Nanos now_ns, std::int64_t change) { set(now_ns, value_ + change); }

  [[nodiscard]] std::int64_t value() const { return value_; }
  /// Largest value in force in the window so far; the value at its very start is the last one set there.
  [[nodiscard]] std::int64_t max() const { return max_; }
  /// Integral from the start of the window to `now_ns` (clipped to its end), in value x ns; exact.
  [[nodiscard]] Int128 integral(Nanos now_ns) const {
    return area_ + static_cast<Int128>(value_) * (std::clamp(now_ns, from_, to_) - last_);
  }
  /// Mean from the start of the window to `now_ns`; the present value when no time has passed.
  [[nodiscard]] double mean(Nanos now_ns) const {
    const Nanos span = std::clamp(now_ns, from_, to_) - from_;
    if (span == 0) return static_cast<double>(value_);
    return static_cast<double>(integral(now_ns)) / static_cast<double>(span);
  }

 private:
  Nanos from_ = 0;
  Nanos to_ = kNever;
  Nanos last_ = 0;
  std::int64_t value_ = 0;
  std::int64_t max_ = 0;
  Int128 area_ = 0;
};

/// How long the quantity was at each value 0..largest; values beyond are counted with the nearest end.
class Occupancy {
 public:
  Occupancy(Nanos from_ns, Nanos to_ns, std::size_t largest, std::int64_t initial = 0)
      : from_(from_ns), to_(to_ns), last_(from_ns), at_value_ns_(largest + 1, 0), slot_(clip(initial)) {}

  void set(Nanos now_ns, std::int64_t value) {
    const Nanos at = std::clamp(now_ns, from_, to_);
    at_value_ns_[slot_] += at - last_;
    last_ = at;
    slot_ = clip(value);
  }
  /// Share of the window up to `now_ns` spent at `value`; 0 when no time has passed.
  [[nodiscard]] double share(std::size_t value, Nanos now_ns) const {
    const Nanos at = std::clamp(now_ns, from_, to_);
    if (at == from_ || value >= at_value_ns_.size()) return 0.0;
    const Nanos open = value == slot_ ? at - last_ : 0;
    return static_cast<double>(at_value_ns_[value] + open) / static_cast<double>(at - from_);
  }

 private:
  [[nodiscard]] std::size_t clip(std::int64_t value) const {
    return static_cast<std::size_t>(
        std::clamp(value, std::int64_t{0}, static_cast<std::int64_t>(at_value_ns_.size()) - 1));
  }
  Nanos from_;
  Nanos to_;
  Nanos last_;
  std::vector<Nanos> at_value_ns_;
  std::size_t slot_;
};

}  // namespace twinvoice::measure
