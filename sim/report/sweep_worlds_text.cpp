#include "sim/report/sweep_worlds_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/report/sweep_page.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kMostOpen = 6;     ///< designs that are told to be open
constexpr std::size_t kMostTold = 20;    ///< rows of a table
constexpr std::size_t kMostClosest = 4;  ///< designs of which is told what they miss

class WorldsText : SweepPage {
 public:
  WorldsText(const SweepDocument& document, std::size_t width, const Style& style)
      : SweepPage(document, width, style), w_(document.worlds) {}

  std::string text() {
    if (d_.complete.empty()) return {};
    if (w_.answer.kind == AnswerKind::kNothingToJudge) {
      line();
      paragraph(style_.dim(
          "nothing is judged: the experiment expects nothing, and no operation states an objective"));
      return std::move(out_);
    }
    answer();
    worlds();
    designs();
    return std::move(out_);
  }

 private:
  bool has_designs() const { return w_.designs.size() > 1 || !w_.designs.front().label.empty(); }
  bool has_worlds() const { return w_.worlds.size() > 1 || !w_.worlds.front().label.empty(); }
  std::string in_every_world() const { return has_worlds() ? " in every world" : ""; }

  std::string size_text(double size) const {
    if (w_.answer.by == SizeBy::kUnknown || std::isnan(size)) return {};
    return w_.answer.by == SizeBy::kCost ? fmt::format("cost {}", number_text(size))
                                         : fmt::format("{} replicas", number_text(size));
  }
  std::string named(std::size_t design) const {
    const DesignInWorlds& d = w_.designs[design];
    const std::string size = size_text(d.size);
    return size.empty() ? d.label : fmt::format("{} ({})", d.label, size);
  }
  /// "a; b (5 replicas)": all of one size.
  std::string alike(const std::vector<std::size_t>& designs, double size) const {
    std::string text;
    for (const std::size_t d : designs) text += (text.empty() ? "" : "; ") + w_.designs[d].label;
    const std::string told = size_text(size);
    return told.empty() ? text : fmt::format("{} ({}{})", text, told, designs.size() > 1 ? " each" : "");
  }

  void answer() {
    title("ANSWER");
    if (!has_designs()) return of_the_only_design();
    const SweepAnswer& a = w_.answer;
    const double size = a.smallest.empty() ? 0.0 : w_.designs[a.smallest.front()].size;
    const bool several = a.smallest.size() > 1;
    switch (a.kind) {
      case AnswerKind::kNothingToJudge: return;
      case AnswerKind::kShown:
        paragraph(
            style_.green("✔ ") +
            (a.by == SizeBy::kUnknown
                 ? fmt::format("meeting the expectations{} (this store knows no sizes): ", in_every_world())
                 : fmt::format("the smallest design{} {} the expectations{}: ", several ? "s" : "",
                               several ? "that meet" : "that meets", in_every_world())) +
            style_.bold(alike(a.smallest, size)));
        return;
      case AnswerKind::kNotShown:
        paragraph(
            style_.yellow("? ") +
            (a.smallest.empty()
                 ? fmt::format("not shown: no design is known to meet the expectations{}", in_every_world())
                 : fmt::format("{} {} the expectations{}, but that it is the smallest is not shown",
                               alike(a.smallest, size), several ? "meet" : "meets", in_every_world())));
        open();
        return;
      case AnswerKind::kNone:
        paragraph(style_.red("✘ ") + fmt::format("no design meets the expectations{}", in_every_world()));
        closest();
        return;
    }
  }

  void of_the_only_design() {
    const DesignInWorlds& d = w_.designs.front();
    const std::size_t met = d.count(CellStanding::kMet);
    const bool all = met == w_.worlds.size();
    const std::string mark = all ? style_.green("✔ ") : style_.red("✘ ");
    const bool missed = d.count(CellStanding::kMissed) > 0;
    paragraph((all || missed ? mark : style_.yellow("? ")) +
              fmt::format("the expectations are met in {} of {} worlds", met, w_.worlds.size()));
    if (w_.answer.kind == AnswerKind::kNotShown) more();
    if (missed) misses(0);
  }

  void open() {
    for (std::size_t i = 0; i < std::min(kMostOpen, w_.answer.open.size()); ++i) {
      const std::size_t design = w_.answer.open[i];
      std::string where;
      for (std::size_t w = 0; w < w_.worlds.size(); ++w) {
        const CellStanding standing = w_.designs[design].standings[w];
        if (standing == CellStanding::kMet) continue;
        where += fmt::format("{}{}{}", where.empty() ? "" : ", ", name(standing),
                             has_worlds() ? " in " + w_.worlds[w].label : "");
      }
      paragraph(fmt::format("not decided: {}: {}", named(design), where));
    }
    if (w_.answer.open.size() > kMostOpen)
      paragraph(style_.dim(fmt::format("and {} more", w_.answer.open.size() - kMostOpen)));
    more();
  }

  void more() {
    const bool unfinished = std::any_of(w_.answer.open.begin(), w_.answer.open.end(), [&](std::size_t d) {
      return w_.designs[d].count(CellStanding::kUnfinished) > 0;
    });
    if (w_.answer.more_to_decide) {
      paragraph(fmt::format("about {} more replications of each cell would decide if they go on like this",
                            count_text(*w_.answer.more_to_decide)));
    } else {
      paragraph(unfinished ? "cells are not finished: run the sweep again"
                           : "how many replications would decide is not known: what is open says why in its "
                             "expectations (--format json)");
    }
  }

