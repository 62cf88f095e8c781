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

}  // namespace twinvoice::report
