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

[[nodiscard]] Verdict judge(const Estimate& estimate, const Bound& bound);

/// The worst of two for a summary: no_sample, then missed, then undecided, then met.
[[nodiscard]] Verdict worse(Verdict a, Verdict b);

/// "met", "missed", "undecided", "no_sample".
[[nodiscard]] std::string_view name(Verdict verdict);
/// "<=", "<", ">=", ">", "within".
[[nodiscard]] std::string_view name(Relation relation);

}  // namespace twinvoice::measure
