// Arrival times of Poisson sources: the integral of the rate, inverted exactly.
#pragma once

#include <optional>

#include "sim/base/time.hpp"
#include "sim/plan/load.hpp"

namespace twinvoice::referee {

/// Walks along the rate function of a Poisson source. `left` is the part of a unit exponential not consumed
/// yet, as of `at_ns`; it is consumed at the rate times `factor`.
class RateWalk {
 public:
  explicit RateWalk(const plan::Source& source) : source_(source) {}

  void start(double unit_exponential) { left_ = unit_exponential; }
  /// When it will be used up, kNever if not before `end_ns`.
  [[nodiscard]] Nanos due_ns(double factor, Nanos end_ns) const;
  /// Moves to `now_ns`, at most the due time.
  void advance(double factor, Nanos now_ns);

  /// Rate in candidates per s at a time, and until when it holds.
  struct Piece {
    double per_s = 0.0;
    Nanos until_ns = kNever;
  };
  [[nodiscard]] static Piece piece_at(const plan::Source& source, Nanos at_ns);

 private:
  const plan::Source& source_;
  Nanos at_ns_ = 0;
  double left_ = 0.0;
};

/// Probability that a candidate of a sinusoid source at this time is an arrival.
[[nodiscard]] double acceptance(const plan::Source& source, Nanos at_ns);

}  // namespace twinvoice::referee
