// What the declarations say, for editors and readers: JSON Schema (draft 2020-12) and reference docs (Markdown).
#pragma once

#include <string>

#include "sim/spec/catalog.hpp"

namespace twinvoice::spec {

/// JSON Schema text of topology/1 with every model of the catalogue.
[[nodiscard]] std::string json_schema_topology(const ModelCatalog& catalog);
/// JSON Schema text of experiment/1.
[[nodiscard]] std::string json_schema_experiment(const ModelCatalog& catalog);
/// JSON Schema text of sweep/1.
[[nodiscard]] std::string json_schema_sweep(const ModelCatalog& catalog);
/// JSON Schema text of policies/1.
[[nodiscard]] std::string json_schema_policies(const ModelCatalog& catalog);
/// Tables of every field: type, range, default, where the default comes from, meaning.
[[nodiscard]] std::string reference_markdown(const ModelCatalog& catalog);

}  // namespace twinvoice::spec
