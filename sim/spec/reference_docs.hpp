// The reference of the input formats as data: every section and field that the declarations have.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/catalog.hpp"
#include "sim/spec/shape.hpp"

namespace twinvoice::spec {

struct ReferenceField {
  std::string path;  ///< in its section: "retries.attempts", "sites.<id>.region", "calls[]"
  Type type;
  std::string range;  ///< accepted values; empty: all of the type
  bool required = false;
  std::string standard;  ///< the default as JSON text; empty: required, or nothing to show
  std::string origin;    ///< where the default comes from
  std::string meaning;
};

struct ReferenceSection {
  std::string title;  ///< "experiment/1", "Component `service`", "Call"
  std::string intro;
  std::vector<ReferenceField> fields;
};

/// Formats first, then the shared types in the order in which they are met.
[[nodiscard]] std::vector<ReferenceSection> reference_sections(const ModelCatalog& catalog);

}  // namespace twinvoice::spec
