// When an operation that was interrupted is shown to be healthy again.
#pragma once

#include <optional>

#include "sim/base/time.hpp"
#include "sim/measure/walk.hpp"
#include "sim/measure/walk_entries.hpp"

namespace twinvoice::measure {

/// Wald's sequential test of a share s of bad entries against a larger one p, up to the decision for s: the
/// sum of ln((1 - s) / (1 - p)) for an entry that is not bad and of ln(s / p) for a bad one reaches ln 100
/// (Wald, Sequential Tests of Statistical Hypotheses, 1945).
class WaldTest {
 public:
  /// 0 < s < p < 1.
  WaldTest(double s, double p);
  /// How many entries that are not bad decide it beside this many bad ones; >= 1.
  [[nodiscard]] std::size_t others_needed(std::size_t bad) const;

 private:
  double gain_;
  double loss_;
};

/// An entry from which on health is shown, and the last one of its hold window.
struct Health {
  std::size_t from = 0;
  std::size_t last = 0;
};

/// Looks for health in the entries of one operation. The hold window of an entry begins with it, lasts for
/// `hold`, and goes on until Wald's test has decided for s. The entry is healthy when it is not bad, its
/// window lies before the horizon, no undecided request is in it, neither walk gives an alarm when it starts
/// fresh and runs to its end, and the bad ones in it are no rarer than 1 % under either walk's share.
class HealthSearch {
 public:
  /// Refers to all of them; they must outlive it.
  HealthSearch(const WalkEntries& entries, const Walk& failing, const Walk& late,
               const InterruptionSettings& settings);
  /// The first healthy entry after `alarm`, which `walk` gave; `p` is the share of bad ones that it found.
  [[nodiscard]] std::optional<Health> first_after(std::size_t alarm, const Walk& walk, double p);

 private:
  /// Whether so many bad ones or more have a probability below 1 % at a walk's share. Keeps its last rare
  /// case: more of fewer is rarer still, and most questions are about neighbours.
  class Rarity {
   public:
    explicit Rarity(double share) : share_(share) {}
    bool is_rare(std::size_t bad, std::size_t all);

   private:
    double share_;
    std::size_t rare_bad_ = kNoEntry;
    std::size_t rare_all_ = 0;
  };

  [[nodiscard]] std::size_t last_within_hold(std::size_t at) const;
  [[nodiscard]] std::size_t undecided_in(std::size_t first, std::size_t last) const;
  [[nodiscard]] bool has_rarely_many_bad(const Health& window);

  const WalkEntries& entries_;
  const Walk& failing_;
  const Walk& late_;
  const InterruptionSettings& settings_;
  Rarity rarely_failing_;
  Rarity rarely_late_;
};

}  // namespace twinvoice::measure
