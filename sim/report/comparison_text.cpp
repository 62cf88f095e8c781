// The comparison for people.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/comparison_report.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

/// Fewer pairs than this are nearly on a line whatever they are.
constexpr std::uint64_t kEnoughForCorrelation = 5;

std::string factor_text(double factor) {
  if (!(factor < 1e6)) return "over 1 000 000";
  if (factor >= 1000.0) return count_text(static_cast<std::uint64_t>(factor));
  return factor < 10.0 ? fmt::format("{:.1f}", factor) : fmt::format("{:.0f}", factor);
}

class ComparisonText {
 public:
  ComparisonText(const ComparisonDocument& document, const TerminalOptions& options)
      : d_(document), style_(options.colour), width_(std::clamp<std::size_t>(options.width, 80, 100)) {}

  std::string text() {
    header();
    inputs();
    std::string of = "?";
    for (const FigureComparison& c : d_.figures) {
      if (figure_of(c.name) != of) {
        of = std::string(figure_of(c.name));
        heading(of);
      }
      figure(c);
    }
    notes();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }

  void header() {
    const std::string badge =
        decided(d_) ? style_.badge("32", " DECIDED ") : style_.badge("33", " UNDECIDED ");
    line(left(style_.bold(shortened(fmt::format("A: {}   B: {}", called(d_.a), called(d_.b)), width_ - 14)),
              width_ - columns(badge)) +
         badge);
    std::string facts =
        fmt::format("{} replications of {}", d_.replications, format_duration(d_.a.horizon_ns));
    if (d_.b.horizon_ns != d_.a.horizon_ns) facts += fmt::format(" and {}", format_duration(d_.b.horizon_ns));
    facts += fmt::format(" of each, with the same random numbers, seed {}", d_.seed);
    if (d_.interrupted) facts += ", interrupted";
    line(style_.dim(shortened(facts, width_)));
    for (const ComparedSide* side : {&d_.a, &d_.b}) {
      for (const std::string& problem : side->problems)
        line("  " + wrapped((side == &d_.a ? "A: " : "B: ") + problem, width_, "  "));
    }
  }

  void inputs() {
    line();
    line(style_.bold("WHAT DIFFERS") +
         (d_.differences.empty() ? style_.dim("  nothing that results depend on: one design twice") : ""));
    out_ += input_differences_text(d_.differences, style_, width_);
  }

  /// The experiment's name, or its file where both have the same name.
  std::string called(const ComparedSide& side) const {
    return d_.a.name != d_.b.name || side.inputs.empty() ? side.name : side.inputs.front().path;
  }

  void heading(const std::string& of) {
    line();
    line(style_.bold(left(shortened(of.empty() ? "whole design" : of, 26), 26)) +
         style_.dim(right("A", 14) + right("B", 14) + right("B - A", 14)));
  }

  std::string mark(const FigureComparison& c) const {
    switch (c.verdict) {
      case ComparisonVerdict::kABetter: return style_.green("✔ A is better");
      case ComparisonVerdict::kBBetter: return style_.green("✔ B is better");
      case ComparisonVerdict::kALess: return style_.cyan("A is less");
      case ComparisonVerdict::kBLess: return style_.cyan("B is less");
      case ComparisonVerdict::kSame: return style_.cyan("= no difference seen");
      case ComparisonVerdict::kWithin: return style_.cyan("≈ none that matters");
      case ComparisonVerdict::kArrivalsDiffer: return style_.cyan("arrivals differ");
      case ComparisonVerdict::kTimesDiffer: return style_.cyan("times differ");
      case ComparisonVerdict::kUndecided: return style_.yellow("? undecided");
      case ComparisonVerdict::kNotObserved: return style_.red("! not observed");
    }
    return {};
  }

  void figure(const FigureComparison& c) {
    const measure::Estimate& d = c.pairs.difference;
    const std::string numbers =
        "  " + left(std::string(figure_ending(c.name)), 24) + right(figure_text(c.kind, c.a.value), 14) +
        right(figure_text(c.kind, c.b.value), 14) + right(difference_text(c.kind, d.value), 14);
    line(numbers + "   " + mark(c));
    const std::string why = reasons(c);
    if (!why.empty()) line("    " + style_.dim(wrapped(why, width_ - 1, "    ")));
  }

  /// What stands behind a verdict, in one line where it fits.
  std::string reasons(const FigureComparison& c) const {
    const measure::PairedComparison& p = c.pairs;
    if (std::isnan(c.a.value) && p.missing == 0) return "no replication of either side met it";
    if (p.missing > 0)
      return fmt::format("{} of {} replications have no value on one side: nothing can be said", p.missing,
                         d_.replications);
    if (c.verdict == ComparisonVerdict::kSame) return {};
    if (p.infinite_a + p.infinite_b > 0 || !std::isfinite(c.a.value))
      return fmt::format("not over at the end of the run: A alone in {}, B alone in {} of {} replications",
                         p.infinite_a, p.infinite_b, d_.replications);
    if (c.verdict == ComparisonVerdict::kArrivalsDiffer)
      return "a ratio of other arrivals is no better or worse: compare what was served";
    if (c.verdict == ComparisonVerdict::kTimesDiffer)
      return "a number of requests in another time is no better or worse: compare rates";
    std::string text = difference_range(c.kind, p.difference);
    if (p.difference.samples < d_.replications)
      text += fmt::format("{}in {} of {} replications", text.empty() ? "" : "; ", p.difference.samples,
                          d_.replications);
    const auto also = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
    if (c.ratio) also(ratio_text(*c.ratio));
    if (std::isfinite(p.correlation) && d_.replications >= kEnoughForCorrelation)
      also(fmt::format("correlation {:.2f}: {}", p.correlation, saving_text(p.variance_ratio)));
    if (c.verdict == ComparisonVerdict::kUndecided) also(more_text(p.needed));
    return text;
  }

  static std::string ratio_text(const measure::Estimate& r) {
    const std::string high = std::isfinite(r.high) ? fmt::format("{:.3g}", r.high) : "unbounded";
    const std::string text = fmt::format("unavailability x {:.3g}", r.value);
    return std::isfinite(r.low) ? text + fmt::format(" [{:.3g}, {}]", r.low, high) : text;
  }
  static std::string saving_text(double ratio) {
    if (ratio < 1.1) return "independent runs would do as well";
    return fmt::format("independent runs would need {} times as many", factor_text(ratio));
  }
  std::string more_text(std::uint64_t needed) const {
    if (needed <= d_.replications) return "more replications are needed";
    return fmt::format("about {} more replications would be needed", count_text(needed - d_.replications));
  }

  void notes() {
    line();
    std::string note =
        "Values are means over replications of what each one shows; intervals and verdicts are of the "
        "paired difference, at 95 % each.";
    note += fmt::format(" Better is what is better by more than {} of A's value (of what A misses to 100 %).",
                        share_text(d_.indifference));
    line(style_.dim(wrapped(note, width_, "")));
    if (d_.only_one.empty()) return;
    line(style_.dim(wrapped(
        fmt::format("Not compared, since one design alone has them: {}.", fmt::join(d_.only_one, ", ")),
        width_, "")));
  }

  const ComparisonDocument& d_;
  Style style_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string render_terminal(const ComparisonDocument& document, const TerminalOptions& options) {
  return ComparisonText(document, options).text();
}

}  // namespace twinvoice::report
