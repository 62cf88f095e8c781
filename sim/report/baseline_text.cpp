// A result beside an earlier one, for people.
#include "sim/report/baseline_text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "sim/report/baseline.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

std::string mark(Against verdict, const Style& style) {
  switch (verdict) {
    case Against::kWorse: return style.red("▼ worse");
    case Against::kBetter: return style.green("▲ better");
    case Against::kAlike: return style.cyan("≈ alike");
    case Against::kUndecided: return style.yellow("? undecided");
    case Against::kOther: return style.cyan("other");
  }
  return {};
}

}  // namespace

std::string baseline_text(const BaselineComparison& c, const Style& style, std::size_t width) {
  std::string text;
  std::size_t alike = 0, open = 0;
  for (const BaselineFigure& f : c.figures) {
    const bool told = f.verdict == Against::kWorse || f.verdict == Against::kBetter ||
                      (shown_by_default(f.name) && f.verdict != Against::kAlike);
    if (!told) {
      ++(f.verdict == Against::kAlike ? alike : open);
      continue;
    }
    text += "  " + left(shortened(f.name, 34), 34) + right(figure_text(f.kind, f.then.value), 12) +
            right(figure_text(f.kind, f.now.value), 12) +
            right(difference_text(f.kind, f.difference.value), 13) + "  " + mark(f.verdict, style) + "\n";
  }
  const std::string inputs =
      c.inputs_known
          ? (c.differences.empty()
                 ? ""
                 : style.bold("  WHAT DIFFERS") + "\n" + input_differences_text(c.differences, style, width))
          : "  " +
                style.yellow(
                    wrapped("the baseline does not tell what it was run on: an earlier version kept it",
                            width, "  ")) +
                "\n";
  if (!text.empty())
    text =
        style.dim(left("  ", 36) + right("then", 12) + right("now", 12) + right("change", 13)) + "\n" + text;
  std::string rest = fmt::format("{} figures alike, {} undecided or without a better side", alike, open);
  if (!c.unseen.empty()) rest += fmt::format("; no value now: {}", fmt::join(c.unseen, ", "));
  return inputs + text + "  " + style.dim(wrapped(rest, width, "  ")) + "\n";
}

}  // namespace twinvoice::report
