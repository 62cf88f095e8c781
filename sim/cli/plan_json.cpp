#include "sim/cli/plan_json.hpp"

#include "sim/base/visible.hpp"
#include "sim/report/json_values.hpp"

namespace twinvoice::cli {
namespace {

using report::instant;
using report::Json;
using report::number;

const char* kind_name(LoadKind kind) {
  switch (kind) {
    case LoadKind::kLimit: return "rate_limit";
    case LoadKind::kStation: return "station";
    case LoadKind::kPool: return "pool";
    case LoadKind::kLink: return "link";
  }
  return "";
}

const char* unit_name(LoadKind kind) {
  switch (kind) {
    case LoadKind::kLimit: return "requests_per_s";
    case LoadKind::kStation: return "visits_per_s";
    case LoadKind::kPool: return "tokens";
    case LoadKind::kLink: return "bytes_per_s";
  }
  return "";
}

const char* subject_name(compile::Subject subject) {
  switch (subject) {
    case compile::Subject::kComponent: return "component";
    case compile::Subject::kOperation: return "operation";
    case compile::Subject::kProcedure: return "procedure";
  }
  return "";
}

Json operation(const plan::Plan& plan, const compile::OperationTraffic& t) {
  return {{"name", plan.operations[t.operation.index()].name},
          {"mean_per_s", number(t.mean_per_s)},
          {"peak_per_s", number(t.peak_per_s)},
          {"hops_per_request", number(t.hops_per_request)},
          {"frames_per_request", number(t.frames_per_request)},
          {"unloaded_response_s", number(t.unloaded_response_s)},
          {"success", number(t.success)}};
}

Json load(const LoadFact& fact) {
  Json j{{"kind", kind_name(fact.kind)},
         {"name", fact.name},
         {fact.kind == LoadKind::kLink ? "way" : "place", fact.place}};
  if (fact.kind != LoadKind::kLink) j["replicas"] = fact.replicas;
  j[unit_name(fact.kind)] = number(fact.amount);
  j["utilisation"] = number(fact.utilisation);
  j["peak_utilisation"] = number(fact.peak_utilisation);
  j["hedged_utilisation"] = number(fact.hedged_utilisation);
  if (fact.kind == LoadKind::kLimit) j["sheds_per_s"] = number(fact.sheds_per_s);
  return j;
}

Json place_load(const PlaceLoadFact& fact, const PlanFacts& facts) {
  Json j{{"component", fact.component}, {"place", fact.place}, {"calm", number(fact.calm)}};
  j["without"] = Json::object();
  for (std::size_t l = 0; l < facts.lost_places.size(); ++l)
    j["without"][facts.lost_places[l]] = number(fact.without[l]);
  return j;
}

Json loss(const plan::Plan& plan, const compile::SingleLoss& one) {
  Json j{{"operation", plan.operations[one.operation.index()].name},
         {"element", compile::element_name(one.element)},
         {"name", one.name}};
  if (one.component.valid()) {
    j["component"] = plan.components[one.component.index()].name;
    j["dead"] = one.dead;
    j["of"] = one.of;
  }
  j["share"] = number(one.lost.share);
  j["may_be_more"] = one.lost.at_least;
  j["may_be_less"] = one.lost.at_most;
  j["holds_clients"] = one.holds_clients;
  return j;
}

Json advice(const AdviceFact& fact) {
  Json j{
      {"about", subject_name(fact.advice.subject)}, {"name", fact.advice.name}, {"text", fact.advice.text}};
  if (fact.place.line > 0) {
    j["file"] = visible(fact.place.file);
    j["line"] = fact.place.line;
    j["pointer"] = fact.place.pointer;
  }
  return j;
}

void add_whole(Json& j, const plan::Plan& plan, const PlanFacts& facts) {
  j["loads_by_place"] = Json::array();
  for (const PlaceLoadFact& fact : facts.place_loads) j["loads_by_place"].push_back(place_load(fact, facts));
  j["no_load_without"] = facts.client_places;
  j["problems"] = facts.problems;
  j["losses"] = Json::array();
  for (const compile::SingleLoss& one : facts.losses) j["losses"].push_back(loss(plan, one));
  j["detection"] = Json::array();
  for (const NoticeFact& notice : facts.notices) {
    j["detection"].push_back({{"component", plan.components[notice.component.index()].name},
                              {"by", notice.by},
                              {"every_caller", notice.by_all}});
  }
  j["advice"] = Json::array();
  for (const AdviceFact& fact : facts.advice) j["advice"].push_back(advice(fact));
}

}  // namespace

std::string plan_json(const plan::Plan& plan, const PlanFacts& facts, const PlanView& view) {
  const compile::PlanAnalysis& analysis = facts.analysis;
  Json j;
  j["twinvoice"] = "plan/1";
  j["name"] = plan.name;
  j["of"] = view.topology_alone ? "topology" : "experiment";
  j["without"] = view.without.empty() ? Json(nullptr) : Json(view.without);
  j["size"] = {{"components", plan.components.size()},
               {"replicas", plan.instances.size()},
               {"programs", plan.programs.size()},
               {"steps", plan.steps.size()}};
  j["operations"] = Json::array();
  for (const compile::OperationTraffic& t : analysis.operations)
    j["operations"].push_back(operation(plan, t));
  j["loads"] = Json::array();
  for (const LoadFact& fact : facts.loads) j["loads"].push_back(load(fact));
  if (view.without.empty()) add_whole(j, plan, facts);
  j["capacity"] = {
      {"full_first", analysis.fullest.empty() ? Json(nullptr) : Json(analysis.fullest)},
      {"may_grow_by", analysis.fullest.empty() ? Json(nullptr) : number(analysis.scale_to_saturation)},
      {"if_every_call_is_hedged", analysis.hedged}};
  j["faults"] = Json::array();
  for (const plan::Fault& fault : plan.faults) {
    j["faults"].push_back({{"name", fault.name},
                           {"at_s", instant(fault.at_ns)},
                           {"until_s", instant(fault.until_ns)},
                           {"begin_is_drawn", fault.begins.valid()}});
  }
  j["procedures"] = Json::array();
  for (const plan::Procedure& procedure : plan.procedures) {
    j["procedures"].push_back(
        {{"name", procedure.name}, {"model", procedure.model}, {"implied", procedure.implied}});
  }
  if (!view.topology_alone) {
    j["run"] = {{"horizon_s", instant(plan.horizon_ns)},
                {"replications", plan.replications},
                {"seed", plan.seed},
                {"hops_per_replication", number(analysis.hops)},
                {"computing_s", number(analysis.wall_s)}};
  }
  j["warnings"] = analysis.warnings;
  return report::document_text(j);
}

}  // namespace twinvoice::cli
