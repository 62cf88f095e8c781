#include "sim/report/acts.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace twinvoice::report {
namespace {

bool is_phase(const measure::Mark& mark, measure::Phase phase) {
  return mark.is_phase && mark.phase == phase;
}
bool detects(const measure::Mark& mark) { return is_phase(mark, measure::Phase::kDetected); }

}  // namespace

std::vector<ProcedureRun> procedure_runs(const measure::RunRecord& run, Nanos horizon_ns) {
  std::vector<ProcedureRun> runs;
  std::map<std::string, std::size_t> under_way;  // runs that began with a detection
  for (std::size_t m = 0; m < run.marks.size(); ++m) {
    const measure::Mark& mark = run.marks[m];
    if (mark.at_ns >= horizon_ns) continue;
    const auto found = under_way.find(mark.procedure);
    if (!detects(mark) && found != under_way.end()) {
      runs[found->second].marks.push_back(m);
      runs[found->second].ended_ns = mark.at_ns;
      continue;
    }
    if (detects(mark)) under_way[mark.procedure] = runs.size();
    runs.push_back({mark.procedure,
                    mark.at_ns,
                    mark.at_ns,
                    detects(mark) && mark.text == measure::kBegunByOrder,
                    {m},
                    {}});
  }
  return runs;
}

std::optional<Nanos> last_act_ns(const measure::RunRecord& run, const std::vector<ProcedureRun>& runs,
                                 std::size_t fault) {
  std::optional<Nanos> last;
  std::set<std::string> returned;
  for (const ProcedureRun& one : runs) {
    if (std::find(one.owners.begin(), one.owners.end(), fault) == one.owners.end()) continue;
    for (const std::size_t m : one.marks) {
      const measure::Mark& mark = run.marks[m];
      if (is_phase(mark, measure::Phase::kFailedBack)) returned.insert(one.procedure);
      if (returned.contains(one.procedure) || is_phase(mark, measure::Phase::kAborted)) break;
      last = std::max(last.value_or(0), mark.at_ns);
    }
  }
  return last;
}

bool detected_near(const measure::RunRecord& run, const std::string& procedure, Nanos at_ns,
                   Nanos within_ns) {
  return std::any_of(run.marks.begin(), run.marks.end(), [&](const measure::Mark& mark) {
    return detects(mark) && mark.procedure == procedure && std::llabs(mark.at_ns - at_ns) <= within_ns;
  });
}

bool failback_began(const measure::RunRecord& run, const ProcedureRun& one, std::size_t k,
                    const measure::Interruption& interruption, Nanos hold_ns) {
  const measure::Mark& mark = run.marks[one.marks[k]];
  if (k == 0 || !is_phase(mark, measure::Phase::kFailedBack)) return false;
  const Nanos begin_ns = interruption.begin_ns;
  const Nanos end_ns = interruption.answered_again_ns.value_or(interruption.end_ns.value_or(kNever));
  const bool within =
      run.marks[one.marks[k - 1]].at_ns < begin_ns && begin_ns <= mark.at_ns && mark.at_ns <= end_ns;
  const bool after = mark.at_ns <= interruption.begin_high_ns &&
                     interruption.begin_low_ns.value_or(0) - mark.at_ns < hold_ns;
  if (!within && !after) return false;
  const Nanos from_ns = std::min(begin_ns, mark.at_ns);
  return std::none_of(run.faults.begin(), run.faults.end(), [&](const measure::FaultSpan& fault) {
    return fault.begin_ns < std::min(end_ns, run.end_ns) && fault.end_ns >= from_ns;
  });
}

}  // namespace twinvoice::report
