// Which build of the tool this is; every result carries both so that it can be replayed.
#pragma once

#include <string_view>

namespace twinvoice {

/// Semantic version of the tool, for example "0.1.0".
std::string_view version();

/// First twelve digits of the git commit the build was configured from; "unknown" outside a git tree.
std::string_view commit();

}  // namespace twinvoice
