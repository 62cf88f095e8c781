// Calls: attempts, timeouts, retries, hedges, breakers and ejection; who waits for whom.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {
namespace {

/// Whether the call waits for it: an attempt, or the connection for one.
[[nodiscard]] bool works_for_call(FrameKind kind) {
  return kind == FrameKind::kAttempt || kind == FrameKind::kEstablish;
}

[[nodiscard]] bool breaks_connection(plan::Reason reason) {
  return reason == plan::Reason::kTimeout || reason == plan::Reason::kReset ||
         reason == plan::Reason::kUnreachable || reason == plan::Reason::kRefused ||
         reason == plan::Reason::kLost;
}

}  // namespace

bool Engine::call(std::uint32_t f, const plan::Step& step) {
  const SiteRules& rules = sites_[step.target];
  FrameExtra& extra = extra_[f];
  extra.launched = 0;
  extra.retries = 0;
  extra.hedges = 0;
  extra.live_attempts = 0;
  extra.call_started_ns = now_;
  frames_[f].state = FrameState::kChildren;
  if (!rules.plain_start) [[unlikely]] {
    const plan::CallSite& site = plan_.calls[step.target];
    if (site.propagate_deadline && extra.deadline_ns <= now_) {
      call_ended(f, false, {plan::Reason::kDeadline, rules.target});
      return false;
    }
    if (site.retries.budget) {
      double& budget = callers_[site.state_base + caller_ordinal(f)].budget;
      budget = site.retries.budget_after_call(budget);
    }
  }
  if (rules.avoids_tried) extra.tried_count = 0;
  if (rules.timeout_ns != kNever) {
    extra.call_due_ns = now_ + rules.timeout_ns;
    arm(f, Clock::kCall, extra.call_due_ns, rules.call_lane);
  }
  launch(f);
  return false;
}

/// Makes one attempt of the call that the frame stands at: a replica is chosen, then a connection to it, then it is called.
void Engine::launch(std::uint32_t f) {
  const std::uint32_t site_index = plan_.steps[frames_[f].pc].target;
  const SiteRules& rules = sites_[site_index];
  const plan::CallSite& site = plan_.calls[site_index];
  const std::uint32_t ordinal = caller_ordinal(f);
  const std::uint32_t caller_state = rules.state_base + ordinal;
  ++extra_[f].launched;
  if (!rules.plain_start && !rules.by_connection) [[unlikely]]
    await_hedge(f, site.hedge);
  if (!rules.plain_books && site.breaker.consecutive_errors != 0 &&
      !breaker_admits(callers_[caller_state], site)) {
    return attempt_failed(f, {plan::Reason::kBreakerOpen, rules.target});
  }
  const std::uint64_t hash = random::child_frame(frames_[f].hash, rules.name_key, last_launch(f));
  std::uint32_t chosen = kNil;
  const bool shares = rules.by_connection && extra_[f].live_attempts > 0;
  if (shares) {
    // A hedge shares the connection of the attempt that is out, whatever its age; one that is still being set up, or broken,
    // has no hedge.
    const Connection& connection = connections_[tokens_[token_for(f, site)].connection];
    if (connection.broken) return breaker_takes_back(callers_[caller_state], callers_[caller_state].era);
    chosen = instances_[connection.peer].ordinal;
  } else {
    chosen = choose(ordinal, extra_[f].location, site_index, hash, tried_by(f, rules));
  }
  if (chosen == kNil) {
    breaker_takes_back(callers_[caller_state], callers_[caller_state].era);
    return attempt_failed(f, {plan::Reason::kNoReplica, rules.target});
  }
  if (rules.avoids_tried) {
    FrameExtra& extra = extra_[f];
    extra.tried[extra.tried_count++ % plan::kTriedKept] = chosen;
  }
  if (rules.by_connection && !shares && !reach(f, site_index, rules.first_instance + chosen)) return;
  attempt(f, site_index, chosen, hash);
}

/// Which attempt of its call the frame has launched last: round and number, from 0.
std::uint64_t Engine::last_launch(std::uint32_t f) const {
  return (static_cast<std::uint64_t>(frames_[f].iteration) << 16) | (extra_[f].launched - 1U);
}

/// Ordinals of the replicas that the present call shall not go to again.
std::span<const std::uint32_t> Engine::tried_by(std::uint32_t f, const SiteRules& rules) const {
  if (!rules.avoids_tried) return {};
  const FrameExtra& extra = extra_[f];
  return {extra.tried.data(), std::min(extra.tried_count, plan::kTriedKept)};
}

