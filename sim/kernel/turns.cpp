// Turns: effects on knobs that compose and are each removed by their own id, and impulses.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

void Engine::apply(const plan::Turn& turn) {
  switch (turn.op) {
    case plan::TurnOp::kBegin: return begin_effect(turn.knob, turn.target, turn.effect, turn.value);
    case plan::TurnOp::kEnd: return end_effect(turn.knob, turn.target, turn.effect);
    case plan::TurnOp::kImpulse: return impulse(turn);
  }
}

void Engine::begin_effect(plan::Knob knob, std::uint32_t target, std::uint32_t effect, double value) {
  effects_.begin(knob, target, effect, value);
  refresh_knob(knob, target);
}

void Engine::end_effect(plan::Knob knob, std::uint32_t target, std::uint32_t effect) {
  if (effects_.end(knob, target, effect)) refresh_knob(knob, target);
}

void Engine::refresh_knob(plan::Knob knob, std::uint32_t target) {
  switch (knob) {
    case plan::Knob::kStationSpeed:
    case plan::Knob::kStationServers:
    case plan::Knob::kStationCap: return refresh_station(target);
    case plan::Knob::kPoolCap: {
      const double cap = effects_.minimum(knob, target, static_cast<double>(plan_.pools[target].size));
      return set_pool_size(target, static_cast<std::uint32_t>(cap));
    }
    case plan::Knob::kGateProbability:
      gate_probability_[target] = effects_.maximum(knob, target, plan_.gates[target].probability);
      return;
    case plan::Knob::kLinkLatency:
    case plan::Knob::kLinkLoss:
    case plan::Knob::kLinkDown:
    case plan::Knob::kPathBlocked:
    case plan::Knob::kPathBlockedNew:
    case plan::Knob::kLocationDown: return refresh_paths();
    case plan::Knob::kInstanceDown: {
      InstanceState& instance = instances_[target];
      const bool down = effects_.any(knob, target);
      if (down == instance.down) return;
      if (!instance.paused) {
        count_down(instance.component);
        count_presence(target);
        down_now_[instance.component] += down ? 1U : ~0U;
      }
      instance.down = down;
      if (down) ++instance.kills;
      instance.changed_ns = now_;
      return look_at_logs();
    }
    case plan::Knob::kInstancePaused: return set_paused(target, effects_.any(knob, target));
    case plan::Knob::kInstanceOut:
      instances_[target].out = effects_.any(knob, target);
      ++balance_era_;
      return look_at_logs();
    case plan::Knob::kSiteWeight: {
      const plan::Component& component = plan_.components[target / plan_.locations.size()];
      for (std::uint32_t i = 0; i < component.replicas; ++i) refresh_weight(component.first_instance + i);
      return look_at_logs();
    }
    case plan::Knob::kSourceRate: return set_source_factor(target, effects_.product(knob, target));
    case plan::Knob::kLogPaused: {
      LogState& log = logs_[target];
      const bool paused = effects_.any(knob, target);
      if (paused != log.paused)
        log_event(paused ? measure::LogEventKind::kPaused : measure::LogEventKind::kResumed, target,
                  log.leader);
      log.paused = paused;  // read by the replication stream through SensorKind::kLogPaused
      return;
    }
    case plan::Knob::kLogReadOnly: logs_[target].read_only = effects_.any(knob, target); return;
  }
}

void Engine::refresh_station(std::uint32_t s) {
  const plan::Station& fixed = plan_.stations[s];
  double servers = static_cast<double>(fixed.servers);
  if (fixed.servers != plan::kUnlimited)
    servers = servers * effects_.product(plan::Knob::kStationServers, s) + 1e-9;
  servers = effects_.minimum(plan::Knob::kStationCap, s, servers);
  set_servers(s, static_cast<std::uint32_t>(servers));
  const bool stopped = fixed.instance.valid() && instances_[fixed.instance.index()].paused;
  set_speed(s, stopped ? 0.0 : effects_.product(plan::Knob::kStationSpeed, s));
}

void Engine::refresh_weight(std::uint32_t i) {
  const std::uint32_t pair =
      instances_[i].component * static_cast<std::uint32_t>(plan_.locations.size()) + instances_[i].location;
  instances_[i].weight = plan_.instances[i].weight * effects_.product(plan::Knob::kSiteWeight, pair);
  ++balance_era_;
}

void Engine::impulse(const plan::Turn& turn) {
  switch (turn.impulse) {
    case plan::Impulse::kReset: return reset_instance(turn.target);
    case plan::Impulse::kRestart: return restart_work(turn.target);
    case plan::Impulse::kFlush: return flush(turn.target);
    case plan::Impulse::kLead:
    case plan::Impulse::kFence:
    case plan::Impulse::kApply:
    case plan::Impulse::kReconcile:
    case plan::Impulse::kReceive:
    case plan::Impulse::kHear:
    case plan::Impulse::kInStep:
    case plan::Impulse::kDestroy:
    case plan::Impulse::kReseed: return log_impulse(turn);
  }
}

