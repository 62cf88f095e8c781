// The call policy, as straight-line code of the calling frame's actor.
//
//   launch the first attempt
//   loop: a failed attempt with no other one live: back off and launch again, or fail
//         else wait for the first of: an answer, the call's timeout, an attempt's timeout, the hedge delay
//
// While the caller stands still (paused), answers and timers pile up; afterwards they are taken in the order
// of their times.
#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/random/draw.hpp"
#include "sim/referee/breaker.hpp"
#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using plan::Cause;
using plan::Reason;

struct Attempt {
  FramePtr frame;
  Nanos timeout_ns = kNever;
  std::uint32_t era = 0;  ///< of the breaker at launch
};

bool breaks_connection(Reason r) {
  return r == Reason::kTimeout || r == Reason::kReset || r == Reason::kUnreachable || r == Reason::kRefused ||
         r == Reason::kLost;
}

class CallRun {
 public:
  CallRun(World& world, Frame& frame, plan::CallSiteId id)
      : w_(world),
        f_(frame),
        id_(id),
        site_(world.plan.calls[id.index()]),
        guard_(world.guards[site_.state_base + frame.ordinal]),
        started_ns_(world.now()),
        timeout_ns_(World::later(started_ns_, site_.timeout_ns)),
        inbox_(std::make_shared<Inbox>()) {
    inbox_->owner = &frame;
  }
  CallRun(const CallRun&) = delete;
  CallRun& operator=(const CallRun&) = delete;
  ~CallRun() {
    if (w_.stopping) return;
    while (!live_.empty()) give_up(live_.front());
  }

  Cause run();

 private:
  std::optional<Cause> launch();
  std::optional<Cause> reach_out(plan::InstanceId at, std::uint64_t number);
  [[nodiscard]] Connection* connection() const;
  Attempt take(std::vector<Attempt>::iterator at);
  void give_up(const Attempt& attempt);
  void failed(const Attempt& attempt, Cause cause);
  void run_out(const Attempt& attempt);
  void succeeded(const Attempt& attempt);
  void note(Cause cause);
  [[nodiscard]] bool may_retry(Cause cause);
  [[nodiscard]] Nanos backoff_ns() const;
  [[nodiscard]] Nanos next_hedge_ns() const {
    return hedges_ < site_.hedge.max ? World::later(w_.now(), site_.hedge.after_ns) : kNever;
  }
  [[nodiscard]] bool pause(Nanos span_ns);
  Cause time_out();
  std::optional<Cause> next_failure(bool& done);

  World& w_;
  Frame& f_;
  plan::CallSiteId id_;
  const plan::CallSite& site_;
  CallGuard& guard_;
  Nanos started_ns_;
  Nanos timeout_ns_;
  Nanos hedge_ns_ = kNever;
  std::shared_ptr<Inbox> inbox_;
  std::vector<Attempt> live_;
  std::uint64_t launched_ = 0;
  std::uint32_t retries_ = 0;
  std::uint32_t hedges_ = 0;
  std::deque<plan::InstanceId> tried_;  ///< the last replicas, of calls that avoid them
  bool over_ = false;                   ///< the call's timeout has come while a connection was set up
};

Connection* CallRun::connection() const {
  const Token* token = token_for(f_, site_);
  return token == nullptr ? nullptr : token->connection.get();
}

/// Waits until the frame has a connection to the replica, where the call needs one. A cause: the attempt has failed.
std::optional<Cause> CallRun::reach_out(plan::InstanceId at, std::uint64_t number) {
  // Meanwhile it counts as a call in flight, and it tells as much about the replica as an answer.
  struct InFlight {
    CallRun& run;
    plan::InstanceId at;
    std::uint32_t era;
    bool settled = false;
    std::uint32_t& count() const {
      return run.w_.balancers.peer(run.w_.plan, run.id_, run.f_.ordinal, at).in_flight;
    }
    ~InFlight() {
      if (run.w_.stopping) return;
      --count();
      if (!settled) run.guard_.take_back(era);
    }
  };
  InFlight out{*this, at, guard_.era};
  ++out.count();
  const Nanos try_ns = World::later(w_.now(), site_.retries.per_try_timeout_ns);
  const Launch launch{number, std::min(timeout_ns_, try_ns),
                      site_.propagate_deadline ? std::min(f_.deadline_ns, timeout_ns_) : kNever};
  const Cause cause = reach(w_, f_, id_, at, launch);
  out.settled = true;
  if (cause.none()) return std::nullopt;
  over_ = cause.reason() == Reason::kTimeout && w_.now() >= timeout_ns_;
  if (cause.reason() == Reason::kCancelled) {
    guard_.take_back(out.era);
  } else {
    guard_.outcome(site_.breaker, out.era, false, w_.now());
    w_.balancers.outcome(w_, id_, f_.ordinal, at, false);
  }
  return cause;
}

