#include "sim/referee/pools.hpp"

#include <algorithm>
#include <utility>

#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

const plan::Pool& declared(const World& w, plan::PoolId id) { return w.plan.pools[id.index()]; }
PoolState& state(World& w, plan::PoolId id) { return w.pools.states[id.index()]; }

double limit(const World& w, plan::PoolId id) {
  return w.effects.minimum(plan::Knob::kPoolCap, id.value, static_cast<double>(declared(w, id).size));
}

/// May one more be in use? Idle connections are not in use.
bool has_room(World& w, plan::PoolId id) { return static_cast<double>(state(w, id).held) < limit(w, id); }

void touch(World& w, plan::PoolId id) {
  if (declared(w, id).size != plan::kUnlimited) w.touch(state(w, id).last);
}

/// Leaves the queue whatever ends the wait; what was granted and not taken goes to the next.
struct InQueue {
  World& w;
  plan::PoolId id;
  Waiter waiter;
  ~InQueue() {
    if (w.stopping) return;
    PoolState& pool = state(w, id);
    pool.waiting.remove(&waiter);
    if (!waiter.granted) return;
    if (waiter.connection) {
      give_back(w, {id, waiter.connection});
    } else {
      --pool.held;
      pool_changed(w, id);
    }
  }
};

/// Waits in the pool's queue for a grant, which the caller then owns. Throws Failure(kPoolFull or kPoolWait).
std::shared_ptr<Connection> queue_up(World& w, Frame& f, plan::PoolId id) {
  const plan::Pool& pool = declared(w, id);
  PoolState& s = state(w, id);
  if (s.waiting.size() >= pool.queue_places) throw Failure{w.here(f, plan::Reason::kPoolFull)};
  const Nanos until_ns =
      pool.wait.valid()
          ? World::later(w.now(), w.sample_ns(pool.wait, pool.wait_purpose, f.hash, index_base(f)))
          : kNever;
  InQueue place{w, id, {}};
  place.waiter.frame = &f;
  s.waiting.push_back(&place.waiter);
  while (!place.waiter.granted) {
    const bool due = w.wait(f, Activity::kToken, until_ns, plan::Rung::kTimeout);
    if (due && !place.waiter.granted) throw Failure{w.here(f, plan::Reason::kPoolWait)};
  }
  place.waiter.granted = false;  // now the caller's
  return std::exchange(place.waiter.connection, nullptr);
}

bool valid(World& w, plan::PoolId id, const Connection& c) {
  const plan::Pool& pool = declared(w, id);
  if (c.broken) return false;
  if (pool.idle_timeout_ns != kNever && w.now() - c.last_used_ns > pool.idle_timeout_ns) return false;
  if (pool.max_age_ns != kNever && w.now() - c.established_ns > pool.max_age_ns) return false;
  if (c.peer_kills != w.instances[c.peer.index()].kills) return false;
  return c.log_epoch == w.balancers.epoch_of(w, c.site);
}

/// The newest idle connection that is valid; invalid ones met on the way are closed.
std::shared_ptr<Connection> take_idle(World& w, plan::PoolId id) {
  PoolState& s = state(w, id);
  while (!s.idle.empty()) {
    auto connection = std::move(s.idle.back());
    s.idle.pop_back();
    if (valid(w, id, *connection)) return connection;
  }
  return nullptr;
}

std::shared_ptr<Connection> fresh(World& w, plan::CallSiteId site, plan::InstanceId peer) {
  auto c = std::make_shared<Connection>();
  c->peer = peer;
  c->site = site;
  c->established_ns = c->last_used_ns = w.now();
  c->peer_kills = w.instances[peer.index()].kills;
  c->log_epoch = w.balancers.epoch_of(w, site);
  return c;
}

/// Runs the establish program on a peer and waits for it. The place in the pool is the caller's already.
std::shared_ptr<Connection> establish(World& w, Frame& f, plan::CallSiteId site_id) {
  const plan::CallSite& site = w.plan.calls[site_id.index()];
  const random::Key name = random::mix(site.name_key, random::hash_name("establish"));
  const random::Key hash = random::child_frame(f.hash, name, index_base(f));
  const plan::InstanceId peer = w.balancers.choose(w, f.location, f.ordinal, site_id, hash);
  if (!peer.valid()) throw Failure{{plan::Reason::kNoReplica, site.target.value}};
  if (!site.establish.valid()) return fresh(w, site_id, peer);

  const FramePtr child = w.child(f, hash, site.establish, peer);
  child->via = site_id;
  const auto inbox = std::make_shared<Inbox>();
  inbox->owner = &f;
  child->reply_to = inbox;
  const Awaiting awaiting{w, f, child};
  auto connection = fresh(w, site_id, peer);
  w.launch(child);
  const Nanos until_ns = World::later(w.now(), site.timeout_ns);
  while (inbox->answers.empty()) {
    f.waits_on = inbox.get();
    const bool due = w.wait(f, Activity::kChildren, until_ns, plan::Rung::kTimeout);
    if (!due || !inbox->answers.empty()) continue;
    if (site.cancel_losers) w.cancel(f, child, true);
    throw Failure{{plan::Reason::kTimeout, site.target.value}};
  }
  if (const plan::Cause cause = inbox->answers.front().cause; !cause.none()) throw Failure{cause};
  connection->established_ns = connection->last_used_ns = w.now();
  return connection;
}

