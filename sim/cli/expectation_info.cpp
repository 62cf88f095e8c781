#include "sim/cli/expectation_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/cli/one_of.hpp"

namespace twinvoice::cli {
namespace {

using report::ExpectationInfo;
using report::FaultInfo;
using report::Scenario;
using spec::format_quantity;

constexpr std::pair<spec::Measure, report::Measure> kMeasures[] = {
    {spec::Measure::kRto, report::Measure::kRto},
    {spec::Measure::kRpo, report::Measure::kRpo},
    {spec::Measure::kRpoInvoices, report::Measure::kRpoInvoices},
    {spec::Measure::kInterruption, report::Measure::kInterruption},
    {spec::Measure::kOnset, report::Measure::kOnset},
    {spec::Measure::kAvailability, report::Measure::kAvailability},
    {spec::Measure::kQuantile, report::Measure::kQuantile},
    {spec::Measure::kMean, report::Measure::kMean},
    {spec::Measure::kAnswered, report::Measure::kAnswered},
    {spec::Measure::kSuccessRate, report::Measure::kSuccessRate},
    {spec::Measure::kThroughput, report::Measure::kThroughput},
    {spec::Measure::kUtilisation, report::Measure::kUtilisation},
    {spec::Measure::kWait, report::Measure::kWait},
    {spec::Measure::kWaitQuantile, report::Measure::kWaitQuantile},
    {spec::Measure::kWaits, report::Measure::kWaits},
};
constexpr std::pair<spec::Comparison, measure::Relation> kRelations[] = {
    {spec::Comparison::kBelow, measure::Relation::below},
    {spec::Comparison::kAtMost, measure::Relation::at_most},
    {spec::Comparison::kAbove, measure::Relation::above},
    {spec::Comparison::kAtLeast, measure::Relation::at_least},
};
constexpr std::pair<spec::AvailabilityOf, report::AvailabilityOf> kAvailabilities[] = {
    {spec::AvailabilityOf::kRequest, report::AvailabilityOf::kRequest},
    {spec::AvailabilityOf::kTime, report::AvailabilityOf::kTime},
    {spec::AvailabilityOf::kVolume, report::AvailabilityOf::kVolume},
    {spec::AvailabilityOf::kCompletion, report::AvailabilityOf::kCompletion},
};
constexpr std::pair<spec::Act, report::Act> kActs[] = {
    {spec::Act::kFailback, report::Act::kFailback}, {spec::Act::kPromotion, report::Act::kPromotion},
    {spec::Act::kShift, report::Act::kShift},       {spec::Act::kRelapse, report::Act::kRelapse},
    {spec::Act::kPlanned, report::Act::kPlanned},
};

template <class From, class To, std::size_t N>
To translated(const std::pair<From, To> (&table)[N], From from) {
  for (const auto& [written, known] : table) {
    if (written == from) return known;
  }
  throw EngineError("a word of an expectation that reports do not know");
}

template <class List>
std::optional<std::size_t> index_of(const List& list, const std::string& name) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) return i;
  }
  return std::nullopt;
}

/// What an expectation is looked up in.
struct Lists {
  const spec::Experiment& experiment;
  const Scenario& scenario;
};

/// The rows of a fault, one for each of its targets; none when it was clipped.
std::vector<std::size_t> faults_of(const Lists& lists, const std::string& id) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < lists.scenario.faults.size(); ++i) {
    const std::size_t declared = lists.scenario.faults[i].declared;
    if (declared < lists.experiment.faults.size() && lists.experiment.faults[declared].id == id)
      rows.push_back(i);
  }
  return rows;
}

/// All that was written, for people.
std::string text_of(const spec::ExpectationSpec& e) {
  std::string text = e.text;
  const auto add = [&](bool said, auto&& words) {
    if (said) text += " " + words();
  };
  const bool by_time = e.of == spec::AvailabilityOf::kTime;
  add(e.within.has_value(), [&] { return "within " + format_quantity(*e.within); });
  add(e.longer_than.has_value(), [&] { return "longer than " + format_quantity(*e.longer_than); });
  add(by_time, [] { return std::string("by time"); });
  add(e.of == spec::AvailabilityOf::kVolume, [] { return std::string("by volume"); });
  add(e.of == spec::AvailabilityOf::kCompletion, [] { return std::string("on completion"); });
  add(e.begun_by.has_value(), [&] { return "by " + e.begun_by->fault.text; });
  add(e.operation.has_value(), [&] { return "of " + e.operation->id; });
  add(e.component.has_value(), [&] { return "of " + e.component->id; });
  add(e.fault.has_value(), [&] { return "after " + e.fault->id; });
  add(e.part.during.has_value(), [&] { return "during " + e.part.during->id; });
  add(e.part.after.has_value(), [&] { return "after the recovery from " + e.part.after->id; });
  add(e.part.between.has_value(), [&] {
    return fmt::format("between {} and {}", format_quantity(e.part.between->from),
                       format_quantity(e.part.between->until));
  });
  add(e.hold.has_value(), [&] { return "with a hold of " + format_quantity(*e.hold); });
  add(e.figure.has_value(), [] { return std::string("on the mean"); });
  add(e.share.has_value(), [&] { return fmt::format("in {} of incidents", format_quantity(*e.share)); });
  return text;
}

