// How loaded components and their pools were, place by place, as tables for terminals.
#pragma once

#include <cstddef>
#include <string>

#include "sim/report/document.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::report {

/// The most loaded components (`all`: all of them) with their places, the busiest first. Places whose figures are alike share a line,
/// which tells those of the busiest of them.
[[nodiscard]] std::string components_text(const ResultDocument& document, const Style& style,
                                          std::size_t width, bool all);

/// The pools of the components likewise, the fullest first; empty when there are none.
[[nodiscard]] std::string pools_text(const ResultDocument& document, const Style& style, std::size_t width,
                                     bool all);

/// Components that components_text shows.
[[nodiscard]] std::size_t components_shown(const ResultDocument& document, bool all);

}  // namespace twinvoice::report
