// Expectations: {"rto": "<= 25 min", "fault": "dc"}.
#include "sim/spec/expectation.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "sim/spec/measures.hpp"
#include "sim/spec/promise.hpp"

namespace twinvoice::spec {
namespace {

/// The value under the measure's key, e.g. "<= 25 min".
struct BoundText {
  BoundKind kind = BoundKind::kTime;
  Comparison comparison = Comparison::kAtMost;
  double bound = 0.0;
  std::string text;
};

/// A field beside the measure.
struct CompanionRule {
  std::string_view name;
  Companion bit;
  void (*declare)(Fields& f, ExpectationSpec& e);
};

// Fields of one name stand next to each other.
constexpr std::array<CompanionRule, 13> kCompanions{{
    {"operation", kTakesOperation,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("operation", e.operation, "only this operation; absent: each that has a load");
     }},
    {"fault", kTakesFault,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("fault", e.fault, "only this fault; absent: each of them");
     }},
    {"component", kTakesComponent,
     [](Fields& f, ExpectationSpec& e) { f.required("component", e.component, "whose servers"); }},
    {"of", kTakesAvailabilityOf,
     [](Fields& f, ExpectationSpec& e) {
       f.optional(
           "of", e.of,
           "request: share of the requests that succeed; time: share of the time without an "
           "interruption; volume: requests by amount; completion: share of the requests that succeed and "
           "whose jobs are all done; absent: request");
     }},
    {"of", kTakesBegunBy,
     [](Fields& f, ExpectationSpec& e) {
       f.optional(
           "of", e.begun_by,
           "what began it: failback, promotion, shift, relapse, planned, or the id of a fault; absent: "
           "the longest of a run");
       f.rule("of", !e.fault || !e.begun_by || e.begun_by->act,
              "\"of\" names a fault already: \"fault\" goes with an act");
     }},
    {"of", kTakesMean,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("of", e.figure, "the mean of all incidents; absent: each of them, see \"share\"");
     }},
    {"share", kTakesShare,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("share", e.share, kShareMeaning, kShareRange);
       f.rule("share", !e.share || e.share->value < 1.0, kShareRule);
       f.rule(
           "share", !e.share || !e.figure,
           "\"share\" is of incidents, and \"of\": \"mean\" judges none of them: leave one of the two out");
     }},
    {"hold", kTakesHold,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("hold", e.hold,
                  "an interruption has ended when health has lasted so long; absent: that of the experiment",
                  kPositive);
       f.rule("hold", !e.hold || e.measure != Measure::kAvailability || e.of == AvailabilityOf::kTime,
              "only availability \"of\": \"time\" is made of interruptions: \"hold\" goes with it alone");
     }},
    {"within", kTakesWithin,
     [](Fields& f, ExpectationSpec& e) {
       f.required("within", e.within, "longest response time that counts", kPositive);
     }},
    {"longer_than", kTakesLongerThan,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("longer_than", e.longer_than, "only waits beyond this; absent: every wait", kPositive);
     }},
    {"during", kTakesPart,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("during", e.part.during, "requests that arrive while this fault lasts");
     }},
    {"after", kTakesPart,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("after", e.part.after, "requests that arrive after the recovery from this fault");
       f.rule("after", !e.part.during || !e.part.after, "\"during\" and \"after\" are alternatives");
     }},
    {"between", kTakesPart,
     [](Fields& f, ExpectationSpec& e) {
       f.optional("between", e.part.between, "requests that arrive from the first instant up to the second");
       f.rule("between", !e.part.between || (!e.part.during && !e.part.after),
              "\"between\" stands alone: \"during\" and \"after\" are other parts of the run");
       f.rule("of",
              e.of != AvailabilityOf::kCompletion || (!e.part.during && !e.part.after && !e.part.between),
              "completion is of the whole run: jobs may end long after the part in which their request came");
     }},
}};

/// The names of all fields that may stand beside a measure.
std::string companions_of(const MeasureRule& rule) {
  std::string out;
  for (const CompanionRule& companion : kCompanions) {
    if (rule.has(companion.bit)) out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", companion.name);
  }
  return out;
}

bool takes_name(const MeasureRule& rule, std::string_view name) {
  for (const CompanionRule& companion : kCompanions) {
    if (companion.name == name && rule.has(companion.bit)) return true;
  }
  return false;
}