report::RunPart part_of(const spec::PartSpec& written, const Lists& lists) {
  report::RunPart part;
  if (written.during) {
    part.kind = report::RunPart::Kind::kDuring;
    part.faults = faults_of(lists, written.during->id);
  } else if (written.after) {
    part.kind = report::RunPart::Kind::kAfter;
    part.faults = faults_of(lists, written.after->id);
  } else if (written.between) {
    part.kind = report::RunPart::Kind::kBetween;
    part.from_ns = written.between->from.ns;
    part.until_ns = written.between->until.ns;
  }
  return part;
}

ExpectationInfo info_of(const spec::ExpectationSpec& e, const Lists& lists) {
  const Scenario& s = lists.scenario;
  ExpectationInfo info;
  info.text = text_of(e);
  info.key = e.key;
  info.measure = translated(kMeasures, e.measure);
  info.quantile = e.quantile;
  info.bound = {translated(kRelations, e.comparison), e.bound, 0.0};
  if (e.of) info.of = translated(kAvailabilities, *e.of);
  info.share = e.share_to_keep();
  info.hold_ns = e.hold ? e.hold->ns : s.hold_ns;
  if (e.within) info.limit_ns = e.within->ns;
  if (e.longer_than) info.limit_ns = e.longer_than->ns;
  if (e.begun_by && e.begun_by->act) info.begun_by.act = translated(kActs, *e.begun_by->act);
  if (e.begun_by && !e.begun_by->act) info.begun_by.faults = faults_of(lists, e.begun_by->fault.text);
  info.part = part_of(e.part, lists);
  if (e.operation) info.operation = index_of(s.operations, e.operation->id);
  if (e.component) info.component = index_of(s.components, e.component->id);
  if (e.fault) info.faults = faults_of(lists, e.fault->id);
  return info;
}

bool has_limited_station(const Scenario& s, std::size_t component) {
  return std::any_of(s.stations.begin(), s.stations.end(),
                     [&](const report::StationInfo& i) { return i.component == component && i.servers > 0; });
}

bool is_about_faults(report::Measure measure) {
  return measure == report::Measure::kRto || measure == report::Measure::kRpo ||
         measure == report::Measure::kRpoInvoices || measure == report::Measure::kOnset;
}

/// What it can never be judged on, or "".
std::string matches_nothing(const ExpectationInfo& e, const Scenario& s) {
  const auto happens = [&s](const FaultInfo& f) { return f.at_ns < s.horizon_ns; };
  if (is_about_faults(e.measure) && !e.faults.empty() && !happens(s.faults[e.faults.front()])) {
    return fmt::format("the fault \"{}\" begins at the horizon: it never happens",
                       s.faults[e.faults.front()].name);
  }
  if (is_about_faults(e.measure) && e.faults.empty() &&
      std::none_of(s.faults.begin(), s.faults.end(), happens)) {
    return "there is nothing to recover from: no fault begins before the horizon";
  }
  if (e.component && !has_limited_station(s, *e.component)) {
    return fmt::format("the component \"{}\" has no limited number of servers: its {} is not defined",
                       s.components[*e.component].name,
                       e.measure == report::Measure::kUtilisation ? "utilisation" : "wait");
  }
  return {};
}

/// What a shortened horizon has taken from it, or "".
std::string beyond_horizon(const spec::ExpectationSpec& e, const Scenario& s, const Clipped& clipped) {
  std::vector<std::string> named;
  if (e.fault) named.push_back(e.fault->id);
  if (e.part.during) named.push_back(e.part.during->id);
  if (e.part.after) named.push_back(e.part.after->id);
  if (e.begun_by) named.push_back(e.begun_by->fault.text);
  for (const std::string& id : named) {
    if (std::find(clipped.dropped_faults.begin(), clipped.dropped_faults.end(), id) !=
        clipped.dropped_faults.end())
      return fmt::format("the fault \"{}\" lies beyond the shortened horizon", id);
  }
  if (e.part.between && e.part.between->until.ns > s.horizon_ns)
    return "its part of the run ends beyond the shortened horizon";
  return {};
}

}  // namespace

std::vector<ExpectationInfo> expectation_infos(const spec::Experiment& experiment, const Scenario& scenario,
                                               const Clipped& clipped) {
  std::vector<ExpectationInfo> infos;
  Issues issues;
  for (const spec::ExpectationSpec& e : experiment.expect) {
    ExpectationInfo info = info_of(e, {experiment, scenario});
    info.cannot_judge = beyond_horizon(e, scenario, clipped);
    const std::string nothing = info.cannot_judge.empty() ? matches_nothing(info, scenario) : "";
    if (!nothing.empty() && clipped.dropped_faults.empty()) issues.error(e.place, nothing);
    if (!nothing.empty()) info.cannot_judge = "the horizon was shortened: " + nothing;
    infos.push_back(std::move(info));
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return infos;
}

}  // namespace twinvoice::cli
