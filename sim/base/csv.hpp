// Cells of CSV tables (RFC 4180 with \n).
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace twinvoice {

/// Whether a spreadsheet would take the text for a formula: it begins like one and is no number.
[[nodiscard]] inline bool is_like_a_formula(const std::string& text) {
  if (text.empty() || std::string_view("=+-@\t\r").find(text.front()) == std::string_view::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  const bool number = (text.front() == '-' || text.front() == '+') && end == text.c_str() + text.size() &&
                      text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  return !number;
}

/// A text as one cell: in quotes where it needs them, behind an apostrophe where a spreadsheet would compute it.
[[nodiscard]] inline std::string csv_cell(std::string_view written) {
  std::string text(written);
  if (is_like_a_formula(text)) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace twinvoice
