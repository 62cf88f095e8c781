// What the policies of calls did, as a table and a picture for terminals.
#pragma once

#include <cstddef>
#include <string>

#include "sim/report/document.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::report {

/// The calls whose policies did anything, those with most of it first (`all`: all of them), and when it happened. Empty when nothing
/// was retried, hedged, ejected, rejected or late.
[[nodiscard]] std::string calls_text(const ResultDocument& document, const Style& style, std::size_t width,
                                     bool all);

}  // namespace twinvoice::report
