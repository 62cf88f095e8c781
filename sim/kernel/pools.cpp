// Pools: tokens with a bounded wait, and connections, which are tokens with a peer, an age and a fate.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

bool Engine::acquire(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t p = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : caller_ordinal(f));
  Pool& pool = pools_[p];
  if (pool.held < pool.size && pool.waiters.head == kNil) {
    take_token(f, p, kNil);
    return true;
  }
  return wait_for_token(f, p, kNil);
}

bool Engine::wait_for_token(std::uint32_t f, std::uint32_t p, std::uint32_t site) {
  Pool& pool = pools_[p];
  const plan::Pool& fixed = plan_.pools[p];
  if (pool.waiting >= fixed.queue_places) {
    ++pool.rejected;
    fail(f, here(f, plan::Reason::kPoolFull));
    return false;
  }
  Frame& frame = frames_[f];
  FrameExtra& extra = extra_[f];
  frame.state = FrameState::kToken;
  extra.place = p;
  extra.entered_ns = now_;
  extra.wanted_site = site;
  append(pool.waiters, f);
  ++pool.waiting;
  pool.waiting_time.come(counted_ns_);
  ++pool.waited;
  pool.max_waiting = std::max(pool.max_waiting, pool.waiting);
  if (fixed.wait.valid()) arm_wait(f, fixed.wait, fixed.wait_purpose);
  return false;
}

void Engine::take_token(std::uint32_t f, std::uint32_t p, std::uint32_t connection) {
  const std::uint32_t t = tokens_.take();
  tokens_[t] = {p, connection, frames_[f].tokens};
  frames_[f].tokens = t;
  Pool& pool = pools_[p];
  ++pool.held;
  pool.held_time.come(counted_ns_);
  ++pool.acquired;
  ++counts_.tokens_acquired;
  pool.max_held = std::max(pool.max_held, pool.held);
}

void Engine::release(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t p = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : caller_ordinal(f));
  std::uint32_t* link = &frames_[f].tokens;
  while (*link != kNil && tokens_[*link].pool != p) link = &tokens_[*link].next;
  if (*link == kNil) return;
  const std::uint32_t t = *link;
  *link = tokens_[t].next;
  give_back(t);
}

void Engine::release_all(std::uint32_t f) {
  while (frames_[f].tokens != kNil) {
    const std::uint32_t t = frames_[f].tokens;
    frames_[f].tokens = tokens_[t].next;
    give_back(t);
  }
}

void Engine::give_back(std::uint32_t t) {
  const std::uint32_t p = tokens_[t].pool;
  const std::uint32_t c = tokens_[t].connection;
  tokens_.give_back(t);
  Pool& pool = pools_[p];
  --pool.held;
  pool.held_time.go(counted_ns_);
  ++pool.released;
  ++counts_.tokens_released;
  if (c != kNil) {
    if (connections_[c].broken || pool.held + pool.idle >= pool.size) {
      close_connection(p, c);
    } else {
      connections_[c].last_used_ns = now_;
      connections_[c].next_idle = pool.newest_idle;
      pool.newest_idle = c;
      ++pool.idle;
    }
  }
  serve_waiters(p);
}

void Engine::close_connection(std::uint32_t p, std::uint32_t c) {
  ++pools_[p].closed;
  connections_.give_back(c);
}

void Engine::serve_waiters(std::uint32_t p) {
  Pool& pool = pools_[p];
  while (pool.waiters.head != kNil && pool.held < pool.size) {
    const std::uint32_t f = pool.waiters.head;
    unlink(pool.waiters, f);
    --pool.waiting;
    pool.waiting_time.go(counted_ns_);
    pool.wait_ns += now_ - extra_[f].entered_ns;
    frames_[f].due_ns = kNever;
    frames_[f].state = FrameState::kRunning;
    const std::uint32_t site = extra_[f].wanted_site;
    if (site != kNil) {
      if (!take_connection(f, p, site)) continue;
    } else {
      take_token(f, p, kNil);
    }
    ++frames_[f].pc;
    ready(f);
  }
}

void Engine::set_pool_size(std::uint32_t p, std::uint32_t size) {
  pools_[p].size = size;
  serve_waiters(p);
}

bool Engine::connect(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t p = step.target + caller_ordinal(f);
  Pool& pool = pools_[p];
  if (pool.held < pool.size && pool.waiters.head == kNil) {
    return take_connection(f, p, step.arg);
  }
  return wait_for_token(f, p, step.arg);
}

/// A place in the pool is free: an idle connection if a valid one is left, else a new one. True: the frame has it and goes on.
bool Engine::take_connection(std::uint32_t f, std::uint32_t p, std::uint32_t site) {
  const std::uint32_t c = newest_valid_connection(p, plan_.calls[site]);
  if (c == kNil) return establish(f, p, site);
  take_token(f, p, c);
  return true;
}

