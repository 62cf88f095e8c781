// Names that stand for something declared elsewhere. Decoding one registers it, so that dangling references are found
// without knowing the model that holds them.
#pragma once

#include <string>
#include <string_view>

#include "sim/base/issues.hpp"

namespace twinvoice::spec {

enum class RefKind {
  kComponent,
  kSite,
  kLocation,  ///< "site" or "site/zone"
  kZone,      ///< "site/zone" only
  kRegion,    ///< the region of at least one site
  kLink,
  kOperation,
  kProcedure,
  kCrew,
  kShare,
  kFault,      ///< id of a fault of the same experiment
  kInstances,  ///< "component", "component@site" or "component@site/zone"
  kMember,     ///< a component, site, "site/zone" or link
};

/// "component", "site", ...: for messages.
[[nodiscard]] std::string_view ref_kind_name(RefKind kind);

/// A reference with the place where it was made. `id` is the text as written.
template <RefKind K>
struct Ref {
  std::string id;
  Place place;
};

using ComponentRef = Ref<RefKind::kComponent>;
using SiteRef = Ref<RefKind::kSite>;
using LocationRef = Ref<RefKind::kLocation>;
using ZoneRef = Ref<RefKind::kZone>;
using RegionRef = Ref<RefKind::kRegion>;
using LinkRef = Ref<RefKind::kLink>;
using OperationRef = Ref<RefKind::kOperation>;
using ProcedureRef = Ref<RefKind::kProcedure>;
using CrewRef = Ref<RefKind::kCrew>;
using ShareRef = Ref<RefKind::kShare>;
using FaultRef = Ref<RefKind::kFault>;
using InstancesRef = Ref<RefKind::kInstances>;
using MemberRef = Ref<RefKind::kMember>;

/// A reference, or "each": whichever of them it is, each of them in runs of its own.
template <RefKind K>
struct EachOr {
  Ref<K> ref;  ///< id "each" when `each`
  bool each = false;
};

/// What the decoder remembers of every Ref it met.
struct Reference {
  RefKind kind;
  std::string id;
  Place place;
};

/// The two halves of "site/zone"; `zone` is empty for a bare site.
struct LocationParts {
  std::string_view site;
  std::string_view zone;
};
[[nodiscard]] LocationParts split_location(std::string_view text);

/// The two halves of "component@site/zone"; `location` is empty without "@".
struct InstancesParts {
  std::string_view component;
  std::string_view location;
};
[[nodiscard]] InstancesParts split_instances(std::string_view text);

/// An id-shaped text that names nothing to be checked here (an endpoint, a label), with its place for later complaints.
struct Name {
  std::string text;
  Place place;
};

/// Free text with its place (a path, a remark that a later room judges).
struct Text {
  std::string text;
  Place place;
};

}  // namespace twinvoice::spec
