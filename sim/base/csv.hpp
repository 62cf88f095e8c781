// Cells of CSV tables (RFC 4180 with \n).
#pragma once

#include <string>
#include <string_view>

namespace twinvoice {

/// A text as one cell: in quotes where it needs them.
[[nodiscard]] inline std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace twinvoice
