#include "sim/report/begun_by.hpp"

#include <algorithm>

namespace twinvoice::report {
namespace {

/// The act that a line of the audit log tells of.
std::optional<Act> act_of(const measure::Mark& mark) {
  if (!mark.is_phase) {
    if (std::string_view(mark.text).starts_with(measure::kLoadIsShifted)) return Act::kShift;
    return std::nullopt;
  }
  switch (mark.phase) {
    case measure::Phase::kActed: return Act::kPromotion;
    case measure::Phase::kFailedBack: return Act::kFailback;
    case measure::Phase::kDetected:
    case measure::Phase::kDecided:
    case measure::Phase::kApproved:
    case measure::Phase::kVerified:
    case measure::Phase::kAborted: return std::nullopt;
  }
  return std::nullopt;
}

bool near(Nanos act_ns, const measure::Interruption& interruption, Nanos hold_ns) {
  return act_ns <= interruption.begin_high_ns && interruption.begin_low_ns.value_or(0) - act_ns < hold_ns;
}

}  // namespace

std::vector<Nanos> act_instants(const measure::RunRecord& run, const RunAccount& account, Act act) {
  std::vector<Nanos> instants;
  for (const ProcedureRun& one : account.procedures) {
    for (const std::size_t m : one.marks) {
      const std::optional<Act> told = act_of(run.marks[m]);
      if (told && (act == Act::kPlanned ? one.ordered : *told == act)) instants.push_back(run.marks[m].at_ns);
    }
  }
  return instants;
}

std::optional<Act> begun_by(const measure::RunRecord& run, const RunAccount& account,
                            const measure::Interruption& interruption, Nanos hold_ns) {
  std::optional<Act> last;
  Nanos last_ns = -1;
  for (const ProcedureRun& one : account.procedures) {
    for (std::size_t k = 0; k < one.marks.size(); ++k) {
      const measure::Mark& mark = run.marks[one.marks[k]];
      const std::optional<Act> told = act_of(mark);
      const bool began =
          near(mark.at_ns, interruption, hold_ns) || failback_began(run, one, k, interruption, hold_ns);
      if (!told || !began || mark.at_ns < last_ns) continue;
      last = one.ordered ? Act::kPlanned : *told;
      last_ns = mark.at_ns;
    }
  }
  return last;
}

std::string_view act_word(Act act) {
  switch (act) {
    case Act::kFailback: return "failback";
    case Act::kPromotion: return "promotion";
    case Act::kShift: return "shift";
    case Act::kRelapse: return "relapse";
    case Act::kPlanned: return "planned";
  }
  return "";
}

}  // namespace twinvoice::report