/// A place in a connection pool on its way to become a connection; free again if it does not.
struct PoolPlace {
  World& w;
  plan::PoolId id;
  bool used = false;
  ~PoolPlace() {
    if (used || w.stopping) return;
    --state(w, id).held;
    pool_changed(w, id);
  }
};

}  // namespace

plan::PoolId pool_at(const Frame& f, const plan::Step& step) {
  const bool one_for_all = (step.flags & plan::kPerRequest) != 0;
  return plan::PoolId(step.target + (one_for_all ? 0 : f.ordinal));
}

void hold_initial_tokens(World& w) {
  for (const plan::InitialTokens& row : w.plan.initial.tokens) state(w, row.pool).held += row.held;
}

void preconnect(World& w) {
  for (std::size_t c = 0; c < w.plan.calls.size(); ++c) {
    const plan::CallSite& site = w.plan.calls[c];
    if (!site.connection_pool.valid() || !declared(w, site.connection_pool).preconnected) continue;
    const std::uint32_t callers = site.caller.valid() ? w.plan.components[site.caller.index()].replicas : 1;
    for (std::uint32_t ordinal = 0; ordinal < callers; ++ordinal) {
      const plan::PoolId id(site.connection_pool.index() + ordinal);
      const plan::InstanceId at = declared(w, id).instance;
      const PoolState& s = state(w, id);
      while (static_cast<double>(s.held + s.idle.size()) < limit(w, id)) {
        const random::Key hash = random::root_frame(site.name_key, s.held + s.idle.size());
        const plan::LocationId from = w.plan.instances[at.index()].location;
        const plan::InstanceId peer = w.balancers.choose(w, from, ordinal, plan::CallSiteId(c), hash);
        if (!peer.valid()) break;
        state(w, id).idle.push_back(fresh(w, plan::CallSiteId(c), peer));
      }
    }
  }
}

void acquire(World& w, Frame& f, const plan::Step& step) {
  const plan::PoolId id = pool_at(f, step);
  touch(w, id);
  if (has_room(w, id) && state(w, id).waiting.empty()) {
    ++state(w, id).held;
  } else {
    (void)queue_up(w, f, id);
  }
  f.tokens.push_back({id, nullptr});
}

void release(World& w, Frame& f, const plan::Step& step) {
  const plan::PoolId id = pool_at(f, step);
  const auto newest =
      std::find_if(f.tokens.rbegin(), f.tokens.rend(), [&](const Token& token) { return token.pool == id; });
  if (newest == f.tokens.rend()) return;
  Token token = std::move(*newest);
  f.tokens.erase(std::next(newest).base());
  give_back(w, std::move(token));
}

void give_back(World& w, Token token) {
  PoolState& s = state(w, token.pool);
  touch(w, token.pool);
  --s.held;
  if (token.connection && !token.connection->broken) {
    token.connection->last_used_ns = w.now();
    const bool too_many = static_cast<double>(s.held + s.idle.size()) >= limit(w, token.pool);
    if (!too_many) s.idle.push_back(std::move(token.connection));
  }
  pool_changed(w, token.pool);
}

void pool_changed(World& w, plan::PoolId id) {
  PoolState& s = state(w, id);
  while (!s.waiting.empty() && has_room(w, id)) {
    Waiter& first = *s.waiting.front();
    if (!first.frame->doom.none()) {
      s.waiting.pop_front();
      continue;
    }
    ++s.held;
    first.connection = take_idle(w, id);
    first.granted = true;
    s.waiting.pop_front();
    w.arbiter.make_ready(*first.frame);
  }
}

void connect(World& w, Frame& f, const plan::Step& step) {
  const plan::PoolId id = pool_at(f, step);
  const plan::CallSiteId site(step.arg);
  touch(w, id);
  std::shared_ptr<Connection> connection;
  if (has_room(w, id) && state(w, id).waiting.empty()) {
    ++state(w, id).held;
    connection = take_idle(w, id);
  } else {
    connection = queue_up(w, f, id);
  }
  if (!connection) {
    PoolPlace place{w, id};
    connection = establish(w, f, site);
    place.used = true;
  }
  f.tokens.push_back({id, std::move(connection)});
}

}  // namespace twinvoice::referee
