#include "sim/compile/procedure_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"

namespace twinvoice::compile {

ProcedureBuilder::ProcedureBuilder(Draft& draft, plan::Procedure& row, Place place)
    : draft_(draft), row_(row), place_(std::move(place)) {}

const plan::Plan& ProcedureBuilder::plan() const { return draft_.plan; }
void ProcedureBuilder::error(const Place& place, const std::string& message) {
  draft_.issues.error(place.line > 0 ? place : place_, message);
}

void ProcedureBuilder::warning(const Place& place, const std::string& message) {
  draft_.issues.warning(place.line > 0 ? place : place_, message);
}

void ProcedureBuilder::law(const std::string& quantity, const spec::LawSpec& spec) {
  row_.laws.push_back({quantity, draft_.law(spec)});
}

void ProcedureBuilder::law(const std::string& quantity, const std::optional<spec::LawSpec>& spec) {
  if (spec) law(quantity, *spec);
}

void ProcedureBuilder::subject(const spec::ComponentRef& component) { row_.subject = component.id; }

plan::ComponentId ProcedureBuilder::component(const spec::ComponentRef& ref) {
  const plan::ComponentId id = draft_.find_component(ref.id);
  if (!id.valid()) error(ref.place, fmt::format("there is no component \"{}\"", ref.id));
  return id;
}

plan::LogId ProcedureBuilder::log(const spec::ComponentRef& ref) {
  const plan::ComponentId id = component(ref);
  if (!id.valid()) return {};
  const plan::LogId log = draft_.component(id).log;
  if (!log.valid()) {
    error(ref.place, fmt::format("\"{}\" has no replicated log (or no operation writes to it)", ref.id));
  }
  return log;
}

std::vector<plan::LocationId> ProcedureBuilder::locations(std::string_view text, const Place& place) {
  std::vector<plan::LocationId> found = draft_.find_locations(text);
  if (found.empty()) error(place, fmt::format("there is no site or zone \"{}\"", text));
  return found;
}

void ProcedureBuilder::transfers_between(plan::LocationId a, plan::LocationId b) {
  for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
    for (const plan::LinkId link : draft_.plan.route(from, to).links)
      draft_.plan.links[link.index()].shared = true;
  }
}

void ProcedureBuilder::keeps(std::uint64_t bytes, const Place& place) {
  draft_.kept_bytes += bytes;
  draft_.bound(draft_.kept_bytes / 1'000'000, kMostKeptMegabytes, place, "MB that procedures remember");
}

/// Declared procedures come first, in their order, then the implied ones that no declared one replaces.
void lower_procedures(Draft& draft) {
  std::vector<plan::Procedure> implied = std::move(draft.plan.procedures);
  std::vector<plan::Procedure> rows;
  for (const auto& entry : draft.topology.procedures) {
    const spec::ProcedureSpec& spec = entry.value;
    plan::Procedure row;
    row.name = entry.id;
    row.model = spec.model.name;
    const auto at = draft.find_locations(spec.at.id);
    if (at.empty())
      draft.issues.error(spec.at.place, fmt::format("there is no site or zone \"{}\"", spec.at.id));
    if (!at.empty()) row.at = at.front();
    const ProcedureModel* model = draft.catalog.procedure(spec.model.name);
    if (model == nullptr || spec.model.params == nullptr) {
      draft.issues.error(spec.place, fmt::format("there is no procedure \"{}\"", spec.model.name));
    } else {
      ProcedureBuilder b(draft, row, spec.place);
      model->declare(*spec.model.params, b);
    }
    rows.push_back(std::move(row));
  }
  for (plan::Procedure& row : implied) {
    const bool replaced = std::any_of(rows.begin(), rows.end(), [&](const plan::Procedure& other) {
      return other.model == row.model && other.subject == row.subject;
    });
    if (!replaced) rows.push_back(std::move(row));
  }
  draft.plan.procedures = std::move(rows);
}

}  // namespace twinvoice::compile
