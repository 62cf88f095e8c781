#include "sim/spec/schema.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/spec/experiment.hpp"
#include "sim/spec/policies.hpp"
#include "sim/spec/quantity_text.hpp"
#include "sim/spec/sweep.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::spec {
namespace {

using Json = nlohmann::ordered_json;

/// Turns declarations into JSON Schema. Choices become if/then per key and models if/then per name, so that
/// an editor complains about the one field that is wrong and not about all alternatives.
class SchemaWriter {
 public:
  explicit SchemaWriter(const ModelCatalog& catalog) : catalog_(catalog) {}

  std::string document(const Type& root, const std::string& version, const std::string& title) {
    Json out;
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    out["$id"] = "https://twinvoice.invalid/schema/" + version + ".json";
    out["title"] = title;
    const Json body = object(root.describe);
    out.update(body);
    out["properties"]["twinvoice"] = {{"const", version},
                                      {"description", "kind and version of this document"}};
    out["$defs"] = definitions_;
    return out.dump(2) + "\n";
  }

  Json object(const std::function<void(Fields&)>& describe);

 private:
  friend class SchemaFields;

  Json schema_of(const Type& type, const Range& range) {
    if (type.definition.empty()) return inline_schema(type, range);
    if (!definitions_.contains(type.definition)) {
      definitions_[type.definition] = Json::object();
      Json body = inline_schema(type, range);
      definitions_[type.definition] = std::move(body);
    }
    return {{"$ref", "#/$defs/" + type.definition}};
  }

  Json inline_schema(const Type& type, const Range& range) {
    switch (type.kind) {
      case Type::Kind::kAny: return Json::object();
      case Type::Kind::kBoolean: return {{"type", "boolean"}};
      case Type::Kind::kInteger: return number("integer", bounded(type, range));
      case Type::Kind::kNumber: return number("number", bounded(type, range));
      case Type::Kind::kText: return text(type);
      case Type::Kind::kWord: return {{"enum", type.words}};
      case Type::Kind::kObject: return object(type.describe);
      case Type::Kind::kList: return {{"type", "array"}, {"items", schema_of(type.parts.front(), range)}};
      case Type::Kind::kMap: return map(type, range);
      case Type::Kind::kChoice: return choice(type);
      case Type::Kind::kEither: return either(type, range);
      case Type::Kind::kModel: return model(type);
    }
    return Json::object();
  }

  static const Range& bounded(const Type& type, const Range& range) {
    return std::isfinite(range.low) || std::isfinite(range.high) ? range : type.range;
  }

  static Json number(const char* name, const Range& range) {
    Json out{{"type", name}};
    const auto bound = [name](double value) {
      return name[0] == 'i' ? Json(static_cast<std::int64_t>(value)) : Json(value);
    };
    if (std::isfinite(range.low)) out[range.above_low ? "exclusiveMinimum" : "minimum"] = bound(range.low);
    if (std::isfinite(range.high)) out["maximum"] = bound(range.high);
    return out;
  }

  static Json text(const Type& type) {
    Json out{{"type", "string"}};
    if (!type.pattern.empty()) out["pattern"] = type.pattern;
    return out;
  }

  static Json remarks() {
    return {
        {"note",
         {{"type", "string"}, {"description", "a remark: the source of a figure, or that it is assumed"}}},
        {"$comment", {{"type", "string"}}}};
  }

  Json map(const Type& type, const Range& range) {
    Json out{{"type", "object"}, {"properties", remarks()}};
    out["patternProperties"]["^(?!note$)" + type.pattern.substr(1)] = schema_of(type.parts.front(), range);
    out["additionalProperties"] = false;
    return out;
  }

  Json either(const Type& type, const Range& range) {
    Json parts = Json::array();
    for (const Type& part : type.parts) parts.push_back(schema_of(part, range));
    return {{"anyOf", std::move(parts)}};
  }

  /// True of objects that pick the alternative. Of a family: not all of their keys are outside of it.
  static Json presence(const Choices::Alternative& alternative) {
    if (alternative.pattern.empty()) return {{"required", Json::array({alternative.key})}};
    const Json outside{{"not", {{"pattern", alternative.pattern}}}};
    return {{"not", {{"propertyNames", outside}}}};
  }

