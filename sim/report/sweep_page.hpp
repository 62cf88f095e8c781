// What the parts of a campaign's report for people have in common: titles, paragraphs, names of cells.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "sim/report/style.hpp"
#include "sim/report/sweep_report.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {

class SweepPage {
 protected:
  /// Refers to the document, which must outlive it. `width` in columns.
  SweepPage(const SweepDocument& document, std::size_t width, const Style& style)
      : d_(document), in_(document.input), style_(style), width_(width) {}

  static constexpr std::size_t kMostWorlds = 4;  ///< whose rankings and fronts are shown

  static std::string plural(std::size_t n, const char* what) {
    return fmt::format("{} {}{}", count_text(n), what, n == 1 ? "" : "s");
  }
  static std::string cells_were(std::size_t n) { return plural(n, "cell") + (n == 1 ? " was" : " were"); }
  /// What an infinite value of a figure says of its cell.
  static std::string unbounded_text(const std::string& figure) {
    return figure_ending(figure) == "rto" ? "did not recover in every replication"
                                          : "had no finite value in every replication";
  }

  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void title(const std::string& text, const std::string& aside = {}) {
    line();
    line(style_.bold(text) +
         (aside.empty() ? ""
                        : "  " + style_.dim(shortened(aside, width_ - std::min(width_, columns(text) + 2)))));
  }
  void paragraph(const std::string& text) { line("  " + wrapped(text, width_, "  ")); }

  const SweepCell& cell_of(std::size_t world, std::size_t of_complete) const {
    return in_.cells[d_.worlds.worlds[world].complete[of_complete]];
  }
  /// What tells a cell from the others of its world.
  const std::string& label_of(std::size_t world, std::size_t of_complete) const {
    const std::size_t cell = d_.worlds.worlds[world].complete[of_complete];
    const std::string& label = d_.worlds.designs[d_.worlds.design_of[cell]].label;
    return label.empty() ? in_.cells[cell].label : label;
  }
  /// " in load=50 tps"; nothing when there is one world of all cells.
  std::string in_world(std::size_t world) const {
    const std::string& label = d_.worlds.worlds[world].label;
    return label.empty() ? label : " in " + shortened(label, 50);
  }
  void hidden_worlds(std::size_t shown) {
    if (shown > kMostWorlds)
      paragraph(style_.dim(
          fmt::format("the same of {}: --format json", plural(shown - kMostWorlds, "more world"))));
  }

  const SweepDocument& d_;
  const SweepInput& in_;
  Style style_;
  std::size_t width_;
  std::string out_;
};

}  // namespace twinvoice::report
