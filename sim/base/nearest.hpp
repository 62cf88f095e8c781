// Slips of the pen: which word may have been meant.
#pragma once

#include <string_view>
#include <vector>

namespace twinvoice {

/// The candidate nearest to `word` by edit distance when it is near enough to be a slip of the pen, the first of equals; else "".
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

}  // namespace twinvoice
