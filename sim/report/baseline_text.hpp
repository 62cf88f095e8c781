// The rows of a comparison with a baseline.
#pragma once

#include <string>

#include "sim/report/style.hpp"

namespace twinvoice::report {

struct BaselineComparison;

/// What is worse or better, and of the figures that are shown by default what is undecided; the others are counted.
[[nodiscard]] std::string baseline_text(const BaselineComparison& comparison, const Style& style,
                                        std::size_t width);

}  // namespace twinvoice::report
