// The life of frames: made by arrivals and calls, failed by reasons, ended by Return; and their clocks and lists.
#include "sim/kernel/visit.hpp"

namespace twinvoice::kernel {
namespace {

/// Distance in draw index between the retries of one call: more words than any law takes.
constexpr std::uint64_t kDrawStride = 64;

}  // namespace

std::uint32_t Engine::new_frame(std::uint32_t request, std::uint64_t hash, std::uint32_t instance,
                                std::uint32_t program) {
  std::uint32_t f = free_frames_;
  if (f != kNil) {
    free_frames_ = frames_[f].next;
  } else {
    f = static_cast<std::uint32_t>(frames_.size());
    if (f >= plan_.max_frames) [[unlikely]]
      stop_ = Stop::kFrames;
    frames_.emplace_back();
    extra_.emplace_back();
  }
  Request& owner = requests_[request];
  Frame& frame = frames_[f];
  frame = Frame{};
  FrameExtra& extra = extra_[f];
  extra.try_due_ns = kNever;
  extra.deadline_ns = kNever;
  extra.program = program;
  extra.site = kNil;
  extra.caller_state = 0;
  extra.peer_state = kNil;
  extra.caller_location = 0;
  extra.era = 0;
  extra.first_child = kNil;
  frame.hash = hash;
  frame.request = request;
  frame.instance = instance;
  frame.pc = plan_.programs[program].first;
  if (instance != kNil) {
    extra.location = instances_[instance].location;
    frame.key_bits = frame_bits(instances_[instance].component, owner.sequence, f);
    if (!owner.decided) owner.path_hash += random::mix(hash, instance + 1ULL);
  } else {
    // Clients of an operation come after all components in the order of simultaneous events.
    extra.location = plan_.operations[owner.operation].from.value;
    frame.key_bits =
        frame_bits(static_cast<std::uint32_t>(plan_.components.size() + owner.operation), owner.sequence, f);
  }
  ++owner.live_frames;
  ++live_frames_;
  ++counts_.frames_created;
  return f;
}

void Engine::free_frame(std::uint32_t f) {
  Frame& frame = frames_[f];
  const std::uint32_t r = frame.request;
  frame.state = FrameState::kFree;
  frame.due_ns = kNever;
  extra_[f].try_due_ns = kNever;
  extra_[f].call_due_ns = kNever;
  extra_[f].hedge_due_ns = kNever;
  frame.next = free_frames_;
  free_frames_ = f;
  --live_frames_;
  Request& request = requests_[r];
  if (--request.live_frames != 0) return;
  branched_requests_ -= request.branched ? 1U : 0U;
  if (request.jobs_emitted > 0) [[unlikely]]
    finish_jobs(request);
  forget_written(request);
  free_requests_.push_back(r);
}

void Engine::end_frame(std::uint32_t f) {
  if (extra_[f].first_child != kNil) abandon(f, std::nullopt, false);
  if (frames_[f].tokens != kNil) release_all(f);
  const Frame& frame = frames_[f];
  const bool ok = (frame.flags & kFailed) == 0;
  const plan::Cause cause = frame.cause;
  if (frame.kind == FrameKind::kRoot) {
    ++(ok ? counts_.frames_returned : counts_.frames_failed);
    decide(f);
    return free_frame(f);
  }
  const std::uint32_t parent = frame.parent;
  if (parent == kNil) {
    ++counts_.frames_orphaned;
    if ((frame.flags & kJob) != 0) job_ended(requests_[frame.request], ok);
    if (frame.kind == FrameKind::kAttempt && (frame.flags & kJob) == 0) {
      ++counts_.late;
      ++counted(extra_[f].site).late;
      ledger_.late_answer(requests_[frame.request].operation, now_);
    }
    return free_frame(f);
  }
  ++(ok ? counts_.frames_returned : counts_.frames_failed);
  detach(f);
  switch (frame.kind) {
    case FrameKind::kAttempt: attempt_ended(parent, f, ok, cause); break;
    case FrameKind::kBranch: branch_ended(parent, ok, cause); break;
    case FrameKind::kEstablish: establish_ended(parent, f, ok, cause); break;
    case FrameKind::kRoot: break;
  }
  free_frame(f);
}

void Engine::end_unheard(std::uint32_t f, plan::Cause cause) {
  Frame& frame = frames_[f];
  if ((frame.flags & kFailed) == 0) {
    frame.flags |= kFailed;
    frame.cause = cause;
  }
  end_frame(f);
}

void Engine::decide(std::uint32_t f) {
  const Frame& frame = frames_[f];
  Request& request = requests_[frame.request];
  const bool ok = (frame.flags & kFailed) == 0;
  if (!ok) note_cause(request, frame.cause);
  request.decided = true;
  request.succeeded = ok;
  ++(ok ? counts_.succeeded : counts_.failed);
  if (request.in_books) {
    enter(request, ok, frame.cause);
  } else {
    ledger_.decide_later(request.operation, ok, now_ - request.arrived_ns);
  }
  fingerprint_.add(request.root_hash);
  fingerprint_.add(static_cast<std::uint64_t>(now_));
  fingerprint_.add(ok ? request.path_hash : frame.cause.packed);
  if (options_.request_log && request.in_books) {
    request_log_.push_back({request.source, request.ordinal, request.sequence, request.arrived_ns, now_, ok,
                            frame.cause.packed, request.first_cause.packed, request.attempts,
                            request.path_hash});
  }
  const plan::Source& source = plan_.sources[request.source];
  if (source.kind == plan::SourceKind::kClosed) {
    schedule_user(request.source, static_cast<std::uint32_t>(request.ordinal % source.users));
  }
}

/// Books what a request came to.
void Engine::enter(const Request& request, bool ok, plan::Cause cause) {
  const measure::TimedRequest times{request.arrived_ns, now_, request.sequence, ok};
  if (ok) {
    ledger_.succeed(request.operation, times);
  } else {
    ledger_.fail(request.operation, times, plan::cause_index(plan_, cause),
                 plan::cause_index(plan_, request.first_cause));
  }
  if (request.arrived_ns >= warm_up_ns_ && --followed_ == 0 && closed()) look_up_ = true;
}

/// Keeps the cause of the first attempt that failed in the eyes of its caller; what orphans do later is not part of it.
void Engine::note_cause(Request& request, plan::Cause cause) {
  if (!request.decided && request.first_cause.none()) request.first_cause = cause;
}

plan::Cause Engine::here(std::uint32_t f, plan::Reason reason) const {
  const std::uint32_t instance = frames_[f].instance;
  const auto clients = static_cast<std::uint32_t>(plan_.components.size());
  return {reason, instance == kNil ? clients : instances_[instance].component};
}

void Engine::fail(std::uint32_t f, plan::Cause cause) {
  leave_wait(f);
  Frame& frame = frames_[f];
  frame.flags |= kFailed;
  frame.cause = cause;
  if (frame.tokens != kNil) release_all(f);
  frames_[f].pc = plan_.programs[extra_[f].program].reply;
  ready(f);
}

void Engine::leave_wait(std::uint32_t f) {
  Frame& frame = frames_[f];
  FrameExtra& extra = extra_[f];
  frame.due_ns = kNever;
  switch (frame.state) {
    case FrameState::kQueued: {
      Station& station = stations_[extra.place];
      unlink(station.queue[by_class(station) ? requests_[frame.request].priority : 0], f);
      leave_queue(station);
      break;
    }
    case FrameState::kServing:
      leave_service(f, extra.place);
      if (resetting_ == kNil || plan_.stations[extra.place].instance.value != resetting_)
        start_waiting(extra.place);
      break;
    case FrameState::kToken: {
      Pool& pool = pools_[extra.place];
      unlink(pool.waiters, f);
      --pool.waiting;
      pool.waiting_time.go(counted_ns_);
      break;
    }
    case FrameState::kHeld: unlink(paths_[extra.place].held, f); break;
    case FrameState::kCommitting: unlink(logs_[extra.place].waiters, f); break;
    default: break;
  }
  extra.call_due_ns = kNever;
  extra.hedge_due_ns = kNever;
  if (extra.first_child != kNil) abandon(f, std::nullopt, false);
}

void Engine::cancel(std::uint32_t f) {
  Frame& frame = frames_[f];
  switch (frame.state) {
    case FrameState::kQueued:
    case FrameState::kToken:
    case FrameState::kBackoff:
    case FrameState::kChildren:
    case FrameState::kCommitting:
    case FrameState::kHeld: return cancel_now(f);
    default: frame.flags |= kCancelled;
  }
}

void Engine::cancel_now(std::uint32_t f) {
  abandon(f, std::nullopt, true);
  leave_wait(f);
  if (frames_[f].tokens != kNil) release_all(f);
  if (frames_[f].parent != kNil) detach(f);
  ++counts_.frames_cancelled;
  free_frame(f);
}

void Engine::set_primary(std::uint32_t f, Nanos delay_ns, plan::Rung rung) {
  Frame& frame = frames_[f];
  frame.due_ns = now_ + delay_ns;
  events_.push(make_key(frame.due_ns, frame.key_bits | clock_bits(rung, Clock::kPrimary)));
}

/// Starts the clock of a bounded wait. Those of constant length seldom ring: they go into a lane.
void Engine::arm_wait(std::uint32_t f, plan::LawId law, std::uint64_t purpose) {
  Frame& frame = frames_[f];
  const Nanos wait_ns = sample(law, purpose, frame);
  if (plan_.laws[law.index()].kind != random::LawKind::kConstant)
    return set_primary(f, wait_ns, plan::Rung::kTimeout);
  frame.due_ns = now_ + wait_ns;
  arm(f, Clock::kPrimary, frame.due_ns, events_.lane(wait_ns));
}

void Engine::arm(std::uint32_t f, Clock clock, Nanos at_ns, LaneId lane) {
  events_.push(lane, make_key(at_ns, frames_[f].key_bits | clock_bits(plan::Rung::kTimeout, clock)),
               [this](EventKey key) { return is_dead(key); });
}

random::Draws Engine::draws(std::uint64_t purpose, const Frame& frame, std::uint64_t extra) const {
  return {stream_, purpose, frame.hash,
          (static_cast<std::uint64_t>(frame.iteration) << 16) + kDrawStride * extra};
}

Nanos Engine::sample(plan::LawId law, std::uint64_t purpose, const Frame& frame, std::uint64_t extra) const {
  const random::Law& how = plan_.laws[law.index()];
  if (how.kind == random::LawKind::kConstant) return from_seconds(how.a);
  random::Draws source = draws(purpose, frame, extra);
  return random::sample_ns(how, plan_.law_tables, source);
}

double Engine::uniform(std::uint64_t purpose, const Frame& frame, std::uint64_t extra) const {
  random::Draws source = draws(purpose, frame, extra);
  return source.next_uniform();
}

void Engine::append(List& list, std::uint32_t f) {
  frames_[f].next = kNil;
  frames_[f].prev = list.tail;
  if (list.tail != kNil) {
    frames_[list.tail].next = f;
  } else {
    list.head = f;
  }
  list.tail = f;
}

void Engine::prepend(List& list, std::uint32_t f) {
  frames_[f].prev = kNil;
  frames_[f].next = list.head;
  if (list.head != kNil) {
    frames_[list.head].prev = f;
  } else {
    list.tail = f;
  }
  list.head = f;
}

void Engine::unlink(List& list, std::uint32_t f) {
  Frame& frame = frames_[f];
  (frame.prev != kNil ? frames_[frame.prev].next : list.head) = frame.next;
  (frame.next != kNil ? frames_[frame.next].prev : list.tail) = frame.prev;
  frame.next = kNil;
  frame.prev = kNil;
}

}  // namespace twinvoice::kernel
