#include "sim/spec/codec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/spec/quantity_text.hpp"

namespace twinvoice::spec {
namespace detail {

constexpr const char* kUnsigned = "[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?";

std::string json_text(std::string_view text) { return nlohmann::json(std::string(text)).dump(); }

std::string number_text(double value) { return fmt::format("{}", value); }

std::string range_text(const Range& range, std::string (*format)(double)) {
  const bool low = std::isfinite(range.low);
  const bool high = std::isfinite(range.high);
  if (low && high) {
    return range.above_low ? fmt::format("more than {}, at most {}", format(range.low), format(range.high))
                           : fmt::format("{} to {}", format(range.low), format(range.high));
  }
  if (low) return fmt::format("{} {}", range.above_low ? "more than" : "at least", format(range.low));
  if (high) return fmt::format("at most {}", format(range.high));
  return {};
}

Type plain(Type::Kind kind, std::string name) {
  Type t;
  t.kind = kind;
  t.name = std::move(name);
  return t;
}

Type count_type(Range range) {
  Type t = plain(Type::Kind::kInteger, "count");
  t.range = range;
  return t;
}

Type text_type(std::string name, std::string pattern) {
  Type t = plain(Type::Kind::kText, std::move(name));
  t.pattern = std::move(pattern);
  return t;
}

Type list_type(Type element) {
  Type t = plain(Type::Kind::kList, "list of " + element.name);
  t.parts.push_back(std::move(element));
  return t;
}

Type map_type(Type element, std::string name, std::string key_pattern) {
  Type t = plain(Type::Kind::kMap, fmt::format("{} by {}", element.name, name));
  t.pattern = std::move(key_pattern);
  t.parts.push_back(std::move(element));
  return t;
}

namespace {

constexpr const char* kIdText = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

/// A number that should have been a quantity, a wrong kind, or the parser's own complaint.
template <class T>
void decode_quantity(Decoder& d, const Node& node, T& v, const Range& range,
                     Parsed<T> (*parse)(std::string_view), const std::string& what, double (*base)(const T&),
                     std::string (*format)(double)) {
  if (node.kind == NodeKind::kNumber) {
    d.error(node, fmt::format("{} is a bare number; need {}, in quotes", node.text.substr(0, 40), what));
    return;
  }
  if (!d.is(node, NodeKind::kString, what)) return;
  const Parsed<T> parsed = parse(node.text);
  if (!parsed.ok()) {
    d.error(node, parsed.problem);
    return;
  }
  if (d.within(node, range, base(parsed.value), format)) v = parsed.value;
}

Type quantity_type(const char* name, const char* units) {
  return text_type(name, fmt::format("^{} *({})$", kUnsigned, units));
}

std::string seconds_text(double s) { return format_quantity(Duration{from_seconds(s)}); }

}  // namespace

Type ref_type(RefKind kind) {
  std::string pattern = kIdText;
  if (kind == RefKind::kLocation) pattern += fmt::format("(/{})?", kIdText);
  if (kind == RefKind::kMember) pattern += fmt::format("(/{})?", kIdText);
  if (kind == RefKind::kZone) pattern += fmt::format("/{}", kIdText);
  if (kind == RefKind::kInstances) pattern += fmt::format("(@{0}(/{0})?)?", kIdText);
  if (kind == RefKind::kRegion) return text_type("region", "");
  return text_type(std::string(ref_kind_name(kind)), fmt::format("^{}$", pattern));
}

void decode_ref(Decoder& d, const Node& node, RefKind kind, std::string& id, Place& place) {
  if (!d.is(node, NodeKind::kString, fmt::format("the name of {}", ref_kind_name(kind)))) return;
  id = std::string(node.text);
  place = d.place(node);
  d.refer(kind, id, place);
}

void decode_ref_key(Decoder& d, const Node& member, RefKind kind, std::string& id, Place& place) {
  id = std::string(member.key);
  place = d.key_place(member);
  d.refer(kind, id, place);
}

}  // namespace detail

void Codec<bool>::decode(Decoder& d, const Node& node, bool& v, const Range&) {
  if (d.is(node, NodeKind::kBoolean, "true or false")) v = node.boolean;
}
Type Codec<bool>::type() { return detail::plain(Type::Kind::kBoolean, "true or false"); }
std::string Codec<bool>::text(const bool& v) { return v ? "true" : "false"; }

void Codec<double>::decode(Decoder& d, const Node& node, double& v, const Range& range) {
  d.number(node, range, v);
}
Type Codec<double>::type() { return detail::plain(Type::Kind::kNumber, "number"); }
std::string Codec<double>::text(const double& v) { return detail::number_text(v); }

void Codec<std::string>::decode(Decoder& d, const Node& node, std::string& v, const Range&) {
  d.text(node, v);
}
Type Codec<std::string>::type() { return detail::text_type("text", ""); }
std::string Codec<std::string>::text(const std::string& v) { return v.empty() ? "" : detail::json_text(v); }

void Codec<Text>::decode(Decoder& d, const Node& node, Text& v, const Range&) {
  v.place = d.place(node);
  static_cast<void>(d.text(node, v.text));
}
Type Codec<Text>::type() { return detail::text_type("text", ""); }
std::string Codec<Text>::text(const Text& v) { return v.text.empty() ? "" : detail::json_text(v.text); }

void Codec<Name>::decode(Decoder& d, const Node& node, Name& v, const Range&) {
  if (!d.is(node, NodeKind::kString, "a name") || !d.id(node, node.text, "a name")) return;
  v.text = std::string(node.text);
  v.place = d.place(node);
}
Type Codec<Name>::type() { return detail::text_type("name", detail::kIdPattern); }
std::string Codec<Name>::text(const Name& v) { return v.text.empty() ? "" : detail::json_text(v.text); }

void Codec<Duration>::decode(Decoder& d, const Node& node, Duration& v, const Range& range) {
  detail::decode_quantity<Duration>(
      d, node, v, range, &parse_duration,
      fmt::format("a duration with its unit, such as {}", kDurationExamples),
      [](const Duration& x) { return to_seconds(x.ns); }, &detail::seconds_text);
}
Type Codec<Duration>::type() {
  return detail::text_type("duration",
                           fmt::format("^({} *(ns|us|µs|μs|ms|s|min|m|h|d|w) *)+$", detail::kUnsigned));
}
std::string Codec<Duration>::text(const Duration& v) { return detail::json_text(format_quantity(v)); }

void Codec<Rate>::decode(Decoder& d, const Node& node, Rate& v, const Range& range) {
  detail::decode_quantity<Rate>(
      d, node, v, range, &parse_rate, fmt::format("a rate with its unit, such as {}", kRateExamples),
      [](const Rate& x) { return x.per_s; }, [](double x) { return format_quantity(Rate{x}); });
}
Type Codec<Rate>::type() { return detail::quantity_type("rate", "tps|rps|qps|/s|/min|/h|/d|/day"); }
std::string Codec<Rate>::text(const Rate& v) { return detail::json_text(format_quantity(v)); }

void Codec<Bytes>::decode(Decoder& d, const Node& node, Bytes& v, const Range& range) {
  detail::decode_quantity<Bytes>(
      d, node, v, range, &parse_bytes, fmt::format("a size with its unit, such as {}", kBytesExamples),
      [](const Bytes& x) { return static_cast<double>(x.count); },
      [](double x) { return fmt::format("{} B", x); });
}
Type Codec<Bytes>::type() { return detail::quantity_type("bytes", "B|[kKMGT]B|[KMGT]iB"); }
std::string Codec<Bytes>::text(const Bytes& v) { return detail::json_text(format_quantity(v)); }

void Codec<Bandwidth>::decode(Decoder& d, const Node& node, Bandwidth& v, const Range& range) {
  detail::decode_quantity<Bandwidth>(
      d, node, v, range, &parse_bandwidth,
      fmt::format("a bandwidth with its unit, such as {}", kBandwidthExamples),
      [](const Bandwidth& x) { return x.bits_per_s; },
      [](double x) { return format_quantity(Bandwidth{x}); });
}
Type Codec<Bandwidth>::type() { return detail::quantity_type("bandwidth", "[kKMGT]?bps"); }
std::string Codec<Bandwidth>::text(const Bandwidth& v) { return detail::json_text(format_quantity(v)); }

void Codec<Probability>::decode(Decoder& d, const Node& node, Probability& v, const Range& range) {
  detail::decode_quantity<Probability>(
      d, node, v, range, &parse_probability, "a probability such as \"99.9 %\" or \"0.999\"",
      [](const Probability& x) { return x.value; }, [](double x) { return format_quantity(Probability{x}); });
}
Type Codec<Probability>::type() { return detail::quantity_type("probability", "%?"); }
std::string Codec<Probability>::text(const Probability& v) { return detail::json_text(format_quantity(v)); }

void Codec<Quantity>::decode(Decoder& d, const Node& node, Quantity& v, const Range& range) {
  double number = 0.0;
  if (node.kind == NodeKind::kNumber) {
    if (d.number(node, range, number)) v = Quantity{number};
    return;
  }
  if (!d.is(node, NodeKind::kString, "a quantity such as \"500 ms\", or a bare number")) return;
  const Parsed<Quantity> parsed = parse_quantity(node.text);
  if (!parsed.ok()) {
    d.error(node, parsed.problem);
  } else if (d.within(node, range, parsed.value.base_value(), &detail::number_text)) {
    v = parsed.value;
  }
}
Type Codec<Quantity>::type() {
  Type t = detail::plain(Type::Kind::kEither, "quantity or number");
  t.parts.push_back(detail::quantity_type("quantity", "[A-Za-z/%]*"));
  t.parts.push_back(Codec<double>::type());
  return t;
}
std::string Codec<Quantity>::text(const Quantity& v) {
  const bool bare = std::holds_alternative<double>(v.value);
  return bare ? format_quantity(v) : detail::json_text(format_quantity(v));
}

}  // namespace twinvoice::spec
