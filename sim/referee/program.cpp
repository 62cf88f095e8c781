// The steps, as straight-line code: what the actor of a frame does from its first step to its Return.
#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/base/check.hpp"
#include "sim/random/elementary.hpp"
#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using plan::Reason;
using plan::Step;
using plan::StepKind;

constexpr double kLn2 = 0x1.62e42fefa39efp-1;

void delay(World& w, Frame& f, const Step& step) {
  const Nanos due_ns = World::later(w.now(), w.sample_ns(step.law, step.purpose, f.hash, index_base(f)));
  while (w.now() < due_ns) w.wait(f, Activity::kDelay, due_ns, plan::Rung::kComplete);
}

/// The cell that a step means at this frame, decayed to now.
CellState& cell_at(World& w, const Frame& f, const Step& step) {
  const std::size_t id = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : f.ordinal);
  const plan::Cell& declared = w.plan.cells[id];
  CellState& cell = w.cells[id];
  if (declared.half_life_ns != kNever && w.now() > cell.at_ns) {
    const double half_lives = to_seconds(w.now() - cell.at_ns) / to_seconds(declared.half_life_ns);
    cell.value *= random::exp(-kLn2 * half_lives);
  }
  cell.at_ns = w.now();
  return cell;
}

void update(World& w, const Frame& f, const Step& step) {
  CellState& cell = cell_at(w, f, step);
  switch (static_cast<plan::UpdateOp>(step.arg)) {
    case plan::UpdateOp::kSet: cell.value = step.value; break;
    case plan::UpdateOp::kAdd: cell.value += step.value; break;
    case plan::UpdateOp::kMax: cell.value = std::max(cell.value, step.value); break;
  }
  const plan::Cell& declared = w.plan.cells[static_cast<std::size_t>(&cell - w.cells.data())];
  cell.value = std::clamp(cell.value, declared.low, declared.high);
}

bool takes_branch(World& w, const Frame& f, const Step& step) {
  const double p = step.value * ((step.flags & plan::kCellScaled) != 0 ? cell_at(w, f, step).value : 1.0);
  return w.uniform(step.purpose, f.hash, index_base(f)) < p;
}

bool passes_gate(World& w, const Frame& f, std::uint32_t id) {
  const plan::Gate& gate = w.plan.gates[id];
  const double p = w.effects.maximum(plan::Knob::kGateProbability, id, gate.probability);
  switch (gate.kind) {
    case plan::GateKind::kProbability:
      return !((gate.by_request ? w.uniform(gate.purpose, f.request->root_hash, 0)
                                : w.uniform(gate.purpose, f.hash, index_base(f))) < p);
    case plan::GateKind::kValidity: return p < 1.0;
    case plan::GateKind::kRateLimit: break;
  }
  GateState& bucket = w.gates[id];
  bucket.tokens = std::min(gate.burst, bucket.tokens + gate.rate_per_s * to_seconds(w.now() - bucket.at_ns));
  bucket.at_ns = w.now();
  if (bucket.tokens < 1.0) return false;
  bucket.tokens -= 1.0;
  return true;
}

void gate(World& w, const Frame& f, const Step& step) {
  const std::uint32_t id = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : f.ordinal);
  if (passes_gate(w, f, id)) return;
  const plan::Gate& declared = w.plan.gates[id];
  const bool own_error = declared.reason != Reason::kGate;
  throw Failure{
      {declared.reason, own_error ? w.plan.instances[declared.instance.index()].component.value : id}};
}

/// Jumps back until the steps between have run `arg` times.
bool repeats(Frame& f, const Step& step) {
  std::uint32_t& runs = f.repeats[f.pc];
  if (++runs >= step.arg) runs = 0;
  f.iteration = runs;
  return runs > 0;
}

/// Where the program goes on after a Call.
std::uint32_t call(World& w, Frame& f, const Step& step) {
  const plan::CallSiteId id(step.target);
  const plan::Cause cause = perform_call(w, f, id);
  const plan::CallSite& site = w.plan.calls[id.index()];
  if (cause.none() || site.on_failure == plan::OnFailure::kIgnore) return f.pc + 1;
  if (site.on_failure == plan::OnFailure::kFallback) return site.fallback;
  throw Failure{cause};
}

