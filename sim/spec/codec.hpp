// Codecs: how each C++ type of a declaration is read from JSON and shown in the schema and the docs. Anything with
// describe(Fields&) or choices(Choices&) is covered; authors of models only need those.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/spec/decoder.hpp"
#include "sim/spec/references.hpp"
#include "sim/spec/shape.hpp"
#include "sim/spec/units.hpp"

namespace twinvoice::spec {

/// A struct that declares its fields.
template <class T>
concept Described = requires(T& value, Fields& f) {
  value.describe(f);
};

/// A struct that declares alternatives of which one key picks one.
template <class T>
concept Chosen = requires(T& value, Choices& c) {
  value.choices(c);
};

/// Words of an enumeration: specialise with `static const std::vector<std::pair<std::string_view, E>>& table();`.
template <class E>
struct Words;

template <class E>
concept Worded = std::is_enum_v<E> && requires {
  Words<E>::table();
};

/// The word for an enumerator; "" when the table lacks it.
template <Worded E>
[[nodiscard]] std::string_view word_of(E value) {
  for (const auto& [word, e] : Words<E>::table()) {
    if (e == value) return word;
  }
  return {};
}

/// Entities by id, in file order: {"id": {...}, ...}. Ids match [A-Za-z0-9][A-Za-z0-9._-]{0,63}; "note" is taken by remarks.
template <class T>
struct Named {
  std::string id;
  Place place;  ///< of the key
  T value{};
};
template <class T>
struct Map : std::vector<Named<T>> {
  [[nodiscard]] const T* find(std::string_view id) const {
    for (const Named<T>& entry : *this) {
      if (entry.id == id) return &entry.value;
    }
    return nullptr;
  }
};

/// Values by reference, in file order: {"shanghai-a": 12, ...}.
template <RefKind K, class T>
struct RefEntry {
  Ref<K> key;
  T value{};
};
template <RefKind K, class T>
struct RefMap : std::vector<RefEntry<K, T>> {
  [[nodiscard]] const T* find(std::string_view id) const {
    for (const auto& entry : *this) {
      if (entry.key.id == id) return &entry.value;
    }
    return nullptr;
  }
};

/// Pieces shared by the codecs; implemented in codec.cpp.
namespace detail {
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string number_text(double value);
[[nodiscard]] Type plain(Type::Kind kind, std::string name);
[[nodiscard]] Type count_type(Range range);
[[nodiscard]] Type text_type(std::string name, std::string pattern);
[[nodiscard]] Type list_type(Type element);
[[nodiscard]] Type map_type(Type element, std::string name, std::string key_pattern);
[[nodiscard]] Type ref_type(RefKind kind);
void decode_ref(Decoder& d, const Node& node, RefKind kind, std::string& id, Place& place);
void decode_ref_key(Decoder& d, const Node& member, RefKind kind, std::string& id, Place& place);
inline constexpr const char* kIdPattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
}  // namespace detail

template <>
struct Codec<bool> {
  static void decode(Decoder& d, const Node& node, bool& v, const Range& range);
  static Type type();
  static std::string text(const bool& v);
};

template <class T>
requires(std::integral<T> && !std::same_as<T, bool>) struct Codec<T> {
  static void decode(Decoder& d, const Node& node, T& v, const Range& range) {
    constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    constexpr auto kSigned = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    auto low = static_cast<std::int64_t>(std::numeric_limits<T>::min());
    auto high = static_cast<std::int64_t>(kHighest < kSigned ? kHighest : kSigned);
    if (range.low > static_cast<double>(low))
      low = static_cast<std::int64_t>(range.low) + (range.above_low ? 1 : 0);
    if (range.high < static_cast<double>(high)) high = static_cast<std::int64_t>(range.high);
    std::int64_t wide = 0;
    if (d.integer(node, low, high, wide)) v = static_cast<T>(wide);
  }
  static Type type() { return detail::plain(Type::Kind::kInteger, "count"); }
  static std::string text(const T& v) { return std::to_string(v); }
};

template <>
struct Codec<double> {
  static void decode(Decoder& d, const Node& node, double& v, const Range& range);
  static Type type();
  static std::string text(const double& v);
};

template <>
struct Codec<std::string> {
  static void decode(Decoder& d, const Node& node, std::string& v, const Range& range);
  static Type type();
  static std::string text(const std::string& v);
};

template <>
struct Codec<Text> {
  static void decode(Decoder& d, const Node& node, Text& v, const Range& range);
  static Type type();
  static std::string text(const Text& v);
};

template <>
struct Codec<Name> {
  static void decode(Decoder& d, const Node& node, Name& v, const Range& range);
  static Type type();
  static std::string text(const Name& v);
};

template <>
struct Codec<Duration> {
  static void decode(Decoder& d, const Node& node, Duration& v, const Range& range);
  static Type type();
  static std::string text(const Duration& v);
};

template <>
struct Codec<Rate> {
  static void decode(Decoder& d, const Node& node, Rate& v, const Range& range);
  static Type type();
  static std::string text(const Rate& v);
};

template <>
struct Codec<Bytes> {
  static void decode(Decoder& d, const Node& node, Bytes& v, const Range& range);
  static Type type();
  static std::string text(const Bytes& v);
};

template <>
struct Codec<Bandwidth> {
  static void decode(Decoder& d, const Node& node, Bandwidth& v, const Range& range);
  static Type type();
  static std::string text(const Bandwidth& v);
};

template <>
struct Codec<Probability> {
  static void decode(Decoder& d, const Node& node, Probability& v, const Range& range);
  static Type type();
  static std::string text(const Probability& v);
};

template <>
struct Codec<Quantity> {
  static void decode(Decoder& d, const Node& node, Quantity& v, const Range& range);
  static Type type();
  static std::string text(const Quantity& v);
};

template <Worded E>
struct Codec<E> {
  static void decode(Decoder& d, const Node& node, E& v, const Range& /*range*/) {
    std::vector<std::string_view> words;
    for (const auto& entry : Words<E>::table()) words.push_back(entry.first);
    std::size_t index = 0;
    if (d.word(node, words, index)) v = Words<E>::table()[index].second;
  }
  static Type type() {
    Type t = detail::plain(Type::Kind::kWord, "word");
    for (const auto& entry : Words<E>::table()) t.words.emplace_back(entry.first);
    return t;
  }
  static std::string text(const E& v) { return detail::json_text(word_of(v)); }
};

template <RefKind K>
struct Codec<Ref<K>> {
  static void decode(Decoder& d, const Node& node, Ref<K>& v, const Range& /*range*/) {
    detail::decode_ref(d, node, K, v.id, v.place);
  }
  static Type type() { return detail::ref_type(K); }
  static std::string text(const Ref<K>& v) { return v.id.empty() ? "" : detail::json_text(v.id); }
};

template <RefKind K>
struct Codec<EachOr<K>> {
  static void decode(Decoder& d, const Node& node, EachOr<K>& v, const Range& range) {
    v.each = node.kind == NodeKind::kString && node.text == "each";
    if (v.each) {
      v.ref = {"each", d.place(node)};
    } else {
      Codec<Ref<K>>::decode(d, node, v.ref, range);
    }
  }
  static Type type() {
    Type t = Codec<Ref<K>>::type();  // whose pattern "each" matches
    t.name += ", or \"each\"";
    return t;
  }
  static std::string text(const EachOr<K>&) { return {}; }
};

template <class T>
struct Codec<std::optional<T>> {
  static void decode(Decoder& d, const Node& node, std::optional<T>& v, const Range& range) {
    Codec<T>::decode(d, node, v.emplace(), range);
  }
  static Type type() { return Codec<T>::type(); }
  static std::string text(const std::optional<T>& v) { return v ? Codec<T>::text(*v) : ""; }
};

template <class T>
struct Codec<std::vector<T>> {
  static void decode(Decoder& d, const Node& node, std::vector<T>& v, const Range& range) {
    if (!d.is(node, NodeKind::kArray, "a list")) return;
    v.clear();
    d.elements(node, [&](const Node& element) {
      T item{};
      Codec<T>::decode(d, element, item, range);
      v.push_back(std::move(item));
    });
  }
  static Type type() { return detail::list_type(Codec<T>::type()); }
  static std::string text(const std::vector<T>& v) {
    std::string out;
    for (const T& item : v) out += (out.empty() ? "[" : ", ") + Codec<T>::text(item);
    return v.empty() ? "[]" : out + "]";
  }
};

template <class T>
struct Codec<Map<T>> {
  static void decode(Decoder& d, const Node& node, Map<T>& v, const Range& range) {
    if (!d.is(node, NodeKind::kObject, "an object whose keys are ids")) return;
    v.clear();
    d.members(node, [&](const Node& member) {
      d.id(member, member.key, "an id");
      Named<T> entry{std::string(member.key), d.key_place(member), T{}};
      Codec<T>::decode(d, member, entry.value, range);
      v.push_back(std::move(entry));
    });
  }
  static Type type() { return detail::map_type(Codec<T>::type(), "id", detail::kIdPattern); }
  static std::string text(const Map<T>& v) { return v.empty() ? "{}" : ""; }
};

template <RefKind K, class T>
struct Codec<RefMap<K, T>> {
  static void decode(Decoder& d, const Node& node, RefMap<K, T>& v, const Range& range) {
    if (!d.is(node, NodeKind::kObject, "an object")) return;
    v.clear();
    d.members(node, [&](const Node& member) {
      RefEntry<K, T> entry;
      detail::decode_ref_key(d, member, K, entry.key.id, entry.key.place);
      Codec<T>::decode(d, member, entry.value, range);
      v.push_back(std::move(entry));
    });
  }
  static Type type() {
    const Type key = detail::ref_type(K);
    return detail::map_type(Codec<T>::type(), key.name, key.pattern);
  }
  static std::string text(const RefMap<K, T>& v) { return v.empty() ? "{}" : ""; }
};

/// Sets the `place` member of structs that have one.
template <class T>
void keep_place(const Decoder& d, const Node& node, T& v) {
  if constexpr (requires { v.place = d.place(node); }) v.place = d.place(node);
}

/// The name under which the schema shares a struct: its `static constexpr std::string_view kDefinition`, if any.
template <class T>
[[nodiscard]] std::string definition_of() {
  if constexpr (requires { T::kDefinition; }) {
    return std::string(T::kDefinition);
  } else {
    return {};
  }
}

template <Described T>
struct Codec<T> {
  static void decode(Decoder& d, const Node& node, T& v, const Range& /*range*/) {
    keep_place(d, node, v);
    d.object(node, [&v](Fields& f) { v.describe(f); });
  }
  static Type type() {
    Type t = detail::plain(Type::Kind::kObject, "object");
    t.definition = definition_of<T>();
    if (!t.definition.empty()) t.name = t.definition;
    t.describe = [](Fields& f) { T{}.describe(f); };
    return t;
  }
  static std::string text(const T&) { return {}; }
};

template <Chosen T>
struct Codec<T> {
  static void decode(Decoder& d, const Node& node, T& v, const Range& /*range*/) {
    keep_place(d, node, v);
    d.choice(node, [&v](Choices& c) { v.choices(c); });
  }
  static Type type() {
    Type t = detail::plain(Type::Kind::kChoice, "choice");
    t.definition = definition_of<T>();
    if (!t.definition.empty()) t.name = t.definition;
    t.choices = [keep = std::make_shared<T>()](Choices& c) { keep->choices(c); };
    return t;
  }
  static std::string text(const T&) { return {}; }
};

}  // namespace twinvoice::spec
