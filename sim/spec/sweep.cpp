#include "sim/spec/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "sim/spec/file_kind.hpp"
#include "sim/spec/patch.hpp"

namespace twinvoice::spec {
namespace {

constexpr Range kReplications{1, 1e5};
constexpr Range kPoints{1, 1e6};
constexpr Range kEvents{1, 9e18};
constexpr std::size_t kLongestKey = 200;

/// What both the sweep and its parts that need no model decode with.
class NoModels final : public ModelCatalog {
 public:
  [[nodiscard]] const ModelInfo* find(ModelKind, std::string_view) const override { return nullptr; }
  [[nodiscard]] std::vector<std::string_view> names(ModelKind) const override { return {}; }
};

/// {"points": n} of a design that samples.
struct SampledPoints {
  std::int64_t points = 1;
  void describe(Fields& f) { f.required("points", points, "how many", kPoints); }
};
/// The designs that are objects.
struct SampledDesign {
  std::variant<SampledPoints> points;
  DesignKind kind = DesignKind::kCartesian;
  void choices(Choices& c) {
    const auto one = [&](std::string_view key, DesignKind which, std::string_view meaning) {
      c.add({std::string(key),
             std::string(meaning),
             [this, which, meaning](Fields& f, std::string_view written) {
               kind = which;
               f.required(written, points.emplace<SampledPoints>(), meaning);
             },
             {}});
    };
    one("latin_hypercube", DesignKind::kLatinHypercube, "one point in every stratum of every axis");
    one("sobol", DesignKind::kSobol, "a low-discrepancy sequence; powers of 2 fill evenly");
    one("saltelli", DesignKind::kSaltelli, "rows of axes + 2 cells, for Sobol sensitivity indices");
  }
};

/// "5 s" is "5" and "s".
std::pair<std::string, std::string> split_unit(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space != std::string_view::npos) {
    const std::size_t unit = text.find_first_not_of(' ', space);
    return {std::string(text.substr(0, space)), std::string(text.substr(unit))};
  }
  std::size_t at = text.find_first_not_of("0123456789.");
  const bool exponent = at != std::string_view::npos && (text[at] == 'e' || text[at] == 'E') &&
                        text.find_first_of("0123456789", at) != std::string_view::npos;
  if (exponent) at = text.find_first_not_of("0123456789+-", at + 1);
  at = std::min(at, text.size());
  return {std::string(text.substr(0, at)), std::string(text.substr(at))};
}

bool is_label(NodeKind kind) {
  return kind == NodeKind::kString || kind == NodeKind::kNumber || kind == NodeKind::kBoolean;
}

std::string label_of(const Node& node) {
  if (node.kind == NodeKind::kBoolean) return node.boolean ? "true" : "false";
  return std::string(node.text);
}

}  // namespace

