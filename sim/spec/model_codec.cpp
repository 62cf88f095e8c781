#include "sim/spec/model_codec.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/spec/codec.hpp"

namespace twinvoice::spec {
namespace {

/// The model's name: at `key`, else the default. Complains about unknown ones.
const ModelInfo* chosen_model(Decoder& d, const Node& node, const ModelField& how, std::string& name) {
  const Node* member = d.document().member(node, how.key);
  if (member == nullptr) {
    name = std::string(how.default_model);
    return d.catalog().find(how.kind, name);
  }
  if (member->kind != NodeKind::kString) return nullptr;
  name = std::string(member->text);
  const ModelInfo* info = d.catalog().find(how.kind, name);
  if (info != nullptr) return info;
  const auto names = d.catalog().names(how.kind);
  std::string message = fmt::format("there is no {} model {}", model_kind_name(how.kind), quote(name));
  const std::string hint = did_you_mean(name, names);
  if (hint.empty()) {
    std::string list;
    for (const std::string_view each : names) list += (list.empty() ? "" : ", ") + std::string(each);
    message += fmt::format("; known: {}", list.empty() ? "none" : list);
  }
  const Decoder::At at(d, member->key, 0);
  d.error(*member, message + hint);
  return nullptr;
}

}  // namespace

void decode_model(Decoder& d, const Node& node, const ModelField& how,
                  const std::function<void(Fields&)>& common, ModelChoice& out) {
  if (!d.is(node, NodeKind::kObject, "an object")) return;
  const ModelInfo* info = chosen_model(d, node, how, out.name);
  std::shared_ptr<Params> params;
  if (info != nullptr) params = info->make();
  const auto describe = [&](Fields& f) {
    std::string written = out.name;
    if (how.default_model.empty()) {
      f.required(how.key, written, "the model");
    } else {
      f.optional(how.key, written, "the model");
    }
    common(f);
    if (params) params->describe(f);
  };
  if (info != nullptr) {
    d.object(node, describe);
  } else {
    d.open_object(node, describe);
  }
  out.params = std::move(params);
}

Type model_type(const ModelField& how, std::function<void(Fields&)> common) {
  Type t;
  t.kind = Type::Kind::kModel;
  t.name = std::string(how.definition);
  t.definition = std::string(how.definition);
  t.model = how.kind;
  t.model_key = std::string(how.key);
  t.default_model = std::string(how.default_model);
  t.describe = std::move(common);
  return t;
}

}  // namespace twinvoice::spec
