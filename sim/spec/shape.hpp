// The vocabulary in which a parameter struct declares itself once; decoding, the JSON Schema and the reference docs all
// read that declaration.
//
//   struct ProbeParams {
//     spec::ComponentRef target;
//     Duration every{5'000'000'000};
//     void describe(spec::Fields& f) {
//       f.required("target", target, "component whose replicas are probed");
//       f.optional("every", every, "time between two probes", spec::kPositive, spec::Origin{"Kubernetes periodSeconds"});
//     }
//   };
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/issues.hpp"

namespace twinvoice::spec {

class Decoder;
class Fields;
class Choices;
struct Node;

/// Accepted values in the base unit of the field (s, per s, bytes, bit/s, [0, 1] or bare). Applies to each element of a
/// list or map and to the value inside an optional.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool above_low = false;  ///< the low end itself is excluded
};
inline constexpr Range kAny{};
inline constexpr Range kPositive{0.0, std::numeric_limits<double>::infinity(), true};
inline constexpr Range kNotNegative{0.0, std::numeric_limits<double>::infinity(), false};
inline constexpr Range kCount{1.0, 1e9, false};  ///< at least one
inline constexpr Range kCountOrZero{0.0, 1e9, false};
inline constexpr Range kLoadRate{0.0, 1e9, true};  ///< of arrivals: one a nanosecond at most

/// Where a default comes from: "Istio DestinationRule", "assumed: ...", a paper.
struct Origin {
  std::string_view text;
};

/// Says that a field stands for every key of a family ("p50", "p99.9"): the anchored regular expression of those keys.
struct KeyPattern {
  std::string_view text;
};

enum class ModelKind { kPart, kLink, kProcedure, kFault };

/// The JSON shape of a type, for the schema and the docs.
struct Type {
  enum class Kind {
    kAny,
    kBoolean,
    kInteger,
    kNumber,
    kText,
    kWord,
    kObject,
    kList,
    kMap,
    kChoice,
    kEither,
    kModel
  };
  Kind kind = Kind::kText;
  std::string name;                       ///< for people: "duration", "count", "list of call"
  std::string definition;                 ///< shared under this name in $defs; empty: written in place
  std::string pattern;                    ///< kText: regular expression; kMap: of the keys
  std::vector<std::string> words;         ///< kWord: accepted words
  Range range{};                          ///< kInteger, kNumber: accepted whatever the field says
  std::vector<Type> parts;                ///< kList, kMap: the element; kEither: the alternatives
  std::function<void(Fields&)> describe;  ///< kObject
  std::function<void(Choices&)> choices;  ///< kChoice
  ModelKind model = ModelKind::kPart;  ///< kModel: common fields from `describe`, the rest from the catalogue
  std::string model_key;               ///< kModel: the key that names the model
  std::string default_model;           ///< kModel: model when the key is absent; empty: required
};

/// How a C++ type is read from and shown as JSON. Specialisations provide
///   static void decode(Decoder&, const Node&, T&, const Range&);
///   static Type type();
///   static std::string text(const T&);   // as JSON text, for defaults; "" when there is nothing to show
template <class T>
struct Codec;

/// One member of a struct, type-erased.
struct Slot {
  void* value;
  void (*decode)(Decoder&, const Node&, void*, const Range&);
  Type (*type)();
  std::string (*text)(const void*);
};

template <class T>
[[nodiscard]] Slot slot_of(T& value) {
  return {&value,
          [](Decoder& d, const Node& node, void* v, const Range& range) {
            Codec<T>::decode(d, node, *static_cast<T*>(v), range);
          },
          [] { return Codec<T>::type(); },
          [](const void* v) { return Codec<T>::text(*static_cast<const T*>(v)); }};
}

/// What a declaration says about one field.
struct FieldInfo {
  std::string_view name;
  std::string_view meaning;
  bool required = false;
  Range range{};
  std::string_view origin;
  std::string_view pattern;  ///< of a key family; empty: `name` is the key
};

/// What describe() talks to. A decoder fills the struct, a schema writer and a reference writer read the declaration.
class Fields {
 public:
  Fields() = default;
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;
  virtual ~Fields() = default;

  /// A field that must be present. `facts` are a Range, an Origin and/or a KeyPattern.
  template <class T, class... Facts>
  void required(std::string_view name, T& value, std::string_view meaning, const Facts&... facts) {
    declare(name, value, meaning, true, facts...);
  }
  /// A field that keeps the struct's initial value when absent: that value is the documented default.
  template <class T, class... Facts>
  void optional(std::string_view name, T& value, std::string_view meaning, const Facts&... facts) {
    declare(name, value, meaning, false, facts...);
  }
  /// A condition over the fields declared so far. Judged while decoding when they were all readable; a breach is
  /// reported at `name` (or at the object when that field is absent).
  void rule(std::string_view name, bool holds, std::string_view message) {
    if (!holds) broken_rule(name, message);
  }
  /// A name that other shapes of the same object have and this one has not: its presence is told with `message`.
  virtual void refused(std::string_view /*name*/, std::string_view /*message*/) {}
  /// Where the object being decoded stands; empty in the writers.
  [[nodiscard]] virtual Place here() const { return {}; }

 protected:
  virtual void field(const FieldInfo& info, const Slot& slot) = 0;
  virtual void broken_rule(std::string_view /*name*/, std::string_view /*message*/) {}

 private:
  static void apply(FieldInfo& info, const Range& range) { info.range = range; }
  static void apply(FieldInfo& info, const Origin& origin) { info.origin = origin.text; }
  static void apply(FieldInfo& info, const KeyPattern& pattern) { info.pattern = pattern.text; }
  template <class T, class... Facts>
  void declare(std::string_view name, T& value, std::string_view meaning, bool must, const Facts&... facts) {
    FieldInfo info{name, meaning, must, {}, {}, {}};
    (apply(info, facts), ...);
    field(info, slot_of(value));
  }
};

/// What choices() talks to: a std::variant whose alternative is picked by the one key that is present.
class Choices {
 public:
  struct Alternative {
    std::string key;  ///< of a family: how its keys look, "pNN"
    std::string meaning;
    /// Makes the alternative current, then describes it under the key as written.
    std::function<void(Fields&, std::string_view key)> describe;
    std::string pattern;  ///< of a family: anchored regular expression of its keys
    bool (*in_family)(std::string_view key) = nullptr;  ///< null: only `key` itself picks it
  };
  /// {"key": <T>}: the alternative's own JSON value stands under the key.
  template <class T, class Variant, class... Facts>
  void nested(std::string_view key, Variant& variant, std::string_view meaning, const Facts&... facts) {
    all_.push_back({std::string(key),
                    std::string(meaning),
                    [&variant, what = std::string(meaning), facts...](Fields& f, std::string_view name) {
                      f.required(name, variant.template emplace<T>(), what, facts...);
                    },
                    {}});
  }
  /// {"key": ..., "other": ...}: the alternative's fields, one of which is `key`, stand beside each other.
  template <class T, class Variant>
  void flat(std::string_view key, Variant& variant, std::string_view meaning) {
    all_.push_back({std::string(key),
                    std::string(meaning),
                    [&variant](Fields& f, std::string_view) { variant.template emplace<T>().describe(f); },
                    {}});
  }
  /// An alternative with a declaration of its own.
  void add(Alternative alternative) { all_.push_back(std::move(alternative)); }
  [[nodiscard]] const std::vector<Alternative>& all() const { return all_; }

 private:
  std::vector<Alternative> all_;
};

}  // namespace twinvoice::spec