bool accept_free_key(Decoder& d, const Node& member) {
  const bool printable = std::none_of(member.key.begin(), member.key.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (printable && !member.key.empty() && member.key.size() <= kLongestKey) return true;
  d.key_error(member, fmt::format("{} cannot be a key: 1 to {} printable characters", quote(member.key),
                                  kLongestKey));
  return false;
}

void Codec<JsonValue>::decode(Decoder& d, const Node& node, JsonValue& v, const Range&) {
  v.kind = node.kind;
  v.json = canonical_text(d.document(), node, Keep::kMeaning);
  v.text = node.kind == NodeKind::kString || node.kind == NodeKind::kNumber ? std::string(node.text) : v.json;
  v.place = d.place(node);
}
Type Codec<JsonValue>::type() { return detail::plain(Type::Kind::kAny, "any value"); }
std::string Codec<JsonValue>::text(const JsonValue&) { return {}; }

void Codec<Targets>::decode(Decoder& d, const Node& node, Targets& v, const Range& range) {
  v.all.clear();
  if (node.kind == NodeKind::kArray) {
    Codec<std::vector<Text>>::decode(d, node, v.all, range);
    if (v.all.empty()) d.error(node, "need at least one target");
  } else if (d.is(node, NodeKind::kString, "a target or a list of targets")) {
    Codec<Text>::decode(d, node, v.all.emplace_back(), range);
  }
}
Type Codec<Targets>::type() {
  Type t = detail::plain(Type::Kind::kEither, "target or list of targets");
  t.parts.push_back(Codec<Text>::type());
  t.parts.push_back(Codec<std::vector<Text>>::type());
  return t;
}
std::string Codec<Targets>::text(const Targets&) { return {}; }

bool RangeEnd::is_whole() const {
  return !quoted && number.find_first_not_of("0123456789-") == std::string::npos;
}
void Codec<RangeEnd>::decode(Decoder& d, const Node& node, RangeEnd& v, const Range& range) {
  const std::size_t before = d.complaints();
  Codec<Quantity>::decode(d, node, v.value, range);
  v.place = d.place(node);
  if (d.complaints() != before) return;
  v.quoted = node.kind == NodeKind::kString;
  std::tie(v.number, v.unit) =
      v.quoted ? split_unit(node.text) : std::pair{std::string(node.text), std::string()};
}
Type Codec<RangeEnd>::type() { return Codec<Quantity>::type(); }
std::string Codec<RangeEnd>::text(const RangeEnd&) { return {}; }

namespace {

void describe_role(Fields& f, AxisRole& role) {
  f.optional("role", role, "design: what we choose; world: what happens to every design alike");
}

}  // namespace

void ListAxis::describe(Fields& f) {
  f.required("of", of, "target, or list of targets: what changes");
  f.required("values", values, "its values in turn; null removes it");
  f.rule("values", !values.empty(), "need at least one value");
  describe_role(f, role);
}

void RangeAxis::describe(Fields& f) {
  f.required("of", of, "target, or list of targets: what changes");
  f.required("from", from, "first value");
  f.required("to", to, "last value, in the unit of \"from\"");
  f.optional("points", points, "values, both ends included; absent: all between, for the designs that sample",
             Range{2, 1e6});
  f.optional("scale", scale, "how the values are spaced");
  describe_role(f, role);
  f.rule("to", from.value.dimension() == to.value.dimension() && from.quoted == to.quoted,
         "\"from\" and \"to\" are quantities of different kinds");
  f.rule("to", from.unit == to.unit, "\"from\" and \"to\" need the same unit");
  f.rule("to", from.value.base_value() < to.value.base_value(), "\"to\" must be more than \"from\"");
  f.rule("from", scale == Scale::kLinear || from.value.base_value() > 0.0,
         "a logarithmic scale needs positive ends");
}

void ChoiceAxis::describe(Fields& f) {
  f.required("choices", choices, "changes by label");
  f.rule("choices", !choices.empty(), "need at least one choice");
  describe_role(f, role);
}

AxisRole AxisSpec::role() const {
  return std::visit([](const auto& axis) { return axis.role; }, kind);
}

void AxisSpec::choices(Choices& c) {
  c.flat<ListAxis>("values", kind, "a list of values");
  c.flat<RangeAxis>("from", kind, "a range");
  c.flat<ChoiceAxis>("choices", kind, "named alternatives, each with its changes");
}

void Codec<DesignSpec>::decode(Decoder& d, const Node& node, DesignSpec& v, const Range& range) {
  v.place = d.place(node);
  if (node.kind == NodeKind::kObject) {
    SampledDesign sampled;
    Codec<SampledDesign>::decode(d, node, sampled, range);
    v.kind = sampled.kind;
    v.points = std::get<SampledPoints>(sampled.points).points;
    return;
  }
  std::size_t index = 0;
  if (node.kind != NodeKind::kString) {
    d.error(node,
            fmt::format("need \"cartesian\", \"zip\" or {{\"latin_hypercube\" | \"sobol\" | \"saltelli\": "
                        "{{\"points\": n}}}}, found {}",
                        kind_name(node.kind)));
  } else if (node.text == "latin_hypercube" || node.text == "sobol" || node.text == "saltelli") {
    d.error(node, fmt::format("this design needs its number of points: {{{}: {{\"points\": 64}}}}",
                              quote(node.text)));
  } else if (d.word(node, {"cartesian", "zip"}, index)) {
    v.kind = index == 0 ? DesignKind::kCartesian : DesignKind::kZip;
  }
}
Type Codec<DesignSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "design");
  t.parts.push_back(detail::plain(Type::Kind::kWord, "word"));
  t.parts.back().words = {"cartesian", "zip"};
  t.parts.push_back(Codec<SampledDesign>::type());
  t.parts.back().name = "sampled design";
  return t;
}
std::string Codec<DesignSpec>::text(const DesignSpec&) { return "\"cartesian\""; }

