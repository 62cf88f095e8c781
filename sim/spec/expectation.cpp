// Expectations: {"rto": "<= 25 min", "fault": "dc"}.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "sim/spec/experiment.hpp"

namespace twinvoice::spec {
namespace {

enum class Dimension { kTime, kShare, kNumber };

/// What a measure is compared with, and what may stand beside it.
struct MeasureRule {
  std::string_view key;
  Measure measure;
  Dimension dimension;
  bool fault;
  bool operation;
  bool component;
  std::string_view meaning;
};

constexpr std::array<MeasureRule, 11> kMeasures{{
    {"rto", Measure::kRto, Dimension::kTime, true, true, false, "from the fault to the restored objective"},
    {"rpo", Measure::kRpo, Dimension::kTime, true, true, false,
     "age of the oldest acknowledged invoice that was lost"},
    {"rpo_invoices", Measure::kRpoInvoices, Dimension::kNumber, true, true, false,
     "acknowledged invoices that were lost"},
    {"availability", Measure::kAvailability, Dimension::kShare, false, true, false, "see \"of\""},
    {"p50", Measure::kP50, Dimension::kTime, false, true, false, "median response time"},
    {"p95", Measure::kP95, Dimension::kTime, false, true, false, "95th percentile of the response time"},
    {"p99", Measure::kP99, Dimension::kTime, false, true, false, "99th percentile of the response time"},
    {"p999", Measure::kP999, Dimension::kTime, false, true, false, "99.9th percentile of the response time"},
    {"mean", Measure::kMean, Dimension::kTime, false, true, false, "mean response time"},
    {"success_rate", Measure::kSuccessRate, Dimension::kShare, false, true, false,
     "share of the requests that succeed"},
    {"utilisation", Measure::kUtilisation, Dimension::kShare, false, false, true,
     "busy share of a component's servers"},
}};

const MeasureRule& rule_of(Measure measure) {
  for (const MeasureRule& rule : kMeasures) {
    if (rule.measure == measure) return rule;
  }
  return kMeasures.front();
}

Parsed<double> parse_bound(std::string_view text, Dimension dimension) {
  if (dimension == Dimension::kTime) {
    const auto parsed = parse_duration(text);
    return {to_seconds(parsed.value.ns), parsed.problem};
  }
  if (dimension == Dimension::kShare) {
    const auto parsed = parse_probability(text);
    return {parsed.value.value, parsed.problem};
  }
  const bool digits =
      !text.empty() && text.size() <= 15 && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits) return {0.0, fmt::format("{} is not a count", quote(text))};
  double value = 0.0;
  for (const char c : text) value = value * 10.0 + (c - '0');
  return {value, {}};
}

/// The value under the measure's key, e.g. "<= 25 min".
struct BoundText {
  Measure measure = Measure::kRto;
  Comparison comparison = Comparison::kAtMost;
  double bound = 0.0;
  std::string text;
};

std::string_view example(Dimension dimension) {
  switch (dimension) {
    case Dimension::kTime: return "<= 25 min";
    case Dimension::kShare: return ">= 99.9 %";
    case Dimension::kNumber: return "<= 0";
  }
  return "";
}

}  // namespace

bool take_comparison(std::string_view& text, Comparison& out) {
  for (const std::string_view word : {"<=", ">=", "<", ">"}) {
    if (text.substr(0, word.size()) != word) continue;
    text.remove_prefix(word.size());
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    for (const auto& [name, comparison] : Words<Comparison>::table()) {
      if (name == word) out = comparison;
    }
    return true;
  }
  return false;
}

template <>
struct Codec<BoundText> {
  static void decode(Decoder& d, const Node& node, BoundText& v, const Range&) {
    const MeasureRule& rule = rule_of(v.measure);
    if (!d.is(node, NodeKind::kString, fmt::format("a comparison such as \"{}\"", example(rule.dimension))))
      return;
    std::string_view rest = node.text;
    if (!take_comparison(rest, v.comparison)) {
      d.error(node, fmt::format("{} has no comparison; write e.g. \"{}\"", quote(node.text),
                                example(rule.dimension)));
      return;
    }
    const Parsed<double> bound = parse_bound(rest, rule.dimension);
    if (!bound.ok()) {
      d.error(node, bound.problem);
      return;
    }
    v.bound = bound.value;
    v.text = fmt::format("{} {}", rule.key, node.text);
  }
  static Type type() { return detail::text_type("comparison", "^(<=|>=|<|>) *[0-9].*$"); }
  static std::string text(const BoundText&) { return {}; }
};

namespace {

/// One alternative: the measure with the companions it may have.
struct OneMeasure {
  const MeasureRule* rule = nullptr;
  ExpectationSpec* spec = nullptr;
  void describe(Fields& f) const {
    BoundText bound;
    bound.measure = rule->measure;
    f.required(rule->key, bound, rule->meaning);
    spec->measure = rule->measure;
    spec->comparison = bound.comparison;
    spec->bound = bound.bound;
    spec->text = bound.text;
    if (rule->operation)
      f.optional("operation", spec->operation, "only this operation; absent: all together");
    if (rule->fault) f.optional("fault", spec->fault, "only this fault; absent: each of them");
    if (rule->component) f.required("component", spec->component, "whose servers");
    if (rule->measure == Measure::kAvailability) {
      f.optional("of", spec->of, "request: share of requests; time: share of windows; volume: by amount");
    }
  }
};

void declare_measures(Choices& c, ExpectationSpec& spec) {
  for (const MeasureRule& rule : kMeasures) {
    c.add(rule.key, rule.meaning, [one = OneMeasure{&rule, &spec}](Fields& f) { one.describe(f); });
  }
}

}  // namespace

void Codec<ExpectationSpec>::decode(Decoder& d, const Node& node, ExpectationSpec& v, const Range&) {
  v.place = d.place(node);
  d.choice(node, [&v](Choices& c) { declare_measures(c, v); });
}
Type Codec<ExpectationSpec>::type() {
  Type t = detail::plain(Type::Kind::kChoice, "Expectation");
  t.definition = "Expectation";
  t.choices = [keep = std::make_shared<ExpectationSpec>()](Choices& c) { declare_measures(c, *keep); };
  return t;
}
std::string Codec<ExpectationSpec>::text(const ExpectationSpec& v) { return v.text; }

const std::vector<std::pair<std::string_view, Measure>>& Words<Measure>::table() {
  static const std::vector<std::pair<std::string_view, Measure>> words = [] {
    std::vector<std::pair<std::string_view, Measure>> out;
    out.reserve(kMeasures.size());
    for (const MeasureRule& rule : kMeasures) out.emplace_back(rule.key, rule.measure);
    return out;
  }();
  return words;
}
const std::vector<std::pair<std::string_view, Comparison>>& Words<Comparison>::table() {
  static const std::vector<std::pair<std::string_view, Comparison>> words{{"<", Comparison::kBelow},
                                                                          {"<=", Comparison::kAtMost},
                                                                          {">", Comparison::kAbove},
                                                                          {">=", Comparison::kAtLeast}};
  return words;
}
const std::vector<std::pair<std::string_view, AvailabilityOf>>& Words<AvailabilityOf>::table() {
  static const std::vector<std::pair<std::string_view, AvailabilityOf>> words{
      {"request", AvailabilityOf::kRequest},
      {"time", AvailabilityOf::kTime},
      {"volume", AvailabilityOf::kVolume}};
  return words;
}

}  // namespace twinvoice::spec