/// The attempt that was launched last goes to the replica chosen for it; `hash` is its frame's.
void Engine::attempt(std::uint32_t f, std::uint32_t site_index, std::uint32_t chosen, std::uint64_t hash) {
  const SiteRules& rules = sites_[site_index];
  if (!rules.plain_start && rules.by_connection) [[unlikely]]
    await_hedge(f, plan_.calls[site_index].hedge);
  Request& request = requests_[frames_[f].request];
  if (!request.decided) ++request.attempts;
  const std::uint32_t child =
      new_frame(frames_[f].request, hash, rules.first_instance + chosen, rules.program);
  frames_[child].kind = FrameKind::kAttempt;
  send_out(f, child, site_index);
}

/// A child that works for the call at the replica where it was made: an attempt, or the connection for one.
void Engine::send_out(std::uint32_t f, std::uint32_t child, std::uint32_t site_index) {
  const SiteRules& rules = sites_[site_index];
  const std::uint32_t ordinal = caller_ordinal(f);
  FrameExtra& made = extra_[child];
  made.site = site_index;
  made.caller_state = rules.state_base + ordinal;
  made.peer_state =
      rules.peer_base + ordinal * rules.replicas + (frames_[child].instance - rules.first_instance);
  made.caller_location = extra_[f].location;
  ++peers_[made.peer_state].in_flight;
  ++extra_[f].live_attempts;
  attach(f, child);
  if (!rules.plain_start) [[unlikely]]
    set_limits(f, child, plan_.calls[site_index]);
  ready(child);
}

/// The limits on an attempt that its site asks for: deadline, time of one try.
void Engine::set_limits(std::uint32_t f, std::uint32_t child, const plan::CallSite& site) {
  FrameExtra& made = extra_[child];
  FrameExtra& extra = extra_[f];
  made.era = callers_[made.caller_state].era;
  if (site.propagate_deadline) {
    made.deadline_ns = extra.deadline_ns;
    if (site.timeout_ns != kNever)
      made.deadline_ns = std::min(made.deadline_ns, extra.call_started_ns + site.timeout_ns);
    if (site.retries.per_try_timeout_ns != kNever)
      made.deadline_ns = std::min(made.deadline_ns, now_ + site.retries.per_try_timeout_ns);
  }
  if (site.retries.per_try_timeout_ns != kNever) {
    made.try_due_ns = now_ + site.retries.per_try_timeout_ns;
    arm(child, Clock::kTry, made.try_due_ns, events_.lane(site.retries.per_try_timeout_ns));
  }
}

/// A launch, refused or not, starts the delay of the next hedge; over a connection, when that stands.
void Engine::await_hedge(std::uint32_t f, const plan::Hedge& hedge) {
  FrameExtra& extra = extra_[f];
  if (hedge.after_ns == kNever || extra.hedges >= hedge.max) return;
  extra.hedge_due_ns = now_ + hedge.after_ns;
  arm(f, Clock::kHedge, extra.hedge_due_ns, events_.lane(hedge.after_ns));
}

void Engine::attach(std::uint32_t parent, std::uint32_t child) {
  FrameExtra& of_parent = extra_[parent];
  frames_[child].parent = parent;
  extra_[child].sibling_next = of_parent.first_child;
  extra_[child].sibling_prev = kNil;
  if (of_parent.first_child != kNil) extra_[of_parent.first_child].sibling_prev = child;
  of_parent.first_child = child;
}

void Engine::detach(std::uint32_t child) {
  Frame& frame = frames_[child];
  FrameExtra& extra = extra_[child];
  if (extra.sibling_prev != kNil) {
    extra_[extra.sibling_prev].sibling_next = extra.sibling_next;
  } else {
    extra_[frame.parent].first_child = extra.sibling_next;
  }
  if (extra.sibling_next != kNil) extra_[extra.sibling_next].sibling_prev = extra.sibling_prev;
  frame.parent = kNil;
  extra.try_due_ns = kNever;
}