void Codec<SkipCondition>::decode(Decoder& d, const Node& node, SkipCondition& v, const Range&) {
  v.place = d.place(node);
  if (node.kind == NodeKind::kArray) {
    d.elements(node, [&](const Node& element) {
      if (is_label(element.kind)) {
        v.labels.push_back(label_of(element));
      } else {
        d.error(element, fmt::format("need a label, found {}", kind_name(element.kind)));
      }
    });
    if (node.size == 0) d.error(node, "need at least one label");
    return;
  }
  if (!is_label(node.kind)) {
    d.error(node, fmt::format("need a label, a list of labels or a comparison such as \">= 60 s\", found {}",
                              kind_name(node.kind)));
    return;
  }
  std::string_view rest = node.text;
  if (node.kind != NodeKind::kString || !take_comparison(rest, v.comparison)) {
    v.labels.push_back(label_of(node));
    return;
  }
  double number = 0.0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (parsed.ec == std::errc{} && parsed.ptr == rest.data() + rest.size()) {
    v.bound = Quantity{number};
    return;
  }
  const Parsed<Quantity> bound = parse_quantity(rest);
  v.bound = bound.value;
  if (!bound.ok()) d.error(node, bound.problem);
}
Type Codec<SkipCondition>::type() {
  Type t = detail::plain(Type::Kind::kEither, "label, labels or comparison");
  t.parts.push_back(Codec<std::string>::type());
  t.parts.push_back(Codec<double>::type());
  t.parts.push_back(Codec<bool>::type());
  Type label = detail::plain(Type::Kind::kAny, "label");
  t.parts.push_back(detail::list_type(std::move(label)));
  return t;
}
std::string Codec<SkipCondition>::text(const SkipCondition&) { return {}; }

void PrecisionSpec::describe(Fields& f) {
  f.required("figure", figure, "name of a figure, such as \"rto\" or \"issue-invoice.p99\"");
  f.optional("relative", relative, "half-width of its 95 % interval over its value", kPositive);
  f.optional("absolute", absolute, "half-width of its 95 % interval, in the unit of the figure", kPositive);
  f.rule("figure", relative.has_value() != absolute.has_value(),
         "need exactly one of \"relative\" and \"absolute\"");
}

void ReplicationsSpec::describe(Fields& f) {
  least = kLeastLooks;
  most = kMostLooks;
  f.optional("least", least, "before the first look", Range{2, 1e5});
  f.optional("most", most, "and no more", Range{2, 1e5});
  f.optional("until", until, "precision of figures; all of them are needed");
  f.optional("outages", outages, "seen in all replications together", kCount);
  f.rule("most", least <= most, "\"most\" is less than \"least\"");
}
void Codec<ReplicationsSpec>::decode(Decoder& d, const Node& node, ReplicationsSpec& v, const Range&) {
  v.place = d.place(node);
  if (node.kind == NodeKind::kObject) {
    d.object(node, [&v](Fields& f) { v.describe(f); });
  } else if (node.kind == NodeKind::kNumber) {
    Codec<std::int64_t>::decode(d, node, v.least, kReplications);
    v.most = v.least;
  } else {
    d.error(node, fmt::format("need a whole number or {{\"least\", \"most\", \"until\"}}, found {}",
                              kind_name(node.kind)));
  }
}
Type Codec<ReplicationsSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "count or stopping rule");
  t.parts.push_back(detail::count_type(kReplications));
  t.parts.push_back(detail::plain(Type::Kind::kObject, "stopping rule"));
  t.parts.back().describe = [](Fields& f) { ReplicationsSpec{}.describe(f); };
  return t;
}
std::string Codec<ReplicationsSpec>::text(const ReplicationsSpec&) { return {}; }

void ObjectiveFigure::describe(Fields& f) {
  f.optional("minimise", minimise, "name of a figure: less is better");
  f.optional("maximise", maximise, "name of a figure: more is better");
  f.rule("minimise", minimise.has_value() != maximise.has_value(),
         "need exactly one of \"minimise\" and \"maximise\"");
}