std::uint32_t Engine::newest_valid_connection(std::uint32_t p, const plan::CallSite& site) {
  Pool& pool = pools_[p];
  const plan::Pool& fixed = plan_.pools[p];
  while (pool.newest_idle != kNil) {
    const std::uint32_t c = pool.newest_idle;
    const Connection& connection = connections_[c];
    pool.newest_idle = connection.next_idle;
    --pool.idle;
    const bool fresh = now_ - connection.last_used_ns <= fixed.idle_timeout_ns &&
                       now_ - connection.established_ns <= fixed.max_age_ns &&
                       connection.kills == instances_[connection.peer].kills;
    if (fresh && connection.epoch == peer_epoch(site)) return c;
    close_connection(p, c);
  }
  return kNil;
}

std::uint32_t Engine::peer_epoch(const plan::CallSite& site) const {
  if (site.balance != plan::Balance::kPrimary) return 0;
  const plan::LogId log = plan_.components[site.target.index()].log;
  return log.valid() ? logs_[log.index()].epoch : 0;
}

bool Engine::establish(std::uint32_t f, std::uint32_t p, std::uint32_t site_index) {
  const plan::CallSite& site = plan_.calls[site_index];
  const std::uint64_t name = random::mix(site.name_key, random::hash_name("establish"));
  const auto number = static_cast<std::uint64_t>(frames_[f].iteration) << 16;
  const std::uint64_t hash = random::child_frame(frames_[f].hash, name, number);
  const std::uint32_t ordinal = choose(caller_ordinal(f), location_of(f), site_index, hash);
  if (ordinal == kNil) {
    fail(f, {plan::Reason::kNoReplica, static_cast<std::uint32_t>(site.target.index())});
    return false;
  }
  const std::uint32_t c = connections_.take();
  const std::uint32_t peer = plan_.components[site.target.index()].first_instance + ordinal;
  connections_[c] = {peer, instances_[peer].kills, peer_epoch(site), kNil, now_, now_, true};
  take_token(f, p, c);
  if (!site.establish.valid()) {
    opened(f);
    return true;
  }
  frames_[f].state = FrameState::kChildren;
  const std::uint32_t child = new_frame(frames_[f].request, hash, peer, site.establish.value);
  frames_[child].kind = FrameKind::kEstablish;
  extra_[child].site = site_index;
  extra_[child].caller_location = location_of(f);
  attach(f, child);
  if (site.timeout_ns != kNever) {
    extra_[child].try_due_ns = now_ + site.timeout_ns;
    arm(child, Clock::kTry, extra_[child].try_due_ns, sites_[site_index].call_lane);
  }
  ready(child);
  return false;
}

void Engine::establish_ended(std::uint32_t f, bool ok, plan::Cause cause) {
  if (!ok) return fail(f, cause);  // the half-made connection is closed when its token, the newest, goes back
  opened(f);
  ++frames_[f].pc;
  ready(f);
}

/// The connection of the frame's newest token can be used from now on.
void Engine::opened(std::uint32_t f) {
  const Token& token = tokens_[frames_[f].tokens];
  Connection& connection = connections_[token.connection];
  connection.established_ns = connection.last_used_ns = now_;
  connection.broken = false;
  ++pools_[token.pool].established;
}

/// Fills the pools that start with connections, as if each caller replica had chosen its peers one by one.
void Engine::preconnect() {
  for (std::uint32_t site_index = 0; site_index < plan_.calls.size(); ++site_index) {
    const plan::CallSite& site = plan_.calls[site_index];
    if (!site.connection_pool.valid() || !plan_.pools[site.connection_pool.index()].preconnected) continue;
    const std::uint32_t callers = site.caller.valid() ? plan_.components[site.caller.index()].replicas : 1;
    for (std::uint32_t ordinal = 0; ordinal < callers; ++ordinal) {
      Pool& pool = pools_[site.connection_pool.index() + ordinal];
      const std::uint32_t location =
          instances_[plan_.pools[site.connection_pool.index() + ordinal].instance.index()].location;
      while (pool.held + pool.idle < pool.size) {
        const std::uint64_t hash = random::root_frame(site.name_key, pool.held + pool.idle);
        const std::uint32_t chosen = choose(ordinal, location, site_index, hash);
        if (chosen == kNil) break;
        const std::uint32_t peer = plan_.components[site.target.index()].first_instance + chosen;
        const std::uint32_t c = connections_.take();
        connections_[c] = {peer, 0, peer_epoch(site), pool.newest_idle, 0, 0, false};
        pool.newest_idle = c;
        ++pool.idle;
      }
    }
  }
}

}  // namespace twinvoice::kernel
