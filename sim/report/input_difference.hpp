// Where the inputs of two runs say other things.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/style.hpp"

namespace twinvoice::report {

struct InputDifference {
  std::string file;  ///< "experiment", "topology", "recorded load"
  std::string where;
  std::optional<std::string> a, b;  ///< JSON text; absent: nothing stands there
};

/// A line for each of the first twelve, indented by two: "experiment horizon: "4 min" -> "10 min"".
[[nodiscard]] std::string input_differences_text(const std::vector<InputDifference>& differences,
                                                 const Style& style, std::size_t width);

}  // namespace twinvoice::report