/// Launches one attempt; a cause when it fails before there is a frame.
std::optional<Cause> CallRun::launch() {
  const std::uint64_t number = index_base(f_) | launched_;
  const random::Key hash = random::child_frame(f_.hash, site_.name_key, number);
  ++launched_;
  const bool connects = site_.connection_pool.valid();
  hedge_ns_ = connects ? kNever : next_hedge_ns();
  if (!guard_.lets_through(site_.breaker, w_.now())) return Cause(Reason::kBreakerOpen, site_.target.value);
  const Connection* shared = live_.empty() ? nullptr : connection();
  if (shared != nullptr && shared->broken) {
    guard_.take_back(guard_.era);
    return std::nullopt;
  }
  const plan::InstanceId at =
      shared != nullptr ? shared->peer : w_.balancers.choose(w_, f_.location, f_.ordinal, id_, hash, tried_);
  if (!at.valid()) {
    guard_.take_back(guard_.era);
    return Cause(Reason::kNoReplica, site_.target.value);
  }
  if (site_.retries.avoid_tried) {
    tried_.push_back(at);
    if (tried_.size() > plan::kTriedKept) tried_.pop_front();
  }
  if (connects) {
    if (shared == nullptr) {
      if (const auto cause = reach_out(at, number)) return cause;
    }
    hedge_ns_ = next_hedge_ns();
  }
  const FramePtr child = w_.child(f_, hash, site_.program, at);
  child->via = id_;
  child->reply_to = inbox_;
  const Nanos try_ends_ns = World::later(w_.now(), site_.retries.per_try_timeout_ns);
  if (site_.propagate_deadline) child->deadline_ns = std::min({f_.deadline_ns, timeout_ns_, try_ends_ns});
  ++w_.balancers.peer(w_.plan, id_, f_.ordinal, at).in_flight;
  live_.push_back({child, try_ends_ns, guard_.era});
  f_.awaited.push_back(child);
  if (!f_.request->decided()) ++f_.request->record.attempts;
  w_.launch(child);
  return std::nullopt;
}

/// The attempt is no longer waited for, whatever the reason.
Attempt CallRun::take(std::vector<Attempt>::iterator at) {
  Attempt attempt = *at;
  live_.erase(at);
  std::erase(f_.awaited, attempt.frame);
  --w_.balancers.peer(w_.plan, id_, f_.ordinal, attempt.frame->instance).in_flight;
  return attempt;
}

void CallRun::give_up(const Attempt& which) {
  const auto at =
      std::find_if(live_.begin(), live_.end(), [&](const Attempt& a) { return a.frame == which.frame; });
  const Attempt attempt = take(at);
  guard_.take_back(attempt.era);
  World::detach(*attempt.frame);
}

void CallRun::failed(const Attempt& attempt, Cause cause) {
  if (cause.reason() != Reason::kCancelled) {
    guard_.outcome(site_.breaker, attempt.era, false, w_.now());
    w_.balancers.outcome(w_, id_, f_.ordinal, attempt.frame->instance, false);
  }
  if (Connection* c = connection(); c != nullptr && breaks_connection(cause.reason())) c->broken = true;
}

void CallRun::succeeded(const Attempt& attempt) {
  guard_.outcome(site_.breaker, attempt.era, true, w_.now());
  w_.balancers.outcome(w_, id_, f_.ordinal, attempt.frame->instance, true);
  while (!live_.empty()) {
    const FramePtr loser = live_.front().frame;
    give_up(live_.front());
    if (site_.cancel_losers) w_.cancel(f_, loser, true);
  }
}

/// Its time is over: it goes on unwanted, or is told to stop.
void CallRun::run_out(const Attempt& attempt) {
  World::detach(*attempt.frame);
  if (site_.cancel_losers) w_.cancel(f_, attempt.frame, true);
}

void CallRun::note(Cause cause) {
  measure::RequestRecord& record = f_.request->record;
  if (!f_.request->decided() && record.first_cause == 0) record.first_cause = cause.packed;
}

bool CallRun::may_retry(Cause cause) {
  if (retries_ >= site_.retries.attempts) return false;
  if ((plan::retry_class(cause.reason()) & site_.retries.on) == 0) return false;
  if (!guard_.pays_for_retry(site_.retries)) return false;
  ++retries_;
  return true;
}

