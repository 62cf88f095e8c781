// What `plan` looks at: an experiment, or a topology alone under the volumes that its operations state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/catalog.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::cli {

struct PlanInput {
  spec::Experiment experiment;  ///< of a topology: a day under its volumes
  bool topology_alone = false;
};

/// Throws InvalidInput.
[[nodiscard]] PlanInput read_plan_input(const std::string& path, const models::Catalog& catalog);

/// The Plan as it works while these locations are lost and everything has moved: nobody is sent there, logs that led there are led
/// by their first follower elsewhere and follow nowhere there, clients that stood there are gone.
[[nodiscard]] plan::Plan without_locations(plan::Plan plan, const std::vector<bool>& lost);

/// The Plan as it works while a zone, site or region is lost (see without_locations). Throws std::invalid_argument when there is no
/// such place, or nothing is left.
[[nodiscard]] plan::Plan without_place(plan::Plan plan, std::string_view place);

}  // namespace twinvoice::cli
