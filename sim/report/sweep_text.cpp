// The report of a campaign for people.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "sim/measure/comparison.hpp"
#include "sim/report/sweep_page.hpp"
#include "sim/report/sweep_ranking_text.hpp"
#include "sim/report/sweep_worlds_text.hpp"
#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kMostCells = 40;
constexpr std::size_t kWidestLevel = 20;
constexpr std::size_t kMostPareto = 20;
constexpr std::size_t kMostProblems = 6;
constexpr std::size_t kMostInteractions = 6;

/// Whether "value ± half" tells the interval: centred, and inside what the figure can be.
bool is_symmetric(const FigureKind& kind, const Estimate& e) {
  const double half = e.half_width();
  const FigureRange range = range_of(kind);
  return std::abs((e.low + e.high) / 2.0 - e.value) <= 0.05 * half && e.value - half >= range.low &&
         e.value + half <= range.high;
}

/// "12.3 ms ±0.4 ms", or "12.3 ms [12.2 ms, 13.1 ms]"; where recovery sometimes never came, how often.
std::string value_text(const FigureKind& kind, const Estimate& e, const std::vector<double>& values) {
  const auto never = std::count_if(values.begin(), values.end(), [](double v) { return std::isinf(v); });
  if (never > 0) return fmt::format("never in {} of {}", never, values.size());
  if (std::isnan(e.value)) return "-";
  std::string text = figure_text(kind, e.value);
  if (!has_interval(e) || !std::isfinite(e.half_width())) return text;
  // A cost has no error; a mean of equal numbers may have one in its last digit.
  if (e.half_width() <= 1e-12 * std::abs(e.value)) return text;
  if (!is_symmetric(kind, e)) {
    const Estimate possible = within_range(kind, e);
    return text + fmt::format(" [{}, {}]", figure_text(kind, possible.low), figure_text(kind, possible.high));
  }
  std::string half = difference_text(kind, e.half_width());
  if (half.front() == '+') half.erase(0, 1);
  return text + " ±" + half;
}

class SweepText : SweepPage {
 public:
  SweepText(const SweepDocument& document, const TerminalOptions& options)
      : SweepPage(document, std::clamp<std::size_t>(options.width, 80, 100), Style(options.colour)) {}

  std::string text() {
    header();
    out_ += worlds_text(d_, width_, style_);
    cells();
    selection();
    for (std::size_t f = 0; f < d_.figures.size(); ++f) {
      out_ += ranking_text(d_, f, width_, style_);
      main_effects(f);
      interactions(f);
      sensitivity(f);
    }
    for (const WorldPareto& one : d_.pareto) {
      if (one.world < kMostWorlds) pareto(one);
    }
    hidden_worlds(d_.pareto.size());
    notes();
    return std::move(out_);
  }

 private:
  const SweepCell& contender(std::size_t i) const { return in_.cells[d_.contenders[i]]; }
  void header() {
    const bool whole = d_.complete.size() == in_.cells.size();
    const std::string badge = whole ? style_.badge("32", " COMPLETE ") : style_.badge("33", " INCOMPLETE ");
    line(left(style_.bold(shortened(in_.name, width_ - 14)), width_ - columns(badge)) + badge);
    std::uint64_t replications = 0;
    std::size_t failed = 0;
    for (const SweepCell& c : in_.cells) {
      replications += c.state == "complete" ? c.replications : 0;
      failed += c.state == "failed" ? 1 : 0;
    }
    std::string facts = plural(in_.cells.size(), "cell");
    if (failed > 0) facts += fmt::format(", {} failed", failed);
    if (!whole) facts += fmt::format(", {} not finished", in_.cells.size() - d_.complete.size() - failed);
    facts += fmt::format(", {}, {} random numbers, store {}", plural(replications, "replication"),
                         in_.common_draws ? "the same" : "independent", in_.store);
    line(style_.dim(shortened(facts, width_)));
    std::size_t told = 0;
    for (const SweepCell& c : in_.cells) {
      if (c.state != "failed" || ++told > kMostProblems) continue;
      paragraph(style_.red("failed") + fmt::format(" {}: {}", c.label, c.reason));
    }
    if (told > kMostProblems) paragraph(fmt::format("and {} more", told - kMostProblems));
  }

