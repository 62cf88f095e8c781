#include "sim/measure/sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/measure/groups.hpp"
#include "sim/measure/intervals.hpp"

namespace twinvoice::measure {

namespace {

using Values = std::vector<double>;

/// Unbiased for the product of two expectations, from the same replications of both.
double product(const Values& x, const Values& y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0.0;
  double mean_y = 0.0;
  for (const double v : x) mean_x += v / n;
  for (const double v : y) mean_y += v / n;
  if (x.size() < 2) return mean_x * mean_y;
  double noise = 0.0;
  for (std::size_t r = 0; r < x.size(); ++r) noise += (x[r] - mean_x) * (y[r] - mean_y);
  return mean_x * mean_y - noise / (n * (n - 1.0));
}

Values minus(std::span<const double> x, std::span<const double> y, std::size_t replications) {
  Values d(replications);
  for (std::size_t r = 0; r < replications; ++r) d[r] = x[r] - y[r];
  return d;
}

template <class Use>
void for_each_cell(const SaltelliRow& row, Use&& use) {
  use(row.a);
  use(row.b);
  for (const auto cell : row.mixed) use(cell);
}

Estimate share(const RatioSeries& rows, double confidence) {
  Estimate e = regenerative_interval(rows, confidence);
  e.method = fmt::format("{} rows, jackknife t", rows.size());
  e.value = std::clamp(e.value, 0.0, 1.0);
  e.low = std::clamp(e.low, 0.0, 1.0);
  e.high = std::clamp(e.high, 0.0, 1.0);
  return e;
}

/// Replications that every cell has; counts the rows that are not finite.
std::size_t common_replications(std::span<const SaltelliRow> rows, Sensitivity& result) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const SaltelliRow& row : rows) {
    if (row.mixed.size() != rows.front().mixed.size())
      throw std::invalid_argument("sobol indices: rows with different numbers of axes");
    for_each_cell(row, [&](std::span<const double> cell) { least = std::min(least, cell.size()); });
    bool finite = true;
    for_each_cell(row, [&](std::span<const double> cell) {
      for (const double v : cell) finite = finite && std::isfinite(v);
    });
    result.not_finite += finite ? 0 : 1;
  }
  return least;
}

}  // namespace

Sensitivity sobol_indices(std::span<const SaltelliRow> rows, double confidence) {
  Sensitivity result;
  result.variance = std::numeric_limits<double>::quiet_NaN();
  if (rows.empty()) return result;
  const std::size_t axes = rows.front().mixed.size();
  const std::size_t n = common_replications(rows, result);
  result.axes.resize(axes);
  if (result.not_finite > 0 || n == 0 || rows.size() < 2) return result;

  const double points = 2.0 * static_cast<double>(rows.size());
  Values centre(n, 0.0);
  for (const SaltelliRow& row : rows) {
    for (std::size_t r = 0; r < n; ++r) centre[r] += (row.a[r] + row.b[r]) / points;
  }
  std::vector<RatioSeries> first(axes), total(axes);
  double variance = 0.0;
  double scale = 0.0;
  for (const SaltelliRow& row : rows) {
    const Values a = minus(row.a, centre, n);
    const Values b = minus(row.b, centre, n);
    const double spread = (product(a, a) + product(b, b)) / 2.0 * points / (points - 1.0);
    variance += spread / static_cast<double>(rows.size());
    for (std::size_t i = 0; i < axes; ++i) {
      const Values step = minus(row.mixed[i], row.a, n);
      first[i].push_back({product(b, step), spread});
      total[i].push_back({product(step, step) / 2.0, spread});
    }
    for (std::size_t r = 0; r < n; ++r) scale = std::max({scale, std::abs(row.a[r]), std::abs(row.b[r])});
  }
  result.variance = std::max(variance, 0.0);
  // A figure that is the same everywhere but for rounding has no variance to share out.
  if (!(variance > 1e-24 * scale * scale)) return result;
  for (std::size_t i = 0; i < axes; ++i)
    result.axes[i] = {share(first[i], confidence), share(total[i], confidence)};
  return result;
}

}  // namespace twinvoice::measure
