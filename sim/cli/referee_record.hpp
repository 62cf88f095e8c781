// Runs replications in the referee and writes down what it saw as the records of a report.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::cli {

struct RefereeRun {
  measure::RunRecord record;
  std::vector<measure::RequestRecord> requests;
};

/// One replication of `plan` in a child process. What the referee does not observe (pools, queue lengths, and busy times when
/// there is a warm-up) stays empty. Throws EngineError as the referee does.
[[nodiscard]] RefereeRun referee_run(const plan::Plan& plan, std::uint64_t replication);

/// Throws InvalidInput when the Plan has procedures: the referee runs none.
void refuse_procedures(const plan::Plan& plan);

}  // namespace twinvoice::cli
