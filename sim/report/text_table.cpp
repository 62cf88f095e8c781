#include "sim/report/text_table.hpp"

#include <algorithm>

namespace twinvoice::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;

std::size_t width_of(const TextColumn& column) {
  std::size_t width = columns(column.title);
  for (const std::string& text : column.texts) width = std::max(width, columns(text));
  return width;
}

std::string line_of(const std::vector<const TextColumn*>& shown, const std::vector<std::size_t>& widths,
                    const auto& text_of) {
  std::string line(kIndent, ' ');
  for (std::size_t c = 0; c < shown.size(); ++c) {
    const std::string text = text_of(*shown[c]);
    line += shown[c]->to_the_right ? right(text, widths[c]) : left(text, widths[c]);
    line += std::string(kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string part_of(const std::vector<const TextColumn*>& shown, const Style& style) {
  std::vector<std::size_t> widths;
  for (const TextColumn* column : shown) widths.push_back(width_of(*column));
  std::string out = line_of(shown, widths, [&](const TextColumn& column) { return style.dim(column.title); });
  const std::size_t rows = shown.empty() ? 0 : shown.front()->texts.size();
  for (std::size_t row = 0; row < rows; ++row)
    out += line_of(shown, widths, [&](const TextColumn& column) { return column.texts[row]; });
  return out;
}

}  // namespace

std::string text_table(const std::vector<TextColumn>& all, const Style& style) {
  std::vector<const TextColumn*> shown;
  for (const TextColumn& column : all) shown.push_back(&column);
  return part_of(shown, style);
}

std::string text_table_in_parts(const std::vector<TextColumn>& all, std::size_t fixed, std::size_t width,
                                const Style& style) {
  std::string out;
  std::size_t next = fixed;
  do {
    std::vector<const TextColumn*> shown;
    std::size_t used = kIndent;
    for (std::size_t c = 0; c < fixed; ++c) {
      shown.push_back(&all[c]);
      used += width_of(all[c]) + kGap;
    }
    const std::size_t first = next;
    while (next < all.size() && (next == first || used + width_of(all[next]) <= width)) {
      used += width_of(all[next]) + kGap;
      shown.push_back(&all[next++]);
    }
    out += (out.empty() ? "" : "\n") + part_of(shown, style);
  } while (next < all.size());
  return out;
}

std::string side_by_side(const std::string& first, const std::string& second, std::size_t width) {
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  };
  const auto widest = [](const std::vector<std::string>& lines) {
    std::size_t most = 0;
    for (const std::string& line : lines) most = std::max(most, columns(line));
    return most;
  };
  const std::vector<std::string> a = lines_of(first);
  const std::vector<std::string> b = lines_of(second);
  if (widest(a) + widest(b) > width) return first + (second.empty() ? "" : "\n") + second;
  std::string text;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string mine = i < a.size() ? a[i] : std::string();
    text += i < b.size() ? left(mine, widest(a)) + b[i] : mine;
    text += '\n';
  }
  return text;
}

}  // namespace twinvoice::report
