// Pools: tokens with a bounded wait, and connections, which are tokens with a peer, an age and a fate.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {
namespace {

constexpr std::uint64_t kEstablishes = random::hash_name("establish");

}  // namespace

bool Engine::acquire(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t p = step.target + ((step.flags & plan::kPerRequest) != 0 ? 0 : caller_ordinal(f));
  Pool& pool = pools_[p];
  if (pool.held < pool.size && pool.waiters.head == kNil) {
    take_token(f, p);
    return true;
  }
  return wait_for_token(f, p);
}

bool Engine::wait_for_token(std::uint32_t f, std::uint32_t p) {
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
  append(pool.waiters, f);
  ++pool.waiting;
  pool.waiting_time.come(counted_ns_);
  if (f == stood_frame_) [[unlikely]] {  // it would have waited here, had its replica not stood still
    extra.entered_ns = stood_since_ns_;
    pool.waiting_time.come(std::max(stood_since_ns_, warm_up_ns_));
    pool.waiting_time.go(counted_ns_);
    stood_frame_ = kNil;
  }
  ++pool.waited;
  pool.max_waiting = std::max(pool.max_waiting, pool.waiting);
  if (fixed.wait.valid()) arm_wait(f, fixed.wait, fixed.wait_purpose);
  return false;
}

void Engine::take_token(std::uint32_t f, std::uint32_t p) {
  const std::uint32_t t = tokens_.take();
  tokens_[t] = {p, kNil, frames_[f].tokens};
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
  if (c != kNil) put_aside(p, c);
  serve_waiters(p);
}

/// A connection that nobody uses any more: idle from now on, or closed where it is no good or the pool is full without it.
void Engine::put_aside(std::uint32_t p, std::uint32_t c) {
  Pool& pool = pools_[p];
  Connection& connection = connections_[c];
  if (connection.broken || pool.held + pool.idle >= pool.size) return close_connection(p, c);
  connection.last_used_ns = now_;
  connection.older_idle = pool.newest_idle;
  connection.newer_idle = kNil;
  (pool.newest_idle != kNil ? connections_[pool.newest_idle].newer_idle : pool.oldest_idle) = c;
  pool.newest_idle = c;
  ++pool.idle;
}

void Engine::leave_idle(std::uint32_t p, std::uint32_t c) {
  Pool& pool = pools_[p];
  const Connection& connection = connections_[c];
  (connection.older_idle != kNil ? connections_[connection.older_idle].newer_idle : pool.oldest_idle) =
      connection.newer_idle;
  (connection.newer_idle != kNil ? connections_[connection.newer_idle].older_idle : pool.newest_idle) =
      connection.older_idle;
  --pool.idle;
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
    take_token(f, p);
    ++frames_[f].pc;
    ready(f);
  }
}

void Engine::set_pool_size(std::uint32_t p, std::uint32_t size) {
  pools_[p].size = size;
  serve_waiters(p);
}

bool Engine::connect(std::uint32_t f, const plan::Step& step) { return acquire(f, step); }

std::uint32_t Engine::token_for(std::uint32_t f, const plan::CallSite& site) const {
  if (!site.connection_pool.valid()) return kNil;
  const std::uint32_t pool = site.connection_pool.value + caller_ordinal(f);
  std::uint32_t t = frames_[f].tokens;
  while (t != kNil && tokens_[t].pool != pool) t = tokens_[t].next;
  return t;
}

void Engine::break_connection(std::uint32_t f, const plan::CallSite& site) {
  const std::uint32_t t = token_for(f, site);
  if (t != kNil && tokens_[t].connection != kNil) connections_[tokens_[t].connection].broken = true;
}

/// Whether a connection can be used by a call of `site` now.
bool Engine::is_good(const Connection& connection, const plan::CallSite& site) const {
  return !connection.broken && now_ <= connection.dies_ns &&
         now_ - connection.last_used_ns <= connection.rests_ns &&
         connection.kills == instances_[connection.peer].kills &&
         (site.balance != plan::Balance::kPrimary || connection.epoch == writer_epoch(site));
}

std::uint32_t Engine::writer_epoch(const plan::CallSite& site) const {
  const plan::LogId log = plan_.components[site.target.index()].log;
  return log.valid() ? logs_[log.index()].epoch : 0;
}