void Engine::settle_attempt(std::uint32_t child, bool ok, plan::Cause cause) {
  // The caller's books: calls in flight, errors in a row, ejection, breaker.
  const FrameExtra& extra = extra_[child];
  PeerState& peer = peers_[extra.peer_state];
  --peer.in_flight;
  if (sites_[extra.site].plain_books) return;
  const plan::CallSite& site = plan_.calls[extra.site];
  // A cancelled attempt says nothing about the callee; any failure that it answers with does, also one of its own callees.
  if (!ok && cause.reason() == plan::Reason::kCancelled)
    return breaker_takes_back(callers_[extra.caller_state], extra.era);
  if (site.ejection.consecutive_errors != 0) {
    if (ok) {
      peer.errors_in_row = 0;
    } else if (++peer.errors_in_row >= site.ejection.consecutive_errors) {
      eject(extra.peer_state, site);
    }
  }
  if (site.breaker.consecutive_errors == 0) return;
  CallerState& caller = callers_[extra.caller_state];
  if (extra.era != caller.era) return;
  if (caller.breaker == BreakerState::kHalfOpen) {
    if (ok) {
      if (++caller.proved < site.breaker.half_open_requests) return;
      caller.breaker = BreakerState::kClosed;
    } else {
      caller.breaker = BreakerState::kOpen;
      caller.opened_at_ns = now_;
    }
  } else {
    caller.errors_in_row = ok ? 0 : caller.errors_in_row + 1;
    if (caller.errors_in_row < site.breaker.consecutive_errors) return;
    caller.breaker = BreakerState::kOpen;
    caller.opened_at_ns = now_;
  }
  caller.errors_in_row = 0;
  ++caller.era;
}

bool Engine::breaker_admits(CallerState& caller, const plan::CallSite& site) {
  if (caller.breaker == BreakerState::kClosed) return true;
  if (caller.breaker == BreakerState::kOpen) {
    if (now_ < caller.opened_at_ns + site.breaker.open_for_ns) return false;
    caller.breaker = BreakerState::kHalfOpen;
    caller.let_through = 0;
    caller.proved = 0;
    ++caller.era;
  }
  if (caller.let_through >= site.breaker.half_open_requests) return false;
  ++caller.let_through;
  return true;
}

/// An attempt that tells nothing leaves its place in half-open to another; else a breaker could stay half-open for ever.
void Engine::breaker_takes_back(CallerState& caller, std::uint32_t era) {
  if (caller.breaker == BreakerState::kHalfOpen && caller.era == era && caller.let_through > 0)
    --caller.let_through;
}

void Engine::attempt_ended(std::uint32_t f, std::uint32_t child, bool ok, plan::Cause cause) {
  settle_attempt(child, ok, cause);
  --extra_[f].live_attempts;
  if (ok) return call_ended(f, true, {});
  attempt_failed(f, cause);
}

void Engine::attempt_failed(std::uint32_t f, plan::Cause cause) {
  const plan::CallSite& site = plan_.calls[plan_.steps[frames_[f].pc].target];
  FrameExtra& extra = extra_[f];
  note_cause(requests_[frames_[f].request], cause);
  if (breaks_connection(cause.reason())) break_connection(f, site);
  if (extra.live_attempts > 0) return;
  const plan::Retries& retries = site.retries;
  const bool listed = (plan::retry_class(cause.reason()) & retries.on) != 0;
  if (extra.retries >= retries.attempts || !listed) return call_ended(f, false, cause);
  if (retries.budget) {
    double& budget = callers_[site.state_base + caller_ordinal(f)].budget;
    if (budget < 1.0) return call_ended(f, false, cause);
    budget -= 1.0;
  }
  ++extra.retries;
  extra.hedge_due_ns = kNever;
  const Nanos backoff_ns = backoff(f, retries, extra.retries);
  frames_[f].state = FrameState::kBackoff;
  set_primary(f, backoff_ns, plan::Rung::kTimeout);
}

Nanos Engine::backoff(std::uint32_t f, const plan::Retries& retries, std::uint32_t retry) const {
  if (!retries.backoff.valid()) return 0;
  double ns = static_cast<double>(sample(retries.backoff, retries.backoff_purpose, frames_[f], retry));
  const double cap = static_cast<double>(std::min(retries.max_backoff_ns, kLongestSpan));
  for (std::uint32_t i = 1; i < retry && ns < cap; ++i) ns *= retries.multiplier;
  ns = std::min(ns, cap);
  if (retries.jitter != plan::Jitter::kNone) {
    const double u = uniform(retries.jitter_purpose, frames_[f], retry);
    ns = retries.jitter == plan::Jitter::kFull ? ns * u : ns * 0.5 + ns * 0.5 * u;
  }
  return static_cast<Nanos>(ns + 0.5);
}

