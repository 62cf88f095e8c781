// Objects whose fields are partly common and partly those of a model that the catalogue knows.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/spec/catalog.hpp"
#include "sim/spec/decoder.hpp"
#include "sim/spec/shape.hpp"

namespace twinvoice::spec {

/// How one such object names its model.
struct ModelField {
  ModelKind kind;
  std::string_view key;            ///< "model" or "fault"
  std::string_view default_model;  ///< used when the key is absent; empty: the key is required
  std::string_view definition;     ///< name in the schema
};

/// Decodes the common fields and those of the model. Keys are judged over the union of both; with an unknown model only
/// the common fields are checked, as nobody knows the other ones.
void decode_model(Decoder& d, const Node& node, const ModelField& how,
                  const std::function<void(Fields&)>& common, ModelChoice& out);

/// The shape for schema and docs.
[[nodiscard]] Type model_type(const ModelField& how, std::function<void(Fields&)> common);

}  // namespace twinvoice::spec
