// The catalogue of models as spec sees it: names and factories of parameter structs, nothing about behaviour.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/spec/shape.hpp"

namespace twinvoice::spec {

/// "part", "link", "procedure", "fault": for messages and docs.
[[nodiscard]] std::string_view model_kind_name(ModelKind kind);

/// The model-specific fields of one component, link, procedure or fault.
class Params {
 public:
  Params() = default;
  Params(const Params&) = delete;
  Params& operator=(const Params&) = delete;
  virtual ~Params() = default;
  virtual void describe(Fields& f) = 0;
};

/// Params around a plain struct with describe(). A member `Place place` gets the place of the whole object.
template <class T>
class ParamsOf final : public Params {
 public:
  T value;
  void describe(Fields& f) override {
    if constexpr (requires { value.place = f.here(); }) value.place = f.here();
    value.describe(f);
  }
};

/// Factory to put into ModelInfo::make.
template <class T>
[[nodiscard]] std::unique_ptr<Params> make_params() {
  return std::make_unique<ParamsOf<T>>();
}

/// The struct inside `params`. EngineError when it holds another type.
template <class T>
[[nodiscard]] const T& params_as(const Params& params) {
  const auto* typed = dynamic_cast<const ParamsOf<T>*>(&params);
  ensure(typed != nullptr, "the parameters belong to another model");
  return typed->value;
}

/// One model of the catalogue. `summary` is one line for the docs.
struct ModelInfo {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Params> (*make)() = nullptr;
};

/// The model of one component, link, procedure or fault with its own fields. `params` is null only while the model is
/// unknown, which loading refuses.
struct ModelChoice {
  std::string name;
  std::shared_ptr<const Params> params;
  /// The fields, typed. EngineError when the model has others.
  template <class T>
  [[nodiscard]] const T& as() const {
    ensure(params != nullptr, "the model has no parameters");
    return params_as<T>(*params);
  }
};

/// Passed into spec by the command line (and by tests). Outlives everything decoded with it.
class ModelCatalog {
 public:
  ModelCatalog() = default;
  ModelCatalog(const ModelCatalog&) = delete;
  ModelCatalog& operator=(const ModelCatalog&) = delete;
  virtual ~ModelCatalog() = default;
  /// Null when there is no such model.
  [[nodiscard]] virtual const ModelInfo* find(ModelKind kind, std::string_view name) const = 0;
  /// In the order of the catalogue.
  [[nodiscard]] virtual std::vector<std::string_view> names(ModelKind kind) const = 0;
};

}  // namespace twinvoice::spec
