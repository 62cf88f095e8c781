// The measures that an oracle case may ask for, each a number that one replication yields.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::testing {

/// One replication as the measures see it.
struct Replication {
  measure::RunRecord record;
  std::vector<measure::RequestRecord> log;  ///< only when the case has a measure of single requests
};

/// Value of `expectation` (its "measure" and arguments, then minus another measure, scale and offset) in one
/// replication. Throws std::invalid_argument on an unknown measure or name.
[[nodiscard]] double value_of(const nlohmann::json& expectation, const plan::Plan& plan,
                              const Replication& run);

/// Whether the measure needs the log of single requests.
[[nodiscard]] bool needs_log(const nlohmann::json& expectation);

}  // namespace twinvoice::testing
