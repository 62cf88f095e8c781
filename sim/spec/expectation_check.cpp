// Expectations against the rest of their experiment: is there anything to judge them on?
#include <fmt/format.h>

#include <set>

#include "sim/spec/experiment.hpp"
#include "sim/spec/measures.hpp"

namespace twinvoice::spec {
namespace {

/// Promises about a fault need one.
void check_fault(const ExpectationSpec& e, const Experiment& experiment, Issues& issues) {
  const MeasureRule& rule = rule_of(e.measure);
  const bool of_a_fault = rule.has(kTakesShare) && !rule.has(kTakesBegunBy);
  if (!of_a_fault || !experiment.faults.empty() || e.text.empty()) return;
  issues.error(e.place,
               fmt::format("{} has nothing to be judged on: the experiment has no fault", quote(e.text)));
}

void check_operation(const ExpectationSpec& e, const std::set<std::string_view>& loaded, Issues& issues) {
  if (!e.operation || e.operation->id.empty() || loaded.count(e.operation->id) > 0) return;
  issues.error(e.operation->place,
               fmt::format("the operation {} gets no load in this experiment", quote(e.operation->id)));
}

void check_begun_by(const ExpectationSpec& e, const Experiment& experiment, Issues& issues) {
  if (!e.begun_by || e.begun_by->fault.text.empty()) return;
  const Text& name = e.begun_by->fault;
  std::vector<std::string_view> known;
  for (const auto& word : Words<Act>::table()) known.push_back(word.first);
  const std::string acts = fmt::format("{}", fmt::join(known, ", "));
  bool is_fault = false;
  for (const FaultSpec& fault : experiment.faults) {
    known.emplace_back(fault.id);
    is_fault = is_fault || fault.id == name.text;
  }
  if (e.begun_by->act && is_fault) {
    issues.error(name.place, fmt::format("{} is an act and also the id of a fault: give the fault another id",
                                         quote(name.text)));
  } else if (!e.begun_by->act && !is_fault) {
    issues.error(name.place, fmt::format("{} is neither a fault nor one of the acts {}{}", quote(name.text),
                                         acts, did_you_mean(name.text, known)));
  }
}

void check_part(const ExpectationSpec& e, const Experiment& experiment, Issues& issues) {
  const auto& span = e.part.between;
  if (!span || span->until.ns == 0 || experiment.horizon.ns == 0) return;
  if (span->until > experiment.horizon) {
    issues.error(span->place, fmt::format("this part of the run ends at {}, after the horizon of {}",
                                          format_quantity(span->until), format_quantity(experiment.horizon)));
  } else if (span->until <= experiment.warm_up) {
    issues.error(span->place,
                 fmt::format("this part of the run lies in the warm-up of {}, which is not measured",
                             format_quantity(experiment.warm_up)));
  }
}

}  // namespace

void check_expectations(const Experiment& experiment, Issues& issues) {
  std::set<std::string_view> loaded;
  for (const auto& entry : experiment.load) loaded.insert(entry.key.id);
  const std::size_t before = issues.all().size();
  for (const ExpectationSpec& expectation : experiment.expect) {
    if (issues.all().size() - before >= kMaxIssues) return;
    check_fault(expectation, experiment, issues);
    check_operation(expectation, loaded, issues);
    check_begun_by(expectation, experiment, issues);
    check_part(expectation, experiment, issues);
  }
}

}  // namespace twinvoice::spec