  void cells() {
    if (in_.figures.empty()) return;
    title("CELLS", "in the order of the design; ± half of a 95 % interval, or its two ends");
    const std::size_t rows = std::min(kMostCells, in_.cells.size());
    std::vector<TextColumn> table;
    for (std::size_t a = 0; a < in_.axes.size(); ++a) {
      table.push_back({shortened(in_.axes[a], kWidestLevel), false, {}});
      for (std::size_t r = 0; r < rows; ++r)
        table.back().texts.push_back(shortened(in_.cells[r].levels[a], kWidestLevel));
    }
    const std::size_t fixed = table.size();
    if (d_.worlds.answer.kind != AnswerKind::kNothingToJudge) {
      table.push_back({"verdict", false, {}});
      for (std::size_t r = 0; r < rows; ++r) table.back().texts.push_back(verdict_mark(in_.cells[r], style_));
    }
    table.push_back({"runs", true, {}});
    for (std::size_t r = 0; r < rows; ++r) {
      const SweepCell& c = in_.cells[r];
      table.back().texts.push_back(c.state == "complete" ? count_text(c.replications) : c.state);
    }
    for (std::size_t f = 0; f < in_.figures.size(); ++f) {
      table.push_back({in_.figures[f].name, true, {}});
      for (std::size_t r = 0; r < rows; ++r) {
        const SweepCell& c = in_.cells[r];
        table.back().texts.push_back(
            c.state == "complete" ? value_text(d_.figures[f].kind, c.estimates[f], c.values[f]) : "");
      }
    }
    out_ += text_table_in_parts(table, fixed, width_, style_);
    if (rows < in_.cells.size())
      paragraph(style_.dim(
          fmt::format("and {}: --format json, or sweep export", plural(in_.cells.size() - rows, "cell"))));
  }

  void selection() {
    if (!d_.selection) return;
    const measure::Selection& s = *d_.selection;
    const SweepFigure& figure = in_.figures[in_.select->first];
    const FigureKind kind = kind_of(figure.name);
    title(
        "SELECTION",
        fmt::format("{} {}, indifferent to {}, confidence {}", s.goal().minimise ? "least" : "greatest",
                    figure.name, figure_text(kind, s.goal().indifference), share_text(s.goal().confidence)));
    if (s.winner()) {
      paragraph(style_.green("✔ ") + style_.bold(contender(*s.winner()).label) +
                fmt::format(": {} in the mean. With probability {} it is the best, or within {} of it.",
                            figure_text(kind, s.contenders()[*s.winner()].mean),
                            share_text(s.goal().confidence), figure_text(kind, s.goal().indifference)));
      return;
    }
    std::string why = fmt::format("{} may still be the best", plural(s.alive(), "cell"));
    if (s.finished() && s.alive() > 1) why += ", and they tie";
    if (s.finished() && s.alive() == 1)
      why = "a cell could not be compared, since its figure was not always observed";
    if (s.alive() == 0) why = nobody_left(s, figure.name);
    if (!s.finished()) why += ": more replications are needed";
    const auto open = std::count_if(in_.cells.begin(), in_.cells.end(),
                                    [](const SweepCell& c) { return c.state == "missing"; });
    if (open > 0)
      why = fmt::format("the race is not over, {} not finished",
                        plural(static_cast<std::size_t>(open), "cell"));
    paragraph(style_.yellow("? ") + "nobody is chosen: " + why);
    if (s.leader() && open == 0)
      paragraph(style_.dim("in front, without the evidence: " + contender(*s.leader()).label));
  }

