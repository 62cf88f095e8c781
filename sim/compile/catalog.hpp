// The catalogue of models as compile sees it: what spec needs of each (name, parameters) and how it is
// lowered.
#pragma once

#include <string_view>

#include "sim/plan/space.hpp"
#include "sim/spec/catalog.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::compile {

class ProgramBuilder;
class FaultBuilder;
class ProcedureBuilder;

/// A component model. `lower` is called once for each (component, endpoint, operation) that is reached.
struct PartModel {
  spec::ModelInfo info;
  std::string_view default_endpoint = "default";  ///< what a call means that names no endpoint (or "default")
  void (*lower)(const spec::Params& params, ProgramBuilder& b) = nullptr;
};

/// A link model: fills the constants of one link. Name, sites and `shared` are already set.
struct LinkModel {
  spec::ModelInfo info;
  void (*lower)(const spec::Params& params, const spec::LinkSpec& spec, plan::Link& link) = nullptr;
};

/// A fault kind: writes its turns.
struct FaultModel {
  spec::ModelInfo info;
  void (*lower)(const spec::Params& params, FaultBuilder& b) = nullptr;
  /// It acts on the gates in front of the clients, which programs have only where such a fault is played.
  bool at_clients = false;
};

/// A procedure model, as far as the Plan goes: it names the laws it draws from and checks what it refers to.
struct ProcedureModel {
  spec::ModelInfo info;
  void (*declare)(const spec::Params& params, ProcedureBuilder& b) = nullptr;
  bool by_order = false;  ///< heeds orders to begin: a policy may start it
};

/// The clients of an operation: writes its root program.
struct SourceModel {
  std::string_view name;
  std::string_view summary;
  void (*lower)(const spec::OperationSpec& spec, ProgramBuilder& b) = nullptr;
};

/// Implemented by models/catalog.cpp; sim/ never names a model.
class ModelCatalog : public spec::ModelCatalog {
 public:
  /// Null when there is no such model.
  [[nodiscard]] virtual const PartModel* part(std::string_view name) const = 0;
  [[nodiscard]] virtual const LinkModel* link(std::string_view name) const = 0;
  [[nodiscard]] virtual const FaultModel* fault(std::string_view name) const = 0;
  [[nodiscard]] virtual const ProcedureModel* procedure(std::string_view name) const = 0;
  [[nodiscard]] virtual const SourceModel& source() const = 0;
};

}  // namespace twinvoice::compile
