// Words for messages: printable quotes, pointer tokens, kinds. Input is hostile: nothing it
// contains may reach a terminal unescaped or make a message long.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/nearest.hpp"
#include "sim/base/visible.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kLongestLabel = 120;
constexpr std::size_t kLongestToken = 80;

/// Appends `text` with hidden characters escaped, cut at a character boundary after `limit` bytes.
void append_printable(std::string& out, std::string_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  if (cut) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
    text = text.substr(0, limit);
  }
  out += visible(text);
  if (cut) out += "...";
}

}  // namespace

std::string_view kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNull: return "null";
    case NodeKind::kBoolean: return "a boolean";
    case NodeKind::kNumber: return "a number";
    case NodeKind::kString: return "a string";
    case NodeKind::kArray: return "a list";
    case NodeKind::kObject: return "an object";
  }
  return "";
}

std::string pointer_token(std::string_view key) {
  std::string escaped;
  for (const char c : key.substr(0, 2 * kLongestToken)) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  std::string out = "/";
  append_printable(out, escaped, kLongestToken);
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  append_printable(out, text, kLongestQuote);
  return out + "\"";
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text, kLongestLabel);
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  return std::string(twinvoice::nearest(word, candidates));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string best = nearest(word, candidates);
  return best.empty() ? "" : fmt::format("; did you mean {}?", quote(best));
}

}  // namespace twinvoice::spec
