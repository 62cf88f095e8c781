// A file of another format than the one that is needed: told as that one mistake, not as every key the formats differ by.
#pragma once

#include <string_view>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {

/// False when "twinvoice" names another format of the input; then `issues` says so. `wanted` is "experiment" or the like. A
/// document that names no format or an unknown one passes: decoding judges it.
[[nodiscard]] bool is_kind(const Document& document, std::string_view wanted, Issues& issues);

}  // namespace twinvoice::spec