  /// Why no contender is left: what set those aside that nobody had beaten.
  static std::string nobody_left(const measure::Selection& s, const std::string& figure) {
    const auto count = [&](measure::Standing standing) {
      return static_cast<std::size_t>(
          std::count_if(s.contenders().begin(), s.contenders().end(),
                        [&](const measure::Contender& c) { return c.standing == standing; }));
    };
    const std::size_t unbounded = count(measure::Standing::kUnbounded);
    const std::size_t unknown = count(measure::Standing::kUnknown);
    std::vector<std::string> why;
    if (unbounded > 0) why.push_back(fmt::format("{} {}", plural(unbounded, "cell"), unbounded_text(figure)));
    if (unknown > 0) why.push_back(fmt::format("{} not always observed", cells_were(unknown)));
    const bool all = count(measure::Standing::kEliminated) == 0;
    return fmt::format("{}{}", fmt::join(why, ", "), all ? "" : ", the others were beaten by these before");
  }
  std::string bar(double share) const {
    constexpr double kCells = 14.0;
    const auto eighths = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kCells * 8.0 + 0.5);
    static constexpr const char* kPart[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    std::string text;
    for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
    return style_.blue(text + kPart[eighths % 8]);
  }

  void main_effects(std::size_t f) {
    const FigureAnalysis& a = d_.figures[f];
    if (a.effects.main.empty()) return;
    title(fmt::format("MAIN EFFECTS on {}", in_.figures[f].name),
          "one axis moves, mean over everything else");
    double largest = 0.0;
    for (const measure::MainEffect& e : a.effects.main)
      largest = std::max(largest, std::abs(e.difference.value));
    std::vector<TextColumn> table{
        {"axis", false, {}}, {"step", false, {}}, {"effect", true, {}}, {"95 %", false, {}}, {"", false, {}}};
    for (const measure::MainEffect& e : a.effects.main) {
      const bool sure = e.difference.low > 0.0 || e.difference.high < 0.0;
      table[0].texts.push_back(shortened(in_.axes[e.axis], 18));
      table[1].texts.push_back(shortened(step(e.axis, e.from, e.level), 28));
      table[2].texts.push_back(difference_text(a.kind, e.difference.value));
      table[3].texts.push_back(style_.dim(difference_range(a.kind, e.difference)));
      table[4].texts.push_back(sure && largest > 0.0 ? bar(std::abs(e.difference.value) / largest)
                                                     : style_.dim("none shown"));
    }
    out_ += text_table(table, style_);
    if (a.effects.left_out > 0)
      paragraph(style_.dim(fmt::format("without {} whose figure is not finite in every replication",
                                       plural(a.effects.left_out, "cell"))));
  }

  std::string step(std::size_t axis, std::size_t from, std::size_t to) const {
    return d_.levels[axis][from] + " → " + d_.levels[axis][to];
  }

  void interactions(std::size_t f) {
    const FigureAnalysis& a = d_.figures[f];
    if (a.effects.interactions.empty()) return;
    title(fmt::format("INTERACTIONS in {}", in_.figures[f].name),
          "both steps together, beyond the sum of the two");
    if (a.telling.empty()) {
      paragraph(fmt::format("none of {} is shown by the evidence", a.effects.interactions.size()));
      return;
    }
    for (std::size_t i = 0; i < std::min(kMostInteractions, a.telling.size()); ++i) {
      const measure::Interaction& x = a.telling[i];
      paragraph(fmt::format("{} {}, {} {}: {} {}", in_.axes[x.a], step(x.a, x.from_a, x.level_a),
                            in_.axes[x.b], step(x.b, x.from_b, x.level_b),
                            difference_text(a.kind, x.difference.value),
                            difference_range(a.kind, x.difference)));
    }
    const std::size_t shown = std::min(kMostInteractions, a.telling.size());
    paragraph(style_.dim(fmt::format("{} of {} are shown by the evidence{}", a.telling.size(),
                                     a.effects.interactions.size(),
                                     shown < a.telling.size() ? "; the largest stand here" : "")));
  }

