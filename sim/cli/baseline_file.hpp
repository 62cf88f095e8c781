// A result that was kept, as `run --baseline` reads it.
#pragma once

#include <string>

#include "sim/report/baseline.hpp"

namespace twinvoice::cli {

/// The figures of a result/2 document. Throws InvalidInput when the file cannot be read, or is no such document.
[[nodiscard]] report::Baseline read_baseline(const std::string& path);

}  // namespace twinvoice::cli
