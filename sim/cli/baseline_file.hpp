// A result that was kept, as `run --baseline` reads it.
#pragma once

#include <string>

#include "sim/report/baseline.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::cli {

/// The figures of a result/2 document. Throws InvalidInput when the file cannot be read, or is no such document.
[[nodiscard]] report::Baseline read_baseline(const std::string& path);

/// What was run now, and where that differs from what the baseline tells of itself.
[[nodiscard]] report::RunBasis basis_of(const report::Scenario& scenario, const report::Baseline& baseline);

}  // namespace twinvoice::cli