/// Fields of other measures are known names: what is told is that they mean nothing here.
void refuse_others(Fields& f, const MeasureRule& rule, std::string_view key) {
  std::string_view before;
  for (const CompanionRule& companion : kCompanions) {
    if (companion.name == before || takes_name(rule, companion.name)) continue;
    before = companion.name;
    f.refused(companion.name, fmt::format("\"{}\" takes no \"{}\"; accepted beside it: {}", key,
                                          companion.name, companions_of(rule)));
  }
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
    const std::string_view example = example_of(v.kind);
    if (!d.is(node, NodeKind::kString, fmt::format("a comparison such as \"{}\"", example))) return;
    std::string_view rest = node.text;
    if (!take_comparison(rest, v.comparison)) {
      d.error(node, fmt::format("{} has no comparison; write e.g. \"{}\"", quote(node.text), example));
      return;
    }
    const Parsed<double> bound = parse_bound(rest, v.kind);
    if (!bound.ok()) {
      d.error(node, bound.problem);
      return;
    }
    v.bound = bound.value;
    v.text = std::string(node.text);
  }
  static Type type() { return detail::text_type("comparison", "^(<=|>=|<|>) *[0-9].*$"); }
  static std::string text(const BoundText&) { return {}; }
};

namespace {

/// One alternative: the measure with the companions it may have.
void describe_measure(const MeasureRule& rule, std::string_view key, ExpectationSpec& e, Fields& f) {
  BoundText bound;
  bound.kind = rule.bound;
  f.required(key, bound, rule.meaning, KeyPattern{rule.pattern});
  e.measure = rule.measure;
  e.key = std::string(key);
  e.quantile = quantile_of(key).value_or(0.0);
  e.comparison = bound.comparison;
  e.bound = bound.bound;
  if (!bound.text.empty()) e.text = fmt::format("{} {}", key, bound.text);
  for (const CompanionRule& companion : kCompanions) {
    if (rule.has(companion.bit)) companion.declare(f, e);
  }
  refuse_others(f, rule, key);
}

void declare_measures(Choices& c, ExpectationSpec& e) {
  for (const MeasureRule& rule : measure_rules()) {
    c.add({std::string(rule.key), std::string(rule.meaning),
           [&rule, &e](Fields& f, std::string_view key) { describe_measure(rule, key, e, f); },
           std::string(rule.pattern), rule.in_family});
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

std::optional<double> ExpectationSpec::share_to_keep() const {
  if (!rule_of(measure).has(kTakesShare) || figure) return std::nullopt;
  return share ? share->value : kUsualShare;
}

void Codec<BegunBy>::decode(Decoder& d, const Node& node, BegunBy& v, const Range& range) {
  Name name;
  Codec<Name>::decode(d, node, name, range);
  v.fault = {name.text, name.place};
  for (const auto& [word, act] : Words<Act>::table()) {
    if (word == name.text) v.act = act;
  }
}
Type Codec<BegunBy>::type() { return detail::text_type("act or fault", detail::kIdPattern); }
std::string Codec<BegunBy>::text(const BegunBy&) { return {}; }

void Codec<SpanSpec>::decode(Decoder& d, const Node& node, SpanSpec& v, const Range& range) {
  v.place = d.place(node);
  std::vector<Duration> instants;
  const std::size_t before = d.complaints();
  Codec<std::vector<Duration>>::decode(d, node, instants, range);
  if (d.complaints() > before) return;
  if (instants.size() != 2 || instants[0] >= instants[1]) {
    d.error(node, R"(need two instants, the earlier one first, such as ["10 min", "20 min"])");
    return;
  }
  v.from = instants[0];
  v.until = instants[1];
}
Type Codec<SpanSpec>::type() {
  Type t = Codec<std::vector<Duration>>::type();
  t.name = "two instants";
  return t;
}
std::string Codec<SpanSpec>::text(const SpanSpec&) { return {}; }

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
      {"volume", AvailabilityOf::kVolume},
      {"completion", AvailabilityOf::kCompletion}};
  return words;
}
const std::vector<std::pair<std::string_view, IncidentFigure>>& Words<IncidentFigure>::table() {
  static const std::vector<std::pair<std::string_view, IncidentFigure>> words{
      {"mean", IncidentFigure::kMean}};
  return words;
}
const std::vector<std::pair<std::string_view, Act>>& Words<Act>::table() {
  static const std::vector<std::pair<std::string_view, Act>> words{{"failback", Act::kFailback},
                                                                   {"promotion", Act::kPromotion},
                                                                   {"shift", Act::kShift},
                                                                   {"relapse", Act::kRelapse},
                                                                   {"planned", Act::kPlanned}};
  return words;
}

}  // namespace twinvoice::spec
