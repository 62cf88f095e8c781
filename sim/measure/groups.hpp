// From correlated slices of runs to groups that may be taken as independent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace twinvoice::measure {

/// One slice of a run for a ratio of two totals: failures over arrivals, latency sum over requests, area over
/// time.
struct RatioSample {
  double y = 0.0;
  double x = 0.0;
};

/// The consecutive slices of one replication.
using RatioSeries = std::vector<RatioSample>;

/// Groups for the variance of sum(y) / sum(x).
struct Groups {
  std::vector<RatioSample> items;
  double total_y = 0.0;
  double total_x = 0.0;
  /// sum(y) / sum(x); NaN when sum(x) is 0.
  double ratio = 0.0;
  /// Factor >= 1 on the variance for the correlation left between neighbouring groups.
  double inflation = 1.0;
  /// Whether neighbouring groups show no significant correlation (always so for replications).
  bool independent = true;
  /// Whether the groups are whole replications.
  bool replications = false;
  /// "replications" or "batches", with their number.
  std::string label;
  /// Groups that hold anything: those that say something about the ratio and its spread.
  [[nodiscard]] std::size_t filled() const;
};

/// Whether something happens at a planned instant in each run. Slices before and after it are no samples of one law, so that
/// only whole replications say how far a figure is known.
enum class Faults : std::uint8_t { kNone, kPlanned };

/// From this many replications on, the replications themselves are the groups.
inline constexpr std::size_t kEnoughReplications = 10;
/// Batches are never merged below this many groups in all.
inline constexpr std::size_t kFewestGroups = 8;

/// Chooses the groups.
///
///   if there are >= 10 replications, or planned faults: one group per replication
///   else: the slices of every replication are batches; loop
///     r = lag-1 autocorrelation of the residuals y - ratio * x, within replications, plus its bias 1 / groups
///     if r <= 0.84 standard errors (one-sided test at 20 %): stop
///     if merging would leave fewer than 8 groups: stop; independent = r <= 1.64 standard errors
///     merge neighbouring batches two by two (a last odd one joins its neighbour)
///     inflation = (1 + r) / (1 - r) if r > 0, as for a first-order autoregression, else 1
///
/// The test is strict because merging without need costs little width and correlation left costs coverage.
/// Slices with x = 0 stay: an empty slice is information about its neighbours' correlation.
[[nodiscard]] Groups choose_groups(std::span<const RatioSeries> replications, Faults faults = Faults::kNone);

/// Merges neighbours two by two; a last odd item joins the last pair.
[[nodiscard]] RatioSeries merge_neighbours(const RatioSeries& series);

/// Spread of a ratio estimator by the delta method (Cochran 1977, 6.3).
struct RatioSpread {
  /// Variance of the ratio, inflation included.
  double variance = 0.0;
  /// Sample skewness of the residuals; 0 when they are all equal.
  double skewness = 0.0;
  /// Degrees of freedom of the variance: filled groups - 1; for batches fewer where the residuals have heavy tails,
  /// 2 groups / (kurtosis - 1) - 1 (Satterthwaite's match of the variance of a variance): when a few batches
  /// make all the spread, it is known no better than from those few. Ten replications are too few to tell
  /// their kurtosis.
  double degrees = 1.0;
};
[[nodiscard]] RatioSpread ratio_spread(const Groups& groups);

}  // namespace twinvoice::measure