/// One step. False at Return.
bool execute(World& w, Frame& f) {
  const Step& step = w.plan.steps[f.pc];
  std::uint32_t next = f.pc + 1;
  if (step.kind != StepKind::kHop) f.arrived = true;
  switch (step.kind) {
    case StepKind::kDelay: delay(w, f, step); break;
    case StepKind::kHop: hop(w, f, step); break;
    case StepKind::kServe: serve(w, f, step); break;
    case StepKind::kAcquire: acquire(w, f, step); break;
    case StepKind::kRelease: release(w, f, step); break;
    case StepKind::kConnect: connect(w, f, step); break;
    case StepKind::kGate: gate(w, f, step); break;
    case StepKind::kBranch: next = takes_branch(w, f, step) ? step.jump : next; break;
    case StepKind::kUpdate: update(w, f, step); break;
    case StepKind::kCall: next = call(w, f, step); break;
    case StepKind::kFork: fork(w, f, step); break;
    case StepKind::kJoin: join(w, f, step); break;
    case StepKind::kEmit: emit(w, f, plan::CallSiteId(step.target)); break;
    case StepKind::kCommit: commit(w, f, step); break;
    case StepKind::kRepeat: next = repeats(f, step) ? step.jump : next; break;
    case StepKind::kReturn: return false;
  }
  f.pc = next;
  return true;
}

/// Runs steps until one fails (the cause) or the frame is over (none).
std::optional<plan::Cause> run_until_failure(World& w, Frame& f) {
  try {
    while (!f.cancelled) {
      if (!execute(w, f)) return std::nullopt;
    }
    w.cancel_children(f);
    f.cause = w.here(f, Reason::kCancelled);
  } catch (const Failure& failure) {
    return failure.cause;
  } catch (const Undeliverable& lost) {
    if (f.cause.none()) f.cause = lost.cause;
  } catch (const Cancelled&) {
    f.cause = w.here(f, Reason::kCancelled);
  }
  return std::nullopt;
}

/// Branches that nobody needs any more go on or are cancelled.
void give_up_branches(World& w, Frame& f, bool cancel_them) {
  const std::vector<FramePtr> losers = std::exchange(f.fork.live, {});
  for (const FramePtr& loser : losers) {
    if (cancel_them) {
      w.cancel(f, loser, false);
    } else {
      World::detach(*loser);
    }
  }
}

}  // namespace

void let_go(World& w, Frame& f) {
  for (const FramePtr& branch : f.fork.live) World::detach(*branch);
  f.fork = {};
  while (!f.tokens.empty()) {
    Token token = std::move(f.tokens.back());
    f.tokens.pop_back();
    give_back(w, std::move(token));
  }
}

void run_program(World& w, Frame& f) {
  const plan::Program& program = w.plan.programs[f.program.index()];
  f.pc = program.first;
  while (const auto cause = run_until_failure(w, f)) {
    ensure(f.pc < program.reply || f.cause.none(), "referee: a frame failed while it was replying");
    if (f.cause.none()) f.cause = *cause;
    let_go(w, f);
    f.pc = program.reply;
  }
  w.end_frame(f);
}

void fork(World& w, Frame& f, const Step& step) {
  f.fork = {};
  f.fork.inbox = std::make_shared<Inbox>();
  f.fork.inbox->owner = &f;
  f.fork.branches = step.arg;
  for (std::uint32_t i = 0; i < step.arg; ++i) {
    const random::Key hash = random::child_frame(f.hash, step.purpose, index_base(f) | i);
    const FramePtr branch = w.child(f, hash, w.plan.fork_branches[step.target + i], f.instance);
    branch->deadline_ns = f.deadline_ns;
    branch->reply_to = f.fork.inbox;
    f.fork.live.push_back(branch);
    w.launch(branch);
  }
}

void join(World& w, Frame& f, const Step& step) {
  ForkGroup& group = f.fork;
  const bool cancels = (step.flags & plan::kCancelLosers) != 0;
  plan::Cause last = w.here(f, Reason::kJoin);
  while (group.succeeded < step.arg) {
    if (group.inbox == nullptr || group.branches - group.failed < step.arg) {
      give_up_branches(w, f, cancels);
      throw Failure{last};
    }
    if (group.inbox->answers.empty()) {
      f.waits_on = group.inbox.get();
      w.wait(f, Activity::kChildren, kNever, plan::Rung::kComplete);
      continue;
    }
    const Answer answer = group.inbox->answers.front();
    group.inbox->answers.pop_front();
    std::erase_if(group.live, [&](const FramePtr& branch) { return branch.get() == answer.child; });
    if (answer.cause.none()) {
      ++group.succeeded;
    } else {
      ++group.failed;
      last = answer.cause;
    }
  }
  give_up_branches(w, f, cancels);
}

}  // namespace twinvoice::referee
