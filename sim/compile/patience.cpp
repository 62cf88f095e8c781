// How long a request can last before a timeout or a wait ends it, and for how long a run follows what is open at its horizon.
//
//   wait(program) = sum over its steps; what nothing bounds adds nothing
//     Acquire, Connect  the pool's wait        Serve  the queue's patience        Fork  the longest of its branches
//     Call  the call's timeout; without one (1 + retries) tries, each bounded by the limit on a try or by what is called, and
//           the longest backoffs between them
//   patience(operation) = wait(its root program), unbounded when that is 0
//   follow = the longest patience, at most the measured time; a tenth of the measured time when an operation is unbounded
//
// A law without an end is taken for twenty times its mean: an exponential wait is longer once in 5e8.
#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/compile/draft.hpp"
#include "sim/random/laws.hpp"

namespace twinvoice::compile {
namespace {

constexpr double kMeansOfALongWait = 20.0;
constexpr Nanos kUnboundedShare = 10;  ///< of the measured time, when nothing bounds a request

Nanos sum(Nanos a, Nanos b) { return b >= kNever - a ? kNever : a + b; }
Nanos product(Nanos a, std::uint64_t n) {
  return n != 0 && a > kNever / static_cast<Nanos>(n) ? kNever : a * static_cast<Nanos>(n);
}

class Waits {
 public:
  explicit Waits(const plan::Plan& plan) : plan_(plan), known_(plan.programs.size(), kUnknown) {}

  /// 0: nothing bounds it.
  Nanos of(plan::ProgramId id) {
    Nanos& known = known_[id.index()];
    if (known != kUnknown) return known;
    known = 0;  // a program that calls itself adds nothing more
    const plan::Program& program = plan_.programs[id.index()];
    Nanos total = 0;
    for (std::uint32_t pc = program.first; pc < program.first + program.count; ++pc)
      total = sum(total, of_step(plan_.steps[pc]));
    return known_[id.index()] = total;
  }

  /// What the client's own call bounds; kNever: nothing.
  Nanos of_client(plan::ProgramId id) const {
    const plan::Program& program = plan_.programs[id.index()];
    for (std::uint32_t pc = program.first; pc < program.first + program.count; ++pc) {
      const plan::Step& step = plan_.steps[pc];
      if (step.kind != plan::StepKind::kCall) continue;
      const plan::CallSite& call = plan_.calls[step.target];
      const Nanos wait_ns = with_tries(call, call.retries.per_try_timeout_ns);
      return wait_ns > 0 ? wait_ns : kNever;
    }
    return kNever;
  }

 private:
  static constexpr Nanos kUnknown = -1;

  Nanos of_law(plan::LawId id) const {
    if (!id.valid()) return 0;
    const random::Law& law = plan_.laws[id.index()];
    if (law.kind == random::LawKind::kConstant) return from_seconds(law.a);
    return from_seconds(kMeansOfALongWait * random::mean(law, plan_.law_tables));
  }

  Nanos of_step(const plan::Step& step) {
    switch (step.kind) {
      case plan::StepKind::kAcquire:
      case plan::StepKind::kConnect: return of_law(plan_.pools[step.target].wait);
      case plan::StepKind::kServe: return of_law(plan_.stations[step.target].patience);
      case plan::StepKind::kCall: return of_call(plan_.calls[step.target]);
      case plan::StepKind::kFork: return of_fork(step);
      case plan::StepKind::kDelay:
      case plan::StepKind::kHop:
      case plan::StepKind::kRelease:
      case plan::StepKind::kGate:
      case plan::StepKind::kBranch:
      case plan::StepKind::kUpdate:
      case plan::StepKind::kJoin:
      case plan::StepKind::kEmit:
      case plan::StepKind::kCommit:
      case plan::StepKind::kRepeat:
      case plan::StepKind::kReturn: return 0;
    }
    return 0;
  }

  Nanos of_fork(const plan::Step& step) {
    Nanos longest = 0;
    for (std::uint32_t i = 0; i < step.arg; ++i)
      longest = std::max(longest, of(plan_.fork_branches[step.target + i]));
    return longest;
  }

  Nanos of_call(const plan::CallSite& call) {
    const Nanos limit = call.retries.per_try_timeout_ns;
    if (call.timeout_ns != kNever || limit != kNever) return with_tries(call, limit);
    return with_tries(call, of(call.program));
  }

  /// `one_try` 0 or kNever: nothing bounds a try.
  Nanos with_tries(const plan::CallSite& call, Nanos one_try) const {
    if (call.timeout_ns != kNever) return call.timeout_ns;
    if (one_try == 0 || one_try == kNever) return 0;
    Nanos total = product(one_try, 1ULL + call.retries.attempts);
    double backoff_s = to_seconds(of_law(call.retries.backoff));
    for (std::uint32_t i = 0; i < call.retries.attempts; ++i) {
      total = sum(total, std::min(from_seconds(backoff_s), call.retries.max_backoff_ns));
      backoff_s *= call.retries.multiplier;
    }
    return total;
  }

  const plan::Plan& plan_;
  std::vector<Nanos> known_;
};

}  // namespace

void lower_patience(Draft& draft) {
  plan::Plan& plan = draft.plan;
  Waits waits(plan);
  const Nanos measured_ns = std::max<Nanos>(0, plan.horizon_ns - plan.warm_up_ns);
  for (plan::Operation& operation : plan.operations) {
    if (!operation.program.valid()) continue;
    const Nanos wait_ns = waits.of(operation.program);
    operation.patience_ns = wait_ns > 0 ? wait_ns : kNever;
    operation.client_wait_ns = waits.of_client(operation.program);
  }
  for (const plan::Source& source : plan.sources) {
    const Nanos patience_ns = plan.operations[source.operation.index()].patience_ns;
    const Nanos follow_ns = patience_ns == kNever ? measured_ns / kUnboundedShare : patience_ns;
    plan.follow_ns = std::max(plan.follow_ns, std::min(follow_ns, measured_ns));
  }
}

}  // namespace twinvoice::compile
