#include "sim/cli/program_text.hpp"

#include <fmt/format.h>

#include <set>

#include "sim/base/time.hpp"
#include "sim/compile/traffic.hpp"

namespace twinvoice::cli {
namespace {

std::string probability_text(double p) { return fmt::format("{:.6g} %", p * 100.0); }

using compile::without_ordinal;

std::string law_text(const plan::Plan& plan, plan::LawId id) {
  if (!id.valid()) return "0 s";
  const double mean_s = random::mean(plan.laws[id.index()], plan.law_tables);
  return "mean " + format_duration(from_seconds(mean_s));
}

std::string policy_text(const plan::CallSite& site) {
  std::string text;
  if (site.timeout_ns != kNever) text += ", timeout " + format_duration(site.timeout_ns);
  if (site.retries.attempts > 0)
    text += fmt::format(", {} {}", site.retries.attempts, site.retries.attempts == 1 ? "retry" : "retries");
  if (site.hedge.max > 0 && site.hedge.after_ns != kNever)
    text += ", hedged after " + format_duration(site.hedge.after_ns);
  if (site.breaker.consecutive_errors > 0) text += ", breaker";
  if (site.ejection.consecutive_errors > 0) text += ", ejection";
  if (site.on_failure == plan::OnFailure::kIgnore) text += ", failure ignored";
  if (site.on_failure == plan::OnFailure::kFallback) text += ", with fallback";
  return text;
}

class Writer {
 public:
  explicit Writer(const plan::Plan& plan) : plan_(plan) {}

  void program(plan::ProgramId id, std::size_t depth) {
    const plan::Program& program = plan_.programs[id.index()];
    for (std::uint32_t i = 0; i < program.count; ++i) {
      const plan::Step& step = plan_.steps[program.first + i];
      line(depth, step_text(step));
      follow(step, depth + 1);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void line(std::size_t depth, const std::string& text) {
    text_ += std::string(2 + 2 * depth, ' ') + text + "\n";
  }

  void enter(plan::ProgramId id, std::size_t depth) {
    if (!shown_.insert(id.index()).second) {
      line(depth, fmt::format("({}, as above)", plan_.programs[id.index()].name));
      return;
    }
    program(id, depth);
  }

  void follow(const plan::Step& step, std::size_t depth) {
    if (step.kind == plan::StepKind::kCall || step.kind == plan::StepKind::kEmit) {
      enter(plan_.calls[step.target].program, depth);
    } else if (step.kind == plan::StepKind::kFork) {
      for (std::uint32_t i = 0; i < step.arg; ++i) enter(plan_.fork_branches[step.target + i], depth);
    }
  }

  std::string call_text(const char* verb, const plan::CallSite& site) const {
    const std::string target = site.target.valid() ? plan_.components[site.target.index()].name : site.name;
    return fmt::format("{} {}{}", verb, target, policy_text(site));
  }

  std::string step_text(const plan::Step& step) const {
    using plan::StepKind;
    switch (step.kind) {
      case StepKind::kDelay: return "wait " + law_text(plan_, step.law);
      case StepKind::kHop:
        return (step.flags & plan::kToParent) != 0 ? "reply over the network" : "arrive over the network";
      case StepKind::kServe:
        return fmt::format("serve at {}, {}", without_ordinal(plan_.stations[step.target].name),
                           law_text(plan_, step.law));
      case StepKind::kAcquire: return "take a token of " + without_ordinal(plan_.pools[step.target].name);
      case StepKind::kRelease: return "give it back to " + without_ordinal(plan_.pools[step.target].name);
      case StepKind::kConnect:
        return "take a connection of " + without_ordinal(plan_.pools[step.target].name);
      case StepKind::kGate: return "pass the gate " + without_ordinal(plan_.gates[step.target].name);
      case StepKind::kBranch:
        return (step.flags & plan::kCellScaled) != 0
                   ? fmt::format("branch by {} (at most {})", without_ordinal(plan_.cells[step.target].name),
                                 probability_text(step.value))
                   : fmt::format("branch with {}", probability_text(step.value));
      case StepKind::kUpdate: return "update " + without_ordinal(plan_.cells[step.target].name);
      case StepKind::kCall: return call_text("call", plan_.calls[step.target]);
      case StepKind::kFork: return fmt::format("fork {} branches", step.arg);
      case StepKind::kJoin: return fmt::format("join {} of them", step.arg);
      case StepKind::kEmit: return call_text("emit to", plan_.calls[step.target]);
      case StepKind::kCommit: return "commit to the log of " + plan_.logs[step.target].name;
      case StepKind::kRepeat: return fmt::format("repeat the steps above, {} rounds in all", step.arg);
      case StepKind::kReturn: return "return";
    }
    return "?";
  }

  const plan::Plan& plan_;
  std::set<std::size_t> shown_;
  std::string text_;
};

}  // namespace

std::string operation_text(const plan::Plan& plan, plan::OperationId operation) {
  Writer writer(plan);
  writer.program(plan.operations[operation.index()].program, 0);
  return writer.take();
}

}  // namespace twinvoice::cli
