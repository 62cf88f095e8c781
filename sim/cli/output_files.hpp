// Files that a run leaves on disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/measure/request_log.hpp"
#include "sim/plan/plan.hpp"
#include "sim/report/document.hpp"

namespace twinvoice::cli {

/// Writes a file as a whole: first beside it, then renamed over it. Throws std::runtime_error with the reason.
void write_file(const std::string& path, std::string_view text);

/// Writes the CSV tables into `folder`, which is made when missing.
void write_csv_folder(const std::string& folder, const report::ResultDocument& document);

/// One line for each request: replication, operation, ordinal, arrived_s, decided_s, outcome, cause, first_cause, attempts.
[[nodiscard]] std::string requests_csv(
    const plan::Plan& plan, const std::vector<std::vector<measure::RequestRecord>>& by_replication);

}  // namespace twinvoice::cli
