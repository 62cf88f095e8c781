// Objectives against estimates: never a yes or no that the error bar does not carry.
#pragma once

#include <string_view>

#include "sim/measure/estimate.hpp"

namespace twinvoice::measure {

enum class Relation { at_most, below, at_least, above, within };

/// What an objective asks for, in the unit of the estimate.
struct Bound {
  Relation relation = Relation::at_most;
  /// The threshold; for `within` the lower end.
  double value = 0.0;
  /// The upper end for `within`, unused otherwise.
  double upper = 0.0;
};

/// met, missed: the whole interval lies on one side of the bound. no_sample: nothing was observed (an error
/// of the experiment, not a pass).
enum class Verdict { met, missed, undecided, no_sample };

/// On which side of the bound a whole range lies, ends included; undecided when on both. Integers compare exactly.
template <typename Number>
[[nodiscard]] constexpr Verdict side(Number low, Number high, Relation relation, Number bound,
                                     Number upper = {}) {
  const auto from = [](bool met, bool missed) {
    if (met) return Verdict::met;
    return missed ? Verdict::missed : Verdict::undecided;
  };
  switch (relation) {
    case Relation::at_most: return from(high <= bound, low > bound);
    case Relation::below: return from(high < bound, low >= bound);
    case Relation::at_least: return from(low >= bound, high < bound);
    case Relation::above: return from(low > bound, high <= bound);
    case Relation::within: return from(low >= bound && high <= upper, high < bound || low > upper);
  }
  return Verdict::undecided;
}

/// What has not converged (a single value without an interval among it) is undecided, wherever its ends lie. A range without
/// a value (some of it unanswered, or not restored by the end) is judged by its ends.
[[nodiscard]] Verdict judge(const Estimate& estimate, const Bound& bound);

/// The worst of two for a summary: no_sample, then missed, then undecided, then met.
[[nodiscard]] Verdict worse(Verdict a, Verdict b);

/// "met", "missed", "undecided", "no_sample".
[[nodiscard]] std::string_view name(Verdict verdict);
/// "<=", "<", ">=", ">", "within".
[[nodiscard]] std::string_view name(Relation relation);

}  // namespace twinvoice::measure