  /// The designs that meet most worlds, and what they miss.
  void closest() {
    std::vector<std::size_t> order;
    for (std::size_t d = 0; d < w_.designs.size(); ++d) order.push_back(d);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return w_.designs[a].count(CellStanding::kMet) > w_.designs[b].count(CellStanding::kMet);
    });
    const std::size_t most = w_.designs[order.front()].count(CellStanding::kMet);
    for (std::size_t i = 0; i < std::min(kMostClosest, order.size()); ++i) {
      const DesignInWorlds& d = w_.designs[order[i]];
      if (d.count(CellStanding::kMet) < most) break;
      paragraph(has_worlds() ? fmt::format("closest: {}: met in {} of {} worlds", named(order[i]), most,
                                           w_.worlds.size())
                             : named(order[i]));
      misses(order[i]);
    }
  }

  void misses(std::size_t design) {
    const DesignInWorlds& d = w_.designs[design];
    std::size_t told = 0;
    for (std::size_t w = 0; w < w_.worlds.size(); ++w) {
      if (d.standings[w] != CellStanding::kMissed || ++told > kMostClosest) continue;
      for (const store::ExpectationRow& e : in_.cells[d.cells[w]].expectations) {
        if (e.verdict == "missed")
          paragraph(fmt::format("missed{}: {}: {}", has_worlds() ? " in " + w_.worlds[w].label : "", e.text,
                                e.why));
      }
    }
    if (told > kMostClosest) paragraph(style_.dim(fmt::format("and in {} more worlds", told - kMostClosest)));
  }

  void worlds() {
    if (!has_worlds() || !has_designs()) return;
    title("WORLDS", "in each the designs that meet what is expected, and the smallest of them");
    std::vector<TextColumn> table{
        {"world", false, {}}, {"feasible", true, {}}, {"smallest", false, {}}, {"", false, {}}};
    const std::size_t rows = std::min(kMostTold, w_.worlds.size());
    for (std::size_t w = 0; w < rows; ++w) {
      const WorldOfDesigns& world = w_.worlds[w];
      table[0].texts.push_back(shortened(world.label, 30));
      table[1].texts.push_back(fmt::format("{} of {}", world.feasible.size(), w_.designs.size()));
      std::string smallest;
      for (const std::size_t d : world.smallest)
        smallest += (smallest.empty() ? "" : "; ") + w_.designs[d].label;
      table[2].texts.push_back(smallest.empty() ? "none" : shortened(smallest, 36));
      table[3].texts.push_back(
          world.open.empty() ? "" : style_.yellow(fmt::format("? {} not decided", world.open.size())));
    }
    out_ += text_table(table, style_);
    if (rows < w_.worlds.size())
      paragraph(style_.dim(fmt::format("and {} more: --format json", w_.worlds.size() - rows)));
  }

  void designs() {
    if (!has_designs() || !has_worlds()) return;
    const std::string by = w_.answer.by == SizeBy::kUnknown ? "" : name(w_.answer.by);
    title("DESIGNS", "in how many worlds each meets what is expected, and where it breaks first");
    std::vector<TextColumn> table{{"design", false, {}}, {by, true, {}},     {"met", true, {}},
                                  {"missed", true, {}},  {"open", true, {}}, {"breaks at", false, {}}};
    const std::size_t rows = std::min(kMostTold, w_.designs.size());
    for (std::size_t i = 0; i < rows; ++i) {
      const DesignInWorlds& d = w_.designs[i];
      const std::size_t met = d.count(CellStanding::kMet);
      const std::size_t missed = d.count(CellStanding::kMissed);
      table[0].texts.push_back(shortened(d.label, 30));
      table[1].texts.push_back(std::isnan(d.size) || by.empty() ? "" : number_text(d.size));
      table[2].texts.push_back(std::to_string(met));
      table[3].texts.push_back(std::to_string(missed));
      table[4].texts.push_back(std::to_string(d.standings.size() - met - missed));
      table[5].texts.push_back(shortened(first_break(d), 36));
    }
    out_ += text_table(table, style_);
    if (rows < w_.designs.size())
      paragraph(style_.dim(fmt::format("and {} more: --format json", w_.designs.size() - rows)));
  }

  /// The break at the least level of the first ordered axis that has one, with the world that has it.
  std::string first_break(const DesignInWorlds& d) const {
    const DesignBreak* first = nullptr;
    const auto number = [&](const DesignBreak& b) {
      return in_.about[b.axis].numbers.at(in_.cells[d.cells[b.world]].levels[b.axis]);
    };
    for (const DesignBreak& b : d.breaks) {
      if (first == nullptr || (b.axis == first->axis && number(b) < number(*first))) first = &b;
    }
    if (first == nullptr) return {};
    return w_.worlds[first->world].label +
           (first->standing == CellStanding::kMissed ? "" : fmt::format(" ({})", name(first->standing)));
  }

  const SweepWorlds& w_;
};

}  // namespace

std::string worlds_text(const SweepDocument& document, std::size_t width, const Style& style) {
  return WorldsText(document, width, style).text();
}

std::string verdict_mark(const JudgedCell& cell, const Style& style) {
  if (cell.verdict == "met") return style.green("✔ met");
  if (cell.verdict == "missed") return style.red("✘ missed");
  if (cell.verdict == "undecided") return style.yellow("? undecided");
  return {};
}

}  // namespace twinvoice::report