void SelectSpec::describe(Fields& f) {
  figure.describe(f);
  f.required("indifference", indifference, "differences of the figure below it do not matter", kPositive);
  f.optional("confidence", confidence, "of having selected the best cell but for the indifference",
             Range{0.5, 0.9999});
}

void SweepLimits::describe(Fields& f) {
  f.optional("time", time, "of one replication; absent: no limit", kPositive);
  f.optional("memory", memory, "of the process of one replication; absent: no limit", kPositive);
  f.optional("events", events, "of one replication; absent: no limit", kEvents);
}

void Sweep::describe(Fields& f) {
  std::string schema;
  std::string version = "sweep/1";
  f.optional("$schema", schema, "address of the JSON Schema, for editors");
  f.required("twinvoice", version, "always \"sweep/1\"");
  f.rule("twinvoice", version == "sweep/1", "need \"sweep/1\"");
  f.required("name", name, "of the sweep, and of its store");
  f.optional("description", description, "what it asks");
  f.required("experiment", experiment_path, "file of the base, relative to this file, inside the workspace");
  f.optional("set", set, "changes of the base for all cells: value by target; null removes");
  f.required("axes", axes, "what varies");
  f.rule("axes", !axes.empty(), "a sweep needs at least one axis");
  f.optional("design", design, "which combinations of the levels are cells");
  f.optional("skip", skip, "cells that are left out: condition by axis");
  f.optional("replications", replications, "of each cell; absent: as the experiment says");
  f.optional("select", select, "find the best cell instead of measuring all of them alike");
  f.optional("objectives", objectives, "figures by which reports compare the cells");
  f.optional("seed", seed, "of all the draws; absent: the experiment's own", Range{0, 9e18});
  f.optional("draws", draws, "common: cells share their random numbers; independent: each has its own");
  f.optional("limits", limits, "budgets of one replication");
  f.rule("replications",
         !replications || select || replications->is_fixed() || !replications->until.empty() ||
             replications->outages,
         "\"until\" or \"outages\" says when a cell has been run often enough");
  f.rule("replications", !select || !replications || (replications->until.empty() && !replications->outages),
         "\"select\" says itself when to stop: only \"least\" and \"most\" may stand beside it");
  const auto has = [this](AxisRole role) {
    return std::any_of(axes.begin(), axes.end(), [&](const auto& axis) { return axis.value.role() == role; });
  };
  const bool worlds = has(AxisRole::kWorld);
  f.rule("select", !select || !worlds,
         "\"select\" finds the best of all cells, and the best world is nobody's choice: without axes of the "
         "world, or without \"select\"");
  f.rule("design", !worlds || !has(AxisRole::kDesign) || design.kind == DesignKind::kCartesian,
         "only \"cartesian\" puts every design into every world");
}

const std::vector<std::pair<std::string_view, AxisRole>>& Words<AxisRole>::table() {
  static const std::vector<std::pair<std::string_view, AxisRole>> words{{"design", AxisRole::kDesign},
                                                                        {"world", AxisRole::kWorld}};
  return words;
}
const std::vector<std::pair<std::string_view, Scale>>& Words<Scale>::table() {
  static const std::vector<std::pair<std::string_view, Scale>> words{{"linear", Scale::kLinear},
                                                                     {"log", Scale::kLog}};
  return words;
}
const std::vector<std::pair<std::string_view, DrawsMode>>& Words<DrawsMode>::table() {
  static const std::vector<std::pair<std::string_view, DrawsMode>> words{
      {"common", DrawsMode::kCommon}, {"independent", DrawsMode::kIndependent}};
  return words;
}

Sweep read_sweep(std::string file, std::string text, Issues& issues) {
  Sweep sweep;
  sweep.file = file;
  const auto document = parse_document(std::move(file), std::move(text), issues);
  if (!document) return sweep;
  sweep.source = document->text();
  if (!is_kind(*document, "sweep", issues)) return sweep;
  const NoModels catalog;
  Decoder decoder(*document, catalog, issues);
  Codec<Sweep>::decode(decoder, document->root(), sweep, kAny);
  return sweep;
}

Sweep load_sweep(const std::string& path) {
  Issues issues;
  auto text = read_file(path, issues);
  Sweep sweep;
  if (text) sweep = read_sweep(path, std::move(*text), issues);
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return sweep;
}

}  // namespace twinvoice::spec