  Json choice(const Type& type) {
    Choices choices;
    type.choices(choices);
    Json any = Json::array();
    Json all = Json::array();
    for (const auto& alternative : choices.all()) {
      const Json present = presence(alternative);
      any.push_back(present);
      all.push_back(
          {{"if", present}, {"then", object([&](Fields& f) { alternative.describe(f, alternative.key); })}});
    }
    return {{"type", "object"}, {"anyOf", std::move(any)}, {"allOf", std::move(all)}};
  }

  Json model(const Type& type) {
    const auto names = catalog_.names(type.model);
    Json all = Json::array();
    for (const std::string_view name : names) {
      const std::string definition = fmt::format("{}.{}", type.definition, name);
      definitions_[definition] = model_object(type, name);
      Json condition{{"properties", {{type.model_key, {{"const", name}}}}}};
      if (name != type.default_model) condition["required"] = Json::array({type.model_key});
      all.push_back({{"if", std::move(condition)}, {"then", {{"$ref", "#/$defs/" + definition}}}});
    }
    Json out{{"type", "object"}, {"properties", {{type.model_key, {{"enum", names}}}}}};
    if (type.default_model.empty()) out["required"] = Json::array({type.model_key});
    out["allOf"] = std::move(all);
    return out;
  }

  Json model_object(const Type& type, std::string_view name) {
    const ModelInfo* info = catalog_.find(type.model, name);
    ensure(info != nullptr, fmt::format("the catalogue names {} but does not find it", name));
    const auto params = info->make();
    Json out = object([&](Fields& f) {
      std::string written(name);
      f.optional(type.model_key, written, info->summary);
      type.describe(f);
      params->describe(f);
    });
    out["title"] = fmt::format("{} ({})", name, model_kind_name(type.model));
    out["description"] = info->summary;
    return out;
  }

  const ModelCatalog& catalog_;
  Json definitions_ = Json::object();
};

/// One object's properties.
class SchemaFields final : public Fields {
 public:
  explicit SchemaFields(SchemaWriter& writer) : writer_(writer) {}

  [[nodiscard]] Json take() {
    Json out{{"type", "object"}, {"properties", std::move(properties_)}};
    if (!families_.empty()) out["patternProperties"] = std::move(families_);
    if (!required_.empty()) out["required"] = std::move(required_);
    out["additionalProperties"] = false;
    return out;
  }

 protected:
  void field(const FieldInfo& info, const Slot& slot) override {
    const std::string name(info.name);
    ensure(!properties_.contains(name), fmt::format("the field {} is declared twice", name));
    const Type type = slot.type();
    Json out = writer_.schema_of(type, info.range);
    out["description"] = description(info);
    if (!info.pattern.empty()) {
      families_[std::string(info.pattern)] = std::move(out);
      return;
    }
    if (info.required) {
      required_.push_back(name);
    } else if (const std::string text = slot.text(slot.value); !text.empty()) {
      out["default"] = Json::parse(text);
    }
    properties_[name] = std::move(out);
  }

 private:
  static std::string description(const FieldInfo& info) {
    std::string out(info.meaning);
    if (!info.origin.empty()) out += fmt::format(". Default from: {}", info.origin);
    return out;
  }
  SchemaWriter& writer_;
  Json properties_ = SchemaWriter::remarks();
  Json families_ = Json::object();
  Json required_ = Json::array();
};

Json SchemaWriter::object(const std::function<void(Fields&)>& describe) {
  SchemaFields fields(*this);
  describe(fields);
  return fields.take();
}

}  // namespace

std::string json_schema_topology(const ModelCatalog& catalog) {
  return SchemaWriter(catalog).document(Codec<Topology>::type(), "topology/1", "Twinvoice topology");
}

std::string json_schema_experiment(const ModelCatalog& catalog) {
  return SchemaWriter(catalog).document(Codec<Experiment>::type(), "experiment/1", "Twinvoice experiment");
}

std::string json_schema_sweep(const ModelCatalog& catalog) {
  return SchemaWriter(catalog).document(Codec<Sweep>::type(), "sweep/1", "Twinvoice sweep");
}

std::string json_schema_policies(const ModelCatalog& catalog) {
  return SchemaWriter(catalog).document(Codec<Policies>::type(), "policies/1", "Twinvoice policies");
}

}  // namespace twinvoice::spec
