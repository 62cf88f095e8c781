// Designs in worlds: which meet what is expected, in one world and in every one, which of them is the smallest, and where each
// breaks. A world is a combination of levels of the axes that are of the world, a design one of the others.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/store/rows.hpp"

namespace twinvoice::report {

/// What is known of an axis beside its name.
struct AxisInfo {
  bool of_world = false;
  /// Numbers of its labels in base units, where all are quantities: then its levels have an order. Otherwise empty.
  std::map<std::string, double> numbers;
};

/// A cell as far as it is judged.
struct JudgedCell {
  std::vector<std::string> levels;  ///< [axis] labels
  std::string state;                ///< "complete", "failed", "missing"
  std::string verdict;              ///< of store::CellRow
  std::vector<store::ExpectationRow> expectations;
  double replicas = std::numeric_limits<double>::quiet_NaN();
  double cost = std::numeric_limits<double>::quiet_NaN();  ///< NaN: nothing declares any
};

enum class CellStanding : std::uint8_t {
  kMet,
  kMissed,
  kUndecided,   ///< or nothing is expected of this cell, though of others something is
  kUnfinished,  ///< failed or missing
  kAbsent,      ///< the sweep skips it
};
/// "met", "missed", "undecided", "unfinished", "absent".
[[nodiscard]] const char* name(CellStanding standing);

/// The first level of an ordered axis of the world at which a design is not met any more: upwards, or downwards where it is met at the
/// greatest level and not at the least. All other axes of the world stay as they are.
struct DesignBreak {
  std::size_t axis = 0;
  std::size_t world = 0;  ///< which has that level
  CellStanding standing = CellStanding::kMissed;
};

struct DesignInWorlds {
  std::vector<std::string> levels;  ///< of the axes of the design
  std::string label;                ///< "replicas=3, pool=20"; "" when no axis is of the design
  double size = std::numeric_limits<
      double>::quiet_NaN();             ///< the largest over its worlds; NaN: no cell of it is complete
  std::vector<std::size_t> cells;       ///< [world] index of the cell, kNoCell when it is absent
  std::vector<CellStanding> standings;  ///< [world]
  std::vector<DesignBreak> breaks;
  [[nodiscard]] std::size_t count(CellStanding standing) const;
};

struct WorldOfDesigns {
  std::vector<std::string> levels;    ///< of the axes of the world
  std::string label;                  ///< "" when no axis is of the world
  std::vector<std::size_t> complete;  ///< indices of its complete cells
  std::vector<std::size_t> feasible;  ///< designs that meet what is expected
  std::vector<std::size_t> smallest;  ///< of these, all of the least size
  std::vector<std::size_t>
      open;  ///< designs not decided here that are smaller, or of unknown size; all where none is feasible
};

/// Over all worlds.
enum class AnswerKind : std::uint8_t {
  kNothingToJudge,  ///< nothing is expected
  kShown,     ///< `smallest` meets what is expected in every world, and all smaller designs miss it in one
  kNotShown,  ///< `open` may be smaller, or the only ones
  kNone,      ///< every design misses it in a world
};
/// "nothing_to_judge", "shown", "not_shown", "none".
[[nodiscard]] const char* name(AnswerKind kind);

enum class SizeBy : std::uint8_t { kCost, kReplicas, kUnknown };
/// "cost", "replicas", "".
[[nodiscard]] const char* name(SizeBy by);

struct SweepAnswer {
  AnswerKind kind = AnswerKind::kNothingToJudge;
  /// Cost where the topologies of all complete cells state one, else replicas; unknown in stores of before there were such figures.
  SizeBy by = SizeBy::kUnknown;
  std::vector<std::size_t> smallest;  ///< designs met in every world, all of the least size
  std::vector<std::size_t>
      open;  ///< designs that miss nothing so far and are smaller, of unknown size, or the only ones
  /// Replications of each cell beside those that there are that would decide all of the open designs; absent: no number is known.
  std::optional<std::uint64_t> more_to_decide;
};

struct SweepWorlds {
  static constexpr std::size_t kNoCell = std::numeric_limits<std::size_t>::max();
  std::vector<WorldOfDesigns>
      worlds;  ///< in the order of the design of the sweep; one with all cells when no axis is of the world
  std::vector<DesignInWorlds> designs;
  std::vector<std::size_t> world_of, design_of;  ///< [cell]
  SweepAnswer answer;
};

/// `about` is [axis]; an axis beyond its end is of the design. All cells have a level on each axis.
[[nodiscard]] SweepWorlds worlds_of(const std::vector<std::string>& axes, const std::vector<AxisInfo>& about,
                                    const std::vector<JudgedCell>& cells);

}  // namespace twinvoice::report
