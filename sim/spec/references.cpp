#include "sim/spec/references.hpp"

#include "sim/spec/catalog.hpp"

namespace twinvoice::spec {

std::string_view ref_kind_name(RefKind kind) {
  switch (kind) {
    case RefKind::kComponent: return "component";
    case RefKind::kSite: return "site";
    case RefKind::kLocation: return "site or site/zone";
    case RefKind::kZone: return "zone (site/zone)";
    case RefKind::kRegion: return "region";
    case RefKind::kLink: return "link";
    case RefKind::kOperation: return "operation";
    case RefKind::kProcedure: return "procedure";
    case RefKind::kCrew: return "crew";
    case RefKind::kShare: return "share";
    case RefKind::kFault: return "fault";
    case RefKind::kInstances: return "component or component@site";
    case RefKind::kMember: return "component, site or link";
  }
  return "";
}

std::string_view model_kind_name(ModelKind kind) {
  switch (kind) {
    case ModelKind::kPart: return "part";
    case ModelKind::kLink: return "link";
    case ModelKind::kProcedure: return "procedure";
    case ModelKind::kFault: return "fault";
  }
  return "";
}

LocationParts split_location(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {text, {}};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

InstancesParts split_instances(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace twinvoice::spec
