#include "sim/spec/foreign_format.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace twinvoice::spec {
namespace {

constexpr std::size_t kLookedAt = 8192;  ///< bytes
constexpr std::size_t kLines = 40;

using Signs = std::vector<std::pair<std::string_view, const char*>>;

std::string by_first_bytes(std::string_view text) {
  using namespace std::string_view_literals;
  static const Signs signs{{"SQLite format 3\0"sv, "a database (SQLite)"},
                           {"\x7f"
                            "ELF"sv,
                            "a compiled program"},
                           {"\x1f\x8b"sv, "a compressed file (gzip)"},
                           {"PK\x03\x04"sv, "an archive (zip)"},
                           {"\x28\xb5\x2f\xfd"sv, "a compressed file (zstd)"},
                           {"\x89PNG"sv, "a picture (PNG)"},
                           {"\xff\xd8\xff"sv, "a picture (JPEG)"},
                           {"%PDF-"sv, "a document (PDF)"},
                           {"\xff\xfe"sv, "text in UTF-16"},
                           {"\xfe\xff"sv, "text in UTF-16"},
                           {"<?xml"sv, "XML"},
                           {"<!DOCTYPE"sv, "HTML"},
                           {"<"sv, "XML or HTML"},
                           {"%YAML"sv, "YAML"},
                           {"---"sv, "YAML"}};
  for (const auto& [sign, name] : signs) {
    if (text.starts_with(sign)) return name;
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool like_json = first != std::string_view::npos && (text[first] == '{' || text[first] == '/');
  if (!like_json && text.find('\0') != std::string_view::npos) return "binary data";
  return {};
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// Lines that say something: no blank ones, no comments of any of the languages.
std::vector<std::string_view> telling_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool comment =
        line.starts_with('#') || line.starts_with("//") || line.starts_with("/*") || line.starts_with('*');
    if (!line.empty() && !comment) lines.push_back(line);
  }
  return lines;
}

bool begins_with_word(std::string_view line, std::string_view word) {
  return line.starts_with(word) && (line.size() == word.size() || !is_word(line[word.size()]));
}

bool any_begins(const std::vector<std::string_view>& lines, const std::vector<std::string_view>& words) {
  return std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return begins_with_word(line, word); });
  });
}

/// "key: value", "key:" or "- item".
bool is_yaml(std::string_view line) {
  if (line.starts_with("- ")) return true;
  std::size_t n = 0;
  while (n < line.size() && is_word(line[n])) ++n;
  return n > 0 && n < line.size() && line[n] == ':' && (n + 1 == line.size() || line[n + 1] == ' ');
}

/// `word "label" {`: a block of Terraform and its kin.
bool is_hcl(std::string_view line) {
  std::size_t n = 0;
  while (n < line.size() && is_word(line[n])) ++n;
  return n > 0 && n < line.size() && line[n] == ' ' && line.back() == '{' &&
         line.find_first_of("()=:;") == std::string_view::npos;
}

/// "key = value", alone or below "[section]".
bool is_ini(const std::vector<std::string_view>& lines) {
  std::size_t n = 0;
  while (n < lines[0].size() && (is_word(lines[0][n]) || lines[0][n] == '.')) ++n;
  const std::string_view rest = trimmed(lines[0].substr(n));
  if (n > 0 && rest.starts_with('=') && !rest.starts_with("==") && !lines[0].ends_with(';')) return true;
  return lines.size() > 1 && lines[0].front() == '[' && lines[0].back() == ']' &&
         lines[1].find('=') != std::string_view::npos && lines[1].front() != '"';
}

bool is_csv(const std::vector<std::string_view>& lines) {
  const auto cells = [](std::string_view line) {
    return std::max(std::count(line.begin(), line.end(), ','), std::count(line.begin(), line.end(), ';'));
  };
  return lines.size() > 1 && cells(lines[0]) > 0 && cells(lines[0]) == cells(lines[1]) &&
         lines[0].find_first_of("{}[]()") == std::string_view::npos;
}

}  // namespace

std::string foreign_format(std::string_view text) {
  const std::string_view head = text.substr(0, kLookedAt);
  if (std::string known = by_first_bytes(head); !known.empty()) return known;
  const std::vector<std::string_view> lines = telling_lines(head);
  if (head.starts_with("#!")) {
    const std::string_view first = head.substr(0, head.find('\n'));
    return first.find("python") != std::string_view::npos ? "a Python program" : "a script";
  }
  if (lines.empty() || lines[0].front() == '{') return {};
  if (any_begins(lines, {"const", "let", "var", "function", "export", "module.exports", "\"use strict\"",
                         "'use strict'"}))
    return "a JavaScript program";
  if (any_begins(lines, {"import", "from", "def", "class", "print"})) {
    const bool braces =
        std::any_of(lines.begin(), lines.end(), [](auto line) { return line.ends_with(';'); });
    return braces ? "a JavaScript program" : "a Python program";
  }
  if (is_hcl(lines[0])) return "HCL (Terraform)";
  if (is_ini(lines)) return "TOML or INI";
  if (is_csv(lines)) return "a table (CSV)";
  if (is_yaml(lines[0])) return "YAML";
  if (trimmed(head).starts_with('#')) return "text with # in front of remarks or titles";
  return {};
}

}  // namespace twinvoice::spec
