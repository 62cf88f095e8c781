// Which SimGrid the program was built with: results depend on it.
#pragma once

#include <string>

namespace twinvoice::world {

/// "3.32"
[[nodiscard]] std::string simgrid_version();

}  // namespace twinvoice::world
