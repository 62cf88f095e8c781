#include "sim/report/style.hpp"

#include <algorithm>
#include <iterator>

namespace twinvoice::report {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

/// "ms", "min]," and the like: what stays on the line of its number.
bool is_unit(std::string_view word) {
  static constexpr std::string_view kUnits[] = {"%", "ns", "us", "ms", "s", "min", "h", "d"};
  while (!word.empty() && std::string_view(",;.:)]").find(word.back()) != std::string_view::npos)
    word.remove_suffix(1);
  return std::find(std::begin(kUnits), std::end(kUnits), word) != std::end(kUnits);
}

/// Bytes of the next word of a text without leading blanks; a number takes its unit along.
std::size_t word_end(std::string_view text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  if (end == 0 || end == text.size() || text[end - 1] < '0' || text[end - 1] > '9') return end;
  const std::size_t next = std::min(text.find(' ', end + 1), text.size());
  return is_unit(text.substr(end + 1, next - end - 1)) ? next : end;
}

std::string repeated_blank(std::size_t n) { return std::string(n, ' '); }

}  // namespace

std::string Style::wrap(std::string_view code, std::string_view text) const {
  if (!colour_ || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  out.append(code).append("m").append(text).append("\x1b[0m");
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\x1b') escape = true;
    if (!escape && starts_character(c)) ++n;
    if (escape && c == 'm') escape = false;
  }
  return n;
}

std::string left(const std::string& text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? text + repeated_blank(width - have) : text;
}

std::string right(const std::string& text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? repeated_blank(width - have) + text : text;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  std::string out;
  std::size_t n = 0;
  for (const char c : text) {
    if (starts_character(c) && ++n >= width) break;
    out += c;
  }
  return out + "…";
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  const std::size_t room = width > columns(indent) + 8 ? width - columns(indent) : 8;
  std::string out;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out.append(out.empty() ? "" : "\n").append(out.empty() ? "" : indent).append(line);
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = word_end(text);
    const std::string word = shortened(text.substr(0, end), room);
    if (!line.empty() && columns(line) + 1 + columns(word) > room) flush();
    if (!line.empty()) line += ' ';
    line += word;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  flush();
  return out;
}

}  // namespace twinvoice::report
