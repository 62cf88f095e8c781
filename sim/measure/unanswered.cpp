#include "sim/measure/unanswered.hpp"

#include <algorithm>
#include <limits>

namespace twinvoice::measure {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Only unanswered requests: something was observed, and nothing is known.
Estimate unknown(Estimate e, std::uint64_t unanswered, double high) {
  e.samples = unanswered;
  e.low = 0.0;
  e.high = high;
  e.converged = false;
  return e;
}

}  // namespace

ShareRange with_unanswered(const Estimate& success, std::uint64_t decided, std::uint64_t unanswered) {
  if (unanswered == 0) return {success, success.value, success.value};
  if (decided == 0) return {unknown(success, unanswered, 1.0), 0.0, 1.0};
  const auto open = static_cast<double>(unanswered);
  const double all = static_cast<double>(decided) + open;
  const double known = static_cast<double>(decided) / all;
  ShareRange range;
  range.joined = success;
  range.joined.low = success.low * known;
  range.joined.high = (success.high * static_cast<double>(decided) + open) / all;
  range.if_all_fail = success.value * known;
  range.if_all_succeed = (success.value * static_cast<double>(decided) + open) / all;
  return range;
}

ShareRange over_fates(const Estimate& known, const Estimate& if_bad, const Estimate& if_good) {
  ShareRange range{known, if_bad.value, if_good.value};
  for (const Estimate* fate : {&if_bad, &if_good}) {
    range.joined.low = std::min(range.joined.low, fate->low);
    range.joined.high = std::max(range.joined.high, fate->high);
    range.joined.converged = range.joined.converged && fate->converged;
  }
  return range;
}

Estimate mean_with_unanswered(const Estimate& mean, std::uint64_t unanswered) {
  if (unanswered == 0) return mean;
  if (mean.samples == 0) return unknown(mean, unanswered, kInfinity);
  Estimate open = mean;
  open.high = kInfinity;
  return open;
}

Estimate latency_quantile_with_unanswered_s(Replications runs, double q, std::uint64_t unanswered,
                                            double confidence, Faults faults) {
  Estimate e = latency_quantile_s(runs, q, confidence, faults);
  if (unanswered == 0) return e;
  if (e.samples == 0) return unknown(e, unanswered, kInfinity);
  const auto answered = static_cast<double>(e.samples);
  const double same_rank = q * (answered + static_cast<double>(unanswered)) / answered;
  if (same_rank >= 1.0) {
    e.high = kInfinity;
    return e;
  }
  const Estimate above = latency_quantile_s(runs, same_rank, confidence, faults);
  e.high = above.high;
  e.converged = e.converged && above.converged;
  return e;
}

}  // namespace twinvoice::measure
