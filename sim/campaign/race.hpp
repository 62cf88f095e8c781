// A race of the cells of a sweep for the best value of one figure: ranking and selection, cell by cell eliminated.
//
//   all cells get `least` replications; then, round by round, those still in the race get a tenth more (at least one), up to `most`
//   after each round the values are compared replication by replication (measure/selection: Kim and Nelson); who is out stops
//   the race ends when one is left, when only ties are left, or at `most`
//
// Rounds depend on numbers of replications alone, so any number of workers gives the same race. Cells that are in the store
// already take part with what they have; when one of them would need more to be told from the others, the race ends there.
//
// Failure policy: a cell that failed, or whose figure was not observed, cannot be compared: then nobody is chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/campaign/allocation.hpp"
#include "sim/measure/selection.hpp"

namespace twinvoice::campaign {

/// What a selection is about; its first stage is the `least` of the rule.
struct RaceRule {
  std::string figure;  ///< as written
  measure::SelectionGoal goal;
};

class Race {
 public:
  /// `cells` are positions, each once.
  Race(const std::vector<std::size_t>& cells, const RaceRule& race, const Rule& rule);

  /// The value of a replication. Again for one that is known: ignored.
  void add(std::size_t cell, std::uint64_t replication, double value);
  /// A cell without (further) values.
  void fail(std::size_t cell);
  /// A cell that can get no replications beyond those that were added.
  void close(std::size_t cell);

  /// Replications that every cell in the race is to have now.
  [[nodiscard]] std::uint64_t round() const { return round_; }

  /// A cell that stops, and why: "eliminated", "not comparable", "precise" or "cap".
  struct Stop {
    std::size_t cell = 0;
    std::string reason;
  };
  /// Every cell in the race has round() replications: compares them and begins the next round.
  [[nodiscard]] std::vector<Stop> advance();

  [[nodiscard]] bool ended() const { return ended_; }
  /// The chosen cell, once ended; nothing when the evidence names none.
  [[nodiscard]] std::optional<std::size_t> winner() const;

 private:
  struct Runner {
    std::size_t cell = 0;
    std::map<std::uint64_t, double> values;
    std::uint64_t given = 0;  ///< to the selection
    bool in_race = true;
    bool closed = false;
    bool failed = false;
  };
  [[nodiscard]] Runner& runner(std::size_t cell);
  void give_values();

  std::vector<Runner> runners_;
  std::map<std::size_t, std::size_t> index_;  ///< by cell
  measure::Selection selection_;
  std::uint64_t round_, most_;
  bool ended_ = false;
};

}  // namespace twinvoice::campaign
