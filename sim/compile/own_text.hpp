// What only the text of a person is judged by: a cell of a sweep may hold a neutral value as one of its levels.
#pragma once

#include "sim/base/issues.hpp"
#include "sim/compile/catalog.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::compile {

/// As compile(), for files as they were written. Refuses what can never act (InvalidInput): faults whose values change nothing,
/// `weights` that no call balances by, an objective on the completion of jobs that nobody emits. Names in `warnings` what nothing
/// uses: a `priority` that no queue heeds, components, crews and sites, which another experiment may use.
[[nodiscard]] plan::Plan compile_own_text(const spec::Experiment& experiment, const ModelCatalog& catalog,
                                          Issues& warnings);

}  // namespace twinvoice::compile
