// The catalogue of all models, passed into spec, compile and world by whoever starts them: nothing in sim/
// names a model.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "models/procedure_model.hpp"
#include "sim/compile/catalog.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/topology.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::models {

/// Every model of catalog.def, in its order.
class Catalog final : public compile::ModelCatalog {
 public:
  Catalog();
  [[nodiscard]] const spec::ModelInfo* find(spec::ModelKind kind, std::string_view name) const override;
  [[nodiscard]] std::vector<std::string_view> names(spec::ModelKind kind) const override;
  [[nodiscard]] const compile::PartModel* part(std::string_view name) const override;
  [[nodiscard]] const compile::LinkModel* link(std::string_view name) const override;
  [[nodiscard]] const compile::FaultModel* fault(std::string_view name) const override;
  [[nodiscard]] const compile::ProcedureModel* procedure(std::string_view name) const override;
  [[nodiscard]] const compile::SourceModel& source() const override;
  [[nodiscard]] const std::vector<compile::SourceModel>& sources() const { return sources_; }

  /// One factory for each row of plan.procedures, in that order; they share the parameters with `topology`.
  [[nodiscard]] std::vector<world::ProcedureFactory> procedures(const spec::Topology& topology,
                                                                const plan::Plan& plan) const;

 private:
  std::vector<compile::PartModel> parts_;
  std::vector<compile::LinkModel> links_;
  std::vector<compile::FaultModel> faults_;
  std::vector<ProcedureModel> procedures_;
  std::vector<compile::SourceModel> sources_;
};

}  // namespace twinvoice::models
