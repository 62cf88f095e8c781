// Runs replications in the referee and writes down what it saw as the records of a report.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::cli {

/// Replications [0, count) of `plan`, one after the other in child processes. What the referee does not observe (pools, queue
/// lengths, and busy times when there is a warm-up) stays empty. Throws InvalidInput when the Plan has procedures and EngineError
/// as the referee does.
[[nodiscard]] std::vector<measure::RunRecord> referee_records(const plan::Plan& plan, std::uint64_t count);

}  // namespace twinvoice::cli