void Engine::flush(std::uint32_t cell) {
  cells_[cell] = plan_.cells[cell].low;
  cell_at_ns_[cell] = now_;
}

void Engine::reset_instance(std::uint32_t instance) {
  instances_[instance].changed_ns = now_;
  std::vector<std::uint32_t> hit;
  for (std::uint32_t f = 0; f < frames_.size(); ++f) {
    const Frame& frame = frames_[f];
    if (frame.state == FrameState::kFree || frame.instance != instance) continue;
    if ((frame.flags & kArrivedHere) != 0) hit.push_back(f);
  }
  std::sort(hit.begin(), hit.end(), [this](std::uint32_t a, std::uint32_t b) {
    const std::uint64_t sequence_a = requests_[frames_[a].request].sequence;
    const std::uint64_t sequence_b = requests_[frames_[b].request].sequence;
    return sequence_a != sequence_b ? sequence_a < sequence_b : frames_[a].hash < frames_[b].hash;
  });
  const plan::Cause cause{plan::Reason::kReset, instances_[instance].component};
  // All of them end together: nobody takes the token that another one gives back.
  for (const std::uint32_t f : hit) {
    if (frames_[f].state != FrameState::kToken) continue;
    leave_wait(f);
    frames_[f].state = FrameState::kRunning;
  }
  begin_stood(instance);
  count_arrived(instance);
  end_stood(instance);
  resetting_ = instance;
  for (const std::uint32_t f : hit) {
    Frame& frame = frames_[f];
    if ((frame.flags & kReplySent) != 0) {
      // In transit it has left; held at a cut it is still in the dead machine's buffers.
      if (frame.state != FrameState::kHeld) continue;
      frame.flags |= kFailed;
      frame.cause = cause;
      continue;
    }
    fail(f, cause);
  }
  resetting_ = kNil;
  for (std::uint32_t c = 0; c < cells_.size(); ++c) {
    if (plan_.cells[c].lost_in_kill && plan_.cells[c].instance.value == instance) flush(c);
  }
  for (std::uint32_t i = stations_first_[instance]; i < stations_first_[instance + 1]; ++i)
    start_waiting(stations_of_[i]);
}

void Engine::restart_work(std::uint32_t instance) {
  for (std::uint32_t f = 0; f < frames_.size(); ++f) {
    if (frames_[f].state != FrameState::kServing || frames_[f].instance != instance) continue;
    const std::uint32_t s = extra_[f].place;
    extra_[f].remaining_ns = extra_[f].demand_ns;
    if (!stations_[s].shared) {
      resume_service(f, s);
      continue;
    }
    --stations_[s].busy;
    shared_leave(f, s);
    ++stations_[s].busy;
    shared_join(f, s);
  }
}

void Engine::set_paused(std::uint32_t instance, bool paused) {
  InstanceState& state = instances_[instance];
  if (state.paused == paused) return;
  if (!state.down) {
    count_down(state.component);
    count_presence(instance);
    down_now_[state.component] += paused ? 1U : ~0U;
  }
  state.paused = paused;
  paused_instances_ += paused ? 1U : ~0U;
  for (std::uint32_t i = stations_first_[instance]; i < stations_first_[instance + 1]; ++i) {
    refresh_station(stations_of_[i]);
  }
  look_at_logs();
  if (paused) return;
  // What happened to it meanwhile happens now, in its own order: each with all that it makes ready.
  std::vector<Deferred> mine;
  std::erase_if(deferred_, [&](const Deferred& d) {
    if (d.instance != instance) return false;
    mine.push_back(d);
    return true;
  });
  begin_stood(instance);
  for (const Deferred& d : mine) {
    if (frames_[d.frame].state == FrameState::kFree || frames_[d.frame].hash != d.hash) continue;
    const bool is_callers = d.key != EventList::kNone &&
                            (clock_of(d.key) == Clock::kTry || (frames_[d.frame].flags & kReplySent) != 0);
    stood_frame_ = is_callers ? frames_[d.frame].parent : d.frame;
    stood_since_ns_ = d.since_ns;
    if (d.key == EventList::kNone) {
      enqueue_ready(d.frame);
    } else if (!is_dead(d.key)) {
      dispatch_frame(d.key);
    }
    drain_ready();
  }
  stood_frame_ = kNil;
  end_stood(instance);
}

}  // namespace twinvoice::kernel
