#include "sim/measure/sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "sim/measure/distributions.hpp"
#include "sim/measure/groups.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/measure/mean.hpp"

namespace twinvoice::measure {

namespace {

using Values = std::vector<double>;

/// Unbiased for the product of two expectations, from the same replications of both.
double product(const Values& x, const Values& y) {
  const auto n = static_cast<double>(x.size());
  const double mean_x = mean_of(x);
  const double mean_y = mean_of(y);
  if (x.size() < 2) return mean_x * mean_y;
  double noise = 0.0;
  for (std::size_t r = 0; r < x.size(); ++r) noise += (x[r] - mean_x) * (y[r] - mean_y);
  return mean_x * mean_y - noise / (n * (n - 1.0));
}

/// Replications that are looked at.
using Chosen = std::vector<std::size_t>;

Values minus(std::span<const double> x, std::span<const double> y, const Chosen& chosen) {
  Values d;
  d.reserve(chosen.size());
  for (const std::size_t r : chosen) d.push_back(x[r] - y[r]);
  return d;
}

template <class Use>
void for_each_cell(const SaltelliRow& row, Use&& use) {
  use(row.a);
  use(row.b);
  for (const auto cell : row.mixed) use(cell);
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

/// What the indices are made of: [axis][row] products over the spread of that row.
struct Products {
  std::vector<RatioSeries> first, total;
  double variance = 0.0;
};

Products products(std::span<const SaltelliRow> rows, std::size_t replications, const Chosen& chosen) {
  const double points = 2.0 * static_cast<double>(rows.size());
  Values centre(replications, 0.0);
  for (const SaltelliRow& row : rows) {
    for (const std::size_t r : chosen) centre[r] += (row.a[r] + row.b[r]) / points;
  }
  Products p;
  p.first.resize(rows.front().mixed.size());
  p.total.resize(rows.front().mixed.size());
  for (const SaltelliRow& row : rows) {
    const Values a = minus(row.a, centre, chosen);
    const Values b = minus(row.b, centre, chosen);
    const double spread = (product(a, a) + product(b, b)) / 2.0 * points / (points - 1.0);
    p.variance += spread / static_cast<double>(rows.size());
    for (std::size_t i = 0; i < p.first.size(); ++i) {
      const Values step = minus(row.mixed[i], row.a, chosen);
      p.first[i].push_back({product(b, step), spread});
      p.total[i].push_back({product(step, step) / 2.0, spread});
    }
  }
  return p;
}

/// Infinite where there is no variance to share out.
double ratio_of(const RatioSeries& series) {
  RatioSample sum;
  for (const RatioSample& s : series) {
    sum.y += s.y;
    sum.x += s.x;
  }
  return sum.x > 0.0 ? sum.y / sum.x : std::numeric_limits<double>::infinity();
}

/// Variance of an index through its replications: jackknife of the ratios with one replication left out each.
double jackknife_variance(const Values& without) {
  const auto n = static_cast<double>(without.size());
  if (without.size() < 2) return 0.0;
  const double mean = mean_of(without);
  double squares = 0.0;
  for (const double v : without) squares += (v - mean) * (v - mean);
  return std::isfinite(squares) ? squares * (n - 1.0) / n : std::numeric_limits<double>::infinity();
}

/// `without`: the index with one replication left out each.
Estimate share(const RatioSeries& rows, const Values& without, double confidence) {
  Estimate e = regenerative_interval(rows, confidence);
  e.method = fmt::format("{} rows and {} replications, jackknife t", rows.size(),
                         std::max<std::size_t>(1, without.size()));
  const double p = (1.0 + confidence) / 2.0;
  const auto freedom_rows = static_cast<double>(rows.size()) - 1.0;
  const double error_rows = e.half_width() / student_quantile(p, freedom_rows);
  const double of_rows = error_rows * error_rows;
  const double of_replications = jackknife_variance(without);
  if (!std::isfinite(of_rows) || !std::isfinite(of_replications)) {
    e.low = 0.0;
    e.high = 1.0;
  } else if (of_replications > 0.0) {
    const double sum = of_rows + of_replications;
    const double freedom = sum * sum /
                           (of_rows * of_rows / freedom_rows +
                            of_replications * of_replications / (static_cast<double>(without.size()) - 1.0));
    const double half = student_quantile(p, freedom) * std::sqrt(sum);
    e.low = e.value - half;
    e.high = e.value + half;
  }
  e.value = std::clamp(e.value, 0.0, 1.0);
  e.low = std::clamp(e.low, 0.0, 1.0);
  e.high = std::clamp(e.high, 0.0, 1.0);
  // An interval of one point, but for rounding, was never evidence: rows in which the axis does not move the figure, or an
  // interval beyond what an index can be.
  constexpr double kRoundingOfIndex = 1e-12;
  if (!(e.high - e.low > kRoundingOfIndex)) {
    e.low = 0.0;
    e.high = 1.0;
  }
  e.converged = e.converged && e.high - e.low < 1.0;
  return e;
}

double largest(std::span<const SaltelliRow> rows, const Chosen& chosen) {
  double scale = 0.0;
  for (const SaltelliRow& row : rows) {
    for (const std::size_t r : chosen) scale = std::max({scale, std::abs(row.a[r]), std::abs(row.b[r])});
  }
  return scale;
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

  Chosen all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const Products whole = products(rows, n, all);
  result.variance = std::max(whole.variance, 0.0);
  // A figure that is the same everywhere but for rounding has no variance to share out.
  const double scale = largest(rows, all);
  if (!(whole.variance > 1e-24 * scale * scale)) return result;
  std::vector<Values> first(axes), total(axes);  // with one replication left out each
  for (std::size_t left_out = 0; n > 1 && left_out < n; ++left_out) {
    Chosen others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    const Products without = products(rows, n, others);
    for (std::size_t i = 0; i < axes; ++i) {
      first[i].push_back(ratio_of(without.first[i]));
      total[i].push_back(ratio_of(without.total[i]));
    }
  }
  for (std::size_t i = 0; i < axes; ++i)
    result.axes[i] = {share(whole.first[i], first[i], confidence),
                      share(whole.total[i], total[i], confidence)};
  return result;
}

}  // namespace twinvoice::measure
