// Strings of the JSON reader: escapes, surrogates, UTF-8.
#include <fmt/format.h>

#include "sim/spec/json_reader.hpp"

namespace twinvoice::spec {
namespace {

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | (c >> 6));
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | (c >> 12));
    put(0x80U | ((c >> 6) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | (c >> 18));
    put(0x80U | ((c >> 12) & 0x3FU));
    put(0x80U | ((c >> 6) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

}  // namespace

/// One character, checked against the well-formed byte sequences of Unicode (table 3-7): no overlong forms,
/// surrogates or code points above 10FFFF.
bool JsonReader::utf8_sequence() {
  const unsigned char c = peek();
  if (c < 0x80) {
    advance();
    return true;
  }
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (c >= 0xC2 && c <= 0xDF) {
    length = 2;
  } else if (c >= 0xE0 && c <= 0xEF) {
    length = 3;
    if (c == 0xE0) low = 0xA0;
    if (c == 0xED) high = 0x9F;
  } else if (c >= 0xF0 && c <= 0xF4) {
    length = 4;
    if (c == 0xF0) low = 0x90;
    if (c == 0xF4) high = 0x8F;
  }
  bool valid = length > 0 && at_ + length <= text_.size() && peek(1) >= low && peek(1) <= high;
  for (std::size_t i = 2; valid && i < length; ++i) valid = (peek(i) & 0xC0U) == 0x80U;
  if (!valid) return fail(spot(), fmt::format("the byte 0x{:02x} is not valid UTF-8", c));
  advance(length);
  return true;
}

bool JsonReader::string(std::string_view& out) {
  const Spot start = spot();
  advance();
  return string_body(out, start);
}

/// Without escapes the result is a view of the file's text; with them, of the decoded copy, which never
/// reallocates because a decoded string is never longer than its source.
bool JsonReader::string_body(std::string_view& out, Spot start) {
  std::string& decoded = *document_.unescaped_;
  const std::size_t source_begin = at_;
  const std::size_t decoded_begin = decoded.size();
  std::size_t copied_to = at_;
  bool escaped = false;
  while (!at_end()) {
    const unsigned char c = peek();
    if (c == '"') {
      if (escaped) decoded.append(text_, copied_to, at_ - copied_to);
      out = escaped ? std::string_view(decoded).substr(decoded_begin)
                    : text_.substr(source_begin, at_ - source_begin);
      advance();
      return true;
    }
    if (c < 0x20) return control_character();
    if (c == '\\') {
      escaped = true;
      decoded.append(text_, copied_to, at_ - copied_to);
      if (!escape(decoded)) return false;
      copied_to = at_;
    } else if (!utf8_sequence()) {
      return false;
    }
  }
  return fail(start, "this string is never closed by a double quote");
}

bool JsonReader::control_character() {
  const unsigned char c = peek();
  if (c == '\n' || c == '\r')
    return fail(spot(), "a string ends on the line where it begins; write \\n for a line break");
  return fail(spot(), fmt::format("a control character in a string; write \\u{:04x}", c));
}

bool JsonReader::escape(std::string& out) {
  const Spot start = spot();
  advance();
  const unsigned char c = peek();
  switch (c) {
    case '"': out += '"'; break;
    case '\\': out += '\\'; break;
    case '/': out += '/'; break;
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'u': advance(); return unicode_escape(out, start);
    default: return fail(start, "an unknown escape; JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
  }
  advance();
  return true;
}

bool JsonReader::hex4(std::uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned char c = peek();
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - static_cast<std::uint32_t>('0');
    } else if (c >= 'a' && c <= 'f') {
      digit = c - static_cast<std::uint32_t>('a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - static_cast<std::uint32_t>('A') + 10;
    } else {
      return fail(spot(), "\\u needs four hexadecimal digits");
    }
    out = out * 16 + digit;
    advance();
  }
  return true;
}

bool JsonReader::unicode_escape(std::string& out, Spot start) {
  std::uint32_t c = 0;
  if (!hex4(c)) return false;
  if (c >= 0xDC00 && c <= 0xDFFF)
    return fail(start, "a lone surrogate; characters above U+FFFF are a pair of \\u escapes");
  if (c >= 0xD800 && c <= 0xDBFF) {
    std::uint32_t second = 0;
    if (peek() != '\\' || peek(1) != 'u') return fail(start, "a lone surrogate; its second half is missing");
    advance(2);
    if (!hex4(second)) return false;
    if (second < 0xDC00 || second > 0xDFFF)
      return fail(start, "a lone surrogate; its second half is missing");
    c = 0x10000 + ((c - 0xD800) << 10) + (second - 0xDC00);
  }
  append_utf8(out, c);
  return true;
}

}  // namespace twinvoice::spec
