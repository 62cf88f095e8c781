#include "sim/compile/source_rates.hpp"

#include <algorithm>

namespace twinvoice::compile {
namespace {

/// Mean and highest rate of a piecewise constant or sinusoidal source within the horizon.
void poisson_rate(const plan::Source& s, Nanos horizon_ns, double& mean, double& peak) {
  if (s.sinusoid) {
    mean = s.mean_per_s;
    peak = s.mean_per_s * (1.0 + s.amplitude);
    return;
  }
  double arrivals = 0.0;
  for (Nanos start_ns = 0; start_ns < horizon_ns;) {
    const Nanos length_ns = std::min(s.period_ns, horizon_ns - start_ns);
    for (std::size_t k = 0; k < s.segments.size(); ++k) {
      const Nanos from_ns = std::min(s.segments[k].from_ns, length_ns);
      const Nanos to_ns =
          k + 1 < s.segments.size() ? std::min(s.segments[k + 1].from_ns, length_ns) : length_ns;
      if (to_ns <= from_ns) continue;
      arrivals += s.segments[k].per_s * to_seconds(to_ns - from_ns);
      peak = std::max(peak, s.segments[k].per_s);
    }
    start_ns += length_ns;
  }
  if (horizon_ns > 0) mean = arrivals / to_seconds(horizon_ns);
}

}  // namespace

SourceRates source_rates(const plan::Plan& plan, const plan::Source& s, double unloaded_response_s) {
  const double horizon_s = to_seconds(plan.horizon_ns);
  double mean = 0.0;
  double peak = 0.0;
  switch (s.kind) {
    case plan::SourceKind::kPoisson: poisson_rate(s, plan.horizon_ns, mean, peak); break;
    case plan::SourceKind::kDeterministic: {
      peak = s.interval_ns > 0 ? 1e9 / static_cast<double>(s.interval_ns) : 0.0;
      mean = std::min(peak, horizon_s > 0.0 ? static_cast<double>(s.count) / horizon_s : peak);
      break;
    }
    case plan::SourceKind::kTrace:
      mean = peak = horizon_s > 0.0 ? static_cast<double>(s.times_ns.size()) / horizon_s : 0.0;
      break;
    case plan::SourceKind::kClosed: {
      const double think_s =
          s.think.valid() ? random::mean(plan.laws[s.think.index()], plan.law_tables) : 0.0;
      const double cycle_s = think_s + unloaded_response_s;
      mean = peak = cycle_s > 0.0 ? static_cast<double>(s.users) / cycle_s : 0.0;
      break;
    }
  }
  return {mean * static_cast<double>(s.batch), peak * static_cast<double>(s.batch)};
}

}  // namespace twinvoice::compile
