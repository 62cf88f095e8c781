// Words for messages: printable quotes, pointer tokens, nearest spellings. Input is hostile: nothing it
// contains may reach a terminal unescaped or make a message long.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "sim/base/visible.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kLongestLabel = 120;
constexpr std::size_t kLongestToken = 80;
constexpr std::size_t kMostCandidates = 2000;
constexpr std::size_t kLongestWord = 64;

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

/// Optimal string alignment distance (insertions, deletions, substitutions, swaps of neighbours).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
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
  if (word.empty() || word.size() > kLongestWord || candidates.size() > kMostCandidates) return {};
  const std::size_t tolerance = std::max<std::size_t>(1, word.size() / 3);
  std::string_view best;
  std::size_t best_distance = tolerance + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    if (longer - std::min(candidate.size(), word.size()) > tolerance) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string best = nearest(word, candidates);
  return best.empty() ? "" : fmt::format("; did you mean {}?", quote(best));
}

}  // namespace twinvoice::spec