void Engine::call_ended(std::uint32_t f, bool ok, plan::Cause cause) {
  const plan::Step& step = plan_.steps[frames_[f].pc];
  const plan::CallSite& site = plan_.calls[step.target];
  FrameExtra& extra = extra_[f];
  extra.call_due_ns = kNever;
  extra.hedge_due_ns = kNever;
  frames_[f].due_ns = kNever;
  if (extra.live_attempts > 0) {
    // Attempts that lost tell nothing about their replicas; those that the call's timeout gave up do.
    const bool timed_out = cause.reason() == plan::Reason::kTimeout;
    abandon(f, FrameKind::kAttempt, site.cancel_losers,
            timed_out ? cause : plan::Cause{plan::Reason::kCancelled, 0});
  }
  if (!ok && site.on_failure == plan::OnFailure::kFail) return fail(f, cause);
  Frame& frame = frames_[f];
  frame.pc = !ok && site.on_failure == plan::OnFailure::kFallback ? site.fallback : frame.pc + 1;
  ready(f);
}

/// Nobody waits any more for the children of one kind (of all kinds): they go on as orphans, or are cancelled.
/// `cause` is what the caller's books say of attempts.
void Engine::abandon(std::uint32_t f, std::optional<FrameKind> kind, bool cancel_them, plan::Cause cause) {
  // Oldest first: the list has the newest in front.
  std::uint32_t child = extra_[f].first_child;
  while (child != kNil && extra_[child].sibling_next != kNil) child = extra_[child].sibling_next;
  while (child != kNil) {
    const std::uint32_t next = extra_[child].sibling_prev;
    const bool of_call = works_for_call(frames_[child].kind);
    if (!kind.has_value() || of_call == works_for_call(*kind)) {
      if (of_call) settle_attempt(child, false, cause);
      orphan(child);
      if (cancel_them) send_cancel(child);
    }
    child = next;
  }
  FrameExtra& extra = extra_[f];
  if (kind != FrameKind::kBranch) extra.live_attempts = 0;
  if (kind != FrameKind::kAttempt) extra.live_branches = 0;
}

/// A frame that lives on without its parent: another frame of the request may come to where it stands.
void Engine::orphan(std::uint32_t child) {
  set_branched(requests_[frames_[child].request]);
  detach(child);
}

void Engine::try_expired(std::uint32_t child) {
  const std::uint32_t f = frames_[child].parent;
  extra_[child].try_due_ns = kNever;
  if (f == kNil) {
    if ((frames_[child].flags & kCancelComing) != 0) cancel(child);
    return;
  }
  const plan::Cause cause{plan::Reason::kTimeout,
                          static_cast<std::uint32_t>(plan_.calls[extra_[child].site].target.index())};
  settle_attempt(child, false, cause);
  orphan(child);
  if (plan_.calls[extra_[child].site].cancel_losers) send_cancel(child);
  --extra_[f].live_attempts;
  attempt_failed(f, cause);
}

void Engine::call_expired(std::uint32_t f) {
  const plan::CallSite& site = plan_.calls[plan_.steps[frames_[f].pc].target];
  const plan::Cause cause{plan::Reason::kTimeout, static_cast<std::uint32_t>(site.target.index())};
  note_cause(requests_[frames_[f].request], cause);
  if (extra_[f].live_attempts > 0) break_connection(f, site);  // during a backoff nothing is out on it
  call_ended(f, false, cause);
}

void Engine::hedge_due(std::uint32_t f) {
  extra_[f].hedge_due_ns = kNever;
  if (frames_[f].state != FrameState::kChildren) return;
  ++extra_[f].hedges;
  set_branched(requests_[frames_[f].request]);
  launch(f);
}

void Engine::send_cancel(std::uint32_t child) {
  // The message takes one hop; a branch of the caller's own program hears it at once, a paused instance when it goes on.
  const FrameExtra& extra = extra_[child];
  if (frames_[child].kind == FrameKind::kBranch) return cancel(child);
  const std::size_t path = extra.caller_location * plan_.locations.size() + location_of(child);
  const Nanos latency_ns = paths_[path].latency_ns;
  if (paths_[path].blocked || !paths_[path].exists) return;
  if (latency_ns == 0 && !instances_[frames_[child].instance].paused) return cancel(child);
  extra_[child].try_due_ns = now_ + latency_ns;
  frames_[child].flags |= kCancelComing;
  arm(child, Clock::kTry, extra_[child].try_due_ns, events_.lane(latency_ns));
}

}  // namespace twinvoice::kernel
