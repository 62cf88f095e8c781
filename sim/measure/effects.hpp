// What each axis of a factorial design does to a figure, and where two axes act together.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

/// One cell of the design: its level on every axis, and the figure in each of its replications.
struct FactorialCell {
  std::vector<std::size_t> levels;  ///< [axis], from 0
  std::span<const double>
      values;  ///< [replication]; the same replication of two cells shares its random numbers
};

/// Main effect: the figure at `level` minus the figure at level `from` of the axis, mean over all pairs of cells that differ
/// in nothing else.
struct MainEffect {
  std::size_t axis = 0, from = 0, level = 0;
  Estimate difference;
  std::size_t pairs = 0;
};

/// Two-factor interaction: what the step of axis `a` does at `level_b` minus what it does at `from_b`; mean over all squares of
/// four cells that differ in nothing else.
struct Interaction {
  std::size_t a = 0, from_a = 0, level_a = 0;
  std::size_t b = 0, from_b = 0, level_b = 0;
  Estimate difference;
  std::size_t squares = 0;
};

struct FactorialEffects {
  std::vector<MainEffect> main;  ///< by axis, then level; the step from the lowest level that there is
  std::vector<Interaction> interactions;  ///< by axes, then levels
  std::size_t left_out = 0;  ///< cells with a value that is not finite, or with fewer than two replications
};

/// Every effect is reckoned within each replication and then given Student's t over the replications, as many as all the cells
/// concerned have; so random numbers that the cells share do not widen it. In a full factorial design these are the
/// differences of the marginal means; of a design with gaps the pairs and squares that exist are used, of one without a grid
/// (Latin hypercube) there are none. Cells with values that are not finite are left out. Throws std::invalid_argument when
/// cells have different numbers of axes.
[[nodiscard]] FactorialEffects factorial_effects(std::span<const FactorialCell> cells,
                                                 double confidence = 0.95);

}  // namespace twinvoice::measure
