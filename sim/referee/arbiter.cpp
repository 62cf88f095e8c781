#include "sim/referee/arbiter.hpp"

#include <algorithm>
#include <cmath>
#include <simgrid/s4u/Engine.hpp>
#include <utility>

namespace twinvoice::referee {
namespace {

/// SimGrid ends sleeps up to its precision (1 ns) early.
constexpr double kEarly_s = 1.5e-9;

}  // namespace

Participant::Participant() : bell_(simgrid::s4u::Semaphore::create(0)) {}
Participant::~Participant() = default;

void Arbiter::announce(Participant& p) {
  p.id_ = entered_++;
  make_ready(p);
}

void Arbiter::enter(Participant& p) { block(p); }

bool Arbiter::wait(Participant& p, const Due& due) {
  if (due.at_ns != kNever && !p.ready_) {
    arm(p, due);
  } else {
    p.due_ = due;
  }
  pass_on();
  block(p);
  return p.by_timer_;
}

void Arbiter::leave(Participant& p) {
  disarm(p);
  pass_on();
}

void Arbiter::make_ready(Participant& p) {
  if (p.ready_) return;
  disarm(p);
  p.ready_ = true;
  ready_.push_back(&p);
}

void Arbiter::rearm(Participant& p, Nanos at_ns, plan::Rung rung) {
  Due due = p.due_;
  due.at_ns = at_ns;
  due.rung = static_cast<int>(rung);
  rearm(p, due);
}

void Arbiter::rearm(Participant& p, const Due& due) {
  if (p.ready_ || &p == running_) return;
  const bool must_look = p.woken_ || !p.armed_ || due.at_ns < p.due_.at_ns;
  disarm(p);
  p.due_ = due;
  if (due.at_ns != kNever) arm(p, due);
  if (must_look) bells_.push_back(p.bell_);
}

void Arbiter::arm(Participant& p, const Due& due) {
  p.due_ = due;
  p.armed_ = true;
  p.woken_ = false;
  timers_.insert(&p);
}

void Arbiter::disarm(Participant& p) {
  if (p.armed_) timers_.erase(&p);
  p.armed_ = false;
  p.woken_ = false;
}

Participant* Arbiter::next() const {
  if (!ready_.empty()) return ready_.front();
  if (!timers_.empty() && (*timers_.begin())->woken_) return *timers_.begin();
  return nullptr;
}

void Arbiter::seize(Participant& p) {
  running_ = &p;
  p.by_timer_ = !p.ready_;
  if (p.ready_) {
    ready_.pop_front();
    p.ready_ = false;
    return;
  }
  now_ = std::max(now_, p.due_.at_ns);
  ++event_;
  const double error_ns = std::abs(simgrid::s4u::Engine::get_clock() * 1e9 - static_cast<double>(now_));
  worst_clock_error_ns_ = std::max(worst_clock_error_ns_, error_ns);
  disarm(p);
}

void Arbiter::pass_on() {
  // Ringing a bell lets others run, and those may end: what is used after the first ring is held here.
  std::vector<simgrid::s4u::SemaphorePtr> bells = std::exchange(bells_, {});
  running_ = nullptr;
  if (Participant* const heir = next(); heir != nullptr) {
    seize(*heir);
    bells.push_back(heir->bell_);
  }
  for (const auto& bell : bells) bell->release();
}

void Arbiter::block(Participant& p) {
  while (running_ != &p) {
    if (running_ == nullptr && next() == &p) {
      seize(p);
      return;
    }
    if (!p.armed_ || p.woken_) {
      p.bell_->acquire();
      continue;
    }
    const double left_s = to_seconds(p.due_.at_ns) - simgrid::s4u::Engine::get_clock();
    if (left_s <= kEarly_s) {
      p.woken_ = true;
    } else {
      p.bell_->acquire_timeout(left_s);
    }
  }
}

}  // namespace twinvoice::referee
