// Designs in worlds for people: the answer, the worlds and the designs.
#pragma once

#include <cstddef>
#include <string>

#include "sim/report/style.hpp"
#include "sim/report/sweep_report.hpp"

namespace twinvoice::report {

/// The parts ANSWER, WORLDS and DESIGNS of a report, `width` columns wide; where nothing is expected one line that says so, and without
/// any complete cell nothing.
[[nodiscard]] std::string worlds_text(const SweepDocument& document, std::size_t width, const Style& style);

/// "✔ met", "✘ missed", "? undecided"; "" of a cell without verdict.
[[nodiscard]] std::string verdict_mark(const JudgedCell& cell, const Style& style);

}  // namespace twinvoice::report
