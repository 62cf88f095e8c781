// Ctrl-C and SIGTERM ask for an early end; a second one ends the program at once.
#pragma once

#include <atomic>

namespace twinvoice::cli {

/// Set by the handlers; handed to whatever runs.
[[nodiscard]] const std::atomic<bool>& stop_flag();

/// Installs the handlers for SIGINT and SIGTERM.
void watch_signals();

}  // namespace twinvoice::cli
