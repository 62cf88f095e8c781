// Forks, joins and emitted jobs.
#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

void Engine::fork(std::uint32_t f, const plan::Step& step) {
  extra_[f].ok_branches = 0;
  extra_[f].live_branches = step.arg;
  extra_[f].joining = false;
  extra_[f].branch_cause = {};
  set_branched(requests_[frames_[f].request]);
  std::uint32_t join = frames_[f].pc + 1;
  while (plan_.steps[join].kind != plan::StepKind::kJoin && plan_.steps[join].kind != plan::StepKind::kReturn)
    ++join;
  extra_[f].needed_branches = plan_.steps[join].arg;
  for (std::uint32_t i = 0; i < step.arg; ++i) {
    const std::uint64_t number = (static_cast<std::uint64_t>(frames_[f].iteration) << 16) | i;
    const std::uint64_t hash = random::child_frame(frames_[f].hash, step.purpose, number);
    const std::uint32_t program = plan_.fork_branches[step.target + i].value;
    const std::uint32_t child = new_frame(frames_[f].request, hash, frames_[f].instance, program);
    frames_[child].kind = FrameKind::kBranch;
    frames_[child].flags |= kArrivedHere;
    extra_[child].deadline_ns = extra_[f].deadline_ns;
    extra_[child].caller_location = location_of(f);
    attach(f, child);
    ready(child);
  }
}

bool Engine::join(std::uint32_t f, const plan::Step& step) {
  const FrameExtra& extra = extra_[f];
  const bool cancel_losers = (step.flags & plan::kCancelLosers) != 0;
  if (extra.ok_branches >= step.arg) {
    abandon(f, FrameKind::kBranch, cancel_losers);
    return true;
  }
  if (extra.ok_branches + extra.live_branches < step.arg) {
    abandon(f, FrameKind::kBranch, cancel_losers);
    fail(f, extra_[f].branch_cause.none() ? here(f, plan::Reason::kJoin) : extra_[f].branch_cause);
    return false;
  }
  extra_[f].joining = true;
  frames_[f].state = FrameState::kChildren;
  return false;
}

void Engine::branch_ended(std::uint32_t f, bool ok, plan::Cause cause) {
  FrameExtra& extra = extra_[f];
  --extra.live_branches;
  if (ok) {
    ++extra.ok_branches;
  } else if (extra.ok_branches + extra.live_branches + 1 == extra.needed_branches) {
    extra.branch_cause =
        cause;  // the failure that makes the join impossible, even if the join is not reached yet
  }
  if (!extra.joining) return;
  const std::uint16_t needed = plan_.steps[frames_[f].pc].arg;
  if (extra.ok_branches < needed && extra.ok_branches + extra.live_branches >= needed) return;
  extra.joining = false;
  ready(f);  // runs the Join again, which now decides
}

void Engine::emit(std::uint32_t f, const plan::Step& step) {
  const plan::CallSite& site = plan_.calls[step.target];
  const auto number = static_cast<std::uint64_t>(frames_[f].iteration) << 16;
  const std::uint64_t hash = random::child_frame(frames_[f].hash, site.name_key, number);
  const std::uint32_t chosen = choose(caller_ordinal(f), location_of(f), step.target, hash);
  Request& request = requests_[frames_[f].request];
  ++request.jobs_emitted;
  ++counts_.jobs_emitted;
  if (chosen == kNil) return job_ended(request, false);
  const plan::Component& component = plan_.components[site.target.index()];
  const std::uint32_t child =
      new_frame(frames_[f].request, hash, component.first_instance + chosen, site.program.value);
  frames_[child].kind = FrameKind::kAttempt;
  frames_[child].flags |= kJob;
  set_branched(requests_[frames_[f].request]);
  extra_[child].site = step.target;
  extra_[child].caller_location = location_of(f);
  ready(child);
}

void Engine::job_ended(Request& request, bool ok) {
  ++(ok ? request.jobs_completed : request.jobs_dead);
  ++(ok ? counts_.jobs_completed : counts_.jobs_dead);
}

void Engine::finish_jobs(const Request& request) {
  if (!request.in_books) return;
  ledger_.finish_jobs(request.operation, request.arrived_ns, request.succeeded,
                      {request.jobs_emitted, request.jobs_completed, request.jobs_dead});
}

}  // namespace twinvoice::kernel
