// Tables whose columns are as wide as what stands in them, for terminals.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/report/style.hpp"

namespace twinvoice::report {

/// One column; texts may carry colours.
struct TextColumn {
  std::string title;
  bool to_the_right = false;
  std::vector<std::string> texts;  ///< [row]
};

/// All the columns side by side, two blanks apart, indented by two.
[[nodiscard]] std::string text_table(const std::vector<TextColumn>& columns, const Style& style);
/// The first `fixed` columns with as many of the others as fit beside them in `width`, then again the first ones with the next,
/// until all are shown.
[[nodiscard]] std::string text_table_in_parts(const std::vector<TextColumn>& columns, std::size_t fixed,
                                              std::size_t width, const Style& style);

/// Two texts of several lines beside each other where their lines fit, else one under the other.
[[nodiscard]] std::string side_by_side(const std::string& first, const std::string& second,
                                       std::size_t width);

}  // namespace twinvoice::report
