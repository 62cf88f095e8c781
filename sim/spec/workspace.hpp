// Paths that an input file names: where they may lead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/base/issues.hpp"
#include "sim/spec/references.hpp"

namespace twinvoice::spec {

/// Resolves `named`, a path written in the file `from`, relative to the folder of `from`. It must be relative, exist, be a
/// regular file and, links resolved, lie inside the workspace of `from`: the nearest ancestor folder that holds
/// `topologies`, else the folder of `from`. Adds one issue at named.place otherwise. `what` names the thing in messages.
[[nodiscard]] std::optional<std::string> resolve_in_workspace(const std::string& from, const Text& named,
                                                              std::string_view what, Issues& issues);

}  // namespace twinvoice::spec
