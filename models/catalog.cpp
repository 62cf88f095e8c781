#include "models/catalog.hpp"

#include "sim/base/check.hpp"

namespace twinvoice::models {

// Declarations of the makers, one per line of the list.
#define PART(name) compile::PartModel make_##name();
#define LINK(name) compile::LinkModel make_##name();
#define FAULT(name) compile::FaultModel make_##name();
#define SOURCE(name) compile::SourceModel make_##name();
#define PROCEDURE(name) ProcedureModel make_##name();
#include "models/catalog.def"
#undef PART
#undef LINK
#undef FAULT
#undef SOURCE
#undef PROCEDURE

namespace {

template <class Model>
const Model* find_in(const std::vector<Model>& models, std::string_view name) {
  for (const Model& model : models) {
    if (model.info.name == name) return &model;
  }
  return nullptr;
}

template <class Model>
const spec::ModelInfo* info_in(const std::vector<Model>& models, std::string_view name) {
  const Model* model = find_in(models, name);
  return model == nullptr ? nullptr : &model->info;
}

template <class Model>
std::vector<std::string_view> names_in(const std::vector<Model>& models) {
  std::vector<std::string_view> names;
  names.reserve(models.size());
  for (const Model& model : models) names.push_back(model.info.name);
  return names;
}

}  // namespace

Catalog::Catalog() {
#define PART(name) parts_.push_back(make_##name());
#define LINK(name) links_.push_back(make_##name());
#define FAULT(name) faults_.push_back(make_##name());
#define SOURCE(name) sources_.push_back(make_##name());
#define PROCEDURE(name) procedures_.push_back(make_##name());
#include "models/catalog.def"
#undef PART
#undef LINK
#undef FAULT
#undef SOURCE
#undef PROCEDURE
}

const spec::ModelInfo* Catalog::find(spec::ModelKind kind, std::string_view name) const {
  switch (kind) {
    case spec::ModelKind::kPart: return info_in(parts_, name);
    case spec::ModelKind::kLink: return info_in(links_, name);
    case spec::ModelKind::kFault: return info_in(faults_, name);
    case spec::ModelKind::kProcedure: return info_in(procedures_, name);
  }
  return nullptr;
}

std::vector<std::string_view> Catalog::names(spec::ModelKind kind) const {
  switch (kind) {
    case spec::ModelKind::kPart: return names_in(parts_);
    case spec::ModelKind::kLink: return names_in(links_);
    case spec::ModelKind::kFault: return names_in(faults_);
    case spec::ModelKind::kProcedure: return names_in(procedures_);
  }
  return {};
}

const compile::PartModel* Catalog::part(std::string_view name) const { return find_in(parts_, name); }
const compile::LinkModel* Catalog::link(std::string_view name) const { return find_in(links_, name); }
const compile::FaultModel* Catalog::fault(std::string_view name) const { return find_in(faults_, name); }
const compile::ProcedureModel* Catalog::procedure(std::string_view name) const {
  return find_in(procedures_, name);
}
const compile::SourceModel& Catalog::source() const { return sources_.front(); }

std::vector<world::ProcedureFactory> Catalog::procedures(const spec::Topology& topology,
                                                         const plan::Plan& plan) const {
  std::vector<world::ProcedureFactory> factories;
  for (std::size_t i = 0; i < plan.procedures.size(); ++i) {
    const plan::Procedure& row = plan.procedures[i];
    const ProcedureModel* model = find_in(procedures_, row.model);
    ensure(model != nullptr, "the Plan names a procedure model that the catalogue lacks: " + row.model);
    const spec::ProcedureSpec* spec = row.implied ? nullptr : topology.procedures.find(row.name);
    std::shared_ptr<const spec::Params> params = spec != nullptr ? spec->model.params : model->info.make();
    factories.emplace_back([model = *model, params = std::move(params), i](const plan::Plan& run_plan) {
      const plan::Procedure& own = run_plan.procedures[i];
      std::unique_ptr<world::Procedure> made = model.make(*params, run_plan, own);
      made->name = own.name;
      made->location = own.at;
      return made;
    });
  }
  return factories;
}

}  // namespace twinvoice::models
