// Files that a run leaves on disk.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/document.hpp"

namespace twinvoice::cli {

/// Writes a file as a whole: first beside it, then renamed over it. Throws std::runtime_error with the reason.
void write_file(const std::string& path, std::string_view text);

/// Writes the CSV tables into `folder`, which is made when missing.
void write_csv_folder(const std::string& folder, const report::ResultDocument& document);

}  // namespace twinvoice::cli
