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
    --pool.held;
    pool_changed(w, id);
  }
};

/// Waits in the pool's queue for a grant, which the caller then owns. Throws Failure(kPoolFull or kPoolWait).
void queue_up(World& w, Frame& f, plan::PoolId id) {
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
}

std::uint32_t writer_epoch(const World& w, const plan::CallSite& site) {
  const plan::LogId log = w.plan.components[site.target.index()].log;
  return log.valid() ? w.logs.states[log.index()].epoch : 0;
}

bool usable(const World& w, const Connection& c, const plan::CallSite& site) {
  if (c.broken || w.now() > c.until_ns || w.now() - c.last_used_ns > c.rests_ns) return false;
  if (c.peer_kills != w.instances[c.peer.index()].kills) return false;
  return site.balance != plan::Balance::kPrimary || c.log_epoch == writer_epoch(w, site);
}

/// A connection as it leaves: idle from now on, unless it is no good or the pool has no room for it.
void put_aside(World& w, plan::PoolId id, std::shared_ptr<Connection> c) {
  PoolState& s = state(w, id);
  if (c->broken || static_cast<double>(s.held + s.idle.size()) >= limit(w, id)) return;
  c->last_used_ns = w.now();
  s.idle.push_back(std::move(c));
}

/// The newest idle connection to the peer that is usable; those to it that are not are closed on the way.
std::shared_ptr<Connection> take_idle(World& w, plan::PoolId id, plan::InstanceId peer,
                                      const plan::CallSite& site) {
  auto& idle = state(w, id).idle;
  for (std::size_t i = idle.size(); i-- > 0;) {
    if (idle[i]->peer != peer) continue;
    auto found = idle[i];
    idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(i));
    if (usable(w, *found, site)) return found;
  }
  return nullptr;
}

/// From now on it has an age.
void open(World& w, plan::PoolId id, Connection& c) {
  const plan::Pool& pool = declared(w, id);
  const random::Key key =
      random::root_frame(w.plan.instances[pool.instance.index()].name_key, state(w, id).born++);
  if (pool.max_age.valid())
    c.until_ns = World::later(w.now(), w.sample_ns(pool.max_age, pool.age_key, key, 0));
  if (pool.idle_timeout.valid())
    c.rests_ns = w.sample_ns(pool.idle_timeout, random::mix(pool.age_key, 1), key, 0);
  c.last_used_ns = w.now();
}

std::shared_ptr<Connection> towards(const World& w, const plan::CallSite& site, plan::InstanceId peer) {
  auto c = std::make_shared<Connection>();
  c->peer = peer;
  c->peer_kills = w.instances[peer.index()].kills;
  c->log_epoch = writer_epoch(w, site);
  return c;
}

/// Runs the establish program on the peer and waits for it. None: it is set up.
plan::Cause set_up(World& w, Frame& f, plan::CallSiteId site_id, plan::InstanceId peer,
                   const Launch& launch) {
  const plan::CallSite& site = w.plan.calls[site_id.index()];
  const random::Key name = random::mix(site.name_key, random::hash_name("establish"));
  const FramePtr child = w.child(f, random::child_frame(f.hash, name, launch.number), site.establish, peer);
  child->via = site_id;
  child->deadline_ns = launch.deadline_ns;
  const auto inbox = std::make_shared<Inbox>();
  inbox->owner = &f;
  child->reply_to = inbox;
  const Awaiting awaiting{w, f, child};
  w.launch(child);
  while (inbox->answers.empty()) {
    f.waits_on = inbox.get();
    const bool due = w.wait(f, Activity::kChildren, launch.until_ns, plan::Rung::kTimeout);
    if (!due || !inbox->answers.empty()) continue;
    if (site.cancel_losers) w.cancel(f, child, true);
    return {plan::Reason::kTimeout, site.target.value};
  }
  return inbox->answers.front().cause;
}

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
        const auto made = towards(w, site, peer);
        open(w, id, *made);
        state(w, id).idle.push_back(made);
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
    queue_up(w, f, id);
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
  if (token.connection) put_aside(w, token.pool, std::move(token.connection));
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
    first.granted = true;
    s.waiting.pop_front();
    w.arbiter.make_ready(*first.frame);
  }
}

void connect(World& w, Frame& f, const plan::Step& step) { acquire(w, f, step); }

Token* token_for(Frame& f, const plan::CallSite& site) {
  if (!site.connection_pool.valid()) return nullptr;
  const plan::PoolId pool(site.connection_pool.value + f.ordinal);
  const auto newest =
      std::find_if(f.tokens.rbegin(), f.tokens.rend(), [&](const Token& t) { return t.pool == pool; });
  return newest == f.tokens.rend() ? nullptr : &*newest;
}

plan::Cause reach(World& w, Frame& f, plan::CallSiteId site_id, plan::InstanceId peer, const Launch& launch) {
  const plan::CallSite& site = w.plan.calls[site_id.index()];
  Token* token = token_for(f, site);
  if (token == nullptr) return {};
  const plan::PoolId id = token->pool;
  PoolState& s = state(w, id);
  if (token->connection) {
    token->connection->last_used_ns = w.now();
    if (token->connection->peer == peer && usable(w, *token->connection, site)) return {};
    --s.held;  // while it is put aside its place is free
    put_aside(w, id, std::exchange(token->connection, nullptr));
    ++s.held;
  }
  token->connection = take_idle(w, id, peer, site);
  if (token->connection) return {};
  while (!s.idle.empty() && static_cast<double>(s.held + s.idle.size()) > limit(w, id))
    s.idle.erase(s.idle.begin());
  const auto made = token->connection = towards(w, site, peer);
  made->broken = true;
  if (site.establish.valid()) {
    if (const plan::Cause cause = set_up(w, f, site_id, peer, launch); !cause.none()) return cause;
  }
  made->broken = false;
  open(w, id, *made);
  return {};
}

}  // namespace twinvoice::referee