/// Gives the frame's place in the pool a connection to `peer`: the one it has, else the newest idle one that leads there,
/// else a new one, for which the longest unused one makes room in a full pool. False: it is being set up, and the attempt
/// goes on when that has ended.
bool Engine::reach(std::uint32_t f, std::uint32_t site_index, std::uint32_t peer) {
  const plan::CallSite& site = plan_.calls[site_index];
  const std::uint32_t t = token_for(f, site);
  if (t == kNil) return true;
  const std::uint32_t p = tokens_[t].pool;
  Pool& pool = pools_[p];
  if (const std::uint32_t present = tokens_[t].connection; present != kNil) {
    connections_[present].last_used_ns = now_;
    if (connections_[present].peer == peer && is_good(connections_[present], site)) return true;
    tokens_[t].connection = kNil;
    --pool.held;  // while it is put aside its place is free
    put_aside(p, present);
    ++pool.held;
  }
  std::uint32_t c = pool.newest_idle;
  while (c != kNil) {
    const std::uint32_t older = connections_[c].older_idle;
    if (connections_[c].peer == peer) {
      leave_idle(p, c);
      if (is_good(connections_[c], site)) {
        tokens_[t].connection = c;
        return true;
      }
      close_connection(p, c);
    }
    c = older;
  }
  while (pool.idle > 0 && pool.held + pool.idle > pool.size) {
    const std::uint32_t oldest = pool.oldest_idle;
    leave_idle(p, oldest);
    close_connection(p, oldest);
  }
  c = connections_.take();
  connections_[c] = {};
  connections_[c].peer = peer;
  connections_[c].kills = instances_[peer].kills;
  connections_[c].epoch = writer_epoch(site);
  connections_[c].broken = true;
  tokens_[t].connection = c;
  if (!site.establish.valid()) {
    opened(p, c);
    return true;
  }
  establish(f, site_index, peer);
  return false;
}

void Engine::establish(std::uint32_t f, std::uint32_t site_index, std::uint32_t peer) {
  const plan::CallSite& site = plan_.calls[site_index];
  const std::uint64_t hash =
      random::child_frame(frames_[f].hash, random::mix(site.name_key, kEstablishes), last_launch(f));
  const std::uint32_t child = new_frame(frames_[f].request, hash, peer, site.establish.value);
  frames_[child].kind = FrameKind::kEstablish;
  send_out(f, child, site_index);
}

/// The connection has been set up, or the attempt that needed it has failed with it.
void Engine::establish_ended(std::uint32_t f, std::uint32_t child, bool ok, plan::Cause cause) {
  if (!ok) return attempt_ended(f, child, false, cause);
  --peers_[extra_[child].peer_state].in_flight;
  --extra_[f].live_attempts;
  const std::uint32_t site_index = extra_[child].site;
  const std::uint32_t t = token_for(f, plan_.calls[site_index]);
  opened(tokens_[t].pool, tokens_[t].connection);
  const std::uint64_t hash =
      random::child_frame(frames_[f].hash, sites_[site_index].name_key, last_launch(f));
  attempt(f, site_index, instances_[frames_[child].instance].ordinal, hash);
}

/// The connection can be used from now on.
void Engine::opened(std::uint32_t p, std::uint32_t c) {
  const plan::Pool& fixed = plan_.pools[p];
  Connection& connection = connections_[c];
  const std::uint64_t key =
      random::root_frame(plan_.instances[fixed.instance.index()].name_key, pools_[p].born++);
  const auto span = [&](plan::LawId law, std::uint64_t purpose) {
    if (!law.valid()) return kNever;
    random::Draws draws(stream_, purpose, key);
    return random::sample_ns(plan_.laws[law.index()], plan_.law_tables, draws);
  };
  const Nanos age_ns = span(fixed.max_age, fixed.age_key);
  connection.dies_ns = age_ns >= kNever - now_ ? kNever : now_ + age_ns;
  connection.rests_ns = span(fixed.idle_timeout, random::mix(fixed.age_key, 1));
  connection.last_used_ns = now_;
  connection.broken = false;
  ++pools_[p].established;
}

/// Fills the pools that start with connections, as if each caller replica had chosen its peers one by one.
void Engine::preconnect() {
  for (std::uint32_t site_index = 0; site_index < plan_.calls.size(); ++site_index) {
    const plan::CallSite& site = plan_.calls[site_index];
    if (!site.connection_pool.valid() || !plan_.pools[site.connection_pool.index()].preconnected) continue;
    const std::uint32_t callers = site.caller.valid() ? plan_.components[site.caller.index()].replicas : 1;
    for (std::uint32_t ordinal = 0; ordinal < callers; ++ordinal) {
      const std::uint32_t p = site.connection_pool.value + ordinal;
      Pool& pool = pools_[p];
      const std::uint32_t location = instances_[plan_.pools[p].instance.index()].location;
      while (pool.held + pool.idle < pool.size) {
        const std::uint64_t hash = random::root_frame(site.name_key, pool.held + pool.idle);
        const std::uint32_t chosen = choose(ordinal, location, site_index, hash);
        if (chosen == kNil) break;
        const std::uint32_t c = connections_.take();
        connections_[c] = {};
        connections_[c].peer = plan_.components[site.target.index()].first_instance + chosen;
        connections_[c].epoch = writer_epoch(site);
        opened(p, c);
        --pool.established;  // it has cost nobody anything
        put_aside(p, c);
      }
    }
  }
}

}  // namespace twinvoice::kernel
