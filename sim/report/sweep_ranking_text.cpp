#include "sim/report/sweep_ranking_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/measure/comparison.hpp"
#include "sim/report/sweep_page.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kMostRanks = 12;

class RankingText : SweepPage {
 public:
  RankingText(const SweepDocument& document, std::size_t width, const Style& style)
      : SweepPage(document, width, style) {}

  std::string text(std::size_t figure) {
    for (const WorldRanking& one : d_.figures[figure].rankings) {
      if (one.world < kMostWorlds) ranking(figure, one);
    }
    hidden_worlds(d_.figures[figure].rankings.size());
    return std::move(out_);
  }

 private:
  void ranking(std::size_t f, const WorldRanking& of_world) {
    const SweepFigure& figure = in_.figures[f];
    const FigureAnalysis& a = d_.figures[f];
    const measure::Ranking& of = of_world.ranking;
    if (of.order.size() < 2) return;
    title(fmt::format("RANKING by {}{}", figure.name, in_world(of_world.world)),
          *figure.minimise ? "least is best" : "greatest is best");
    const auto& order = of.order;
    const std::size_t rows = std::min(kMostRanks, order.size());
    std::vector<TextColumn> table{{"", true, {}},
                                  {"cell", false, {}},
                                  {"mean", true, {}},
                                  {"behind the first", true, {}},
                                  {"", false, {}}};
    for (std::size_t r = 0; r < rows; ++r) {
      const measure::Rank& rank = order[r];
      table[0].texts.push_back(std::to_string(r + 1));
      table[1].texts.push_back(shortened(label_of(of_world.world, rank.design), 34));
      table[2].texts.push_back(figure_text(a.kind, rank.mean));
      table[3].texts.push_back(behind_text(a.kind, rank, r == 0));
      table[4].texts.push_back(place_text(of, rank));
    }
    out_ += text_table(table, style_);
    if (rows < order.size()) {
      std::size_t hidden = 0;
      for (std::size_t r = rows; r < order.size(); ++r) hidden += place_of(order[r]) == Place::kOpen ? 1 : 0;
      paragraph(style_.dim(fmt::format("and {} more, {} of them not distinguishable from the best",
                                       order.size() - rows, hidden)));
    }
    if (is_of_successes(figure.name))
      paragraph(style_.dim("of requests that succeeded: a cell that fails most of them may look fast"));
    if (!of.winner) {
      paragraph(style_.yellow("? ") + open_text(of_world, figure.name));
      next_replications(of_world);
    }
  }

  /// The cells that deserve most of the next replications.
  void next_replications(const WorldRanking& a) {
    constexpr std::size_t kMostNamed = 3;
    std::vector<std::size_t> cells;
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < a.next_replications.size(); ++i) {
      if (a.next_replications[i] > 0) cells.push_back(i);
      all += a.next_replications[i];
    }
    if (cells.empty()) return;
    std::stable_sort(cells.begin(), cells.end(), [&](std::size_t x, std::size_t y) {
      return a.next_replications[x] > a.next_replications[y];
    });
    std::vector<std::string> shares;
    for (std::size_t i = 0; i < std::min(kMostNamed, cells.size()); ++i) {
      const double share = static_cast<double>(a.next_replications[cells[i]]) / static_cast<double>(all);
      shares.push_back(
          fmt::format("{:.0f} % in {}", 100.0 * share, shortened(label_of(a.world, cells[i]), 34)));
    }
    paragraph(
        style_.dim("of further replications, most is told by " + fmt::format("{}", fmt::join(shares, ", "))));
  }

  enum class Place { kBeaten, kOpen, kUnbounded, kNotObserved };
  static Place place_of(const measure::Rank& rank) {
    if (rank.beaten_by) return Place::kBeaten;
    if (std::isnan(rank.mean)) return Place::kNotObserved;
    return std::isinf(rank.mean) ? Place::kUnbounded : Place::kOpen;
  }
  std::string behind_text(const FigureKind& kind, const measure::Rank& rank, bool first) const {
    // There is no distance to such a cell, so that there is room for what can be said of it.
    if (place_of(rank) == Place::kUnbounded) return style_.yellow("? too few runs to exclude");
    if (first || std::isnan(rank.behind.value)) return {};
    return difference_text(kind, rank.behind.value) + " " + difference_range(kind, rank.behind);
  }
  std::string place_text(const measure::Ranking& ranking, const measure::Rank& rank) const {
    switch (place_of(rank)) {
      case Place::kBeaten: return style_.dim("worse");
      case Place::kOpen:
        return ranking.winner == rank.design ? style_.green("✔ best") : style_.yellow("≈ best");
      case Place::kUnbounded: return {};  // stands in the column before
      case Place::kNotObserved: return style_.red("! not observed");
    }
    return {};
  }

  /// Why there is no winner: who is close, and who is open for another reason than being close.
  std::string open_text(const WorldRanking& of_world, const std::string& figure) const {
    const measure::Ranking& ranking = of_world.ranking;
    std::size_t close = 0;
    std::size_t unbounded = 0;
    std::size_t unseen = 0;
    std::uint64_t runs = 0;
    for (const measure::Rank& rank : ranking.order) {
      const Place place = place_of(rank);
      close += place == Place::kOpen ? 1 : 0;
      unseen += place == Place::kNotObserved ? 1 : 0;
      if (place != Place::kUnbounded) continue;
      ++unbounded;
      runs = std::max(runs, cell_of(of_world.world, rank.design).replications);
    }
    std::string text = "no cell has a mean to compare";
    if (close == 1) text = "one cell is in front, but not all others are excluded";
    if (close > 1) text = fmt::format("{} cells are not distinguishable from the best", close);
    text += ": the evidence names no winner";
    const auto also = [&](const std::string& more) { text += "; " + more; };
    if (unbounded > 0) {
      also(fmt::format("{} {}: {}", plural(unbounded, "cell"), unbounded_text(figure),
                       too_few(runs, measure::fewest_infinite_pairs(ranking.each))));
    }
    if (unseen > 0) also(fmt::format("{} not always observed", cells_were(unseen)));
    return text;
  }
  static std::string too_few(std::uint64_t runs, std::uint64_t fewest) {
    const std::string text = fmt::format("{} runs are too few to exclude them", runs);
    return runs < fewest ? text + fmt::format(", {} are needed at least", fewest) : text;
  }
};

}  // namespace

std::string ranking_text(const SweepDocument& document, std::size_t figure, std::size_t width,
                         const Style& style) {
  return RankingText(document, width, style).text(figure);
}

}  // namespace twinvoice::report
