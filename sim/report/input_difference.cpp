#include "sim/report/input_difference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/text.hpp"

namespace twinvoice::report {

std::string input_differences_text(const std::vector<InputDifference>& differences, const Style& style,
                                   std::size_t width) {
  constexpr std::size_t kShown = 12;
  constexpr std::size_t kLongestValue = 40;
  const std::size_t shown = std::min(differences.size(), kShown);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const InputDifference& one = differences[i];
    const auto value = [](const std::optional<std::string>& v) {
      return shortened(v.value_or("nothing"), kLongestValue);
    };
    const std::string line = fmt::format(
        "{} {}: {} → {}", one.file, one.where.empty() ? "as a whole" : one.where, value(one.a), value(one.b));
    text += "  " + wrapped(line, width, "    ") + "\n";
  }
  if (shown < differences.size())
    text += style.dim(fmt::format("  … and {} more (--format json)", differences.size() - shown)) + "\n";
  return text;
}

}  // namespace twinvoice::report
