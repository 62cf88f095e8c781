// The loop: which event is next, what it wakes, and when to look up from the work.
#include <algorithm>
#include <functional>

#include "sim/kernel/visit.hpp"

namespace twinvoice::kernel {
namespace {

constexpr std::uint64_t kEventsBetweenChecks = 4096;  ///< a power of two
/// A loop is work that goes round without time, not much work at once: so many events an instant may have of itself, and so many
/// more for each frame that is there when it begins and for each request that comes in it.
constexpr std::uint64_t kEventsInOneInstant = 1'000'000;
constexpr std::uint64_t kEventsOfOneFrame = 1'000;

}  // namespace

std::string stop_text(Stop stop) {
  switch (stop) {
    case Stop::kBound:
    case Stop::kNetwork:
    case Stop::kLog:
    case Stop::kAnswered: return "";
    case Stop::kFlag: return "interrupted";
    case Stop::kEvents: return "the budget of events is used up (limits.events)";
    case Stop::kFrames:
      return "too many requests in flight: the system is overloaded and the memory budget is used up "
             "(limits.memory)";
    case Stop::kInstant:
      return "a loop that takes no simulated time: more than a million events in one instant, and a thousand "
             "for each request "
             "there";
  }
  return "";
}

Stop Engine::run_until(Nanos bound_ns, plan::Rung before) {
  const EventKey bound = make_key(bound_ns, static_cast<std::uint64_t>(before) << kRungShift);
  const auto dead = [this](EventKey key) { return is_dead(key); };
  const auto soon = [this](EventKey key) { fetch(key); };
  look_up_ = network_changed_ = false;
  if (closed() && followed_ == 0) return Stop::kAnswered;
  while (stop_ == Stop::kBound) {
    EventKey key = EventList::kNone;
    const bool tied = !tied_.empty();
    if (tied) [[unlikely]] {
      key = next_of_tied();
      if (key == EventList::kNone) continue;
    } else {
      key = events_.take_before(bound, dead, soon);
      if (key == EventList::kNone) break;
    }
    const bool of_frame = concerns_frame(key);
    if (of_frame) [[likely]] {
      if (is_dead(key)) continue;
      if (branched_requests_ != 0 && !tied && requests_[frames_[slot_of(key)].request].branched) [[unlikely]]
        key = first_of_tied(key);
    }
    if (time_of(key) != now_) {
      set_now(time_of(key));
      begin_instant();
    }
    if (++counts_.events % kEventsBetweenChecks == 0) [[unlikely]] {
      stop_ = check_budgets();
      if (stop_ == Stop::kInstant) break;
    }
    of_frame ? dispatch_frame(key) : dispatch_other(key);
    drain();
    if (look_up_) [[unlikely]] {
      untie();
      // A request's work comes after the readings of its instant, which do not show it.
      if (rung_of(key) >= plan::Rung::kControl && moved_ns_ == now_) ++moved_ns_;
      if (closed() && followed_ == 0) return Stop::kAnswered;
      return network_changed_ ? Stop::kNetwork : Stop::kLog;
    }
  }
  untie();
  return stop_;
}

void Engine::drain_ready() { drain(); }

/// Asks for the memory that an event will touch.
void Engine::fetch(EventKey key) const {
  if (!concerns_frame(key)) return;
  const std::uint32_t f = slot_of(key);
  const auto* const extra = reinterpret_cast<const char*>(&extra_[f]);
  __builtin_prefetch(&frames_[f], 1);
  for (std::size_t line = 0; line < sizeof(FrameExtra); line += 64) __builtin_prefetch(extra + line, 1);
}

void Engine::begin_instant() {
  instant_may_end_ =
      counts_.events + woken_ + kEventsInOneInstant + kEventsOfOneFrame * (live_frames_ + users_);
}

void Engine::comes_at_this_instant() { instant_may_end_ += kEventsOfOneFrame; }

Stop Engine::check_budgets() {
  events_.relieve();
  if (options_.stop_flag != nullptr && options_.stop_flag->load(std::memory_order_relaxed))
    return Stop::kFlag;
  if (counts_.events + wakes_ >= plan_.max_events) return Stop::kEvents;
  if (counts_.events + woken_ >= instant_may_end_) return Stop::kInstant;
  return stop_;
}

Nanos Engine::next_event_ns() {
  const EventKey key = events_.top();
  return key == EventList::kNone ? kNever : time_of(key);
}

/// Of the events with the time and content of this living one the first by frame hash, then by clock; the others wait
/// sorted in tied_. There are others only where two frames of one request stand at one component: after a Fork, an Emit or
/// a hedge, or next to an orphan.
EventKey Engine::first_of_tied(EventKey key) {
  if (content_of(events_.top()) != content_of(key)) return key;
  tied_.assign(1, tie_of(key));
  const auto none = [](EventKey) { return false; };
  while (content_of(events_.top()) == content_of(key)) {
    const EventKey next = events_.take_before(EventList::kNone, none, none);
    if (!is_dead(next)) tied_.push_back(tie_of(next));
  }
  std::sort(tied_.begin(), tied_.end(), std::greater<>());
  const EventKey first = tied_.back().key;
  tied_.pop_back();
  return first;
}

Engine::Tie Engine::tie_of(EventKey key) const { return {frames_[slot_of(key)].hash, low_of(key), key}; }

/// The next of the events in tied_, those of the same content that have come since among them; kNone, and tied_ empty,
/// when an event of other content comes before them.
EventKey Engine::next_of_tied() {
  const auto none = [](EventKey) { return false; };
  const EventKey content = content_of(tied_.back().key);
  while (content_of(events_.top()) <= content) {
    if (content_of(events_.top()) < content) {
      untie();
      return EventList::kNone;
    }
    const Tie tie = tie_of(events_.take_before(EventList::kNone, none, none));
    if (!is_dead(tie.key))
      tied_.insert(std::upper_bound(tied_.begin(), tied_.end(), tie, std::greater<>()), tie);
  }
  const EventKey next = tied_.back().key;
  tied_.pop_back();
  return next;
}

/// Puts the events that wait in tied_ back among the others.
void Engine::untie() {
  for (const Tie& tie : tied_) events_.push(tie.key);
  tied_.clear();
}

void Engine::dispatch_other(EventKey key) {
  if (rung_of(key) == plan::Rung::kArrive) return arrive(component_of(key), sequence_of(key));
  if (component_of(key) == kLifeGroup) return life_due(sequence_of(key));
  apply(turns_[sequence_of(key)]);
}

[[gnu::always_inline]] inline void Engine::dispatch_frame(EventKey key) {
  const std::uint32_t f = slot_of(key);
  if (paused_instances_ != 0) [[unlikely]] {
    const std::uint32_t instance = concerned(f, clock_of(key));
    // A request that arrives waits at the paused instance, where a kill finds it; one that is down refuses it at once.
    const bool arrives = clock_of(key) == Clock::kPrimary && frames_[f].state == FrameState::kTransit &&
                         (frames_[f].flags & kReplySent) == 0;
    if (instance != kNil && instances_[instance].paused && !(arrives && instances_[instance].down)) {
      if (arrives) frames_[f].flags |= kArrivedHere;
      deferred_.push_back({instance, key, f, frames_[f].hash, now_});
      return;
    }
  }
  switch (clock_of(key)) {
    case Clock::kPrimary: return primary_clock(f);
    case Clock::kTry: return try_expired(f);
    case Clock::kCall: return call_expired(f);
    case Clock::kHedge: return hedge_due(f);
  }
}

/// The instance of the frame that waits for it; kNil: a client, or nobody.
std::uint32_t Engine::caller_instance(std::uint32_t f) const {
  const std::uint32_t parent = frames_[f].parent;
  return parent == kNil ? kNil : frames_[parent].instance;
}

/// The instance that does a ready frame's next step: its caller before the request has arrived and after the reply has.
/// kNil: a client; or nobody, where a kill answers for an instance that stands still.
std::uint32_t Engine::standing_at(std::uint32_t f) const {
  const std::uint8_t where = frames_[f].flags & (kArrivedHere | kReplySent);
  if (where == kArrivedHere && (frames_[f].flags & kFailed) != 0) return kNil;
  return where == kArrivedHere ? frames_[f].instance : caller_instance(f);
}

/// The instance an event of a frame happens on; kNil: at a client, or nowhere.
std::uint32_t Engine::concerned(std::uint32_t f, Clock clock) const {
  const Frame& frame = frames_[f];
  // The limit on an attempt is the caller's; without a caller the clock is a cancellation that arrives.
  if (clock == Clock::kTry) return frame.parent == kNil ? frame.instance : caller_instance(f);
  if (clock != Clock::kPrimary) return frame.instance;
  // A message in transit concerns its receiver, one that is held or lost its sender.
  const bool reply = (frame.flags & kReplySent) != 0;
  if (frame.state == FrameState::kTransit) return reply ? caller_instance(f) : frame.instance;
  if (frame.state == FrameState::kHeld || frame.state == FrameState::kLost)
    return reply ? frame.instance : caller_instance(f);
  return frame.instance;
}

[[gnu::always_inline]] inline void Engine::primary_clock(std::uint32_t f) {
  Frame& frame = frames_[f];
  frame.due_ns = kNever;
  switch (frame.state) {
    case FrameState::kTransit: return delivered(f);
    case FrameState::kServing: return service_done(f);
    case FrameState::kDelayed: ++frame.pc; return ready(f);
    case FrameState::kQueued:
      if (now_ >= plan_.warm_up_ns) ++stations_[extra_[f].place].expired;
      return fail(f, here(f, plan::Reason::kQueueWait));
    case FrameState::kToken:
      ++pools_[extra_[f].place].expired;
      return fail(f, here(f, plan::Reason::kPoolWait));
    case FrameState::kHeld:
      unlink(paths_[extra_[f].place].held, f);
      return end_unheard(f, here(f, plan::Reason::kUnreachable));
    case FrameState::kLost: return end_unheard(f, here(f, plan::Reason::kLost));
    case FrameState::kBackoff: frame.state = FrameState::kChildren; return launch(f);
    case FrameState::kFree:
    case FrameState::kReady:
    case FrameState::kRunning:
    case FrameState::kChildren: return;
    case FrameState::kCommitting: return commit_expired(f);
  }
}

/// One frame through its steps, until it has to wait or ends.
[[gnu::always_inline]] inline void Engine::run(std::uint32_t f) {
  frames_[f].state = FrameState::kRunning;
  for (;;) {
    Frame& frame = frames_[f];
    if ((frame.flags & kCancelled) != 0) [[unlikely]]
      return cancel_now(f);
    const plan::Step& step = plan_.steps[frame.pc];
    bool goes_on = true;
    switch (step.kind) {
      case plan::StepKind::kDelay: {
        const Nanos delay_ns = sample(step.law, step.purpose, frame);
        if (delay_ns > 0) {
          frame.state = FrameState::kDelayed;
          set_primary(f, delay_ns, plan::Rung::kComplete);
          return;
        }
        break;
      }
      case plan::StepKind::kHop: goes_on = hop(f, step); break;
      case plan::StepKind::kServe: goes_on = serve(f, step); break;
      case plan::StepKind::kAcquire: goes_on = acquire(f, step); break;
      case plan::StepKind::kRelease: release(f, step); break;
      case plan::StepKind::kConnect: goes_on = connect(f, step); break;
      case plan::StepKind::kGate: goes_on = pass_gate(f, step); break;
      case plan::StepKind::kBranch:
        if (takes_branch(f, step)) {
          frame.pc = step.jump;
          continue;
        }
        break;
      case plan::StepKind::kUpdate: update_cell(f, step); break;
      case plan::StepKind::kCall: goes_on = call(f, step); break;
      case plan::StepKind::kFork: fork(f, step); break;
      case plan::StepKind::kJoin: goes_on = join(f, step); break;
      case plan::StepKind::kEmit: emit(f, step); break;
      case plan::StepKind::kCommit: goes_on = commit(f, step); break;
      case plan::StepKind::kRepeat:
        if (frame.iteration + 1 < step.arg) {
          ++frame.iteration;
          frame.pc = step.jump;
          continue;
        }
        frame.iteration = 0;
        break;
      case plan::StepKind::kReturn: return end_frame(f);
    }
    // New frames may have moved the array: `frame` is no longer safe to use.
    if (!goes_on || stop_ != Stop::kBound) return;
    ++frames_[f].pc;
  }
}

/// Queues a frame that became ready behind those that did before it.
void Engine::queue_behind(std::uint32_t f) {
  if (ready_head_ == ready_tail_) {
    ready_head_ = 0;
    ready_tail_ = 0;
  }
  if (ready_tail_ == ready_.size()) [[unlikely]]
    ready_.resize(2 * ready_.size());
  ready_[ready_tail_++] = f;
}

[[gnu::always_inline]] inline void Engine::drain() {
  while (next_ready_ != kNil) {
    const std::uint32_t f = next_ready_;
    next_ready_ = ready_head_ < ready_tail_ ? ready_[ready_head_++] : kNil;
    if (paused_instances_ != 0) [[unlikely]] {
      const std::uint32_t instance = standing_at(f);
      if (instance != kNil && instances_[instance].paused) {
        deferred_.push_back({instance, EventList::kNone, f, frames_[f].hash, now_});
        continue;
      }
    }
    if (++woken_ % kEventsBetweenChecks == 0) [[unlikely]]
      stop_ = check_budgets();
    if (stop_ != Stop::kBound) [[unlikely]]
      return;
    run(f);
  }
}

}  // namespace twinvoice::kernel
