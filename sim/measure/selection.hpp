// Ranking and selection: which of several designs is the best, and which of them deserve more replications.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace twinvoice::measure {

/// What a selection promises.
struct SelectionGoal {
  /// The smallest difference worth telling apart, in the unit of the values; > 0. A smaller one keeps close designs in the
  /// race for longer: the cost grows with its inverse square.
  double indifference = 1.0;
  /// Probability with which the best is chosen when it is better than every other by `indifference` or more; in (0.5, 1).
  double confidence = 0.95;
  /// Replications of every design before anybody may be eliminated, >= 2. The spread of the differences is learned from
  /// them: ten is little, twenty is good.
  std::size_t first_stage = 10;
  bool minimise = true;
};

/// Where a design stands.
enum class Standing {
  kAlive,       ///< may still be the best
  kEliminated,  ///< another one is better
  kUnbounded,  ///< a value was infinite on the bad side (an outage that never ended): no winner, and no rival
  kUnknown,    ///< a value was missing, or infinite on the good side: cannot be compared
};

struct Contender {
  Standing standing = Standing::kAlive;
  std::uint64_t replications =
      0;  ///< that were compared; the last one is where it was eliminated or set aside
  std::size_t eliminated_by = 0;  ///< the one furthest ahead of it then; meaningful when eliminated
  double mean = 0.0;              ///< of those replications; NaN without any, or when set aside
};

/// The fully sequential procedure KN of Kim & Nelson (ACM TOMACS 11 (3), 2001, c = 1), for replications that share their
/// random numbers or are independent.
///
///   after n0 replications of each of k designs: S2(i, l) = variance of the differences of i and l
///   h2 = (n0 - 1) ((2 alpha / (k - 1)) ^ (-2 / (n0 - 1)) - 1)
///   from r = n0 on: i is eliminated when for an l that was alive before
///     mean_i(r) is worse than mean_l(r) by more than max(0, d / (2 r) (h2 S2(i, l) / d^2 - r)), d = indifference
///   the end: one is left, or r is so large that every margin is 0 and only ties are left
///
/// Promised for values of normal law (means over many requests are nearly so): the best is chosen with probability >= the
/// confidence if it leads by `indifference`; else one that is at most that far behind it is nearly always chosen. Values that
/// are not finite set their design aside, so that it is neither chosen nor a yardstick; k stays the number of all.
///
/// Nobody is chosen while a design is set aside as unknown, when nobody is left, and among exact ties.
class Selection {
 public:
  /// Throws std::invalid_argument when the goal is out of its ranges or there is no design.
  Selection(std::size_t designs, const SelectionGoal& goal);

  /// The next replication of a design. Designs may run ahead of each other: replications are compared when every design alive
  /// has them, so the outcome depends on the values alone. Values of designs that are out are ignored.
  void add(std::size_t design, double value);

  [[nodiscard]] bool finished() const { return finished_; }
  /// Replications compared so far.
  [[nodiscard]] std::uint64_t replications() const { return compared_; }
  [[nodiscard]] std::size_t alive() const { return alive_.size(); }
  [[nodiscard]] bool is_alive(std::size_t design) const {
    return contenders_[design].standing == Standing::kAlive;
  }
  [[nodiscard]] const std::vector<Contender>& contenders() const { return contenders_; }
  /// The chosen one, once finished.
  [[nodiscard]] std::optional<std::size_t> winner() const { return winner_; }
  /// The best mean among those alive, whatever the evidence; the first of ties.
  [[nodiscard]] std::optional<std::size_t> leader() const;
  [[nodiscard]] const SelectionGoal& goal() const { return goal_; }

 private:
  [[nodiscard]] bool next_is_there() const;
  void compare_next();
  void learn_spread();
  void screen();
  void finish();
  [[nodiscard]] double variance(std::size_t i, std::size_t l) const { return variance_[i * designs_ + l]; }

  SelectionGoal goal_;
  std::size_t designs_;
  double h2_ = 0.0;
  std::uint64_t compared_ = 0;
  bool finished_ = false;
  std::optional<std::size_t> winner_;
  std::vector<std::size_t> alive_;           ///< in ascending order
  std::vector<Contender> contenders_;        ///< [design]
  std::vector<std::vector<double>> values_;  ///< [design][replication], larger is better
  std::vector<double> sum_;                  ///< [design], of the compared ones
  std::vector<double> variance_;             ///< [design x design], from the first stage
};

/// The same for values that are all there: values[design][replication]. Stops at the shortest series of those alive.
[[nodiscard]] Selection select_best(std::span<const std::vector<double>> values, const SelectionGoal& goal);

/// What is known of a design.
struct DesignSample {
  double mean = 0.0;
  double variance = 0.0;  ///< of one replication
  std::uint64_t replications = 0;
};

/// Mean and variance of the replications of a design; of fewer than two the variance is NaN.
[[nodiscard]] DesignSample sample_of(std::span<const double> values);

/// Shares out `budget` further replications so that the probability of picking the best mean afterwards grows fastest: OCBA
/// (Chen, Lin, Yucesan & Chick, Discrete Event Dynamic Systems 10, 2000), for independent replications.
///
///   N_i : N_j = (s_i / d_i)^2 : (s_j / d_j)^2 for the others, d their distance from the best; N_best = s_best sqrt(sum N_i^2 / s_i^2)
///
/// Distances below `indifference` (>= 0) count as it, so that equals do not take everything. Designs that have more than their
/// share keep it and the rest is shared anew. Designs with a mean or variance that is not finite get nothing; when no spread
/// is known the budget is shared equally. The sum is `budget`, unless no design can be given anything.
[[nodiscard]] std::vector<std::uint64_t> allocate_budget(std::span<const DesignSample> designs,
                                                         std::uint64_t budget, bool minimise = true,
                                                         double indifference = 0.0);

}  // namespace twinvoice::measure
