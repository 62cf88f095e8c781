// The same systems as loops written by hand for nothing else: the measure of what the kernel's generality costs.
#pragma once

#include "sim/base/time.hpp"
#include "tests/bench/tandem.hpp"

namespace twinvoice::bench {

/// W2 or W3, with the draws of its Plan and the histogram of measure: the numbers must come out equal to the kernel's.
[[nodiscard]] Figures run_bare_tandem(System system, Nanos horizon_ns);

/// W5, likewise.
[[nodiscard]] Figures run_bare_nested(Nanos horizon_ns);

}  // namespace twinvoice::bench
