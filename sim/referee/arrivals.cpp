#include "sim/referee/arrivals.hpp"

#include <algorithm>

#include "sim/random/elementary.hpp"

namespace twinvoice::referee {

RateWalk::Piece RateWalk::piece_at(const plan::Source& source, Nanos at_ns) {
  if (source.sinusoid) return {source.mean_per_s * (1.0 + source.amplitude), kNever};
  if (source.segments.empty()) return {};
  const bool repeats = source.period_ns != kNever && source.period_ns > 0;
  const Nanos start_ns = repeats ? at_ns - at_ns % source.period_ns : 0;
  const Nanos within_ns = at_ns - start_ns;
  const auto after = std::upper_bound(source.segments.begin(), source.segments.end(), within_ns,
                                      [](Nanos t, const plan::RateSegment& s) { return t < s.from_ns; });
  Nanos until_ns = repeats ? start_ns + source.period_ns : kNever;
  if (after != source.segments.end()) until_ns = std::min(until_ns, start_ns + after->from_ns);
  if (after == source.segments.begin()) return {0.0, until_ns};
  return {std::prev(after)->per_s, until_ns};
}

Nanos RateWalk::due_ns(double factor, Nanos end_ns) const {
  double left = left_;
  Nanos at_ns = at_ns_;
  while (at_ns < end_ns) {
    const Piece piece = piece_at(source_, at_ns);
    const double per_s = piece.per_s * factor;
    if (per_s > 0.0) {
      const Nanos gap_ns = from_seconds(left / per_s);
      if (piece.until_ns == kNever || gap_ns < piece.until_ns - at_ns) return at_ns + gap_ns;
    }
    if (piece.until_ns == kNever) return kNever;
    left = std::max(0.0, left - per_s * to_seconds(piece.until_ns - at_ns));
    at_ns = piece.until_ns;
  }
  return kNever;
}

void RateWalk::advance(double factor, Nanos now_ns) {
  while (at_ns_ < now_ns) {
    const Piece piece = piece_at(source_, at_ns_);
    const Nanos to_ns = std::min(now_ns, piece.until_ns);
    left_ = std::max(0.0, left_ - piece.per_s * factor * to_seconds(to_ns - at_ns_));
    at_ns_ = to_ns;
  }
}

double acceptance(const plan::Source& source, Nanos at_ns) {
  constexpr double kTwoPi = 0x1.921fb54442d18p+2;
  const Nanos phase_ns = (at_ns - source.peak_ns) % source.period_ns;
  const double wave = random::cos(kTwoPi * (to_seconds(phase_ns) / to_seconds(source.period_ns)));
  return (1.0 + source.amplitude * wave) / (1.0 + source.amplitude);
}

}  // namespace twinvoice::referee
