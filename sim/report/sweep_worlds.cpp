#include "sim/report/sweep_worlds.hpp"

#include <algorithm>
#include <cmath>

namespace twinvoice::report {
namespace {

constexpr double kAlike = 1e-9;  ///< relative difference of sizes that are equal

bool is_smaller(double a, double b) { return a < b - kAlike * std::abs(b); }

CellStanding standing_of(const JudgedCell& cell) {
  if (cell.state != "complete") return CellStanding::kUnfinished;
  if (cell.verdict == "met") return CellStanding::kMet;
  return cell.verdict == "missed" ? CellStanding::kMissed : CellStanding::kUndecided;
}

class WorldsBuilder {
 public:
  WorldsBuilder(const std::vector<std::string>& axes, const std::vector<AxisInfo>& about,
                const std::vector<JudgedCell>& cells)
      : axes_(axes), about_(about), cells_(cells) {
    about_.resize(axes.size());
  }

  SweepWorlds build() {
    place_cells();
    size_designs();
    for (DesignInWorlds& design : out_.designs) {
      for (std::size_t a = 0; a < axes_.size(); ++a) add_breaks(design, a);
    }
    for (std::size_t w = 0; w < out_.worlds.size(); ++w) fill_world(w);
    answer();
    return std::move(out_);
  }

 private:
  using Labels = std::vector<std::string>;

  /// Levels of one side, and as one text.
  Labels side(const JudgedCell& cell, bool of_world) const {
    Labels labels;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (about_[a].of_world == of_world) labels.push_back(cell.levels[a]);
    }
    return labels;
  }
  std::string label(const Labels& levels, bool of_world) const {
    std::string text;
    std::size_t at = 0;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (about_[a].of_world != of_world) continue;
      text += (at == 0 ? "" : ", ") + axes_[a] + "=" + levels[at];
      ++at;
    }
    return text;
  }

  void place_cells() {
    std::map<Labels, std::size_t> worlds;
    std::map<Labels, std::size_t> designs;
    for (const JudgedCell& cell : cells_) {
      Labels of_world = side(cell, true);
      Labels of_design = side(cell, false);
      const auto [world, new_world] = worlds.emplace(of_world, out_.worlds.size());
      if (new_world) {
        WorldOfDesigns& made = out_.worlds.emplace_back();
        made.label = label(of_world, true);
        made.levels = std::move(of_world);
      }
      const auto [design, new_design] = designs.emplace(of_design, out_.designs.size());
      if (new_design) {
        DesignInWorlds& made = out_.designs.emplace_back();
        made.label = label(of_design, false);
        made.levels = std::move(of_design);
      }
      out_.world_of.push_back(world->second);
      out_.design_of.push_back(design->second);
    }
    for (DesignInWorlds& design : out_.designs) {
      design.cells.assign(out_.worlds.size(), SweepWorlds::kNoCell);
      design.standings.assign(out_.worlds.size(), CellStanding::kAbsent);
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      DesignInWorlds& design = out_.designs[out_.design_of[i]];
      design.cells[out_.world_of[i]] = i;
      design.standings[out_.world_of[i]] = standing_of(cells_[i]);
      if (cells_[i].state == "complete") out_.worlds[out_.world_of[i]].complete.push_back(i);
    }
  }

  double size(const JudgedCell& cell) const {
    if (out_.answer.by == SizeBy::kUnknown) return 0.0;
    return out_.answer.by == SizeBy::kCost ? cell.cost : cell.replicas;
  }

