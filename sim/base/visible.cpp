#include "sim/base/visible.hpp"

#include <fmt/format.h>

namespace twinvoice {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Bytes of a colour at the begin of `text`; 0: there is none.
std::size_t colour_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::string shown(std::string_view text, bool lines, bool colours) {
  std::string out;
  while (!text.empty()) {
    const std::size_t colour = colours ? colour_length(text) : 0;
    const Character c = first_character(text);
    const std::size_t bytes = colour > 0 ? colour : c.bytes;
    if (colour > 0 || (lines && c.code == '\n')) {
      out += text.substr(0, bytes);
    } else if (!c.well_formed) {
      out += "\xEF\xBF\xBD";
    } else if (is_hidden(c.code)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {kReplacement, 1, false};
  char32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {kReplacement, 1, false};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[length] || code > 0x10FFFF || surrogate) return {kReplacement, 1, false};
  return {code, length, true};
}

bool is_hidden(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return true;
  if (code == 0x2028 || code == 0x2029 || code == 0xFEFF) return true;
  if (code == 0x061C || code == 0x200E || code == 0x200F) return true;
  if ((code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069)) return true;
  return (code & 0xFFFEU) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

std::string visible(std::string_view text) { return shown(text, false, false); }
std::string visible_lines(std::string_view text) { return shown(text, true, false); }
std::string visible_styled(std::string_view text) { return shown(text, true, true); }

}  // namespace twinvoice
