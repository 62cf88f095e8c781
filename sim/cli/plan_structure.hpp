// What `plan` says of a Plan's structure: single points of failure, what one loss costs, whom nobody takes out.
#pragma once

#include <cstddef>
#include <string>

#include "sim/cli/plan_facts.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::cli {

/// Paragraphs of `width` columns: the first line indented by two, the others by four.
[[nodiscard]] std::string paragraph(const std::string& text, std::size_t width);

/// For each operation: the single points of failure, the losses that cost a part of its requests (largest first), and the components
/// whose dead replicas nobody takes out of balancing. Shares are of the requests, while the loss lasts and no runbook has acted.
[[nodiscard]] std::string structure_text(const plan::Plan& plan, const PlanFacts& facts,
                                         const report::Style& style, std::size_t width);

/// What experts see at once, each with its place in the topology. Empty: nothing.
[[nodiscard]] std::string advice_text(const PlanFacts& facts, const report::Style& style, std::size_t width);

}  // namespace twinvoice::cli
