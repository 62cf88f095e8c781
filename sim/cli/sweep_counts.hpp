// How many cells of a sweep a store has, has failed at, and lacks: one count for all commands that tell it.
#pragma once

#include <cstddef>

#include "sim/store/store.hpp"

namespace twinvoice::cli {

struct SweepCounts {
  std::size_t total = 0;  ///< points of the design; two points may be one cell
  std::size_t complete = 0, failed = 0, missing = 0;
};

[[nodiscard]] SweepCounts count_cells(const store::Store& store, const store::SweepRow& sweep);

}  // namespace twinvoice::cli
