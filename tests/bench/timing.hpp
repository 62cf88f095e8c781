// Time spent, and what repetitions make of it.
//
// All costs are processor time, not wall time: the machine is shared, and neighbours that take a core away must not count. Ratios are made pair by pair from runs that follow each other, then summarised.
#pragma once

#include <string>
#include <vector>

namespace twinvoice::bench {

/// Processor time used by this process so far, user and system, in seconds.
[[nodiscard]] double cpu_s();
/// The same with that of the children it has waited for.
[[nodiscard]] double cpu_with_children_s();

/// Median and range of repeated measurements.
struct Spread {
  double median = 0.0;
  double least = 0.0;
  double most = 0.0;
};
[[nodiscard]] Spread spread_of(std::vector<double> values);
/// Of first[i] / second[i]: the two were measured side by side.
[[nodiscard]] Spread ratio_of(const std::vector<double>& first, const std::vector<double>& second);

/// "1.52 [1.49, 1.60]".
[[nodiscard]] std::string text(const Spread& spread, int decimals);

}  // namespace twinvoice::bench
