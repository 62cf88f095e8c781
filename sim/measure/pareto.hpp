// Designs that no other one beats in everything: the Pareto set over several figures, with error bars.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "sim/measure/ranking.hpp"

namespace twinvoice::measure {

struct ParetoObjective {
  bool minimise = true;
  std::vector<std::vector<double>> values;  ///< [design][replication]
};

enum class ParetoPlace {
  kFront,      ///< surely: every other design is surely worse in something, or the same in everything
  kDominated,  ///< surely: another design is surely better in something and shown to be no worse in the rest
  kUndecided,  ///< the replications do not tell
};

struct ParetoDesign {
  ParetoPlace place = ParetoPlace::kUndecided;
  std::optional<std::size_t> dominated_by;  ///< when surely dominated
  bool front_by_means = false;  ///< what the means alone would say; false when one was not observed
};

/// "Surely" holds for all statements together with the confidence: paired intervals at 1 - (1 - confidence) / (pairs of designs x
/// objectives). "No worse" is shown by an interval that lies on that side, or by values that are the same in every
/// replication (a cost). Values that are not finite leave the place undecided unless compare_pairs orders them. Throws
/// std::invalid_argument when objectives have different numbers of designs.
[[nodiscard]] std::vector<ParetoDesign> pareto_set(std::span<const ParetoObjective> objectives,
                                                   double confidence = 0.95);

}  // namespace twinvoice::measure
