// Small pictures made of block characters: the timeline of an operation and the stations of a recovery.
#pragma once

#include <string>
#include <vector>

#include "sim/report/document.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::report {

/// The timeline cut into as many cells as there are columns.
struct ChartCell {
  double arrived_per_s = 0.0;
  double success = -1.0;  ///< share; negative: nothing was asked
  /// The same over replications, mean of the windows in the cell; negative: nothing was decided.
  double worst_tenth = -1.0, median = -1.0, best_tenth = -1.0;
  double latency_s = -1.0;  ///< mean of successes; negative: none succeeded
  double in_flight = 0.0;
};
[[nodiscard]] std::vector<ChartCell> chart_cells(const OperationResult& operation, const Scenario& scenario,
                                                 Nanos end_ns, std::size_t columns,
                                                 std::uint64_t replications);

/// Rows of block characters, top first; heights in [0, 1], negative: a gap. `colour(i)` is the ANSI code of column i.
template <class Colour>
[[nodiscard]] std::vector<std::string> bars(const std::vector<double>& heights, std::size_t rows,
                                            const Style& style, Colour&& colour) {
  static constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<std::string> lines(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < heights.size(); ++i) {
      if (heights[i] < 0.0) {
        lines[row] += row + 1 == rows ? style.dim("·") : " ";
        continue;
      }
      const double full = heights[i] * 8.0 * static_cast<double>(rows);
      // What is there at all shows at least as the lowest eighth.
      const double eighths = (full < 1.0 ? 1.0 : full) - 8.0 * static_cast<double>(rows - 1 - row);
      const auto level = static_cast<std::size_t>(eighths <= 0.0   ? 0.0
                                                  : eighths >= 8.0 ? 8.0
                                                                   : eighths + 0.5);
      lines[row] += level == 0 ? " " : style.wrap(colour(i), kBlocks[level]);
    }
  }
  return lines;
}

/// The timeline of one operation with the faults and stations of recovery under it.
[[nodiscard]] std::string timeline_chart(const ResultDocument& document, std::size_t operation,
                                         const Style& style, std::size_t width);

/// When calls were retried and hedged, replicas ejected, breakers opened, attempts rejected by them and answers late: a row for each that
/// happened at all, over all calls, each on a scale of its own (counts of a run in one column). Empty when none did.
[[nodiscard]] std::string calls_chart(const ResultDocument& document, const Style& style, std::size_t width);

/// One bar for each station of a recovery, on a common time axis.
[[nodiscard]] std::string recovery_chart(const DisruptionResult& disruption, const Style& style,
                                         std::size_t width);

}  // namespace twinvoice::report
