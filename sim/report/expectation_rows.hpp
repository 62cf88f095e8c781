// The verdicts of a run as rows of a store.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/report/document.hpp"
#include "sim/store/rows.hpp"

namespace twinvoice::report {

/// What the document was judged by, as `twinvoice run` judges it: what the experiment expects, else the objectives.
[[nodiscard]] std::vector<store::ExpectationRow> expectation_rows(const ResultDocument& document);

/// Of an undecided expectation: replications beside those that there are until it is decided, if they go on alike. Of a promise what it
/// says itself; of an estimate as many as narrow its interval, which goes with the root of their number, down to the bound.
/// Absent: decided, or no number is known.
[[nodiscard]] std::optional<std::uint64_t> more_to_decide(const ExpectationResult& expectation,
                                                          std::uint64_t replications);

}  // namespace twinvoice::report
