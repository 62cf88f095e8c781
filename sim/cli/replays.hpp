// Replications played again without one of their faults, so that a report can tell whose an interruption is.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <vector>

#include "models/catalog.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"
#include "sim/report/accounts.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::cli {

/// Plays replications of a plan: by number, in their order; nothing for one that gave no record.
using Player = std::function<std::vector<std::optional<measure::RunRecord>>(
    const plan::Plan& plan, const std::vector<std::uint64_t>& replications)>;

/// Plays what is wanted, with the same seed and draws. `runs` are the records that the keys count. What fails is left out.
[[nodiscard]] report::Replays play_without(const spec::Experiment& experiment, const plan::Plan& plan,
                                           const models::Catalog& catalog,
                                           std::span<const measure::RunRecord> runs,
                                           const std::set<report::ReplayKey>& wanted, const Player& player);

}  // namespace twinvoice::cli
