// Interruptions, recoveries and losses as people read them on a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "sim/report/document.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::report {

/// "interrupted in 10 of 10 runs, ..." with the first interruptions of the operation in a table; all of them when `all`.
[[nodiscard]] std::string interruptions_text(const ResultDocument& document, std::size_t operation,
                                             const Style& style, std::size_t width, bool all);

/// Onset, recovery time and data loss of one fault over its incidents, and where the time went.
[[nodiscard]] std::string recovery_text(const DisruptionResult& disruption, const Style& style,
                                        std::size_t width);

/// "recovery time median 12.0 min, p90 19.9 min, worst 21.3 min; data loss ...": one fault in one line.
[[nodiscard]] std::string recovery_line(const DisruptionResult& disruption);

/// What became of the operation's invoices; "" when none was written to a log.
[[nodiscard]] std::string invoices_text(const ResultDocument& document, std::size_t operation,
                                        const Style& style, std::size_t width);

}  // namespace twinvoice::report
