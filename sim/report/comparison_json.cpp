// comparison/1 as JSON.
#include "sim/report/comparison_report.hpp"
#include "sim/report/json_values.hpp"

namespace twinvoice::report {
namespace {

const char* word(ComparisonVerdict verdict) {
  switch (verdict) {
    case ComparisonVerdict::kABetter: return "a_better";
    case ComparisonVerdict::kBBetter: return "b_better";
    case ComparisonVerdict::kALess: return "a_less";
    case ComparisonVerdict::kBLess: return "b_less";
    case ComparisonVerdict::kSame: return "same";
    case ComparisonVerdict::kWithin: return "within_tolerance";
    case ComparisonVerdict::kArrivalsDiffer: return "arrivals_differ";
    case ComparisonVerdict::kTimesDiffer: return "times_differ";
    case ComparisonVerdict::kUndecided: return "undecided";
    case ComparisonVerdict::kNotObserved: return "not_observed";
  }
  return "";
}

Json side(const ComparedSide& s) {
  Json j{{"experiment", s.name},
         {"topology", s.topology},
         {"horizon_s", static_cast<double>(s.horizon_ns) / 1e9}};
  j["inputs"] = Json::array();
  for (const InputFile& input : s.inputs)
    j["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  j["problems"] = s.problems;
  return j;
}

Json figure(const FigureComparison& c) {
  Json j{{"verdict", word(c.verdict)},
         {"a", figure_estimate(c.a)},
         {"b", figure_estimate(c.b)},
         {"difference", figure_estimate(c.pairs.difference)},
         {"correlation", number(c.pairs.correlation)},
         {"variance_ratio", figure_number(c.pairs.variance_ratio)},
         {"replications_needed", c.pairs.needed},
         {"indifference", figure_number(c.indifferent)},
         {"missing", c.pairs.missing},
         {"infinite_a_alone", c.pairs.infinite_a},
         {"infinite_b_alone", c.pairs.infinite_b}};
  if (c.ratio) j["unavailability_ratio"] = figure_estimate(*c.ratio);
  return j;
}

}  // namespace

std::string render_json(const ComparisonDocument& d) {
  Json j;
  j["twinvoice"] = "comparison/1";
  j["manifest"] = {
      {"tool", "twinvoice"}, {"version", d.version}, {"commit", d.commit}, {"command", d.command}};
  j["seed"] = d.seed;
  j["replications"] = d.replications;
  j["tolerance"] = d.tolerance ? Json(*d.tolerance) : Json(nullptr);
  j["interrupted"] = d.interrupted;
  j["decided"] = decided(d);
  j["a"] = side(d.a);
  j["b"] = side(d.b);
  j["differences"] = Json::array();
  for (const InputDifference& one : d.differences) {
    j["differences"].push_back({{"file", one.file},
                                {"where", one.where},
                                {"a", one.a ? Json::parse(*one.a) : Json(nullptr)},
                                {"b", one.b ? Json::parse(*one.b) : Json(nullptr)}});
  }
  j["figures"] = Json::object();
  for (const FigureComparison& c : d.figures) j["figures"][c.name] = figure(c);
  j["only_one"] = d.only_one;
  return document_text(j);
}

}  // namespace twinvoice::report
