// From a topology and an experiment to a Plan: the only writer of Plans.
//
//   space (locations, routes, instances) -> programs of every operation, along the calls -> load -> faults ->
//   initial state ->
//   procedures
#pragma once

#include "sim/base/issues.hpp"
#include "sim/compile/catalog.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::compile {

/// Compiles. Throws InvalidInput with every issue found, each with its place; warnings go to `warnings` when
/// given.
[[nodiscard]] plan::Plan compile(const spec::Topology& topology, const spec::Experiment& experiment,
                                 const ModelCatalog& catalog, Issues* warnings = nullptr);

/// The experiment with the topology that was loaded with it.
[[nodiscard]] plan::Plan compile(const spec::Experiment& experiment, const ModelCatalog& catalog,
                                 Issues* warnings = nullptr);

}  // namespace twinvoice::compile
