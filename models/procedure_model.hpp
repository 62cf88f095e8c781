// What the author of a procedure includes: its parameters, what it declares to the Plan, how it is made for a run.
//
//   // Procedure: ...the card...
//   struct HealthProbe {
//     spec::ComponentRef targets;
//     void describe(spec::Fields& f) { ... }
//     // b.law("takes", takes) for each law it draws from
//     void declare(compile::ProcedureBuilder& b) const { b.component(targets); }
//     // row.law("takes") finds the law again
//     std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& row) const;
//   };
//   ProcedureModel make_health_probe() { return procedure<HealthProbe>("health_probe", "what it does"); }
//
// and the line PROCEDURE(health_probe) in catalog.def. A procedure that a part implies is made with default
// parameters and finds the component in row.subject.
#pragma once

#include <memory>
#include <string_view>

#include "sim/compile/catalog.hpp"
#include "sim/compile/procedure_builder.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/fields.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::models {

struct ProcedureModel : compile::ProcedureModel {
  std::unique_ptr<world::Procedure> (*make)(const spec::Params& params, const plan::Plan& plan,
                                            const plan::Procedure& row) = nullptr;
};

/// A procedure whose parameters are a P with describe, declare and make as above.
template <class P>
[[nodiscard]] ProcedureModel procedure(std::string_view name, std::string_view summary) {
  ProcedureModel model;
  model.info = {name, summary, &spec::make_params<P>};
  model.declare = [](const spec::Params& params, compile::ProcedureBuilder& b) {
    spec::params_as<P>(params).declare(b);
  };
  model.make = [](const spec::Params& params, const plan::Plan& plan, const plan::Procedure& row) {
    return spec::params_as<P>(params).make(plan, row);
  };
  return model;
}

}  // namespace twinvoice::models
