#include "sim/measure/groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace twinvoice::measure {

namespace {

/// Residuals this small beside the values are rounding: equal slices show no spread, and no correlation.
constexpr double kRounding = 1e-12;

struct Lag1 {
  double corrected = 0.0;
  double standard_error = 1.0;
};

std::size_t group_count(const std::vector<RatioSeries>& replications) {
  std::size_t n = 0;
  for (const RatioSeries& r : replications) n += r.size();
  return n;
}

Lag1 lag1_autocorrelation(const std::vector<RatioSeries>& replications, double ratio) {
  double products = 0.0;
  double squares = 0.0;
  double values = 0.0;
  std::size_t pairs = 0;
  for (const RatioSeries& series : replications) {
    double before = 0.0;
    for (std::size_t i = 0; i < series.size(); ++i) {
      const double residual = series[i].y - ratio * series[i].x;
      squares += residual * residual;
      values += series[i].y * series[i].y;
      if (i > 0) {
        products += before * residual;
        ++pairs;
      }
      before = residual;
    }
  }
  Lag1 lag;
  if (pairs == 0 || squares <= kRounding * kRounding * values) return lag;
  const auto n = static_cast<double>(group_count(replications));
  const auto p = static_cast<double>(pairs);
  lag.corrected = (products / p) / (squares / n) + 1.0 / n;
  lag.standard_error = 1.0 / std::sqrt(p);
  return lag;
}

std::size_t group_count_after_merge(const std::vector<RatioSeries>& replications) {
  std::size_t n = 0;
  for (const RatioSeries& r : replications) n += std::max<std::size_t>(r.size() / 2, r.empty() ? 0 : 1);
  return n;
}

}  // namespace

RatioSeries merge_neighbours(const RatioSeries& series) {
  if (series.size() < 2) return series;
  RatioSeries merged(series.size() / 2);
  for (std::size_t i = 0; i < series.size(); ++i) {
    RatioSample& into = merged[std::min(i / 2, merged.size() - 1)];
    into.y += series[i].y;
    into.x += series[i].x;
  }
  return merged;
}

std::size_t Groups::filled() const {
  return static_cast<std::size_t>(
      std::count_if(items.begin(), items.end(), [](const RatioSample& s) { return s.x > 0.0; }));
}

Groups choose_groups(std::span<const RatioSeries> replications, Faults faults) {
  Groups g;
  for (const RatioSeries& series : replications) {
    for (const RatioSample& s : series) {
      g.total_y += s.y;
      g.total_x += s.x;
    }
  }
  g.ratio = g.total_x > 0.0 ? g.total_y / g.total_x : std::numeric_limits<double>::quiet_NaN();

  if (replications.size() >= kEnoughReplications || faults == Faults::kPlanned) {
    g.replications = true;
    for (const RatioSeries& series : replications) {
      RatioSample sum;
      for (const RatioSample& s : series) {
        sum.y += s.y;
        sum.x += s.x;
      }
      g.items.push_back(sum);
    }
    g.label = fmt::format("{} replications", g.items.size());
    return g;
  }

  std::vector<RatioSeries> batches(replications.begin(), replications.end());
  constexpr double kTwentyPercent = 0.8416212335729143;
  constexpr double kFivePercent = 1.6448536269514722;
  Lag1 lag = lag1_autocorrelation(batches, g.ratio);
  while (lag.corrected > kTwentyPercent * lag.standard_error) {
    const std::size_t after = group_count_after_merge(batches);
    if (after < kFewestGroups || after == group_count(batches)) break;
    for (RatioSeries& series : batches) series = merge_neighbours(series);
    lag = lag1_autocorrelation(batches, g.ratio);
  }
  const double r = std::clamp(lag.corrected, 0.0, 0.9);
  g.inflation = (1.0 + r) / (1.0 - r);
  g.independent = lag.corrected <= kFivePercent * lag.standard_error;
  for (const RatioSeries& series : batches) g.items.insert(g.items.end(), series.begin(), series.end());
  g.label = fmt::format("{} batches", g.items.size());
  if (replications.size() > 1) g.label += fmt::format(" of {} replications", replications.size());
  return g;
}

RatioSpread ratio_spread(const Groups& groups) {
  RatioSpread spread;
  const std::size_t filled = groups.filled();
  const auto k = static_cast<double>(filled);
  if (filled < 2 || !(groups.total_x > 0.0)) {
    spread.variance = std::numeric_limits<double>::infinity();
    return spread;
  }
  double squares = 0.0;
  double cubes = 0.0;
  double fourths = 0.0;
  for (const RatioSample& s : groups.items) {
    const double residual = s.y - groups.ratio * s.x;
    squares += residual * residual;
    cubes += residual * residual * residual;
    fourths += residual * residual * residual * residual;
  }
  spread.variance = groups.inflation * k / (k - 1.0) * squares / (groups.total_x * groups.total_x);
  if (squares > 0.0 && filled > 2) {
    const double deviation = std::sqrt(squares / (k - 1.0));
    spread.skewness = k / ((k - 1.0) * (k - 2.0)) * cubes / (deviation * deviation * deviation);
  }
  spread.degrees = k - 1.0;
  if (!groups.replications && squares > 0.0) {
    const double kurtosis = k * fourths / (squares * squares);
    spread.degrees = std::clamp(2.0 * k / std::max(kurtosis - 1.0, 1.0) - 1.0, 1.0, k - 1.0);
  }
  return spread;
}

}  // namespace twinvoice::measure
