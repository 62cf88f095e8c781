#include "sim/report/expectation_json.hpp"

#include <string_view>
#include <utility>

#include "sim/report/begun_by.hpp"

namespace twinvoice::report {
namespace {

/// The measures whose bound is no time.
constexpr std::pair<Measure, std::string_view> kUnits[] = {
    {Measure::kRpoInvoices, "count"}, {Measure::kAvailability, "share"}, {Measure::kAnswered, "share"},
    {Measure::kSuccessRate, "share"}, {Measure::kThroughput, "per_s"},   {Measure::kUtilisation, "share"},
    {Measure::kWaits, "share"},
};
constexpr std::pair<AvailabilityOf, std::string_view> kAvailabilityWords[] = {
    {AvailabilityOf::kRequest, "request"},
    {AvailabilityOf::kCompletion, "completion"},
    {AvailabilityOf::kTime, "time"},
    {AvailabilityOf::kVolume, "volume"},
};

template <class E, std::size_t N>
std::string_view word_for(const std::pair<E, std::string_view> (&table)[N], E value, std::string_view other) {
  for (const auto& [known, word] : table) {
    if (known == value) return word;
  }
  return other;
}

/// Whether its figure is made of interruptions, so that `hold` means something.
bool has_hold(const ExpectationInfo& e) {
  const bool by_time = e.measure == Measure::kAvailability && e.of == AvailabilityOf::kTime;
  return by_time || e.measure == Measure::kRto || e.measure == Measure::kOnset ||
         e.measure == Measure::kInterruption;
}

void add_part(Json& j, const RunPart& part, const Scenario& s) {
  switch (part.kind) {
    case RunPart::Kind::kWhole: break;
    case RunPart::Kind::kDuring: j["during"] = fault_names(part.faults, s); break;
    case RunPart::Kind::kAfter: j["after"] = fault_names(part.faults, s); break;
    case RunPart::Kind::kBetween: j["between_s"] = {instant(part.from_ns), instant(part.until_ns)}; break;
  }
}

Json standing(const PromiseStanding& s) {
  const measure::PromiseResult& r = s.result;
  Json j{{"of", s.name},
         {"verdict", measure::name(r.verdict)},
         {"incidents", r.incidents},
         {"kept", r.kept},
         {"broken", r.broken},
         {"unknown", r.incidents - r.kept - r.broken},
         {"low", number(r.share.low)},
         {"high", number(r.share.high)}};
  j["further_runs"] = r.more_to_decide ? Json(*r.more_to_decide) : Json(nullptr);
  j["unseen_share"] = r.unseen ? Json(*r.unseen) : Json(nullptr);
  return j;
}

}  // namespace

Json fault_names(const std::vector<std::size_t>& faults, const Scenario& s) {
  Json names = Json::array();
  for (const std::size_t fault : faults) names.push_back(s.faults[fault].name);
  return names;
}

Json asked_json(const ExpectationInfo& e, const Scenario& s) {
  Json j;
  j["measure"] = e.key;
  if (e.quantile > 0.0) j["quantile"] = e.quantile;
  j["comparison"] = measure::name(e.bound.relation);
  j["bound"] = e.bound.value;
  j["unit"] = word_for(kUnits, e.measure, "s");
  if (e.measure == Measure::kAvailability) j["of"] = word_for(kAvailabilityWords, e.of, "");
  if (e.begun_by.act) j["begun_by"] = act_word(*e.begun_by.act);
  if (!e.begun_by.faults.empty()) j["begun_by"] = fault_names(e.begun_by.faults, s);
  if (e.share) j["share"] = *e.share;
  if (has_hold(e)) j["hold_s"] = instant(e.hold_ns);
  if (e.measure == Measure::kAnswered) j["within_s"] = instant(e.limit_ns);
  if (e.measure == Measure::kWaits && e.limit_ns > 0) j["longer_than_s"] = instant(e.limit_ns);
  if (e.operation) j["operation"] = s.operations[*e.operation].name;
  if (e.component) j["component"] = s.components[*e.component].name;
  if (!e.faults.empty()) j["faults"] = fault_names(e.faults, s);
  add_part(j, e.part, s);
  return j;
}

Json expectation_json(const ExpectationResult& e, const Scenario& s) {
  // Nothing observed is an error of the run (exit code 1), not a fourth verdict.
  const measure::Verdict verdict =
      e.verdict == measure::Verdict::no_sample ? measure::Verdict::undecided : e.verdict;
  Json j;
  j["text"] = e.text;
  j.update(asked_json(e.asked, s));
  j["judged_on"] = e.judged_on.empty() ? Json(nullptr) : Json(e.judged_on);
  if (e.place) j["place"] = s.places[*e.place];
  j["verdict"] = measure::name(verdict);
  j["observed"] = estimate(e.estimate);
  for (const char* end : {"value", "low", "high"}) j[end] = j["observed"][end];
  j["replications"] = Json::array();
  for (const ReplicationValue& one : e.replications) {
    j["replications"].push_back({{"replication", one.replication},
                                 {"value", figure_number(one.value)},
                                 {"low", figure_number(one.low)},
                                 {"high", figure_number(one.high)}});
  }
  if (e.kept)
    j["share_kept"] = {{"value", number(e.kept->value)}, {"low", e.kept->low}, {"high", e.kept->high}};
  j["why"] = e.why;
  if (!e.standings.empty()) {
    j["incidents"] = Json::array();
    for (const PromiseStanding& one : e.standings) j["incidents"].push_back(standing(one));
  }
  return j;
}

}  // namespace twinvoice::report