  void sensitivity(std::size_t f) {
    const FigureAnalysis& a = d_.figures[f];
    if (!a.sensitivity) return;
    title(fmt::format("SENSITIVITY of {}", in_.figures[f].name),
          fmt::format("shares of its variance (Sobol indices), {}", plural(a.rows, "row")));
    if (a.sensitivity->not_finite > 0) {
      paragraph(
          fmt::format("no indices: in {} the figure is not finite or was not observed, so it has no variance",
                      plural(a.sensitivity->not_finite, "row")));
      return;
    }
    if (a.sensitivity->axes.empty() || a.sensitivity->axes[0].first.samples == 0) {
      paragraph("no indices: too few complete rows, or the figure does not vary");
      return;
    }
    std::vector<TextColumn> table{{"axis", false, {}}, {"alone", true, {}},
                                  {"", false, {}},     {"with interactions", true, {}},
                                  {"", false, {}},     {"", false, {}}};
    for (std::size_t i = 0; i < in_.axes.size(); ++i) {
      const measure::SobolIndex& x = a.sensitivity->axes[i];
      table[0].texts.push_back(shortened(in_.axes[i], 22));
      table[1].texts.push_back(fmt::format("{:.2f}", x.first.value));
      table[2].texts.push_back(style_.dim(fmt::format("[{:.2f}, {:.2f}]", x.first.low, x.first.high)));
      table[3].texts.push_back(fmt::format("{:.2f}", x.total.value));
      table[4].texts.push_back(style_.dim(fmt::format("[{:.2f}, {:.2f}]", x.total.low, x.total.high)));
      table[5].texts.push_back(bar(x.total.value));
    }
    out_ += text_table(table, style_);
  }

  void pareto(const WorldPareto& front) {
    std::string objectives;
    for (const std::size_t f : d_.objectives)
      objectives += fmt::format("{}{} {}", objectives.empty() ? "" : ", ",
                                *in_.figures[f].minimise ? "least" : "greatest", in_.figures[f].name);
    title("PARETO SET" + in_world(front.world), objectives);
    std::vector<TextColumn> table{{"", false, {}}, {"cell", false, {}}};
    for (const std::size_t f : d_.objectives) table.push_back({in_.figures[f].name, true, {}});
    std::vector<std::size_t> kept;  // surely on the front first, then those that the means put there
    for (const int wanted : {0, 1, 2}) {
      for (std::size_t i = 0; i < front.cells.size(); ++i) {
        if (pareto_order(front.cells[i]) == wanted) kept.push_back(i);
      }
    }
    const std::size_t shown = std::min(kMostPareto, kept.size());
    for (std::size_t i = 0; i < shown; ++i) pareto_row(front, kept[i], table);
    out_ += text_table(table, style_);
    if (shown < kept.size()) paragraph(style_.dim(fmt::format("and {} more", kept.size() - shown)));
    paragraph(style_.dim(
        fmt::format("● surely on the front, ○ on it by the means, · not excluded; {} surely dominated",
                    plural(front.cells.size() - kept.size(), "cell"))));
  }

  /// 3: surely dominated.
  static int pareto_order(const measure::ParetoDesign& p) {
    if (p.place == measure::ParetoPlace::kDominated) return 3;
    if (p.place == measure::ParetoPlace::kFront) return 0;
    return p.front_by_means ? 1 : 2;
  }

  void pareto_row(const WorldPareto& front, std::size_t i, std::vector<TextColumn>& table) const {
    const measure::ParetoDesign& p = front.cells[i];
    const SweepCell& c = cell_of(front.world, i);
    const bool sure = p.place == measure::ParetoPlace::kFront;
    table[0].texts.push_back(sure               ? style_.green("●")
                             : p.front_by_means ? style_.yellow("○")
                                                : style_.dim("·"));
    table[1].texts.push_back(shortened(label_of(front.world, i), 40));
    for (std::size_t o = 0; o < d_.objectives.size(); ++o) {
      const std::size_t f = d_.objectives[o];
      table[2 + o].texts.push_back(value_text(d_.figures[f].kind, c.estimates[f], c.values[f]));
    }
  }

  void notes() {
    line();
    line(
        style_.dim(wrapped("Cells show what a run of all their replications together says. Comparisons are "
                           "of the same replications of two "
                           "cells; what is called best, worse, dominated or shown holds for all such "
                           "statements of its table together at 95 %, "
                           "main effects and indices at 95 % each.",
                           width_, "")));
  }
};

}  // namespace

std::string render_terminal(const SweepDocument& document, const TerminalOptions& options) {
  return SweepText(document, options).text();
}

}  // namespace twinvoice::report
