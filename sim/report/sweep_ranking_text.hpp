// Which cells of a world may be the best by a figure, for people.
#pragma once

#include <cstddef>
#include <string>

#include "sim/report/style.hpp"
#include "sim/report/sweep_report.hpp"

namespace twinvoice::report {

/// A part RANKING for each of the first worlds; nothing where the figure has no better side.
[[nodiscard]] std::string ranking_text(const SweepDocument& document, std::size_t figure, std::size_t width,
                                       const Style& style);

}  // namespace twinvoice::report
