#include "sim/plan/load_curve.hpp"

#include <algorithm>

#include "sim/random/elementary.hpp"

namespace twinvoice::plan {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr Nanos kDay = 86'400 * kNanosPerSecond;
constexpr double kShortestThinkS = 1e-3;

/// Of constant segments, from the begin of the first one.
double in_segments(const Source& source, Nanos until_ns) {
  double arrivals = 0.0;
  for (std::size_t k = 0; k < source.segments.size(); ++k) {
    const Nanos from_ns = source.segments[k].from_ns;
    if (from_ns >= until_ns) break;
    const Nanos to_ns = k + 1 < source.segments.size() ? source.segments[k + 1].from_ns : kNever;
    arrivals += source.segments[k].per_s * to_seconds(std::min(to_ns, until_ns) - from_ns);
  }
  return arrivals;
}

/// The integral of mean x (1 + amplitude x cos(2 pi (t - peak) / period)).
double in_sinusoid(const Source& source, Nanos until_ns) {
  const double period_s = to_seconds(source.period_ns == kNever ? kDay : source.period_ns);
  const auto sine = [&](Nanos at_ns) {
    return random::sin(2.0 * kPi * to_seconds(at_ns - source.peak_ns) / period_s);
  };
  const double wave = (sine(until_ns) - sine(0)) * period_s / (2.0 * kPi);
  return source.mean_per_s * (to_seconds(until_ns) + source.amplitude * wave);
}

double instants(const Plan& plan, const Source& source, Nanos until_ns) {
  switch (source.kind) {
    case SourceKind::kPoisson: {
      if (source.sinusoid) return in_sinusoid(source, until_ns);
      if (source.period_ns == kNever) return in_segments(source, until_ns);
      const auto whole = static_cast<double>(until_ns / source.period_ns);
      return whole * in_segments(source, source.period_ns) + in_segments(source, until_ns % source.period_ns);
    }
    case SourceKind::kDeterministic: {
      if (until_ns <= source.first_at_ns) return 0.0;
      const Nanos more =
          source.interval_ns > 0 ? (until_ns - 1 - source.first_at_ns) / source.interval_ns : 0;
      return std::min(static_cast<double>(source.count), static_cast<double>(more) + 1.0);
    }
    case SourceKind::kTrace:
      return static_cast<double>(std::lower_bound(source.times_ns.begin(), source.times_ns.end(), until_ns) -
                                 source.times_ns.begin());
    case SourceKind::kClosed: {
      const double think_s =
          source.think.valid() ? random::mean(plan.laws[source.think.index()], plan.law_tables) : 0.0;
      return source.users * to_seconds(until_ns) / std::max(think_s, kShortestThinkS);
    }
  }
  return 0.0;
}

}  // namespace

double expected_arrivals(const Plan& plan, Nanos at_ns) {
  double sum = 0.0;
  for (const Source& source : plan.sources) sum += instants(plan, source, at_ns) * source.batch;
  return sum;
}

double expected_share(const Plan& plan, Nanos at_ns) {
  at_ns = std::clamp<Nanos>(at_ns, 0, plan.horizon_ns);
  const double all = expected_arrivals(plan, plan.horizon_ns);
  const double share = all > 0.0 ? expected_arrivals(plan, at_ns) / all
                                 : static_cast<double>(at_ns) / static_cast<double>(plan.horizon_ns);
  return std::clamp(share, 0.0, 1.0);
}

}  // namespace twinvoice::plan