  void size_designs() {
    bool costs = true;
    bool replicas = true;
    for (const JudgedCell& cell : cells_) {
      if (cell.state != "complete") continue;
      costs = costs && !std::isnan(cell.cost);
      replicas = replicas && !std::isnan(cell.replicas);
    }
    out_.answer.by = replicas ? SizeBy::kReplicas : SizeBy::kUnknown;
    if (costs) out_.answer.by = SizeBy::kCost;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      double& largest = out_.designs[out_.design_of[i]].size;
      if (cells_[i].state == "complete" && !(size(cells_[i]) <= largest)) largest = size(cells_[i]);
    }
  }

  /// Worlds that differ in this axis alone, each group in the order of its levels.
  std::vector<std::vector<std::size_t>> ladders(std::size_t axis) const {
    std::size_t place = 0;
    for (std::size_t a = 0; a < axis; ++a) place += about_[a].of_world ? 1 : 0;
    std::map<Labels, std::vector<std::size_t>> groups;
    std::vector<Labels> order;
    for (std::size_t w = 0; w < out_.worlds.size(); ++w) {
      Labels rest = out_.worlds[w].levels;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(place));
      const auto [group, fresh] = groups.try_emplace(rest);
      if (fresh) order.push_back(rest);
      group->second.push_back(w);
    }
    std::vector<std::vector<std::size_t>> list;
    for (const Labels& rest : order) {
      std::vector<std::size_t> group = groups.at(rest);
      const auto number = [&](std::size_t w) {
        return about_[axis].numbers.at(out_.worlds[w].levels[place]);
      };
      std::stable_sort(group.begin(), group.end(),
                       [&](std::size_t a, std::size_t b) { return number(a) < number(b); });
      list.push_back(std::move(group));
    }
    return list;
  }

  void add_breaks(DesignInWorlds& design, std::size_t axis) {
    if (!about_[axis].of_world || about_[axis].numbers.empty()) return;
    for (std::vector<std::size_t> ladder : ladders(axis)) {
      std::erase_if(ladder, [&](std::size_t w) { return design.standings[w] == CellStanding::kAbsent; });
      if (ladder.size() < 2) continue;
      const auto met = [&](std::size_t w) { return design.standings[w] == CellStanding::kMet; };
      if (!met(ladder.front()) && met(ladder.back())) std::reverse(ladder.begin(), ladder.end());
      const auto first = std::find_if_not(ladder.begin(), ladder.end(), met);
      // Behind a cell that is not finished nothing is known of the first one.
      if (first == ladder.end() || design.standings[*first] == CellStanding::kUnfinished) continue;
      design.breaks.push_back({axis, *first, design.standings[*first]});
    }
  }

  /// Of these designs those of the least size.
  template <class Size>
  static std::vector<std::size_t> least(const std::vector<std::size_t>& designs, const Size& size) {
    std::vector<std::size_t> smallest;
    for (const std::size_t d : designs) {
      if (!smallest.empty() && is_smaller(size(smallest.front()), size(d))) continue;
      if (!smallest.empty() && is_smaller(size(d), size(smallest.front()))) smallest.clear();
      smallest.push_back(d);
    }
    return smallest;
  }

  void fill_world(std::size_t w) {
    WorldOfDesigns& world = out_.worlds[w];
    const auto its_size = [&](std::size_t d) {
      const JudgedCell& cell = cells_[out_.designs[d].cells[w]];
      return cell.state == "complete" ? size(cell) : out_.designs[d].size;
    };
    for (std::size_t d = 0; d < out_.designs.size(); ++d) {
      if (out_.designs[d].standings[w] == CellStanding::kMet) world.feasible.push_back(d);
    }
    world.smallest = least(world.feasible, its_size);
    for (std::size_t d = 0; d < out_.designs.size(); ++d) {
      const CellStanding standing = out_.designs[d].standings[w];
      if (standing != CellStanding::kUndecided && standing != CellStanding::kUnfinished) continue;
      const bool may_be_smaller = world.smallest.empty() || std::isnan(its_size(d)) ||
                                  is_smaller(its_size(d), its_size(world.smallest.front()));
      if (may_be_smaller) world.open.push_back(d);
    }
  }

  void answer() {
    SweepAnswer& answer = out_.answer;
    const bool judged = std::any_of(cells_.begin(), cells_.end(),
                                    [](const JudgedCell& cell) { return !cell.verdict.empty(); });
    if (!judged) return;
    std::vector<std::size_t> met;
    for (std::size_t d = 0; d < out_.designs.size(); ++d) {
      if (out_.designs[d].count(CellStanding::kMet) == out_.worlds.size()) met.push_back(d);
    }
    const auto its_size = [&](std::size_t d) { return out_.designs[d].size; };
    answer.smallest = least(met, its_size);
    for (std::size_t d = 0; d < out_.designs.size(); ++d) {
      const DesignInWorlds& design = out_.designs[d];
      const bool out = design.count(CellStanding::kMissed) > 0 || design.count(CellStanding::kAbsent) > 0;
      if (out || design.count(CellStanding::kMet) == out_.worlds.size()) continue;
      const bool may_be_smaller = answer.smallest.empty() || std::isnan(design.size) ||
                                  is_smaller(design.size, its_size(answer.smallest.front()));
      if (may_be_smaller) answer.open.push_back(d);
    }
    answer.kind = answer.smallest.empty() ? AnswerKind::kNone : AnswerKind::kShown;
    if (answer.open.empty()) return;
    answer.kind = AnswerKind::kNotShown;
    answer.more_to_decide = more_to_decide();
  }

  /// The most that any undecided expectation of an open design asks for.
  std::optional<std::uint64_t> more_to_decide() const {
    std::uint64_t most = 0;
    for (const std::size_t d : out_.answer.open) {
      const DesignInWorlds& design = out_.designs[d];
      for (std::size_t w = 0; w < out_.worlds.size(); ++w) {
        if (design.standings[w] == CellStanding::kUnfinished) return std::nullopt;
        if (design.standings[w] != CellStanding::kUndecided) continue;
        for (const store::ExpectationRow& e : cells_[design.cells[w]].expectations) {
          if (e.verdict == "met") continue;
          if (!e.more_to_decide) return std::nullopt;
          most = std::max(most, *e.more_to_decide);
        }
      }
    }
    if (most == 0) return std::nullopt;
    return most;
  }

  const std::vector<std::string>& axes_;
  std::vector<AxisInfo> about_;
  const std::vector<JudgedCell>& cells_;
  SweepWorlds out_;
};

}  // namespace

const char* name(CellStanding standing) {
  switch (standing) {
    case CellStanding::kMet: return "met";
    case CellStanding::kMissed: return "missed";
    case CellStanding::kUndecided: return "undecided";
    case CellStanding::kUnfinished: return "unfinished";
    case CellStanding::kAbsent: return "absent";
  }
  return "";
}
const char* name(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kNothingToJudge: return "nothing_to_judge";
    case AnswerKind::kShown: return "shown";
    case AnswerKind::kNotShown: return "not_shown";
    case AnswerKind::kNone: return "none";
  }
  return "";
}
const char* name(SizeBy by) {
  switch (by) {
    case SizeBy::kCost: return "cost";
    case SizeBy::kReplicas: return "replicas";
    case SizeBy::kUnknown: return "";
  }
  return "";
}

std::size_t DesignInWorlds::count(CellStanding standing) const {
  return static_cast<std::size_t>(std::count(standings.begin(), standings.end(), standing));
}

SweepWorlds worlds_of(const std::vector<std::string>& axes, const std::vector<AxisInfo>& about,
                      const std::vector<JudgedCell>& cells) {
  return WorldsBuilder(axes, about, cells).build();
}

}  // namespace twinvoice::report