Nanos CallRun::backoff_ns() const {
  const plan::Retries& r = site_.retries;
  if (!r.backoff.valid()) return 0;
  const std::uint64_t index = index_base(f_) + 64ULL * retries_;
  auto b = static_cast<double>(w_.sample_ns(r.backoff, r.backoff_purpose, f_.hash, index));
  for (std::uint32_t i = 1; i < retries_; ++i) b *= r.multiplier;
  if (r.max_backoff_ns != kNever) b = std::min(b, static_cast<double>(r.max_backoff_ns));
  const double u = r.jitter == plan::Jitter::kNone ? 0.0 : w_.uniform(r.jitter_purpose, f_.hash, index);
  if (r.jitter == plan::Jitter::kFull) b *= u;
  if (r.jitter == plan::Jitter::kEqual) b = b / 2 + u * (b / 2);
  return b < static_cast<double>(kLongestSpan) ? static_cast<Nanos>(std::llround(b)) : kLongestSpan;
}

/// False: the call's timeout comes first.
bool CallRun::pause(Nanos span_ns) {
  const Nanos until_ns = World::later(w_.now(), span_ns);
  while (w_.now() < std::min(until_ns, timeout_ns_)) {
    f_.waits_on = inbox_.get();
    w_.wait(f_, Activity::kChildren, std::min(until_ns, timeout_ns_), plan::Rung::kTimeout);
  }
  return timeout_ns_ > until_ns;
}

Cause CallRun::time_out() {
  const Cause cause(Reason::kTimeout, site_.target.value);
  while (!live_.empty()) {
    const Attempt attempt = take(live_.begin());
    failed(attempt, cause);
    run_out(attempt);
  }
  note(cause);
  return cause;
}

/// Waits for the next thing that matters. A cause: an attempt failed. `done` and none: success; `done` and a
/// cause: timeout.
std::optional<Cause> CallRun::next_failure(bool& done) {
  for (;;) {
    const auto oldest = std::min_element(live_.begin(), live_.end(), [](const Attempt& a, const Attempt& b) {
      return a.timeout_ns < b.timeout_ns;
    });
    const Nanos timer_ns = std::min({timeout_ns_, oldest->timeout_ns, hedge_ns_});
    if (!inbox_->answers.empty() && inbox_->answers.front().at_ns <= timer_ns) {
      const Answer answer = inbox_->answers.front();
      inbox_->answers.pop_front();
      const auto at = std::find_if(live_.begin(), live_.end(),
                                   [&](const Attempt& a) { return a.frame.get() == answer.child; });
      if (at == live_.end()) continue;
      const Attempt attempt = take(at);
      if (!answer.cause.none()) {
        failed(attempt, answer.cause);
        return answer.cause;
      }
      succeeded(attempt);
      done = true;
      return std::nullopt;
    }
    if (timer_ns > w_.now()) {
      f_.waits_on = inbox_.get();
      w_.wait(f_, Activity::kChildren, timer_ns, plan::Rung::kTimeout);
      continue;
    }
    if (timeout_ns_ == timer_ns) {
      done = true;
      return time_out();
    }
    if (oldest->timeout_ns == timer_ns) {
      const Attempt attempt = take(oldest);
      const Cause cause(Reason::kTimeout, site_.target.value);
      failed(attempt, cause);
      run_out(attempt);
      return cause;
    }
    ++hedges_;
    if (const auto cause = launch()) return cause;
  }
}

Cause CallRun::run() {
  if (site_.propagate_deadline && f_.deadline_ns <= w_.now()) return {Reason::kDeadline, site_.target.value};
  guard_.earn(site_.retries);
  std::optional<Cause> cause = launch();
  for (;;) {
    if (cause) {
      note(*cause);
      if (live_.empty()) {
        if (over_) return *cause;
        if (!may_retry(*cause)) return *cause;
        hedge_ns_ = kNever;
        if (!pause(backoff_ns())) return time_out();
        cause = launch();
        continue;
      }
    }
    bool done = false;
    cause = next_failure(done);
    if (done) return cause.value_or(Cause());
  }
}

}  // namespace

Cause perform_call(World& w, Frame& f, plan::CallSiteId site) { return CallRun(w, f, site).run(); }

void emit(World& w, Frame& f, plan::CallSiteId id) {
  const plan::CallSite& site = w.plan.calls[id.index()];
  const random::Key hash = random::child_frame(f.hash, site.name_key, index_base(f));
  const plan::InstanceId at = w.balancers.choose(w, f.location, f.ordinal, id, hash);
  ++f.request->jobs.emitted;
  if (!at.valid()) {
    ++f.request->jobs.dead;
    return;
  }
  const FramePtr job = w.child(f, hash, site.program, at);
  job->via = id;
  job->is_job = true;
  w.launch(job);
}

}  // namespace twinvoice::referee
