// How many requests a source brings: on average over the horizon, and at its peak.
#pragma once

#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

struct SourceRates {
  double mean_per_s = 0.0;  ///< requests, averaged over the horizon
  double peak_per_s = 0.0;  ///< highest rate within the horizon
};

/// A closed source brings users / (think + unloaded response): what its users can ask for at most.
[[nodiscard]] SourceRates source_rates(const plan::Plan& plan, const plan::Source& source,
                                       double unloaded_response_s);

}  // namespace twinvoice::compile
