// Text of numbers and ranges, shared by the decoder's messages and the docs.
#pragma once

#include <string>

#include "sim/spec/shape.hpp"

namespace twinvoice::spec::detail {

/// Shortest text that reads back as the same double.
[[nodiscard]] std::string number_text(double value);

/// "more than 0 s", "1 to 10", "at most 5"; "" for the unbounded range.
[[nodiscard]] std::string range_text(const Range& range, std::string (*format)(double));

}  // namespace twinvoice::spec::detail
