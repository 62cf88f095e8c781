// The facts of `plan` as text for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "sim/cli/plan_facts.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::cli {

/// What is asked of a Plan.
struct PlanView {
  bool steps = false;           ///< of each operation
  bool topology_alone = false;  ///< nothing is to be run: a day under the stated volumes
  std::string without;          ///< a lost place; empty: none
};

/// No line is wider than `width` columns (40 at least).
[[nodiscard]] std::string plan_text(const plan::Plan& plan, const PlanFacts& facts, const PlanView& view,
                                    const report::Style& style, std::size_t width);

}  // namespace twinvoice::cli
