// Turns on the running world: what each knob and impulse does to work under way.
#include <vector>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

using plan::Impulse;
using plan::Knob;
using plan::TurnOp;

template <class Do>
void for_stations_of(World& w, plan::InstanceId i, Do action) {
  for (Station& s : w.stations) {
    if (w.plan.stations[s.id].instance == i) action(s);
  }
}

void pause_changed(World& w, plan::InstanceId i) {
  for_stations_of(w, i, [&](Station& s) { station_changed(w, s); });
  if (!w.paused(i)) w.resume(i);
}

void flush(World& w, std::size_t cell) { w.cells[cell] = {w.plan.cells[cell].low, w.now()}; }

/// Fails what the instance works on. Messages under way are not its work; a held reply turns into a failure.
void reset(World& w, plan::InstanceId i) {
  InstanceState& instance = w.instances[i.index()];
  ++instance.kills;
  for (Frame* f : instance.frames) {
    const plan::Cause cause = w.here(*f, plan::Reason::kReset);
    if (!f->arrived) continue;
    if (f->replying) {
      // Held at a cut it is still in the dead machine's buffers.
      const bool sent =
          f->activity != Activity::kHeld && (f->activity != Activity::kPaused || f->answered_ns != kNever);
      if (!sent) f->cause = cause;
      continue;
    }
    if (!f->doom.none()) continue;
    f->doom = cause;
    w.arbiter.make_ready(*f);
  }
  for (std::size_t c = 0; c < w.cells.size(); ++c) {
    if (w.plan.cells[c].lost_in_kill && w.plan.cells[c].instance == i) flush(w, c);
  }
}

void impulse(World& w, const plan::Turn& turn) {
  switch (turn.impulse) {
    case Impulse::kReset: reset(w, plan::InstanceId(turn.target)); break;
    case Impulse::kRestart:
      for_stations_of(w, plan::InstanceId(turn.target), [&](Station& s) { restart_service(w, s); });
      break;
    case Impulse::kFlush: flush(w, turn.target); break;
    case Impulse::kLead:
    case Impulse::kFence:
    case Impulse::kApply:
    case Impulse::kReconcile:
    case Impulse::kReceive:
    case Impulse::kHear:
    case Impulse::kInStep:
    case Impulse::kDestroy:
    case Impulse::kReseed: log_impulse(w, turn); break;
  }
}

/// What a changed knob means for work under way. Knobs that act on later decisions only need nothing.
void knob_changed(World& w, const plan::Turn& turn) {
  switch (turn.knob) {
    case Knob::kStationSpeed:
    case Knob::kStationServers:
    case Knob::kStationCap: station_changed(w, w.stations[turn.target]); break;
    case Knob::kPoolCap: pool_changed(w, plan::PoolId(turn.target)); break;
    case Knob::kLinkDown:
    case Knob::kPathBlocked:
    case Knob::kPathBlockedNew:
    case Knob::kLocationDown: paths_changed(w); break;
    case Knob::kInstanceDown:
      if (turn.op == TurnOp::kBegin) ++w.instances[turn.target].kills;
      for_stations_of(w, plan::InstanceId(turn.target), [&](Station& s) { replica_changed(w, s); });
      break;
    case Knob::kInstancePaused: pause_changed(w, plan::InstanceId(turn.target)); break;
    case Knob::kSourceRate:
      if (w.sources[turn.target] != nullptr) w.arbiter.make_ready(*w.sources[turn.target]);
      break;
    case Knob::kGateProbability:
    case Knob::kLinkLatency:
    case Knob::kLinkLoss:
    case Knob::kInstanceOut:
    case Knob::kSiteWeight:
    case Knob::kLogPaused:
    case Knob::kLogReadOnly: break;
  }
}

}  // namespace

void apply(World& w, const plan::Turn& turn) {
  if (turn.op == TurnOp::kImpulse) {
    impulse(w, turn);
    return;
  }
  if (turn.op == TurnOp::kBegin) {
    w.effects.begin(turn.knob, turn.target, turn.effect, turn.value);
  } else {
    w.effects.end(turn.knob, turn.target, turn.effect);
  }
  look_at_logs(w);
  knob_changed(w, turn);
}

}  // namespace twinvoice::referee
